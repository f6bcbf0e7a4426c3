//! Puts the linker scripts where the linker finds them, and newlib before Rust's runtime; with the feature `baseline` compiles lwIP's own
//! servers.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

#[cfg(feature = "baseline")]
#[path = "baseline/compile.rs"]
mod baseline;

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets OUT_DIR"));
    // The linker looks into this folder before it looks there: a script that changes on its way has another name here.
    for (script, name) in [("memory.in.x", "memory.x"), ("device.x", "device.x")] {
        let text = fs::read_to_string(script).unwrap_or_else(|error| panic!("{script}: {error}"));
        let text = if cfg!(feature = "tls12") { with_stack_for_tls(&text) } else { text };
        fs::write(out.join(name), text).unwrap_or_else(|error| panic!("{name}: {error}"));
        println!("cargo::rerun-if-changed={script}");
    }
    println!("cargo::rustc-link-search={}", out.display());
    link_newlib();
    #[cfg(feature = "baseline")]
    baseline::compile(std::path::Path::new("baseline"));
}

/// newlib's memcpy is written for this core. That of Rust's compiler_builtins copies octet by octet wherever source and destination are
/// aligned differently, which in packets they mostly are: an echo of 4 KiB takes a third more instructions with it.
fn link_newlib() {
    let linker =
        env::var_os("RUSTC_LINKER").expect("Cargo sets RUSTC_LINKER to the linker of .cargo/config.toml");
    let question =
        Command::new(&linker).args(["-mcpu=cortex-m3", "-mthumb", "-print-file-name=libc.a"]).output();
    let answer = question.unwrap_or_else(|error| panic!("{}: {error}", linker.display()));
    let library = PathBuf::from(String::from_utf8_lossy(&answer.stdout).trim());
    let folder = library.parent().filter(|folder| folder.is_absolute());
    let folder = folder
        .unwrap_or_else(|| panic!("{} has no newlib: install libnewlib-arm-none-eabi", linker.display()));
    println!("cargo::rustc-link-search={}", folder.display());
    // Without bundling it stands right after this crate, and so before compiler_builtins: the first to define a symbol is taken.
    println!("cargo::rustc-link-lib=static:-bundle=c");
    // Mbed TLS comes behind it, and its memmove would be that of compiler_builtins: 1.4 KB more.
    #[cfg(feature = "tls12")]
    println!("cargo::rustc-link-arg-bins=-Wl,--undefined=__aeabi_memmove");
}

/// Handshakes of TLS 1.3 take more than the 8 KB that are enough without TLS.
fn with_stack_for_tls(script: &str) -> String {
    script
        .replace("LENGTH = 8K + 256", "LENGTH = 16K + 256")
        .replace("0x20002600", "0x20004600")
        .replace("0x2600", "0x4600")
}
