//! What a peer can do wrong.

use core::fmt;

use super::close::CloseCode;

/// Why a connection has to be failed (RFC 6455 section 7.1.7): send a Close frame with
/// [`close_code`](Self::close_code), then close the TCP connection.
///
/// All but the last two are breaches of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Violation {
    /// RSV1, RSV2 or RSV3 is set though no extension gives it a meaning (section 5.2).
    ReservedBits,
    /// An opcode that is reserved (section 5.2).
    UnknownOpcode,
    /// A control frame without FIN (section 5.5).
    FragmentedControl,
    /// A control frame of more than 125 bytes (section 5.5).
    ControlTooLong,
    /// A length in more bytes than it needs (section 5.2: the minimal number of bytes MUST be used).
    LengthNotMinimal,
    /// A 64-bit length whose most significant bit is set (section 5.2).
    LengthTooLarge,
    /// A frame without a mask arrived at a server (section 5.1).
    Unmasked,
    /// A masked frame arrived at a client (section 5.1).
    Masked,
    /// A continuation frame without a message to continue (section 5.4).
    UnexpectedContinuation,
    /// A new message within an unfinished one (section 5.4).
    InterruptedMessage,
    /// A Close frame with a payload of one byte: half a status code (section 5.5.1).
    CloseTooShort,
    /// A status code that must not appear on the wire (section 7.4).
    InvalidCloseCode,
    /// Text, or the reason in a Close frame, that is not UTF-8 (section 8.1).
    InvalidUtf8,
    /// A compressed message that is not (RFC 7692 section 7.2.2).
    InvalidCompression,
    /// A message above the receiver's limit (section 7.4.1, code 1009).
    MessageTooBig,
    /// No memory for what the peer sent. The peer did nothing wrong and may try again later (code 1013).
    OutOfMemory,
}

impl Violation {
    /// The status code of the Close frame that answers it.
    #[must_use]
    pub const fn close_code(self) -> CloseCode {
        match self {
            Self::InvalidUtf8 | Self::InvalidCompression => CloseCode::INVALID_PAYLOAD,
            Self::MessageTooBig => CloseCode::MESSAGE_TOO_BIG,
            Self::OutOfMemory => CloseCode::TRY_AGAIN_LATER,
            _ => CloseCode::PROTOCOL_ERROR,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReservedBits => "reserved bits are set",
            Self::UnknownOpcode => "unknown opcode",
            Self::FragmentedControl => "control frame is fragmented",
            Self::ControlTooLong => "control frame exceeds 125 bytes",
            Self::LengthNotMinimal => "length is not in its shortest form",
            Self::LengthTooLarge => "length exceeds 63 bits",
            Self::Unmasked => "frame from a client is not masked",
            Self::Masked => "frame from a server is masked",
            Self::UnexpectedContinuation => "continuation without a message",
            Self::InterruptedMessage => "new message within an unfinished one",
            Self::CloseTooShort => "close frame with half a status code",
            Self::InvalidCloseCode => "invalid status code in close frame",
            Self::InvalidUtf8 => "text is not UTF-8",
            Self::InvalidCompression => "compressed message is not DEFLATE",
            Self::MessageTooBig => "message exceeds the limit",
            Self::OutOfMemory => "out of memory",
        })
    }
}

impl core::error::Error for Violation {}
