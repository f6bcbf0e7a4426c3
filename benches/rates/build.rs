//! Compiles lwIP's `httpd` and `tcpecho_raw` from the same lwIP tree and with the same configuration as `lwip-sys`: the same
//! two C files that the firmware baselines of `examples/mps2-an385` are made of.

use std::env;
use std::path::PathBuf;

const BASELINE: &str = "../../examples/mps2-an385/baseline";

fn main() {
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
        .include(BASELINE)
        .include(source.join("apps/http"))
        .include(source.join("../contrib/apps/tcpecho_raw"));
    build.std("c99").warnings(false);
    build
        .files(["web_server.c", "echo_server.c"].map(|file| PathBuf::from(BASELINE).join(file)))
        .compile("baseline");
    println!("cargo::rerun-if-changed={BASELINE}");
}
