//! lwIP in a thread of its own (NO_SYS=0), entered under its core lock and by message: the same examples, and the same clients.

use crate::cargo;
use crate::judges::python;
use crate::log::Log;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::env;
use std::os::unix::fs::symlink;
use std::path::Path;

/// What `LWIP_DEFINES` says for each way to enter lwIP, and the steps that are done again, by parts of their names: servers and clients,
/// plain and over TLS; where the SDK's way is, in C too. lwip-sys ends the program that enters lwIP in any other way.
const MODES: &[(&str, &[&str])] = &[
    ("NO_SYS=0 LWIP_TCPIP_CORE_LOCKING=1", &["curl", "python", "node-server"]),
    ("NO_SYS=0 LWIP_TCPIP_CORE_LOCKING=0", &["curl", "python", "node-server", "capi-programs"]),
];

/// The units, the tests that know lwIP's thread and the judges, in each mode. The simulated wire has no part in it: lwIP's thread knows no
/// virtual time.
pub(crate) fn check(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let target = cargo::copied_target(workspace, log, "threads")?;
    share_python(workspace, log, &target)?;
    let xtask = env::current_exe().context("this program has no path")?;
    for (mode, steps) in MODES {
        let mut tests = workspace.cargo_for_all("test");
        tests.args([
            "--lib",
            "--test",
            "threads",
            "--test",
            "dhcp",
            "--test",
            "without_memory",
            "--test",
            "crowd",
        ]);
        log.run(tests.env("LWIP_DEFINES", mode).env("CARGO_TARGET_DIR", &target))?;
        let mut judges = workspace.command(&xtask);
        judges.arg("test").args(*steps).env("LWIP_DEFINES", mode).env("CARGO_TARGET_DIR", &target);
        log.run(&mut judges)?;
    }
    cargo::give_back(&target)?;
    Ok(Outcome::Passed)
}

/// The clients in Python are the same: they need not be installed twice.
fn share_python(workspace: &Workspace, log: &mut Log, target: &Path) -> Result<()> {
    python::environment(workspace, log)?;
    let shared = target.join("venv");
    if !shared.exists() {
        symlink(workspace.target().join("venv"), &shared)?;
    }
    Ok(())
}
