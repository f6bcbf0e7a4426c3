//! Where things are, and how a command is started there.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folders of this repository.
#[derive(Clone)]
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// The workspace that this xtask was compiled in.
    pub(crate) fn find() -> Self {
        let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = xtask.parent().unwrap_or(xtask).to_path_buf();
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => root.join(folder),
            None => root.join("target"),
        };
        Self { root, target }
    }

    /// Cargo's target directory.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Megabytes that the disk of the target directory has room for, if it says so.
    pub(crate) fn free_megabytes(&self) -> Option<u64> {
        let disk = rustix::fs::statvfs(&self.target).ok()?;
        Some(disk.f_bavail.saturating_mul(disk.f_frsize) >> 20)
    }

    /// Logs, reports, screenshots and whatever else the steps leave behind.
    pub(crate) fn output(&self) -> PathBuf {
        self.target.join("xtask")
    }

    /// The root of the sources.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The crate of the board that QEMU emulates.
    pub(crate) fn board(&self) -> PathBuf {
        self.root.join("examples/mps2-an385")
    }

    /// The scripts that other languages' clients run.
    pub(crate) fn clients(&self) -> PathBuf {
        self.root.join("tests/clients")
    }

    /// The certificate of the examples for development, which is its own authority.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.root.join("examples/certificates/development.pem")
    }

    /// Its key.
    pub(crate) fn certificate_key(&self) -> PathBuf {
        self.root.join("examples/certificates/development-key.pem")
    }

    /// A command at the repository's root.
    ///
    /// `cargo run` points `LD_LIBRARY_PATH` at its own toolchain; Debian's rustc, Python and Chromium have theirs.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).env_remove("LD_LIBRARY_PATH");
        if let Some(path) = path_with_tools() {
            command.env("PATH", path);
        }
        command
    }

    /// The cargo that runs this xtask, so that all steps share one toolchain and one target directory.
    pub(crate) fn cargo(&self) -> Command {
        self.command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    /// `cargo COMMAND --workspace`: a package that is chosen alone has its dependencies compiled with fewer features, and so once more.
    pub(crate) fn cargo_for_all(&self, command: &str) -> Command {
        let mut cargo = self.cargo();
        cargo.args([command, "--workspace"]);
        cargo
    }

    /// An example that was built before, to be started directly: its process identifier is then the server's own.
    pub(crate) fn example(&self, name: &str) -> Command {
        self.command(self.target.join("debug/examples").join(name))
    }
}

/// The folder of a firmware's compiler, which need not be on the search path: component/ names it.
const TOOLS: &str = "WM_WEBSOCKETS_TOOLS";

/// The search path with that folder behind it.
fn path_with_tools() -> Option<OsString> {
    let tools = std::env::var_os(TOOLS).filter(|tools| !tools.is_empty())?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::env::split_paths(&path).chain([tools.into()])).ok()
}
