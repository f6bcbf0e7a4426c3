//! The firmware that connects: messages to an echo server of this machine, which restarts in between; plain, with an address that QEMU's
//! network has given it (DHCP), and over TLS.

use crate::address::Address;
use crate::board::emulator::{Boot, Emulator};
use crate::board::firmware::{self, Programs, Variant};
use crate::judges::{python, servers};
use crate::log::Log;
use crate::server::Server;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use anyhow::Result;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Messages that have to come back.
const MESSAGES: u32 = 1000;
/// So many come back before the server goes.
const BEFORE: &str = "300 messages";
/// How long it is gone.
const ABSENCE: Duration = Duration::from_secs(2);
/// For all of it.
const LIMIT: Duration = Duration::from_secs(120);

/// What it says when it has an address.
const LEASED: &str = "address 10.0.2.15";

/// The firmware that fetches a page, and the one that counts.
const FETCHES: &str = "http_get";
const COUNTS: &str = "websocket_client";

/// The board counts to 1,000 with a server that restarts at 300, fetches a page, and notices its cable.
pub(crate) fn judge(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    fetch(workspace, log)?;
    unplug(workspace, log)?;
    count(workspace, log, Variant::Client, Wire::Plain)
}

/// What [`judge`] boots, compiled.
pub(crate) fn compile(workspace: &Workspace, log: &mut Log) -> Result<()> {
    firmware::build(workspace, log, Variant::Client, Programs::One(FETCHES))?;
    firmware::build(workspace, log, Variant::Client, Programs::One(COUNTS))
}

/// What [`judge_secure`] boots, compiled.
pub(crate) fn compile_secure(workspace: &Workspace, log: &mut Log) -> Result<()> {
    firmware::build(workspace, log, Variant::Tls, Programs::One(COUNTS))
}

/// By way of a redirect, in chunks, every line in its place.
fn fetch(workspace: &Workspace, log: &mut Log) -> Result<()> {
    firmware::build(workspace, log, Variant::Client, Programs::One(FETCHES))?;
    let (server, pages) = servers::start(workspace, log)?;
    let boot = Boot::new(firmware::path(workspace, Variant::Client, FETCHES))
        .argument(format!("port={}", pages.port()))
        .argument("path=/redirect");
    let mut emulator = Emulator::boot(workspace, &boot, log.writer()?, log.sink()?)?;
    emulator.says(LEASED, LIMIT)?;
    emulator.says("status 200", LIMIT)?;
    for line in servers::page() {
        emulator.says(&line, LIMIT)?;
    }
    emulator.says("fetched", LIMIT)?;
    let report = emulator.quit()?;
    log.note(format_args!("{report:?}"))?;
    server.stop()
}

/// The cable is pulled out and plugged in, and everything goes on.
fn unplug(workspace: &Workspace, log: &mut Log) -> Result<()> {
    firmware::build(workspace, log, Variant::Client, Programs::One(COUNTS))?;
    let address = Address::free()?;
    let boot = Boot::new(firmware::path(workspace, Variant::Client, COUNTS))
        .argument(format!("port={}", address.port()))
        .argument("count=10");
    let mut emulator = Emulator::boot(workspace, &boot, log.writer()?, log.sink()?)?;
    emulator.says(LEASED, LIMIT)?;
    emulator.plug(false)?;
    emulator.logs("link is down", LIMIT)?;
    emulator.plug(true)?;
    emulator.logs("link is up", LIMIT)?;
    // Until now nobody answered there.
    let server = EchoServer::start(address)?;
    emulator.says("all 10 messages came back", LIMIT)?;
    emulator.quit()?;
    server.stop();
    Ok(())
}

/// The same over TLS, with Python's `websockets` and the certificate for development.
pub(crate) fn judge_secure(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    count(workspace, log, Variant::Tls, Wire::Secure)
}

/// `tests/clients/tls_echo.py`, with this version of TLS at most.
pub(crate) fn secure_echo(
    workspace: &Workspace,
    log: &mut Log,
    address: Address,
    version: &str,
) -> Result<Server> {
    let mut command = workspace.command(python::environment(workspace, log)?.join("python"));
    command.arg(workspace.clients().join("tls_echo.py")).arg(address.port().to_string());
    command.arg(workspace.certificate()).arg(workspace.certificate_key());
    command.arg(version).env("PYTHONDONTWRITEBYTECODE", "1").stderr(log.sink()?);
    Server::spawn(command, log.writer()?)
}

