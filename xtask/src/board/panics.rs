//! Every way from code of the firmware into Rust's panic machinery, with the reason why it is not taken.

use crate::board::firmware::{self, Programs, Variant};
use crate::board::names::{callee, caller};
use crate::board::owner::{Owner, Owners};
use crate::board::program::Program;
use crate::board::reasons;
use crate::log::Log;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The firmware that is looked into: it serves pages, forms and WebSockets.
const FIRMWARE: &str = "smoke";

/// A call that ends in a panic if something is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Site {
    /// The function that it is written in.
    caller: String,
    /// What it calls there.
    call: String,
    /// File and line, for the log.
    place: String,
}

/// Fails when the library, or what it depends on, can reach a panic without a known reason.
pub(crate) fn check(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    firmware::build(workspace, log, Variant::Default, Programs::All)?;
    let sites = sites(workspace, log, Variant::Default)?;
    log.note(table(&sites))?;
    let unexplained = sites.iter().filter(|site| site.reason().is_none());
    let unexplained: Vec<String> = unexplained.map(Site::shown).collect();
    ensure!(unexplained.is_empty(), "calls that may panic, without a reason:\n{}", unexplained.join("\n"));
    Ok(Outcome::Passed)
}

/// All calls into the panic machinery of the firmware `smoke`.
pub(crate) fn sites(workspace: &Workspace, log: &mut Log, variant: Variant) -> Result<BTreeSet<Site>> {
    let program = Program::read(workspace, log, &firmware::path(workspace, variant, FIRMWARE))?;
    Search::new(&program, Owners::new(workspace)).run()
}

/// A Markdown table of the calls, the same caller and callee once.
pub(crate) fn table(sites: &BTreeSet<Site>) -> String {
    let mut rows = BTreeSet::new();
    for site in sites {
        let reason = site.reason().unwrap_or("**unexplained**");
        rows.insert(format!("| `{}` | `{}` | {reason} |", site.caller, site.call));
    }
    let mut table = "| caller | calls | why that does not happen |\n| --- | --- | --- |\n".to_owned();
    rows.iter().for_each(|row| _ = writeln!(table, "{row}"));
    table
}

impl Site {
    fn reason(&self) -> Option<&'static str> {
        reasons::of(&self.caller, &self.call)
    }

    fn shown(&self) -> String {
        format!("  {} calls {} at {}", self.caller, self.call, self.place)
    }
}

/// Goes from the panic handler up the calls, until it meets code that is somebody's.
struct Search<'a> {
    program: &'a Program,
    owners: Owners,
    /// From where in code to the start of which function.
    calls: Vec<(u64, u64)>,
    pointers: BTreeSet<u64>,
}

impl<'a> Search<'a> {
    fn new(program: &'a Program, owners: Owners) -> Self {
        let start = |address| program.function_at(address).map(|function| function.range.start);
        let call = |from, to| Some((from, start(to)?)).filter(|_| start(from) != start(to));
        let branches = program.instructions.iter();
        let calls = branches.filter_map(|branch| call(branch.address, branch.branch_target()?)).collect();
        Self { program, owners, calls, pointers: program.functions_with_pointers() }
    }

    fn run(&self) -> Result<BTreeSet<Site>> {
        let handler = self.program.function_named("rust_begin_unwind").context("no panic handler")?;
        let mut sites = BTreeSet::new();
        let mut seen = BTreeSet::from([handler.range.start]);
        let mut pending = vec![handler.range.start];
        while let Some(callee) = pending.pop() {
            for (from, _) in self.calls.iter().filter(|(_, to)| *to == callee) {
                match self.site(*from, callee) {
                    Some(site) => _ = sites.insert(site),
                    None => pending.extend(self.containing(*from).filter(|caller| seen.insert(*caller))),
                }
            }
            if self.pointers.contains(&callee) {
                sites.insert(self.pointer(callee));
            }
        }
        Ok(sites)
    }

    fn containing(&self, address: u64) -> Option<u64> {
        self.program.function_at(address).map(|function| function.range.start)
    }

    fn name(&self, function: u64) -> String {
        self.program.function_at(function).map(|function| function.name.clone()).unwrap_or_default()
    }

    /// The call at `from`; `None` when core or alloc makes it, for whoever calls them.
    fn site(&self, from: u64, callee_start: u64) -> Option<Site> {
        let frames = self.program.frames(from);
        let (depth, frame, owner) = self.owners.frame(&frames)?;
        let call = match depth {
            0 => callee(&self.name(callee_start)),
            _ => callee(&frames[depth - 1].function),
        };
        let place = format!("{}:{}", frame.file, frame.line);
        // A parser combinator says little without the grammar that it was inlined into.
        let ours = frames.iter().find(|frame| self.owners.of_path(&frame.file) == Some(Owner::Library));
        let frame = ours.filter(|_| owner == Owner::Crates).unwrap_or(frame);
        Some(Site { caller: caller(&frame.function), call, place })
    }

    fn pointer(&self, function: u64) -> Site {
        let call = "itself, through a pointer".to_owned();
        Site { caller: caller(&self.name(function)), call, place: format!("{function:#x}") }
    }
}
