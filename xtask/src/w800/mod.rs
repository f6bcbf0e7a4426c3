//! The library on the W800's processor: compiled by the SDK's kind of toolchain, linked, and run by tests/w800/simulator, for no emulator of
//! C-SKY's is in any package registry.

use crate::component;
use crate::csky;
use crate::judges::{kosoku, python};
use crate::log::Log;
use crate::server::Server;
use crate::steps::Outcome;
use crate::toolchain::{CSKY, Toolchain};
use crate::tools::{self, Tool};
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

mod chip;
mod gnu;
mod measure;

use chip::Chip;
pub(crate) use measure::measure;

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
        "bison",
        "flex",
        "make",
        "xz-utils",
    ],
    || {
        [gnu::BINUTILS, gnu::GCC, gnu::NEWLIB]
            .iter()
            .all(|(folder, name)| gnu::archive(folder, name).is_some())
            && ["bison", "flex"].into_iter().all(tools::finds)
    },
);

/// One that knows the processor.
pub(crate) static LIBCLANG: Tool =
    Tool::new("libclang 15 or newer", &["libclang-19-dev"], || csky::libclang().is_some());

/// What a client sends, one a second.
const LINES: &str = "3";

/// The step's name.
pub(crate) const NAME: &str = "w800";

/// The compiler, which takes minutes to build, where it will be of use.
pub(crate) fn compiler(workspace: &Workspace, log: &mut Log) -> Result<()> {
    Toolchain::find_or_install(workspace, log, &[CSKY])?;
    gnu::find_or_build(workspace, log).map(drop)
}

/// Programs of `examples/c`, unchanged, with real clients.
pub(crate) fn check(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    // Of all that this step needs, only rustup's server has the core library of this very rustc.
    if let Err(error) = Toolchain::find_or_install(workspace, log, &[CSKY]) {
        return Ok(Outcome::Skipped(format!("{error:#}")));
    }
    let mut bench = Workbench::new(workspace, log)?;
    // One library for all: with TLS it serves without it too.
    let package = bench.library(true)?;
    for firmware in Firmware::ALL {
        bench.judge(firmware, &package).with_context(|| firmware.name())?;
    }
    let nm = bench.binutils("nm");
    component::check_w800(workspace, bench.log, &bench.path, nm)?;
    Ok(Outcome::Passed)
}

/// A program to build, and who judges it.
pub(crate) struct Firmware {
    /// Of `examples/c`.
    program: &'static str,
    is_secure: bool,
    peer: Peer,
}

/// Whom a firmware talks to.
#[derive(Clone, Copy)]
enum Peer {
    /// The clients of a script.
    Clients(&'static str),
    /// These, and kosoku's.
    Suite(&'static str, &'static kosoku::Run),
    /// Our own server on this machine.
    Server,
}

impl Firmware {
    const ALL: &[Self] = &[
        Self::plain("websocket_server", Peer::Suite("echo.py", &kosoku::W800)),
        Self::plain("http_server_post", Peer::Clients("c_post.py")),
        Self::plain("websocket_client", Peer::Server),
        Self { is_secure: true, ..Self::plain("websocket_server", Peer::Clients("c_secure.py")) },
        Self { is_secure: true, ..Self::plain("websocket_client", Peer::Server) },
    ];

    const fn plain(program: &'static str, peer: Peer) -> Self {
        Self { program, is_secure: false, peer }
    }

    fn name(&self) -> String {
        format!("{}{}", self.program, if self.is_secure { "-tls" } else { "" })
    }

    fn title(&self) -> String {
        format!("`{}.c`{}", self.program, if self.is_secure { ", TLS" } else { "" })
    }
}

/// Everything that firmware is built with and run by.
pub(crate) struct Workbench<'w> {
    workspace: &'w Workspace,
    log: &'w mut Log,
    /// The search path on which the compiler is.
    path: OsString,
    simulator: PathBuf,
}

impl<'w> Workbench<'w> {
    /// Builds compiler and simulator, as far as they are not there.
    pub(crate) fn new(workspace: &'w Workspace, log: &'w mut Log) -> Result<Self> {
        let path = gnu::search_path(&gnu::find_or_build(workspace, log)?)?;
        let target = workspace.output().join("xt804");
        let mut cargo = workspace.cargo();
        cargo.args(["build", "--release", "--manifest-path", "tests/w800/simulator/Cargo.toml"]);
        log.run(cargo.arg("--target-dir").arg(&target))?;
        Ok(Self { workspace, log, path, simulator: target.join("release/xt804") })
    }

