//! `component/` in a firmware project of CMake (tests/component), which compiles its own lwIP; one of them boots.

use crate::board::links::SLOW_GCM;
use crate::build_errors::fails_saying;
use crate::judges::capi;
use crate::log::Log;
use crate::lwip_source::lwip_2_1_3;
use crate::rtos::{freertos, setting};
use crate::steps::Outcome;
use crate::toolchain::Toolchain;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A project and what its firmware must have, and must not have, in it.
struct Project {
    name: &'static str,
    settings: &'static [&'static str],
    has: &'static [&'static str],
    /// Rust's names have the crate's in them.
    has_crates: &'static [&'static str],
    lacks: &'static [&'static str],
    /// If the firmware can be booted: the status of its page, and the clients that judge it.
    boots: Option<(&'static str, &'static str)>,
}

/// A function of Mbed TLS's, and one of lwIP's that TCP calls for IPv6 alone.
const TLS: &str = "mbedtls_ssl_handshake_step";
const IPV6: &str = "ip6_output_if";
/// The crate that stands in for Mbed TLS's GCM.
const GCM: &str = "wm_gcm";
/// What is there only for peers that are not known, and for TLS 1.3.
const FOR_EVERYBODY: &str = "mbedtls_rsa_init";
const TLS_1_3: &str = "mbedtls_ssl_tls13_handshake_server_step";
/// A crate, and a function, that the switches for handshakes bring.
const FAST: &str = "curve25519_dalek";
const RESTARTABLE: &str = "mbedtls_ecp_set_max_ops";

/// What reaches lwIP in its own thread.
const MESSAGE: &str = "tcpip_callbackmsg_trycallback";

/// Both ways to use the component, and every switch both ways.
const PROJECTS: &[Project] = &[
    Project {
        name: "sdk",
        settings: &["-DAS_SDK_COMPONENT=ON", "-DWEBSOCKET_SECURITY=OFF", "-DLWIP_ENABLE_IPV6=OFF"],
        has: &[MESSAGE],
        has_crates: &[],
        lacks: &[TLS, IPV6],
        boots: Some(("404", "mixed.py")),
    },
    Project {
        name: "included",
        settings: &[
            "-DAS_SDK_COMPONENT=OFF",
            "-DWEBSOCKET_SECURITY=ON",
            "-DWEBSOCKET_SECURITY_FAST=ON",
            "-DWEBSOCKET_SECURITY_RESTARTABLE=ON",
            "-DLWIP_ENABLE_IPV6=ON",
        ],
        has: &[TLS, TLS_1_3, FOR_EVERYBODY, RESTARTABLE, IPV6],
        has_crates: &[FAST, GCM],
        lacks: &[MESSAGE, SLOW_GCM],
        boots: None,
    },
    Project {
        name: "small",
        settings: &[
            "-DAS_SDK_COMPONENT=OFF",
            "-DWEBSOCKET_SECURITY=ON",
            "-DWEBSOCKET_SECURITY_FAST=ON",
            "-DWEBSOCKET_SECURITY_SMALL=ON",
            "-DWEBSOCKET_SECURITY_TLS12=ON",
            "-DLWIP_ENABLE_IPV6=OFF",
        ],
        has: &[TLS],
        has_crates: &[GCM],
        lacks: &[MESSAGE, SLOW_GCM, IPV6, FOR_EVERYBODY, TLS_1_3],
        boots: None,
    },
];

/// What every one of them has: the API, the SDK's platform behind it, and the project's own lwIP.
const ALWAYS: &[&str] = &["lws_create_context", "lws_service", "wm_port_now", "tcp_write", "sys_now"];

/// Settings that no project is built with, and what one line of CMake says of each.
const REFUSED: &[(&[&str], &str)] = &[
    (&["-DLWIP=/nowhere"], "LWIP_DIR is /nowhere, where no lwIP is"),
    (&["-DWEBSOCKET_SECURITY_SMALL=ON"], "CONFIG_WEBSOCKET_SECURITY_SMALL needs CONFIG_WEBSOCKET_SECURITY"),
    (
        &["-DWEBSOCKET_SECURITY=ON", "-DWEBSOCKET_SECURITY_TLS12=ON"],
        "CONFIG_WEBSOCKET_SECURITY_TLS12 needs CONFIG_WEBSOCKET_SECURITY_SMALL",
    ),
    (
        &["-DWEBSOCKET_SECURITY=ON", "-DWEBSOCKET_SECURITY_SMALL=ON", "-DWEBSOCKET_SECURITY_RESTARTABLE=ON"],
        "CONFIG_WEBSOCKET_SECURITY_RESTARTABLE is not for",
    ),
    (&["-DWM_WEBSOCKETS_CRATE=/nowhere/Cargo.toml"], "WM_WEBSOCKETS_CRATE is /nowhere/Cargo.toml"),
];

