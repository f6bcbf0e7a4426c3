//! Whose semaphores and mailboxes lwIP uses with NO_SYS=0.

use std::env;

use crate::compile::is_set;
use crate::error::BuildError;
use crate::options::Options;

/// Compiles this crate's own (`src/port/threads`, the cfg `port_threads`) where lwIP needs some, the firmware brings none, and the
/// target has the standard library. Where there are threads, what they share must be protected.
pub(crate) fn choose(options: &Options) -> Result<(), BuildError> {
    println!("cargo::rustc-check-cfg=cfg(port_threads)");
    if !is_set(options, "NO_SYS") && !is_set(options, "SYS_LIGHTWEIGHT_PROT") {
        return Err(BuildError::NoProtection);
    }
    let firmware_brings_them = env::var_os("CARGO_FEATURE_EXTERNAL").is_some()
        || env::var_os("LWIP_PORT_DIR").is_some_and(|list| !list.is_empty());
    if is_set(options, "NO_SYS") || firmware_brings_them {
        return Ok(());
    }
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "none") {
        return Err(BuildError::NoThreads { target: env::var("TARGET").unwrap_or_default() });
    }
    println!("cargo::rustc-cfg=port_threads");
    Ok(())
}
