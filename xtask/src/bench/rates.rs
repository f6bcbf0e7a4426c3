//! Requests and messages a second over a TAP interface: wrk and our own echo clients, `benches/rates` is both servers.
//!
//! Rates depend on the machine and on what else it does, and a server that was started anew is a tenth faster or slower. Both sides are
//! measured in turn, many times, each time in new processes; the median of the ratios of neighbours is what counts.

use super::Report;
use super::namespace::{Namespace, TAP};
use crate::log::Log;
use crate::process;
use crate::results::grouped;
use crate::tools::{self, C_COMPILER, CURL, IPROUTE2, LIBCLANG, WRK};
use crate::workspace::Workspace;
use anyhow::{Context, Result, anyhow, ensure};
use serde_json::json;
use std::fmt::Write;
use std::process::Stdio;
use std::time::Duration;

/// Where the device is, in the network of `InterfaceConfig::USER_NETWORK`.
const DEVICE: &str = "10.0.2.15";

/// How often each side is measured, in turn with the other.
const ROUNDS: usize = 11;

/// Length of one measurement, seconds.
const SECONDS: &str = "1";

/// Until a server answers.
const START_LIMIT: Duration = Duration::from_secs(10);

/// What is asked of both servers.
enum Load {
    /// wrk: 13 bytes, keep-alive.
    Get { connections: u32 },
    /// Ours in whole WebSocket messages, `tcpecho_raw` in plain TCP.
    Echo { bytes: u32, connections: u32 },
    /// The same, but ours sends back what has arrived, in fragments.
    Fragments { bytes: u32, connections: u32 },
}

static LOADS: &[(&str, Load)] = &[
    ("GET, 1 connection", Load::Get { connections: 1 }),
    ("GET, 4 connections", Load::Get { connections: 4 }),
    ("GET, 16 connections", Load::Get { connections: 16 }),
    ("echo 125 B, 1 connection", Load::Echo { bytes: 125, connections: 1 }),
    ("echo 125 B, 8 connections", Load::Echo { bytes: 125, connections: 8 }),
    ("echo 16 KiB, 1 connection", Load::Echo { bytes: 16_384, connections: 1 }),
    ("echo 16 KiB, 8 connections", Load::Echo { bytes: 16_384, connections: 8 }),
    ("echo 16 KiB in fragments, 1 connection", Load::Fragments { bytes: 16_384, connections: 1 }),
    ("echo 16 KiB in fragments, 8 connections", Load::Fragments { bytes: 16_384, connections: 8 }),
];

const INTRODUCTION: &str = "\
## Rates

Written by `cargo xtask bench`. Requests or messages a second over a TAP interface, one server task, x86-64, -O2: medians of eleven
runs on a machine of two cores, server and clients in turn with those of the other side. The rates say as much about the
machine as about the server; the ratio of two runs that follow each other says something: the median of these, and between which the
middle half of them lies. GET: 13 bytes, keep-alive, by wrk. Echo: each client waits for the
whole of an echo before it sends the next message; ours are WebSocket messages, `tcpecho_raw`'s plain TCP. A message that is
handled whole goes back when all of it has come; in fragments it is on its way back meanwhile, as plain TCP is.

";

#[derive(Clone, Copy)]
enum Side {
    Ours,
    Baseline,
}

impl Side {
    fn argument(self) -> &'static str {
        match self {
            Side::Ours => "ours",
            Side::Baseline => "baseline",
        }
    }

    fn protocol(self, in_fragments: bool) -> &'static str {
        match self {
            Side::Ours if in_fragments => "fragments",
            Side::Ours => "websocket",
            Side::Baseline => "tcp",
        }
    }
}

pub(super) fn measure(workspace: &Workspace, log: &mut Log) -> Result<Report> {
    tools::ensure(workspace, log, &[&C_COMPILER, &LIBCLANG, &CURL, &WRK, &IPROUTE2])?;
    eprintln!("building ...");
    let folder = workspace.output().join("rates");
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--release", "--manifest-path", "benches/rates/Cargo.toml", "--target-dir"]);
    log.run(cargo.arg(&folder))?;
    let program = folder.join("release/wm-rates").display().to_string();
    let mut bench = Bench { network: Namespace::create(workspace, log)?, log, program };
    let mut ours = vec![Vec::new(); LOADS.len()];
    let mut baseline = ours.clone();
    for round in 1..=ROUNDS {
        eprintln!("measuring, round {round} of {ROUNDS} ...");
        let mut sides = [(Side::Ours, &mut ours), (Side::Baseline, &mut baseline)];
        // Who comes first would always be the one who comes after the other's rest.
        if round.is_multiple_of(2) {
            sides.reverse();
        }
        for (side, rates) in sides {
            bench.round(side, rates)?;
        }
    }
    Ok(report(&ours, &baseline))
}

