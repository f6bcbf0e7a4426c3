//! Programs in C against the package: how they are compiled, started and ended.

use crate::address::Address;
use crate::log::Log;
use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result, anyhow, ensure};
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// How long a program may take to listen, and to end.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// What the compiler is given, as the documentation tells a stranger to find it.
pub(crate) fn flags(workspace: &Workspace, log: &mut Log, package: &Path) -> Result<Vec<String>> {
    let mut pkg_config = workspace.command("pkg-config");
    pkg_config.env("PKG_CONFIG_PATH", package.join("lib/pkgconfig"));
    let (status, found) = log.output(pkg_config.args(["--cflags", "--libs", "libwebsockets"]))?;
    ensure!(status.success(), "pkg-config does not find the package");
    Ok(found.split_whitespace().map(str::to_owned).collect())
}

/// A program in C that listens where `-p PORT` says. Dropping it ends that process.
pub(crate) struct Program {
    child: process::Owned,
    pub(crate) address: Address,
}

impl Program {
    pub(crate) fn start(workspace: &Workspace, log: &mut Log, program: &Path) -> Result<Self> {
        Self::start_with(workspace, log, program, &[])
    }

    pub(crate) fn start_with(
        workspace: &Workspace,
        log: &mut Log,
        program: &Path,
        options: &[&OsStr],
    ) -> Result<Self> {
        let port = Address::free()?.port();
        let mut command = workspace.command(program);
        command.args(["-p", &port.to_string()]).args(options);
        // glibc's resolver and std keep what they allocate once.
        command.env("ASAN_OPTIONS", "detect_leaks=1");
        Self::spawn(log, command, port)
    }

    /// Starts a program that listens on that port, and waits until it does.
    pub(crate) fn spawn(log: &mut Log, mut command: Command, port: u16) -> Result<Self> {
        command.stdin(Stdio::null()).stdout(log.sink()?).stderr(log.sink()?);
        let program = Program { child: process::Owned::spawn(&mut command)?, address: Address::new(port) };
        let connected = process::poll(LIMIT, || anyhow::Ok(program.address.connect(LIMIT).ok()))?;
        connected.map(drop).with_context(|| anyhow!("nobody accepts on {}", program.address.authority()))?;
        Ok(program)
    }

    /// Ends it as Ctrl-C does; it must end cleanly, leaks counted.
    pub(crate) fn stop(mut self) -> Result<()> {
        process::interrupt(&self.child)?;
        let status = process::wait(&mut self.child, LIMIT)?.context("the program still runs after SIGINT")?;
        ensure!(status.success(), "the program answered SIGINT with {status}");
        Ok(())
    }
}
