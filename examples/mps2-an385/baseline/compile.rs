//! Compiles lwIP's `httpd` and `tcpecho_raw` from the same lwIP tree and with the same configuration as `lwip-sys`: for the build
//! scripts of this board and of `benches/`, which compare with the same two servers.

use std::env;
use std::path::{Path, PathBuf};

/// `folder` is the one of this file.
pub fn compile(folder: &Path) {
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
        .include(folder)
        .include(source.join("apps/http"))
        .include(source.join("../contrib/apps/tcpecho_raw"));
    build.std("c99").warnings(false).flag("-ffunction-sections").flag("-fdata-sections");
    build.files(["web_server.c", "echo_server.c"].map(|file| folder.join(file))).compile("baseline");
    println!("cargo::rerun-if-changed={}", folder.display());
}
