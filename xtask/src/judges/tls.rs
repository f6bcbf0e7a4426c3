//! TLS: what curl, OpenSSL, Python, Chromium and bad clients say about the examples over HTTPS and WSS.

use crate::address::Address;
use crate::judges::{kosoku, node, python};
use crate::log::Log;
use crate::server::Server;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::process::Stdio;

/// An example that serves HTTPS with the certificate of the repository.
pub(crate) fn start(workspace: &Workspace, log: &mut Log, example: &str) -> Result<(Server, Address)> {
    let [certificate, key] =
        [workspace.certificate(), workspace.certificate_key()].map(|path| path.display().to_string());
    let server =
        Server::start(workspace, log, example, &["--tls", &certificate, &key, "--tls-port", "0", "-q"])?;
    let address = server.secure_address().context("the example announces no https address")?;
    Ok((server, address))
}

/// A page by each version; the wrong scheme is answered with 400.
pub(crate) fn curl(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let (server, address) = start(workspace, log, "http_server_post")?;
    pages(workspace, log, address)?;
    server.stop()?;
    Ok(Outcome::Passed)
}

/// The same with a server at `address`.
pub(crate) fn pages(workspace: &Workspace, log: &mut Log, address: Address) -> Result<()> {
    let https = address.http("/").replacen("http", "https", 1);
    for options in [&["--tls-max", "1.2"][..], &["--tlsv1.3"], &["--data", "{}"], &["--http1.1", "--head"]] {
        expect_curl(workspace, log, options, &https, "200")?;
    }
    expect_curl(workspace, log, &[], &address.http("/"), "400")?;
    expect_curl(workspace, log, &["--tls-max", "1.1"], &https, "000")?;
    expect_curl(workspace, log, &["--tlsv1.3"], &https, "200")
}

/// The same of a server that has TLS 1.2 alone: clients that know more speak that.
pub(crate) fn pages_by_tls_1_2(workspace: &Workspace, log: &mut Log, address: Address) -> Result<()> {
    let https = address.http("/").replacen("http", "https", 1);
    for (options, status) in [(&[][..], "200"), (&["--tls-max", "1.2"], "200"), (&["--tlsv1.3"], "000")] {
        expect_curl(workspace, log, options, &https, status)?;
    }
    expect_curl(workspace, log, &[], &https, "200")
}

fn expect_curl(
    workspace: &Workspace,
    log: &mut Log,
    options: &[&str],
    url: &str,
    status: &str,
) -> Result<()> {
    let mut curl = workspace.command("curl");
    curl.args(["--silent", "--max-time", "20", "--noproxy", "*", "--output", "/dev/null"]);
    curl.args(["--write-out", "%{http_code}", "--cacert"]).arg(workspace.certificate());
    let (_, output) = log.output(curl.args(options).arg(url))?;
    ensure!(output == status, "curl {options:?} {url}: status {output} instead of {status}");
    Ok(())
}

/// A session that is saved is resumed, in both versions.
pub(crate) fn openssl(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let (server, address) = start(workspace, log, "http_server_post")?;
    for version in ["-tls1_2", "-tls1_3"] {
        let session = workspace.output().join("tls-session.pem").display().to_string();
        let options = [version, "-groups", "P-256:X25519", "-sess_out", &session];
        let first = s_client(workspace, log, address, &options)?;
        ensure!(first.contains("New, TLSv1."), "{version}: no new session");
        ensure!(first.contains("Verify return code: 0 (ok)"), "{version}: not verified");
        // Of the client's groups, of which it likes P-256 best, the server takes the cheapest where the choice is its own.
        let is_cheapest = first.contains("Temp Key: X25519");
        ensure!(is_cheapest || version != "-tls1_2", "{version}: another group than X25519");
        let second = s_client(workspace, log, address, &[version, "-sess_in", &session])?;
        ensure!(second.contains("Reused, TLSv1."), "{version}: the session was not resumed");
    }
    server.stop()?;
    Ok(Outcome::Passed)
}

/// `openssl s_client`, which asks for a page, so that the server's tickets arrive before the end.
fn s_client(workspace: &Workspace, log: &mut Log, address: Address, options: &[&str]) -> Result<String> {
    let mut shell = workspace.command("sh");
    let request = r"printf 'GET / HTTP/1.1\r\nHost: device\r\nConnection: close\r\n\r\n'";
    let script = format!("{request} | openssl s_client -ign_eof -connect \"$0\" -CAfile \"$@\"");
    shell.args(["-c", &script, &address.authority()]).arg(workspace.certificate()).args(options);
    let (status, output) = log.output(shell.stdin(Stdio::null()))?;
    ensure!(status.success(), "openssl s_client ended with {status}");
    Ok(output)
}

/// Python's `websockets` over wss, several at once, idle in between.
pub(crate) fn python(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let (server, address) = start(workspace, log, "websocket_server")?;
    let authority = workspace.certificate().display().to_string();
    python::run(workspace, log, "tls_wss.py", address, &[&authority])?;
    server.stop()?;
    Ok(Outcome::Passed)
}

/// Clients that break the rules get the right alert, and the next one is served.
pub(crate) fn negative(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let (server, address) = start(workspace, log, "http_server_post")?;
    let authority = workspace.certificate().display().to_string();
    python::run(workspace, log, "tls_negative.py", address, &[&authority])?;
    server.stop()?;
    Ok(Outcome::Passed)
}

/// The Autobahn cases of sections 1 to 7 through a relay that speaks TLS for kosoku.
pub(crate) fn kosoku(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let (server, address) = start(workspace, log, "websocket_server")?;
    cases(workspace, log, address)?;
    server.stop()?;
    Ok(Outcome::Passed)
}

/// The same with a server at `address`.
pub(crate) fn cases(workspace: &Workspace, log: &mut Log, address: Address) -> Result<()> {
    kosoku::TLS.through_tls(workspace, log, address, &workspace.certificate())
}

/// Chromium on the demo's page and its WebSocket.
pub(crate) fn browser(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    node::install_packages(workspace, log)?;
    let (server, address) = start(workspace, log, "demo")?;
    let mut script = node::script(workspace, "browser.js");
    let url = address.http("/").replacen("http", "https", 1);
    log.run(script.arg(url).arg(workspace.output().join("demo-tls")))?;
    server.stop()?;
    Ok(Outcome::Passed)
}

/// A session with every single allocation made to fail.
pub(crate) fn memory(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let test = || {
        let mut cargo = workspace.cargo_for_all("test");
        cargo.args(["--test", "tls"]);
        cargo
    };
    log.run(test().arg("--no-run"))?;
    // In processes of their own: there is one Mbed TLS in each.
    log.run_together(&mut ["tls_1_2", "tls_1_3"].map(|version| {
        let mut one = test();
        one.args([&format!("every_allocation_may_fail_in_{version}"), "--", "--ignored"]);
        one
    }))?;
    Ok(Outcome::Passed)
}
