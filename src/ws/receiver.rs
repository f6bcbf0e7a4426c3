//! Receiving: bytes in, [`Event`]s out.
//!
//! The receiver copies payload only where it must: a header or a control frame that is cut by the end of the
//! input. Everything else is unmasked, validated and handed on where it lies.

use alloc::{borrow::Cow, vec::Vec};
use core::mem;

use wm_sys::heap;

use super::{
    Role, Violation,
    close::CloseReason,
    frame::{EncodedHeader, FrameHeader, parse_header},
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
    Ping(Cow<'a, [u8]>),
    /// A Pong frame, asked for or not (section 5.5.3).
    Pong(Cow<'a, [u8]>),
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
}

#[derive(Debug)]
pub(crate) struct Receiver {
    state: State,
    message: InProgress,
    pub(crate) role: Role,
}

#[derive(Debug)]
enum State {
    /// Between frames, or within a header of which these bytes arrived.
    Header(EncodedHeader),
    Data(Data),
    Control(Control),
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
    Begun(Kind),
    Delivering(Kind),
}

#[derive(Debug)]
struct Data {
    fin: bool,
    /// As seen from the next byte; zero where the frame is not masked, which unmasks to the same bytes.
    key: [u8; 4],
    remaining: u64,
}

#[derive(Debug)]
struct Control {
    opcode: Opcode,
    key: [u8; 4],
    remaining: u8,
    /// The payload so far, when the frame is cut by the end of an input.
    held: Vec<u8>,
}

impl Receiver {
    pub(crate) const fn new(role: Role) -> Self {
        let message = InProgress { progress: Progress::Idle, utf8: Validator::new() };
        Self { state: BETWEEN_FRAMES, message, role }
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

    fn step<'a>(&mut self, input: &'a mut [u8]) -> Result<Step<'a>, Violation> {
        let header_bytes = self.header(input)?;
        let payload = input.get_mut(header_bytes..).unwrap_or_default();
        let (payload_bytes, event) = self.payload(payload)?;
        Ok(Step { consumed: header_bytes.saturating_add(payload_bytes), event })
    }

    /// Reads a frame's header if one is due: the number of bytes used.
    fn header(&mut self, input: &[u8]) -> Result<usize, Violation> {
        let State::Header(held) = &mut self.state else { return Ok(0) };
        let before = held.len();
        held.append(input);
        let Some((header, used)) = parse_header(held)? else { return Ok(input.len()) };
        self.begin(header)?;
        Ok(used.saturating_sub(before))
    }

    fn begin(&mut self, header: FrameHeader) -> Result<(), Violation> {
        match (self.role, header.mask) {
            (Role::Server, None) => return Err(Violation::Unmasked),
            (Role::Client, Some(_)) => return Err(Violation::Masked),
            _ => {}
        }
        let FrameHeader { fin, opcode, length, .. } = header;
        let key = header.mask.unwrap_or_default();
        self.state = if opcode.is_control() {
            State::Control(Control { opcode, key, remaining: length as u8, held: Vec::new() })
        } else {
            self.message.frame(opcode)?;
            State::Data(Data { fin, key, remaining: length })
        };
        Ok(())
    }

    fn payload<'a>(&mut self, input: &'a mut [u8]) -> Result<(usize, Option<Event<'a>>), Violation> {
        match &mut self.state {
            State::Header(_) => Ok((0, None)),
            State::Failed(violation) => Err(*violation),
            State::Closed => Ok((input.len(), None)),
            State::Data(frame) => {
                let bytes = frame.take(input);
                let (used, ended) = (bytes.len(), frame.remaining == 0);
                let fragment = self.message.fragment(frame, bytes)?;
                if ended {
                    self.state = BETWEEN_FRAMES;
                }
                Ok((used, fragment.map(Event::Fragment)))
            }
            State::Control(frame) => {
                let bytes = frame.take(input);
                let (used, opcode) = (bytes.len(), frame.opcode);
                let Some(payload) = frame.payload(bytes)? else { return Ok((used, None)) };
                self.state = if opcode == Opcode::Close { State::Closed } else { BETWEEN_FRAMES };
                Ok((used, Some(control_event(opcode, payload)?)))
            }
        }
    }
}

