//! Programs of examples/c as tasks of FreeRTOS, with lwIP in its own thread: examples/mps2-an385/freertos, booted.

use crate::board::client::{Course, Wire, restart};
use crate::board::clients::{Echo, Http};
use crate::board::emulator::Boot;
use crate::board::links;
use crate::component;
use crate::judges::capi;
use crate::log::Log;
use crate::lwip_source::lwip_2_1_3;
use crate::process;
use crate::steps::Outcome;
use crate::toolchain::Toolchain;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Programs that serve, the status of their page, and the clients that judge them.
const SERVERS: &[(&str, &str, &str)] =
    &[("websocket_server", "404", "echo.py"), ("http_server_post", "200", "c_post.py")];
/// The same over TLS.
pub(crate) const SECURE_SERVERS: &[(&str, &str, &str)] =
    &[("websocket_server", "404", "c_secure.py"), ("http_server_post", "200", "c_post.py")];

/// How lwIP's thread is asked: by message, as in the SDK, or under the core lock.
const LOCKS: &[&str] = &[BY_MESSAGE, UNDER_LOCK];
pub(crate) const BY_MESSAGE: &str = "0";
pub(crate) const UNDER_LOCK: &str = "1";

/// For what was sent to be acknowledged.
const LIMIT: Duration = Duration::from_secs(10);

/// Lines that a client sends, and what it says meanwhile.
const LINES: &str = "600";
const COURSE: Course<'_> =
    Course { before: "lws: received: line 200", lost: "lws: closed", all: "lws: received: line 600" };

/// What firmware is built of.
pub(crate) struct Sources {
    lwip: PathBuf,
    freertos: PathBuf,
}

/// A firmware to build.
#[derive(Clone, Copy)]
pub(crate) struct Firmware {
    /// Of `examples/c`.
    program: &'static str,
    /// One of [`LOCKS`].
    lock: &'static str,
    is_secure: bool,
    /// Handshakes have a task of their own.
    has_worker: bool,
    clients_only: bool,
    /// The library logs nothing.
    is_quiet: bool,
}

/// Servers in each of lwIP's modes; over TLS, and clients, as the SDK has lwIP.
pub(crate) fn check(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let sources = Sources::find(workspace, log)?;
    for &lock in LOCKS {
        for &(program, page, script) in SERVERS {
            let firmware = Firmware::new(program, lock);
            let image = sources.build(workspace, log, firmware)?;
            capi::boot(workspace, log, image, page, script).with_context(|| firmware.named())?;
        }
    }
    let firmware = Firmware::new("status_server", BY_MESSAGE);
    let image = sources.build(workspace, log, firmware)?;
    links::names(workspace, log, &image, links::SEQUENCE_NUMBERS, &[])?;
    takes_what_it_says(workspace, log, image.clone()).with_context(|| firmware.named())?;
    forgets_who_has_left(workspace, log, image).with_context(|| firmware.named())?;
    let client = Firmware::new("websocket_client", BY_MESSAGE);
    for (firmware, wire) in [
        (client.for_clients_only().without_log(), Wire::Plain),
        (client.over_tls().with_worker(), Wire::Secure),
    ] {
        let image = sources.build(workspace, log, firmware)?;
        if firmware.clients_only {
            links::names(workspace, log, &image, links::CLIENT, &[links::SERVER, links::INTERFACE])?;
        }
        connect(workspace, log, image, wire).with_context(|| firmware.named())?;
    }
    for &(program, page, script) in SECURE_SERVERS {
        let plain = Firmware::new(program, BY_MESSAGE).over_tls();
        let firmware = if script == "c_secure.py" { plain.with_worker() } else { plain };
        let image = sources.build(workspace, log, firmware)?;
        match firmware.has_worker {
            true => links::names(workspace, log, &image, links::WORKER, &[links::INTERFACE])?,
            false => links::names(workspace, log, &image, links::SERVER, &[links::WORKER, links::INTERFACE])?,
        }
        links::names(workspace, log, &image, links::GCM, &[links::SLOW_GCM])?;
        let report =
            capi::boot_secure(workspace, log, image, page, script).with_context(|| firmware.named())?;
        log.note(format_args!("{report:?}"))?;
    }
    Ok(Outcome::Passed)
}

