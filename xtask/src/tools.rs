//! Programs and libraries of this machine that the steps need, and the Debian packages that bring them.

use crate::apt;
use crate::log::Log;
use crate::workspace::Workspace;
use anyhow::{Result, ensure};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// Something that a step needs on this machine.
pub(crate) struct Tool {
    /// What people call it.
    pub(crate) name: &'static str,
    /// The Debian packages that bring it.
    pub(crate) packages: &'static [&'static str],
    is_there: fn() -> bool,
}

impl Tool {
    /// One that a step of its own needs.
    pub(crate) const fn new(
        name: &'static str,
        packages: &'static [&'static str],
        is_there: fn() -> bool,
    ) -> Self {
        Self { name, packages, is_there }
    }
}

/// Compiles lwIP.
pub(crate) static C_COMPILER: Tool =
    Tool { name: "C compiler", packages: &["gcc", "libc6-dev"], is_there: || finds("cc") };

/// Compiles libFuzzer.
pub(crate) static CPP_COMPILER: Tool =
    Tool { name: "C++ compiler", packages: &["g++"], is_there: || finds("c++") };

/// Configures the build of Mbed TLS.
pub(crate) static CMAKE: Tool = Tool { name: "cmake", packages: &["cmake"], is_there: || finds("cmake") };

/// Compiles Mbed TLS for every target, and lwIP with the sanitizers that Rust's own work with.
pub(crate) static CLANG: Tool = Tool { name: "clang", packages: &["clang"], is_there: || finds("clang") };

/// Reads lwIP's headers for bindgen.
pub(crate) static LIBCLANG: Tool =
    Tool { name: "libclang", packages: &["libclang-dev"], is_there: finds_libclang };

/// Compiles lwIP for Cortex-M.
pub(crate) static ARM_COMPILER: Tool = Tool {
    name: "arm-none-eabi-gcc",
    packages: &["gcc-arm-none-eabi", "libnewlib-arm-none-eabi"],
    is_there: || finds("arm-none-eabi-gcc"),
};

/// Boots firmware.
pub(crate) static QEMU: Tool =
    Tool { name: "qemu-system-arm", packages: &["qemu-system-arm"], is_there: || finds("qemu-system-arm") };

/// Compiles lwIP for RISC-V.
pub(crate) static RISCV_COMPILER: Tool = Tool {
    name: "riscv64-unknown-elf-gcc",
    packages: &["gcc-riscv64-unknown-elf", "picolibc-riscv64-unknown-elf"],
    is_there: || finds("riscv64-unknown-elf-gcc") && Path::new(PICOLIBC_HEADERS).is_dir(),
};

/// Where Debian puts the C headers for RISC-V: not where its compiler looks by itself.
pub(crate) const PICOLIBC_HEADERS: &str = "/usr/lib/picolibc/riscv64-unknown-elf/include";

/// Unpacks Debian's source packages.
pub(crate) static DPKG_SOURCE: Tool =
    Tool { name: "dpkg-source", packages: &["dpkg-dev"], is_there: || finds("dpkg-source") };

/// Tells a C compiler where a library is.
pub(crate) static PKG_CONFIG: Tool =
    Tool { name: "pkg-config", packages: &["pkgconf"], is_there: || finds("pkg-config") };

/// The library that this one replaces, as programs to talk to.
pub(crate) static LIBWEBSOCKETS: Tool = Tool {
    name: "libwebsockets-test-server",
    packages: &["libwebsockets-test-server"],
    is_there: || finds("libwebsockets-test-server") && finds("libwebsockets-test-client"),
};

/// The HTTP client that everybody has.
pub(crate) static CURL: Tool = Tool { name: "curl", packages: &["curl"], is_there: || finds("curl") };

/// The TLS client that everybody has.
pub(crate) static OPENSSL: Tool =
    Tool { name: "openssl", packages: &["openssl"], is_there: || finds("openssl") };

/// Tries what is known to be wrong with TLS servers.
pub(crate) static TESTSSL: Tool =
    Tool { name: "testssl.sh", packages: &["testssl.sh"], is_there: || finds("testssl") };

/// Load over keep-alive connections.
pub(crate) static WRK: Tool = Tool { name: "wrk", packages: &["wrk"], is_there: || finds("wrk") };

/// In front of a device, as in products.
pub(crate) static PROXIES: Tool = Tool {
    name: "nginx and HAProxy",
    packages: &["nginx-light", "haproxy"],
    is_there: || ["nginx", "haproxy"].iter().all(|name| Path::new("/usr/sbin").join(name).exists()),
};

