//! Received bytes on their way to a role.

use super::secure::Plaintext;
use crate::net::Segment;

/// A segment as it arrived, or the plaintext of a record: readable and changeable in place either way.
pub(super) enum Input {
    Segment(Segment),
    Plaintext(Plaintext),
}

impl Input {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Input::Segment(segment) => segment.bytes(),
            Input::Plaintext(plaintext) => plaintext.bytes(),
        }
    }

    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        match self {
            Input::Segment(segment) => segment.bytes_mut(),
            Input::Plaintext(plaintext) => plaintext.bytes_mut(),
        }
    }

    /// Leaves `count` bytes behind.
    pub(super) fn advance(&mut self, count: usize) {
        match self {
            Input::Segment(segment) => segment.advance(count),
            Input::Plaintext(plaintext) => plaintext.advance(count),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Input::Segment(segment) => segment.is_empty(),
            Input::Plaintext(plaintext) => plaintext.is_empty(),
        }
    }
}
