//! `cargo xtask size`: what the firmware costs, printed and written to docs/RESULTS.md.

use crate::board::capi_size;
use crate::board::client_size;
use crate::board::firmware::{self, Programs, Variant};
use crate::board::flash::{self, Shares};
use crate::board::measure::{BURST, Bench, CROWD, Growth, Memory, Requests};
use crate::board::owner::{Owner, Owners};
use crate::board::panics;
use crate::board::program::Program;
use crate::board::{rtos_requests, tls_passes, tls_size};
use crate::log::Log;
use crate::results::{self, grouped};
use crate::toolchain::Toolchain;
use crate::tools::{
    self, ARM_COMPILER, C_COMPILER, CLANG, CMAKE, CPP_COMPILER, CURL, DPKG_SOURCE, LIBCLANG, PYTHON, QEMU,
};
use crate::w800::{self, Workbench};
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::fmt::Write;
use std::path::PathBuf;

/// What uses all of the library, and what uses none of it.
const FULL: &str = "smoke";
const BARE: &str = "baseline_httpd";

/// What else is measured, because a firmware pays for what it uses.
const EXAMPLES: [&str; 5] = [FULL, "chat", "websocket_server", "settings", "http_server_post"];
/// The one that is measured with compression too.
const COMPRESSING: &str = "chat";

/// What the firmware's limits allow.
const CONNECTIONS: usize = 64;

/// Connections that are idle while requests are counted.
const OTHERS: usize = 30;

/// Options of `cargo xtask size`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Print one part, and write nothing
    #[arg(long)]
    only: Option<Part>,
    /// Also write the tables to this file, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What can be measured by itself, to see what a change is worth.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Part {
    Flash,
    Memory,
    Instructions,
    Client,
    Capi,
    Tls,
    W800,
}

/// Builds, measures, prints, writes.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let mut log = Log::create(workspace.output().join("size.log"))?;
    let text = match options.only {
        Some(part) => measure_part(workspace, &mut log, part),
        None => measure(workspace, &mut log),
    };
    let text =
        text.with_context(|| format!("the measurement failed; details are in {}", log.path().display()))?;
    println!("{text}");
    if let Some(path) = &options.json {
        results::write_json(path, &results::tables(&text))?;
    }
    if options.only.is_some() { Ok(()) } else { results::write(workspace, "size", &text) }
}

fn measure_part(workspace: &Workspace, log: &mut Log, part: Part) -> Result<String> {
    if !matches!(part, Part::W800) {
        build(workspace, log, &[Variant::Measured])?;
    }
    match part {
        Part::Flash => servers(workspace, log),
        Part::Memory => Ok(memory(&Bench { workspace, log, variant: Variant::Measured }.memory()?)),
        Part::Instructions => instructions(workspace, log),
        Part::Client => client(workspace, log),
        Part::Capi => capi_size::measure(workspace, log),
        Part::Tls => tls(workspace, log),
        Part::W800 => chip(workspace, log),
    }
}

fn client(workspace: &Workspace, log: &mut Log) -> Result<String> {
    client_size::build(workspace, log)?;
    client_size::measure(workspace, log)
}

fn tls(workspace: &Workspace, log: &mut Log) -> Result<String> {
    tools::ensure(workspace, log, &[&CLANG, &PYTHON])?;
    Ok(tls_size::measure(workspace, log)? + &tls_passes::measure(workspace, log)?)
}

fn chip(workspace: &Workspace, log: &mut Log) -> Result<String> {
    tools::ensure(
        workspace,
        log,
        &[&C_COMPILER, &CPP_COMPILER, &CMAKE, &w800::SOURCES, &w800::LIBCLANG, &CURL],
    )?;
    w800::measure(&mut Workbench::new(workspace, log)?)
}

fn build(workspace: &Workspace, log: &mut Log, variants: &[Variant]) -> Result<()> {
    tools::ensure(workspace, log, &[&C_COMPILER, &LIBCLANG, &ARM_COMPILER, &CMAKE, &DPKG_SOURCE, &QEMU])?;
    for variant in variants {
        eprintln!("building the firmware ({variant:?}) ...");
        firmware::build(workspace, log, *variant, Programs::All)?;
    }
    Ok(())
}

fn measure(workspace: &Workspace, log: &mut Log) -> Result<String> {
    build(workspace, log, &[Variant::Measured, Variant::Default])?;
    eprintln!("counting bytes ...");
    let mut text = introduction(workspace, log)?;
    text += &sizes(workspace, log)?;
    eprintln!("measuring in QEMU ...");
    text += &memory(&Bench { workspace, log, variant: Variant::Measured }.memory()?);
    text += &client(workspace, log)?;
    text += &capi_size::measure(workspace, log)?;
    text += &tls(workspace, log)?;
    text += &instructions(workspace, log)?;
    text += &chip(workspace, log)?;
    let sites = panics::sites(workspace, log, Variant::Default)?;
    text += &format!("{PANICS}\n{}", panics::table(&sites));
    Ok(text)
}

