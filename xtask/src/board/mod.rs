//! The examples as firmware on QEMU's `mps2-an385`: built, booted, judged and measured.

mod capi_size;
pub(crate) mod checks;
pub(crate) mod client;
pub(crate) mod client_size;
pub(crate) mod clients;
mod constants;
pub(crate) mod emulator;
pub(crate) mod firmware;
pub(crate) mod flash;
pub(crate) mod links;
pub(crate) mod measure;
mod names;
pub(crate) mod owner;
pub(crate) mod panics;
pub(crate) mod program;
mod reasons;
pub(crate) mod report;
mod rtos_requests;
pub(crate) mod run;
pub(crate) mod size;
mod tls_clients;
mod tls_passes;
mod tls_size;
