//! `cargo xtask staticlib`: the C API as a package: library, headers, and the files for pkg-config and CMake.

use crate::csky;
use crate::log::Log;
use crate::strings;
use crate::toolchain::{self, CSKY, Toolchain};
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use object::read::archive::ArchiveFile;
use object::{Object, ObjectSymbol};
use serde_json::Value;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Options of `cargo xtask staticlib`.
#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// The target to build for: this machine if none is named, else a firmware's; csky-unknown-none-elf for the W800; or the
    /// path of a description, as component/thumbv7m-none-eabi.json, which makes a smaller library
    #[arg(long)]
    target: Option<String>,
    /// Where the package is put; below the target folder if nothing is said
    #[arg(long)]
    out: Option<PathBuf>,
    /// Cargo features beside the usual ones: ipv6, dhcp, external, quiet; security, security-fast, security-restartable; or security-small,
    /// security-tls12, security-p256
    #[arg(long, value_delimiter = ',')]
    features: Vec<String>,
    /// Leave servers out, for firmware that only connects: 27 KB less flash
    #[arg(long)]
    clients_only: bool,
    /// Make the package of this crate, of kind staticlib, which has Rust of the firmware's own and depends on wm-websockets: see
    /// examples/mixed
    #[arg(long, value_name = "CARGO.TOML")]
    manifest: Option<PathBuf>,
    /// Functions in it that C calls, as `pump_*`
    #[arg(long, value_delimiter = ',', requires = "manifest", value_name = "NAMES")]
    keep: Vec<String>,
    /// Build without optimisation, for debugging the library itself
    #[arg(long)]
    debug: bool,
}

impl Options {
    /// What rustc calls the target.
    fn target_name(&self) -> Option<&str> {
        self.target.as_deref().map(toolchain::name_of)
    }
}

/// The only names that the library defines for others, beside those to keep.
const NAMES: &[&str] = &["lws_*", "lwsl_*", "lwsac_*", "lejp_*", "_lws_*", "wm_*"];

/// What std and clang leave in their objects for LLVM's linker, and what other tools do not know.
const FOR_LLVM: &[&str] = &[".llvmbc", ".llvmcmd", ".llvm_addrsig"];

/// What a program of this machine links beside.
const HOST_LIBRARIES: &str = "-lpthread -ldl -lm";

/// Builds the package, and says where it is.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let mut log = Log::create(workspace.output().join("staticlib.log"))?;
    // What a compiler said is the reason; whoever builds by CMake sees nothing else.
    let package = build(workspace, &mut log, options).inspect_err(|_| eprintln!("{}", log.tail()));
    let package = package.with_context(|| format!("no package; details are in {}", log.path().display()))?;
    println!("{}", package.display());
    Ok(())
}

/// A package for this machine, optimised.
pub(crate) fn for_host(workspace: &Workspace, log: &mut Log) -> Result<PathBuf> {
    build(workspace, log, &Options::default())
}

/// A package for this machine of a crate in this repository, in which C calls these functions.
pub(crate) fn of_crate(workspace: &Workspace, log: &mut Log, folder: &str, keep: &str) -> Result<PathBuf> {
    let manifest = workspace.root().join(folder).join("Cargo.toml");
    build(
        workspace,
        log,
        &Options { manifest: Some(manifest), keep: vec![keep.to_owned()], ..Options::default() },
    )
}

/// A package for the board that QEMU emulates.
pub(crate) fn for_board(workspace: &Workspace, log: &mut Log) -> Result<PathBuf> {
    let target = Some("thumbv7m-none-eabi".to_owned());
    build(workspace, log, &Options { target, features: vec!["dhcp".to_owned()], ..Options::default() })
}

fn build(workspace: &Workspace, log: &mut Log, options: &Options) -> Result<PathBuf> {
    let _alone = alone(workspace)?;
    let library = Library::of(workspace, log, options)?;
    let package = match &options.out {
        Some(out) => std::path::absolute(out)?,
        None => workspace.target().join("staticlib").join(library.package_name(options.target_name())),
    };
    let archive = compile(workspace, log, options, &library)?;
    fs::create_dir_all(package.join("lib"))?;
    keep_names(workspace, log, options, &archive, &package.join("lib/libwebsockets.a"))?;
    copy_headers(workspace, &package.join("include"))?;
    describe(&package, options.target.is_none())?;
    Ok(package)
}

