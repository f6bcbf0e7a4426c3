//! Heap bytes per idle connection, by owner: `benches/instructions` with its feature `heap-by-owner`, on this machine.

use super::Report;
use crate::log::Log;
use crate::results::grouped;
use crate::tools::{self, C_COMPILER, LIBCLANG};
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::fmt::Write;

const CONNECTIONS: [u64; 4] = [1, 8, 32, 100];

/// What the connections are, as `benches/instructions` calls it. httpd gives up connections that say nothing, so it has no row.
static KINDS: &[(&str, &str)] = &[
    ("HTTP, keep-alive", "heap-ours-get"),
    ("WebSocket", "heap-ours-echo-125"),
    ("TCP, `tcpecho_raw`", "heap-baseline-echo-125"),
];

const INTRODUCTION: &str = "\
## Heap of idle connections

Written by `cargo xtask bench --only heap`. Bytes on x86-64 (pointers of 8 bytes), as they were asked for, without the allocator's
overhead: above those with no connection, a second after the last request. *lwIP* is its PCB, and for `tcpecho_raw` that server's own
state too. A table of 12 to 24 bytes for each possible connection is there from the start and does not count.

| connections | owner | 1 | 8 | 32 | 100 | each |
| --- | --- | ---: | ---: | ---: | ---: | ---: |
";

/// Bytes held, of ours and of lwIP's.
type Held = [u64; 2];

/// Builds and measures.
pub(super) fn measure(workspace: &Workspace, log: &mut Log) -> Result<Report> {
    tools::ensure(workspace, log, &[&C_COMPILER, &LIBCLANG])?;
    eprintln!("building ...");
    let features = ["--no-default-features", "--features", "heap-by-owner"];
    let path = super::build_instructions(workspace, log, "heap", &features, "")?;
    let mut held = |scenario: &str, connections: u64| -> Result<Held> {
        let mut program = workspace.command(&path);
        let (status, said) = log.output(program.args([scenario, "0", &connections.to_string()]))?;
        ensure!(status.success(), "`{scenario}` with {connections} connections ended with {status}");
        parsed(&said).with_context(|| format!("no bytes in: {said}"))
    };
    let (mut text, mut figures) = (INTRODUCTION.to_owned(), Vec::new());
    for (kind, scenario) in KINDS {
        let none = held(scenario, 0)?;
        let some = CONNECTIONS.map(|count| held(scenario, count));
        let some = some.into_iter().collect::<Result<Vec<Held>>>()?;
        for (owner, index) in [("ours", 0), ("lwIP", 1)] {
            let bytes: Vec<u64> = some.iter().map(|held| held[index].saturating_sub(none[index])).collect();
            text += &row(kind, owner, &bytes);
            figures.push(figure(kind, owner, &bytes));
        }
    }
    Ok(Report { text, figures: figures.into() })
}

fn parsed(said: &str) -> Option<Held> {
    let (ours, lwip) = said.trim().split_once(' ')?;
    Some([ours.parse().ok()?, lwip.parse().ok()?])
}

/// Bytes for each further connection, from the fewest to the most.
fn slope(bytes: &[u64]) -> f64 {
    let (first, last) = (bytes[0] as f64, bytes[bytes.len() - 1] as f64);
    (last - first) / (CONNECTIONS[CONNECTIONS.len() - 1] - CONNECTIONS[0]) as f64
}

fn row(kind: &str, owner: &str, bytes: &[u64]) -> String {
    let mut row = format!("| {kind} | {owner} |");
    for &count in bytes {
        _ = write!(row, " {} |", grouped(count));
    }
    _ = writeln!(row, " {:.0} |", slope(bytes));
    row
}

fn figure(kind: &str, owner: &str, bytes: &[u64]) -> Value {
    json!({ "kind": kind, "owner": owner, "connections": CONNECTIONS, "bytes": bytes, "each": slope(bytes) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_and_a_slope_is_drawn() {
        assert_eq!(parsed("4042 56\n"), Some([4042, 56]));
        assert_eq!(parsed("4042"), None);
        assert_eq!(slope(&[288, 2304, 9216, 28_800]), 288.0);
    }
}
