//! The client: WebSockets that stay connected, and HTTP requests, beside the servers of the same context.
//!
//! | file | subject |
//! | --- | --- |
//! | [`ConnectOptions`] | where to, with what, and what to do when it fails |
//! | [`ClientProtocol`] | WebSocket: what an application implements |
//! | [`ResponseHandler`], [`Request`] | HTTP: the same |
//! | [`Client`] | one client, as the application reaches it: send, close, stop |
//! | [`ClientError`] | which step failed, and why |
//! | `clients` | all clients of a context: names, addresses, connections, attempts |
//! | `state` | one client, as its connection sees it |
//! | `resumption` | the TLS sessions that it leaves to be resumed |
//! | `exchange` | the role of a connection until it is a WebSocket: request out, response in |
//!
//! A client's connection is one of the context's: served in the same pass, counted in the same table, bounded by the same
//! [`Limits`](super::Limits). Once the server has switched protocols it is a WebSocket like any other, that masks what it sends: the same
//! [`Socket`](super::Socket), the same messages, the same heartbeat.
//!
//! ```no_run
//! use core::time::Duration;
//! use wm_websockets::client::{ClientProtocol, ConnectOptions, Reconnect};
//! use wm_websockets::server::{Context, Socket};
//! use wm_websockets::ws::Message;
//!
//! struct Thermostat;
//!
//! impl ClientProtocol for Thermostat {
//!     fn opened(&mut self, socket: &mut Socket<'_>) {
//!         socket.send(Message::Text("hello")).ok();
//!     }
//!     fn message(&mut self, socket: &mut Socket<'_>, message: Message<'_>) {
//!         socket.send(message).ok();
//!     }
//! }
//!
//! fn run(mut context: Context) -> Result<(), Box<dyn std::error::Error>> {
//!     let options = ConnectOptions::new("ws://broker.example/thermostats")?.reconnect(Reconnect::default());
//!     context.connect(options, Thermostat)?;
//!     loop {
//!         context.service(Duration::from_secs(1));
//!     }
//! }
//! ```

#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod access;
mod attempt;
mod clients;
mod entry;
mod error;
mod exchange;
mod options;
mod protocol;
mod request;
#[cfg(feature = "security-tls12")]
mod resumption;
mod securing;
mod slot;
mod state;

pub use access::{Client, ClientCounters, ClientStatus};
pub use clients::ClientId;
pub use error::{Cause, ClientError, Excerpt, OptionsError, StartError, Step};
pub use options::{ConnectOptions, Reconnect, WhileAway};
pub use protocol::ClientProtocol;
pub use request::{BodyLength, Request, RequestBody, ResponseHandler};

pub(super) use clients::Clients;
pub(super) use entry::{AnyExchange, advance, advance_due, end, visit};
pub(super) use protocol::AnyClient;
pub(super) use securing::note_tls;
pub(super) use state::State;
