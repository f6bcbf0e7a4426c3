//! Puts the linker scripts where the linker finds them; with the feature `baseline` compiles lwIP's own servers.

use std::env;
use std::fs;
use std::path::PathBuf;

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets OUT_DIR"));
    for script in ["memory.x", "device.x"] {
        fs::copy(script, out.join(script)).unwrap_or_else(|error| panic!("{script}: {error}"));
        println!("cargo::rerun-if-changed={script}");
    }
    println!("cargo::rustc-link-search={}", out.display());
    #[cfg(feature = "baseline")]
    baseline();
}

/// `httpd` and `tcpecho_raw` from the same lwIP tree and with the same configuration as `lwip-sys`.
#[cfg(feature = "baseline")]
fn baseline() {
    let lwip = |name: &str| env::var(format!("DEP_LWIP_{name}")).expect("lwip-sys tells its dependents");
    let source = PathBuf::from(lwip("SRC"));
    let mut build = cc::Build::new();
    for include in env::split_paths(&lwip("INCLUDE")) {
        build.flag("-isystem").flag(include);
    }
    for define in lwip("DEFINES").split_whitespace() {
        let (name, value) =
            define.split_once('=').map_or((define, None), |(name, value)| (name, Some(value)));
        build.define(name, value);
    }
    build
        .include("baseline")
        .include(source.join("apps/http"))
        .include(source.join("../contrib/apps/tcpecho_raw"));
    build.std("c99").warnings(false).flag("-ffunction-sections").flag("-fdata-sections");
    build.files(["baseline/web_server.c", "baseline/echo_server.c"]).compile("baseline");
    // httpd compares strings; memcpy and its kin come from Rust's compiler_builtins, as for every firmware here.
    println!("cargo::rustc-link-arg-bin=baseline_httpd=-lc");
    println!("cargo::rerun-if-changed=baseline");
}
