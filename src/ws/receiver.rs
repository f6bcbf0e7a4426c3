//! Receiving: bytes in, [`Event`]s out.
//!
//! The receiver copies payload only where it must: a header or a control frame that is cut by the end of the
//! input. Everything else is unmasked, validated and handed on where it lies.

use wm_sys::heap;

#[cfg(feature = "deflate")]
use super::frame::COMPRESSED;
use super::{
    ControlPayload, Role, Violation,
    close::CloseReason,
    control::{Held, Place},
    frame::{EncodedHeader, FrameHeader, parse_with, whole_message},
    inline::Inline,
    mask,
    opcode::{Kind, Opcode},
    utf8::Validator,
};

/// What one call of [`Connection::receive`](super::Connection::receive) achieved.
#[derive(Debug)]
pub struct Step<'a> {
    /// Bytes of the input that are done with, among them those that the event borrows.
    pub consumed: usize,
    /// At most one event; `None` when the bytes gave none by themselves.
    pub event: Option<Event<'a>>,
}

/// What the peer sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A piece of a message.
    Fragment(Fragment<'a>),
    /// A Ping frame, to be answered with a Pong of the same payload (RFC 6455 section 5.5.2).
    Ping(ControlPayload<'a>),
    /// A Pong frame, asked for or not (section 5.5.3).
    Pong(ControlPayload<'a>),
    /// A Close frame, to be answered unless ours went out before (section 5.5.1). The last event.
    Close(Option<CloseReason<'a>>),
}

/// A piece of a message: what arrived of a frame, unmasked where it lies, and validated if it is text.
#[derive(Debug, PartialEq, Eq)]
pub struct Fragment<'a> {
    /// Kind of the message.
    pub kind: Kind,
    /// The payload, possibly empty in a message's last piece. Text may be cut within a code point.
    pub bytes: &'a mut [u8],
    /// The message begins here.
    pub first: bool,
    /// The message ends here.
    pub last: bool,
    /// Bytes of the same frame that are still to come, as announced by its header.
    pub remaining: u64,
    /// The bytes are a piece of a compressed message, for an [`Assembler`](super::Assembler) to take apart: only where both ends have
    /// agreed on permessage-deflate. Text is not validated yet.
    pub compressed: bool,
}

#[derive(Debug)]
pub(crate) struct Receiver {
    state: State,
    message: InProgress,
    pub(crate) role: Role,
    /// How far back messages refer that are sent compressed, as a power of two; 0: neither end compresses any.
    #[cfg(feature = "deflate")]
    pub(crate) window_bits: u8,
}

#[derive(Debug)]
enum State {
    /// Between frames, or within a header of which these bytes arrived.
    Header(EncodedHeader),
    /// Within a frame's payload.
    Payload(Frame),
    /// A Close frame arrived: nothing after it is processed (section 5.5.1).
    Closed,
    Failed(Violation),
}

const BETWEEN_FRAMES: State = State::Header(EncodedHeader::new());

/// A message of one or more data frames, interleaved with control frames (section 5.4).
#[derive(Debug)]
struct InProgress {
    progress: Progress,
    utf8: Validator,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// Between messages.
    Idle,
    /// A frame began it, no piece was handed on yet.
    Begun(Coding),
    Delivering(Coding),
}

/// What a message's payload is: in one byte, for every idle connection has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Text,
    Binary,
    CompressedText,
    CompressedBinary,
}

impl Coding {
    /// Of the message that a frame begins; `None`: it continues one.
    fn of(opcode: Opcode, compressed: bool) -> Option<Self> {
        match (opcode, compressed) {
            (Opcode::Text, false) => Some(Coding::Text),
            (Opcode::Text, true) => Some(Coding::CompressedText),
            (Opcode::Binary, false) => Some(Coding::Binary),
            (Opcode::Binary, true) => Some(Coding::CompressedBinary),
            _ => None,
        }
    }

    fn kind(self) -> Kind {
        match self {
            Coding::Text | Coding::CompressedText => Kind::Text,
            Coding::Binary | Coding::CompressedBinary => Kind::Binary,
        }
    }

    fn is_compressed(self) -> bool {
        matches!(self, Coding::CompressedText | Coding::CompressedBinary)
    }
}

/// A frame whose header was read.
#[derive(Debug)]
struct Frame {
    opcode: Opcode,
    fin: bool,
    /// As seen from the next byte; zero where the frame is not masked, which unmasks to the same bytes.
    key: [u8; 4],
    remaining: u64,
    /// The payload so far of a control frame that is cut by the end of an input.
    held: Option<Held>,
}

impl Receiver {
    pub(crate) const fn new(role: Role) -> Self {
        let message = InProgress { progress: Progress::Idle, utf8: Validator::new() };
        Self {
            state: BETWEEN_FRAMES,
            message,
            role,
            #[cfg(feature = "deflate")]
            window_bits: 0,
        }
    }

    pub(crate) fn fail(&mut self, violation: Violation) {
        self.state = State::Failed(violation);
    }

    pub(crate) fn receive<'a>(&mut self, input: &'a mut [u8]) -> Result<Step<'a>, Violation> {
        let step = self.step(input);
        if let Err(violation) = step {
            self.fail(violation);
        }
        step
    }

    /// A client's message that lies at the start of `input`, whole and in one frame: bytes used, kind, payload. Then nothing changes here: there
    /// is no more to know of it. `None`: something else has to be received, which may be wrong.
    pub(crate) fn whole<'a>(
        &mut self,
        input: &'a mut [u8],
        limit: usize,
    ) -> Option<(usize, Kind, &'a mut [u8])> {
        match &self.state {
            State::Header(held) if held.is_empty() && self.message.progress == Progress::Idle => {}
            _ => return None,
        }
        let (kind, length, key, start) = whole_message(input).filter(|_| self.role == Role::Server)?;
        let end = start.saturating_add(length);
        let payload = input.get_mut(start..end)?;
        if length > limit {
            return None;
        }
        mask::apply(key, 0, payload);
        Some((end, kind, payload))
    }

    fn step<'a>(&mut self, input: &'a mut [u8]) -> Result<Step<'a>, Violation> {
        let header_bytes = self.header(input)?;
        let payload = input.get_mut(header_bytes..).unwrap_or_default();
        let (payload_bytes, event) = self.payload(payload)?;
        Ok(Step { consumed: header_bytes.saturating_add(payload_bytes), event })
    }

    /// Reads a frame's header if one is due: the number of bytes used.
    fn header(&mut self, input: &[u8]) -> Result<usize, Violation> {
        #[cfg(feature = "deflate")]
        let allowed = if self.window_bits == 0 { 0 } else { COMPRESSED };
        #[cfg(not(feature = "deflate"))]
        let allowed = 0;
        let State::Header(held) = &mut self.state else { return Ok(0) };
        let before = held.len();
        if before > 0 {
            held.append(input);
        }
        match parse_with(if before > 0 { held } else { input }, allowed)? {
            Some((header, used)) => {
                self.begin(header)?;
                Ok(used.saturating_sub(before))
            }
            None if before > 0 => Ok(input.len()),
            None => {
                held.append(input);
                Ok(input.len())
            }
        }
    }

    fn begin(&mut self, header: FrameHeader) -> Result<(), Violation> {
        let FrameHeader { fin, compressed, opcode, mask, length } = header;
        match (self.role, mask) {
            (Role::Server, None) => return Err(Violation::Unmasked),
            (Role::Client, Some(_)) => return Err(Violation::Masked),
            _ => {}
        }
        if !opcode.is_control() {
            self.message.frame(opcode, compressed)?;
        }
        let key = mask.unwrap_or_default();
        self.state = State::Payload(Frame { opcode, fin, key, remaining: length, held: None });
        Ok(())
    }

    fn payload<'a>(&mut self, input: &'a mut [u8]) -> Result<(usize, Option<Event<'a>>), Violation> {
        let frame = match &mut self.state {
            State::Payload(frame) => frame,
            State::Header(_) => return Ok((0, None)),
            State::Closed => return Ok((input.len(), None)),
            State::Failed(violation) => return Err(*violation),
        };
        let bytes = frame.take(input);
        let used = bytes.len();
        let event = if !frame.opcode.is_control() {
            self.message.fragment(frame, bytes)?.map(Event::Fragment)
        } else if let Some(payload) = frame.control_payload(bytes)? {
            Some(control_event(frame.opcode, payload)?)
        } else {
            None
        };
        if frame.remaining == 0 {
            self.state = if frame.opcode == Opcode::Close { State::Closed } else { BETWEEN_FRAMES };
        }
        Ok((used, event))
    }
}

