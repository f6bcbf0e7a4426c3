//! The tests under AddressSanitizer and UndefinedBehaviorSanitizer, lwIP's C included.

use crate::log::Log;
use crate::steps::Outcome;
use crate::tools;
use crate::workspace::Workspace;
use anyhow::Result;
use std::path::Path;
use std::process::Command;

/// Why a step that needs a sanitizer was skipped.
pub(crate) const NO_NIGHTLY: &str = "no nightly toolchain (rustup toolchain install nightly)";

/// A sanitized program is for a named target: build scripts and macros, which run in the compiler, stay as they are.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// The unit tests, and whole connections over the simulated wire.
const TESTS: &[&str] = &["test", "--package", "wm-websockets", "--lib", "--test", "sim"];

/// Rust and C under AddressSanitizer, C under UndefinedBehaviorSanitizer too; its part of Rust are the overflow checks that every
/// debug build has.
pub(crate) fn address_and_undefined(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    if !has_nightly(workspace, log)? {
        return Ok(Outcome::Skipped(NO_NIGHTLY.to_owned()));
    }
    // A test that asks for more memory than there is gets none, as without a sanitizer.
    log.run(
        tests(workspace).env("ASAN_OPTIONS", "allocator_may_return_null=1:detect_stack_use_after_return=1"),
    )?;
    Ok(Outcome::Passed)
}

/// Compiles them, and runs none.
pub(crate) fn compile(workspace: &Workspace, log: &mut Log) -> Result<()> {
    if has_nightly(workspace, log)? {
        log.run(tests(workspace).arg("--no-run"))?;
    }
    Ok(())
}

fn tests(workspace: &Workspace) -> Command {
    let mut test = nightly(workspace, Path::new("cargo"));
    test.args(TESTS).args(["--target", TARGET]);
    test.env("CARGO_TARGET_DIR", workspace.output().join("sanitized"));
    test.env("RUSTFLAGS", "-Zsanitizer=address").env("CC", "clang");
    test.env("CFLAGS", "-fsanitize=address,undefined -fno-sanitize-recover=undefined");
    test
}

/// Whether rustup has a nightly toolchain, the only one with sanitizers.
pub(crate) fn has_nightly(workspace: &Workspace, log: &mut Log) -> Result<bool> {
    if !tools::finds("rustup") {
        return Ok(false);
    }
    let (_, toolchains) = log.output(workspace.command("rustup").args(["toolchain", "list"]))?;
    Ok(toolchains.lines().any(|line| line.starts_with("nightly")))
}

/// `program` under the nightly toolchain. `CARGO` and `RUSTUP_TOOLCHAIN` would lead back to the one that runs us.
pub(crate) fn nightly(workspace: &Workspace, program: &Path) -> Command {
    let mut command = workspace.command("rustup");
    command.args(["run", "nightly"]).arg(program);
    command.env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO_TARGET_DIR");
    command
}
