//! DEFLATE to bytes (RFC 1951), in pieces as they arrive.

use alloc::vec::Vec;

use wm_sys::heap;

use super::TAIL;
use super::huffman::{Code, Decoded};
use super::symbols::{self, END_OF_BLOCK};
use crate::ws::Violation;
use crate::ws::assembler::grow;

/// Symbols of literals and lengths, the two included that are reserved.
const LITERALS: usize = 288;

/// Symbols of distances, reserved ones included.
const DISTANCES: usize = 32;

/// In which order the lengths of the code for lengths of codes come (section 3.2.7): what is likely to be left out comes last.
const ORDER: [u8; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// The bits are not DEFLATE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Invalid;

impl From<Invalid> for Violation {
    fn from(_: Invalid) -> Self {
        Violation::InvalidCompression
    }
}

/// Takes one compressed message apart.
///
/// ```
/// use wm_websockets::ws::deflate::Inflater;
///
/// // "Hello", from RFC 7692 section 7.2.3.1.
/// let mut inflater = Inflater::new();
/// let mut message = Vec::new();
/// inflater.push(&[0xf2, 0x48, 0xcd], &mut message, 1024)?;
/// inflater.push(&[0xc9, 0xc9, 0x07, 0x00], &mut message, 1024)?;
/// inflater.finish(&mut message, 1024)?;
/// assert_eq!(message, b"Hello");
/// # Ok::<(), wm_websockets::ws::Violation>(())
/// ```
#[derive(Debug)]
pub struct Inflater {
    state: State,
    /// Bits that were received and are not used yet, the next one lowest.
    bits: u32,
    held: u8,
    /// The block says that it is the last one.
    is_last: bool,
    literals: Code<LITERALS>,
    distances: Code<DISTANCES>,
    /// The lengths of both codes, as they are read.
    lengths: [u8; LITERALS + DISTANCES],
}

/// What the next bits are. None of it takes more than [`MOST_BITS`] of them.
#[derive(Clone, Copy, Debug)]
enum State {
    /// A block's header, section 3.2.3.
    Header,
    /// A stored block's length, and that length inverted, section 3.2.4.
    StoredLength,
    StoredCheck(u16),
    /// A stored byte; so many are left.
    Stored(u16),
    /// How many lengths of codes there are, section 3.2.7.
    Counts,
    /// The length in bits of one code for lengths, the `index`th in [`ORDER`].
    CodeLength {
        index: u8,
        counts: Counts,
    },
    /// The code of a length, or of several.
    Length {
        index: u16,
        counts: Counts,
    },
    /// A literal, or a length, section 3.2.5.
    Symbol,
    /// The extra bits of a length.
    LengthExtra(symbols::Values),
    /// The distance of a match of this length.
    Distance(u16),
    /// The extra bits of its distance.
    DistanceExtra(u16, symbols::Values),
}

#[derive(Clone, Copy, Debug)]
struct Counts {
    literals: u16,
    /// Literals and distances.
    all: u16,
    lengths: u8,
}

/// The most bits that a state asks for: a length that is repeated 11 to 138 times, its code being of 7 bits; a stored length; a symbol.
const MOST_BITS: u8 = 16;

/// What a state needs is not there yet.
enum Step {
    Done(State),
    NeedsInput,
}

impl Default for Inflater {
    fn default() -> Self {
        Self::new()
    }
}

impl Inflater {
    /// At the start of a message.
    #[must_use]
    pub const fn new() -> Self {
        Inflater {
            state: State::Header,
            bits: 0,
            held: 0,
            is_last: false,
            literals: Code::new(),
            distances: Code::new(),
            lengths: [0; LITERALS + DISTANCES],
        }
    }

    /// Takes the next piece of the message, and appends to `message` what that gives. `message` must hold what the pieces before gave, and
    /// nothing else; it grows to at most `limit` bytes.
    ///
    /// # Errors
    /// [`Violation::InvalidCompression`], [`Violation::MessageTooBig`], [`Violation::OutOfMemory`]. The message is lost then.
    pub fn push(&mut self, piece: &[u8], message: &mut Vec<u8>, limit: usize) -> Result<(), Violation> {
        let mut input = piece.iter();
        loop {
            while self.held <= 24
                && let Some(byte) = input.next()
            {
                self.bits |= u32::from(*byte) << self.held;
                self.held = self.held.wrapping_add(8);
            }
            match self.step(message, limit)? {
                Step::Done(state) => self.state = state,
                Step::NeedsInput if self.held < MOST_BITS => return Ok(()),
                Step::NeedsInput => return Err(Violation::InvalidCompression),
            }
        }
    }

    /// The message is complete.
    ///
    /// # Errors
    /// As of [`push`](Self::push); one of them is that the message is cut.
    pub fn finish(&mut self, message: &mut Vec<u8>, limit: usize) -> Result<(), Violation> {
        self.push(&TAIL, message, limit)?;
        match (self.state, self.held) {
            (State::Header, 0) => Ok(()),
            _ => Err(Violation::InvalidCompression),
        }
    }

    /// Does what the state asks for, if its bits are there.
    fn step(&mut self, message: &mut Vec<u8>, limit: usize) -> Result<Step, Violation> {
        let next = match self.state {
            State::Header => self.header()?,
            State::StoredLength => self.take(16).map(State::StoredCheck),
            State::StoredCheck(length) => match self.take(16) {
                Some(check) if check == !length => Some(self.stored(length)),
                Some(_) => return Err(Violation::InvalidCompression),
                None => None,
            },
            State::Stored(left) => match self.take(8) {
                Some(byte) => {
                    append_byte(message, byte as u8, limit)?;
                    Some(self.stored(left.wrapping_sub(1)))
                }
                None => None,
            },
            State::Counts => self.counts()?,
            State::CodeLength { index, counts } => self.code_length(index, counts)?,
            State::Length { index, counts } => self.length(index, counts)?,
            State::Symbol => match self.symbol(self.literals.decode(self.bits, self.held)?) {
                Some(END_OF_BLOCK) => Some(self.end_of_block()),
                Some(symbol) if symbol > END_OF_BLOCK => {
                    Some(State::LengthExtra(symbols::lengths(symbol).ok_or(Invalid)?))
                }
                Some(literal) => {
                    append_byte(message, literal as u8, limit)?;
                    Some(State::Symbol)
                }
                None => None,
            },
            State::LengthExtra(values) => self.value(values).map(State::Distance),
            State::Distance(length) => match self.symbol(self.distances.decode(self.bits, self.held)?) {
                Some(symbol) => {
                    Some(State::DistanceExtra(length, symbols::distances(symbol).ok_or(Invalid)?))
                }
                None => None,
            },
            State::DistanceExtra(length, values) => match self.value(values) {
                Some(distance) => {
                    repeat(message, length.into(), distance.into(), limit)?;
                    Some(State::Symbol)
                }
                None => None,
            },
        };
        Ok(next.map_or(Step::NeedsInput, Step::Done))
    }

    fn header(&mut self) -> Result<Option<State>, Invalid> {
        let Some(header) = self.take(3) else { return Ok(None) };
        self.is_last = header & 1 != 0;
        match header >> 1 {
            0 => {
                self.skip_to_byte();
                Ok(Some(State::StoredLength))
            }
            1 => {
                self.fixed_codes()?;
                Ok(Some(State::Symbol))
            }
            2 => Ok(Some(State::Counts)),
            _ => Err(Invalid),
        }
    }

    /// A block has ended. One may follow the one that says it is the last, from the next byte on (RFC 7692 section 7.2.3.4 has an
    /// example).
    fn end_of_block(&mut self) -> State {
        if self.is_last {
            self.skip_to_byte();
        }
        State::Header
    }

    /// The rest of a stored block.
    fn stored(&mut self, left: u16) -> State {
        if left == 0 { self.end_of_block() } else { State::Stored(left) }
    }

    /// Section 3.2.6.
    fn fixed_codes(&mut self) -> Result<(), Invalid> {
        for (symbol, length) in self.lengths.iter_mut().enumerate() {
            *length = match symbol {
                0..144 | 280..288 => 8,
                144..256 => 9,
                256..280 => 7,
                _ => 5,
            };
        }
        self.codes(LITERALS)
    }

    /// Makes the codes of their lengths, of which so many are of literals.
    fn codes(&mut self, literals: usize) -> Result<(), Invalid> {
        let (literals, distances) = self.lengths.split_at_checked(literals).ok_or(Invalid)?;
        self.literals.build(literals)?;
        self.distances.build(distances.get(..DISTANCES).unwrap_or(distances))
    }

    fn counts(&mut self) -> Result<Option<State>, Invalid> {
        let Some(bits) = self.take(14) else { return Ok(None) };
        let literals = (bits & 31).wrapping_add(257);
        let distances = (bits >> 5 & 31).wrapping_add(1);
        if literals > 286 || distances > 30 {
            return Err(Invalid);
        }
        self.lengths.fill(0);
        let counts = Counts {
            literals,
            all: literals.wrapping_add(distances),
            lengths: (bits >> 10 & 15).wrapping_add(4) as u8,
        };
        Ok(Some(State::CodeLength { index: 0, counts }))
    }

    fn code_length(&mut self, index: u8, counts: Counts) -> Result<Option<State>, Invalid> {
        let Some(bits) = self.take(3) else { return Ok(None) };
        let symbol = ORDER.get(usize::from(index)).ok_or(Invalid)?;
        *self.lengths.get_mut(usize::from(*symbol)).ok_or(Invalid)? = bits as u8;
        let index = index.wrapping_add(1);
        if index < counts.lengths {
            return Ok(Some(State::CodeLength { index, counts }));
        }
        // Distances are not decoded before their own code is known.
        self.distances.build(self.lengths.get(..ORDER.len()).unwrap_or_default())?;
        self.lengths.fill(0);
        Ok(Some(State::Length { index: 0, counts }))
    }

    fn length(&mut self, index: u16, counts: Counts) -> Result<Option<State>, Invalid> {
        let Decoded::Symbol(symbol, code_bits) = self.distances.decode(self.bits, self.held)? else {
            return Ok(None);
        };
        let (repeat_bits, least) = match symbol {
            16 => (2, 3),
            17 => (3, 3),
            18 => (7, 11),
            _ => (0, 1),
        };
        if self.held < code_bits.wrapping_add(repeat_bits) {
            return Ok(None);
        }
        self.drop_bits(code_bits);
        let times = self.take(repeat_bits).ok_or(Invalid)?.wrapping_add(least);
        let length = match symbol {
            16 => *self.lengths.get(usize::from(index.checked_sub(1).ok_or(Invalid)?)).ok_or(Invalid)?,
            17 | 18 => 0,
            length => length as u8,
        };
        let end = index.wrapping_add(times);
        if end > counts.all {
            return Err(Invalid);
        }
        self.lengths.get_mut(index.into()..end.into()).ok_or(Invalid)?.fill(length);
        if end < counts.all {
            return Ok(Some(State::Length { index: end, counts }));
        }
        if self.lengths.get(usize::from(END_OF_BLOCK)).is_none_or(|length| *length == 0) {
            return Err(Invalid);
        }
        self.codes(counts.literals.into())?;
        Ok(Some(State::Symbol))
    }

    /// Takes the bits of a symbol, if it is there.
    fn symbol(&mut self, decoded: Decoded) -> Option<u16> {
        match decoded {
            Decoded::Symbol(symbol, bits) => {
                self.drop_bits(bits);
                Some(symbol)
            }
            Decoded::Incomplete => None,
        }
    }

    /// The value that the extra bits choose.
    fn value(&mut self, values: symbols::Values) -> Option<u16> {
        Some(values.base.wrapping_add(self.take(values.extra_bits)?))
    }

    /// The next `count` bits, at most 16, if they are there.
    fn take(&mut self, count: u8) -> Option<u16> {
        if count > self.held {
            return None;
        }
        let bits = self.bits & !(u32::MAX << count);
        self.drop_bits(count);
        Some(bits as u16)
    }

    fn skip_to_byte(&mut self) {
        self.drop_bits(self.held & 7);
    }

    fn drop_bits(&mut self, count: u8) {
        self.bits = self.bits.checked_shr(count.into()).unwrap_or_default();
        self.held = self.held.saturating_sub(count);
    }
}

fn append_byte(message: &mut Vec<u8>, byte: u8, limit: usize) -> Result<(), Violation> {
    make_room(message, 1, limit)?;
    heap::try_push(message, byte).map_err(|_| Violation::OutOfMemory)
}

fn append(message: &mut Vec<u8>, bytes: &[u8], limit: usize) -> Result<(), Violation> {
    make_room(message, bytes.len(), limit)?;
    heap::try_extend(message, bytes).map_err(|_| Violation::OutOfMemory)
}

/// For so many bytes more, of at most `limit`.
fn make_room(message: &mut Vec<u8>, count: usize, limit: usize) -> Result<(), Violation> {
    let size = message.len().saturating_add(count);
    if size > limit {
        return Err(Violation::MessageTooBig);
    }
    grow(message, size, limit)
}

/// Appends `length` bytes that stood `distance` bytes before, among them some that this appends.
fn repeat(message: &mut Vec<u8>, length: usize, distance: usize, limit: usize) -> Result<(), Violation> {
    let mut left = length;
    while left > 0 {
        let mut piece = [0; 32];
        let count = left.min(distance).min(piece.len());
        let from = message.len().checked_sub(distance).ok_or(Invalid)?;
        let bytes = piece.get_mut(..count).ok_or(Invalid)?;
        bytes.copy_from_slice(message.get(from..from.wrapping_add(count)).ok_or(Invalid)?);
        append(message, bytes, limit)?;
        left = left.wrapping_sub(count);
    }
    Ok(())
}