fn control_event(opcode: Opcode, payload: ControlPayload<'_>) -> Result<Event<'_>, Violation> {
    Ok(match opcode {
        Opcode::Ping => Event::Ping(payload),
        Opcode::Pong => Event::Pong(payload),
        _ => Event::Close(CloseReason::parse(payload)?),
    })
}

impl InProgress {
    /// A data frame begins.
    fn frame(&mut self, opcode: Opcode, compressed: bool) -> Result<(), Violation> {
        match (Coding::of(opcode, compressed), self.progress) {
            (Some(coding), Progress::Idle) => self.progress = Progress::Begun(coding),
            (Some(_), _) => return Err(Violation::InterruptedMessage),
            (None, Progress::Idle) => return Err(Violation::UnexpectedContinuation),
            (None, _) => {}
        }
        Ok(())
    }

    /// Hands `bytes` on, unless they are none and say nothing.
    fn fragment<'a>(
        &mut self,
        frame: &Frame,
        bytes: &'a mut [u8],
    ) -> Result<Option<Fragment<'a>>, Violation> {
        let remaining = frame.remaining;
        let last = frame.fin && remaining == 0;
        let (coding, first) = match self.progress {
            Progress::Begun(coding) => (coding, true),
            Progress::Delivering(coding) => (coding, false),
            Progress::Idle => return Ok(None),
        };
        if bytes.is_empty() && !last {
            return Ok(None);
        }
        self.validate(coding, bytes, last)?;
        self.progress = if last { Progress::Idle } else { Progress::Delivering(coding) };
        let (kind, compressed) = (coding.kind(), coding.is_compressed());
        Ok(Some(Fragment { kind, bytes, first, last, remaining, compressed }))
    }

    fn validate(&mut self, coding: Coding, bytes: &[u8], last: bool) -> Result<(), Violation> {
        if coding == Coding::Text {
            self.utf8.push(bytes)?;
            if last {
                self.utf8.finish()?;
            }
        }
        Ok(())
    }
}

impl Frame {
    /// The frame's part of `input`, unmasked.
    fn take<'a>(&mut self, input: &'a mut [u8]) -> &'a mut [u8] {
        let length = self.remaining.min(input.len() as u64);
        self.remaining = self.remaining.saturating_sub(length);
        let bytes = input.get_mut(..length as usize).unwrap_or_default();
        if self.key != [0; 4] {
            mask::apply(self.key, 0, bytes);
            self.key = mask::rotated(self.key, bytes.len());
        }
        bytes
    }

    /// The whole payload of a control frame once `bytes` complete it; until then they are held.
    fn control_payload<'a>(&mut self, bytes: &'a [u8]) -> Result<Option<ControlPayload<'a>>, Violation> {
        let ended = self.remaining == 0;
        if bytes.is_empty() && !ended {
            return Ok(None);
        }
        let mut held = match self.held.take() {
            None if ended => return Ok(Some(ControlPayload(Place::Lent(bytes)))),
            Some(held) => held,
            None => heap::try_box(Inline::new()).map_err(|_| Violation::OutOfMemory)?,
        };
        held.append(bytes);
        if ended {
            return Ok(Some(ControlPayload(Place::Held(held))));
        }
        self.held = Some(held);
        Ok(None)
    }
}
