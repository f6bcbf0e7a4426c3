//! Tells dependents where `wm_port.h` lies, builds the C half of the C port's test, and binds the WinnerMicro IoT SDK for firmware
//! that asks for it.

#[cfg(feature = "wm-iot-sdk")]
#[path = "build/sdk/mod.rs"]
mod sdk;

use std::env;
use std::path::{Path, PathBuf};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("Cargo sets CARGO_MANIFEST_DIR"));
    println!("cargo::metadata=include={}", root.join("include").display());
    println!("cargo::rerun-if-changed=build.rs");
    build_test_port(&root);
    #[cfg(feature = "wm-iot-sdk")]
    sdk::generate();
}

/// A small implementation of `wm_port.h` in C, and one of the SDK's functions where they are bound, linked to this package's integration
/// tests and to nothing else.
#[cfg(feature = "c-port")]
fn build_test_port(root: &Path) {
    if env::var_os("TARGET") != env::var_os("HOST") {
        return; // firmware: its own C implements the contract, and these tests do not run there
    }
    let mut build = cc::Build::new();
    build.include(root.join("include")).std("c99").warnings_into_errors(true);
    let mut sources = vec![root.join("tests/c_port/port.c")];
    if cfg!(feature = "wm-iot-sdk") {
        sources.extend(["stand_in.c", "heap.c"].map(|source| root.join("tests/sdk").join(source)));
        let headers = root.join("tests/sdk/stand_in");
        build.include(headers.join("build/config"));
        for folder in SDK_FOLDERS {
            build.include(headers.join("components").join(folder));
        }
    }
    println!("cargo::rerun-if-changed=include/wm_port.h");
    for source in &sources {
        println!("cargo::rerun-if-changed={}", source.display());
    }
    for object in build.files(&sources).compile_intermediates() {
        println!("cargo::rustc-link-arg-tests={}", object.display());
    }
}

/// Include folders of the stand-in for the SDK.
#[cfg(feature = "c-port")]
const SDK_FOLDERS: &[&str] = &[
    "driver/include",
    "freertos/include",
    "freertos/port/w80x/include",
    "lwip/port",
    "wm_common/include",
    "wm_dt/include",
    "wm_event/include",
    "wm_heap/include",
    "wm_log/include",
    "wm_net_manager/include",
    "wm_netif_mgr/include",
    "wm_system/include",
];

#[cfg(not(feature = "c-port"))]
fn build_test_port(_: &Path) {}
