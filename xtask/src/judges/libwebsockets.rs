//! libwebsockets itself, as Debian has it: its test server with our clients, its test client with our server. Devices with the old firmware meet
//! those with the new.

use crate::address::Address;
use crate::judges::c_program::{self, Program};
use crate::judges::servers::{self, Silent};
use crate::log::Log;
use crate::process::{self, Owned};
use crate::staticlib;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Lines that its mirror has to give back. It gives everything back as text, binary messages too.
const LINES: usize = 100;

/// What the test client has to have heard and said before it is ended: numbers, and messages that were given back to it.
const COUNTED: u32 = 20;
const MIRRORED: u32 = 500;

pub(crate) fn judge(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    servers::build(workspace, log)?;
    for scheme in [Scheme::Plain, Scheme::Tls] {
        its_server(workspace, log, &scheme)?;
    }
    let package = staticlib::for_host(workspace, log)?;
    let flags = c_program::flags(workspace, log, &package)?;
    let program = workspace.output().join("mirror-server");
    let mut cc = workspace.command("cc");
    cc.args(["-g", "-O1", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined"]);
    cc.arg(workspace.root().join("tests/capi/programs/mirror_server.c")).arg("-o").arg(&program);
    log.run(cc.args(flags))?;
    for scheme in [Scheme::Plain, Scheme::Tls] {
        its_client(workspace, log, &scheme, &program)?;
    }
    Ok(Outcome::Passed)
}

enum Scheme {
    Plain,
    Tls,
}

impl Scheme {
    /// The options that make one of its programs speak TLS, or none.
    fn options<'o>(&self, options: &[&'o OsStr]) -> Vec<&'o OsStr> {
        match self {
            Scheme::Plain => Vec::new(),
            Scheme::Tls => options.to_vec(),
        }
    }

    fn url(&self, plain: &str, tls: &str, authority: &str) -> String {
        let scheme = if matches!(self, Scheme::Plain) { plain } else { tls };
        format!("{scheme}://{authority}/")
    }
}

/// Our clients: messages that its mirror gives back, and its page.
fn its_server(workspace: &Workspace, log: &mut Log, scheme: &Scheme) -> Result<()> {
    let address = Address::free()?;
    let (chain, key) = (workspace.certificate(), workspace.certificate_key());
    let mut command = workspace.command("libwebsockets-test-server");
    command.args(["--port", &address.port().to_string()]);
    command.args(scheme.options(&[
        "--ssl".as_ref(),
        "--ssl-cert".as_ref(),
        chain.as_os_str(),
        "--ssl-key".as_ref(),
        key.as_os_str(),
    ]));
    let _server = Silent::spawn(command, log, address)?;
    let authority = format!("localhost:{}", address.port());
    let trust = scheme.options(&["--ca".as_ref(), chain.as_os_str()]);
    let mut client = workspace.example("websocket_client");
    client.args(["--protocol", "lws-mirror-protocol"]).args(&trust).arg(scheme.url("ws", "wss", &authority));
    mirrored(client, &workspace.output().join("mirrored.txt"))?;
    let mut get = workspace.example("http_get");
    let (status, page) = log.quiet_output(get.args(&trust).arg(scheme.url("http", "https", &authority)))?;
    ensure!(status.success() && page.contains("Minimal Websocket test app"), "{status}: {page}");
    Ok(())
}

/// Gives a client lines to send, and waits until it has printed as many.
fn mirrored(mut client: Command, printed: &Path) -> Result<()> {
    client.stdin(Stdio::piped()).stdout(File::create(printed)?).stderr(Stdio::null());
    let mut client = Owned::spawn(&mut client).context("the client cannot be started")?;
    let mut input = client.stdin.take().context("the client has an input")?;
    let lines: String = (0..LINES).map(|number| format!("line {number} to be mirrored\n")).collect();
    input.write_all(lines.as_bytes())?;
    // Where its read buffer ends it makes two messages of one, and two lines.
    let joined = |text: &str| text.replace('\n', "");
    let all = || -> Result<_> {
        let so_far = joined(&fs::read_to_string(printed)?);
        Ok(so_far.contains(&joined(&lines)).then_some(()))
    };
    let came = process::poll(c_program::LIMIT, all)?;
    // The end of its input ends the client.
    drop(input);
    let status = process::wait(&mut client, c_program::LIMIT)?.context("the client does not end")?;
    came.with_context(|| format!("not all lines came back: see {}", printed.display()))?;
    ensure!(status.success(), "the client ended with {status}");
    Ok(())
}

/// Our server in C: its client hears numbers, and what it draws comes back.
fn its_client(workspace: &Workspace, log: &mut Log, scheme: &Scheme, program: &Path) -> Result<()> {
    let (chain, key) = (workspace.certificate(), workspace.certificate_key());
    let options = scheme.options(&["-c".as_ref(), chain.as_os_str(), "-k".as_ref(), key.as_os_str()]);
    let server = Program::start_with(workspace, log, program, &options)?;
    let mut command = workspace.command("libwebsockets-test-client");
    command.args(["127.0.0.1", "--port", &server.address.port().to_string()]);
    // Its certificates are checked elsewhere: this one vouches for itself.
    command.args(scheme.options(&["--ssl".as_ref(), "-s".as_ref()]));
    command.stdin(Stdio::null()).stdout(log.sink()?).stderr(log.sink()?);
    // It goes on until it is ended.
    let client = Owned::spawn(&mut command).context("libwebsockets-test-client cannot be started")?;
    let url = scheme.url("http", "https", &server.address.authority());
    let progress = || -> Result<_> {
        let mut curl = workspace.command("curl");
        let page = curl.args(["--silent", "--insecure", "--max-time", "20", &url]).output()?;
        Ok(seen(&String::from_utf8_lossy(&page.stdout))
            .filter(|seen| seen.0 >= COUNTED && seen.1 >= MIRRORED))
    };
    process::poll(c_program::LIMIT, progress)?.context("libwebsockets' test client does not get on")?;
    drop(client);
    server.stop()
}

/// The numbers in `counted 20 mirrored 500`.
fn seen(page: &str) -> Option<(u32, u32)> {
    let number = |name: &str| {
        let rest = page.split_once(name)?.1;
        rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
    };
    Some((number("counted ")?, number("mirrored ")?))
}

#[cfg(test)]
mod tests {
    use super::seen;

    #[test]
    fn the_page_says_how_far_it_is() {
        assert_eq!(seen("<h1>200</h1>counted 20 mirrored 512</body>"), Some((20, 512)));
        assert_eq!(seen("counted x mirrored 5"), None);
        assert_eq!(seen(""), None);
    }
}
