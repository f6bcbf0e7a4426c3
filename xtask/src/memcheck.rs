//! The tests under valgrind's memcheck: what is read before it was written, in lwIP and Mbed TLS too, which AddressSanitizer
//! does not see; and what nobody can free any more.

use crate::log::Log;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use anyhow::Result;
use std::process::Command;

/// Whole connections over the simulated wire, in two shares that take about as long: what has C below it, and is quick enough at
/// a fiftieth of its speed.
const SHARES: [&[&str]; 2] =
    [&["net::", "websocket::", "http::", "loss::", "outside::", "handle::"], &["memory::", "tls::"]];

/// Any error fails the program that runs under valgrind, and any definite leak. There are no suppressions.
pub(crate) const STRICT: &[&str] = &[
    "--quiet",
    "--error-exitcode=9",
    "--leak-check=full",
    "--show-leak-kinds=definite",
    "--errors-for-leak-kinds=definite",
];

/// No error and no definite leak.
pub(crate) fn check(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    log.run(sim(workspace).arg("--no-run"))?;
    log.run_together(&mut SHARES.map(|filters| {
        let mut test = sim(workspace);
        // It runs one thread at a time anyway.
        test.args(["--", "--test-threads=1"]).args(filters);
        test
    }))?;
    Ok(Outcome::Passed)
}

/// The simulation, run by valgrind whatever this machine's target is called.
fn sim(workspace: &Workspace) -> Command {
    let mut cargo = workspace.cargo_for_all("test");
    let runner = [&["valgrind"], STRICT].concat();
    cargo.arg("--config").arg(format!("target.'cfg(all())'.runner={runner:?}"));
    cargo.args(["--test", "sim"]);
    cargo
}
