//! `cargo xtask test`: runs the selected steps and says how they ended.

use crate::ahead;
use crate::log::Log;
use crate::progress::{Progress, seconds};
use crate::steps::{self, Outcome, Step};
use crate::workspace::Workspace;
use anyhow::{Error, Result, bail, ensure};
use std::time::Instant;

/// Megabytes on which nothing can be compiled.
const SCANT: u64 = 200;

/// Options of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Run only the steps whose names contain one of these
    filters: Vec<String>,
    /// List the steps with what each needs, and run nothing
    #[arg(long)]
    list: bool,
    /// Run all steps even if one fails
    #[arg(long)]
    keep_going: bool,
}

/// Runs or lists the steps that `options` select.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let steps = steps::selected(&options.filters);
    ensure!(!steps.is_empty(), "no step is named like that; see cargo xtask test --list");
    if options.list {
        list(&steps);
        return Ok(());
    }
    let started = Instant::now();
    let mut tally = Tally { count: steps.len() + 1, ..Tally::default() };
    tally.step(workspace, "tools", "what the steps need", |log| steps::install_tools(workspace, log, &steps));
    ahead::begin(workspace, &steps);
    for step in steps {
        if tally.failed.is_empty() || options.keep_going {
            tally.step(workspace, step.name, step.shows, |log| (step.run)(workspace, log));
        }
    }
    tally.conclude(workspace, started)
}

fn list(steps: &[&Step]) {
    println!("{:<13} {:<42} needs", "step", "shows");
    for step in steps {
        let tools: Vec<&str> = step.tools.iter().map(|tool| tool.name).collect();
        println!("{:<13} {:<42} {}", step.name, step.shows, tools.join(", "));
    }
}

/// How the steps so far ended.
#[derive(Default)]
struct Tally {
    count: usize,
    passed: usize,
    skipped: usize,
    failed: Vec<Failure>,
}

/// A step that failed, and what there is to say of it: in the end, where whoever sees only the last lines finds it.
struct Failure {
    name: String,
    complaint: String,
}

impl Tally {
    fn step(
        &mut self,
        workspace: &Workspace,
        name: &str,
        shows: &str,
        run: impl FnOnce(&mut Log) -> Result<Outcome>,
    ) {
        let number = self.passed + self.skipped + self.failed.len() + 1;
        let progress = Progress::start(number, self.count, name, shows);
        let mut log = match Log::create(workspace.output().join(format!("{name}.log"))) {
            Ok(log) => log,
            Err(error) => return self.fail(progress, name, &blamed(workspace, error), ""),
        };
        match run(&mut log) {
            Ok(outcome) => self.note(progress, outcome),
            Err(error) => {
                self.fail(progress, name, &blamed(workspace, error), &log.tail());
                println!("see {}", log.path().display());
            }
        }
    }

    fn note(&mut self, progress: Progress, outcome: Outcome) {
        match outcome {
            Outcome::Passed => {
                self.passed += 1;
                progress.finish("ok");
            }
            Outcome::Skipped(reason) => {
                self.skipped += 1;
                progress.finish(&format!("skipped: {reason}"));
            }
        }
    }

    fn fail(&mut self, progress: Progress, name: &str, error: &Error, tail: &str) {
        let reason = format!("{error:#}");
        progress.finish(&format!("FAILED: {}", reason.lines().next().unwrap_or_default()));
        let complaint = format!("{tail}\n{name} failed: {reason}");
        self.failed.push(Failure { name: name.to_owned(), complaint });
    }

    /// The last lines: counts in the form that test collectors read, and one sentence.
    fn conclude(&self, workspace: &Workspace, started: Instant) -> Result<()> {
        self.failed.iter().for_each(|failure| println!("{}", failure.complaint));
        println!("steps: {} passed, {} failed, {} skipped", self.passed, self.failed.len(), self.skipped);
        let elapsed = seconds(started.elapsed());
        if self.failed.is_empty() {
            println!("all {} steps passed in {elapsed}", self.passed);
            return Ok(());
        }
        let steps = self.failed.iter().map(|failure| format!("step {}", failure.name));
        let steps = steps.collect::<Vec<_>>().join(", ");
        bail!("FAILED: {steps}; after {elapsed}; see the logs in {}", workspace.output().display())
    }
}

/// The error, with the word that the disk is full if it is: compilers and linkers then fail in ways that nobody would take for that.
fn blamed(workspace: &Workspace, error: Error) -> Error {
    match workspace.free_megabytes() {
        Some(free @ 0..SCANT) => error.context(format!("the disk is full, {free} MB are free")),
        _ => error,
    }
}