    fn command(&self, program: &str) -> Command {
        let mut command = self.workspace.command(program);
        command.env("PATH", &self.path);
        command
    }

    /// A program of the toolchain.
    fn binutils(&self, tool: &str) -> Command {
        self.command(&format!("csky-elfabiv2-{tool}"))
    }

    /// The library, packed as a user packs it.
    fn library(&mut self, is_secure: bool) -> Result<PathBuf> {
        let name = if is_secure { "library-tls" } else { "library" };
        let package = self.workspace.output().join("w800").join(name);
        let mut xtask = self.workspace.cargo();
        xtask.args(["xtask", "staticlib", "--target", CSKY, "--out"]).arg(&package).env("PATH", &self.path);
        if is_secure {
            // As component/ has it.
            xtask.args(["--features", "security-fast"]);
        }
        self.log.run(&mut xtask)?;
        Ok(package)
    }

    /// A firmware, by CMake.
    fn build(&mut self, firmware: &Firmware, package: &Path) -> Result<PathBuf> {
        let build = self.workspace.output().join("w800").join(firmware.name());
        let mut configure = self.command("cmake");
        configure.args(["-S", "tests/w800/firmware", "-B"]).arg(&build);
        // What CMake finds by a search path it would keep, also when it is another library's turn.
        configure.arg(format!("-Dlibwebsockets_DIR={}/lib/cmake/libwebsockets", package.display()));
        configure.arg(format!("-DPROGRAM={}", firmware.program));
        configure.arg(format!("-DSECURE={}", if firmware.is_secure { "ON" } else { "OFF" }));
        self.log.run(&mut configure)?;
        let mut make = self.command("cmake");
        self.log.run(make.arg("--build").arg(&build))?;
        Ok(build.join("firmware.elf"))
    }

    fn boot(&mut self, image: &Path, is_secure: bool) -> Result<Chip> {
        Chip::boot(self.workspace, self.log, &self.simulator, image, is_secure)
    }

    /// Builds it, runs it, and lets it talk to its peer.
    fn judge(&mut self, firmware: &Firmware, package: &Path) -> Result<()> {
        let image = self.build(firmware, package)?;
        let (script, suite) = match firmware.peer {
            Peer::Clients(script) => (script, None),
            Peer::Suite(script, suite) => (script, Some(suite)),
            Peer::Server => return self.connect(&image, firmware.is_secure),
        };
        let mut chip = self.boot(&image, firmware.is_secure)?;
        let certificate = self.workspace.certificate();
        let certificate = certificate.to_string_lossy();
        let options: &[&str] = if firmware.is_secure { &[&certificate] } else { &[] };
        python::run(self.workspace, self.log, script, chip.address(), options)?;
        if let Some(suite) = suite {
            suite.against(self.workspace, self.log, chip.address())?;
        }
        chip.is_alive()
    }

    /// A client that sends its lines, gets them back, and ends well.
    fn connect(&mut self, image: &Path, is_secure: bool) -> Result<()> {
        let identity = [self.workspace.certificate(), self.workspace.certificate_key()];
        let [certificate, key] = identity.map(|file| file.to_string_lossy().into_owned());
        let options = ["-q", "--tls", &certificate, &key, "--tls-port", "0"];
        let server = Server::start(self.workspace, self.log, "websocket_server", &options)?;
        let address = if is_secure { server.secure_address() } else { Some(server.address()) };
        let port = address.context("the server speaks no TLS")?.authority();
        let port = port.rsplit(':').next().unwrap_or_default();
        let mut client = self.workspace.command(&self.simulator);
        client.arg(image).args(["--", "-s", "10.0.2.2", "-h", "localhost", "-n", LINES, "-p", port]);
        let (status, text) = self.log.output(&mut client)?;
        ensure!(status.success(), "the client ended with {status}");
        let answer = format!("received: line {LINES}");
        ensure!(text.contains(&answer), "the client has not said `{answer}`");
        server.stop()
    }
}
