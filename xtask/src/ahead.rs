//! Compiling ahead: steps have target directories of their own for boards and sanitizers, which are filled while earlier steps wait for
//! their clients.

use crate::board::{checks, client};
use crate::log::Log;
use crate::steps::Step;
use crate::workspace::Workspace;
use crate::{cross, fuzz, sanitizers, w800};
use anyhow::Result;
use std::thread;

/// What can be done before its step begins.
struct Ahead {
    /// The step's name.
    step: &'static str,
    compile: fn(&Workspace, &mut Log) -> Result<()>,
}

/// In the order of the steps.
const AHEAD: &[Ahead] = &[
    Ahead { step: "cross", compile: cross::compile },
    Ahead { step: "board-build", compile: checks::build },
    Ahead { step: "board-client", compile: client::compile },
    Ahead { step: "board-wss", compile: client::compile_secure },
    Ahead { step: "board-tls", compile: checks::compile_secure },
    Ahead { step: w800::NAME, compile: w800::compiler },
    Ahead { step: "sanitizers", compile: sanitizers::compile },
    Ahead { step: "fuzz", compile: fuzz::compile },
];

/// Begins with what those of `steps` need that are not the first. How it ends is their business, which go on where this stopped: a step
/// that comes sooner waits, if for anything, for cargo's lock.
pub(crate) fn begin(workspace: &Workspace, steps: &[&Step]) {
    let later: Vec<&str> = steps.iter().skip(1).map(|step| step.name).collect();
    let workspace = workspace.clone();
    thread::spawn(move || {
        for ahead in AHEAD.iter().filter(|ahead| later.contains(&ahead.step)) {
            let Ok(log) = Log::create(workspace.output().join(format!("{}-ahead.log", ahead.step))) else {
                return;
            };
            let mut log = log.aside();
            if let Err(error) = (ahead.compile)(&workspace, &mut log) {
                log.note(format_args!("{error:#}")).ok();
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::STEPS;

    #[test]
    fn what_is_compiled_ahead_is_for_a_step() {
        let order: Vec<_> =
            AHEAD.iter().map(|ahead| STEPS.iter().position(|step| step.name == ahead.step)).collect();
        assert!(order.iter().all(Option::is_some) && order.is_sorted(), "{order:?}");
    }
}
