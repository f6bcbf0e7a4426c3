//! slowhttptest: clients that take their time hold a place no longer than the limits say.

use crate::address::Address;
use crate::log::Log;
use crate::server::Server;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::process::Command;

/// A way to be slow.
struct Attack {
    name: &'static str,
    path: &'static str,
    options: &'static [&'static str],
    /// slowhttptest sees its connections end. Who does not read does not.
    sees_the_end: bool,
}

/// Clients of one attack; the demo serves 64.
const CLIENTS: &str = "40";

static ATTACKS: &[Attack] = &[
    // A line every three seconds: the whole head has ten.
    Attack { name: "heads", path: "/", options: &["-H", "-i", "3", "-l", "40"], sees_the_end: true },
    // A pause of thirty seconds: a body may pause for twenty.
    Attack {
        name: "bodies",
        path: "/jsontest",
        options: &["-B", "-i", "30", "-s", "8192", "-l", "60"],
        sees_the_end: true,
    },
    // Ten pages each, and not a byte read: a connection may wait, or idle, for sixty seconds.
    Attack {
        name: "readers",
        path: "/",
        options: &["-X", "-w", "1", "-y", "2", "-z", "1", "-n", "90", "-k", "10", "-l", "70"],
        sees_the_end: false,
    },
];

/// All attacks at once, each on a demo of its own.
pub(crate) fn judge(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let start = |_attack| Server::start(workspace, log, "demo", &["-q"]);
    let servers: Vec<Server> = ATTACKS.iter().map(start).collect::<Result<_>>()?;
    let command = |(attack, server): (&Attack, &Server)| attack.command(workspace, server.address());
    let mut commands: Vec<Command> = ATTACKS.iter().zip(&servers).map(command).collect();
    let reports = log.outputs_together(&mut commands)?;
    for ((attack, server), report) in ATTACKS.iter().zip(servers).zip(reports) {
        attack.verdict(&report).with_context(|| format!("slow {}", attack.name))?;
        let (_, counters) = log.output(workspace.command("curl").arg(server.address().http("/counters")))?;
        // The one is curl's.
        ensure!(counters.contains("\"connections\": 1,"), "slow {} still hold their places", attack.name);
        server.stop()?;
    }
    Ok(Outcome::Passed)
}

impl Attack {
    fn command(&self, workspace: &Workspace, address: Address) -> Command {
        let mut command = workspace.command("slowhttptest");
        command.args(["-c", CLIENTS, "-r", CLIENTS, "-p", "5"]).args(self.options);
        command.arg("-u").arg(address.http(self.path));
        command
    }

    /// Others were served all the time, and it ended before its time if it could see that.
    fn verdict(&self, report: &str) -> Result<()> {
        ensure!(report.contains("service available:"), "slowhttptest did not begin");
        let refused = report.lines().any(|line| line.contains("service available:") && line.contains("NO"));
        ensure!(!refused, "another client was not served");
        let ended = report.contains("No open connections left");
        ensure!(ended || !self.sees_the_end, "the connections outlive the test");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_held_fails() {
        let good =
            "service available:   YES\nTest ended on 10th second\nExit status: No open connections left\n";
        assert!(ATTACKS[0].verdict(good).is_ok());
        assert!(
            ATTACKS[0].verdict(&good.replace("No open connections left", "Hit test time limit")).is_err()
        );
        assert!(ATTACKS[0].verdict(&format!("service available:   NO\n{good}")).is_err());
        assert!(ATTACKS[0].verdict("").is_err());
    }
}
