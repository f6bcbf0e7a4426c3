//! What a sender is told.

use core::fmt;

/// Why something was not sent. Nothing of it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// No room: the peer is slower than the sender. Send again from `writable`, or do without.
    Full,
    /// Longer than buffer and queue can ever hold: send it in pieces, or raise [`Limits::queue`](super::Limits::queue).
    TooLong,
    /// The heap is exhausted. The connection ends if it was in the middle of something.
    NoMemory,
    /// The connection is closing or gone: give up.
    Closing,
    /// It does not fit what was sent before: a body longer than announced, a fragment of another message.
    OutOfOrder,
    /// A field name or value that HTTP does not allow, or a head longer than
    /// [`Limits::response_head`](super::Limits::response_head).
    BadHead,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SendError::Full => "no room yet: send again when writable",
            SendError::TooLong => "longer than the send queue: send it in pieces",
            SendError::NoMemory => "out of memory",
            SendError::Closing => "the connection is closing",
            SendError::OutOfOrder => "does not fit what was sent before",
            SendError::BadHead => "malformed or too long response head",
        })
    }
}

impl core::error::Error for SendError {}
