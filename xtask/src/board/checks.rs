//! The steps of `cargo xtask test` that boot firmware.

use crate::address::Address;
use crate::board::clients::{Echo, Http};
use crate::board::emulator::{Boot, Emulator, with_server};
use crate::board::firmware::{self, Programs, Variant};
use crate::board::links;
use crate::judges::{browser, curl, kosoku, python, tls};
use crate::log::Log;
use crate::process;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use anyhow::{Result, bail, ensure};
use std::thread;
use std::time::Duration;

/// Everything builds, and starts nothing.
pub(crate) fn build(workspace: &Workspace, log: &mut Log) -> Result<()> {
    firmware::build(workspace, log, Variant::Default, Programs::All)
}

/// Builds if need be; what to boot.
fn boot(workspace: &Workspace, log: &mut Log, name: &str) -> Result<Boot> {
    build(workspace, log)?;
    Ok(Boot::new(firmware::path(workspace, Variant::Default, name)))
}

/// The server among other tasks of an executor.
const ASYNC: &str = "async_chat";

/// The examples as firmware, with curl, the Python clients, and 30 clients at once.
pub(crate) fn clients(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let server = boot(workspace, log, "http_server_post")?;
    with_server(workspace, log, &server, |log, emulator| {
        curl::exchange(workspace, log, curl::HTTP_SERVER_POST, emulator.address())?;
        python::run(workspace, log, "http_messages.py", emulator.address(), &[])
    })?;
    let server = boot(workspace, log, "settings")?;
    with_server(workspace, log, &server, |log, emulator| {
        curl::exchange(workspace, log, curl::SETTINGS, emulator.address())
    })?;
    let server = boot(workspace, log, "smoke")?;
    with_server(workspace, log, &server, |log, emulator| {
        curl::exchange(workspace, log, curl::DEMO, emulator.address())?;
        python::run(workspace, log, "demo.py", emulator.address(), &[])
    })?;
    let server = boot(workspace, log, "websocket_server")?;
    with_server(workspace, log, &server, |log, emulator| {
        python::run(workspace, log, "echo.py", emulator.address(), &[])?;
        // All send at the same instant, and the Ethernet controller's receive FIFO has 10 KB.
        python::run(workspace, log, "crowd.py", emulator.address(), &["30", "250"])
    })?;
    let server = boot(workspace, log, "chat")?;
    with_server(workspace, log, &server, |log, emulator| {
        python::run(workspace, log, "chat.py", emulator.address(), &[])
    })?;
    firmware::build(workspace, log, Variant::Embassy, Programs::One(ASYNC))?;
    let server = Boot::new(firmware::path(workspace, Variant::Embassy, ASYNC));
    with_server(workspace, log, &server, |log, emulator| {
        python::run(workspace, log, "async_chat.py", emulator.address(), &[])
    })?;
    Ok(Outcome::Passed)
}

/// Sections 1 to 7 of the Autobahn suite.
pub(crate) fn kosoku(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let server = boot(workspace, log, "websocket_server")?;
    with_server(workspace, log, &server, |log, emulator| {
        kosoku::BOARD.against(workspace, log, emulator.address())
    })?;
    Ok(Outcome::Passed)
}

/// What serves HTTPS and WSS.
const SECURE: [&str; 2] = ["http_server_post", "websocket_server"];

/// HTTPS and WSS by the firmware: curl, also where it has TLS 1.2 alone, and the Autobahn cases of sections 1 to 7.
pub(crate) fn secure(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let [pages, echo] = SECURE;
    let server = boot_secure(workspace, log, Variant::Tls, pages)?;
    with_server(workspace, log, &server, |log, emulator| tls::pages(workspace, log, emulator.address()))?;
    let server = boot_secure(workspace, log, Variant::MeasuredTls12, pages)?;
    with_server(workspace, log, &server, |log, emulator| {
        tls::pages_by_tls_1_2(workspace, log, emulator.address())
    })?;
    let server = boot_secure(workspace, log, Variant::Tls, echo)?;
    with_server(workspace, log, &server, |log, emulator| tls::cases(workspace, log, emulator.address()))?;
    Ok(Outcome::Passed)
}

/// What [`secure`] boots, compiled.
pub(crate) fn compile_secure(workspace: &Workspace, log: &mut Log) -> Result<()> {
    let [pages, echo] = SECURE;
    for (variant, name) in [(Variant::Tls, pages), (Variant::Tls, echo), (Variant::MeasuredTls12, pages)] {
        firmware::build(workspace, log, variant, Programs::One(name))?;
    }
    Ok(())
}

