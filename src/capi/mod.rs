//! The C API of libwebsockets 4.3.3 on top of the Rust one. It translates, and decides nothing.
//!
//! `include/libwebsockets.h` is what C sees; `abi` is the same as Rust types, made from that header when this is built. Every
//! function that C can call is defined through the macro `export!`, which compares it with its declaration there.
//!
//! | file | subject |
//! | --- | --- |
//! | `boundary`, `memory` | pointers from C as references, slices and texts; buffers of C as writers |
//! | `context`, `vhost`, `wsi` | what C knows as `struct lws_context`, `lws_vhost`, `lws` |
//! | `service` | its loop |
//! | `connections` | the connections of a context |
//! | `callback`, `broadcast` | calling a protocol of C, while it may call back; all of them |
//! | `machine`, `ethernet`, `limits`, `ports` | the network, an application's numbers as limits, virtual hosts by port |
//! | `arrivals` | connections that come and go |
//! | `requests`, `head`, `tokens`, `responses`, `dummy` | HTTP: the handler, the request's fields, the response |
//! | `measure` | what a context may take of the memory, takes at most, and has done |
//! | `mounts`, `authorization` | which protocol or file serves which path, and whom |
//! | `files`, `vfs`, `rom` | files as responses; where they lie: in a file system of C, in the firmware, on a host's disk |
//! | `forms` | the fields and files of a form |
//! | `sessions`, `receive` | WebSocket: the protocol, and messages up to `rx_buffer_size` |
//! | `clients`, `client_url` | connections to servers |
//! | `conmon` | how long the steps of a client took |
//! | `tls`, `renewal` | certificates, and others in their place; `no_tls` in builds without TLS |
//! | `tls_sessions` | what clients resume; `no_tls_sessions` in builds without TLS |
//! | `handshakes` | handshakes in a task of their own; `no_handshakes` in builds without TLS |
//! | `write` | `lws_write`, and asking for room |
//! | `timers`, `timeouts`, `retry` | time |
//! | `system` | system states |
//! | `certificate` | what is known of the peer's; `no_certificate` in builds without TLS |
//! | `raw` | raw connections, of servers and clients |
//! | `refusals` | what makes no sense here, and says so |
//! | `ring`, `list`, `segments`, `arena` | utilities that stand alone: data in memory |
//! | `text`, `json`, `json_stream`, `json_values`, `json_path`, `escapes`, `tokenize`, `expand`, `uri`, `command_line` | texts |
//! | `encoding`, `base64_stream`, `hashes`, `numbers`, `dates`, `address`, `random` | and what is written in them |
//! | `log` | `lwsl_...`, and this library's own lines the same way |
//! | `rust` | Rust in the context that C made: [`with_context`], [`with_services`] |
//!
//! Firmware in both languages has a crate of its own, of kind `staticlib`, that depends on this one: `examples/mixed` is one to copy.
//!
//! Objects of C are shared while C is called back, so all of them are reached by `&` and change through cells. A panic cannot leave
//! an `extern "C"` function: Rust aborts there.

mod address;
mod arena;
mod arrivals;
mod authorization;
mod base64_stream;
mod boundary;
mod broadcast;
mod callback;
mod cell;
#[cfg_attr(not(feature = "security-tls12"), path = "no_certificate.rs")]
mod certificate;
mod client_url;
mod clients;
mod command_line;
mod conmon;
mod connections;
mod context;
mod dates;
mod dummy;
mod encoding;
mod escapes;
#[cfg(not(feature = "host"))]
mod ethernet;
mod expand;
mod files;
mod forms;
#[cfg_attr(not(feature = "security-tls12"), path = "no_handshakes.rs")]
mod handshakes;
mod hashes;
mod head;
mod headers;
mod json;
mod json_path;
mod json_stream;
mod json_values;
mod limits;
mod list;
mod log;
mod machine;
mod measure;
mod memory;
mod mounts;
mod numbers;
mod ports;
mod protocol;
mod random;
mod raw;
mod receive;
mod refusals;
mod removal;
mod renewal;
mod requests;
mod responses;
mod retry;
mod ring;
mod rom;
mod rust;
mod segments;
mod service;
mod sessions;
mod system;
mod text;
mod timeouts;
mod timers;
#[cfg_attr(not(feature = "security-tls12"), path = "no_tls.rs")]
mod tls;
#[cfg_attr(not(feature = "security-tls12"), path = "no_tls_sessions.rs")]
mod tls_sessions;
mod tokenize;
mod tokens;
mod uri;
mod vfs;
mod vhost;
mod write;
mod wsi;

pub use self::abi::lws_context;
pub use self::rust::{with_context, with_services};

/// The C header as Rust.
#[allow(missing_docs, non_camel_case_types, non_upper_case_globals, non_snake_case, dead_code)]
#[allow(unreachable_pub, clippy::all, clippy::undocumented_unsafe_blocks, improper_ctypes)]
mod abi {
    include!(concat!(env!("OUT_DIR"), "/capi.rs"));
}

/// Defines functions of the C API, and has the compiler compare each with its declaration in the header.
macro_rules! export {
    ($($(#[$attribute:meta])* fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)? $body:block)+) => {$(
        $(#[$attribute])*
        #[unsafe(no_mangle)]
        pub(crate) unsafe extern "C" fn $name($($argument: $type),*) $(-> $result)? $body

        const _: [unsafe extern "C" fn($($type),*) $(-> $result)?; 2] = [$name, $crate::capi::abi::$name];
    )+};
}
use export;
