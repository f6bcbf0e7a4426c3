//! wrk: load, and not one socket error.

use crate::address::Address;
use crate::log::Log;
use crate::server::Server;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};

/// Keep-alive connections, then a new connection for each request.
const LOADS: &[&[&str]] = &[&[], &["--header", "Connection: close"]];

/// Eight clients for a few seconds against the HTTP example.
pub(crate) fn judge(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let server = Server::start(workspace, log, "http_server_post", &["-q"])?;
    load(workspace, log, server.address())?;
    server.stop()?;
    Ok(Outcome::Passed)
}

/// The same against whoever serves pages at `address`.
pub(crate) fn load(workspace: &Workspace, log: &mut Log, address: Address) -> Result<()> {
    for options in LOADS {
        let mut wrk = workspace.command("wrk");
        wrk.args(["--threads", "1", "--connections", "8", "--duration", "4s"]).args(*options);
        let (status, report) = log.output(wrk.arg(address.http("/")))?;
        ensure!(status.success(), "wrk ended with {status}");
        verdict(&report)?;
    }
    Ok(())
}

/// wrk mentions errors only when there were some.
fn verdict(report: &str) -> Result<()> {
    let line = |start: &str| report.lines().map(str::trim).find(|line| line.starts_with(start));
    for trouble in ["Socket errors", "Non-2xx"] {
        if let Some(line) = line(trouble) {
            anyhow::bail!("wrk: {line}");
        }
    }
    let rate = line("Requests/sec:").context("wrk reported no rate")?;
    let rate: f64 = rate.trim_start_matches("Requests/sec:").trim().parse()?;
    ensure!(rate > 0.0, "wrk was not served at all");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_and_silence_fail() {
        let good = "  9000 requests in 4.00s, 1MB read\nRequests/sec:   2250.00\n";
        assert!(verdict(good).is_ok());
        assert!(verdict("Requests/sec: 0.00").is_err());
        assert!(verdict("").is_err());
        assert!(verdict(&format!("  Socket errors: connect 0, read 3, write 0, timeout 0\n{good}")).is_err());
        assert!(verdict(&format!("  Non-2xx or 3xx responses: 7\n{good}")).is_err());
    }
}
