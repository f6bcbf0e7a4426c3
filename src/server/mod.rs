//! The server: ports, routes, connections, and the pass that serves them.
//!
//! | file | subject |
//! | --- | --- |
//! | [`Context`] | owns everything below; [`Context::service`] is one pass |
//! | `ports`, `closing` | ports that are opened, and closed |
//! | [`Limits`], [`Counters`] | what may be used, and what was |
//! | [`Routes`] | which handler serves which path |
//! | [`Handler`], [`Response`] | HTTP: what an application implements, and how it answers |
//! | [`Guarded`], [`BasicAuth`], [`DigestAuth`] | a handler behind a gate: a name and a password |
//! | `nonces` | what a client of `DigestAuth` shows once |
//! | [`CrossOrigin`] | a handler that pages of other origins may ask |
//! | [`FormBody`], [`FormHandler`] | HTML forms, files among them |
//! | [`Files`] | files that are a part of the firmware |
//! | [`StoredFiles`], [`FileSystem`] | files of a file system |
//! | `representation` | what of a file is wanted, and the head that says so |
//! | [`Event`] | events to a page, over HTTP |
//! | [`Protocol`], [`Socket`] | WebSocket: the same |
//! | [`Watcher`], [`PerPeer`] | is told of clients that come and go; lets each address have so many |
//! | [`Handle`] | the context as seen from another task |
//! | `connection` | one client: bytes to the protocol machine, events to the handler |
//! | `role`, `roles` | what a connection is at a time, and what firmware contains of that |
//! | `visit` | what a role may use while its connection is visited |
//! | `requests`, `exchange` | the role of HTTP: requests, and one of them with its response |
//! | `websocket`, `machine` | the role of WebSocket; what a handler may reach of it |
//! | `outgoing` | a message on its way to one client, or to many |
//! | `RawProtocol`, `RawSocket` (feature `raw`) | a protocol of the application's own |
//! | `head_buffer` | where heads are written |
//! | `transport`, `send_queue` | bytes out, with back-pressure |
//! | `secure`, `securing` | TLS between the two, and its handshake, which a [`HandshakeWorker`] may do; `insecure` in builds without |
//! | [`PlainHttp`] | what becomes of those who speak no TLS where it is spoken |
//! | [`Memory`] | what limits come to, known when the firmware is compiled |
//! | `table`, `timers` | connections by index and generation; deadlines |
//!
//! Handlers are called in the task that calls `service`, one at a time. None of them can block another: a write takes what
//! there is room for, and says so.

#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod accept;
mod basic_auth;
mod broadcast;
// A client is a role that a connection can have, and so shares everything here with the server.
#[cfg(feature = "client")]
#[path = "../client/mod.rs"]
pub mod client;
mod closing;
mod connection;
mod context;
mod counters;
mod cross_origin;
mod debug;
mod digest_auth;
mod events;
mod exchange;
mod files;
mod form;
mod guard;
mod handle;
mod handler;
mod head_buffer;
mod input;
mod limits;
mod machine;
mod memory;
mod nonces;
mod outgoing;
mod per_peer;
mod plain_http;
mod ports;
mod protocol;
#[cfg(feature = "raw")]
mod raw;
mod representation;
mod requests;
mod response;
mod role;
mod roles;
mod routes;
#[cfg_attr(not(feature = "security-tls12"), path = "insecure.rs")]
mod secure;
mod securing;
mod send_error;
mod send_queue;
mod services;
mod socket;
mod start_error;
mod stored_files;
mod table;
mod timers;
mod transport;
mod upgrade;
mod visit;
mod watcher;
mod websocket;

pub use basic_auth::{Basic, BasicAuth};
pub use broadcast::{Audience, SlowPolicy};
pub use context::Context;
pub use counters::Counters;
pub use cross_origin::{Cors, CrossOrigin};
pub use digest_auth::{Digest, DigestAuth};
pub use events::Event;
pub use files::{Files, RomFile};
pub use form::{FormBody, FormHandler};
pub use guard::{Gate, Guarded};
pub use handle::{Handle, HandleError, OwnedMessage};
pub use handler::{Collected, Handler, WholeBody};
pub use limits::Limits;
#[cfg(feature = "security-tls12")]
pub use limits::TlsOverload;
#[cfg(feature = "capi")]
pub(crate) use memory::BLOCK;
pub use memory::Memory;
pub use per_peer::PerPeer;
pub use plain_http::PlainHttp;
pub use ports::OpenRoutes;
pub use protocol::{Closed, Delivery, Protocol};
#[cfg(feature = "raw")]
pub use raw::{RawProtocol, RawSocket};
#[cfg(feature = "capi")]
pub(crate) use representation::{TAG_LENGTH, entity_tag};
pub use response::{Response, Start};
pub use routes::Routes;
#[cfg(feature = "security-tls12")]
pub use secure::{HandshakeWorker, WorkerError};
pub use send_error::SendError;
pub use services::Services;
pub use socket::Socket;
pub use start_error::StartError;
#[cfg(feature = "capi")]
pub(crate) use stored_files::send_pieces;
pub use stored_files::{FileError, FileSystem, OpenFile, StoredFiles};
pub use table::ConnectionId;
pub use watcher::Watcher;
