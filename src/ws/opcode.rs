//! What a frame is (RFC 6455 section 5.2, "Opcode") and what a message is (section 5.6).

/// Interpretation of a frame's payload. The reserved values have no variant: a frame that carries one is
/// refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Opcode {
    /// A further frame of the message in progress.
    Continuation = 0x0,
    /// First frame of a text message.
    Text = 0x1,
    /// First frame of a binary message.
    Binary = 0x2,
    /// Close frame (section 5.5.1).
    Close = 0x8,
    /// Ping frame (section 5.5.2).
    Ping = 0x9,
    /// Pong frame (section 5.5.3).
    Pong = 0xA,
}

impl Opcode {
    /// The opcode with these four bits, `None` for a reserved one.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xA => Self::Pong,
            _ => return None,
        })
    }

    /// The four bits on the wire.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self as u8
    }

    /// Text and Binary: the first frame of a message (section 5.6).
    #[must_use]
    pub const fn begins_message(self) -> bool {
        matches!(self, Self::Text | Self::Binary)
    }

    /// Close, Ping and Pong: never fragmented, at most 125 bytes, allowed between the frames of a message
    /// (section 5.5).
    #[must_use]
    pub const fn is_control(self) -> bool {
        self.bits() & 0x8 != 0
    }
}

/// The two kinds of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// UTF-8 text. Only the message as a whole is UTF-8: a frame, and all the more a piece of one, may end
    /// within a code point.
    Text,
    /// Bytes.
    Binary,
}

impl Kind {
    /// The opcode of the message's first frame.
    #[must_use]
    pub const fn opcode(self) -> Opcode {
        match self {
            Self::Text => Opcode::Text,
            Self::Binary => Opcode::Binary,
        }
    }
}
