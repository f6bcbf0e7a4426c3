//! kosoku: the case files of the Autobahn test suite.

use crate::address::Address;
use crate::judges::python;
use crate::judges::servers::Silent;
use crate::log::Log;
use crate::server::Server;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Some sections of the suite, and the server that they are run against.
pub(crate) struct Run {
    name: &'static str,
    sections: &'static [&'static str],
    /// How many cases these sections have: a report with fewer is no proof.
    cases: usize,
}

pub(crate) const DEFAULT_LIMITS: Run = Run {
    name: "default-limits",
    // Section 8 is reserved: it has no cases.
    sections: &["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"],
    cases: 247,
};

/// Section 9 writes whole messages of up to 16 MiB before it reads: they have to be assembled.
pub(crate) const WHOLE_MESSAGES: Run = Run { name: "whole-messages", sections: &["9.*"], cases: 54 };

/// Compression: the smaller messages, whole and in fragments, and each way to negotiate. Sizes 1 of section 13, and all texts of sections
/// 12.2 and 12.5, fail within kosoku ("Strings must be encoded before hashing").
const COMPRESSION: Run = Run {
    name: "compression",
    sections: &[
        "12.1.3", "12.1.6", "12.1.9", "12.1.12", "12.3.3", "12.3.6", "12.3.12", "12.4.3", "12.4.6",
        "12.4.12", "13.*.2", "13.*.5", "13.*.7",
    ],
    cases: 31,
};

/// The same of a client: a process for each case.
const CLIENT_COMPRESSION: Run =
    Run { name: "compression", sections: &["12.1.6", "12.3.3", "12.4.12", "13.*.5"], cases: 10 };

/// What a board is asked: framing, control frames, fragmentation, UTF-8, closing.
pub(crate) const BOARD: Run =
    Run { name: "board", sections: &["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*"], cases: 246 };

/// The same over TLS.
pub(crate) const TLS: Run = Run { name: "tls", ..BOARD };

/// The same of a program in C on another processor.
pub(crate) const W800: Run = Run { name: "w800", ..BOARD };

/// Each run, and the options of the example `websocket_server` for it.
const RUNS: &[(Run, &[&str])] = &[(DEFAULT_LIMITS, &["-q"]), (WHOLE_MESSAGES, WHOLE)];

/// The options of both examples for whole messages, which may be compressed.
const WHOLE: &[&str] = &["-q", "--assemble", "16777216"];

/// The device's connections are few; two cases at a time keep both cores of a small machine busy.
const PARALLELISM: &str = "2";

/// Cases that have no right or wrong answer.
const INFORMATIONAL: &[&str] = &["7.1.6", "7.13.1", "7.13.2"];

/// Sections 1 to 10, and of 12 and 13 what is quick: every case OK.
pub(crate) fn judge(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    for (run, options) in RUNS.iter().chain(&[(COMPRESSION, WHOLE)]) {
        let server = Server::start(workspace, log, "websocket_server", options)?;
        run.against(workspace, log, server.address())?;
        server.stop()?;
    }
    Ok(Outcome::Passed)
}

/// The same with our client, which kosoku serves: every case OK.
pub(crate) fn judge_client(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    log.run(workspace.cargo_for_all("build").args(["--example", CLIENT]))?;
    for (run, options) in RUNS.iter().chain(&[(CLIENT_COMPRESSION, WHOLE)]) {
        run.serve(workspace, log, options)?;
    }
    Ok(Outcome::Passed)
}

/// The example that is the client.
const CLIENT: &str = "websocket_client";

impl Run {
    /// Every case of these sections is OK with the client, which is started once for each: one that dies takes one case along.
    fn serve(&self, workspace: &Workspace, log: &mut Log, options: &[&str]) -> Result<()> {
        let programs = python::environment(workspace, log)?;
        let address = Address::free()?;
        let report = workspace.output().join("kosoku").join(format!("client-{}", self.name));
        let _ = fs::remove_dir_all(&report);
        let mut kosoku = workspace.command(programs.join("kosoku"));
        kosoku.args(["--mode", "fuzzingserver", "--outdir"]).arg(&report);
        kosoku.args(self.sections.iter().flat_map(|section| ["--include", section]));
        kosoku.arg(address.authority());
        let suite = Silent::spawn(kosoku, log, address)?;
        let cases = (1..=self.cases).map(|case| format!("/runCase?case={case}&agent=wm-websockets"));
        for path in cases.chain(["/updateReports?agent=wm-websockets".to_owned()]) {
            let mut client = workspace.example(CLIENT);
            client.arg("--echo").args(options).arg(address.seen_by_device("ws", &path));
            // Its exit code says less than the report.
            log.status(&mut client)?;
        }
        suite.end()?;
        verdict(&read(&report.join("index.json"))?, self.cases)
    }

