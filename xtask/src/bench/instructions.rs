//! Instructions per request. `benches/instructions` runs one scenario; here callgrind counts it, twice, and the difference is
//! shown beside lwIP's own servers in the same lwIP. Counts repeat exactly: the same sources and compilers give the same table.

use super::Report;
use super::plot::{self, Line};
use crate::log::Log;
use crate::lwip_source::AS_IT_COMES;
use crate::results::grouped;
use crate::tools::{self, C_COMPILER, LIBCLANG, VALGRIND};
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use plotters::style::{BLACK, BLUE, CYAN, GREEN, RED};
use serde_json::json;
use std::fmt::Write;
use std::path::PathBuf;

/// Something that is counted.
struct Row {
    shows: &'static str,
    /// As `benches/instructions` calls it, ours and the baseline's.
    ours: &'static str,
    baseline: &'static str,
    /// Clients that are connected and say nothing.
    idle: u32,
    /// How often it is done.
    count: u64,
    /// What else there is to know of it.
    remark: &'static str,
}

/// One request. The remark is what libwebsockets takes.
static REQUESTS: &[Row] = &[
    request("GET, keep-alive, 13 B", "ours-get", "baseline-get", 0, "46,403"),
    request("with 8 idle clients", "ours-get", "baseline-get", 8, ""),
    request("with 32 idle clients", "ours-get", "baseline-get", 32, ""),
    request("with 100 idle clients", "ours-get", "baseline-get", 100, ""),
    request("GET, new connection, 13 B", "ours-get-new", "baseline-get-new", 0, ""),
    request("echo 125 B", "ours-echo-125", "baseline-echo-125", 0, "26,811"),
    request("with 8 idle clients", "ours-echo-125", "baseline-echo-125", 8, "42,900"),
    request("with 32 idle clients", "ours-echo-125", "baseline-echo-125", 32, "94,200"),
    request("with 100 idle clients", "ours-echo-125", "baseline-echo-125", 100, "225,000"),
    large("echo 16 KiB, whole messages", "ours-echo-16k", "350,000"),
    large("echo 16 KiB, fragment by fragment", "ours-echo-16k-fragments", ""),
];

/// One call. The remark is what the baseline is.
static PARSING: &[Row] = &[
    parsing(
        "request head of a browser, 240 B",
        "ours-head",
        "baseline-head",
        "`httparse`, which checks less",
    ),
    parsing("unmask 16 KiB", "ours-unmask", "baseline-unmask", "byte by byte"),
    parsing(
        "validate 16 KiB of ASCII, in segments",
        "ours-ascii",
        "baseline-ascii",
        "`str::from_utf8`, at once",
    ),
    parsing(
        "validate 16 KiB of mixed text, in segments",
        "ours-text",
        "baseline-text",
        "`str::from_utf8`, at once",
    ),
];

/// One message through the echo server in C, beside the same in Rust, in one build.
static IN_C: &[Row] = &[
    Row { baseline: "ours-echo-125", ..request("echo 125 B", "c-echo-125", "", 0, "") },
    Row { baseline: "ours-echo-16k", ..large("echo 16 KiB, whole messages", "c-echo-16k", "") },
];

/// A multiple of what lwIP's timers count, so that both runs hold as many of their ticks.
const REQUEST_COUNT: u64 = 500;

const fn request(
    shows: &'static str,
    ours: &'static str,
    baseline: &'static str,
    idle: u32,
    remark: &'static str,
) -> Row {
    Row { shows, ours, baseline, idle, count: REQUEST_COUNT, remark }
}

const fn large(shows: &'static str, ours: &'static str, remark: &'static str) -> Row {
    Row { shows, ours, baseline: "baseline-echo-16k", idle: 0, count: 50, remark }
}

const fn parsing(
    shows: &'static str,
    ours: &'static str,
    baseline: &'static str,
    remark: &'static str,
) -> Row {
    Row { shows, ours, baseline, idle: 0, count: 100, remark }
}