/// Makes network namespaces and TAP interfaces.
pub(crate) static IPROUTE2: Tool =
    Tool { name: "iproute2", packages: &["iproute2"], is_there: || finds("ip") };

/// Clients that take their time.
pub(crate) static SLOWHTTPTEST: Tool =
    Tool { name: "slowhttptest", packages: &["slowhttptest"], is_there: || finds("slowhttptest") };

/// Runs kosoku and the Python clients.
pub(crate) static PYTHON: Tool =
    Tool { name: "Python 3 with venv", packages: &["python3", "python3-venv"], is_there: finds_python };

/// Runs the Node clients and drives the browser.
pub(crate) static NODE: Tool = Tool {
    name: "Node.js with npm",
    packages: &["nodejs", "npm"],
    is_there: || finds("node") && finds("npm"),
};

/// Opens the demo page as a person would.
pub(crate) static CHROMIUM: Tool = Tool {
    name: "Chromium",
    packages: &["chromium", "fonts-dejavu-core"],
    is_there: || Path::new("/usr/bin/chromium").exists(),
};

/// Counts instructions, and checks memory. It reads the C library's symbols when it starts.
pub(crate) static VALGRIND: Tool =
    Tool { name: "valgrind", packages: &["valgrind", "libc6-dbg"], is_there: || finds("valgrind") };

/// Installs those of `tools` that are not there. An error names what a person has to do.
pub(crate) fn ensure(workspace: &Workspace, log: &mut Log, tools: &[&Tool]) -> Result<()> {
    for tool in tools {
        log.note(format_args!("{}: {}", tool.name, if (tool.is_there)() { "found" } else { "missing" }))?;
    }
    let packages: Vec<&str> = missing(tools).iter().flat_map(|tool| tool.packages.iter().copied()).collect();
    if packages.is_empty() {
        return Ok(());
    }
    apt::install(workspace, log, &packages)?;
    let still_missing: Vec<&str> = missing(tools).iter().map(|tool| tool.name).collect();
    ensure!(
        still_missing.is_empty(),
        "{} not found although {} was installed",
        still_missing.join(", "),
        packages.join(" ")
    );
    Ok(())
}

/// Those of `tools` that are not there.
pub(crate) fn missing<'a>(tools: &[&'a Tool]) -> Vec<&'a Tool> {
    tools.iter().filter(|tool| !(tool.is_there)()).copied().collect()
}

/// Whether `program` is on the search path.
pub(crate) fn finds(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}

/// Debian's python3 comes without venv until python3-venv brings ensurepip.
fn finds_python() -> bool {
    let imports = std::process::Command::new("python3").args(["-c", "import ensurepip, venv"]).output();
    imports.is_ok_and(|output| output.status.success())
}

/// Looks where bindgen looks: `LIBCLANG_PATH`, LLVM's own folders, the folders of the system's libraries.
fn finds_libclang() -> bool {
    let named = std::env::var_os("LIBCLANG_PATH").map(PathBuf::from);
    let llvm = entries(Path::new("/usr/lib")).filter(|path| file_name(path).starts_with("llvm"));
    let system = ["/usr/lib", "/usr/lib64", "/usr/local/lib"].map(PathBuf::from);
    let multiarch = entries(Path::new("/usr/lib")).filter(|path| file_name(path).ends_with("-linux-gnu"));
    let folders = named.into_iter().chain(llvm.map(|path| path.join("lib"))).chain(system).chain(multiarch);
    folders.flat_map(|folder| entries(&folder).collect::<Vec<_>>()).any(|path| is_libclang(&path))
}

fn is_libclang(path: &Path) -> bool {
    let name = file_name(path);
    let versioned =
        name.strip_prefix("libclang-").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    name.starts_with("libclang.so") || (versioned && name.contains(".so"))
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(OsStr::new("")).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libclang_is_told_from_the_cpp_library() {
        assert!(is_libclang(Path::new("/usr/lib/llvm-14/lib/libclang-14.so.1")));
        assert!(is_libclang(Path::new("/usr/lib/libclang.so")));
        assert!(!is_libclang(Path::new("/usr/lib/llvm-14/lib/libclang-cpp.so.14")));
    }

    #[test]
    fn a_missing_tool_is_reported() {
        static NOWHERE: Tool = Tool { name: "nowhere", packages: &[], is_there: || finds("no such program") };
        assert_eq!(missing(&[&NOWHERE]).len(), 1);
    }
}