/// From here on until it is dropped nobody else builds a package: Cargo has one place for the archive of all of them, and the next of two projects
/// that are built at the same time would put its own there before this one's is fetched.
fn alone(workspace: &Workspace) -> Result<File> {
    fs::create_dir_all(workspace.output())?;
    let lock = File::create(workspace.output().join("staticlib.lock"))?;
    lock.lock().context("another package is being built, and cannot be waited for")?;
    Ok(lock)
}

/// The archive as Cargo makes it.
fn compile(workspace: &Workspace, log: &mut Log, options: &Options, library: &Library) -> Result<PathBuf> {
    let profile = if options.debug { "debug" } else { "release" };
    let Some(target) = &options.target else {
        ensure!(!options.clients_only, "--clients-only is for firmware: name its --target");
        let mut cargo = workspace.cargo();
        library.build(&mut cargo).args(["--features", &options.features.join(",")]);
        log.run(with_profile(cargo.arg("--target-dir").arg(workspace.target()), options))?;
        return Ok(workspace.target().join(profile).join(library.archive()));
    };
    let toolchain = Toolchain::find_or_install(workspace, log, &[target])?;
    let name = toolchain::name_of(target);
    // Another compiler than this machine's: a folder of its own.
    let folder = workspace.output().join("staticlib");
    let usual =
        if options.clients_only || options.manifest.is_some() { "firmware" } else { "firmware,server" };
    let features = [&[usual.to_owned()][..], &options.features].concat().join(",");
    let mut cargo = toolchain.cargo(workspace);
    library.build(&mut cargo).args(["--no-default-features", "--features", &features]);
    cargo.args(toolchain.options()).arg("--target").arg(toolchain.target(workspace, target)?);
    cargo.arg("--target-dir").arg(&folder);
    if target == CSKY {
        csky::compile_c(workspace, log, &mut cargo)?;
    }
    // Small, and every function by itself, so that the firmware's linker drops what is not used.
    cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s").env("CARGO_PROFILE_RELEASE_PANIC", "abort");
    cargo.env("CARGO_PROFILE_RELEASE_LTO", "fat").env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1");
    // A fault's address has a line of source; the firmware's flash has none of it.
    cargo.env("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only");
    log.run(with_profile(&mut cargo, options))?;
    Ok(folder.join(name).join(profile).join(library.archive()))
}

/// The crate that a package is made of.
struct Library {
    /// Of a firmware's own.
    manifest: Option<PathBuf>,
    /// As rustc calls it.
    name: String,
}

impl Library {
    fn of(workspace: &Workspace, log: &mut Log, options: &Options) -> Result<Self> {
        let Some(manifest) = &options.manifest else {
            return Ok(Library { manifest: None, name: "websockets".to_owned() });
        };
        ensure!(!options.clients_only, "--clients-only is a matter of the crate's own features");
        // The commands run at the root of this repository.
        let manifest = std::path::absolute(manifest)?;
        let mut metadata = workspace.cargo();
        metadata.args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"]).arg(&manifest);
        let metadata: Value = serde_json::from_str(&log.text(&mut metadata)?)?;
        let name = staticlib_of(&metadata, &manifest);
        let name =
            name.with_context(|| format!("{} has no library of kind staticlib", manifest.display()))?;
        Ok(Library { manifest: Some(manifest), name })
    }

    fn archive(&self) -> String {
        format!("lib{}.a", self.name)
    }

    fn package_name(&self, target: Option<&str>) -> String {
        let target = target.unwrap_or("host");
        if self.manifest.is_some() { format!("{}-{target}", self.name) } else { target.to_owned() }
    }

    fn build<'c>(&self, cargo: &'c mut Command) -> &'c mut Command {
        match &self.manifest {
            Some(manifest) => cargo.args(["build", "--manifest-path"]).arg(manifest),
            None => cargo.args(["build", "--package", "libwebsockets"]),
        }
    }
}

