//! A Rust toolchain that can compile for a microcontroller.

use crate::apt;
use crate::log::Log;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// Where the core library for a target comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The cargo that runs us has it ready-made (`rustup target add`).
    Rustup,
    /// Debian's own rustc builds it from Debian's rust-web-src.
    Debian,
    /// The cargo that runs us builds it from rustup's component rust-src, for a target that this repository describes: a processor that
    /// rustc does not know, or code that is smaller than its own target's.
    Source,
}

/// The processor of the W800, in firmware without an operating system: rustc has no such target built in.
pub(crate) const CSKY: &str = "csky-unknown-none-elf";

/// `rustup` or `debian`, for a machine that has both. Firmware of either has the same size within 1 %; rustup's is there sooner.
const CHOICE: &str = "XTASK_TOOLCHAIN";

/// How the file ends that describes a target.
const DESCRIPTION: &str = ".json";

/// The core library's own sources, where rustup puts them.
const SOURCES: &str = "lib/rustlib/src/rust/library/core";

/// What makes Debian's toolchain complete.
const DEBIAN: &[&str] = &["/usr/bin/rustc", "/usr/bin/cargo", "/usr/lib/rustlib/src/rust/library/core"];

/// -Z is for nightly; this is how a stable release is asked to build its own core library.
const BOOTSTRAP: (&str, &str) = ("RUSTC_BOOTSTRAP", "1");

/// Whoever comes second finds what the first has installed.
static INSTALLING: Mutex<()> = Mutex::new(());

impl Toolchain {
    /// One that compiles for all of `targets`, installed when there is none.
    pub(crate) fn find_or_install(workspace: &Workspace, log: &mut Log, targets: &[&str]) -> Result<Self> {
        if targets.iter().any(|target| *target == CSKY || is_described(target)) {
            return Self::with_sources(workspace, log);
        }
        let known = log.text(workspace.command("rustc").args(["--print", "target-list"]))?;
        if let Some(unknown) = targets.iter().find(|target| !known.lines().any(|each| each == **target)) {
            bail!("rustc knows no target {unknown}: `rustc --print target-list` shows their names");
        }
        let _installing = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(toolchain) = Self::find(workspace, log, targets)? {
            return Ok(toolchain);
        }
        let advice = || {
            let targets = targets.join(" ");
            format!(
                "no core library for {targets}: `rustup target add {targets}` brings it, or Debian's \
                     packages rustc-web, cargo-web and rust-web-src"
            )
        };
        let added = log.status(workspace.command("rustup").args(["target", "add"]).args(targets));
        if !added.is_ok_and(|status| status.success()) {
            apt::install(workspace, log, &["rustc-web", "cargo-web", "rust-web-src"]).with_context(advice)?;
        }
        match Self::find(workspace, log, targets)? {
            Some(toolchain) => Ok(toolchain),
            None => bail!(advice()),
        }
    }

    /// The one that builds the core library itself. Debian's LLVM has no code for C-SKY, rustup's has.
    pub(crate) fn with_sources(workspace: &Workspace, log: &mut Log) -> Result<Self> {
        let _installing = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
        if !sysroot(workspace, log)?.join(SOURCES).is_dir() {
            let mut add = workspace.command("rustup");
            log.run(add.args(["component", "add", "rust-src"])).context(
                "the core library's sources are needed: `rustup component add rust-src` brings them",
            )?;
        }
        Ok(Self::Source)
    }

    fn find(workspace: &Workspace, log: &mut Log, targets: &[&str]) -> Result<Option<Self>> {
        let has_debian = DEBIAN.iter().all(|path| Path::new(path).exists());
        let libraries = sysroot(workspace, log)?.join("lib/rustlib");
        let has_rustup = targets.iter().all(|target| libraries.join(target).is_dir());
        let choice = std::env::var(CHOICE).ok();
        Ok(match choice.as_deref() {
            Some("debian") => has_debian.then_some(Self::Debian),
            Some("rustup") => has_rustup.then_some(Self::Rustup),
            Some(other) => bail!("{CHOICE} is `{other}`, neither `debian` nor `rustup`"),
            None if has_rustup => Some(Self::Rustup),
            None => has_debian.then_some(Self::Debian),
        })
    }

    /// Its compiler, as a reader of a measurement wants to know it.
    pub(crate) fn version(self, workspace: &Workspace, log: &mut Log) -> Result<String> {
        let (compiler, core) = match self {
            Self::Debian => ("/usr/bin/rustc", "core built with it"),
            Self::Rustup => ("rustc", "core ready-made"),
            Self::Source => ("rustc", "core built with it"),
        };
        let (_, version) = log.output(workspace.command(compiler).arg("--version"))?;
        let version = version.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
        Ok(format!("{version} ({core})"))
    }

    /// Its cargo.
    pub(crate) fn cargo(self, workspace: &Workspace) -> Command {
        match self {
            Self::Rustup => workspace.cargo(),
            Self::Debian => {
                let mut cargo = workspace.command("/usr/bin/cargo");
                cargo.env("RUSTC", "/usr/bin/rustc").env(BOOTSTRAP.0, BOOTSTRAP.1);
                cargo
            }
            Self::Source => {
                let mut cargo = workspace.cargo();
                cargo.env(BOOTSTRAP.0, BOOTSTRAP.1);
                cargo
            }
        }
    }

    /// What `--target` is told for a target.
    pub(crate) fn target(self, workspace: &Workspace, target: &str) -> Result<OsString> {
        Ok(match self {
            // The commands run at the root of this repository.
            Self::Source if is_described(target) => std::path::absolute(target)?.into(),
            Self::Source => workspace.root().join("component").join(format!("{target}{DESCRIPTION}")).into(),
            Self::Rustup | Self::Debian => target.into(),
        })
    }

    /// What follows cargo's own options.
    pub(crate) fn options(self) -> &'static [&'static str] {
        match self {
            Self::Rustup => &[],
            Self::Debian => &["-Zbuild-std=core,alloc"],
            Self::Source => {
                &["-Zbuild-std=core,alloc", "-Zbuild-std-features=optimize_for_size", "-Zjson-target-spec"]
            }
        }
    }
}

/// Whether a target is the file that describes it.
fn is_described(target: &str) -> bool {
    target.ends_with(DESCRIPTION)
}

/// What rustc calls a target, which may be the file that describes it.
pub(crate) fn name_of(target: &str) -> &str {
    let file = target.rsplit('/').next().unwrap_or(target);
    file.strip_suffix(DESCRIPTION).unwrap_or(target)
}

/// Where the compiler that runs us has its libraries. Below make it warns, on its other stream, of tokens for jobs that it does not get.
fn sysroot(workspace: &Workspace, log: &mut Log) -> Result<PathBuf> {
    let sysroot = log.text(workspace.command("rustc").args(["--print", "sysroot"]))?;
    Ok(PathBuf::from(sysroot.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_may_be_the_file_that_describes_it() {
        for (target, name) in [
            ("thumbv7m-none-eabi", "thumbv7m-none-eabi"),
            ("thumbv7m-none-eabi.json", "thumbv7m-none-eabi"),
            ("/some/where/thumbv7m-none-eabi.json", "thumbv7m-none-eabi"),
        ] {
            assert_eq!(name_of(target), name);
        }
    }
}