/// For the W800's processor, with the compiler for C that the project is built with.
const W800: Project = Project {
    name: "w800",
    settings: &[
        "-DPROCESSOR=ck804ef",
        "-DAS_SDK_COMPONENT=OFF",
        "-DWEBSOCKET_SECURITY=ON",
        "-DWEBSOCKET_SECURITY_FAST=ON",
        "-DLWIP_ENABLE_IPV6=OFF",
    ],
    has: &[TLS],
    has_crates: &[FAST, GCM],
    lacks: &[MESSAGE, IPV6, SLOW_GCM],
    boots: None,
};

/// As most people build: with a number, make passes its tokens to programs that then warn they do not get them.
pub(crate) const AT_ONCE: &[&str] = &["--parallel", "2"];

/// Configures, builds and links each project, and looks into the firmware.
pub(crate) fn check(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    Toolchain::find_or_install(workspace, log, &["thumbv7m-none-eabi"])?;
    refuse(workspace, log)?;
    for project in PROJECTS {
        let firmware = project.link(workspace, log, None)?;
        let nm = workspace.command("arm-none-eabi-nm");
        project.judge(log, nm, &firmware).with_context(|| format!("the firmware of {}", project.name))?;
        if let Some((page, script)) = project.boots {
            capi::boot(workspace, log, firmware, page, script)?;
        }
    }
    build_together(workspace, log, &["included", "small"])?;
    Ok(Outcome::Passed)
}

/// Configures a project with each of the settings that are none.
fn refuse(workspace: &Workspace, log: &mut Log) -> Result<()> {
    let lwip = setting("LWIP", &lwip_2_1_3(workspace, log)?);
    for (settings, sentence) in REFUSED {
        let build = workspace.output().join("component/refused");
        // What one of them said CMake would remember for the next.
        let _ = fs::remove_dir_all(&build);
        let mut configure = workspace.command("cmake");
        configure.args(["-S", "tests/component", "-B"]).arg(&build);
        configure.args(["-DAS_SDK_COMPONENT=OFF", &lwip]).args(*settings);
        fails_saying(log, &mut configure, &[sentence]).with_context(|| format!("with {settings:?}"))?;
    }
    Ok(())
}

/// Builds projects again, at the same time, as a machine for continuous integration does: each has its own library in it.
fn build_together(workspace: &Workspace, log: &mut Log, names: &[&str]) -> Result<()> {
    const ROUNDS: u32 = 6;
    let folder = |project: &Project| workspace.output().join("component").join(project.name);
    for _ in 0..ROUNDS {
        let projects = || PROJECTS.iter().filter(|project| names.contains(&project.name));
        let build = |project| {
            let mut cmake = workspace.command("cmake");
            cmake.arg("--build").arg(folder(project));
            cmake
        };
        log.outputs_together(&mut projects().map(build).collect::<Vec<_>>())?;
        for project in projects() {
            let nm = workspace.command("arm-none-eabi-nm");
            let judged = project.judge(log, nm, &folder(project).join("firmware.elf"));
            judged.with_context(|| format!("{}, built beside another project", project.name))?;
        }
    }
    Ok(())
}

/// The same for the W800's processor, with the search path on which its compiler is.
pub(crate) fn check_w800(workspace: &Workspace, log: &mut Log, path: &OsStr, nm: Command) -> Result<()> {
    let firmware = W800.link(workspace, log, Some(path))?;
    W800.judge(log, nm, &firmware).context("the firmware of a project for the W800")
}

impl Project {
    /// Its firmware, by CMake.
    fn link(&self, workspace: &Workspace, log: &mut Log, path: Option<&OsStr>) -> Result<PathBuf> {
        let cmake = || {
            let mut cmake = workspace.command("cmake");
            cmake.envs(path.map(|path| ("PATH", path)));
            cmake
        };
        let (lwip, freertos) = (lwip_2_1_3(workspace, log)?, freertos(workspace, log)?);
        let build = workspace.output().join("component").join(self.name);
        let mut configure = cmake();
        configure.args(["-S", "tests/component", "-B"]).arg(&build).args(self.settings);
        log.run(configure.arg(setting("LWIP", &lwip)).arg(setting("FREERTOS", &freertos)))?;
        log.run(cmake().arg("--build").arg(&build).args(AT_ONCE))?;
        Ok(build.join("firmware.elf"))
    }

    fn judge(&self, log: &mut Log, mut nm: Command, firmware: &Path) -> Result<()> {
        let text = log.text(nm.arg(firmware))?;
        let names: BTreeSet<&str> =
            text.lines().filter_map(|line| line.split_whitespace().next_back()).collect();
        for name in ALWAYS.iter().chain(self.has) {
            ensure!(names.contains(name), "has no {name}");
        }
        for name in self.has_crates {
            ensure!(names.iter().any(|known| known.contains(name)), "has nothing of {name}");
        }
        for name in self.lacks {
            ensure!(!names.contains(name), "has {name}, which is switched off");
        }
        Ok(())
    }
}
