//! `wm_port.h` is self-contained C99, and C++ includes it too.

use std::env;
use std::path::Path;
use std::process::Command;

const STRICT: [&str; 6] =
    ["-Wall", "-Wextra", "-Werror", "-pedantic", "-Wstrict-prototypes", "-Wmissing-prototypes"];

fn assert_compiles(compiler: &str, default: &str, language: &[&str], flags: &[&str]) {
    let header = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/wm_port.h");
    let compiler = env::var(compiler).unwrap_or_else(|_| default.into());
    let output = Command::new(&compiler)
        .args(language)
        .args(flags)
        .arg("-fsyntax-only")
        .arg(header)
        .output()
        .unwrap_or_else(|error| panic!("cannot run the compiler `{compiler}`: {error}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn compiles_as_c99() {
    assert_compiles("CC", "cc", &["-x", "c", "-std=c99"], &STRICT);
}

#[test]
fn compiles_as_cpp() {
    assert_compiles("CXX", "c++", &["-x", "c++", "-std=c++11"], &STRICT[..4]);
}
