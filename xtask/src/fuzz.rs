//! The fuzz targets: a little of each as a step, and as much of one as a person likes with `cargo xtask fuzz NAME`.
//!
//! `fuzz/seeds/NAME` is the committed corpus, small and minimised; `fuzz/corpus/NAME` grows from run to run and is nobody's but this
//! machine's. AddressSanitizer sees Rust and lwIP's C, and coverage of the C guides the fuzzer too.

use crate::log::Log;
use crate::sanitizers;
use crate::steps::Outcome;
use crate::tools::{self, C_COMPILER, CLANG, CMAKE, CPP_COMPILER, LIBCLANG, Tool};
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// What building a target needs.
pub(crate) const TOOLS: &[&Tool] = &[&C_COMPILER, &CMAKE, &CLANG, &CPP_COMPILER, &LIBCLANG];

/// In the step.
const SECONDS_PER_TARGET: u32 = 60;

/// Targets that run side by side in the step: more than a small machine has cores, for eleven of them would take six minutes there.
const SIDE_BY_SIDE: usize = 6;

/// Longer inputs find nothing that shorter ones do not.
const MAX_LENGTH: u32 = 2_048;

/// Options of `cargo xtask fuzz`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The target; all of them, one after the other, without one
    target: Option<String>,
    /// For how long, in seconds
    #[arg(long, default_value_t = 3_600)]
    seconds: u32,
    /// Then keep in fuzz/seeds what of all inputs adds coverage
    #[arg(long)]
    minimise: bool,
}

/// `cargo xtask fuzz`.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if let Some(target) = &options.target {
        ensure_exists(workspace, target)?;
    }
    let mut log = Log::create(workspace.output().join("fuzz-long.log"))?;
    prepare(workspace, &mut log)
        .with_context(|| format!("nothing was fuzzed; details are in {}", log.path().display()))?;
    let targets = match &options.target {
        Some(target) => vec![target.clone()],
        None => targets(workspace, &mut log)?,
    };
    for target in &targets {
        println!("{target}: {} s", options.seconds);
        let status = campaign(workspace, target, options.seconds)?.status()?;
        ensure!(status.success(), "{target} ended with {status}; the input is in fuzz/artifacts/{target}");
        if options.minimise {
            minimise(workspace, &mut log, target)?;
        }
    }
    Ok(())
}

/// What every target needs, before it is built.
fn prepare(workspace: &Workspace, log: &mut Log) -> Result<()> {
    tools::ensure(workspace, log, TOOLS)?;
    ensure!(sanitizers::has_nightly(workspace, log)?, sanitizers::NO_NIGHTLY);
    install_cargo_fuzz(workspace, log)
}

/// Known before anything is installed: each target has its own folder of inputs.
fn ensure_exists(workspace: &Workspace, target: &str) -> Result<()> {
    let seeds = workspace.root().join("fuzz/seeds");
    let entries = fs::read_dir(&seeds).with_context(|| format!("cannot read {}", seeds.display()))?;
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    ensure!(
        names.iter().any(|name| name == target),
        "no target is called {target}; there are {}",
        names.join(", ")
    );
    Ok(())
}

/// Runs every target that `cargo fuzz list` names.
pub(crate) fn smoke(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    if !sanitizers::has_nightly(workspace, log)? {
        return Ok(Outcome::Skipped(sanitizers::NO_NIGHTLY.to_owned()));
    }
    compile(workspace, log)?;
    for some in targets(workspace, log)?.chunks(SIDE_BY_SIDE) {
        let campaigns = some.iter().map(|target| campaign(workspace, target, SECONDS_PER_TARGET));
        log.run_together(&mut campaigns.collect::<Result<Vec<_>>>()?)?;
    }
    Ok(Outcome::Passed)
}

/// Compiles every target, where there is what that needs.
pub(crate) fn compile(workspace: &Workspace, log: &mut Log) -> Result<()> {
    if sanitizers::has_nightly(workspace, log)? {
        install_cargo_fuzz(workspace, log)?;
        log.run(fuzz(workspace).arg("build"))?;
    }
    Ok(())
}

fn targets(workspace: &Workspace, log: &mut Log) -> Result<Vec<String>> {
    let (status, list) = log.output(fuzz(workspace).arg("list"))?;
    ensure!(status.success() && !list.trim().is_empty(), "cargo fuzz lists no target");
    Ok(list.lines().map(str::to_owned).collect())
}

/// One target for so long, from the committed inputs and those of runs before.
fn campaign(workspace: &Workspace, target: &str, seconds: u32) -> Result<Command> {
    let (corpus, seeds) = (folder(workspace, "corpus", target), folder(workspace, "seeds", target));
    fs::create_dir_all(&corpus).with_context(|| format!("cannot make {}", corpus.display()))?;
    ensure!(seeds.is_dir(), "{target} has no inputs in fuzz/seeds");
    let mut command = fuzz(workspace);
    command.args(["run", target]).args([&corpus, &seeds]).arg("--");
    command.arg(format!("-max_total_time={seconds}")).arg(format!("-max_len={MAX_LENGTH}"));
    command.arg(format!("-dict={}", dictionary(workspace, target).display()));
    Ok(command)
}

/// Puts the smallest set of inputs with the same coverage in the place of the seeds.
fn minimise(workspace: &Workspace, log: &mut Log, target: &str) -> Result<()> {
    let (corpus, seeds) = (folder(workspace, "corpus", target), folder(workspace, "seeds", target));
    let smallest = workspace.output().join("fuzz-minimised").join(target);
    // What an interrupted run left there is no result.
    let _ = fs::remove_dir_all(&smallest);
    fs::create_dir_all(&smallest)?;
    let mut merge = fuzz(workspace);
    merge.args(["run", target]).args([&smallest, &seeds, &corpus]).args(["--", "-merge=1"]);
    log.run(merge.arg(format!("-max_len={MAX_LENGTH}")))?;
    ensure!(fs::read_dir(&smallest)?.next().is_some(), "{target} was minimised to nothing");
    fs::remove_dir_all(&seeds)?;
    fs::create_dir_all(&seeds)?;
    for entry in fs::read_dir(&smallest)? {
        let entry = entry?;
        fs::copy(entry.path(), seeds.join(entry.file_name()))?;
    }
    Ok(())
}

fn folder(workspace: &Workspace, kind: &str, target: &str) -> PathBuf {
    workspace.root().join("fuzz").join(kind).join(target)
}

/// The tokens of the protocol that a target speaks.
fn dictionary(workspace: &Workspace, target: &str) -> PathBuf {
    let of_frames = ["ws_frames", "utf8"].contains(&target);
    workspace.root().join("fuzz").join(if of_frames { "ws.dict" } else { "http.dict" })
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

/// `cargo fuzz` under the nightly toolchain, lwIP under the same sanitizer and counted by the same coverage.
fn fuzz(workspace: &Workspace) -> Command {
    let mut command = sanitizers::nightly(workspace, &cargo_fuzz(workspace));
    command.arg("fuzz").env("CC", "clang").env("CFLAGS", "-fsanitize=address,fuzzer-no-link");
    command
}
