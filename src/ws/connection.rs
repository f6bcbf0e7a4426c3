//! One WebSocket connection after its handshake: receiving, sending, closing; `keep_alive` is its clock.

use core::fmt;

use wm_sys::Instant;

use super::{
    Violation,
    close::{self, CloseCode, CloseState},
    frame::{self, ControlFrame, EncodedHeader, FrameHeader, MAX_CONTROL_PAYLOAD},
    opcode::{Kind, Opcode},
    receiver::{Event, Receiver, Step},
};

/// Which end of the connection this is: it decides who masks (RFC 6455 section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Receives masked frames, sends unmasked ones.
    Server,
    /// Receives unmasked frames, sends masked ones, each with a fresh key that nobody can predict
    /// (section 5.3).
    Client,
}

/// Why nothing may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// A Close frame has been sent or received, or the connection is failed: give up what was to be sent.
    Closing,
    /// A message begins before the last one has ended, or a fragment continues none or one of another kind.
    WrongFragment,
    /// A client sends without a masking key, or a server with one.
    WrongMask,
    /// More than 125 bytes in a control frame, 2^63 or more in a data frame.
    TooLong,
    /// A close code that must not be sent.
    InvalidCode,
    /// There is no Close frame to answer.
    NoCloseReceived,
    /// Both ends have not agreed on compression.
    NoCompression,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closing => "the connection is closing",
            Self::WrongFragment => "fragment out of order",
            Self::WrongMask => "masking key missing or superfluous",
            Self::TooLong => "payload too long",
            Self::InvalidCode => "close code not allowed in a close frame",
            Self::NoCompression => "compression was not agreed on",
            Self::NoCloseReceived => "no close frame to answer",
        })
    }
}

impl core::error::Error for SendError {}

/// The protocol machine of one connection. It does no I/O and knows no clock: received bytes and the time go
/// in, events and bytes to send come out.
///
/// Received bytes go to [`receive`](Self::receive) until they are consumed. Each [`Event::Ping`] is answered
/// with [`pong`](Self::pong), an [`Event::Close`] with [`reply_close`](Self::reply_close) unless ours was
/// first. A [`Violation`] is answered with [`close`](Self::close) and its
/// [`close_code`](Violation::close_code). Once [`close_state`](Self::close_state) says
/// [`is_closed`](CloseState::is_closed), a server ends the TCP connection. At [`deadline`](Self::deadline),
/// [`on_timer`](Self::on_timer) says what is due.
///
/// What `receive` and the senders return must be acted upon, in their order: a frame that was asked for
/// counts as sent.
///
/// ```
/// use wm_sys::Instant;
/// use wm_websockets::ws::{Connection, Event, Kind, Role};
///
/// let now = Instant::from_millis(0);
/// let mut connection = Connection::new(Role::Server, now);
/// let mut received = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
///
/// let step = connection.receive(now, &mut received)?;
/// let Some(Event::Fragment(fragment)) = step.event else { panic!("{step:?}") };
/// assert_eq!((fragment.kind, &*fragment.bytes, fragment.last), (Kind::Text, &b"Hello"[..], true));
///
/// let header = connection.send_header(Kind::Text, 5, true, true, None)?; // the payload follows it
/// assert_eq!(header[..], [0x81, 0x05]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Connection {
    receiver: Receiver,
    pub(super) close: CloseState,
    /// The message that is being sent.
    sending: Option<Kind>,
    /// The peer was pinged and has been silent since.
    pub(super) pinged: bool,
    /// Start of the only wait there is at a time: last sign of life, the Ping, or the start of closing.
    pub(super) since: Instant,
}

// Every idle connection costs this much: a number to defend.
#[cfg(target_pointer_width = "32")]
const _: () = assert!(size_of::<Connection>() <= 48);

impl Connection {
    /// A connection whose handshake ended at `now`.
    #[must_use]
    pub const fn new(role: Role, now: Instant) -> Self {
        Self {
            receiver: Receiver::new(role),
            close: CloseState::Open,
            sending: None,
            pinged: false,
            since: now,
        }
    }

