//! Puts the linker scripts where the linker finds them; with the feature `baseline` compiles lwIP's own servers.

use std::env;
use std::fs;
use std::path::PathBuf;

#[cfg(feature = "baseline")]
#[path = "baseline/compile.rs"]
mod baseline;

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets OUT_DIR"));
    for script in ["memory.x", "device.x"] {
        fs::copy(script, out.join(script)).unwrap_or_else(|error| panic!("{script}: {error}"));
        println!("cargo::rerun-if-changed={script}");
    }
    println!("cargo::rustc-link-search={}", out.display());
    #[cfg(feature = "baseline")]
    {
        baseline::compile(std::path::Path::new("baseline"));
        // httpd compares strings; memcpy and its kin come from Rust's compiler_builtins, as for every firmware here.
        println!("cargo::rustc-link-arg-bin=baseline_httpd=-lc");
    }
}
