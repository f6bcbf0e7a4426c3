//! A firmware in the simulator: its network ports on this machine, its count of instructions, its end.

use crate::address::Address;
use crate::board::measure::Counter;
use crate::log::Log;
use crate::process::{self, shown};
use crate::server::{READY, SECURE};
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdin, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// What the simulator answers, one after the other.
const STACK: &str = "stack ";
const INSTRUCTIONS: &str = "instructions ";
/// For anything that it is asked.
const LIMIT: Duration = Duration::from_secs(20);

/// A simulated W800. Dropping it ends that process, and no other.
pub(super) struct Chip {
    child: process::Owned,
    console: ChildStdin,
    lines: Receiver<String>,
    address: Address,
    counted_from: u64,
}

impl Chip {
    /// Starts a firmware that serves, and waits until it accepts.
    pub(super) fn boot(
        workspace: &Workspace,
        log: &mut Log,
        simulator: &Path,
        image: &Path,
        is_secure: bool,
    ) -> Result<Self> {
        let mut command = workspace.command(simulator);
        command.arg(image).args(["--forward", if is_secure { "0:443" } else { "0:80" }]);
        log.note(format_args!("$ {} &", shown(&command)))?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log.sink()?);
        let mut child = process::Owned::spawn(&mut command)
            .with_context(|| format!("cannot start `{}`", shown(&command)))?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (console, output) = pipes.context("the simulator has no console")?;
        let (sender, lines) = mpsc::channel();
        let mut writer = log.writer()?;
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                // Who asks nothing reads nothing; the log has it all.
                let _ = writeln!(writer, "{line}");
                let _ = sender.send(line);
            }
        });
        // From here on an early return ends the child.
        let mut chip = Self { child, console, lines, address: Address::new(0), counted_from: 0 };
        let port = chip.says(if is_secure { SECURE } else { READY })?;
        chip.address = Address::new(port.parse().context("no port")?);
        let accepted = process::poll(LIMIT, || anyhow::Ok(chip.address.connect(LIMIT).ok()))?;
        accepted.context("nobody accepts")?;
        Ok(chip)
    }

    /// Where clients reach it.
    pub(super) fn address(&self) -> Address {
        self.address
    }

    /// Bytes of stack that it has had in use at most.
    pub(super) fn stack(&mut self) -> Result<u64> {
        Ok(self.ask()?.0)
    }

    /// Stack and instructions, both of its answer: what is left of one would be taken for a part of the next.
    fn ask(&mut self) -> Result<(u64, u64)> {
        writeln!(self.console)?;
        let (stack, instructions) = (self.says(STACK)?, self.says(INSTRUCTIONS)?);
        Ok((stack.parse().context("no number")?, instructions.parse().context("no number")?))
    }

    /// It still runs: a firmware that faults ends, with its registers in the log.
    pub(super) fn is_alive(&mut self) -> Result<()> {
        let ended = self.child.try_wait()?;
        ensure!(ended.is_none(), "the firmware ended by itself: {ended:?}");
        Ok(())
    }

    /// What follows `start` in the next line that begins so.
    fn says(&mut self, start: &str) -> Result<String> {
        loop {
            let line =
                self.lines.recv_timeout(LIMIT).with_context(|| format!("it does not say `{start}`"))?;
            if let Some(rest) = line.strip_prefix(start) {
                return Ok(rest.to_owned());
            }
        }
    }
}

impl Counter for Chip {
    fn restart(&mut self) -> Result<()> {
        self.counted_from = self.ask()?.1;
        Ok(())
    }

    fn instructions(&mut self) -> Result<u64> {
        Ok(self.ask()?.1 - self.counted_from)
    }
}