fn introduction(workspace: &Workspace, log: &mut Log) -> Result<String> {
    let toolchain = Toolchain::find_or_install(workspace, log, &[firmware::TARGET])?;
    let compiler = toolchain.version(workspace, log)?;
    Ok(format!(
        "## Firmware\n\n\
         Written by `cargo xtask size`, compiled by {compiler}. Cortex-M3, opt-level s, fat LTO, panic\nabort, IPv4 only, lwIP \
         with the `lwipopts.h` of this repository. *Measured* is without log and without lwIP's assertions,\n*default* has \
         both. The firmware is `smoke` of `examples/mps2-an385`: pages, forms, WebSockets. What a firmware does not\nuse, it does \
         not link: handles and timers here. Figures of peers were measured the same way, on the same chip, before this\nproject \
         began; those for libwebsockets are of the SDK's configuration.\n\n"
    ))
}

fn sizes(workspace: &Workspace, log: &mut Log) -> Result<String> {
    let owners = Owners::new(workspace);
    let mut flash_of = |variant, name| -> Result<Shares> {
        let elf = firmware::path(workspace, variant, name);
        let program = Program::read(workspace, log, &elf)?;
        log.note(format_args!(
            "bytes of code by file: {:#?}",
            flash::by_file(&program, &owners, Owner::Library)?
        ))?;
        flash::flash(workspace, &program, &owners)
    };
    let columns = [
        flash_of(Variant::Measured, FULL)?,
        flash_of(Variant::Default, FULL)?,
        flash_of(Variant::Measured, BARE)?,
    ];
    let mut text = "### Flash, bytes\n\n".to_owned();
    text += &share_table(&["measured", "default", "measured, `baseline_httpd`"], &columns);
    text += FLASH_RULES;
    text += &servers(workspace, log)?;
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

const FLASH_RULES: &str = "
Code counts for the innermost function that is not core's or alloc's: what the compiler inlined from these is its user's.
A constant counts for the first in this order whose code refers to it, and for the application if only its functions do.
Core and alloc as functions of their own are shared: the board needs some without the library, to format panics and reports
(see `baseline_httpd`).

";

/// The numbers to compare with peers.
fn servers(workspace: &Workspace, log: &mut Log) -> Result<String> {
    let owners = Owners::new(workspace);
    firmware::build(workspace, log, Variant::MeasuredDeflate, Programs::One(COMPRESSING))?;
    let has_smallest = build_smallest(workspace, log)?;
    let mut shares_of = |variant, name| -> Result<Shares> {
        let program = Program::read(workspace, log, &firmware::path(workspace, variant, name))?;
        flash::flash(workspace, &program, &owners)
    };
    let share = |shares: &Shares, owner| shares.get(&owner).copied().unwrap_or(0);
    let core_without = share(&shares_of(Variant::Measured, BARE)?, Owner::Core);
    let mut text = "### Flash of the HTTP and WebSocket server, bytes\n\n\
         | firmware | library | crates that it depends on | core and alloc due to it | **server** |\n\
         | --- | ---: | ---: | ---: | ---: |\n"
        .to_owned();
    let plain = EXAMPLES.iter().map(|name| (Variant::Measured, *name, "", core_without));
    let smallest = format!(" {SMALLEST}");
    let mut others = vec![(Variant::MeasuredDeflate, COMPRESSING, " with `deflate`", core_without)];
    if has_smallest {
        let variant = Variant::MeasuredSmallest;
        let core_without = share(&shares_of(variant, BARE)?, Owner::Core);
        others.push((variant, FULL, &smallest, core_without));
    }
    for (variant, name, with, core_without) in plain.chain(others) {
        let shares = shares_of(variant, name)?;
        let core = share(&shares, Owner::Core).saturating_sub(core_without);
        let parts = [share(&shares, Owner::Library), share(&shares, Owner::Crates), core];
        let [library, crates, core] = parts.map(grouped);
        let sum = grouped(parts.iter().sum());
        _ = writeln!(text, "| `{name}`{with} | {library} | {crates} | {core} | **{sum}** |");
    }
    Ok(text + FLASH_PEERS)
}

/// How [`Variant::MeasuredSmallest`] is built.
const SMALLEST: &str = "on a core built for size, without frame pointers";

/// False: the core library's sources are not there, and could not be had.
fn build_smallest(workspace: &Workspace, log: &mut Log) -> Result<bool> {
    if let Err(error) = Toolchain::with_sources(workspace, log) {
        eprintln!("the smallest firmware is not measured: {error:#}");
        return Ok(false);
    }
    build(workspace, log, &[Variant::MeasuredSmallest])?;
    Ok(true)
}

const FLASH_PEERS: &str = "
`settings` and `http_server_post` serve no WebSocket, and contain nothing of it; `settings` has files, forms and passwords. rustc keeps a
frame pointer in each function for a Cortex-M, which C compilers do not by -Os; examples/mps2-an385/README.md says how to do without.

Peers: libwebsockets in the SDK 69,500 (trimmed 49,683), Mongoose 19,019, esp_http_server 24,810, edge-http and edge-ws about
35,780, lwIP's `httpd` alone (no WebSocket) 2,556.

";

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
         | known when the firmware is compiled, by `Limits::memory`: an idle connection takes at most | {} |\n\
         | one at its worst: a message half assembled, a full queue, segments of a byte and out of order | {} |\n\
         | all {CONNECTIONS} of them, one at its worst | {} |\n\
         | stack, high-water mark of all these runs | {} |\n\
         | stack of interrupts, high-water mark | {} |\n\n\
         The SDK's libwebsockets holds 3 to 5 clients.\n\n",
        grouped(memory.echo_16k),
        grouped(crowd.heap_peak),
        grouped(memory.bounds.idle),
        grouped(memory.bounds.busy),
        grouped(memory.bounds.all),
        grouped(memory.stack_peak),
        grouped(crowd.handler_stack_peak)
    );
    text
}

