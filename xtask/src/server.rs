//! An example of this repository, running as a server for a judge or for a person.

use crate::address::Address;
use crate::log::Log;
use crate::process::{self, shown};
use crate::workspace::Workspace;
use anyhow::{Context, Result, anyhow, bail, ensure};
use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

/// What an example prints, followed by its port, once it serves.
pub(crate) const READY: &str = "listening on http://127.0.0.1:";
/// The same for TLS, said before.
pub(crate) const SECURE: &str = "listening on https://127.0.0.1:";
const START_LIMIT: Duration = Duration::from_secs(20);
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// A running example. Dropping it ends that process, and no other.
pub(crate) struct Server {
    child: process::Owned,
    address: Address,
    secure: Option<Address>,
}

impl Server {
    /// Builds `example`, starts it on a free port with `options` and waits until it accepts connections.
    pub(crate) fn start(
        workspace: &Workspace,
        log: &mut Log,
        example: &str,
        options: &[&str],
    ) -> Result<Self> {
        log.run(workspace.cargo_for_all("build").args(["--example", example]))?;
        let mut command = workspace.example(example);
        command.args(["--net", "user", "--port", "0"]).args(options);
        log.note(format_args!("$ {} &", shown(&command)))?;
        command.stderr(log.sink()?);
        Self::spawn(command, log.writer()?)
    }

    /// Starts `command`, passing on to `output` what it prints.
    pub(crate) fn spawn(mut command: Command, output: impl Write + Send + 'static) -> Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = process::Owned::spawn(&mut command)
            .with_context(|| format!("cannot start `{}`", shown(&command)))?;
        let announced = child.stdout.take().map(|stdout| watch(stdout, output));
        // From here on an early return ends the child.
        let mut server = Self { child, address: Address::new(0), secure: None };
        let announced = announced.context("the example has no standard output")?;
        let (port, secure) = announced.recv_timeout(START_LIMIT).map_err(|_| server.silence())?;
        server.address = Address::new(port);
        server.secure = secure.map(Address::new);
        server.wait_until_it_accepts()?;
        Ok(server)
    }

    fn silence(&mut self) -> anyhow::Error {
        // Its output may end a moment before it does.
        match process::wait(&mut self.child, Duration::from_secs(1)) {
            Ok(Some(status)) => anyhow!("the example ended with {status} before it said `{READY}PORT`"),
            _ => anyhow!("the example did not say `{READY}PORT` within {} s", START_LIMIT.as_secs()),
        }
    }

    fn wait_until_it_accepts(&self) -> Result<()> {
        let connected = process::poll(START_LIMIT, || anyhow::Ok(self.address.connect(START_LIMIT).ok()))?;
        connected.map(drop).with_context(|| format!("nobody accepts on {}", self.address.authority()))
    }

    /// Where clients reach it.
    pub(crate) fn address(&self) -> Address {
        self.address
    }

    /// Where clients that speak TLS reach it, if they do.
    pub(crate) fn secure_address(&self) -> Option<Address> {
        self.secure
    }

    /// How the example ended, if it has.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Asks the example to end, as Ctrl-C does.
    pub(crate) fn interrupt(&self) -> Result<()> {
        process::interrupt(&self.child)
    }

    /// Ends the example, which must have run until now and must end cleanly.
    pub(crate) fn stop(mut self) -> Result<()> {
        if let Some(status) = self.ended()? {
            bail!("the example ended by itself with {status}");
        }
        self.interrupt()?;
        let status = process::wait(&mut self.child, STOP_LIMIT)?;
        let status = status.context("the example still runs 10 s after SIGINT")?;
        ensure!(status.success(), "the example answered SIGINT with {status} instead of exit code 0");
        Ok(())
    }
}

/// The announced port, and the one for TLS.
type Ports = (u16, Option<u16>);

/// Copies the example's output line by line, and tells the ports once they are announced.
fn watch(stdout: ChildStdout, mut output: impl Write + Send + 'static) -> Receiver<Ports> {
    let (announce, announced) = mpsc::channel();
    thread::spawn(move || {
        let mut secure = None;
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            secure = secure.or(port(&line, SECURE));
            if !tell(&announce, &line, secure) && writeln!(output, "{line}").is_err() {
                break;
            }
        }
    });
    announced
}

fn tell(announce: &Sender<Ports>, line: &str, secure: Option<u16>) -> bool {
    port(line, READY).is_some_and(|port| announce.send((port, secure)).is_ok())
}

fn port(line: &str, announcement: &str) -> Option<u16> {
    line.strip_prefix(announcement)?.trim_end_matches('/').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn an_example_that_ends_before_it_serves_is_an_error() {
        let error = Server::spawn(shell("exit 3"), std::io::sink()).err().expect("an error");
        assert!(error.to_string().contains("before it said"), "{error}");
    }

    #[test]
    fn the_announced_port_is_read() {
        let (announce, announced) = mpsc::channel();
        assert!(tell(
            &announce,
            "listening on http://127.0.0.1:8080",
            port("listening on https://127.0.0.1:8443", SECURE)
        ));
        assert_eq!(announced.try_recv(), Ok((8080, Some(8443))));
        assert!(!tell(&announce, "listening on nothing", None));
    }
}
