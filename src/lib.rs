//! HTTP and WebSocket server for microcontrollers, on lwIP's raw API.
//!
//! The layers, top to bottom; each names only those below it:
//!
//! - [`server`]: [`Context`](server::Context) owns listeners, routes and connections, and serves them.
//! - [`http`] and [`ws`]: the protocol machines of RFC 9112 and RFC 6455. Bytes in, events and bytes out; no I/O.
//! - `tls`: sessions of TLS 1.2 and 1.3 by Mbed TLS. Records in, plaintext out; no I/O. Feature `security`.
//! - [`net`]: safe TCP over lwIP. The type [`Core`](net::Core) keeps lwIP's threading rule.
//! - `lwip-sys`: lwIP itself, compiled and bound.
//! - `wm-sys`: what the machine supplies: clock, entropy, log, waiting, heap, network device.
//!
//! A server is a [`Context`](server::Context), a table of routes per port, and a loop. Before all of it the firmware
//! [installs](wm_sys::install) its platform: without one there is neither time nor sleep, and nothing ever times out.
//!
//! ```no_run
//! use core::time::Duration;
//! use wm_websockets::http::Request;
//! use wm_websockets::net::{InterfaceConfig, Stack};
//! use wm_websockets::server::{Context, Limits, Protocol, Response, Routes, Socket};
//! use wm_websockets::ws::Message;
//!
//! struct Echo;
//!
//! impl Protocol for Echo {
//!     type Session = ();
//!     fn open(&mut self, _request: &Request<'_>) -> Result<(), wm_websockets::http::Status> {
//!         Ok(())
//!     }
//!     fn message(&mut self, _session: &mut (), socket: &mut Socket<'_>, message: Message<'_>) {
//!         socket.send(message).ok();
//!     }
//! }
//!
//! fn run(
//!     board: &'static dyn wm_sys::Platform,
//!     device: wm_websockets::net::BoxedDevice,
//! ) -> Result<(), Box<dyn std::error::Error>> {
//!     wm_sys::install(board)?;
//!     let mut stack = Stack::new()?;
//!     stack.attach(device, &InterfaceConfig::USER_NETWORK)?;
//!     let mut context = Context::new(stack, Limits::default())?;
//!     let routes = Routes::new()
//!         .get("/", |_request: &Request<'_>, response: &mut Response<'_>| response.text("hello\n"))?
//!         .websocket("/ws", Echo)?;
//!     context.listen(80, routes)?;
//!     loop {
//!         context.service(Duration::from_secs(1));
//!     }
//! }
//! ```
//!
//! Everything that grows has a limit in [`Limits`](server::Limits), with its cost in bytes; everything that waits has a
//! deadline. Input that breaks a rule gets the status or close code that the RFC names, and is counted.

#![no_std]
#![deny(unsafe_code)]
#![warn(missing_debug_implementations, unreachable_pub)]
// Without a server nobody needs all that the layers below offer it.
#![cfg_attr(not(feature = "server"), allow(dead_code, unused_imports))]

extern crate alloc;
#[cfg(any(test, all(feature = "capi", feature = "host")))]
extern crate std;

#[macro_use]
mod log_line;

mod base64;
mod calendar;
// The border to C.
#[cfg(feature = "capi")]
#[allow(unsafe_code)]
pub mod capi;
pub mod http;
// The one module here that calls C.
#[allow(unsafe_code)]
pub mod net;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "client")]
pub use server::client;
// As above.
#[cfg(feature = "security-tls12")]
#[allow(unsafe_code)]
pub mod tls;
pub mod ws;

/// What lwIP was compiled with (`lwipopts.h`), as constants.
pub mod lwip {
    include!(concat!(env!("OUT_DIR"), "/lwip.rs"));
}
