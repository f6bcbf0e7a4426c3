//! Compiles lwIP's `httpd` and `tcpecho_raw`, the servers that ours is compared with; and for the feature `capi` ours in C.

use std::path::Path;

#[path = "../examples/mps2-an385/baseline/compile.rs"]
mod baseline;

fn main() {
    baseline::compile(Path::new("../../examples/mps2-an385/baseline"));
    if std::env::var_os("CARGO_FEATURE_CAPI").is_some() {
        println!("cargo::rerun-if-changed=src/echo.c");
        let mut echo = cc::Build::new();
        echo.include("../../include").include("../../wm-sys/include").file("src/echo.c").compile("echo");
    }
}
