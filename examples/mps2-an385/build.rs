//! Puts the linker scripts where the linker finds them; with the feature `baseline` compiles lwIP's own servers.

use std::env;
use std::fs;
use std::path::PathBuf;

#[cfg(feature = "baseline")]
#[path = "baseline/compile.rs"]
mod baseline;

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets OUT_DIR"));
    // The linker looks into this folder before it looks there: a script that changes on its way has another name here.
    for (script, name) in [("memory.in.x", "memory.x"), ("device.x", "device.x")] {
        let text = fs::read_to_string(script).unwrap_or_else(|error| panic!("{script}: {error}"));
        let text = if cfg!(feature = "tls-small") { with_stack_for_tls(&text) } else { text };
        fs::write(out.join(name), text).unwrap_or_else(|error| panic!("{name}: {error}"));
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

/// Handshakes of TLS 1.3 take more than the 8 KB that are enough without TLS.
fn with_stack_for_tls(script: &str) -> String {
    script
        .replace("LENGTH = 8K + 256", "LENGTH = 16K + 256")
        .replace("0x20002600", "0x20004600")
        .replace("0x2600", "0x4600")
}
