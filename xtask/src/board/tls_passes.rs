//! How long others wait for a handshake: the longest pass of the firmware while a peer connects, beside single operations with a
//! public key.

use crate::address::Address;
use crate::board::client;
use crate::board::emulator::{Boot, Emulator};
use crate::board::firmware::{self, Programs, Variant};
use crate::board::report;
use crate::board::tls_clients::Clients;
use crate::board::tls_size::VERSIONS;
use crate::log::Log;
use crate::results::grouped;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::fmt::Write as _;
use std::time::Duration;

const SERVER: (Variant, &str) = (Variant::MeasuredTls, "smoke");
const OPERATIONS: (Variant, &str) = (Variant::MeasuredTls, "public_keys");
const CLIENT: (Variant, &str) = (Variant::MeasuredTlsClient, "websocket_client");

/// How `public_keys` begins a result.
const OPERATION: &str = "operation ";
/// For the firmware to connect.
const LIMIT: Duration = Duration::from_secs(60);

const TITLE: &str = "\
The longest pass of `Context::service` while a peer connects, in instructions: for so long nobody else is served. With `security`,
`security-p256`, `security-x25519`, and clients with `security-restartable`; Python and OpenSSL at the other end, a certificate on P-256, no
session resumed. Beside it single operations by the same library.

| pass, or operation | instructions |
| --- | ---: |
";

/// Measures, in words.
pub(crate) fn measure(workspace: &Workspace, log: &mut Log) -> Result<String> {
    for (variant, name) in [SERVER, OPERATIONS, CLIENT] {
        eprintln!("building the firmware ({variant:?}, {name}) ...");
        firmware::build(workspace, log, variant, Programs::One(name))?;
    }
    let mut text = TITLE.to_owned();
    for version in VERSIONS {
        let pass = of_server(workspace, log, version)?;
        writeln!(text, "| server, TLS {version} | {} |", grouped(pass))?;
    }
    for version in VERSIONS {
        let pass = of_client(workspace, log, version)?;
        writeln!(text, "| client, TLS {version} | {} |", grouped(pass))?;
    }
    for (name, instructions) in operations(workspace, log)? {
        writeln!(text, "| {name} | {} |", grouped(instructions))?;
    }
    Ok(text + "\n")
}

fn boot(workspace: &Workspace, (variant, name): (Variant, &str)) -> Boot {
    let boot = Boot::new(firmware::path(workspace, variant, name)).argument(firmware::TLS_HEAP);
    Boot { device_port: 443, counts_instructions: true, ..boot }
}

fn of_server(workspace: &Workspace, log: &mut Log, version: &str) -> Result<u64> {
    let mut emulator = Emulator::boot(workspace, &boot(workspace, SERVER), log.writer()?, log.sink()?)?;
    emulator.listens()?;
    let mut clients = Clients::start(workspace, log, emulator.address(), version)?;
    clients.ask("open")?;
    let report = emulator.quit()?;
    clients.end()?;
    Ok(report.longest_pass())
}

/// The server is absent at first, so that counting begins before the client connects.
fn of_client(workspace: &Workspace, log: &mut Log, version: &str) -> Result<u64> {
    let address = Address::free()?;
    let boot = boot(workspace, CLIENT).argument(format!("port={}", address.port())).argument("count=1");
    let mut emulator = Emulator::boot(workspace, &boot, log.writer()?, log.sink()?)?;
    emulator.listens()?;
    let server = client::secure_echo(workspace, log, address, version)?;
    emulator.says("all 1 messages came back", LIMIT)?;
    let report = emulator.quit()?;
    server.stop()?;
    Ok(report.longest_pass())
}

/// What each operation costs, by its name.
fn operations(workspace: &Workspace, log: &mut Log) -> Result<Vec<(String, u64)>> {
    let emulator = Emulator::boot(workspace, &boot(workspace, OPERATIONS), log.writer()?, log.sink()?)?;
    let said = emulator.said_at_its_end()?;
    let results: Vec<_> = said.iter().filter_map(|line| line.strip_prefix(OPERATION)).collect();
    ensure!(!results.is_empty(), "the firmware measured nothing: {said:?}");
    let parse = |result: &str| {
        let (ticks, name) = result.split_once(' ').context("no name")?;
        Ok((name.to_owned(), report::instructions(ticks.parse()?)))
    };
    results.into_iter().map(parse).collect()
}
