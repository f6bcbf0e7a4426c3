//! Tells dependents where `wm_port.h` lies, and builds the C half of the C port's test.

use std::env;
use std::path::{Path, PathBuf};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("Cargo sets CARGO_MANIFEST_DIR"));
    println!("cargo::metadata=include={}", root.join("include").display());
    println!("cargo::rerun-if-changed=build.rs");
    build_test_port(&root);
}

/// A small implementation of `wm_port.h` in C, linked to this package's integration tests and to nothing else.
#[cfg(feature = "c-port")]
fn build_test_port(root: &Path) {
    let source = root.join("tests/c_port/port.c");
    println!("cargo::rerun-if-changed={}", source.display());
    println!("cargo::rerun-if-changed=include/wm_port.h");
    if env::var_os("TARGET") != env::var_os("HOST") {
        return; // firmware: its own C implements the contract, and this test does not run there
    }
    let objects = cc::Build::new()
        .file(&source)
        .include(root.join("include"))
        .std("c99")
        .warnings_into_errors(true)
        .compile_intermediates();
    for object in objects {
        println!("cargo::rustc-link-arg-tests={}", object.display());
    }
}

#[cfg(not(feature = "c-port"))]
fn build_test_port(_: &Path) {}
