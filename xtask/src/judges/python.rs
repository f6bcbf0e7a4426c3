//! Python: the `websockets` client, h11 as a strict reader of our HTTP responses, and REDbot for what caches make of files.

use crate::address::Address;
use crate::log::Log;
use crate::server::Server;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use anyhow::Result;
use std::fs;
use std::path::PathBuf;

/// Which script runs against which example.
const SCRIPTS: &[(&str, &str)] = &[
    ("websocket_server", "echo.py"),
    ("websocket_server", "crowd.py"),
    ("chat", "chat.py"),
    ("demo", "demo.py"),
    ("http_server_post", "http_messages.py"),
    ("http_server_post", "random_requests.py"),
    ("settings", "caching.py"),
];

/// Every script of tests/clients against its example.
pub(crate) fn judge(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    for (example, script) in SCRIPTS {
        let server = Server::start(workspace, log, example, &[])?;
        run(workspace, log, script, server.address(), &[])?;
        server.stop()?;
    }
    Ok(Outcome::Passed)
}

/// What h11 and httptools think of the requests of tests/hostile, and whether the tables say so.
pub(crate) fn second_opinions(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let programs = environment(workspace, log)?;
    let mut python = workspace.command(programs.join("python"));
    python.arg(workspace.clients().join("second_opinions.py"));
    log.run(python.env("PYTHONDONTWRITEBYTECODE", "1"))?;
    Ok(Outcome::Passed)
}

/// One script of tests/clients against the server at `address`.
pub(crate) fn run(
    workspace: &Workspace,
    log: &mut Log,
    script: &str,
    address: Address,
    options: &[&str],
) -> Result<()> {
    let programs = environment(workspace, log)?;
    let mut python = workspace.command(programs.join("python"));
    python.arg(workspace.clients().join(script)).arg(address.authority()).args(options);
    // Python would otherwise leave __pycache__ in the source tree.
    log.run(python.env("PYTHONDONTWRITEBYTECODE", "1"))
}

/// The folder of programs of a virtual environment with tests/clients/requirements.txt installed.
pub(crate) fn environment(workspace: &Workspace, log: &mut Log) -> Result<PathBuf> {
    let folder = workspace.target().join("venv");
    let programs = folder.join("bin");
    let requirements = workspace.clients().join("requirements.txt");
    let installed = folder.join("requirements.txt");
    let wanted = fs::read_to_string(&requirements)?;
    if fs::read_to_string(&installed).is_ok_and(|text| text == wanted) {
        return Ok(programs);
    }
    log.run(workspace.command("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = workspace.command(programs.join("pip"));
    log.run(
        pip.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(requirements),
    )?;
    fs::write(installed, wanted)?;
    Ok(programs)
}
