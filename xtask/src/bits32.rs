//! The tests where a word has 32 bits, as on every device: lengths that overflow, layouts of C's structures, and what is
//! compiled for 32 bits alone, the checksum for one.

use crate::cargo;
use crate::log::Log;
use crate::steps::Outcome;
use crate::tools::{self, Tool};
use crate::workspace::Workspace;
use anyhow::Result;
use std::path::Path;

/// This machine's processor in its 32-bit mode: nothing has to be emulated.
const TARGET: &str = "i686-unknown-linux-gnu";

/// What depends on how long a word is: units, whole connections over the simulated wire, and GCM beside another one.
const TESTS: &[&str] = &[
    "--package",
    "wm-websockets",
    "--package",
    "lwip-sys",
    "--package",
    "wm-gcm",
    "--lib",
    "--test",
    "sim",
    "--test",
    "oracle",
];

/// Why it was skipped.
const NO_TARGET: &str = "no standard library for 32 bits (rustup target add i686-unknown-linux-gnu)";

/// The C library for 32 bits; another processor has no such mode, and needs none.
pub(crate) static MULTILIB: Tool = Tool::new("C library for 32 bits", &["gcc-multilib"], || {
    !has_mode() || (Path::new("/usr/lib32/crt1.o").exists() && Path::new("/usr/include/asm").exists())
});

/// All of them pass. What is compiled for this machine's own tools is there already.
pub(crate) fn check(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    if !find_target(workspace, log) {
        return Ok(Outcome::Skipped(NO_TARGET.to_owned()));
    }
    log.run(workspace.cargo().args(["test", "--target", TARGET]).args(TESTS))?;
    cargo::give_back(&workspace.target().join(TARGET))?;
    Ok(Outcome::Passed)
}

/// Whether the toolchain that runs us has the target, or has got it now.
fn find_target(workspace: &Workspace, log: &mut Log) -> bool {
    let mut add = || log.status(workspace.command("rustup").args(["target", "add", TARGET]));
    has_mode() && tools::finds("rustup") && add().is_ok_and(|status| status.success())
}

fn has_mode() -> bool {
    cfg!(target_arch = "x86_64")
}
