//! Programs of examples/c as tasks of FreeRTOS, with lwIP in its own thread: examples/mps2-an385/freertos, booted.

use crate::judges::capi;
use crate::log::Log;
use crate::lwip_source::lwip_2_1_3;
use crate::steps::Outcome;
use crate::toolchain::Toolchain;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Programs, the status of their page, and the clients that judge them.
const PROGRAMS: &[(&str, &str, &str)] =
    &[("websocket_server", "404", "echo.py"), ("http_server_post", "200", "c_post.py")];

/// How lwIP's thread is asked: by message, as in the SDK, or under the core lock.
const LOCKS: &[&str] = &[BY_MESSAGE, UNDER_LOCK];
pub(crate) const BY_MESSAGE: &str = "0";
pub(crate) const UNDER_LOCK: &str = "1";

/// What firmware is built of.
pub(crate) struct Sources {
    lwip: PathBuf,
    freertos: PathBuf,
}

/// Each program, in each of lwIP's modes.
pub(crate) fn check(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let sources = Sources::find(workspace, log)?;
    for lock in LOCKS {
        for (program, page, script) in PROGRAMS {
            let firmware = sources.build(workspace, log, program, lock)?;
            capi::boot(workspace, log, firmware, page, script)
                .with_context(|| format!("{program}.c with LWIP_TCPIP_CORE_LOCKING={lock}"))?;
        }
    }
    Ok(Outcome::Passed)
}

impl Sources {
    /// Fetches what is not there.
    pub(crate) fn find(workspace: &Workspace, log: &mut Log) -> Result<Self> {
        Toolchain::find_or_install(workspace, log, &["thumbv7m-none-eabi"])?;
        Ok(Self { lwip: lwip_2_1_3(workspace, log)?, freertos: freertos(workspace, log)? })
    }

    /// The firmware with this program of `examples/c`, in a mode of lwIP's, in a file of its own.
    pub(crate) fn build(
        &self,
        workspace: &Workspace,
        log: &mut Log,
        program: &str,
        lock: &str,
    ) -> Result<PathBuf> {
        let build = workspace.output().join("rtos").join(format!("lock-{lock}"));
        let application = workspace.root().join("examples/c").join(program).with_extension("c");
        let mut configure = workspace.command("cmake");
        configure.args(["-S", "examples/mps2-an385/freertos", "-B"]).arg(&build);
        configure.arg(setting("LWIP", &self.lwip)).arg(setting("FREERTOS", &self.freertos));
        configure.arg(setting("APPLICATION", &application));
        log.run(configure.arg(format!("-DLWIP_DEFINES=LWIP_TCPIP_CORE_LOCKING={lock}")))?;
        log.run(workspace.command("cmake").arg("--build").arg(&build).arg("--parallel"))?;
        let firmware = build.join(format!("{program}.elf"));
        fs::copy(build.join("firmware.elf"), &firmware)?;
        Ok(firmware)
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
    let (status, text) = log.quiet_output(&mut cargo)?;
    ensure!(status.success(), "cargo metadata failed");
    let metadata: Value = serde_json::from_str(&text).context("cargo metadata is not JSON")?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let mut manifests = packages
        .filter(|package| package["name"] == "freertos-next")
        .filter_map(|package| package["manifest_path"].as_str());
    let manifest = manifests.next().context("cargo does not know the crate freertos-next")?;
    let kernel = Path::new(manifest).with_file_name("FreeRTOS-Kernel");
    ensure!(kernel.join("tasks.c").is_file(), "{} has no tasks.c", kernel.display());
    Ok(kernel)
}