    /// Every case of these sections is OK with the echo server at `address`.
    pub(crate) fn against(&self, workspace: &Workspace, log: &mut Log, address: Address) -> Result<()> {
        let (mut kosoku, report) = self.command(workspace, log, &[])?;
        // Its exit code says less than its report.
        log.status(kosoku.arg(address.authority()))?;
        verdict(&read(&report.join("index.json"))?, self.cases)
    }

    /// The same with a server that speaks TLS, whose certificate `authority` is.
    pub(crate) fn through_tls(
        &self,
        workspace: &Workspace,
        log: &mut Log,
        address: Address,
        authority: &Path,
    ) -> Result<()> {
        let programs = python::environment(workspace, log)?;
        let relay = workspace.clients().join("tls_relay.py").display().to_string();
        let python = programs.join("python").display().to_string();
        let authority = authority.display().to_string();
        let (mut kosoku, report) =
            self.command(workspace, log, &[&python, &relay, &address.authority(), &authority])?;
        log.status(kosoku.arg("ADDRESS"))?;
        verdict(&read(&report.join("index.json"))?, self.cases)
    }

    /// kosoku, perhaps behind another program, and where it leaves its report.
    fn command(&self, workspace: &Workspace, log: &mut Log, before: &[&str]) -> Result<(Command, PathBuf)> {
        let kosoku = python::environment(workspace, log)?.join("kosoku");
        let report = workspace.output().join("kosoku").join(self.name);
        // An older report must not speak for this run.
        let _ = fs::remove_dir_all(&report);
        let mut command = match before.split_first() {
            None => workspace.command(&kosoku),
            Some((program, arguments)) => {
                let mut command = workspace.command(program);
                command.args(arguments).arg(&kosoku);
                command
            }
        };
        command.args(["--mode", "fuzzingclient", "--parallelism", PARALLELISM, "--outdir"]).arg(&report);
        command.args(self.sections.iter().flat_map(|section| ["--include", section]));
        Ok((command, report))
    }
}

fn read(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| format!("kosoku left no {}", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}

/// Checks a report: agent -> case -> behavior.
fn verdict(report: &Value, expected_cases: usize) -> Result<()> {
    let agents = report.as_object().context("kosoku's index.json is not an object")?;
    let cases: Vec<(&String, &Value)> = agents.values().filter_map(Value::as_object).flatten().collect();
    ensure!(cases.len() == expected_cases, "{} of {expected_cases} cases were run", cases.len());
    let bad: Vec<String> = cases.iter().filter_map(|(case, result)| complaint(case, result)).collect();
    if bad.is_empty() {
        return Ok(());
    }
    bail!("{} of {expected_cases} cases are not OK\n{}", bad.len(), bad.join("\n"))
}

/// A line of the table of bad cases; `None` for a good one.
fn complaint(case: &str, result: &Value) -> Option<String> {
    let field = |name: &str| result[name].as_str().unwrap_or("missing").to_owned();
    let (behavior, close) = (field("behavior"), field("behaviorClose"));
    let is_good = |word: &str| word == "OK" || (word == "INFORMATIONAL" && INFORMATIONAL.contains(&case));
    (!is_good(&behavior) || !is_good(&close)).then(|| {
        format!("  {case:<8} behavior {behavior:<14} close {close:<14} code {}", result["remoteCloseCode"])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn report(case: &str, behavior: &str, close: &str) -> Value {
        json!({"server": {case: {"behavior": behavior, "behaviorClose": close, "remoteCloseCode": 1000}}})
    }

    #[test]
    fn ok_is_the_only_good_word() {
        assert!(verdict(&report("1.1.1", "OK", "OK"), 1).is_ok());
        for word in
            ["NON-STRICT", "FAILED", "ERROR", "WRONG CODE", "UNCLEAN", "INFORMATIONAL", "UNIMPLEMENTED"]
        {
            assert!(verdict(&report("1.1.1", word, "OK"), 1).is_err(), "{word}");
            assert!(verdict(&report("1.1.1", "OK", word), 1).is_err(), "close {word}");
        }
    }

    #[test]
    fn some_cases_only_inform() {
        assert!(verdict(&report("7.1.6", "INFORMATIONAL", "INFORMATIONAL"), 1).is_ok());
        assert!(verdict(&report("7.1.6", "FAILED", "OK"), 1).is_err());
    }

    #[test]
    fn cases_that_were_not_run_are_no_proof() {
        assert!(verdict(&json!({}), 1).is_err());
        assert!(verdict(&report("1.1.1", "OK", "OK"), 2).is_err());
    }
}
