//! `cargo xtask size`: what the firmware costs, printed and written to docs/RESULTS.md.

use crate::board::firmware::{self, Programs, Variant};
use crate::board::flash::{self, Shares};
use crate::board::measure::{BURST, Bench, CROWD, Growth, Memory, Requests};
use crate::board::owner::{Owner, Owners};
use crate::board::panics;
use crate::board::program::Program;
use crate::log::Log;
use crate::results;
use crate::tools::{self, ARM_COMPILER, C_COMPILER, LIBCLANG, QEMU};
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::fmt::Write;

/// What uses all of the library, and what uses none of it.
const FULL: &str = "smoke";
const BARE: &str = "baseline_httpd";

/// Connections that are idle while requests are counted.
const OTHERS: usize = 30;

/// Builds, measures, prints, writes.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let mut log = Log::create(workspace.output().join("size.log"))?;
    let text = measure(workspace, &mut log)
        .with_context(|| format!("the measurement failed; details are in {}", log.path().display()))?;
    println!("{text}");
    results::write(workspace, "size", &text)
}

fn measure(workspace: &Workspace, log: &mut Log) -> Result<String> {
    tools::ensure(workspace, log, &[&C_COMPILER, &LIBCLANG, &ARM_COMPILER, &QEMU])?;
    for variant in [Variant::Measured, Variant::Default] {
        eprintln!("building the firmware ({variant:?}) ...");
        let mut build = firmware::build(workspace, log, variant, Programs::All)?;
        log.run(&mut build)?;
    }
    eprintln!("counting bytes ...");
    let mut text = INTRODUCTION.to_owned();
    text += &sizes(workspace, log)?;
    eprintln!("measuring in QEMU ...");
    let mut bench = Bench { workspace, log };
    text += &memory(&bench.memory()?);
    let rows = [
        ("this library", bench.requests(0)?),
        ("this library, 30 idle clients", bench.requests(OTHERS)?),
        ("lwIP's `httpd` and `tcpecho_raw`", bench.baseline()?),
    ];
    text += &requests(&rows);
    let sites = panics::sites(workspace, log, Variant::Default)?;
    text += &format!("{PANICS}\n{}", panics::table(&sites));
    Ok(text)
}

const INTRODUCTION: &str = "\
## Firmware

Written by `cargo xtask size`. Cortex-M3, opt-level s, fat LTO, panic abort, IPv4 only, lwIP with the `lwipopts.h` of this
repository. *Measured* is without log and without lwIP's assertions, *default* has both. The firmware is `smoke` of
`examples/mps2-an385`, which uses every part of the library. Figures of peers were measured the same way, on the same chip,
before this project began; those for libwebsockets are of the SDK's configuration.

";

fn sizes(workspace: &Workspace, log: &mut Log) -> Result<String> {
    let owners = Owners::new(workspace);
    let mut flash_of = |variant, name| -> Result<Shares> {
        let elf = firmware::path(workspace, variant, name);
        let program = Program::read(workspace, log, &elf)?;
        log.note(format_args!("bytes of code by file: {:#?}", flash::by_file(&program, &owners)?))?;
        flash::flash(workspace, &program, &owners)
    };
    let columns = [
        flash_of(Variant::Measured, FULL)?,
        flash_of(Variant::Default, FULL)?,
        flash_of(Variant::Measured, BARE)?,
    ];
    let mut text = "### Flash, bytes\n\n".to_owned();
    text += &share_table(&["measured", "default", "measured, `baseline_httpd`"], &columns);
    text += &claim(&columns[0], &columns[2]);
    let ram = |variant, log: &mut Log| {
        flash::static_ram(workspace, log, &owners, &firmware::path(workspace, variant, FULL))
    };
    let columns = [ram(Variant::Measured, log)?, ram(Variant::Default, log)?];
    text += "### Static RAM, bytes, without stacks and heap\n\n";
    text += &share_table(&["measured", "default"], &columns);
    text += "\n";
    Ok(text)
}

fn share_table(headings: &[&str], columns: &[Shares]) -> String {
    let mut table =
        format!("| owner | {} |\n| --- |{}\n", headings.join(" | "), " ---: |".repeat(columns.len()));
    let mut row = |name: &str, values: Vec<u64>| {
        let values: Vec<String> = values.into_iter().map(grouped).collect();
        _ = writeln!(table, "| {name} | {} |", values.join(" | "));
    };
    for owner in Owner::ALL {
        let values: Vec<u64> =
            columns.iter().map(|shares| shares.get(&owner).copied().unwrap_or(0)).collect();
        if values.iter().any(|value| *value > 0) {
            row(&owner.to_string(), values);
        }
    }
    row("**all**", columns.iter().map(|shares| shares.values().sum()).collect());
    table
}