/// A line of a table of heap by connections.
pub(crate) fn growth_row(name: &str, growth: &Growth, peers: &str) -> String {
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
| lwIP raw API in C, polled (experiment) | 15,600 | 8,640 | 5,230 | | | |
| libwebsockets 4.3.3, FreeRTOS (experiment) | 140,300 | 57,600 | 33,900 | | | |
";

fn instructions(workspace: &Workspace, log: &mut Log) -> Result<String> {
    let name = format!("this library, {SMALLEST}");
    let mut smallest = None;
    if build_smallest(workspace, log)? {
        let mut bench = Bench { workspace, log: &mut *log, variant: Variant::MeasuredSmallest };
        smallest = Some((name.as_str(), bench.requests(0)?));
    }
    let mut bench = Bench { workspace, log, variant: Variant::Measured };
    let mut rows = vec![
        ("this library", bench.requests(0)?),
        ("this library, 30 idle clients", bench.requests(OTHERS)?),
    ];
    rows.extend(smallest);
    rows.push(("lwIP's `httpd` and `tcpecho_raw`", bench.baseline()?));
    rows.push(("the same on lwIP as it comes", original(workspace, &mut *bench.log)?));
    let bare = requests(&rows);
    Ok(bare + &rtos_requests::measure(&mut bench)?)
}

/// lwIP's own servers, without what our port has for the sake of speed.
fn original(workspace: &Workspace, log: &mut Log) -> Result<Requests> {
    for server in [BARE, "baseline_tcpecho"] {
        firmware::build(workspace, log, Variant::MeasuredOriginal, Programs::One(server))?;
    }
    Bench { workspace, log, variant: Variant::MeasuredOriginal }.baseline()
}

fn requests(rows: &[(&str, Requests)]) -> String {
    let mut text = "### Instructions\n\nFor each request, on the board, in QEMU's virtual time (`-icount`), sleep not counted: the \
                    same within 1 % on every machine.\nGET: 13 bytes of body, `http_server_post`. Echo: `websocket_server`, and plain TCP \
                    for `tcpecho_raw`.\nAlone and idle: per virtual second, with nobody connected, and with clients that say nothing (lwIP's TCP timer \
                    then runs four times a second).\n\n\
                    | server | GET, new connection | GET, keep-alive | echo 125 B | echo 4 KiB | alone | idle |\n\
                    | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        .to_owned();
    for (name, cost) in rows {
        let values =
            [cost.get_new, cost.get_keep_alive, cost.echo_125, cost.echo_4096, cost.alone, cost.idle];
        _ = writeln!(text, "| {name} | {} |", values.map(grouped).join(" | "));
    }
    text + PEERS + "\n"
}

const PANICS: &str = "\
### Panics

Every call from code of the default firmware `smoke` into Rust's panic machinery, found by walking its disassembly from the
panic handler upwards. `cargo xtask test` fails when one has no reason.
";
