//! A firmware in QEMU: its console, its network port on this machine, its end.

use crate::address::Address;
use crate::board::report::{self, Report};
use crate::log::Log;
use crate::process::{self, shown};
use crate::workspace::Workspace;
use anyhow::{Context, Error, Result, anyhow, bail, ensure};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// What a server's firmware prints, followed by its port, once it serves.
const READY: &str = "listening on port ";
/// What the console answers to `z`.
const COUNTING_ANEW: &str = "counting anew";
/// For anything that the firmware is asked to say or do.
const LIMIT: Duration = Duration::from_secs(20);
/// What leads from the console to QEMU's monitor, and back: Ctrl-A and a letter.
const TO_MONITOR: &str = "\x01c";
/// Lines that are shown of a firmware that ended by itself.
const LAST_WORDS: usize = 12;

/// What to boot, and how.
pub(crate) struct Boot {
    /// The ELF file.
    pub(crate) firmware: PathBuf,
    /// The port on this machine; `None` takes a free one.
    pub(crate) port: Option<u16>,
    /// The port of the device that it leads to.
    pub(crate) device_port: u16,
    /// `key=value` words for the firmware.
    pub(crate) arguments: Vec<String>,
    /// Virtual time advances with each instruction, not with this machine's clock.
    pub(crate) counts_instructions: bool,
}

impl Boot {
    /// A server on the device's port 80, on a free port here.
    pub(crate) fn new(firmware: PathBuf) -> Self {
        Self { firmware, port: None, device_port: 80, arguments: Vec::new(), counts_instructions: false }
    }

    /// The same with one more word for the firmware.
    pub(crate) fn argument(mut self, word: impl Into<String>) -> Self {
        self.arguments.push(word.into());
        self
    }

    fn command(&self, workspace: &Workspace, address: Address) -> Command {
        let mut qemu = workspace.command("qemu-system-arm");
        // QEMU's monitor listens there too, behind its escape.
        qemu.args(["-machine", "mps2-an385", "-display", "none", "-serial", "mon:stdio"]);
        if self.counts_instructions {
            qemu.args(["-icount", &format!("shift={}", report::SHIFT)]);
        }
        let (authority, device_port) = (address.authority(), self.device_port);
        qemu.args(["-nic", &format!("user,model=lan9118,hostfwd=tcp:{authority}-:{device_port}")]);
        // The first word is the program's name, as everywhere.
        let words = std::iter::once("board").chain(self.arguments.iter().map(String::as_str));
        let words: String = words.map(|word| format!(",arg={word}")).collect();
        qemu.args(["-semihosting-config", &format!("enable=on,target=native{words}")]);
        qemu.arg("-kernel").arg(&self.firmware);
        // Ctrl-C reaches us, and through us the firmware, once.
        qemu.process_group(0);
        qemu
    }
}

/// A firmware that runs. Dropping it ends that QEMU, and no other.
pub(crate) struct Emulator {
    child: process::Owned,
    console: ChildStdin,
    lines: Receiver<String>,
    said: Vec<String>,
    address: Address,
}

impl Emulator {
    /// Boots, and passes on to `output` what the firmware prints, to `complaints` what QEMU does. Does not wait.
    pub(crate) fn boot(
        workspace: &Workspace,
        boot: &Boot,
        output: impl Write + Send + 'static,
        complaints: Stdio,
    ) -> Result<Self> {
        let address = boot.port.map_or_else(Address::free, |port| Ok(Address::new(port)))?;
        let mut qemu = boot.command(workspace, address);
        qemu.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(complaints);
        let mut child =
            process::Owned::spawn(&mut qemu).with_context(|| format!("cannot start `{}`", shown(&qemu)))?;
        let console = child.stdin.take().context("QEMU has no standard input")?;
        let stdout = child.stdout.take().context("QEMU has no standard output")?;
        Ok(Self { child, console, lines: watch(stdout, output), said: Vec::new(), address })
    }

    /// Where clients reach it.
    pub(crate) fn address(&self) -> Address {
        self.address
    }

    /// Asks how heap, stacks and time stand.
    pub(crate) fn report(&mut self) -> Result<Report> {
        self.press(b'r')?;
        Report::parse(&self.line(report::START)?)
    }

    /// Waits until the console of a firmware listens which does not say so, and counts from then on.
    pub(crate) fn listens(&mut self) -> Result<()> {
        let answer = process::poll(LIMIT, || -> Result<Option<String>> {
            self.press(b'r')?;
            self.line_within(report::START, Duration::from_secs(1))
        })?;
        answer.context("the firmware's console is silent")?;
        // QEMU keeps what was pressed too early: those reports come before this answer, and not instead of a later one.
        self.start_anew()
    }

    /// Counts instructions and the heap's peak from now on.
    pub(crate) fn start_anew(&mut self) -> Result<()> {
        self.press(b'z')?;
        self.line(COUNTING_ANEW).map(drop)
    }

    /// Asks it to report and to end, which must give exit code 0.
    pub(crate) fn quit(mut self) -> Result<Report> {
        let report = self.ask_to_end().and_then(|()| Report::parse(&self.line(report::START)?))?;
        self.ends_well()?;
        Ok(report)
    }

    /// Waits until it has ended by itself, which must give exit code 0.
    pub(crate) fn ends(mut self) -> Result<()> {
        self.ends_well()
    }