/// The library of the package with this manifest, as Cargo describes it: by a path without `..`, which a project's may have in it.
fn staticlib_of(metadata: &Value, manifest: &Path) -> Option<String> {
    let packages = metadata["packages"].as_array()?;
    let manifest = fs::canonicalize(manifest).ok()?;
    let is_it = |package: &&Value| {
        let path = package["manifest_path"].as_str().and_then(|path| fs::canonicalize(path).ok());
        path.is_some_and(|path| path == manifest)
    };
    let package = packages.iter().find(is_it)?;
    let is_staticlib = |target: &&Value| {
        target["crate_types"].as_array().is_some_and(|types| types.iter().any(|each| each == "staticlib"))
    };
    let library = package["targets"].as_array()?.iter().find(is_staticlib)?;
    Some(library["name"].as_str()?.replace('-', "_"))
}

fn with_profile<'c>(cargo: &'c mut Command, options: &Options) -> &'c mut Command {
    if options.debug { cargo } else { cargo.arg("--release") }
}

/// Binutils for a target: what their names begin with.
fn binutils(target: Option<&str>) -> Result<String> {
    Ok(match target {
        Some(target) if target.starts_with("thumb") || target.starts_with("arm") => "arm-none-eabi-".into(),
        Some(target) if target.starts_with("riscv") => "riscv64-unknown-elf-".into(),
        Some(CSKY) => csky::binutils()?,
        _ => String::new(),
    })
}

/// Makes one object of all, in which every name but the API's is its own: a firmware may link another lwIP, another allocator.
fn keep_names(workspace: &Workspace, log: &mut Log, options: &Options, from: &Path, to: &Path) -> Result<()> {
    let prefix = binutils(options.target_name())?;
    let tool = |name: &str| workspace.command(format!("{prefix}{name}"));
    let (parts, whole, object) =
        (to.with_extension("parts.a"), to.with_extension("whole.o"), to.with_extension("o"));
    fs::copy(from, &parts).with_context(|| format!("no library {}", from.display()))?;
    let spare = spare_parts(&fs::read(from)?, options.target.is_some())?;
    log.run(tool("ar").arg("d").arg(&parts).args(spare))?;
    log.run(
        tool("ld").args(["-r", "-z", "noexecstack", "-o"]).arg(&whole).arg("--whole-archive").arg(&parts),
    )?;
    let mut objcopy = tool("objcopy");
    let own = options.keep.iter().map(String::as_str).filter(|name| !name.is_empty());
    let names = NAMES.iter().copied().chain(own);
    objcopy.arg("--wildcard").args(names.map(|name| format!("--keep-global-symbol={name}")));
    objcopy.args(FOR_LLVM.iter().map(|section| format!("--remove-section={section}")));
    log.run(objcopy.arg(&whole).arg(&object))?;
    if options.target.is_some() {
        match strings::separate(&fs::read(&object)?) {
            Ok(separated) => fs::write(&object, separated)?,
            Err(error) => log.note(format_args!("the library's strings stay together: {error}"))?,
        }
    }
    // An archive that is there already would keep its old members.
    let _ = fs::remove_file(to);
    log.run(tool("ar").arg("rcs").arg(to).arg(&object))?;
    for part in [parts, whole, object] {
        fs::remove_file(part)?;
    }
    Ok(())
}

/// The members of an archive that a linker would leave out, who takes them one by one: Mbed TLS's GCM, in whose place `wm-gcm` is; for
/// firmware also what its C library has, made for its processor.
fn spare_parts(archive: &[u8], for_firmware: bool) -> Result<Vec<String>> {
    let mut spare = Vec::new();
    for member in ArchiveFile::parse(archive)?.members() {
        let member = member?;
        let object = object::File::parse(member.data(archive)?)?;
        let is_spare = |symbol: object::Symbol<'_, '_>| {
            symbol.is_definition()
                && symbol.name().is_ok_and(|name| {
                    name == OF_SLOW_GCM || (for_firmware && symbol.is_weak() && is_of_the_c_library(name))
                })
        };
        if object.symbols().any(is_spare) {
            spare.push(String::from_utf8_lossy(member.name()).into_owned());
        }
    }
    Ok(spare)
}

/// What only Mbed TLS's GCM defines.
const OF_SLOW_GCM: &str = "mbedtls_gcm_self_test";