struct Bench<'w> {
    network: Namespace<'w>,
    log: &'w mut Log,
    /// `benches/rates`, both servers and the echo clients.
    program: String,
}

impl Bench<'_> {
    /// One server, all loads.
    fn round(&mut self, side: Side, rates: &mut [Vec<f64>]) -> Result<()> {
        let mut server = self.network.command(&self.program);
        server.args(["serve", side.argument(), TAP]).stdin(Stdio::null());
        server.stdout(self.log.sink()?).stderr(self.log.sink()?);
        let _server = process::Owned::spawn(&mut server).context("the server does not start")?;
        self.wait_until_it_answers()?;
        for ((_, load), rates) in LOADS.iter().zip(rates) {
            rates.push(self.rate(side, load)?);
        }
        Ok(())
    }

    fn wait_until_it_answers(&mut self) -> Result<()> {
        let mut ask = || -> Result<Option<()>> {
            let mut curl = self.network.command("curl");
            curl.args(["--silent", "--max-time", "1", "--output", "/dev/null", &format!("http://{DEVICE}/")]);
            Ok(self.log.status(&mut curl)?.success().then_some(()))
        };
        process::poll(START_LIMIT, &mut ask)?.context("the server does not answer")
    }

    fn rate(&mut self, side: Side, load: &Load) -> Result<f64> {
        let command = match *load {
            Load::Get { connections } => {
                let mut wrk = self.network.command("wrk");
                wrk.args([
                    "--threads",
                    "1",
                    "--duration",
                    SECONDS,
                    "--connections",
                    &connections.to_string(),
                ]);
                // httpd keeps a connection only for clients that ask for it.
                wrk.args(["--header", "Connection: keep-alive", &format!("http://{DEVICE}/")]);
                wrk
            }
            Load::Echo { bytes, connections } | Load::Fragments { bytes, connections } => {
                let protocol = side.protocol(matches!(load, Load::Fragments { .. }));
                let mut clients = self.network.command(&self.program);
                clients.args(["load", protocol, DEVICE, &bytes.to_string()]);
                clients.args([&connections.to_string(), SECONDS]);
                clients
            }
        };
        let mut command = command;
        let (status, said) = self.log.output(&mut command)?;
        ensure!(status.success() && !said.contains("Socket errors"), "the clients were not served: {said}");
        requests_a_second(&said).ok_or_else(|| anyhow!("no rate in: {said}"))
    }
}

/// What wrk says after `Requests/sec:`, or the one number that our clients print.
fn requests_a_second(said: &str) -> Option<f64> {
    let number = said.split_once("Requests/sec:").map_or(said, |(_, number)| number);
    number.split_whitespace().next()?.parse().ok().filter(|rate| *rate > 0.0)
}

fn report(ours: &[Vec<f64>], baseline: &[Vec<f64>]) -> Report {
    let mut text = INTRODUCTION.to_owned();
    text += "| load | this library | lwIP's own | ratio | half of the ratios |\n";
    text += "| --- | ---: | ---: | ---: | ---: |\n";
    let mut figures = Vec::new();
    for ((name, _), (ours, baseline)) in LOADS.iter().zip(ours.iter().zip(baseline)) {
        let ratios: Vec<f64> = ours.iter().zip(baseline).map(|(ours, baseline)| ours / baseline).collect();
        let [low, ratio, high] = quartiles(&ratios);
        let ([_, ours, _], [_, baseline, _]) = (quartiles(ours), quartiles(baseline));
        let (whole, whole_baseline) = (grouped(ours.round() as u64), grouped(baseline.round() as u64));
        _ = writeln!(text, "| {name} | {whole} | {whole_baseline} | {ratio:.2} | {low:.2} to {high:.2} |");
        figures.push(json!({
            "load": name, "ours": ours, "baseline": baseline, "ratio": ratio, "half_of_the_ratios": [low, high],
        }));
    }
    Report { text, figures: figures.into() }
}

/// The middle one, and those in the middle of each half.
fn quartiles(values: &[f64]) -> [f64; 3] {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    [1, 2, 3].map(|quarter| sorted.get((last * quarter + 2) / 4).copied().unwrap_or(f64::NAN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read() {
        assert_eq!(requests_a_second("1234.5\n"), Some(1234.5));
        assert_eq!(requests_a_second("  12 requests in 2s\nRequests/sec:   2250.00\nTransfer"), Some(2250.0));
        assert_eq!(requests_a_second("Requests/sec: 0.00\n"), None);
        assert_eq!(requests_a_second(""), None);
    }

    #[test]
    fn quartiles_are_in_the_middle() {
        assert_eq!(quartiles(&[5.0, 1.0, 4.0, 2.0, 3.0]), [2.0, 3.0, 4.0]);
        assert_eq!(quartiles(&[7.0]), [7.0; 3]);
    }
}
