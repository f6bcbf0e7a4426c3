//! What a control frame carries (RFC 6455 section 5.5).

use alloc::boxed::Box;
use core::{fmt, ops::Deref};

use super::{frame::MAX_CONTROL_PAYLOAD, inline::Inline};

/// The payload of a control frame, at most 125 bytes: lent from the input, or, if the frame came in pieces, in
/// memory of its own.
pub struct ControlPayload<'a>(pub(super) Place<'a>);

pub(super) enum Place<'a> {
    Lent(&'a [u8]),
    Held(Held),
}

/// The pieces of a control frame that is cut by the end of an input.
pub(super) type Held = Box<Inline<MAX_CONTROL_PAYLOAD>>;

impl Deref for ControlPayload<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Place::Lent(bytes) => bytes,
            Place::Held(bytes) => bytes,
        }
    }
}

impl PartialEq for ControlPayload<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for ControlPayload<'_> {}

impl fmt::Debug for ControlPayload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
