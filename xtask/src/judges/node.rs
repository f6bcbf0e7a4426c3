//! Node.js: the `ws` client.

use crate::log::Log;
use crate::server::Server;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use anyhow::Result;
use std::fs;
use std::process::Command;

/// `ws` against the echo, and against the demo without a subprotocol.
pub(crate) fn judge(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    install_packages(workspace, log)?;
    for (example, url, subprotocol) in [("websocket_server", "/", "echo-protocol"), ("demo", "/ws", "")] {
        let server = Server::start(workspace, log, example, &[])?;
        log.run(script(workspace, "ws_client.js").args([&server.address().ws(url), subprotocol]))?;
        server.stop()?;
    }
    Ok(Outcome::Passed)
}

/// Node with a script of tests/clients.
pub(crate) fn script(workspace: &Workspace, name: &str) -> Command {
    let mut node = workspace.command("node");
    node.arg(workspace.clients().join(name));
    node.env("NODE_PATH", workspace.target().join("node/node_modules"));
    node
}

/// Installs the packages of tests/clients/package.json below the target directory.
pub(crate) fn install_packages(workspace: &Workspace, log: &mut Log) -> Result<()> {
    let folder = workspace.target().join("node");
    fs::create_dir_all(&folder)?;
    let wanted = fs::read_to_string(workspace.clients().join("package.json"))?;
    // Written last, so that an interrupted installation is done again.
    let installed = folder.join("installed.json");
    if fs::read_to_string(&installed).is_ok_and(|text| text == wanted) {
        return Ok(());
    }
    fs::write(folder.join("package.json"), &wanted)?;
    let arguments = ["install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"];
    log.run(workspace.command("npm").args(arguments).current_dir(&folder))?;
    fs::write(installed, wanted)?;
    Ok(())
}