    /// From the start messages may travel compressed, as both ends have agreed. Those that arrive so come as
    /// [`Fragment`](super::Fragment)s that say it, and an [`Assembler`](super::Assembler) takes them apart.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn with_compression(mut self, agreement: super::deflate::Agreement) -> Self {
        self.receiver.window_bits = agreement.window_bits();
        self
    }

    /// How far back the messages may refer that are sent compressed, as a power of two; `None`: none may be.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn compression_window(&self) -> Option<u8> {
        Some(self.receiver.window_bits).filter(|bits| *bits != 0)
    }

    /// Which end this is.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.receiver.role
    }
}

/// Receiving.
impl Connection {
    /// Takes received bytes, up to the next event; call it again with what is left until everything is
    /// consumed. The payload is unmasked in `input` and lent from there. Between calls at most 13 bytes of a
    /// header or 125 of a control frame are held, the latter in memory that exists only as long.
    ///
    /// After a Close frame everything is consumed and ignored (RFC 6455 section 5.5.1).
    ///
    /// # Errors
    /// What the peer did wrong; the connection is failed then and says the same ever after.
    pub fn receive<'a>(&mut self, now: Instant, input: &'a mut [u8]) -> Result<Step<'a>, Violation> {
        if !input.is_empty() {
            self.peer_alive(now);
        }
        let step = self.receiver.receive(input);
        match &step {
            Ok(Step { event: Some(Event::Close(reason)), .. }) => {
                let code = reason.as_ref().map_or(CloseCode::NO_STATUS, |reason| reason.code);
                self.enter(self.close.after_receiving(code), now);
            }
            Err(_) => self.enter(self.close.after_failing(), now),
            Ok(_) => {}
        }
        step
    }

    /// Takes a client's message at the start of `input`, if it lies there whole, in one frame, as most do, and is no longer than `limit`: bytes
    /// consumed, kind, and payload, of which text is not validated yet. `None`: nothing has changed, and [`receive`](Self::receive) is to
    /// take what there is.
    pub(crate) fn receive_whole<'a>(
        &mut self,
        now: Instant,
        input: &'a mut [u8],
        limit: usize,
    ) -> Option<(usize, Kind, &'a mut [u8])> {
        let whole = self.receiver.whole(input, limit)?;
        self.peer_alive(now);
        Some(whole)
    }

    /// Fails the connection for what was found outside of it, by an [`Assembler`](super::Assembler) for
    /// example: nothing is received any more.
    pub fn fail(&mut self, violation: Violation, now: Instant) {
        self.receiver.fail(violation);
        self.enter(self.close.after_failing(), now);
    }
}

/// Sending. Each frame takes the masking key that the connection's [`Role`] asks for: `None` for a server.
impl Connection {
    /// The header of a data frame of `length` bytes, which the caller sends after it (a client: masked by
    /// [`mask::apply`](super::mask::apply)). `first` and `last` say which part of a message the frame is,
    /// both for a message of one frame. Control frames may go between frames, nothing may go within one.
    ///
    /// # Errors
    /// Nothing is to be sent, and nothing has changed.
    pub fn send_header(
        &mut self,
        kind: Kind,
        length: u64,
        first: bool,
        last: bool,
        mask: Option<[u8; 4]>,
    ) -> Result<EncodedHeader, SendError> {
        self.header(kind, length, [first, last], false, mask)
    }

    /// The header of a frame that is a whole message, [compressed](super::deflate::compress) to `length` bytes.
    ///
    /// # Errors
    /// As of [`send_header`](Self::send_header), and [`SendError::NoCompression`].
    #[cfg(feature = "deflate")]
    pub fn send_compressed_header(
        &mut self,
        kind: Kind,
        length: u64,
        mask: Option<[u8; 4]>,
    ) -> Result<EncodedHeader, SendError> {
        if self.compression_window().is_none() {
            return Err(SendError::NoCompression);
        }
        self.header(kind, length, [true, true], true, mask)
    }

    fn header(
        &mut self,
        kind: Kind,
        length: u64,
        [first, last]: [bool; 2],
        compressed: bool,
        mask: Option<[u8; 4]>,
    ) -> Result<EncodedHeader, SendError> {
        let allowed = if first { self.close.may_send_data() } else { self.close.may_finish_message() };
        if !allowed {
            return Err(SendError::Closing);
        }
        let expected = if first { None } else { Some(kind) };
        if self.sending != expected {
            return Err(SendError::WrongFragment);
        }
        self.check_mask(mask)?;
        if length >= 1 << 63 {
            return Err(SendError::TooLong);
        }
        self.sending = if last { None } else { Some(kind) };
        let opcode = if first { kind.opcode() } else { Opcode::Continuation };
        Ok(FrameHeader { fin: last, compressed, opcode, mask, length }.encode())
    }