    fn ends_well(&mut self) -> Result<()> {
        let status = process::wait(&mut self.child, LIMIT)?.context("the firmware does not end")?;
        ensure!(status.success(), "the firmware ended with {}", meaning(status));
        Ok(())
    }

    /// What it says until it ends by itself with a report, which must give exit code 0.
    pub(crate) fn said_at_its_end(mut self) -> Result<Vec<String>> {
        self.line(report::START)?;
        self.ends_well()?;
        Ok(std::mem::take(&mut self.said))
    }

    /// Asks it to report and to end.
    pub(crate) fn ask_to_end(&mut self) -> Result<()> {
        self.press(b'q')
    }

    /// Sends one letter to the console.
    pub(crate) fn press(&mut self, letter: u8) -> Result<()> {
        self.type_in(&[letter])
    }

    /// Pulls the cable out of the Ethernet controller, or plugs it in.
    pub(crate) fn plug(&mut self, plugged: bool) -> Result<()> {
        let link = if plugged { "on" } else { "off" };
        self.type_in(format!("{TO_MONITOR}set_link lan9118.0 {link}\n{TO_MONITOR}").as_bytes())
    }

    fn type_in(&mut self, letters: &[u8]) -> Result<()> {
        let sent = self.console.write_all(letters).and_then(|()| self.console.flush());
        sent.map_err(|_| self.obituary())
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// What it has said in a line that starts so.
    pub(crate) fn has_said(&self, start: &str) -> Option<&str> {
        self.said.iter().find_map(|line| line.strip_prefix(start))
    }

    /// Waits for a line that starts with `start`.
    pub(crate) fn says(&mut self, start: &str, limit: Duration) -> Result<()> {
        let line = self.line_within(start, limit)?;
        line.map(drop).with_context(|| silent(start, limit))
    }

    /// Waits for a line with this in it, of the firmware's log for example.
    pub(crate) fn logs(&mut self, words: &str, limit: Duration) -> Result<()> {
        let line = self.next_line(limit, |line| line.contains(words))?;
        line.map(drop).with_context(|| silent(words, limit))
    }

    /// The next line that starts with `start`.
    fn line(&mut self, start: &str) -> Result<String> {
        let line = self.line_within(start, LIMIT)?;
        line.with_context(|| silent(start, LIMIT))
    }

    fn line_within(&mut self, start: &str, limit: Duration) -> Result<Option<String>> {
        self.next_line(limit, |line| line.starts_with(start))
    }

    fn next_line(&mut self, limit: Duration, is_meant: impl Fn(&str) -> bool) -> Result<Option<String>> {
        // Of all lines, not of each: a firmware may say the same for ever.
        let end = Instant::now() + limit;
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) if is_meant(&line) => return Ok(Some(line)),
                Ok(line) => self.said.push(line),
                Err(RecvTimeoutError::Timeout) => return Ok(None),
                Err(RecvTimeoutError::Disconnected) => bail!(self.obituary()),
            }
        }
    }

    /// Why the firmware is gone: its exit code and its last lines, which hold the registers after a fault.
    pub(crate) fn obituary(&mut self) -> Error {
        self.said.extend(self.lines.iter());
        let last_words = self.said[self.said.len().saturating_sub(LAST_WORDS)..].join("\n");
        match process::wait(&mut self.child, LIMIT) {
            Ok(Some(status)) => anyhow!("the firmware ended with {}\n{last_words}", meaning(status)),
            _ => anyhow!("the firmware closed its console\n{last_words}"),
        }
    }
}

fn silent(words: &str, limit: Duration) -> String {
    format!("the firmware did not say `{words}` within {} s", limit.as_secs())
}

/// Boots a server, has `judge` talk to it, and ends it, which must give exit code 0. When the firmware dies instead, that is
/// the error, with its registers; what the clients noticed of it comes after.
pub(crate) fn with_server(
    workspace: &Workspace,
    log: &mut Log,
    boot: &Boot,
    judge: impl FnOnce(&mut Log, &mut Emulator) -> Result<()>,
) -> Result<Report> {
    log.note(format_args!("$ {} {}", boot.firmware.display(), boot.arguments.join(" ")))?;
    let mut emulator = Emulator::boot(workspace, boot, log.writer()?, log.sink()?)?;
    emulator.line(READY)?;
    let judged = judge(log, &mut emulator);
    if emulator.ended()?.is_some() {
        let obituary = emulator.obituary();
        return Err(match judged {
            Ok(()) => obituary,
            Err(error) => error.context(obituary),
        });
    }
    judged?;
    emulator.quit()
}

/// Copies the firmware's output line by line.
fn watch(stdout: ChildStdout, mut output: impl Write + Send + 'static) -> Receiver<String> {
    let (said, lines): (Sender<String>, _) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            // The log may be gone before the firmware is; nobody misses a line then.
            let _ = writeln!(output, "{line}");
            let _ = said.send(line);
        }
    });
    lines
}

/// The exit codes of examples/mps2-an385.
pub(crate) fn meaning(status: ExitStatus) -> String {
    match status.code() {
        Some(1) => "exit code 1: it did not start".to_owned(),
        Some(101) => "exit code 101: a panic".to_owned(),
        Some(102) => "exit code 102: a fault".to_owned(),
        Some(code) => format!("exit code {code}"),
        None => status.to_string(),
    }
}
