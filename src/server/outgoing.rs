//! A message on its way to one WebSocket, or to many.

use crate::ws::{Kind, Message};

/// A message shorter than that, in bytes, travels as it is: there is little in it to refer to.
#[cfg(feature = "deflate")]
const SHORTEST_COMPRESSED: usize = 64;

/// A message, and what it is compressed to: once, however many get it.
pub(super) struct Outgoing<'m> {
    message: Message<'m>,
    #[cfg(feature = "deflate")]
    compressed: Compressed,
}

/// What became of the attempt to compress a message.
#[cfg(feature = "deflate")]
enum Compressed {
    Untried,
    /// It refers at most so far back, as a power of two. `None`: it is no shorter, or there was no memory.
    Tried(u8, Option<alloc::vec::Vec<u8>>),
}

impl<'m> Outgoing<'m> {
    pub(super) fn new(message: Message<'m>) -> Self {
        Outgoing {
            message,
            #[cfg(feature = "deflate")]
            compressed: Compressed::Untried,
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self.message {
            Message::Text(_) => Kind::Text,
            Message::Binary(_) => Kind::Binary,
        }
    }

    pub(super) fn bytes(&self) -> &'m [u8] {
        self.message.as_bytes()
    }

    /// The message compressed, for a peer that remembers so much of it, as a power of two, to `most` bytes at most; `None`: it travels as it is.
    #[cfg(feature = "deflate")]
    pub(super) fn compressed(&mut self, window_bits: u8, most: usize) -> Option<&[u8]> {
        let bytes = self.bytes();
        if bytes.len() < SHORTEST_COMPRESSED {
            return None;
        }
        let fits = matches!(self.compressed, Compressed::Tried(window, _) if window <= window_bits);
        if !fits {
            let compressed = crate::ws::deflate::compress_within(bytes, window_bits, most);
            self.compressed = Compressed::Tried(window_bits, compressed);
        }
        match &self.compressed {
            Compressed::Tried(_, compressed) => compressed.as_deref(),
            Compressed::Untried => None,
        }
    }
}
