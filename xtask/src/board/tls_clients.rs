//! Clients that hold WebSockets over TLS to the firmware, and do what they are told.

use crate::address::Address;
use crate::judges::python;
use crate::log::Log;
use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::io::{BufRead, BufReader, Write as _};
use std::process::{ChildStdin, ChildStdout, Stdio};

/// `tests/clients/tls_hold.py`. Dropping it ends that process, and no other.
pub(crate) struct Clients {
    child: process::Owned,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Clients {
    pub(crate) fn start(
        workspace: &Workspace,
        log: &mut Log,
        address: Address,
        version: &str,
    ) -> Result<Self> {
        let mut python = workspace.command(python::environment(workspace, log)?.join("python"));
        python.arg(workspace.clients().join("tls_hold.py")).arg(address.authority());
        python.arg(workspace.certificate()).arg(version).env("PYTHONDONTWRITEBYTECODE", "1");
        python.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log.sink()?);
        let mut child = process::Owned::spawn(&mut python).context("Python does not start")?;
        let (orders, answers) = (child.stdin.take(), child.stdout.take());
        let answers = BufReader::new(answers.context("no standard output")?);
        Ok(Self { child, orders: orders.context("no standard input")?, answers })
    }

    /// Waits until it is done; it bounds its own time.
    pub(crate) fn ask(&mut self, order: &str) -> Result<()> {
        writeln!(self.orders, "{order}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        ensure!(answer.trim() == "done", "the clients ended instead of doing `{order}`");
        Ok(())
    }

    pub(crate) fn end(mut self) -> Result<()> {
        Ok(self.child.kill()?)
    }
}