    /// A Ping of at most 125 bytes.
    ///
    /// # Errors
    /// Nothing is to be sent.
    pub fn ping(&self, payload: &[u8], mask: Option<[u8; 4]>) -> Result<ControlFrame, SendError> {
        self.heartbeat(Opcode::Ping, payload, mask)
    }

    /// A Pong of at most 125 bytes: the answer to a Ping with the same payload, or unasked
    /// (RFC 6455 section 5.5.3).
    ///
    /// # Errors
    /// Nothing is to be sent.
    pub fn pong(&self, payload: &[u8], mask: Option<[u8; 4]>) -> Result<ControlFrame, SendError> {
        self.heartbeat(Opcode::Pong, payload, mask)
    }

    fn heartbeat(
        &self,
        opcode: Opcode,
        payload: &[u8],
        mask: Option<[u8; 4]>,
    ) -> Result<ControlFrame, SendError> {
        if !self.close.may_send_data() {
            return Err(SendError::Closing);
        }
        self.check_mask(mask)?;
        if payload.len() > MAX_CONTROL_PAYLOAD {
            return Err(SendError::TooLong);
        }
        Ok(frame::control(opcode, [payload, b""], mask))
    }

    /// Our Close frame: it starts the closing handshake, answers the peer's, or says why the connection is
    /// failed. [`CloseCode::NO_STATUS`] sends neither code nor reason. A reason is cut to the 123 bytes that
    /// fit, between characters.
    ///
    /// # Errors
    /// [`SendError::Closing`] when it was sent before, [`SendError::InvalidCode`], [`SendError::WrongMask`].
    pub fn close(
        &mut self,
        code: CloseCode,
        reason: &str,
        now: Instant,
        mask: Option<[u8; 4]>,
    ) -> Result<ControlFrame, SendError> {
        if !self.close.may_send_close() {
            return Err(SendError::Closing);
        }
        if code != CloseCode::NO_STATUS && !code.is_valid_on_wire() {
            return Err(SendError::InvalidCode);
        }
        self.check_mask(mask)?;
        self.enter(self.close.after_sending(), now);
        let payload = match code {
            CloseCode::NO_STATUS => [&b""[..], b""],
            code => [&code.0.to_be_bytes()[..], close::cut_reason(reason)],
        };
        Ok(frame::control(Opcode::Close, payload, mask))
    }

    /// The answer to the peer's Close frame, with the code that it sent (RFC 6455 section 5.5.1), and with `reason`: its own, say, which is what a
    /// page hears of the end.
    ///
    /// # Errors
    /// [`SendError::NoCloseReceived`]; [`SendError::Closing`] when ours was sent before;
    /// [`SendError::WrongMask`].
    pub fn reply_close(
        &mut self,
        reason: &str,
        now: Instant,
        mask: Option<[u8; 4]>,
    ) -> Result<ControlFrame, SendError> {
        match self.close {
            CloseState::Received(code) => self.close(code, reason, now, mask),
            CloseState::Exchanged(_) => Err(SendError::Closing),
            _ => Err(SendError::NoCloseReceived),
        }
    }

    fn check_mask(&self, mask: Option<[u8; 4]>) -> Result<(), SendError> {
        match (self.role(), mask) {
            (Role::Server, None) | (Role::Client, Some(_)) => Ok(()),
            _ => Err(SendError::WrongMask),
        }
    }
}

/// Closing.
impl Connection {
    /// How far the closing handshake got.
    #[must_use]
    pub const fn close_state(&self) -> CloseState {
        self.close
    }

    /// The connection's close code and whether it was closed cleanly, see [`CloseState::info`]. To be asked
    /// when the TCP connection has ended.
    #[must_use]
    pub const fn close_info(&self) -> (CloseCode, bool) {
        self.close.info()
    }

    fn enter(&mut self, state: CloseState, now: Instant) {
        if !self.close.is_closing() && state.is_closing() {
            self.since = now;
        }
        self.close = state;
    }
}
