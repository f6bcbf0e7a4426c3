//! cryptolyzer: what a server offers, and which weaknesses that is known for. It has no severities, but says true of a weakness.

use super::{Finding, Opinion};
use crate::address::Address;
use crate::judges::python;
use crate::log::Log;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::fs;

pub(super) const NAME: &str = "cryptolyzer";

pub(super) fn opinion(workspace: &Workspace, log: &mut Log, address: Address) -> Result<Opinion> {
    let report = workspace.output().join("cryptolyzer.json");
    python::run(workspace, log, "tls_audit.py", address, &[&report.display().to_string()])?;
    let text = fs::read(&report).with_context(|| format!("{NAME} wrote no report"))?;
    read(&serde_json::from_slice(&text).with_context(|| format!("{}", report.display()))?)
}

fn read(report: &Value) -> Result<Opinion> {
    let mut found = Found::default();
    found.look("", report);
    found.offer(report);
    ensure!(found.checks > 0, "{NAME} looked at nothing");
    Ok(Opinion { tool: NAME, checks: found.checks, findings: found.findings })
}

#[derive(Default)]
struct Found {
    checks: usize,
    findings: Vec<Finding>,
}

impl Found {
    fn check(&mut self, id: &str, is_good: bool, says: &Value) {
        self.checks += 1;
        if !is_good {
            let severity = "weak".to_owned();
            self.findings.push(Finding { id: id.to_owned(), severity, says: says.to_string() });
        }
    }

    /// What is called weak anywhere: `{"value": true}`, and lists of vulnerabilities that are not empty.
    fn look(&mut self, path: &str, value: &Value) {
        if let Some(vulnerable) = value["value"].as_bool() {
            self.check(path, !vulnerable, value);
        }
        if let Some(known) = value["vulnerabilities"].as_array() {
            self.check(path, known.is_empty(), value);
        }
        let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        match value {
            // The same once more.
            Value::Object(members) => {
                members
                    .iter()
                    .filter(|(key, _)| path != "vulns" || *key != "versions")
                    .for_each(|(key, member)| self.look(&below(key), member));
            }
            Value::Array(members) => members.iter().for_each(|member| self.look(path, member)),
            _ => {}
        }
    }

    /// What it lists without an opinion: versions from 1.2 on, cipher suites with authentication (AEAD) and forward secrecy, of
    /// which the server chooses in TLS 1.2.
    fn offer(&mut self, report: &Value) {
        let versions = &report["versions"]["versions"];
        self.check("versions.versions", *versions == json!(["tls1_2", "tls1_3"]), versions);
        for offer in report["ciphers"].as_array().into_iter().flatten() {
            for suite in offer["cipher_suites"].as_array().into_iter().flatten() {
                self.check("ciphers.cipher_suites", suite.as_str().is_some_and(is_modern), suite);
            }
            let is_tls12 = offer["target"]["proto_version"] == "tls1_2";
            let chooses = &offer["cipher_suite_preference"];
            self.check("ciphers.cipher_suite_preference", !is_tls12 || *chooses == true, chooses);
        }
    }
}

fn is_modern(suite: &str) -> bool {
    let (exchange, cipher) = suite.split_once("_WITH_").unwrap_or(("TLS_ECDHE", suite));
    let is_aead = ["_GCM_", "_CCM", "_CHACHA20_POLY1305_"].iter().any(|aead| cipher.contains(aead));
    exchange.starts_with("TLS_ECDHE") && (is_aead || cipher.starts_with("CHACHA20_POLY1305_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weaknesses_are_found_wherever_they_are() {
        let report = json!({
            "versions": { "versions": ["tls1_2", "tls1_3"], "inappropriate_version_fallback": { "value": true } },
            "ciphers": [{
                "target": { "proto_version": "tls1_2" },
                "cipher_suites": ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA"],
                "cipher_suite_preference": true,
            }],
            "pubkeys": [{ "size": { "gradeables": [{ "vulnerabilities": ["short"] }], "value": 256 } }],
            "vulns": { "ciphers": { "rc4": { "value": false } }, "versions": { "inappropriate_version_fallback": { "value": true } } },
        });
        let opinion = read(&report).expect("a report");
        let mut ids: Vec<_> = opinion.findings.iter().map(|finding| finding.id.as_str()).collect();
        ids.sort_unstable();
        assert_eq!(
            ids,
            ["ciphers.cipher_suites", "pubkeys.size.gradeables", "versions.inappropriate_version_fallback"]
        );
        assert_eq!(opinion.checks, 7);
    }

    #[test]
    fn modern_suites_are_known() {
        for suite in [
            "TLS_AES_128_GCM_SHA256",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        ] {
            assert!(is_modern(suite), "{suite}");
        }
        for suite in ["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256"] {
            assert!(!is_modern(suite), "{suite}");
        }
    }
}