/// Builds and counts.
pub(super) fn measure(workspace: &Workspace, log: &mut Log) -> Result<Report> {
    tools::ensure(workspace, log, &[&C_COMPILER, &LIBCLANG, &VALGRIND])?;
    eprintln!("building ...");
    let mut bench = Bench::build(workspace, log, "instructions", &[], "")?;
    eprintln!("counting ...");
    let (mut requests, parsing) = (bench.rows(REQUESTS)?, bench.rows(PARSING)?);
    eprintln!("building lwIP as it comes ...");
    Bench::build(workspace, log, "instructions-original", &[], AS_IT_COMES)?.originals(&mut requests)?;
    eprintln!("building with the C API ...");
    let in_c = Bench::build(workspace, log, "instructions-capi", &["--features", "capi"], "")?.rows(IN_C)?;
    let mut text = INTRODUCTION.to_owned();
    plot::draw(&workspace.root().join("docs/cost.svg"), &lines(&requests))?;
    text += PLOT;
    text += "### Requests\n\n| request | this library | lwIP's own | ratio | libwebsockets |\n";
    text += &table(&requests);
    text += ORIGINALS;
    text += &original_table(&requests);
    text += "\n### Protocol machines alone\n\n| work | this library | baseline | ratio | baseline is |\n";
    text += &table(&parsing);
    text += "\n### The C API\n\nThe same echo server in C and in Rust, with the same driver.\n\n";
    text += "| message | in C | in Rust | ratio | |\n";
    text += &table(&in_c);
    let figures = requests.iter().chain(&parsing).chain(&in_c).map(Counted::figure).collect();
    Ok(Report { text, figures })
}

const INTRODUCTION: &str = "\
## Work per request

Written by `cargo xtask bench`. Instructions on x86-64, -O2, counted by callgrind: server, lwIP and heap from the arrival of a
request's first frame to the wait for the next one, without the driver and the critical sections. Both sides run on the same
lwIP with the `lwipopts.h` of this repository, assertions included. lwIP's own are `httpd` with keep-alive, which sends a
response that was made beforehand, and `tcpecho_raw` without Nagle's algorithm, which echoes TCP where we echo WebSocket
messages. libwebsockets is the SDK's, on lwIP sockets, counted before this project began, with its socket calls.

";

const ORIGINALS: &str = "
Both sides have the port's checksum and its segments. Against lwIP as it comes, with its own checksum and all segments on the heap:

| request | this library | lwIP's own as it comes | ratio |
";

const PLOT: &str = "![Instructions per request against idle connections](cost.svg)\n\n";

/// What the plot shows: the rows that were counted with several numbers of idle clients.
fn lines(requests: &[Counted]) -> Vec<Line> {
    let of = |name, colour, scenario: &str, cost: fn(&Counted) -> Option<u64>| {
        let rows = requests.iter().filter(|counted| counted.row.ours == scenario);
        let points = rows.filter_map(|counted| Some((counted.row.idle, cost(counted)?))).collect();
        Line { name, colour, points }
    };
    vec![
        of("echo 125 B, libwebsockets", RED, "ours-echo-125", |counted| counted.remark_as_number()),
        // Where two lines are one, ours is seen.
        of("GET, lwIP's httpd", CYAN, "ours-get", |counted| Some(counted.baseline)),
        of("GET, this library", BLUE, "ours-get", |counted| Some(counted.ours)),
        of("echo 125 B, this library", GREEN, "ours-echo-125", |counted| Some(counted.ours)),
        of("echo 125 B, tcpecho_raw", BLACK, "ours-echo-125", |counted| Some(counted.baseline)),
    ]
}

/// Counts scenarios.
struct Bench<'w> {
    workspace: &'w Workspace,
    log: &'w mut Log,
    program: PathBuf,
}

impl<'w> Bench<'w> {
    fn build(
        workspace: &'w Workspace,
        log: &'w mut Log,
        folder: &str,
        features: &[&str],
        defines: &str,
    ) -> Result<Self> {
        let program = super::build_instructions(workspace, log, folder, features, defines)?;
        Ok(Self { workspace, log, program })
    }

