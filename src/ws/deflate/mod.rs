//! permessage-deflate, RFC 7692: messages that travel compressed.
//!
//! What is agreed on here costs an idle connection nothing: each message is compressed by itself (`server_no_context_takeover` and
//! `client_no_context_takeover`), so that between two messages neither end keeps a window. The window while a message is taken apart is
//! the message itself, as far as it has arrived, so that the peer's window may have any size; the message's limit bounds it. What a
//! message needs beside itself:
//!
//! - received: an [`Inflater`], 1.1 KB, from its first piece to its last.
//! - sent: what it is compressed to, at most as much as the message has, and up to 2 KB that remember where its words stood, while
//!   [`compress`] runs.
//!
//! [`Agreement`] is the negotiation, for both ends.

mod agreement;
mod compress;
mod huffman;
mod inflate;
mod symbols;

#[cfg(test)]
mod tests;

pub use agreement::{Agreement, Answer};
pub use compress::compress;
pub(crate) use compress::compress_within;
pub use inflate::Inflater;

/// How a message ends that was flushed (RFC 1951 section 3.2.4: a stored block of no bytes), and what its sender leaves out
/// (RFC 7692 section 7.2.1).
const TAIL: [u8; 4] = [0x00, 0x00, 0xFF, 0xFF];
