//! What our TLS sessions cost above Mbed TLS driven directly: `benches/tls`, in instructions, which repeat, and in rates, which do not.

use super::Report;
use crate::log::Log;
use crate::results::grouped;
use crate::tools::{self, C_COMPILER, CLANG, CMAKE, LIBCLANG, VALGRIND};
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::fmt::Write;
use std::path::PathBuf;

/// Samples of each side, in turn; they take a minute.
const ROUNDS: &str = "41";

const INTRODUCTION: &str = "\
## TLS sessions

Written by `cargo xtask bench --only tls`. The server's side of connections over memory, in one process, x86-64, -O2: our sessions,
and Mbed TLS driven directly with the same build of it, heap, hook for P-256, certificate (ECDSA P-256), tickets and cache. The client is
Mbed TLS driven directly in both cases, and does not count. AES-128-GCM without AES instructions, ECDHE on P-256, because the client
offers nothing else; 1.3 resumes with a key exchange, 1.2 without. Instructions by callgrind, for each handshake with its session, record or
message; they repeat within 1 %. Rates: medians of 41 rounds in turn, on a machine that does other things too; the overhead is that of
the median of the rounds' ratios. Records are of 4 KiB, which is what this build sends. A connection that has said nothing for 250 ms is
parked: the last row has what that and waking take when every message is followed by it. Mbed TLS has nothing like it.

| version | work | instructions, ours | direct | overhead | rate, ours | direct | | overhead |
| --- | --- | ---: | ---: | ---: | ---: | ---: | --- | ---: |
";

/// Builds and measures.
pub(super) fn measure(workspace: &Workspace, log: &mut Log) -> Result<Report> {
    tools::ensure(workspace, log, &[&C_COMPILER, &CMAKE, &CLANG, &LIBCLANG, &VALGRIND])?;
    eprintln!("building ...");
    let target = workspace.output().join("tls");
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--release", "--manifest-path", "benches/tls/Cargo.toml", "--target-dir"]);
    log.run(cargo.arg(&target))?;
    let mut bench = Bench { workspace, log, program: target.join("release/wm-tls") };
    eprintln!("measuring ...");
    let rates = bench.rates()?;
    eprintln!("counting ...");
    let (mut text, mut figures) = (INTRODUCTION.to_owned(), Vec::new());
    for rate in &rates {
        let (ours, direct) = (bench.instructions("ours", rate)?, bench.instructions("direct", rate)?);
        let counted = overhead(direct as f64 / ours as f64);
        let Rate { version, work, unit, ours: fast, direct: fast_direct, ratio } = rate;
        let timed = overhead(*ratio);
        let shown = [*fast, *fast_direct].map(|rate| grouped(rate.round() as u64));
        _ = writeln!(
            text,
            "| {version} | {work} | {} | {} | {counted:.1} % | {} | {} | {unit} | {timed:.1} % |",
            grouped(ours),
            grouped(direct),
            shown[0],
            shown[1],
        );
        figures.push(json!({
            "version": version,
            "work": work,
            "instructions": { "ours": ours, "direct": direct, "overhead_percent": counted },
            "rate": { "unit": unit, "ours": fast, "direct": fast_direct, "overhead_percent": timed },
        }));
    }
    Ok(Report { text, figures: figures.into() })
}

/// By how much more ours takes, in percent to one decimal, when it does `ratio` times as much in the same time.
fn overhead(ratio: f64) -> f64 {
    // Adding zero makes 0.0 of -0.0.
    ((1.0 / ratio - 1.0) * 1000.0).round() / 10.0 + 0.0
}

/// One kind of work, timed.
#[derive(Debug, PartialEq)]
struct Rate {
    version: String,
    work: String,
    unit: String,
    ours: f64,
    direct: f64,
    ratio: f64,
}

struct Bench<'w> {
    workspace: &'w Workspace,
    log: &'w mut Log,
    program: PathBuf,
}

impl Bench<'_> {
    fn rates(&mut self) -> Result<Vec<Rate>> {
        let mut program = self.workspace.command(&self.program);
        let (status, said) = self.log.output(program.args(["compare", ROUNDS]))?;
        ensure!(status.success(), "the comparison ended with {status}");
        let rates: Vec<Rate> = said.lines().filter_map(rate).collect();
        ensure!(!rates.is_empty(), "no rates in: {said}");
        Ok(rates)
    }

    /// For each handshake, record or message.
    fn instructions(&mut self, side: &str, of: &Rate) -> Result<u64> {
        let profile = format!("callgrind-tls-{side}-{}-{}.out", of.version, of.work).replace([' ', ','], "-");
        let mut valgrind = self.workspace.command("valgrind");
        valgrind.args(["--tool=callgrind", "--toggle-collect=server_at_work"]);
        valgrind.arg(format!("--callgrind-out-file={}", self.workspace.output().join(profile).display()));
        valgrind.arg(&self.program).args([side, &of.version, &of.work]);
        let (status, said) = self.log.output(&mut valgrind)?;
        ensure!(status.success(), "{side}, {}, {}: ended with {status}", of.version, of.work);
        let count = said.lines().find_map(|line| line.strip_prefix("count\t")?.parse::<u64>().ok());
        let count = count.filter(|&count| count > 0).context("the program counts nothing")?;
        Ok(super::instructions::collected(&said).context("callgrind counted nothing")? / count)
    }
}

fn rate(line: &str) -> Option<Rate> {
    let mut fields = line.split('\t');
    let mut text = || Some(fields.next()?.to_owned());
    let (version, work, unit) = (text()?, text()?, text()?);
    let mut number = || text()?.parse().ok();
    Some(Rate { version, work, unit, ours: number()?, direct: number()?, ratio: number()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_read() {
        let found = rate("TLS 1.3\techo 125 B\t1/s\t100.5\t201\t0.5").expect("a rate");
        assert_eq!((found.work.as_str(), found.unit.as_str()), ("echo 125 B", "1/s"));
        assert_eq!((found.ours, found.direct, overhead(found.ratio)), (100.5, 201.0, 100.0));
        assert_eq!(rate("TLS 1.3\techo 125 B"), None);
    }
}