fn count(workspace: &Workspace, log: &mut Log, variant: Variant, wire: Wire) -> Result<Outcome> {
    firmware::build(workspace, log, variant, Programs::One(COUNTS))?;
    let boot = |port: u16| {
        let boot = Boot::new(firmware::path(workspace, variant, COUNTS))
            .argument(format!("port={port}"))
            .argument(format!("count={MESSAGES}"));
        if variant == Variant::Tls { boot.argument(firmware::TLS_HEAP) } else { boot }
    };
    let all = format!("all {MESSAGES} messages came back");
    let says = Course { before: BEFORE, lost: "closed with code 1006", all: &all };
    let (mut emulator, server) = restart(workspace, log, wire, boot, &says)?;
    emulator.says("closed with code 1000", LIMIT)?;
    let report = emulator.quit()?;
    log.note(format_args!("{report:?}"))?;
    server.stop()?;
    Ok(Outcome::Passed)
}

/// What a client says while its server goes and comes back.
pub(crate) struct Course<'c> {
    /// The server goes at this.
    pub(crate) before: &'c str,
    /// The client has noticed.
    pub(crate) lost: &'c str,
    /// Everything was answered.
    pub(crate) all: &'c str,
}

/// Boots a client of an echo server on a port of this machine, which goes and comes back.
pub(crate) fn restart(
    workspace: &Workspace,
    log: &mut Log,
    wire: Wire,
    boot: impl FnOnce(u16) -> Boot,
    course: &Course<'_>,
) -> Result<(Emulator, Echo)> {
    let address = Address::free()?;
    let first = Echo::start(workspace, log, address, wire)?;
    let mut emulator = Emulator::boot(workspace, &boot(address.port()), log.writer()?, log.sink()?)?;
    emulator.says(course.before, LIMIT)?;
    first.stop()?;
    emulator.says(course.lost, LIMIT)?;
    thread::sleep(ABSENCE);
    let second = Echo::start(workspace, log, address, wire)?;
    emulator.says(course.all, LIMIT)?;
    Ok((emulator, second))
}

/// How an echo server is spoken to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    Plain,
    Secure,
}

/// An echo server of this machine.
pub(crate) enum Echo {
    Plain(EchoServer),
    Secure(Server),
}

impl Echo {
    fn start(workspace: &Workspace, log: &mut Log, address: Address, wire: Wire) -> Result<Self> {
        Ok(match wire {
            Wire::Plain => Echo::Plain(EchoServer::start(address)?),
            Wire::Secure => Echo::Secure(secure_echo(workspace, log, address, "1.3")?),
        })
    }

    pub(crate) fn stop(self) -> Result<()> {
        match self {
            Echo::Plain(server) => server.stop(),
            Echo::Secure(server) => server.stop()?,
        }
        Ok(())
    }
}

/// Echoes, one client at a time, until it is stopped, with which its connection breaks.
pub(crate) struct EchoServer {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl EchoServer {
    pub(crate) fn start(address: Address) -> Result<Self> {
        let listener = TcpListener::bind(address.authority())?;
        listener.set_nonblocking(true)?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let mut clients = Vec::new();
            while !stopping.load(Ordering::Relaxed) {
                if let Ok((stream, _)) = listener.accept() {
                    let stopping = Arc::clone(&stopping);
                    clients.push(thread::spawn(move || echo(stream, &stopping)));
                }
                thread::sleep(Duration::from_millis(20));
            }
            drop(listener);
            clients.into_iter().for_each(|client| drop(client.join()));
        });
        Ok(Self { stop, thread })
    }

    /// Ends, and breaks the connections off.
    pub(crate) fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        drop(self.thread.join());
    }
}

fn echo(stream: TcpStream, stopping: &AtomicBool) {
    // What goes wrong here the firmware notices, and says so.
    let prepared = stream.set_nonblocking(false).and_then(|()| stream.set_nodelay(true));
    let Ok(mut socket) = prepared.map_err(drop).and_then(|()| tungstenite::accept(stream).map_err(drop))
    else {
        return;
    };
    if socket.get_ref().set_read_timeout(Some(Duration::from_millis(50))).is_err() {
        return;
    }
    while !stopping.load(Ordering::Relaxed) {
        match socket.read() {
            Ok(message) if message.is_binary() || message.is_text() => {
                if socket.send(message).is_err() {
                    return;
                }
            }
            Ok(_) => {}
            Err(tungstenite::Error::Io(error)) if is_timeout(&error) => {}
            Err(_) => return,
        }
    }
}

fn is_timeout(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
}
