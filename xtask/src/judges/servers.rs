//! Other people's servers, and our clients: Python's `websockets`, Node's `ws`, HTTP in each framing.

use crate::address::Address;
use crate::judges::{node, python};
use crate::log::Log;
use crate::process;
use crate::server::Server;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Messages that have to come back.
const MESSAGES: &str = "1000";

/// Python's servers.
pub(crate) fn python(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    build(workspace, log)?;
    let (server, with_pages) = start(workspace, log)?;
    count(workspace, log, server.address())?;
    pages(workspace, log, with_pages)?;
    server.stop()?;
    Ok(Outcome::Passed)
}

/// An echo in Python, and at the address beside it pages.
pub(crate) fn start(workspace: &Workspace, log: &mut Log) -> Result<(Server, Address)> {
    let programs = python::environment(workspace, log)?;
    let mut command = workspace.command(programs.join("python"));
    command.arg(workspace.clients().join("servers.py")).env("PYTHONDONTWRITEBYTECODE", "1");
    command.stderr(log.sink()?);
    let path = workspace.output().join("python-servers.txt");
    let server = Server::spawn(command, std::fs::File::create(&path)?)?;
    let port = port_of_pages(&std::fs::read_to_string(&path)?)?;
    Ok((server, Address::new(port)))
}

/// Each line of the pages.
pub(crate) fn page() -> impl Iterator<Item = String> {
    (0..2000).map(|number| format!("line {number} of a page that is longer than a segment"))
}

/// Python's servers over TLS: good certificates are accepted, each bad one is refused with its own error.
pub(crate) fn tls(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    build(workspace, log)?;
    let programs = python::environment(workspace, log)?;
    let folder = workspace.output().join("tls-servers");
    std::fs::create_dir_all(&folder)?;
    let mut command = workspace.command(programs.join("python"));
    command.arg(workspace.clients().join("tls_servers.py")).arg(&folder).env("PYTHONDONTWRITEBYTECODE", "1");
    command.stderr(log.sink()?);
    let server = Server::spawn(command, log.writer()?)?;
    for line in std::fs::read_to_string(folder.join("servers.txt"))?.lines() {
        let mut words = line.splitn(3, ' ');
        let mut word = || words.next().context("a line is `port host expectation`");
        let (port, host, expectation) = (word()?, word()?, word()?);
        let mut client = workspace.example("websocket_client");
        client.args(["--count", "100", "--ca"]).arg(folder.join("ca.pem"));
        let (status, said) = log.output(client.arg(format!("wss://{host}:{port}/")))?;
        let accepted = status.success() && said.contains("all 100 messages came back");
        let refused =
            !status.success() && said.contains("shaking hands for TLS") && said.contains(expectation);
        ensure!(if expectation == "good" { accepted } else { refused }, "{line}: {said}");
    }
    server.stop()?;
    // The last one asks for a second hello, with a cookie in it.
    for options in [&["-tls1_2"][..], &["-tls1_3"], &["-tls1_3", "-stateless"]] {
        asked_for_a_certificate(workspace, log, &folder, options)?;
    }
    Ok(Outcome::Passed)
}

/// OpenSSL's server, which asks clients for a certificate: with one there is a page, without one an error.
fn asked_for_a_certificate(
    workspace: &Workspace,
    log: &mut Log,
    folder: &Path,
    options: &[&str],
) -> Result<()> {
    let address = Address::free()?;
    let (authority, identity) = (folder.join("ca.pem"), folder.join("server.pem"));
    let mut openssl = workspace.command("openssl");
    openssl.args(["s_server", "-www", "-Verify", "2", "-verify_return_error"]).args(options).arg("-accept");
    openssl.arg(address.authority()).arg("-CAfile").arg(&authority).arg("-cert").arg(&identity);
    let _server = Silent::spawn(openssl, log, address)?;
    let url = format!("https://10.0.2.2:{}/", address.port());
    let mut get = |shown: &[&OsStr]| {
        let mut get = workspace.example("http_get");
        log.quiet_output(get.arg("--ca").arg(&authority).arg(&url).args(shown))
    };
    let certificate = [folder.join("client.pem"), folder.join("client-key.pem")];
    let shown = ["--cert".as_ref(), certificate[0].as_os_str(), certificate[1].as_os_str()];
    let (status, page) = get(&shown)?;
    ensure!(status.success() && page.contains("Ciphers supported"), "{options:?}, {status}: {page}");
    let (status, page) = get(&[])?;
    ensure!(!status.success() && page.is_empty(), "{options:?} without a certificate, {status}: {page}");
    Ok(())
}