fn boot_secure(workspace: &Workspace, log: &mut Log, variant: Variant, name: &str) -> Result<Boot> {
    firmware::build(workspace, log, variant, Programs::One(name))?;
    let path = firmware::path(workspace, variant, name);
    links::names(workspace, log, &path, links::GCM, &[links::SLOW_GCM])?;
    let boot = Boot::new(path).argument(firmware::TLS_HEAP);
    Ok(Boot { device_port: 443, ..boot })
}

/// Chromium on the demo page.
pub(crate) fn browser(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let server = boot(workspace, log, "demo")?;
    with_server(workspace, log, &server, |log, emulator| {
        browser::visit(workspace, log, emulator.address(), "demo-board")
    })?;
    Ok(Outcome::Passed)
}

/// Frames are lost in the driver, in both directions: everything arrives all the same.
pub(crate) fn loss(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    for percent in ["1", "10"] {
        let server = boot(workspace, log, "smoke")?.argument(format!("loss={percent}"));
        with_server(workspace, log, &server, |log, emulator| {
            python::run(workspace, log, "lossy.py", emulator.address(), &[])
        })?;
    }
    Ok(Outcome::Passed)
}

/// Connections that come and go.
const CYCLES: usize = 10_000;
/// So many at a time.
const CONCURRENCY: usize = 8;
/// lwIP keeps a connection that it closed for twice TCP_MSL of lwipopts.h: 30 s.
const TIME_WAIT: Duration = Duration::from_secs(60);

/// 10,000 connections leave nothing behind: the heap is as before, to the byte.
pub(crate) fn cycles(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let server = boot(workspace, log, "smoke")?;
    with_server(workspace, log, &server, |log, emulator| {
        let before = emulator.report()?.heap_used;
        come_and_go(emulator.address())?;
        let after = until_the_heap_is(emulator, before)?;
        log.note(format_args!("heap: {before} bytes before, {after} after {CYCLES} connections"))?;
        ensure!(after == before, "{CYCLES} connections left {} bytes of heap behind", after - before);
        Ok(())
    })?;
    Ok(Outcome::Passed)
}

fn come_and_go(address: Address) -> Result<()> {
    let workers: Vec<_> = (0..CONCURRENCY)
        .map(|_| thread::spawn(move || (0..CYCLES / CONCURRENCY).try_for_each(|cycle| visit(address, cycle))))
        .collect();
    workers.into_iter().try_for_each(|worker| match worker.join() {
        Ok(result) => result,
        Err(_) => bail!("a client panicked"),
    })
}

/// HTTP and WebSocket in turns; some WebSockets end without the closing handshake.
fn visit(address: Address, cycle: usize) -> Result<()> {
    if cycle.is_multiple_of(2) {
        return Http::get_once(address, "/counters");
    }
    let mut client = Echo::open(address, "/ws")?;
    client.echo(cycle % 500)?;
    if cycle % 4 == 1 { client.close() } else { Ok(()) }
}

fn until_the_heap_is(emulator: &mut Emulator, expected: u64) -> Result<u64> {
    let equal = process::poll(TIME_WAIT, || {
        thread::sleep(Duration::from_millis(500));
        anyhow::Ok(Some(emulator.report()?.heap_used).filter(|used| *used == expected))
    })?;
    equal.map_or_else(|| Ok(emulator.report()?.heap_used), Ok)
}

/// How the firmware `crash` is told to end, and what must be shown of it.
const CRASHES: &[(&str, &[&str])] = &[
    ("how=panic", &["exit code 101", "panicked at", "as asked"]),
    ("how=fault", &["exit code 102", "HardFault", "cfsr=", "pc=0x", "lr=0x"]),
    ("how=overflow", &["exit code 102", "HardFault", "cfsr=", "stack overflow"]),
];

/// A firmware that panics, faults or overflows its stack fails its step, with its registers shown.
pub(crate) fn crashes(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    for (how, words) in CRASHES {
        let firmware = boot(workspace, log, "crash")?.argument(*how);
        let Err(error) = with_server(workspace, log, &firmware, |_, _| Ok(())) else {
            bail!("{how}: the firmware passes");
        };
        let error = format!("{error:#}");
        let missing: Vec<_> = words.iter().filter(|word| !error.contains(**word)).collect();
        ensure!(missing.is_empty(), "{how}: {missing:?} is not in\n{error}");
    }
    Ok(Outcome::Passed)
}
