//! `cargo xtask demo`: one device, to be looked at in a browser.

use crate::board;
use crate::log::Log;
use crate::process;
use crate::server::Server;
use crate::tools::{self, C_COMPILER, CLANG, CMAKE, LIBCLANG};
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::os::unix::process::CommandExt;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Options of `cargo xtask demo`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Port on 127.0.0.1 that leads to the device's port 80; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Port on 127.0.0.1 that leads to its port 443; 0 takes a free one. 8443, or a free one with --port 0
    #[arg(long, conflicts_with = "board")]
    tls_port: Option<u16>,
    /// Run it as firmware on an emulated Cortex-M3 instead of on this machine
    #[arg(long)]
    board: bool,
}

/// Runs the demo until Ctrl-C.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.board {
        let (name, port) = ("demo".to_owned(), options.port);
        let options = board::run::Options { name, port, heap: None, loss: None, verbose: false };
        return board::run::run(workspace, &options);
    }
    install(workspace)?;
    build(workspace)?;
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&interrupted))?;
    }
    let mut demo = start(workspace, options)?;
    println!("The device serves {} (open it in a browser; Ctrl-C ends it)", demo.address().http("/"));
    let status = until_it_ends(&mut demo, &interrupted)?;
    ensure!(status.success(), "the demo ended with {status}");
    println!("The demo ended cleanly.");
    Ok(())
}

fn install(workspace: &Workspace) -> Result<()> {
    let missing = tools::missing(&[&C_COMPILER, &CMAKE, &CLANG, &LIBCLANG]);
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|tool| tool.name).collect();
    println!("Installing {} ...", names.join(" and "));
    let mut log = Log::create(workspace.output().join("demo.log"))?;
    tools::ensure(workspace, &mut log, &missing)
        .with_context(|| format!("details are in {}", log.path().display()))
}

fn build(workspace: &Workspace) -> Result<()> {
    let status = workspace.cargo().args(["build", "--example", "demo"]).status()?;
    ensure!(status.success(), "the demo does not build");
    Ok(())
}

/// Starts the example in a process group of its own: Ctrl-C reaches us, and through us the example, once.
fn start(workspace: &Workspace, options: &Options) -> Result<Server> {
    let mut command = workspace.example("demo");
    command.args(["--net", "user", "--port", &options.port.to_string()]).process_group(0);
    if let Some(port) = options.tls_port {
        command.args(["--tls-port", &port.to_string()]);
    }
    Server::spawn(command, std::io::stdout())
}

fn until_it_ends(demo: &mut Server, interrupted: &AtomicBool) -> Result<ExitStatus> {
    let status = process::poll(process::FOREVER, || {
        if interrupted.swap(false, Ordering::Relaxed) {
            demo.interrupt()?;
        }
        demo.ended()
    })?;
    status.context("the demo outlived a century")
}
