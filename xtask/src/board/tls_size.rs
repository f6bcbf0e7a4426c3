//! What TLS costs a firmware: flash beside the server, by the features that it is built with; heap for each connection.

use crate::board::emulator::{Boot, Emulator};
use crate::board::firmware::{self, Programs, Variant};
use crate::board::flash::{self, Shares};
use crate::board::owner::{Owner, Owners};
use crate::board::program::Program;
use crate::board::report::Report;
use crate::board::tls_clients::Clients;
use crate::log::Log;
use crate::results::grouped;
use crate::workspace::Workspace;
use anyhow::Result;
use std::fmt::Write as _;
use std::thread;
use std::time::Duration;

/// The servers, without TLS and with it.
const NAME: &str = "smoke";
const WITHOUT: Variant = Variant::Measured;

/// What is built: the library's features, and whether their heap is measured. They share a folder, so each is measured before the next is
/// built.
static PROFILES: [(Variant, &str, bool); 5] = [
    (Variant::MeasuredTls12, "`security-tls12`", false),
    (Variant::MeasuredTlsSmall, "`security-small`", false),
    (Variant::MeasuredTlsSmallP256, "`security-small`, `security-p256`", true),
    (Variant::MeasuredTlsSlow, "`security`", false),
    (Variant::MeasuredTls, "`security`, `security-p256`, `security-x25519`", true),
];

pub(super) const VERSIONS: [&str; 2] = ["1.2", "1.3"];
/// Connections at which the heap is measured.
const FEW: u64 = 1;
const MANY: u64 = 8;
/// Longer than a session keeps its record buffers, and than an ACK is delayed.
const SETTLE: Duration = Duration::from_millis(1500);

/// Measures, in words. The firmware without TLS is built.
pub(crate) fn measure(workspace: &Workspace, log: &mut Log) -> Result<String> {
    let owners = Owners::new(workspace);
    let shares_of = |log: &mut Log, variant| -> Result<Shares> {
        let program = Program::read(workspace, log, &firmware::path(workspace, variant, NAME))?;
        flash::flash(workspace, &program, &owners)
    };
    let without = shares_of(log, WITHOUT)?;
    let (mut text, mut heap) = (FLASH.to_owned(), HEAP.to_owned());
    for (variant, features, has_heap) in PROFILES {
        eprintln!("building the firmware ({variant:?}) ...");
        firmware::build(workspace, log, variant, Programs::One(NAME))?;
        text += &flash_row(features, &without, &shares_of(log, variant)?);
        for version in VERSIONS.iter().filter(|_| has_heap) {
            eprintln!("measuring TLS {version} in QEMU ...");
            heap += &heap_row(features, version, &heap_of(workspace, log, variant, version)?);
        }
    }
    Ok(text + &heap + "\n")
}

const FLASH: &str = "\
### TLS

What HTTPS and WSS add to `smoke`, bytes of flash, by the features of the library; in the server: the way of records between `net` and a
session. `security-small` is for peers that are known: AES-GCM, ECDSA, P-256, records of 4 KB; `security-tls12` is the same without TLS 1.3.
`security` is for everybody: RSA, ChaCha20, X25519, P-384, records of 16 KB. `security-p256` and `security-x25519` multiply by the crates
`p256` and `x25519-dalek`. All have tickets; the feature `client`, which this firmware has not, brings the client's side. GCM, which is ours,
counts as Mbed TLS.

| features | TLS sessions | in the server | Mbed TLS | crates | libc | core, alloc, memcpy | certificate and other | **all** |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
";

fn flash_row(features: &str, without: &Shares, with: &Shares) -> String {
    let added = |owners: &[Owner]| -> i64 {
        let share = |shares: &Shares, owner| shares.get(owner).copied().unwrap_or(0) as i64;
        owners.iter().map(|owner| share(with, owner) - share(without, owner)).sum()
    };
    let columns: [&[Owner]; 6] = [
        &[Owner::Tls],
        &[Owner::Library],
        &[Owner::MbedTls],
        &[Owner::Crates],
        &[Owner::Libc],
        &[Owner::Core, Owner::Builtins],
    ];
    let parts = columns.map(added);
    let all = added(&Owner::ALL);
    let other = all - parts.iter().sum::<i64>();
    let mut row = format!("| {features} |");
    for bytes in parts.into_iter().chain([other]) {
        _ = write!(row, " {} |", signed(bytes));
    }
    row + &format!(" **{}** |\n", signed(all))
}