/// A firmware that says what its clients take of the heap at most: they take no more, nor half of it; and that counts them.
fn takes_what_it_says(workspace: &Workspace, log: &mut Log, image: PathBuf) -> Result<()> {
    const CLIENTS: u64 = 8;
    let mut emulator = capi::boot_page(workspace, log, image, "404")?;
    let address = emulator.address();
    let status = || -> Result<Value> { Ok(serde_json::from_str(&Http::get_body(address, "/status")?)?) };
    let number = |status: &Value, name: &str| status[name].as_u64().with_context(|| format!("no {name}"));
    let before = status()?;
    let used = emulator.report()?.heap_used;
    let clients: Vec<Echo> = (0..CLIENTS).map(|_| Echo::open(address, "/")).collect::<Result<_>>()?;
    let most = number(&before, "idle")? * CLIENTS;
    // What was sent last is held until it is acknowledged.
    let taken = process::poll(LIMIT, || -> Result<Option<u64>> {
        let taken = emulator.report()?.heap_used.saturating_sub(used);
        Ok((taken <= most).then_some(taken))
    })?;
    let taken =
        taken.with_context(|| format!("{CLIENTS} clients take more than the {most} bytes promised"))?;
    log.note(format_args!("{taken} bytes taken by {CLIENTS} clients, at most {most} were promised"))?;
    ensure!(taken >= most / 2, "{taken} bytes are taken, and {most} were promised");
    let after = status()?;
    ensure!(number(&after, "websockets")? == CLIENTS, "{after} after {CLIENTS} WebSockets were opened");
    ensure!(number(&after, "peak")? > CLIENTS && number(&after, "longest_pass")? < 1_000, "{after}");
    drop(clients);
    Ok(())
}

/// Clients that come and go, more of them than would find room in the heap if lwIP remembered them all for two minutes.
fn forgets_who_has_left(workspace: &Workspace, log: &mut Log, image: PathBuf) -> Result<()> {
    const CLIENTS: u32 = 1_500;
    /// What lwIP remembers of as many as it has room for.
    const MOST: u64 = 16 * 1024;
    let mut emulator = capi::boot_page(workspace, log, image, "404")?;
    let used = emulator.report()?.heap_used;
    for client in 1..=CLIENTS {
        Http::get_once(emulator.address(), "/status").with_context(|| format!("client {client}"))?;
    }
    let taken = emulator.report()?.heap_used.saturating_sub(used);
    ensure!(taken <= MOST, "{taken} bytes of heap are left with {CLIENTS} clients that are gone");
    Ok(())
}

/// A client whose server goes, and comes back, gets an answer to its last line, and ends well.
fn connect(workspace: &Workspace, log: &mut Log, image: PathBuf, wire: Wire) -> Result<()> {
    let boot = |port: u16| {
        // The server's certificate is for localhost.
        let words = ["-s", "10.0.2.2", "-h", "localhost", "-n", LINES, "-p"];
        words.into_iter().fold(Boot::new(image), Boot::argument).argument(port.to_string())
    };
    let (emulator, server) = restart(workspace, log, wire, boot, &COURSE)?;
    emulator.ends()?;
    server.stop()
}

impl Firmware {
    pub(crate) fn new(program: &'static str, lock: &'static str) -> Self {
        Self { program, lock, is_secure: false, has_worker: false, clients_only: false, is_quiet: false }
    }

    pub(crate) fn over_tls(self) -> Self {
        Self { is_secure: true, ..self }
    }

    /// Its handshakes in a task of their own.
    pub(crate) fn with_worker(self) -> Self {
        Self { has_worker: true, ..self }
    }