/// The number to compare with peers.
fn claim(ours: &Shares, without: &Shares) -> String {
    let share = |shares: &Shares, owner| shares.get(&owner).copied().unwrap_or(0);
    let core = share(ours, Owner::Core).saturating_sub(share(without, Owner::Core));
    let sum = share(ours, Owner::Library) + share(ours, Owner::Crates) + core;
    format!(
        "\nCode counts for the innermost function that is not core's or alloc's: what the compiler inlined from these is its \
         user's.\nA constant counts for the first in this order whose code refers to it, and for the application if only its \
         functions do.\nCore and alloc as functions of their own are shared: the board needs {} bytes of them without the \
         library (see\n`baseline_httpd`), to format panics and reports.\n\n\
         **HTTP and WebSocket server: {} bytes**: the library, the crates that it depends on, and the {} bytes of core and \
         alloc\nthat are there because of it. Peers: libwebsockets in the SDK 69,500 (trimmed 49,683), Mongoose 19,019, \
         esp_http_server\n24,810, edge-http and edge-ws about 35,780, lwIP's `httpd` alone (no WebSocket) 2,556.\n\n",
        grouped(share(without, Owner::Core)),
        grouped(sum),
        grouped(core)
    )
}

fn memory(memory: &Memory) -> String {
    let mut text = format!(
        "### Heap and stack, bytes\n\nIncluding lwIP's share and the allocator's overhead. {} bytes are in use when the server \
         starts.\n\n| idle connections | 1 | 8 | 30 | each | fixed | peers, each |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | --- |\n",
        grouped(memory.at_start)
    );
    text += &growth_row(
        "HTTP, keep-alive",
        &memory.http,
        "libwebsockets 1,048 and lwIP's 168 to 216; lwIP's `httpd` 212",
    );
    text +=
        &growth_row("WebSocket", &memory.websocket, "libwebsockets 9,600; Mongoose 1,280; `tcpecho_raw` 180");
    let crowd = &memory.crowd;
    let outcome = match crowd.heap_refused {
        0 => "all are served".to_owned(),
        count => format!("{count} allocations were refused"),
    };
    text += &format!(
        "\n| what | bytes |\n| --- | ---: |\n\
         | peak above idle during the echo of a message of 16 KiB | {} |\n\
         | peak with {CROWD} clients that echo 1,000 bytes, {BURST} at the same instant, in a heap of 96 KB ({outcome}) | {} |\n\
         | stack, high-water mark | {} |\n\
         | stack of interrupts, high-water mark | {} |\n\n\
         The SDK's libwebsockets holds 3 to 5 clients.\n\n",
        grouped(memory.echo_16k),
        grouped(crowd.heap_peak),
        grouped(crowd.stack_peak),
        grouped(crowd.handler_stack_peak)
    );
    text
}

fn growth_row(name: &str, growth: &Growth, peers: &str) -> String {
    let points: Vec<String> = growth.0.iter().map(|(_, bytes)| grouped(*bytes)).collect();
    format!(
        "| {name} | {} | {:.0} | {:.0} | {peers} |\n",
        points.join(" | "),
        growth.slope(),
        growth.intercept()
    )
}

/// lwIP's raw API and the SDK's libwebsockets on the same board, from experiments in C.
const PEERS: &str = "\
| lwIP raw API in C, polled (experiment) | 15,600 | 8,640 | 5,230 | | |
| libwebsockets 4.3.3, FreeRTOS (experiment) | 140,300 | 57,600 | 33,900 | | |
";

fn requests(rows: &[(&str, Requests)]) -> String {
    let mut text = "### Instructions\n\nFor each request, on the board, in QEMU's virtual time (`-icount`), sleep not counted: the \
                    same within 1 % on every machine.\nGET: 13 bytes of body, `http_server_post`. Echo: `websocket_server`, and plain TCP \
                    for `tcpecho_raw`. Idle: per virtual second.\n\n\
                    | server | GET, new connection | GET, keep-alive | echo 125 B | echo 4 KiB | idle |\n\
                    | --- | ---: | ---: | ---: | ---: | ---: |\n"
        .to_owned();
    for (name, cost) in rows {
        let values = [cost.get_new, cost.get_keep_alive, cost.echo_125, cost.echo_4096, cost.idle];
        _ = writeln!(text, "| {name} | {} |", values.map(grouped).join(" | "));
    }
    text + PEERS + "\n"
}

const PANICS: &str = "\
### Panics

Every call from code of the default firmware `smoke` into Rust's panic machinery, found by walking its disassembly from the
panic handler upwards. `cargo xtask test` fails when one has no reason.
";

/// 12345 as 12,345.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let separator = |index: usize| index > 0 && (digits.len() - index).is_multiple_of(3);
    let pieces = digits
        .char_indices()
        .map(|(index, digit)| if separator(index) { format!(",{digit}") } else { digit.to_string() });
    pieces.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
