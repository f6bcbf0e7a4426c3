//! Steps that are a cargo command or a few.

use crate::log::Log;
use crate::lwip_source::lwip_2_1_3;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use anyhow::Result;

/// Workspaces beside the root's that compile for this machine.
const BESIDE: &[&str] = &["fuzz/Cargo.toml", "benches/instructions/Cargo.toml", "benches/rates/Cargo.toml"];

/// The firmware's, which compiles for the board only.
const FIRMWARE: &str = "examples/mps2-an385/Cargo.toml";

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
    let arguments = ["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"];
    log.run(workspace.cargo().args(arguments))?;
    let target = workspace.output().join("clippy");
    for manifest in BESIDE {
        let mut clippy = workspace.cargo();
        clippy
            .args(["clippy", "--locked", "--all-targets", "--manifest-path", manifest, "--target-dir"])
            .arg(&target);
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
    log.run(workspace.cargo().args(["test", "--workspace"]))?;
    Ok(Outcome::Passed)
}

/// Bad networks, with and without memory: so many seeds that two cores share them.
pub(crate) fn test_networks(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    const SHARES: [&str; 2] = ["0-999", "1000-1999"];
    log.run(workspace.cargo().args(["test", "--test", "sim", "--no-run"]))?;
    let mut runs = SHARES.map(|seeds| {
        let mut cargo = workspace.cargo();
        cargo.args(["test", "--test", "sim", "networks::"]).env("SIM_SEEDS", seeds);
        cargo
    });
    log.run_together(&mut runs)?;
    Ok(Outcome::Passed)
}

/// The same with IPv6 in lwIP and in the addresses.
pub(crate) fn test_ipv6(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    log.run(workspace.cargo().args(["test", "--features", "ipv6"]))?;
    Ok(Outcome::Passed)
}

/// The same on the SDK's lwIP, with and without IPv6.
///
/// A target directory of its own: with another `LWIP_DIR` in the same one, each run would compile everything twice.
pub(crate) fn test_lwip_2_1_3(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let lwip = lwip_2_1_3(workspace, log)?;
    let target = workspace.output().join("lwip-2.1.3");
    let cargo = || {
        let mut cargo = workspace.cargo();
        cargo.env("LWIP_DIR", &lwip).env("CARGO_TARGET_DIR", &target);
        cargo
    };
    log.run(cargo().arg("test"))?;
    log.run(cargo().args(["check", "--features", "ipv6"]))?;
    Ok(Outcome::Passed)
}
