//! Debian's Chromium on the demo page.

use crate::judges::node;
use crate::log::Log;
use crate::server::Server;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use anyhow::Result;

/// Opens the page, exchanges messages, sees the counters move; leaves screenshots next to the logs.
pub(crate) fn judge(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    node::install_packages(workspace, log)?;
    let server = Server::start(workspace, log, "demo", &[])?;
    let mut script = node::script(workspace, "browser.js");
    log.run(script.arg(server.http("/")).arg(workspace.output()))?;
    server.stop()?;
    Ok(Outcome::Passed)
}
