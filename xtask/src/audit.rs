//! `cargo xtask audit`: what testssl.sh and cryptolyzer find on the demo over TLS, and whether there is a reason for it.
//!
//! Neither trusts what a server says of itself: they offer each version and cipher suite, and try the known attacks. It takes two
//! minutes, so it is no step of `cargo xtask test`.

mod cryptolyzer;
mod testssl;

use crate::judges::tls;
use crate::log::Log;
use crate::results;
use crate::tools::{self, C_COMPILER, CLANG, CMAKE, LIBCLANG, PYTHON, TESTSSL};
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use clap::Args;
use std::fmt::Write;
use std::path::PathBuf;

/// Where to write the result besides docs/RESULTS.md.
#[derive(Args)]
pub(crate) struct Options {
    /// Also write the tables to this file, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What a tool looked at, and what it did not like.
struct Opinion {
    tool: &'static str,
    /// Things that it looked at.
    checks: usize,
    findings: Vec<Finding>,
}

/// Something above informational.
#[derive(Clone, Debug, PartialEq)]
struct Finding {
    /// As the tool calls it.
    id: String,
    severity: String,
    says: String,
}

/// A finding that stays, and why. Everything else fails the audit.
struct Accepted {
    tool: &'static str,
    id: &'static str,
    why: &'static str,
}

const OF_THE_CERTIFICATE: &str = "the certificate for development, which a product replaces by its own";
const OF_THE_APPLICATION: &str =
    "the application's to send, which knows whether its pages may be reached without TLS and be framed";

static ACCEPTED: &[Accepted] = &[
    accepted(testssl::NAME, "cert_chain_of_trust", OF_THE_CERTIFICATE),
    accepted(testssl::NAME, "cert_validityPeriod", OF_THE_CERTIFICATE),
    accepted(testssl::NAME, "cert_revocation", OF_THE_CERTIFICATE),
    accepted(testssl::NAME, "DNS_CAArecord", "an address on this machine has no name, and so no CAA record"),
    accepted(
        testssl::NAME,
        "engine_problem",
        "of testssl.sh's own OpenSSL, which offers no GOST; the server has none to agree on",
    ),
    accepted(testssl::NAME, "HSTS", OF_THE_APPLICATION),
    accepted(testssl::NAME, "security_headers", OF_THE_APPLICATION),
    accepted(
        cryptolyzer::NAME,
        "versions.inappropriate_version_fallback",
        "Mbed TLS 3 has no TLS_FALLBACK_SCSV (RFC 7507); a client that knows TLS 1.3 sees the fallback in the server's random \
         (RFC 8446 section 4.1.3)",
    ),
];

const fn accepted(tool: &'static str, id: &'static str, why: &'static str) -> Accepted {
    Accepted { tool, id, why }
}

/// Audits, prints, writes; an error names the findings that nobody gave a reason for.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let mut log = Log::create(workspace.output().join("audit.log"))?;
    let opinions = audit(workspace, &mut log)
        .with_context(|| format!("the audit failed; details are in {}", log.path().display()))?;
    let text = report(&opinions);
    println!("{text}");
    if let Some(path) = &options.json {
        results::write_json(path, &results::tables(&text))?;
    }
    let unexplained = unexplained(&opinions);
    ensure!(
        unexplained.is_empty(),
        "mend what was found, or give a reason for it in xtask/src/audit.rs:\n{}",
        unexplained.join("\n")
    );
    results::write(workspace, "audit", &text)
}

fn audit(workspace: &Workspace, log: &mut Log) -> Result<Vec<Opinion>> {
    tools::ensure(workspace, log, &[&C_COMPILER, &CMAKE, &CLANG, &LIBCLANG, &PYTHON, &TESTSSL])?;
    eprintln!("starting the demo ...");
    let (server, address) = tls::start(workspace, log, "demo")?;
    eprintln!("asking cryptolyzer ...");
    let second = cryptolyzer::opinion(workspace, log, address)?;
    eprintln!("asking testssl.sh ...");
    let first = testssl::opinion(workspace, log, address)?;
    server.stop()?;
    Ok(vec![first, second])
}

/// The reason for a finding, if there is one.
fn reason(tool: &str, finding: &Finding) -> Option<&'static str> {
    let known = ACCEPTED.iter().find(|accepted| accepted.tool == tool && accepted.id == finding.id);
    known.map(|accepted| accepted.why)
}

fn unexplained(opinions: &[Opinion]) -> Vec<String> {
    let findings = opinions.iter().flat_map(|opinion| {
        opinion
            .findings
            .iter()
            .filter(|finding| reason(opinion.tool, finding).is_none())
            .map(|Finding { id, severity, says }| format!("{}: {id}, {severity}: {says}", opinion.tool))
    });
    findings.collect()
}

const INTRODUCTION: &str = "\
## TLS audit

Written by `cargo xtask audit`: testssl.sh and cryptolyzer on the demo over HTTPS, on this machine, with the certificate for development.
A finding above informational fails it unless `xtask/src/audit.rs` has the reason why it stays.

| tool | checks | findings | without a reason |
| --- | ---: | ---: | ---: |
";

fn report(opinions: &[Opinion]) -> String {
    let mut text = INTRODUCTION.to_owned();
    for Opinion { tool, checks, findings } in opinions {
        let unexplained = findings.iter().filter(|finding| reason(tool, finding).is_none()).count();
        _ = writeln!(text, "| {tool} | {checks} | {} | {unexplained} |", findings.len());
    }
    text += "\n| finding | by | severity | why it stays |\n| --- | --- | --- | --- |\n";
    for Opinion { tool, findings, .. } in opinions {
        for finding in findings {
            let why = reason(tool, finding).unwrap_or("**no reason**");
            _ = writeln!(text, "| `{}` | {tool} | {} | {why} |", finding.id, finding.severity);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_reason_is_named() {
        let finding =
            |id: &str| Finding { id: id.to_owned(), severity: "LOW".to_owned(), says: "no".to_owned() };
        let findings = vec![finding("HSTS"), finding("RC4")];
        let opinions = [Opinion { tool: testssl::NAME, checks: 3, findings }];
        assert_eq!(unexplained(&opinions), ["testssl.sh: RC4, LOW: no"]);
        assert!(report(&opinions).contains("| testssl.sh | 3 | 2 | 1 |"));
    }
}
