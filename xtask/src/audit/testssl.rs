//! testssl.sh: each check has a severity.

use super::{Finding, Opinion};
use crate::address::Address;
use crate::log::Log;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs;

pub(super) const NAME: &str = "testssl.sh";

/// Fewer checks than this, and it did not get to the end.
const EXPECTED: usize = 100;

pub(super) fn opinion(workspace: &Workspace, log: &mut Log, address: Address) -> Result<Opinion> {
    let report = workspace.output().join("testssl.json");
    // It does not write over an old one.
    drop(fs::remove_file(&report));
    let mut testssl = workspace.command("testssl");
    testssl.args(["--quiet", "--warnings", "batch", "--color", "0", "--jsonfile"]).arg(&report);
    // Its exit code counts findings.
    log.status(testssl.arg(address.authority()))?;
    let text = fs::read(&report).with_context(|| format!("{NAME} wrote no report"))?;
    read(&serde_json::from_slice(&text).with_context(|| format!("{}", report.display()))?)
}

fn read(report: &Value) -> Result<Opinion> {
    let checks = report.as_array().context("the report is no list")?;
    ensure!(checks.len() >= EXPECTED, "{NAME} made {} checks only", checks.len());
    let text = |check: &Value, key: &str| check[key].as_str().unwrap_or_default().to_owned();
    let findings = checks
        .iter()
        .map(|check| Finding {
            id: text(check, "id"),
            severity: text(check, "severity"),
            says: text(check, "finding"),
        })
        .filter(|finding| !["OK", "INFO"].contains(&finding.severity.as_str()));
    Ok(Opinion { tool: NAME, checks: checks.len(), findings: findings.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_above_informational_is_found() {
        let check = |severity: &str| json!({ "id": "RC4", "severity": severity, "finding": "offered" });
        let mut checks = vec![check("OK"); EXPECTED];
        checks.extend([check("INFO"), check("WARN"), check("HIGH")]);
        let opinion = read(&checks.into()).expect("a report");
        let severities: Vec<_> = opinion.findings.iter().map(|finding| finding.severity.as_str()).collect();
        assert_eq!((opinion.checks, severities), (EXPECTED + 3, vec!["WARN", "HIGH"]));
        assert!(read(&json!([check("OK")])).is_err());
    }
}
