//! The firmware of examples/mps2-an385, built by the toolchain that this machine has.

use crate::log::Log;
use crate::lwip_source::AS_IT_COMES;
use crate::toolchain::Toolchain;
use crate::workspace::Workspace;
use anyhow::{Result, bail};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

pub(crate) const TARGET: &str = "thumbv7m-none-eabi";

/// The argument that gives firmware with TLS the heap that it needs.
pub(crate) const TLS_HEAP: &str = "heap=196608";

/// How firmware is built. All are release builds: opt-level s, fat LTO.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Variant {
    /// As it is delivered: log and lwIP's assertions are in it.
    Default,
    /// The same, and lwIP's own servers.
    Baseline,
    /// With the client: lwIP has its resolver, for programs that connect. Its address comes from the network.
    Client,
    /// The server as one task of several, on an executor.
    Embassy,
    /// HTTPS and WSS too, served and connected to.
    Tls,
    /// What sizes and instructions are measured on: no log, no assertions; lwIP's own servers too.
    Measured,
    /// As small as the compiler can make it: without frame pointers, on a core library built for size.
    MeasuredSmallest,
    /// lwIP's own servers on lwIP as it comes.
    MeasuredOriginal,
    /// With compression.
    MeasuredDeflate,
    /// With the client.
    MeasuredClient,
    /// With HTTPS and WSS, by the features of the library that bring them: `security-tls12`;
    MeasuredTls12,
    /// `security-small`;
    MeasuredTlsSmall,
    /// `security-small` and `security-p256`;
    MeasuredTlsSmallP256,
    /// `security`;
    MeasuredTlsSlow,
    /// `security`, `security-p256` and `security-x25519`.
    MeasuredTls,
    /// The same with the client, which calculates in steps.
    MeasuredTlsClient,
}

impl Variant {
    fn features(self) -> &'static [&'static str] {
        match self {
            Self::Default => &[],
            Self::Baseline => &["--features", "baseline"],
            Self::Client => &["--features", "client,dhcp"],
            Self::Embassy => &["--features", "embassy"],
            Self::Tls => &["--features", "client,tls,wm-websockets/security-restartable"],
            Self::Measured | Self::MeasuredSmallest | Self::MeasuredOriginal => {
                &["--features", "baseline,quiet"]
            }
            Self::MeasuredDeflate => &["--features", "quiet,wm-websockets/deflate"],
            Self::MeasuredClient => &["--features", "client,quiet"],
            Self::MeasuredTls12 => &["--features", "quiet,tls12"],
            Self::MeasuredTlsSmall => &["--features", "quiet,tls-small"],
            Self::MeasuredTlsSmallP256 => &["--features", "quiet,tls-small,wm-websockets/security-p256"],
            Self::MeasuredTlsSlow => &["--features", "quiet,tls-small,wm-websockets/security"],
            Self::MeasuredTls => &["--features", "quiet,tls"],
            Self::MeasuredTlsClient => &["--features", "quiet,client,tls,wm-websockets/security-restartable"],
        }
    }

    /// Variants that share a folder compile lwIP with the same options; their programs of one name take turns in it.
    fn folder(self) -> &'static str {
        match self {
            Self::Default | Self::Baseline | Self::Embassy => "board",
            Self::Client => "board-client",
            Self::Tls => "board-tls",
            Self::Measured => "board-measured",
            Self::MeasuredSmallest => "board-measured-smallest",
            Self::MeasuredOriginal => "board-measured-original",
            Self::MeasuredDeflate => "board-measured-deflate",
            Self::MeasuredClient => "board-measured-client",
            Self::MeasuredTls12
            | Self::MeasuredTlsSmall
            | Self::MeasuredTlsSmallP256
            | Self::MeasuredTlsSlow
            | Self::MeasuredTls => "board-measured-tls",
            Self::MeasuredTlsClient => "board-measured-tls-client",
        }
    }

    /// `LWIP_DEFINES`.
    fn defines(self) -> Option<String> {
        match self {
            Self::Default | Self::Baseline | Self::Client | Self::Embassy | Self::Tls => None,
            Self::MeasuredOriginal => Some(format!("LWIP_NOASSERT {AS_IT_COMES}")),
            _ => Some("LWIP_NOASSERT".to_owned()),
        }
    }
}

/// Which of the programs to build.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Programs<'a> {
    All,
    One(&'a str),
}

/// Builds.
pub(crate) fn build(
    workspace: &Workspace,
    log: &mut Log,
    variant: Variant,
    programs: Programs<'_>,
) -> Result<()> {
    let mut command = command(workspace, log, variant, programs)?;
    log.run(&mut command)
}

/// The command that builds, to be run with its output where it is wanted.
pub(crate) fn command(
    workspace: &Workspace,
    log: &mut Log,
    variant: Variant,
    programs: Programs<'_>,
) -> Result<Command> {
    let toolchain = match variant {
        Variant::MeasuredSmallest => Toolchain::with_sources(workspace, log)?,
        _ => Toolchain::find_or_install(workspace, log, &[TARGET])?,
    };
    let mut cargo = toolchain.cargo(workspace);
    // cargo reads the board's linker options from .cargo/config.toml of this folder.
    cargo.current_dir(workspace.board()).env("CARGO_TARGET_DIR", workspace.target().join(variant.folder()));
    if let Some(defines) = variant.defines() {
        cargo.env("LWIP_DEFINES", defines);
    }
    cargo.args(["build", "--release", "--target"]).arg(toolchain.target(workspace, TARGET)?);
    cargo.args(variant.features());
    match programs {
        Programs::All => cargo.arg("--bins"),
        Programs::One(name) => cargo.args(["--bin", name]),
    };
    cargo.args(toolchain.options());
    Ok(cargo)
}

/// Where a program is once it is built.
pub(crate) fn path(workspace: &Workspace, variant: Variant, name: &str) -> PathBuf {
    workspace.target().join(variant.folder()).join(TARGET).join("release").join(name)
}

/// Fails, naming those that there are, unless the board has a program called `name`.
pub(crate) fn ensure_exists(workspace: &Workspace, name: &str) -> Result<()> {
    let mut names: Vec<String> = fs::read_dir(workspace.board().join("src/bin"))?
        .flatten()
        .filter_map(|entry| Some(entry.path().file_stem()?.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    if !names.iter().any(|known| known == name) {
        bail!("no firmware is called {name}; there are {}", names.join(", "));
    }
    Ok(())
}
