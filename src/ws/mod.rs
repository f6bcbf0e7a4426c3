//! WebSocket, RFC 6455: protocol machines without I/O, for both ends of a connection.
//!
//! Bottom to top:
//!
//! - [`Opcode`] and [`Kind`] name frames and messages; [`Violation`] names all that a peer can do wrong.
//! - [`frame`] reads and writes frame headers, [`mask`] masks payload in place, [`utf8`] validates text in
//!   pieces, [`close`] reads and writes Close frames and knows how far the closing handshake got.
//! - `receiver` turns bytes into [`Event`]s without copying payload: messages come as [`Fragment`]s, in the
//!   pieces in which they arrive, so that a message may be larger than the memory.
//! - [`Connection`] adds the other direction, the closing handshake and the heartbeat.
//! - [`Assembler`] sits on top of it where a handler wants whole messages, of bounded size.
//! - `deflate` (feature) compresses messages, and takes compressed ones apart.
//! - [`handshake`] is how a connection comes about, in HTTP.
//!
//! Time is passed in, randomness (masking keys, the client's key) too. Nothing here panics on a peer's bytes,
//! and memory is taken fallibly and for two things only: a control frame cut by the end of the input (at most
//! 125 bytes), and a message in an `Assembler` (up to the caller's limit). With the feature `deflate` both ends may agree that messages
//! travel compressed; there is no other extension.

#![forbid(unsafe_code)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

#[cfg(feature = "client")]
pub mod client_handshake;
pub mod close;
#[cfg(feature = "deflate")]
pub mod deflate;
pub mod frame;
pub mod handshake;
pub mod mask;
pub mod utf8;

mod assembler;
mod connection;
mod control;
mod inline;
mod keep_alive;
mod opcode;
mod receiver;
mod violation;

#[cfg(test)]
mod tests;

#[cfg(feature = "capi")]
pub(crate) use assembler::grow;
pub use assembler::{Assembled, Assembler, Message};
pub use close::{CloseCode, CloseReason, CloseState};
pub use connection::{Connection, Role, SendError};
pub use control::ControlPayload;
pub use frame::{ControlFrame, EncodedHeader, FrameHeader};
pub use inline::Inline;
pub use keep_alive::{Due, Timeouts};
pub use opcode::{Kind, Opcode};
pub use receiver::{Event, Fragment, Step};
pub use violation::Violation;
