//! Steps that are a cargo command or a few.

use crate::log::Log;
use crate::lwip_source::lwip_2_1_3;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use anyhow::Result;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Workspaces beside the root's that compile for this machine.
const BESIDE: &[&str] = &[
    "fuzz/Cargo.toml",
    "benches/instructions/Cargo.toml",
    "benches/parsers/Cargo.toml",
    "benches/rates/Cargo.toml",
    "benches/tls/Cargo.toml",
    "tests/w800/simulator/Cargo.toml",
];

/// The firmware's, which compiles for the board only.
const FIRMWARE: &str = "examples/mps2-an385/Cargo.toml";

/// The gateway of the user-mode network takes its time, and has no lwIP in it.
const WITHOUT_GATEWAY: &[&str] = &["--", "--skip", "user_network::"];

/// rustfmt has nothing to change.
pub(crate) fn fmt(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    log.run(workspace.cargo().args(["fmt", "--all", "--check"]))?;
    for manifest in BESIDE.iter().chain([&FIRMWARE]) {
        // rustfmt finds its configuration beside or above the sources.
        log.run(workspace.cargo().args(["fmt", "--manifest-path", manifest, "--check"]))?;
    }
    Ok(Outcome::Passed)
}

/// clippy has nothing to say, and every Cargo.lock is as its Cargo.toml wants it.
pub(crate) fn clippy(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let arguments = ["--locked", "--all-targets", "--", "-D", "warnings"];
    log.run(workspace.cargo_for_all("clippy").args(arguments))?;
    for manifest in BESIDE {
        let mut clippy = workspace.cargo();
        clippy
            .args(["clippy", "--locked", "--all-targets", "--manifest-path", manifest, "--target-dir"])
            .arg(workspace.target());
        log.run(clippy.args(["--", "-D", "warnings"]))?;
    }
    Ok(Outcome::Passed)
}

/// The documentation builds without a warning.
pub(crate) fn doc(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let arguments = ["doc", "--workspace", "--no-deps"];
    log.run(workspace.cargo().args(arguments).env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(Outcome::Passed)
}

/// Unit tests, doc tests, and whole connections over the simulated wire.
pub(crate) fn test(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    log.run(&mut workspace.cargo_for_all("test"))?;
    Ok(Outcome::Passed)
}

/// Bad networks, with and without memory: so many seeds that two cores share them.
pub(crate) fn test_networks(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    const SHARES: [&str; 2] = ["0-999", "1000-1999"];
    log.run(workspace.cargo_for_all("test").args(["--test", "sim", "--no-run"]))?;
    let mut runs = SHARES.map(|seeds| {
        let mut cargo = workspace.cargo_for_all("test");
        cargo.args(["--test", "sim", "networks::"]).env("SIM_SEEDS", seeds);
        cargo
    });
    log.run_together(&mut runs)?;
    Ok(Outcome::Passed)
}

/// The same with IPv6 in lwIP and in the addresses.
pub(crate) fn test_ipv6(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    log.run(
        workspace.cargo_for_all("test").args(["--features", "wm-websockets/ipv6"]).args(WITHOUT_GATEWAY),
    )?;
    Ok(Outcome::Passed)
}

/// A target directory of its own, for another lwIP: in the same one, each run would compile everything twice. It begins as a copy of what
/// is compiled already, of which only lwIP and what stands on it is another there.
pub(crate) fn copied_target(workspace: &Workspace, log: &mut Log, name: &str) -> Result<PathBuf> {
    let target = workspace.output().join(name);
    if !target.exists() && workspace.target().join("debug").exists() {
        fs::create_dir_all(&target)?;
        let copy = ["--archive", "--reflink=auto"];
        log.run(workspace.command("cp").args(copy).arg(workspace.target().join("debug")).arg(&target))?;
    }
    Ok(target)
}

/// Gives the disk back what one step alone has use for, gigabytes, where no other run goes on with it: in CI, whose disk was full once.
pub(crate) fn give_back(target: &Path) -> Result<()> {
    if env::var_os("CI").is_some() {
        fs::remove_dir_all(target)?;
    }
    Ok(())
}

/// The same on the SDK's lwIP, with and without IPv6; and with writes that wait for the flush, as they do where lwIP has a thread, as in the SDK.
pub(crate) fn test_lwip_2_1_3(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let lwip = lwip_2_1_3(workspace, log)?;
    let target = copied_target(workspace, log, "lwip-2.1.3")?;
    let cargo = || {
        let mut cargo = workspace.cargo_for_all("test");
        cargo.env("LWIP_DIR", &lwip).env("CARGO_TARGET_DIR", &target);
        cargo
    };
    log.run(cargo().args(WITHOUT_GATEWAY).env("WM_KEEP_WRITES", "1"))?;
    log.run(cargo().args(["--lib", "--features", "wm-websockets/ipv6"]).args(WITHOUT_GATEWAY))?;
    give_back(&target)?;
    Ok(Outcome::Passed)
}
