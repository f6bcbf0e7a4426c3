//! What can go wrong while building lwIP. Each message is one sentence that says the mend.

use std::fmt;
use std::path::PathBuf;

/// Why lwIP cannot be built or bound.
#[derive(Debug)]
pub(crate) enum BuildError {
    /// `LWIP_DIR` does not hold lwIP.
    NotLwip(PathBuf),
    /// The crate with lwIP's sources is not among the downloaded ones.
    SourcesUnavailable(String),
    /// No `lwipopts.h` where it should be.
    NoOptions(PathBuf),
    /// An entry of `LWIP_PORT_DIR` is not a folder.
    NoPort(PathBuf),
    /// An entry of `LWIP_DEFINES` is no macro definition.
    BadDefine(String),
    /// An entry of `LWIP_DEFINES` that lwipopts.h or a feature overrides.
    NoEffect {
        /// As it was given.
        define: String,
        /// What lwIP is compiled with.
        is: String,
        /// The folder of that `lwipopts.h`.
        options: PathBuf,
    },
    /// The C compiler of the target cannot be started.
    NoCompiler {
        /// As `cc` chose it.
        program: PathBuf,
        /// The Rust target.
        target: String,
    },
    /// lwIP is to run in a thread, and there are none for the target.
    NoThreads {
        /// The Rust target.
        target: String,
    },
    /// lwIP is to run in a thread, and does not protect what threads share.
    NoProtection,
    /// bindgen cannot load libclang.
    NoLibclang,
    /// clang rejects lwIP's headers in this configuration.
    Headers(String),
    /// The C compiler rejects lwIP in this configuration.
    Compile,
    /// The bindings cannot be written.
    Write(PathBuf, std::io::Error),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLwip(folder) => write!(
                f,
                "LWIP_DIR is {}, but there is no include/lwip/init.h in it or in its src: \
                 set LWIP_DIR to the folder of an lwIP tree, or unset it to use the crate `lwip`",
                folder.display()
            ),
            Self::SourcesUnavailable(reason) => write!(
                f,
                "the crate `lwip`, which holds lwIP's sources, is not available ({reason}): \
                 run `cargo fetch` while online, or set LWIP_DIR to the folder of an lwIP tree"
            ),
            Self::NoOptions(folder) => write!(
                f,
                "there is no lwipopts.h in {}: set LWIPOPTS_DIR to the folder of your lwipopts.h",
                folder.display()
            ),
            Self::NoPort(folder) => write!(
                f,
                "LWIP_PORT_DIR names {}, which is not a folder: set it to the include folders of your port \
                 (with arch/cc.h), or unset it to use the port of lwip-sys",
                folder.display()
            ),
            Self::BadDefine(define) => write!(
                f,
                "LWIP_DEFINES contains `{define}`, which is no macro definition: \
                 write NAME or NAME=VALUE, separated by spaces"
            ),
            Self::NoEffect { define, is, options } => write!(
                f,
                "LWIP_DEFINES says {define}, but lwipopts.h in {}, or a feature of lwip-sys, makes it {is} whatever is \
                 said: set it there, or put that #define into #ifndef and #endif",
                options.display()
            ),
            Self::NoCompiler { program, target } => {
                let package = debian_package(target).map(|name| format!(" (Debian: apt-get install {name})"));
                let variable = target.replace(['-', '.'], "_");
                write!(
                    f,
                    "the C compiler {} for {target} cannot be started: install it{} or set CC_{variable}",
                    program.display(),
                    package.unwrap_or_default()
                )
            }
            Self::NoThreads { target } => write!(
                f,
                "lwipopts.h has NO_SYS=0, lwIP in its own thread, and lwip-sys has no semaphores and mailboxes for {target}: \
                 set LWIP_PORT_DIR to the include folders of the firmware's port (with arch/sys_arch.h) and link its \
                 functions, take the feature `external`, or set NO_SYS to 1"
            ),
            Self::NoProtection => f.write_str(
                "lwipopts.h has NO_SYS=0, lwIP in its own thread, and SYS_LIGHTWEIGHT_PROT=0: set it to 1, for pbufs that this thread has \
                 received are freed in the application's",
            ),
            Self::NoLibclang => f.write_str(
                "libclang, which generates the bindings, was not found: \
                 install libclang (Debian: apt-get install libclang-dev) or set LIBCLANG_PATH to its folder",
            ),
            Self::Headers(diagnostics) => write!(
                f,
                "clang rejects lwIP's headers with this lwipopts.h and port: mend what it names, {}",
                first_error(diagnostics)
            ),
            Self::Compile => f.write_str(
                "the C compiler rejects lwIP with this lwipopts.h and port: mend what its messages, printed as \
                 warnings of lwip-sys, name",
            ),
            Self::Write(path, error) => {
                write!(f, "{} cannot be written ({error}): make room or mend its permissions", path.display())
            }
        }
    }
}

impl std::error::Error for BuildError {}

/// The package with a C compiler for `target`, where Debian has one.
fn debian_package(target: &str) -> Option<&'static str> {
    match target {
        _ if target.starts_with("thumb") || target.starts_with("arm") && target.contains("-none-") => {
            Some("gcc-arm-none-eabi")
        }
        _ if target.starts_with("riscv") && target.contains("-none-") => Some("gcc-riscv64-unknown-elf"),
        _ if target.starts_with("x86_64-unknown-linux") => Some("gcc"),
        _ => None,
    }
}

/// The first of clang's errors: the others mostly follow from it. Cargo takes an error as one line.
fn first_error(diagnostics: &str) -> &str {
    let mut lines = diagnostics.lines().map(str::trim);
    lines.find(|line| line.contains("error: ")).unwrap_or("which it does not say")
}
