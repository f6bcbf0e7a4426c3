//! The library on the W800's processor: compiled by the SDK's kind of toolchain, linked, and run by tests/w800/simulator, for no emulator of
//! C-SKY's is in any package registry.

use crate::csky;
use crate::judges::python;
use crate::log::Log;
use crate::server::Server;
use crate::steps::{Outcome, Step};
use crate::toolchain::CSKY;
use crate::tools::Tool;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::thread;

mod gnu;

/// What compilers for the processor are built of, beside a compiler for this machine.
pub(crate) static SOURCES: Tool = Tool::new(
    "sources of binutils, gcc and newlib",
    &[
        "binutils-source",
        "gcc-12-source",
        "newlib-source",
        "libgmp-dev",
        "libmpfr-dev",
        "libmpc-dev",
        "make",
        "xz-utils",
    ],
    || {
        [gnu::BINUTILS, gnu::GCC, gnu::NEWLIB]
            .iter()
            .all(|(folder, name)| gnu::archive(folder, name).is_some())
    },
);

/// One that knows the processor.
pub(crate) static LIBCLANG: Tool =
    Tool::new("libclang 15 or newer", &["libclang-19-dev"], || csky::libclang().is_some());

/// A firmware, and who judges it.
struct Firmware {
    /// Of `examples/c`.
    program: &'static str,
    is_secure: bool,
    script: &'static str,
}

const FIRMWARE: &[Firmware] = &[
    Firmware { program: "websocket_server", is_secure: false, script: "echo.py" },
    Firmware { program: "http_server_post", is_secure: false, script: "c_post.py" },
    Firmware { program: "websocket_server", is_secure: true, script: "c_secure.py" },
];

/// The step's name.
pub(crate) const NAME: &str = "w800";

/// Begins to build the compiler while other steps run, most of which wait for their clients most of the time. How it ends is the step's
/// business, which goes on where this stopped.
pub(crate) fn begin(workspace: &Workspace, steps: &[&Step]) {
    if steps.len() < 2 || steps.iter().all(|step| step.name != NAME) {
        return;
    }
    let workspace = workspace.clone();
    thread::spawn(move || {
        let mut log = Log::create(workspace.output().join("w800-compiler.log"))?;
        gnu::find_or_build(&workspace, &mut log)
    });
}

/// Programs of `examples/c`, unchanged, with real clients.
pub(crate) fn check(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let path = gnu::search_path(&gnu::find_or_build(workspace, log)?)?;
    let simulator = simulator(workspace, log)?;
    for is_secure in [false, true] {
        let package = library(workspace, log, &path, is_secure)?;
        for firmware in FIRMWARE.iter().filter(|firmware| firmware.is_secure == is_secure) {
            let image = firmware.build(workspace, log, &path, &package)?;
            firmware.judge(workspace, log, &simulator, &image).with_context(|| firmware.name())?;
        }
    }
    Ok(Outcome::Passed)
}

fn simulator(workspace: &Workspace, log: &mut Log) -> Result<PathBuf> {
    let source = workspace.root().join("tests/w800/simulator");
    let target = workspace.output().join("xt804");
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--release", "--manifest-path"]).arg(source.join("Cargo.toml"));
    log.run(cargo.arg("--target-dir").arg(&target))?;
    Ok(target.join("release/xt804"))
}

/// The library, packed as a user packs it.
fn library(workspace: &Workspace, log: &mut Log, path: &OsString, is_secure: bool) -> Result<PathBuf> {
    let package = workspace.output().join("w800").join(if is_secure { "library-tls" } else { "library" });
    let mut xtask = workspace.cargo();
    xtask.args(["xtask", "staticlib", "--target", CSKY, "--out"]).arg(&package).env("PATH", path);
    if is_secure {
        xtask.args(["--features", "security"]);
    }
    log.run(&mut xtask)?;
    Ok(package)
}

impl Firmware {
    fn name(&self) -> String {
        format!("{}{}", self.program, if self.is_secure { "-tls" } else { "" })
    }

    fn build(
        &self,
        workspace: &Workspace,
        log: &mut Log,
        path: &OsString,
        package: &Path,
    ) -> Result<PathBuf> {
        let build = workspace.output().join("w800").join(self.name());
        let mut configure = workspace.command("cmake");
        configure.args(["-S", "tests/w800/firmware", "-B"]).arg(&build).env("PATH", path);
        configure.arg(format!("-DCMAKE_PREFIX_PATH={}", package.display()));
        configure.arg(format!("-DPROGRAM={}", self.program));
        configure.arg(format!("-DSECURE={}", if self.is_secure { "ON" } else { "OFF" }));
        log.run(&mut configure)?;
        log.run(workspace.command("cmake").env("PATH", path).arg("--build").arg(&build))?;
        Ok(build.join("firmware.elf"))
    }

    /// Runs it, and lets its clients talk to it.
    fn judge(&self, workspace: &Workspace, log: &mut Log, simulator: &Path, image: &Path) -> Result<()> {
        let mut command = workspace.command(simulator);
        command.arg(image).args(["--forward", "0:443", "--forward", "0:80"]).stderr(log.sink()?);
        let mut server = Server::spawn(command, log.writer()?)?;
        let certificate = workspace.certificate();
        let certificate = certificate.to_string_lossy();
        let secure = server.secure_address().filter(|_| self.is_secure);
        let options: &[&str] = if secure.is_some() { &[&certificate] } else { &[] };
        let judged = python::run(workspace, log, self.script, secure.unwrap_or(server.address()), options);
        let ended = server.ended()?;
        ensure!(ended.is_none(), "the firmware ended by itself: {ended:?}");
        judged
    }
}
