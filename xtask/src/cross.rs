//! The library compiled for a Cortex-M3: a proof that it needs no std and no operating system.

use crate::apt;
use crate::log::Log;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "thumbv7m-none-eabi";

/// Checks the library, its build scripts included, for `thumbv7m-none-eabi`, with and without IPv6.
pub(crate) fn check(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let toolchain = find_or_install(workspace, log)?;
    for features in ["server", "server,ipv6"] {
        let arguments =
            ["check", "--lib", "--no-default-features", "--features", features, "--target", TARGET];
        log.run(toolchain.cargo(workspace).args(arguments).args(toolchain.options()))?;
    }
    Ok(Outcome::Passed)
}

/// Where the core library for the target comes from.
enum Toolchain {
    /// The cargo that runs us has it ready-made (`rustup target add`).
    Rustup,
    /// Debian's own rustc builds it from Debian's rust-web-src.
    Debian,
}

impl Toolchain {
    fn find(workspace: &Workspace, log: &mut Log) -> Result<Option<Self>> {
        let (_, sysroot) = log.output(workspace.command("rustc").args(["--print", "sysroot"]))?;
        let library = PathBuf::from(sysroot.trim()).join("lib/rustlib").join(TARGET);
        if library.is_dir() {
            return Ok(Some(Self::Rustup));
        }
        let debian = ["/usr/bin/rustc", "/usr/bin/cargo", "/usr/lib/rustlib/src/rust/library/core"];
        Ok(debian.iter().all(|path| Path::new(path).exists()).then_some(Self::Debian))
    }

    fn cargo(&self, workspace: &Workspace) -> Command {
        match self {
            Self::Rustup => workspace.cargo(),
            Self::Debian => {
                let mut cargo = workspace.command("/usr/bin/cargo");
                cargo.env("RUSTC", "/usr/bin/rustc");
                // -Z is for nightly; this is how a stable release is asked to build its own core library.
                cargo.env("RUSTC_BOOTSTRAP", "1");
                cargo
            }
        }
    }

    fn options(&self) -> &'static [&'static str] {
        match self {
            Self::Rustup => &[],
            Self::Debian => &["-Zbuild-std=core,alloc"],
        }
    }
}

fn find_or_install(workspace: &Workspace, log: &mut Log) -> Result<Toolchain> {
    if let Some(toolchain) = Toolchain::find(workspace, log)? {
        return Ok(toolchain);
    }
    let added = log.status(workspace.command("rustup").args(["target", "add", TARGET]));
    if !added.is_ok_and(|status| status.success()) {
        apt::install(workspace, log, &["rustc-web", "cargo-web", "rust-web-src"])?;
    }
    let toolchain = Toolchain::find(workspace, log)?;
    toolchain.with_context(|| format!("no core library for {TARGET}: run `rustup target add {TARGET}`"))
}
