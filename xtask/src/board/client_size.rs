//! What clients cost a firmware: flash beside the server, heap for each connection.

use crate::address::Address;
use crate::board::client::EchoServer;
use crate::board::emulator::{Boot, Emulator};
use crate::board::firmware::{self, Programs, Variant};
use crate::board::flash::{self, Shares};
use crate::board::owner::{Owner, Owners};
use crate::board::program::Program;
use crate::log::Log;
use crate::results::grouped;
use crate::workspace::Workspace;
use anyhow::Result;
use std::thread;
use std::time::Duration;

/// The same servers without and with clients.
const WITHOUT: (Variant, &str) = (Variant::Measured, "smoke");
const WITH: (Variant, &str) = (Variant::MeasuredClient, "smoke_client");
/// What only connects.
const IDLE: (Variant, &str) = (Variant::MeasuredClient, "websocket_client");
/// Clients at which the heap is measured; a context has eight at most by default.
const FEW: u64 = 1;
const MANY: u64 = 8;
/// For the firmware to connect.
const LIMIT: Duration = Duration::from_secs(30);
/// For delayed ACKs and the like.
const SETTLE: Duration = Duration::from_secs(1);

/// Builds what is measured.
pub(crate) fn build(workspace: &Workspace, log: &mut Log) -> Result<()> {
    for (variant, name) in [WITHOUT, WITH, IDLE] {
        firmware::build(workspace, log, variant, Programs::One(name))?;
    }
    Ok(())
}

/// Measures, in words.
pub(crate) fn measure(workspace: &Workspace, log: &mut Log) -> Result<String> {
    let owners = Owners::new(workspace);
    let mut shares_of = |(variant, name)| -> Result<Shares> {
        let program = Program::read(workspace, log, &firmware::path(workspace, variant, name))?;
        flash::flash(workspace, &program, &owners)
    };
    let (without, with) = (shares_of(WITHOUT)?, shares_of(WITH)?);
    let added = |owner| {
        let share = |shares: &Shares| shares.get(&owner).copied().unwrap_or(0);
        share(&with).saturating_sub(share(&without))
    };
    let parts = [Owner::Library, Owner::Crates, Owner::Core].map(added);
    let [library, crates, core] = parts.map(grouped);
    let alone = shares_of(IDLE)?.get(&Owner::Library).copied().unwrap_or(0);
    let heap = (heap_with(workspace, log, MANY)? - heap_with(workspace, log, FEW)?) / (MANY - FEW);
    Ok(format!(
        "### Client\n\nWhat clients for WebSocket and HTTP add to `smoke`, bytes of flash, without TLS; and the heap of an idle WebSocket\n\
         connection of the firmware's own, with its client, lwIP's share and the allocator's overhead.\n\n\
         | library | crates that it depends on | core and alloc due to it | **client** | lwIP's resolver and UDP | heap, each |\n\
         | ---: | ---: | ---: | ---: | ---: | ---: |\n\
         | {library} | {crates} | {core} | **{}** | {} | {} |\n\n\
         Firmware that only connects contains no server: of the library `websocket_client` holds {} bytes.\n\n",
        grouped(parts.iter().sum()),
        grouped(added(Owner::Lwip)),
        grouped(heap),
        grouped(alone),
    ))
}

/// Heap bytes in use with so many idle clients.
fn heap_with(workspace: &Workspace, log: &mut Log, clients: u64) -> Result<u64> {
    let address = Address::free()?;
    let server = EchoServer::start(address)?;
    let boot = Boot::new(firmware::path(workspace, IDLE.0, IDLE.1))
        .argument(format!("port={}", address.port()))
        .argument(format!("clients={clients}"));
    let mut emulator = Emulator::boot(workspace, &boot, log.writer()?, log.sink()?)?;
    for _ in 0..clients {
        emulator.says("connected", LIMIT)?;
    }
    thread::sleep(SETTLE);
    let heap = emulator.report()?.heap_used;
    emulator.quit()?;
    server.stop();
    Ok(heap)
}