    fn rows(&mut self, rows: &'static [Row]) -> Result<Vec<Counted>> {
        let count = |row: &'static Row| {
            let (ours, baseline) = (self.cost(row.ours, row)?, self.cost(row.baseline, row)?);
            Ok(Counted { row, ours, baseline, original: None })
        };
        rows.iter().map(count).collect()
    }

    /// Adds what lwIP's own servers take here, where nobody is idle.
    fn originals(&mut self, requests: &mut [Counted]) -> Result<()> {
        for counted in requests.iter_mut().filter(|counted| counted.row.idle == 0) {
            counted.original = Some(self.cost(counted.row.baseline, counted.row)?);
        }
        Ok(())
    }

    /// What one of many costs: the difference between a run and one of twice the length.
    fn cost(&mut self, scenario: &str, row: &Row) -> Result<u64> {
        let once = self.collect(scenario, row.idle, row.count)?;
        let twice = self.collect(scenario, row.idle, 2 * row.count)?;
        Ok(twice.saturating_sub(once) / row.count)
    }

    /// The instructions of a whole run. Its profile stays in the output folder, for `callgrind_annotate`.
    fn collect(&mut self, scenario: &str, idle: u32, count: u64) -> Result<u64> {
        let output = self.workspace.output();
        let profile = output.join(format!("callgrind-{scenario}-{idle}.out"));
        let mut valgrind = self.workspace.command("valgrind");
        valgrind.arg("--tool=callgrind").arg(format!("--callgrind-out-file={}", profile.display()));
        valgrind.args(["--toggle-collect=device_at_work", "--toggle-collect=outside_the_device"]);
        valgrind.arg(&self.program);
        let (status, said) =
            self.log.output(valgrind.args([scenario, &idle.to_string(), &count.to_string()]))?;
        ensure!(status.success(), "`{scenario}` with {idle} idle clients ended with {status}");
        collected(&said).with_context(|| format!("callgrind counted nothing of `{scenario}`"))
    }
}

/// The number in callgrind's last words, `Collected : 123`.
pub(super) fn collected(said: &str) -> Option<u64> {
    let (_, number) = said.split_once("Collected :")?;
    number.split_whitespace().next()?.parse().ok().filter(|&count| count > 0)
}

/// A row, and what was counted.
struct Counted {
    row: &'static Row,
    ours: u64,
    baseline: u64,
    /// The baseline on lwIP as it comes, where that was counted.
    original: Option<u64>,
}

impl Counted {
    /// What libwebsockets takes, where that is known.
    fn remark_as_number(&self) -> Option<u64> {
        self.row.remark.replace(',', "").parse().ok()
    }

    fn ratio(&self) -> f64 {
        self.ours as f64 / self.baseline as f64
    }

    fn figure(&self) -> serde_json::Value {
        json!({
            "request": self.row.ours,
            "idle_clients": self.row.idle,
            "ours": self.ours,
            "baseline": self.baseline,
            "ratio": self.ratio(),
            "original": self.original,
        })
    }
}

fn original_table(requests: &[Counted]) -> String {
    let mut table = "| --- | ---: | ---: | ---: |\n".to_owned();
    for counted in requests {
        if let Some(original) = counted.original {
            let ratio = counted.ours as f64 / original as f64;
            let (ours, original) = (grouped(counted.ours), grouped(original));
            _ = writeln!(table, "| {} | {ours} | {original} | {ratio:.2} |", counted.row.shows);
        }
    }
    table
}

fn table(rows: &[Counted]) -> String {
    let mut table = "| --- | ---: | ---: | ---: | --- |\n".to_owned();
    for counted in rows {
        let Row { shows, remark, .. } = counted.row;
        let (ours, baseline) = (grouped(counted.ours), grouped(counted.baseline));
        _ = writeln!(table, "| {shows} | {ours} | {baseline} | {:.2} | {remark} |", counted.ratio());
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callgrinds_count_is_read() {
        assert_eq!(collected("==7== Events    : Ir\n==7== Collected : 4176847\n==7==\n"), Some(4_176_847));
        assert_eq!(collected("==7== Collected : 0\n"), None);
        assert_eq!(collected("no such scenario"), None);
    }
}
