//! Debian's Chromium on the demo page.

use crate::address::Address;
use crate::judges::node;
use crate::log::Log;
use crate::server::Server;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use anyhow::Result;

/// Opens the page, exchanges messages, sees the counters move; leaves screenshots next to the logs.
pub(crate) fn judge(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let server = Server::start(workspace, log, "demo", &[])?;
    visit(workspace, log, server.address(), "demo")?;
    server.stop()?;
    Ok(Outcome::Passed)
}

/// The same for a demo at `address`; the screenshots are named after `screenshots`.
pub(crate) fn visit(workspace: &Workspace, log: &mut Log, address: Address, screenshots: &str) -> Result<()> {
    node::install_packages(workspace, log)?;
    let mut script = node::script(workspace, "browser.js");
    log.run(script.arg(address.http("/")).arg(workspace.output().join(screenshots)))
}
