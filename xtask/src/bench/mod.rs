//! `cargo xtask bench`: what a request costs, ours beside lwIP's own servers on the same lwIP, printed and written to
//! docs/RESULTS.md: instructions and heap, which repeat exactly; parsers and rates, which are of one noisy run; TLS sessions, both.

mod heap;
mod instructions;
mod namespace;
mod parsers;
mod plot;
mod rates;
mod tls;

use crate::log::Log;
use crate::results;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// What to measure, and where to write it besides docs/RESULTS.md.
#[derive(Args)]
pub(crate) struct Options {
    /// Only this part
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Also write the figures to this file, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Instructions per request, by callgrind
    Instructions,
    /// Bytes of heap per idle connection, by owner
    Heap,
    /// The parsers in cycles per byte
    Parsers,
    /// What TLS sessions cost above Mbed TLS driven directly
    Tls,
    /// Requests and messages a second, over a TAP interface in a network namespace (needs root)
    Rates,
}

/// A section of docs/RESULTS.md, and the same as JSON.
struct Report {
    text: String,
    figures: serde_json::Value,
}

/// Builds, measures, prints, writes.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let wanted = |part| options.only.is_none_or(|only| only == part);
    let mut figures = json!({});
    if wanted(Part::Instructions) {
        figures["instructions"] = section(workspace, "bench", instructions::measure)?;
    }
    if wanted(Part::Heap) {
        figures["heap"] = section(workspace, "heap", heap::measure)?;
    }
    if wanted(Part::Parsers) {
        figures["parsers"] = section(workspace, "parsers", parsers::measure)?;
    }
    if wanted(Part::Tls) {
        figures["tls"] = section(workspace, "tls", tls::measure)?;
    }
    if wanted(Part::Rates) {
        figures["rates"] = section(workspace, "rates", rates::measure)?;
    }
    if let Some(path) = &options.json {
        results::write_json(path, &figures)?;
    }
    Ok(())
}

fn section(
    workspace: &Workspace,
    name: &str,
    measure: fn(&Workspace, &mut Log) -> Result<Report>,
) -> Result<serde_json::Value> {
    let mut log = Log::create(workspace.output().join(format!("{name}.log")))?;
    let report = measure(workspace, &mut log)
        .with_context(|| format!("the measurement failed; details are in {}", log.path().display()))?;
    println!("{}", report.text);
    results::write(workspace, name, &report.text)?;
    Ok(report.figures)
}

/// Builds `benches/instructions` in a folder of the output, for its features make different programs, and says where the program is.
fn build_instructions(
    workspace: &Workspace,
    log: &mut Log,
    folder: &str,
    features: &[&str],
    defines: &str,
) -> Result<PathBuf> {
    let target = workspace.output().join(folder);
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--release", "--manifest-path", "benches/instructions/Cargo.toml"]);
    cargo.args(features).arg("--target-dir").arg(&target);
    // A hundred idle clients and a busy one, and what is left of those before.
    log.run(cargo.env("LWIP_DEFINES", format!("MEMP_NUM_TCP_PCB=160 {defines}")))?;
    Ok(target.join("release/wm-instructions"))
}