fn signed(bytes: i64) -> String {
    let sign = if bytes < 0 { "-" } else { "" };
    format!("{sign}{}", grouped(bytes.unsigned_abs()))
}

const HEAP: &str = "
Heap of WSS connections on the board, with lwIP's share and the allocator's overhead. At the start: the server's configuration and two
pairs of record buffers (`Limits::tls_handshakes`), which connections take in turn while they connect or are active. Above that: for each
connection that is idle, and for one that echoes 125 bytes; the peak while one connects, above what was in use before. The client is
Python's, which agrees on X25519 with `security-x25519`, else on P-256 here; the certificate's key is on P-256. Instructions: from the
SYN to the end of the WebSocket's handshake, and for an echo of 125 bytes by a connection that was parked.

| features | TLS | at the start | each, idle | active | peak while connecting | stack | instructions to connect | echo 125 B |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
";

/// Bytes and instructions.
struct Heap {
    at_start: u64,
    idle: u64,
    active: u64,
    connecting: u64,
    stack: u64,
    connect_instructions: u64,
    echo_instructions: u64,
}

fn heap_row(features: &str, version: &str, heap: &Heap) -> String {
    let Heap { at_start, idle, active, connecting, stack, connect_instructions, echo_instructions } = *heap;
    let figures = [at_start, idle, active, connecting, stack, connect_instructions, echo_instructions];
    format!("| {features} | {version} | {} |\n", figures.map(grouped).join(" | "))
}

fn heap_of(workspace: &Workspace, log: &mut Log, variant: Variant, version: &str) -> Result<Heap> {
    let boot = Boot::new(firmware::path(workspace, variant, NAME)).argument(firmware::TLS_HEAP);
    let boot = Boot { device_port: 443, counts_instructions: true, ..boot };
    let mut emulator = Emulator::boot(workspace, &boot, log.writer()?, log.sink()?)?;
    emulator.listens()?;
    thread::sleep(SETTLE);
    let at_start = emulator.report()?.heap_used;
    let mut clients = Clients::start(workspace, log, emulator.address(), version)?;
    // The first makes what all share, and knows the neighbour's address.
    clients.ask("open")?;
    thread::sleep(SETTLE);
    emulator.start_anew()?;
    let few = emulator.report()?.heap_used;
    clients.ask("open")?;
    let connected = emulator.report()?;
    for _ in FEW + 1..MANY {
        clients.ask("open")?;
    }
    thread::sleep(SETTLE);
    let idle = emulator.report()?.heap_used.saturating_sub(few) / (MANY - FEW);
    emulator.start_anew()?;
    // A report is work too: it looks for the end of the stack's unused part.
    let (first, before) = (emulator.report()?, emulator.report()?);
    clients.ask("echo 125")?;
    let echoed = emulator.report()?;
    let since =
        |later: &Report, earlier: &Report| later.instructions().saturating_sub(earlier.instructions());
    clients.end()?;
    let stack = emulator.quit()?.stack_peak;
    Ok(Heap {
        at_start,
        idle,
        active: idle + echoed.heap_peak.saturating_sub(before.heap_used),
        connecting: connected.heap_peak.saturating_sub(few),
        stack,
        connect_instructions: connected.instructions(),
        echo_instructions: since(&echoed, &before).saturating_sub(since(&before, &first)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_is_told_by_owner() {
        let without = Shares::from([(Owner::Library, 100), (Owner::Core, 50), (Owner::Board, 7)]);
        let with = Shares::from([
            (Owner::Library, 120),
            (Owner::MbedTls, 2000),
            (Owner::Core, 40),
            (Owner::Board, 8),
        ]);
        assert_eq!(flash_row("x", &without, &with), "| x | 0 | 20 | 2,000 | 0 | 0 | -10 | 1 | **2,011** |\n");
    }
}
