//! Turns what lwIP was compiled with, as `lwip-sys` found it out, into Rust constants; and with the feature `capi` the C header
//! into Rust types.

#[cfg(feature = "capi")]
#[path = "build/capi.rs"]
mod capi;

use std::fmt::Write as _;
use std::path::Path;

/// Name in the metadata of `lwip-sys`, and what it means.
const CONSTANTS: [(&str, &str); 6] = [
    ("TCP_MSS", "The largest TCP segment, in bytes of payload."),
    ("TCP_WND", "The receive window of a connection, in bytes: what a peer may send before it is read."),
    ("TCP_SND_BUF", "The send buffer of a connection, in bytes."),
    ("TCP_DEFAULT_LISTEN_BACKLOG", "The longest backlog of a listener."),
    (
        "MEMP_NUM_TCP_PCB",
        "Connections that lwIP holds at once, closing ones included: the oldest in TIME_WAIT makes way for a new one.",
    ),
    ("SIZEOF_TCP_PCB", "Heap bytes of one connection's protocol control block."),
];

/// What lwIP must have. Its own configuration has it; a firmware's (`LWIPOPTS_DIR`) may not.
const ALWAYS_NEEDED: [&str; 3] = ["LWIP_IPV4", "LWIP_ARP", "LWIP_CALLBACK_API"];

/// Features of this crate, and what lwIP must have for them. Its own configuration has it then; a firmware's (`LWIPOPTS_DIR`) may not.
const NEEDED: [(&str, &str); 5] = [
    ("client", "LWIP_DNS"),
    ("dhcp", "LWIP_DHCP"),
    ("dhcp", "LWIP_NETIF_STATUS_CALLBACK"),
    ("sntp", "LWIP_SNTP"),
    ("ipv6", "LWIP_IPV6"),
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    write_constants();
    expect_what_is_needed();
    choose_core_context();
    #[cfg(feature = "capi")]
    capi::build();
}

/// Set for tests: short writes wait for the flush as if lwIP had a thread, which the simulated wire has not.
const KEEP_WRITES: &str = "WM_KEEP_WRITES";

/// Whether lwIP is configured with this.
fn is_set(name: &str) -> bool {
    std::env::var(format!("DEP_LWIP_{name}")).is_ok_and(|value| value != "0")
}

fn expect_what_is_needed() {
    for option in ALWAYS_NEEDED {
        if !is_set(option) {
            println!("cargo::error=wm-websockets needs {option}=1 in lwipopts.h");
        }
    }
    for (feature, option) in NEEDED {
        let is_enabled = std::env::var_os(format!("CARGO_FEATURE_{}", feature.to_uppercase())).is_some();
        if is_enabled && !is_set(option) {
            println!("cargo::error=the feature `{feature}` needs {option}=1 in lwipopts.h");
        }
    }
}

/// How `src/net/core_context.rs` enters lwIP, and whether `src/server/transport/joint.rs` spares entries.
fn choose_core_context() {
    let mode = match (is_set("NO_SYS"), is_set("LWIP_TCPIP_CORE_LOCKING")) {
        (true, _) => "direct",
        (false, true) => "lock",
        (false, false) => "message",
    };
    println!("cargo::rustc-check-cfg=cfg(core_context, values(\"direct\", \"lock\", \"message\"))");
    println!("cargo::rustc-cfg=core_context=\"{mode}\"");
    println!("cargo::rerun-if-env-changed={KEEP_WRITES}");
    println!("cargo::rustc-check-cfg=cfg(keeps_writes)");
    if mode != "direct" || std::env::var_os(KEEP_WRITES).is_some() {
        println!("cargo::rustc-cfg=keeps_writes");
    }
}

fn write_constants() {
    let mut source = String::new();
    for (name, meaning) in CONSTANTS {
        let value = std::env::var(format!("DEP_LWIP_{name}")).unwrap_or_else(|_| {
            panic!("lwip-sys exports no metadata {name}: its version does not fit this crate")
        });
        writeln!(source, "/// {meaning}\npub const {name}: usize = {value};")
            .expect("a String takes everything");
    }
    let path = Path::new(&std::env::var_os("OUT_DIR").expect("Cargo sets OUT_DIR")).join("lwip.rs");
    std::fs::write(&path, source).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}
