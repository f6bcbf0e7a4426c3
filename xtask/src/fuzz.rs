//! Each fuzz target, built and run for a few seconds: it still compiles, and nothing falls over at once.

use crate::log::Log;
use crate::steps::Outcome;
use crate::tools;
use crate::workspace::Workspace;
use anyhow::{Result, ensure};
use std::path::PathBuf;
use std::process::Command;

const SECONDS_PER_TARGET: u32 = 5;

/// Runs every target that `cargo fuzz list` names.
pub(crate) fn smoke(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    if !has_nightly(workspace, log)? {
        return Ok(Outcome::Skipped("no nightly toolchain (rustup toolchain install nightly)".to_owned()));
    }
    install_cargo_fuzz(workspace, log)?;
    let (status, targets) = log.output(fuzz(workspace).arg("list"))?;
    ensure!(status.success() && !targets.trim().is_empty(), "cargo fuzz lists no target");
    for target in targets.lines() {
        let limit = format!("-max_total_time={SECONDS_PER_TARGET}");
        log.run(fuzz(workspace).args(["run", target, "--", &limit]))?;
    }
    Ok(Outcome::Passed)
}

fn has_nightly(workspace: &Workspace, log: &mut Log) -> Result<bool> {
    if !tools::finds("rustup") {
        return Ok(false);
    }
    let (_, toolchains) = log.output(workspace.command("rustup").args(["toolchain", "list"]))?;
    Ok(toolchains.lines().any(|line| line.starts_with("nightly")))
}

fn install_cargo_fuzz(workspace: &Workspace, log: &mut Log) -> Result<()> {
    if cargo_fuzz(workspace).is_file() {
        return Ok(());
    }
    // It only starts other programs: --debug halves the wait.
    let arguments = ["install", "cargo-fuzz", "--version", "0.13.2", "--locked", "--debug", "--root"];
    log.run(workspace.cargo().args(arguments).arg(workspace.target().join("tools")))
}

fn cargo_fuzz(workspace: &Workspace) -> PathBuf {
    workspace.target().join("tools/bin/cargo-fuzz")
}

/// `cargo fuzz` under the nightly toolchain. `CARGO` and `RUSTUP_TOOLCHAIN` would lead back to the one that runs us.
fn fuzz(workspace: &Workspace) -> Command {
    let mut command = workspace.command("rustup");
    command.args(["run", "nightly"]).arg(cargo_fuzz(workspace)).arg("fuzz");
    command.env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO_TARGET_DIR");
    command
}