fn control_event(opcode: Opcode, payload: Cow<'_, [u8]>) -> Result<Event<'_>, Violation> {
    Ok(match opcode {
        Opcode::Ping => Event::Ping(payload),
        Opcode::Pong => Event::Pong(payload),
        _ => Event::Close(CloseReason::parse_cow(payload)?),
    })
}

impl InProgress {
    /// A data frame begins.
    fn frame(&mut self, opcode: Opcode) -> Result<(), Violation> {
        let kind = match opcode {
            Opcode::Text => Kind::Text,
            Opcode::Binary => Kind::Binary,
            _ if self.progress == Progress::Idle => return Err(Violation::UnexpectedContinuation),
            _ => return Ok(()),
        };
        if self.progress != Progress::Idle {
            return Err(Violation::InterruptedMessage);
        }
        self.progress = Progress::Begun(kind);
        Ok(())
    }

    /// Hands `bytes` on, unless they are none and say nothing.
    fn fragment<'a>(&mut self, frame: &Data, bytes: &'a mut [u8]) -> Result<Option<Fragment<'a>>, Violation> {
        let remaining = frame.remaining;
        let last = frame.fin && remaining == 0;
        let (kind, first) = match self.progress {
            Progress::Begun(kind) => (kind, true),
            Progress::Delivering(kind) => (kind, false),
            Progress::Idle => return Ok(None),
        };
        if bytes.is_empty() && !last {
            return Ok(None);
        }
        self.validate(kind, bytes, last)?;
        self.progress = if last { Progress::Idle } else { Progress::Delivering(kind) };
        Ok(Some(Fragment { kind, bytes, first, last, remaining }))
    }

    fn validate(&mut self, kind: Kind, bytes: &[u8], last: bool) -> Result<(), Violation> {
        if kind == Kind::Text {
            self.utf8.push(bytes)?;
            if last {
                self.utf8.finish()?;
            }
        }
        Ok(())
    }
}

impl Data {
    /// The frame's part of `input`, unmasked.
    fn take<'a>(&mut self, input: &'a mut [u8]) -> &'a mut [u8] {
        let length = self.remaining.min(input.len() as u64);
        self.remaining = self.remaining.saturating_sub(length);
        unmask(&mut self.key, input, length as usize)
    }
}

impl Control {
    /// The frame's part of `input`, unmasked.
    fn take<'a>(&mut self, input: &'a mut [u8]) -> &'a [u8] {
        let length = usize::from(self.remaining).min(input.len());
        self.remaining = self.remaining.saturating_sub(length as u8);
        unmask(&mut self.key, input, length)
    }

    /// The whole payload once `bytes` complete it; until then they are held.
    fn payload<'a>(&mut self, bytes: &'a [u8]) -> Result<Option<Cow<'a, [u8]>>, Violation> {
        let ended = self.remaining == 0;
        if ended && self.held.is_empty() {
            return Ok(Some(Cow::Borrowed(bytes)));
        }
        if !bytes.is_empty() {
            let needed = bytes.len().saturating_add(self.remaining.into());
            self.held.try_reserve_exact(needed).map_err(|_| Violation::OutOfMemory)?;
            heap::try_extend(&mut self.held, bytes).map_err(|_| Violation::OutOfMemory)?;
        }
        Ok(ended.then(|| Cow::Owned(mem::take(&mut self.held))))
    }
}

/// Unmasks the first `length` bytes of `input` and turns the key to the byte that follows them.
fn unmask<'a>(key: &mut [u8; 4], input: &'a mut [u8], length: usize) -> &'a mut [u8] {
    let bytes = input.get_mut(..length).unwrap_or_default();
    if *key != [0; 4] {
        mask::apply(*key, 0, bytes);
        *key = mask::rotated(*key, length);
    }
    bytes
}
