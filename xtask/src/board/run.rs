//! `cargo xtask qemu` and `cargo xtask demo --board`: a firmware for a person, until Ctrl-C.

use crate::board::emulator::{Boot, Emulator, meaning};
use crate::board::firmware::{self, Programs, Variant};
use crate::log::Log;
use crate::process;
use crate::tools::{self, ARM_COMPILER, C_COMPILER, LIBCLANG, QEMU};
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::io::Read;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// Options of `cargo xtask qemu`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Which firmware: a name in examples/mps2-an385/src/bin
    pub(crate) name: String,
    /// Port on 127.0.0.1 that leads to the device's; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// Bytes of heap; 98304 without this
    #[arg(long)]
    pub(crate) heap: Option<usize>,
    /// Percent of the frames to lose, in each direction
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..100))]
    pub(crate) loss: Option<u8>,
    /// Log debug records too
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

impl Options {
    fn arguments(&self) -> Vec<String> {
        let heap = self.heap.map(|bytes| format!("heap={bytes}"));
        let loss = self.loss.map(|percent| format!("loss={percent}"));
        let log = self.verbose.then(|| "log=debug".to_owned());
        [heap, loss, log].into_iter().flatten().collect()
    }

    fn variant(&self) -> Variant {
        match self.name.as_str() {
            name if name.starts_with("baseline") => Variant::Baseline,
            name if name.ends_with("_client") || name == "http_get" => Variant::Client,
            name if name.starts_with("async_") => Variant::Embassy,
            "public_keys" => Variant::Tls,
            _ => Variant::Default,
        }
    }

    fn boot(&self, workspace: &Workspace) -> Boot {
        Boot {
            port: (self.port != 0).then_some(self.port),
            device_port: if self.name == "baseline_tcpecho" { 7 } else { 80 },
            arguments: self.arguments(),
            ..Boot::new(firmware::path(workspace, self.variant(), &self.name))
        }
    }
}

/// Builds the firmware and runs it. What is typed goes to its console, what it says is shown.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    firmware::ensure_exists(workspace, &options.name)?;
    build(workspace, options)?;
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&interrupted))?;
    }
    let mut emulator =
        Emulator::boot(workspace, &options.boot(workspace), std::io::stdout(), Stdio::inherit())?;
    let url = emulator.address().http("/");
    println!(
        "{} is reached at {url} once it listens (console: r reports, q quits; Ctrl-C ends it)",
        options.name
    );
    let status = until_it_ends(&mut emulator, &interrupted)?;
    ensure!(status.success(), "the firmware ended with {}", meaning(status));
    println!("The firmware ended cleanly.");
    Ok(())
}

fn build(workspace: &Workspace, options: &Options) -> Result<()> {
    let mut log = Log::create(workspace.output().join("qemu.log"))?;
    let command = tools::ensure(workspace, &mut log, &[&C_COMPILER, &LIBCLANG, &ARM_COMPILER, &QEMU])
        .and_then(|()| {
            firmware::command(workspace, &mut log, options.variant(), Programs::One(&options.name))
        });
    let mut command = command.with_context(|| format!("details are in {}", log.path().display()))?;
    ensure!(command.status()?.success(), "{} does not build", options.name);
    Ok(())
}

fn until_it_ends(emulator: &mut Emulator, interrupted: &AtomicBool) -> Result<ExitStatus> {
    let typed = typed_letters();
    let status = process::poll(process::FOREVER, || {
        if interrupted.swap(false, Ordering::Relaxed) {
            emulator.ask_to_end()?;
        }
        let ended = emulator.ended()?;
        if ended.is_none() {
            typed.try_iter().try_for_each(|letter| emulator.press(letter))?;
        }
        anyhow::Ok(ended)
    })?;
    status.context("the firmware outlived a century")
}

/// What a person types, read by a thread that ends with us.
fn typed_letters() -> Receiver<u8> {
    let (typed, letters) = mpsc::channel();
    thread::spawn(move || {
        for letter in std::io::stdin().lock().bytes().map_while(Result::ok) {
            // The firmware keeps one letter until it looks.
            thread::sleep(Duration::from_millis(50));
            if typed.send(letter).is_err() {
                break;
            }
        }
    });
    letters
}
