//! The parsers in cycles per byte: `benches/parsers`, by criterion.

use super::Report;
use crate::log::Log;
use crate::tools::{self, C_COMPILER, LIBCLANG};
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs;
use std::path::Path;

const INTRODUCTION: &str = "\
## Parsers

Written by `cargo xtask bench --only parsers`: criterion's median of one noisy run on this machine, cycles of the time stamp counter.

| work | by | bytes | cycles | cycles per byte |
| --- | --- | ---: | ---: | ---: |
";

/// One benchmark's result.
struct Measured {
    group: String,
    function: String,
    bytes: u64,
    cycles: f64,
}

impl Measured {
    fn per_byte(&self) -> f64 {
        self.cycles / self.bytes as f64
    }
}

/// Builds and measures.
pub(super) fn measure(workspace: &Workspace, log: &mut Log) -> Result<Report> {
    tools::ensure(workspace, log, &[&C_COMPILER, &LIBCLANG])?;
    eprintln!("building and measuring ...");
    let target = workspace.output().join("parsers");
    let found = target.join("criterion");
    let mut cargo = workspace.cargo();
    cargo.args(["bench", "--manifest-path", "benches/parsers/Cargo.toml", "--target-dir"]).arg(&target);
    log.run(cargo.env("CRITERION_HOME", &found))?;
    let mut measured = Vec::new();
    for group in fs::read_dir(&found)? {
        for function in fs::read_dir(group?.path())? {
            let folder = function?.path().join("new");
            if folder.join("benchmark.json").is_file() {
                measured.push(read(&folder).with_context(|| format!("{}", folder.display()))?);
            }
        }
    }
    measured.sort_by(|one, other| (&one.group, &other.function).cmp(&(&other.group, &one.function)));
    let mut text = INTRODUCTION.to_owned();
    for each in &measured {
        let Measured { group, function, bytes, cycles } = each;
        let bytes = crate::results::grouped(*bytes);
        let cycles = crate::results::grouped(*cycles as u64);
        _ = writeln!(text, "| {group} | {function} | {bytes} | {cycles} | {:.2} |", each.per_byte());
    }
    Ok(Report { text, figures: measured.iter().map(figure).collect() })
}

/// What criterion left in a folder.
fn read(folder: &Path) -> Result<Measured> {
    let parsed = |name| -> Result<Value> { Ok(serde_json::from_slice(&fs::read(folder.join(name))?)?) };
    let (benchmark, estimates) = (parsed("benchmark.json")?, parsed("estimates.json")?);
    let text = |name: &str| benchmark[name].as_str().map(str::to_owned).context("no name");
    Ok(Measured {
        group: text("group_id")?,
        function: text("function_id")?,
        bytes: benchmark["throughput"]["Bytes"].as_u64().context("no bytes")?,
        cycles: estimates["median"]["point_estimate"].as_f64().context("no median")?,
    })
}

fn figure(measured: &Measured) -> Value {
    json!({
        "work": measured.group,
        "by": measured.function,
        "bytes": measured.bytes,
        "cycles": measured.cycles,
        "cycles_per_byte": measured.per_byte(),
    })
}