    /// With a library that has no servers.
    pub(crate) fn for_clients_only(self) -> Self {
        Self { clients_only: true, ..self }
    }

    /// With a library that logs nothing.
    pub(crate) fn without_log(self) -> Self {
        Self { is_quiet: true, ..self }
    }

    fn named(self) -> String {
        let wire = match (self.is_secure, self.has_worker) {
            (false, _) => "",
            (true, false) => " over TLS",
            (true, true) => " over TLS, with a worker,",
        };
        format!("{}.c{wire} with LWIP_TCPIP_CORE_LOCKING={}", self.program, self.lock)
    }

    /// The folder in which firmware with the same library is built.
    fn folder(self) -> String {
        let wire = if self.is_secure { "-tls" } else { "" };
        let roles = if self.clients_only { "-clients" } else { "" };
        let log = if self.is_quiet { "-quiet" } else { "" };
        format!("lock-{}{wire}{roles}{log}", self.lock)
    }
}

impl Sources {
    /// Fetches what is not there.
    pub(crate) fn find(workspace: &Workspace, log: &mut Log) -> Result<Self> {
        Toolchain::find_or_install(workspace, log, &["thumbv7m-none-eabi"])?;
        Ok(Self { lwip: lwip_2_1_3(workspace, log)?, freertos: freertos(workspace, log)? })
    }

    /// Builds a firmware, in a file of its own.
    pub(crate) fn build(&self, workspace: &Workspace, log: &mut Log, firmware: Firmware) -> Result<PathBuf> {
        let Firmware { program, lock, .. } = firmware;
        let build = workspace.output().join("rtos").join(firmware.folder());
        let application = workspace.root().join("examples/c").join(program).with_extension("c");
        let mut configure = workspace.command("cmake");
        configure.args(["-S", "examples/mps2-an385/freertos", "-B"]).arg(&build);
        configure.arg(setting("LWIP", &self.lwip)).arg(setting("FREERTOS", &self.freertos));
        configure.arg(setting("APPLICATION", &application));
        for (option, is_on) in [
            ("SECURE", firmware.is_secure),
            ("WORKER", firmware.has_worker),
            ("CLIENTS_ONLY", firmware.clients_only),
            ("QUIET", firmware.is_quiet),
        ] {
            configure.arg(format!("-D{option}={}", if is_on { "ON" } else { "OFF" }));
        }
        log.run(configure.arg(format!("-DLWIP_DEFINES=LWIP_TCPIP_CORE_LOCKING={lock}")))?;
        log.run(workspace.command("cmake").arg("--build").arg(&build).args(component::AT_ONCE))?;
        let image = build.join(format!("{program}.elf"));
        fs::copy(build.join("firmware.elf"), &image)?;
        Ok(image)
    }
}

/// `-DNAME=path` for CMake.
pub(crate) fn setting(name: &str, path: &Path) -> String {
    format!("-D{name}={}", path.display())
}

/// The folder of FreeRTOS' kernel: inside the crate `freertos-next`, which this one names and never compiles.
pub(crate) fn freertos(workspace: &Workspace, log: &mut Log) -> Result<PathBuf> {
    let mut cargo = workspace.cargo();
    // Not offline: cargo has not downloaded what no target needs.
    cargo.args(["metadata", "--format-version", "1", "--locked"]);
    let metadata: Value =
        serde_json::from_str(&log.text(&mut cargo)?).context("cargo metadata is not JSON")?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let mut manifests = packages
        .filter(|package| package["name"] == "freertos-next")
        .filter_map(|package| package["manifest_path"].as_str());
    let manifest = manifests.next().context("cargo does not know the crate freertos-next")?;
    let kernel = Path::new(manifest).with_file_name("FreeRTOS-Kernel");
    ensure!(kernel.join("tasks.c").is_file(), "{} has no tasks.c", kernel.display());
    Ok(kernel)
}
