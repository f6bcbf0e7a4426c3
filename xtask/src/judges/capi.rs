//! The C API: programs in C against the package, judged as the Rust examples are.

use crate::board::emulator::{Boot, Emulator};
use crate::board::links;
use crate::board::report::Report;
use crate::judges::c_program::{self, Program};
use crate::judges::{curl, kosoku, python};
use crate::log::Log;
use crate::memcheck;
use crate::process;
use crate::staticlib;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// What every program is compiled with: the compiler finds nothing to say, the sanitizers nothing at run time.
const STRICT: &[&str] = &["-std=c11", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-pedantic"];
const SANITIZED: &[&str] = &["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

/// Sections 1 to 10 of the Autobahn cases, each against a build of the echo server that takes messages of that size whole.
const ECHO_SERVERS: &[(&str, &kosoku::Run)] =
    &[("16384", &kosoku::DEFAULT_LIMITS), ("16777216", &kosoku::WHOLE_MESSAGES)];

/// The layout, the languages, and whether the header is the Rust side's: tests/capi.
pub(crate) fn header(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    log.run(workspace.cargo_for_all("test").args(["--test", "capi"]))?;
    Ok(Outcome::Passed)
}

/// Programs that end by themselves, and servers that clients talk to.
pub(crate) fn judge(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let package = staticlib::for_host(workspace, log)?;
    only_its_own_names(workspace, log, &package)?;
    let programs = workspace.root().join("tests/capi/programs");
    for entry in fs::read_dir(&programs)? {
        let source = entry?.path();
        if source.extension().is_some_and(|extension| extension == "c") {
            let program = compile(workspace, log, &package, &source, SANITIZED)?;
            let needs_a_peer = |name: &OsStr| {
                let name = name.to_string_lossy();
                name.ends_with("_server") || name.ends_with("_client")
            };
            if !source.file_stem().is_some_and(needs_a_peer) {
                log.run(&mut workspace.command(program))?;
                // What is read before it was written, and what nobody can free any more.
                let program = compile(workspace, log, &package, &source, &[])?;
                log.run(workspace.command("valgrind").args(memcheck::STRICT).arg(program))?;
            }
        }
    }
    for (source, script) in [
        ("tests/capi/programs/callbacks_server.c", "callbacks.py"),
        ("tests/capi/programs/guarded_server.c", "c_guarded.py"),
        ("examples/c/websocket_server.c", "echo.py"),
        ("examples/c/http_server_post.c", "c_post.py"),
    ] {
        let program = compile(workspace, log, &package, &workspace.root().join(source), SANITIZED)?;
        let server = Program::start(workspace, log, &program)?;
        python::run(workspace, log, script, server.address, &[])?;
        server.stop()?;
    }
    for (name, exchanges) in [
        ("form_server.c", curl::C_FORMS),
        ("file_server.c", curl::C_FILES),
        ("stored_server.c", curl::C_STORED),
    ] {
        let source = programs.join(name);
        let program = compile(workspace, log, &package, &source, SANITIZED)?;
        let server = Program::start(workspace, log, &program)?;
        curl::exchange(workspace, log, exchanges, server.address)?;
        server.stop()?;
    }
    secure(workspace, log, &package)?;
    both_languages(workspace, log)?;
    client_and_server(workspace, log, &package)
}

/// Firmware with Rust of its own, at the port that C serves.
fn both_languages(workspace: &Workspace, log: &mut Log) -> Result<()> {
    let package = staticlib::of_crate(workspace, log, "examples/mixed", "thermometer_*")?;
    let source = workspace.root().join("examples/mixed/main.c");
    let program = compile(workspace, log, &package, &source, SANITIZED)?;
    let server = Program::start(workspace, log, &program)?;
    python::run(workspace, log, "mixed.py", server.address, &[])?;
    server.stop()
}

/// TLS with a certificate from memory: curl checks it, `websockets` speaks over it, and so does a client in C.
fn secure(workspace: &Workspace, log: &mut Log, package: &Path) -> Result<()> {
    let root = workspace.root();
    let program =
        compile(workspace, log, package, &root.join("tests/capi/programs/secure_server.c"), SANITIZED)?;
    let (chain, key) = (workspace.certificate(), workspace.certificate_key());
    let (other_chain, other_key) = other_identity(workspace, log)?;
    let mut options = vec!["-c".as_ref(), chain.as_os_str(), "-k".as_ref(), key.as_os_str()];
    options.extend(["--other-certificate".as_ref(), other_chain.as_os_str()]);
    options.extend(["--other-key".as_ref(), other_key.as_os_str(), "--worker".as_ref()]);
    let server = Program::start_with(workspace, log, &program, &options)?;
    let authority = server.address.authority();
    // Each name has its certificate, which is its own authority.
    for (host, trusted) in [("localhost", &chain), (OTHER_HOST, &other_chain)] {
        let mut curl = workspace.command("curl");
        curl.args(["--silent", "--show-error", "--fail", "--max-time", "20", "--cacert"]).arg(trusted);
        curl.args(["--connect-to", &format!("{host}:443:{authority}"), &format!("https://{host}/")]);
        let (_, page) = log.output(&mut curl)?;
        ensure!(page.contains("secure"), "curl got {page:?} from {host}");
    }
    python::run(workspace, log, "c_secure.py", server.address, &[&chain.to_string_lossy()])?;
    let client =
        compile(workspace, log, package, &root.join("tests/capi/programs/secure_client.c"), SANITIZED)?;
    let port = authority.replace("127.0.0.1:", "");
    log.run(workspace.command(client).args(["-p", &port, "-a"]).arg(&chain))?;
    server.stop()?;
    // The certificate becomes another one, and nobody is disconnected.
    let mut options = vec!["-c".as_ref(), chain.as_os_str(), "-k".as_ref(), key.as_os_str()];
    options.extend(["--renewed-certificate".as_ref(), other_chain.as_os_str()]);
    options.extend(["--renewed-key".as_ref(), other_key.as_os_str()]);
    let server = Program::start_with(workspace, log, &program, &options)?;
    let (old, renewed) = (chain.to_string_lossy(), other_chain.to_string_lossy());
    python::run(workspace, log, "c_renewal.py", server.address, &[&old, &renewed])?;
    server.stop()?;
    // Who wants in has to show a certificate.
    let mut options = vec!["-c".as_ref(), chain.as_os_str(), "-k".as_ref(), key.as_os_str()];
    options.extend(["--clients".as_ref(), other_chain.as_os_str()]);
    let server = Program::start_with(workspace, log, &program, &options)?;
    let mut curl = |shown: &[&OsStr]| {
        let mut curl = workspace.command("curl");
        curl.args(["--silent", "--max-time", "20", "https://localhost/", "--cacert"]).arg(&chain).args(shown);
        curl.args(["--connect-to", &format!("localhost:443:{}", server.address.authority())]);
        log.output(&mut curl)
    };
    let (status, page) =
        curl(&["--cert".as_ref(), other_chain.as_os_str(), "--key".as_ref(), other_key.as_os_str()])?;
    ensure!(
        status.success() && page.contains("secure for other.example"),
        "curl got {page:?} with its certificate"
    );
    let (status, page) = curl(&[])?;
    ensure!(!status.success() && page.is_empty(), "curl got {page:?} without a certificate");
    server.stop()?;
    without_tls(workspace, log, &program, &[&chain, &key])
}

/// Requests without TLS where it is spoken, as the program wants them.
fn without_tls(workspace: &Workspace, log: &mut Log, program: &Path, identity: &[&Path; 2]) -> Result<()> {
    for (plain, expected) in [("redirect", "308 https://localhost/a?b"), ("serve", "200 ")] {
        let options = ["-c".as_ref(), identity[0].as_os_str(), "-k".as_ref(), identity[1].as_os_str()];
        let options = [&options[..], &["--plain".as_ref(), plain.as_ref()]].concat();
        let server = Program::start_with(workspace, log, program, &options)?;
        let mut curl = workspace.command("curl");
        curl.args(["--silent", "--max-time", "20", "--write-out", "\n%{http_code} %{redirect_url}"]);
        curl.args(["--connect-to", &format!("localhost:80:{}", server.address.authority())]);
        let (_, answer) = log.output(curl.arg("http://localhost/a?b"))?;
        ensure!(answer.ends_with(expected), "curl got {answer:?} without TLS, to {plain}");
        ensure!(plain != "serve" || answer.contains("plain for"), "curl got {answer:?} without TLS");
        server.stop()?;
    }
    Ok(())
}

const OTHER_HOST: &str = "other.example";

/// A certificate for [`OTHER_HOST`], and its key.
fn other_identity(workspace: &Workspace, log: &mut Log) -> Result<(PathBuf, PathBuf)> {
    let folder = workspace.output().join("capi");
    let (chain, key) = (folder.join("other.pem"), folder.join("other-key.pem"));
    let mut openssl = workspace.command("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]);
    openssl.args(["-days", "30", "-subj", &format!("/CN={OTHER_HOST}")]);
    openssl.args(["-addext", &format!("subjectAltName=DNS:{OTHER_HOST}"), "-out"]).arg(&chain);
    log.run(openssl.arg("-keyout").arg(&key))?;
    Ok((chain, key))
}

/// The client in C against the server in C.
fn client_and_server(workspace: &Workspace, log: &mut Log, package: &Path) -> Result<Outcome> {
    let source = |name: &str| workspace.root().join("examples/c").join(name);
    let client = compile(workspace, log, package, &source("websocket_client.c"), SANITIZED)?;
    let server = compile(workspace, log, package, &source("websocket_server.c"), SANITIZED)?;
    let server = Program::start(workspace, log, &server)?;
    let port = server.address.authority().replace("127.0.0.1:", "");
    log.run(workspace.command(client).args(["-s", "127.0.0.1", "-p", &port, "-n", "5"]))?;
    server.stop()?;
    Ok(Outcome::Passed)
}

/// A firmware whose main is C, built by CMake and booted.
pub(crate) fn board(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let package = staticlib::for_board(workspace, log)?;
    let build = workspace.output().join("capi-board");
    let source = workspace.board().join("c");
    let mut configure = workspace.command("cmake");
    configure.arg("-S").arg(source).arg("-B").arg(&build);
    log.run(configure.arg(format!("-DCMAKE_PREFIX_PATH={}", package.display())))?;
    log.run(workspace.command("cmake").arg("--build").arg(&build))?;
    let firmware = build.join("firmware.elf");
    links_no_ballast(workspace, log, &firmware)?;
    boot(workspace, log, firmware, "200", "echo.py")?;
    Ok(Outcome::Passed)
}

/// A program that only serves does not pay for clients, 18 KB of flash, nor for `Debug` of a string somewhere in a line of the log: with
/// Unicode's tables 5 KB.
fn links_no_ballast(workspace: &Workspace, log: &mut Log, firmware: &Path) -> Result<()> {
    links::names(workspace, log, firmware, links::SERVER, &[links::CLIENT, "grapheme_extend", "EscapeAscii"])
}

/// Boots a firmware with a program in C, whose page `/` has this status, and lets the clients of `script` talk to it.
pub(crate) fn boot(
    workspace: &Workspace,
    log: &mut Log,
    firmware: PathBuf,
    page: &str,
    script: &str,
) -> Result<()> {
    let emulator = boot_page(workspace, log, firmware, page)?;
    python::run(workspace, log, script, emulator.address(), &[])
}

/// Boots such a firmware, and waits for its page.
pub(crate) fn boot_page(
    workspace: &Workspace,
    log: &mut Log,
    firmware: PathBuf,
    page: &str,
) -> Result<Emulator> {
    let emulator = Emulator::boot(workspace, &Boot::new(firmware), log.writer()?, log.sink()?)?;
    await_page(workspace, log, &[OsStr::new(&emulator.address().http("/"))], page)?;
    Ok(emulator)
}

/// The same over TLS, for a firmware that can be asked to end.
pub(crate) fn boot_secure(
    workspace: &Workspace,
    log: &mut Log,
    firmware: PathBuf,
    page: &str,
    script: &str,
) -> Result<Report> {
    let emulator = boot_secure_page(workspace, log, Boot::new(firmware), page)?;
    let chain = workspace.certificate();
    python::run(workspace, log, script, emulator.address(), &[&chain.to_string_lossy()])?;
    emulator.quit()
}

/// Boots such a firmware, and waits for its page.
pub(crate) fn boot_secure_page(
    workspace: &Workspace,
    log: &mut Log,
    boot: Boot,
    page: &str,
) -> Result<Emulator> {
    let boot = Boot { device_port: 443, ..boot };
    let emulator = Emulator::boot(workspace, &boot, log.writer()?, log.sink()?)?;
    let (chain, url) = (workspace.certificate(), emulator.address().http("/").replacen("http", "https", 1));
    // A handshake takes its time here.
    let ask = ["--max-time".as_ref(), "5".as_ref(), "--cacert".as_ref(), chain.as_os_str(), OsStr::new(&url)];
    await_page(workspace, log, &ask, page)?;
    Ok(emulator)
}

/// QEMU accepts for a guest that does not listen yet: the first answer tells that it does.
fn await_page(workspace: &Workspace, log: &mut Log, ask: &[&OsStr], page: &str) -> Result<()> {
    let answered = process::poll(c_program::LIMIT, || {
        let mut curl = workspace.command("curl");
        curl.args(["--silent", "--max-time", "2", "--output", "/dev/null", "--write-out", "%{http_code}"]);
        let (status, answer) = log.output(curl.args(ask))?;
        anyhow::Ok(status.success().then_some(answer))
    })?;
    let answer = answered.context("the firmware does not answer")?;
    ensure!(answer.trim() == page, "the page has status {answer}, not {page}");
    Ok(())
}

/// Sections 1 to 10 through the echo server in C.
pub(crate) fn autobahn(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let package = staticlib::for_host(workspace, log)?;
    for (size, run) in ECHO_SERVERS {
        let define = format!("-DWHOLE_MESSAGE={size}");
        let source = workspace.root().join("examples/c/websocket_server.c");
        let program = compile(workspace, log, &package, &source, &["-O2", &define])?;
        let server = Program::start(workspace, log, &program)?;
        run.against(workspace, log, server.address)?;
        server.stop()?;
    }
    Ok(Outcome::Passed)
}

/// Compiles a program as the documentation tells a stranger to.
fn compile(
    workspace: &Workspace,
    log: &mut Log,
    package: &Path,
    source: &Path,
    flags: &[&str],
) -> Result<PathBuf> {
    let folder = workspace.output().join("capi");
    fs::create_dir_all(&folder)?;
    let program = folder.join(source.file_stem().context("a source has a name")?);
    let found = c_program::flags(workspace, log, package)?;
    let mut cc = workspace.command("cc");
    cc.args(STRICT).args(flags).arg(source).arg("-o").arg(&program).args(found);
    log.run(&mut cc)?;
    Ok(program)
}

/// The library defines no name that is not the API's.
fn only_its_own_names(workspace: &Workspace, log: &mut Log, package: &Path) -> Result<()> {
    let mut nm = workspace.command("nm");
    nm.args(["--extern-only", "--defined-only", "--format=posix"]).arg(package.join("lib/libwebsockets.a"));
    let names = log.text(&mut nm)?;
    let names = names.lines().filter(|line| line.contains(' ')).filter_map(|line| line.split(' ').next());
    let foreign: Vec<&str> = names
        .filter(|name| {
            !["lws_", "_lws_", "lwsl_", "lwsac_", "lejp_", "wm_"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
        })
        .collect();
    ensure!(foreign.is_empty(), "names that are not the API's: {}", foreign.join(" "));
    Ok(())
}