/// The functions that compilers call by themselves, with the names that Arm's ABI has for them.
fn is_of_the_c_library(name: &str) -> bool {
    matches!(name, "bcmp" | "memcmp" | "memcpy" | "memmove" | "memset" | "strlen")
        || name.starts_with("__aeabi_mem")
}

/// The C header, its parts, and the platform contract.
fn copy_headers(workspace: &Workspace, include: &Path) -> Result<()> {
    fs::create_dir_all(include.join("lws"))?;
    let headers = workspace.root().join("include");
    let parts = fs::read_dir(headers.join("lws"))?;
    let parts = parts.map(|part| Ok(Path::new("lws").join(part?.file_name()))).collect::<Result<Vec<_>>>()?;
    let alone = ["libwebsockets.h", "lws_config.h"].map(Path::new);
    for header in parts.iter().map(PathBuf::as_path).chain(alone) {
        copy(&headers.join(header), &include.join(header))?;
    }
    for contract in ["wm_port.h", "wm_ethernet.h", "wm_checksum.h", "wm_handshakes.h", "wm_tcp_isn.h"] {
        copy(&workspace.root().join("wm-sys/include").join(contract), &include.join(contract))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}

/// Tells pkg-config and CMake where everything is, relative to the package, which may be moved.
fn describe(package: &Path, for_host: bool) -> Result<()> {
    let libraries = if for_host { HOST_LIBRARIES } else { "" };
    let folders = [package.join("lib/pkgconfig"), package.join("lib/cmake/libwebsockets")];
    for folder in &folders {
        fs::create_dir_all(folder)?;
    }
    fs::write(
        folders[0].join("libwebsockets.pc"),
        format!(
            "prefix=${{pcfiledir}}/../..\nlibdir=${{prefix}}/lib\nincludedir=${{prefix}}/include\n\n\
             Name: libwebsockets\nDescription: HTTP and WebSocket on lwIP, with the API of libwebsockets\n\
             Version: 4.3.3\nLibs: -L${{libdir}} -lwebsockets {libraries}\nCflags: -I${{includedir}}\n"
        ),
    )?;
    let linked = libraries.replace("-l", "").replace(' ', ";");
    fs::write(
        folders[1].join("libwebsockets-config.cmake"),
        format!(
            "# find_package(libwebsockets), then target_link_libraries(... websockets)\n\
             get_filename_component(_libwebsockets \"${{CMAKE_CURRENT_LIST_DIR}}/../../..\" ABSOLUTE)\n\
             if(NOT TARGET websockets)\n\
             \x20   add_library(websockets STATIC IMPORTED)\n\
             \x20   set_target_properties(websockets PROPERTIES\n\
             \x20       IMPORTED_LOCATION \"${{_libwebsockets}}/lib/libwebsockets.a\"\n\
             \x20       INTERFACE_INCLUDE_DIRECTORIES \"${{_libwebsockets}}/include\"\n\
             \x20       INTERFACE_LINK_LIBRARIES \"{linked}\")\n\
             endif()\n\
             set(LIBWEBSOCKETS_LIBRARIES websockets)\n\
             set(LIBWEBSOCKETS_INCLUDE_DIRS \"${{_libwebsockets}}/include\")\n"
        ),
    )?;
    fs::write(
        folders[1].join("libwebsockets-config-version.cmake"),
        "set(PACKAGE_VERSION 4.3.3)\n\
         if(NOT PACKAGE_FIND_VERSION VERSION_GREATER PACKAGE_VERSION)\n    set(PACKAGE_VERSION_COMPATIBLE TRUE)\nendif()\n\
         if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)\n    set(PACKAGE_VERSION_EXACT TRUE)\nendif()\n",
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_crate_is_found_by_a_path_that_goes_up() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let described = json!({ "packages": [{
            "manifest_path": here.join("Cargo.toml"),
            "targets": [{ "name": "of-the-firmware", "crate_types": ["staticlib"] }],
        }] });
        let manifest = here.join("src/../Cargo.toml");
        assert_eq!(staticlib_of(&described, &manifest).as_deref(), Some("of_the_firmware"));
    }
}