/// Node's server, plain and over TLS.
pub(crate) fn node(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    build(workspace, log)?;
    node::install_packages(workspace, log)?;
    let mut command = node::script(workspace, "ws_server.js");
    command.stderr(log.sink()?);
    let server = Server::spawn(command, log.writer()?)?;
    count(workspace, log, server.address())?;
    server.stop()?;
    let chain = workspace.certificate();
    let mut command = node::script(workspace, "ws_server.js");
    command.arg(&chain).arg(workspace.certificate_key()).stderr(log.sink()?);
    let server = Server::spawn(command, log.writer()?)?;
    let mut client = workspace.example("websocket_client");
    client.args(["--count", MESSAGES, "--ca"]).arg(&chain);
    log.run(client.arg(format!("wss://localhost:{}/", server.address().port())))?;
    server.stop()?;
    Ok(Outcome::Passed)
}

pub(crate) fn build(workspace: &Workspace, log: &mut Log) -> Result<()> {
    log.run(workspace.cargo_for_all("build").args(["--example", "websocket_client", "--example", "http_get"]))
}

/// By address and by name, with and without a subprotocol.
fn count(workspace: &Workspace, log: &mut Log, server: Address) -> Result<()> {
    let client = |options: &[&str], url: String| {
        let mut client = workspace.example("websocket_client");
        client.args(["--count", MESSAGES]).args(options).arg(url);
        client
    };
    log.run(&mut client(&["--protocol", "echo-protocol"], server.seen_by_device("ws", "/")))?;
    log.run(&mut client(&[], server.seen_by_device("ws", "/any?path").replace("10.0.2.2", "localhost")))
}

fn pages(workspace: &Workspace, log: &mut Log, server: Address) -> Result<()> {
    let expected: String = page().map(|line| line + "\n").collect();
    for path in ["/length", "/chunked", "/close", "/redirect"] {
        let mut get = workspace.example("http_get");
        let (status, page) = log.quiet_output(get.arg(server.seen_by_device("http", path)))?;
        ensure!(status.success() && page == expected, "{path}: {} bytes, {status}", page.len());
    }
    let mut get = workspace.example("http_get");
    let (status, page) = log.quiet_output(get.arg(server.seen_by_device("http", "/missing")))?;
    ensure!(!status.success() && page == "nothing", "/missing: {page:?}, {status}");
    Ok(())
}

fn port_of_pages(said: &str) -> Result<u16> {
    let port = said.lines().find_map(|line| line.strip_prefix("pages on ")?.parse().ok());
    port.context("the server did not say where its pages are")
}

/// A server without a word that says when it is ready: it is when it accepts connections. Dropping it ends that process, and no other.
pub(crate) struct Silent {
    child: process::Owned,
}

/// For a server to start, and to end by itself.
const LIMIT: Duration = Duration::from_secs(30);

impl Silent {
    pub(crate) fn spawn(mut command: Command, log: &Log, address: Address) -> Result<Self> {
        command.stdin(Stdio::null()).stdout(log.sink()?).stderr(log.sink()?);
        let child = process::Owned::spawn(&mut command)
            .with_context(|| format!("cannot start `{}`", process::shown(&command)))?;
        let silent = Self { child };
        let connected = process::poll(LIMIT, || anyhow::Ok(address.connect(LIMIT).ok()))?;
        connected.with_context(|| format!("nobody accepts on {}", address.authority()))?;
        Ok(silent)
    }

    /// Waits until it ends by itself.
    pub(crate) fn end(mut self) -> Result<()> {
        process::wait(&mut self.child, LIMIT)?.context("the server does not end")?;
        Ok(())
    }
}
