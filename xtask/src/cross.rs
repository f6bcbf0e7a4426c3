//! The library compiled for microcontrollers: a proof that it needs no std and no operating system.

use crate::board::firmware::{self, Programs, Variant};
use crate::log::Log;
use crate::lwip_source::lwip_2_1_3;
use crate::steps::Outcome;
use crate::toolchain::Toolchain;
use crate::workspace::Workspace;
use anyhow::{Result, ensure};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Cortex-M0, M3, M4 with a floating-point unit, and RISC-V.
const TARGETS: &[&str] =
    &["thumbv6m-none-eabi", "thumbv7m-none-eabi", "thumbv7em-none-eabihf", "riscv32imac-unknown-none-elf"];

/// The targets that TLS of the small profile is compiled for as well: Mbed TLS takes seconds for each.
const SMALL_TARGETS: &[&str] = &["thumbv7m-none-eabi"];

/// The library, its build scripts included, for every target: with and without IPv6, on both versions of lwIP; with TLS.
pub(crate) fn check(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let toolchain = Toolchain::find_or_install(workspace, log, TARGETS)?;
    let pinned = lwip_2_1_3(workspace, log)?;
    for lwip in [None, Some(pinned)] {
        for features in ["server,rust-heap", "server,raw,deflate,dhcp,sntp,rust-heap,ipv6"] {
            log.run(&mut cargo_check(workspace, toolchain, TARGETS, lwip.as_deref(), features))?;
        }
    }
    let secure = "server,client,rust-heap,security,security-p256,security-x25519";
    log.run(&mut cargo_check(workspace, toolchain, TARGETS, None, secure))?;
    let small = "server,client,rust-heap,security-small";
    let serving = "server,rust-heap,security-p256,security-x25519";
    let restartable = "rust-heap,security-p256,security-restartable";
    for features in [small, serving, restartable, "rust-heap"] {
        log.run(&mut cargo_check(workspace, toolchain, SMALL_TARGETS, None, features))?;
    }
    // Each crate by itself, as a registry builds it: without the features that others ask of what it depends on.
    for package in ["wm-sys", "lwip-sys", "wm-gcm"] {
        let mut alone = cargo_check(workspace, toolchain, SMALL_TARGETS, None, "");
        log.run(alone.args(["--package", package]))?;
    }
    // The C API, for processors without compare-and-swap too.
    let mut capi = cargo_check(workspace, toolchain, TARGETS, None, "firmware,server,dhcp");
    log.run(capi.args(["--package", "libwebsockets"]))?;
    let mut least = cargo_check(workspace, toolchain, SMALL_TARGETS, None, "firmware,server,security-tls12");
    log.run(least.args(["--package", "libwebsockets"]))?;
    Ok(Outcome::Passed)
}

/// The same, ahead of its step.
pub(crate) fn compile(workspace: &Workspace, log: &mut Log) -> Result<()> {
    check(workspace, log).map(drop)
}

fn cargo_check(
    workspace: &Workspace,
    toolchain: Toolchain,
    targets: &[&str],
    lwip: Option<&Path>,
    features: &str,
) -> Command {
    let mut cargo = toolchain.cargo(workspace);
    cargo.args(["check", "--lib", "--no-default-features", "--features", features]);
    cargo.args(targets.iter().flat_map(|target| ["--target", target])).args(toolchain.options());
    cargo.env("CARGO_TARGET_DIR", workspace.target().join("cross"));
    // Warnings of a library that has fewer features than the one clippy sees.
    cargo.env("RUSTFLAGS", "-D warnings");
    // Debian's compiler for RISC-V has its C headers only with these specs.
    cargo.env("CFLAGS_riscv32imac_unknown_none_elf", "--specs=picolibc.specs");
    if let Some(lwip) = lwip {
        cargo.env("LWIP_DIR", lwip);
    }
    cargo
}

/// All that lwIP refers to in a C library; README.md names them. compiler_builtins has the first five; the last two are for
/// `netif_find`, which nobody calls and the linker drops.
const FROM_LIBC: &[&str] = &["memcmp", "memcpy", "memmove", "memset", "strlen", "atoi", "strncmp"];

/// The firmware links without a C library (rustc passes `-nodefaultlibs`), has no std in it, and its C needs no more than
/// [`FROM_LIBC`].
pub(crate) fn no_std(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    firmware::build(workspace, log, Variant::Default, Programs::All)?;
    let elf = firmware::path(workspace, Variant::Default, "smoke");
    let program = symbols(workspace, log, &["--demangle"], std::slice::from_ref(&elf))?;
    let std: Vec<&String> = program.iter().filter(|name| name.contains("std::")).collect();
    ensure!(std.is_empty(), "std is in the firmware: {std:?}");
    let wanted = undefined_in_c(workspace, log, &elf)?;
    log.note(format_args!("lwIP and its port need from outside: {wanted:?}"))?;
    let foreign: Vec<&String> = wanted.iter().filter(|name| !is_expected(name)).collect();
    ensure!(foreign.is_empty(), "lwIP needs {foreign:?}, which README.md does not list");
    Ok(Outcome::Passed)
}

/// Known C functions, the compiler's own (`__aeabi_*`), and what the port defines in Rust.
fn is_expected(name: &str) -> bool {
    FROM_LIBC.contains(&name)
        || ["__", "lwip_port_", "wm_", "sys_"].iter().any(|start| name.starts_with(start))
}

/// What the C of this firmware refers to and does not define.
fn undefined_in_c(workspace: &Workspace, log: &mut Log, elf: &Path) -> Result<BTreeSet<String>> {
    let build = elf.parent().unwrap_or(elf).join("build");
    let archives = newest_archives(&build)?;
    ensure!(archives.len() >= 3, "only {} libraries of C are in {}", archives.len(), build.display());
    let wanted = symbols(workspace, log, &["--undefined-only"], &archives)?;
    let defined = symbols(workspace, log, &["--defined-only", "--extern-only"], &archives)?;
    Ok(wanted.difference(&defined).cloned().collect())
}

/// The libraries of the last build of lwip-sys.
fn newest_archives(build: &Path) -> Result<Vec<PathBuf>> {
    let archives = |folder: PathBuf| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder.join("out")).into_iter().flatten().flatten();
        entries
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|end| end == "a"))
            .collect()
    };
    let folders = std::fs::read_dir(build)?.flatten().map(|entry| entry.path());
    let ours = folders.filter(|path| path.to_string_lossy().contains("/lwip-sys-"));
    let modified = |archives: &Vec<PathBuf>| archives.first()?.metadata().ok()?.modified().ok();
    Ok(ours.map(archives).max_by_key(modified).unwrap_or_default())
}

fn symbols(
    workspace: &Workspace,
    log: &mut Log,
    options: &[&str],
    files: &[PathBuf],
) -> Result<BTreeSet<String>> {
    let mut nm = workspace.command("arm-none-eabi-nm");
    let text = log.text(nm.args(options).arg("--format=posix").args(files))?;
    // `name kind ...`; a name may have spaces once it is demangled.
    let name = |line: &str| {
        let end = [" U ", " T ", " t ", " D ", " d ", " B ", " b ", " R ", " r ", " W ", " w ", " U"]
            .iter()
            .filter_map(|kind| line.find(kind))
            .min()?;
        Some(line[..end].to_owned())
    };
    Ok(text.lines().filter_map(name).collect())
}
