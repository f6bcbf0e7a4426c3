//! Close frames (RFC 6455 sections 5.5.1 and 7.4): a status code and a reason, or neither.

use super::{ControlPayload, Violation, frame::MAX_CONTROL_PAYLOAD};

/// Why a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CloseCode(pub u16);

impl CloseCode {
    /// The purpose of the connection has been fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// The endpoint goes away: a server shuts down, a page is left.
    pub const GOING_AWAY: Self = Self(1001);
    /// The peer broke the protocol.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// A kind of data that the endpoint cannot accept.
    pub const UNSUPPORTED_DATA: Self = Self(1003);
    /// Never on the wire: the Close frame carried no code.
    pub const NO_STATUS: Self = Self(1005);
    /// Never on the wire: the connection ended without a Close frame.
    pub const ABNORMAL: Self = Self(1006);
    /// Data that does not fit its message's kind: text that is not UTF-8.
    pub const INVALID_PAYLOAD: Self = Self(1007);
    /// A message that violates the endpoint's policy.
    pub const POLICY_VIOLATION: Self = Self(1008);
    /// A message too big to process.
    pub const MESSAGE_TOO_BIG: Self = Self(1009);
    /// From a client: the server did not negotiate a needed extension.
    pub const MANDATORY_EXTENSION: Self = Self(1010);
    /// An unexpected condition at the server.
    pub const INTERNAL_ERROR: Self = Self(1011);
    /// The service restarts (IANA registry).
    pub const SERVICE_RESTART: Self = Self(1012);
    /// The service is overloaded (IANA registry).
    pub const TRY_AGAIN_LATER: Self = Self(1013);
    /// A gateway got an invalid answer from upstream (IANA registry).
    pub const BAD_GATEWAY: Self = Self(1014);
    /// Never on the wire: the TLS handshake failed.
    pub const TLS_HANDSHAKE: Self = Self(1015);

    /// Whether a Close frame may carry it (section 7.4): a registered code that is meant for the wire, a
    /// library's (3000 to 3999) or an application's own (4000 to 4999).
    #[must_use]
    pub const fn is_valid_on_wire(self) -> bool {
        matches!(self.0, 1000..=1003 | 1007..=1014 | 3000..=4999)
    }
}

/// The longest reason that fits beside the code, in bytes.
pub const MAX_REASON: usize = MAX_CONTROL_PAYLOAD - 2;

/// What a Close frame says.
#[derive(Debug, PartialEq, Eq)]
pub struct CloseReason<'a> {
    /// The status code.
    pub code: CloseCode,
    payload: ControlPayload<'a>,
}

impl<'a> CloseReason<'a> {
    /// Reads the payload of a Close frame. An empty payload says nothing: `None`.
    ///
    /// # Errors
    /// [`Violation::CloseTooShort`], [`Violation::InvalidCloseCode`] or [`Violation::InvalidUtf8`].
    pub fn parse(payload: ControlPayload<'a>) -> Result<Option<Self>, Violation> {
        let Some((code, reason)) = payload.split_first_chunk::<2>() else {
            return if payload.is_empty() { Ok(None) } else { Err(Violation::CloseTooShort) };
        };
        let code = CloseCode(u16::from_be_bytes(*code));
        if !code.is_valid_on_wire() {
            return Err(Violation::InvalidCloseCode);
        }
        if core::str::from_utf8(reason).is_err() {
            return Err(Violation::InvalidUtf8);
        }
        Ok(Some(Self { code, payload }))
    }

    /// For logs and debuggers, not for people; often empty.
    #[must_use]
    pub fn reason(&self) -> &str {
        let reason = self.payload.get(2..).unwrap_or_default();
        core::str::from_utf8(reason).unwrap_or_default()
    }
}

/// The reason as a Close frame carries it: cut after the last character that fits into [`MAX_REASON`] bytes.
pub(crate) fn cut_reason(reason: &str) -> &[u8] {
    reason.get(..reason.floor_char_boundary(MAX_REASON)).unwrap_or_default().as_bytes()
}

/// How far the closing handshake got (RFC 6455 section 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseState {
    /// No Close frame yet.
    Open,
    /// Ours is out, the peer's is awaited.
    Sent,
    /// The peer's has arrived with this code, ours is due.
    Received(CloseCode),
    /// Both have passed.
    Exchanged(CloseCode),
    /// The connection is failed (section 7.1.7): nothing is received any more. One Close frame may tell the
    /// peer why.
    Failed {
        /// It is out.
        close_sent: bool,
    },
}

impl CloseState {
    /// A new message may begin: no Close frame was sent (section 5.5.1) and none received, whose sender may
    /// discard what still comes (section 1.4).
    #[must_use]
    pub const fn may_send_data(self) -> bool {
        matches!(self, Self::Open)
    }

    /// A message that has begun may go on: the answer to the peer's Close frame may wait until it is sent
    /// (section 5.5.1).
    #[must_use]
    pub const fn may_finish_message(self) -> bool {
        matches!(self, Self::Open | Self::Received(_))
    }

    /// Our Close frame has not been sent and still may be.
    #[must_use]
    pub const fn may_send_close(self) -> bool {
        matches!(self, Self::Open | Self::Received(_) | Self::Failed { close_sent: false })
    }

    /// The closing handshake has started (section 7.1.3), or the connection is failed.
    #[must_use]
    pub const fn is_closing(self) -> bool {
        !matches!(self, Self::Open)
    }

    /// Nothing more is to be said: both Close frames have passed, or a failed connection has sent its own.
    /// Now the server closes the TCP connection; the client waits for that (section 7.1.1).
    #[must_use]
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Exchanged(_) | Self::Failed { close_sent: true })
    }

    /// The connection's close code and whether it was closed cleanly, should its TCP connection end now: the
    /// code in the peer's Close frame, 1005 if there was none in it, 1006 if there was no Close frame
    /// (sections 7.1.4 and 7.1.5).
    #[must_use]
    pub const fn info(self) -> (CloseCode, bool) {
        match self {
            Self::Received(code) => (code, false),
            Self::Exchanged(code) => (code, true),
            Self::Open | Self::Sent | Self::Failed { .. } => (CloseCode::ABNORMAL, false),
        }
    }

    pub(crate) const fn after_sending(self) -> Self {
        match self {
            Self::Open | Self::Sent => Self::Sent,
            Self::Received(code) | Self::Exchanged(code) => Self::Exchanged(code),
            Self::Failed { .. } => Self::Failed { close_sent: true },
        }
    }

    pub(crate) const fn after_receiving(self, code: CloseCode) -> Self {
        match self {
            Self::Open => Self::Received(code),
            Self::Sent => Self::Exchanged(code),
            settled => settled,
        }
    }

    pub(crate) const fn after_failing(self) -> Self {
        match self {
            Self::Open => Self::Failed { close_sent: false },
            Self::Sent => Self::Failed { close_sent: true },
            settled => settled,
        }
    }
}
