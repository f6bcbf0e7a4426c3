//! What firmware contains of the library: only the roles that its connections can have.

use crate::board::checks;
use crate::board::firmware::{self, Programs, Variant};
use crate::board::flash;
use crate::board::owner::{Owner, Owners};
use crate::board::program::Program;
use crate::log::Log;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use anyhow::{Result, ensure};
use std::collections::BTreeSet;
use std::path::Path;

/// Sources that are part of nothing but one role.
const REQUESTS: &str = "src/http/head.rs";
const ACCEPTING: &str = "src/server/accept.rs";
const WEBSOCKETS: &str = "src/ws/receiver.rs";
const CLIENTS: &str = "src/client/exchange.rs";

/// Fewer bytes of a source are a helper that others use as well.
const PART: u64 = 64;

/// A firmware, what it contains of these, and what it must not.
struct Firmware {
    variant: Variant,
    name: &'static str,
    contains: &'static [&'static str],
    lacks: &'static [&'static str],
}

const FIRMWARE: &[Firmware] = &[
    Firmware {
        variant: Variant::Default,
        name: "smoke",
        contains: &[REQUESTS, ACCEPTING, WEBSOCKETS],
        lacks: &[],
    },
    Firmware {
        variant: Variant::Default,
        name: "http_server_post",
        contains: &[REQUESTS, ACCEPTING],
        lacks: &[WEBSOCKETS],
    },
    // These are compiled with the feature `client`.
    Firmware {
        variant: Variant::Client,
        name: "websocket_client",
        contains: &[WEBSOCKETS, CLIENTS],
        lacks: &[REQUESTS, ACCEPTING],
    },
    Firmware {
        variant: Variant::Client,
        name: "http_get",
        contains: &[CLIENTS],
        lacks: &[REQUESTS, ACCEPTING, WEBSOCKETS],
    },
];

/// Everything builds, and starts nothing; fails when a firmware contains what it has no use for.
pub(crate) fn check(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    checks::build(workspace, log)?;
    for firmware in FIRMWARE {
        firmware::build(workspace, log, firmware.variant, Programs::One(firmware.name))?;
        firmware.check(workspace, log)?;
    }
    Ok(Outcome::Passed)
}

/// What every server, and every client, has of functions.
pub(crate) const SERVER: &str = "server::requests::Http";
pub(crate) const CLIENT: &str = "client::exchange::Exchange";
/// Of an interface of ours, for which a firmware has no use that drives lwIP's itself.
pub(crate) const INTERFACE: &str = "net::interface::transmit";
/// Of our GCM, and of Mbed TLS's, which is there if a linker did not take ours for it.
pub(crate) const GCM: &str = "wm_gcm::context::Context";
pub(crate) const SLOW_GCM: &str = "gcm_mult";
/// Of sequence numbers that nobody can guess.
pub(crate) const SEQUENCE_NUMBERS: &str = "wm_tcp_isn";
/// Of handshakes in a task of their own.
pub(crate) const WORKER: &str = "Secure>::have_opened";

/// The same for a firmware in C, which has no such debug information: by the names of its functions.
pub(crate) fn names(
    workspace: &Workspace,
    log: &mut Log,
    firmware: &Path,
    contains: &str,
    lacks: &[&str],
) -> Result<()> {
    let names = log.text(workspace.command("arm-none-eabi-nm").arg("--demangle").arg(firmware))?;
    ensure!(names.contains(contains), "the firmware's names are not known: {contains} is not among them");
    for name in lacks {
        ensure!(!names.contains(name), "the firmware has no use for {name}, and links it");
    }
    Ok(())
}

impl Firmware {
    fn check(&self, workspace: &Workspace, log: &mut Log) -> Result<()> {
        let path = firmware::path(workspace, self.variant, self.name);
        let program = Program::read(workspace, log, &path)?;
        let files = flash::by_file(&program, &Owners::new(workspace), Owner::Library)?;
        let parts = files.into_iter().filter(|(bytes, _)| *bytes >= PART);
        let files: BTreeSet<String> = parts.map(|(_, file)| plain(&file)).collect();
        let has = |source: &&&str| files.iter().any(|file| file.ends_with(**source));
        let missing: Vec<_> = self.contains.iter().filter(|source| !has(source)).collect();
        ensure!(missing.is_empty(), "{}: nothing of {missing:?} is found in it", self.name);
        let ballast: Vec<_> = self.lacks.iter().filter(has).collect();
        ensure!(ballast.is_empty(), "{} has no use for {ballast:?}, and contains it", self.name);
        Ok(())
    }
}

/// A path without the detour that `#[path]` makes: `src/server/../client/x.rs` is `src/client/x.rs`.
fn plain(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            ".." => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
