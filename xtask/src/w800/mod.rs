//! The library on the W800's processor: compiled by the SDK's kind of toolchain, linked, and run by tests/w800/simulator, for no emulator of
//! C-SKY's is in any package registry.

use crate::component;
use crate::csky;
use crate::judges::{kosoku, python};
use crate::log::Log;
use crate::steps::{Outcome, Step};
use crate::toolchain::CSKY;
use crate::tools::Tool;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

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
    let mut bench = Workbench::new(workspace, log)?;
    for firmware in Firmware::ALL {
        bench.judge(firmware).with_context(|| firmware.name())?;
    }
    let (path, nm) = (bench.path.clone(), bench.binutils("nm"));
    let command = |program: &str| {
        let mut command = workspace.command(program);
        command.env("PATH", &path);
        command
    };
    component::check_w800(workspace, log, &command, nm)?;
    Ok(Outcome::Passed)
}

/// A program to build, and who judges it.
pub(crate) struct Firmware {
    /// Of `examples/c`.
    program: &'static str,
    is_secure: bool,
    script: &'static str,
    suite: Option<&'static kosoku::Run>,
}

impl Firmware {
    const ALL: &[Self] = &[
        Self { program: "websocket_server", is_secure: false, script: "echo.py", suite: Some(&kosoku::W800) },
        Self { program: "http_server_post", is_secure: false, script: "c_post.py", suite: None },
        Self { program: "websocket_server", is_secure: true, script: "c_secure.py", suite: None },
    ];

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
        // Rust looks for it on its own search path, not on the one that it gets.
        self.workspace.command(self.workspace.output().join("csky/bin").join(format!("csky-elfabiv2-{tool}")))
    }

    /// The library, packed as a user packs it.
    fn library(&mut self, is_secure: bool) -> Result<PathBuf> {
        let name = if is_secure { "library-tls" } else { "library" };
        let package = self.workspace.output().join("w800").join(name);
        let mut xtask = self.workspace.cargo();
        xtask.args(["xtask", "staticlib", "--target", CSKY, "--out"]).arg(&package).env("PATH", &self.path);
        if is_secure {
            xtask.args(["--features", "security"]);
        }
        self.log.run(&mut xtask)?;
        Ok(package)
    }

    /// A firmware, by CMake.
    fn build(&mut self, firmware: &Firmware) -> Result<PathBuf> {
        let package = self.library(firmware.is_secure)?;
        let build = self.workspace.output().join("w800").join(firmware.name());
        let mut configure = self.command("cmake");
        configure.args(["-S", "tests/w800/firmware", "-B"]).arg(&build);
        configure.arg(format!("-DCMAKE_PREFIX_PATH={}", package.display()));
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

    /// Builds it, runs it, and lets its clients talk to it.
    fn judge(&mut self, firmware: &Firmware) -> Result<()> {
        let image = self.build(firmware)?;
        let mut chip = self.boot(&image, firmware.is_secure)?;
        let certificate = self.workspace.certificate();
        let certificate = certificate.to_string_lossy();
        let options: &[&str] = if firmware.is_secure { &[&certificate] } else { &[] };
        python::run(self.workspace, self.log, firmware.script, chip.address(), options)?;
        if let Some(suite) = firmware.suite {
            suite.against(self.workspace, self.log, chip.address())?;
        }
        chip.is_alive()
    }
}
