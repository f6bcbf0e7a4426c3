//! The WinnerMicro IoT SDK, as far as it can be had without its toolchain: a stand-in with its declarations (wm-sys/tests/sdk).

use crate::build_errors::fails_saying;
use crate::log::Log;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use anyhow::{Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Configurations that make other macros of the SDK's headers.
const DEFINES: &[&str] = &["", "CONFIG_LOG_DEFAULT_LEVEL=0", "CONFIG_HEAP_USE_TRACING"];

/// What is missing, the settings that make it so in a folder that has nothing in it, and what one line of the build's output must say.
const LACKS: &[(&str, &[&str], &[&str])] = &[
    ("no WM_SDK_DIR", &[], &["set WM_SDK_DIR", "wm_nm_api.h"]),
    (
        "WM_SDK_DIR names a folder without the SDK",
        &["WM_SDK_DIR"],
        &["no wm_error.h in", "sdk-empty/components/wm_common/include", "set WM_SDK_DIR"],
    ),
    (
        "no wmsdk_config.h",
        &["WM_SDK_CONFIG_DIR"],
        &["no wmsdk_config.h in", "sdk-empty", "set WM_SDK_CONFIG_DIR"],
    ),
];

/// Rust firmware starts Wi-Fi, the platform in C compiles, and what is missing is said in one sentence.
pub(crate) fn check(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let sdk = workspace.root().join("wm-sys/tests/sdk/stand_in");
    log.run(cargo(workspace, &["test", "--test", "sdk", "--test", "c_port"]).env("WM_SDK_DIR", &sdk))?;
    log.run(cargo(workspace, &["test", "--doc", "sdk"]).env("WM_SDK_DIR", &sdk))?;
    log.run(
        cargo(workspace, &["clippy", "--lib", "--test", "sdk"])
            .env("WM_SDK_DIR", &sdk)
            .args(["--", "-D", "warnings"]),
    )?;
    for defines in DEFINES {
        log.run(cargo(workspace, &["check"]).env("WM_SDK_DIR", &sdk).env("WM_SDK_DEFINES", defines))?;
        log.run(
            platform(workspace, &sdk, defines)?
                .args(["-fsyntax-only", "wm-sys/port/wm_iot_sdk_handshakes.c"]),
        )?;
    }
    let program = workspace.output().join("sdk-platform");
    for ticks in ["CONFIG_FREERTOS_HZ=1000", "CONFIG_FREERTOS_HZ=100"] {
        let mut compile = platform(workspace, &sdk, ticks)?;
        compile
            .args(["platform.c", "stand_in.c", "heap.c"].map(|source| format!("wm-sys/tests/sdk/{source}")));
        log.run(compile.arg("-o").arg(&program))?;
        log.run(&mut workspace.command(&program))?;
    }
    errors(workspace, log, &sdk)?;
    Ok(Outcome::Passed)
}

fn cargo(workspace: &Workspace, arguments: &[&str]) -> Command {
    let mut cargo = workspace.cargo();
    cargo.args(arguments);
    cargo.args(["--package", "wm-sys", "--no-default-features", "--features", "wm-iot-sdk,c-heap"]);
    for name in ["WM_SDK_DIR", "WM_SDK_CONFIG_DIR", "WM_SDK_INCLUDE_DIR", "WM_SDK_DEFINES"] {
        cargo.env_remove(name);
    }
    cargo
}

/// The compiler's call for port/wm_iot_sdk.c against the SDK's declarations.
fn platform(workspace: &Workspace, sdk: &Path, defines: &str) -> Result<Command> {
    let mut cc = workspace.command("cc");
    cc.args(["-std=gnu99", "-Wall", "-Wextra", "-Werror", "-Iwm-sys/include"]);
    cc.args(defines.split_whitespace().map(|define| format!("-D{define}")));
    for folder in includes(sdk)? {
        cc.arg("-isystem").arg(folder);
    }
    cc.arg("wm-sys/port/wm_iot_sdk.c");
    Ok(cc)
}

fn includes(sdk: &Path) -> Result<Vec<PathBuf>> {
    let others = ["build/config", "components/lwip/port", "components/freertos/port/w80x/include"];
    let mut folders: Vec<PathBuf> = others.iter().map(|folder| sdk.join(folder)).collect();
    for component in fs::read_dir(sdk.join("components"))? {
        folders.push(component?.path().join("include"));
    }
    ensure!(folders.len() > 5, "{} lacks its components", sdk.display());
    Ok(folders)
}

fn errors(workspace: &Workspace, log: &mut Log, sdk: &Path) -> Result<()> {
    let empty = workspace.output().join("sdk-empty");
    fs::create_dir_all(&empty)?;
    let mut faults = Vec::new();
    for (what, settings, words) in LACKS {
        let mut check = cargo(workspace, &["check"]);
        if settings.contains(&"WM_SDK_CONFIG_DIR") {
            check.env("WM_SDK_DIR", sdk);
        }
        check.envs(settings.iter().map(|name| (name, &empty)));
        if let Err(fault) = fails_saying(log, &mut check, words) {
            faults.push(format!("{what}: {fault}"));
        }
    }
    ensure!(faults.is_empty(), "{}", faults.join("; "));
    Ok(())
}
