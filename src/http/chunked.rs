//! The chunked transfer coding (RFC 9112 section 7.1), one octet of framing at a time, so that it may be cut
//! anywhere.

use super::Fault;
use super::body::{Decoded, take_data};
use super::octets::{TOKEN, hex_value, is_field_octet};

/// The octets that chunk extensions and trailers of one body may have together. Both are read and dropped: a
/// client that sends more of them than of data only costs time (RFC 9112 section 7.1.1 asks for a bound).
const OVERHEAD: u16 = 1024;

/// The digits of the largest chunk size, leading zeros included.
const SIZE_DIGITS: u8 = 16;

#[derive(Clone, Copy, Debug)]
pub(super) struct ChunkedDecoder {
    state: State,
    /// How much more data is allowed behind the current chunk.
    allowance: u64,
    /// How many more octets extensions and trailers may have.
    overhead: u16,
}

/// What comes next. A state carries the size of its chunk as long as that is needed.
#[derive(Clone, Copy, Debug)]
enum State {
    /// Hexadecimal digits; `digits` of them were read.
    Size {
        size: u64,
        digits: u8,
    },
    /// White space behind the size, which only an extension may follow.
    Blank(u64),
    /// A chunk extension.
    Extension(u64),
    /// The LF of the line with the size.
    SizeLf(u64),
    /// Data; so many octets are left, at least one.
    Data(u64),
    /// The CR behind the data.
    DataCr,
    /// The LF behind the data.
    DataLf,
    /// A trailer field line, or the empty line that ends the body.
    Trailer,
    /// The name of a trailer field.
    TrailerName,
    /// The value of a trailer field.
    TrailerValue,
    /// The LF of a trailer field line.
    TrailerLf,
    /// The LF of the empty line.
    LastLf,
    Complete,
    Failed(Fault),
}

const FIRST_DIGIT: State = State::Size { size: 0, digits: 0 };

impl ChunkedDecoder {
    pub(super) fn new(limit: u64) -> Self {
        Self { state: FIRST_DIGIT, allowance: limit, overhead: OVERHEAD }
    }

    pub(super) fn is_complete(&self) -> bool {
        matches!(self.state, State::Complete)
    }

    pub(super) fn decode<'a>(&mut self, input: &'a [u8]) -> Result<Decoded<'a>, Fault> {
        let mut data = &b""[..];
        let mut rest = input;
        while let [octet, tail @ ..] = rest {
            match self.state {
                State::Data(left) => {
                    data = self.data(left, rest);
                    rest = rest.get(data.len()..).unwrap_or_default();
                    break;
                }
                State::Complete => break,
                state => self.state = self.step(state, *octet).unwrap_or_else(State::Failed),
            }
            rest = tail;
        }
        match self.state {
            State::Failed(fault) => Err(fault),
            _ => Ok(Decoded {
                consumed: input.len().saturating_sub(rest.len()),
                data,
                complete: self.is_complete(),
            }),
        }
    }

    fn data<'a>(&mut self, mut left: u64, input: &'a [u8]) -> &'a [u8] {
        let data = take_data(&mut left, input);
        self.state = if left == 0 { State::DataCr } else { State::Data(left) };
        data
    }

    /// The state behind one octet of framing.
    fn step(&mut self, state: State, octet: u8) -> Result<State, Fault> {
        match (state, octet) {
            (State::Size { size, digits }, _) => match hex_value(octet) {
                Some(digit) if digits < SIZE_DIGITS => {
                    Ok(State::Size { size: size << 4 | u64::from(digit), digits: digits.saturating_add(1) })
                }
                None if digits > 0 => self.behind_size(size, octet),
                _ => Err(Fault::BadChunk),
            },
            (State::Blank(size), b' ' | b'\t' | b';') => self.behind_size(size, octet),
            (State::Extension(size), b'\r') => Ok(State::SizeLf(size)),
            (State::Extension(size), _) if is_field_octet(octet) => {
                self.spend(Fault::BadChunk).map(|()| State::Extension(size))
            }
            (State::SizeLf(0), b'\n') => Ok(State::Trailer),
            (State::SizeLf(size), b'\n') => self.begin_chunk(size),
            (State::DataCr, b'\r') => Ok(State::DataLf),
            (State::DataLf, b'\n') => Ok(FIRST_DIGIT),
            (State::Trailer, b'\r') => Ok(State::LastLf),
            (State::Trailer | State::TrailerName, _) if TOKEN.contains(octet) => {
                self.spend(Fault::BadTrailer).map(|()| State::TrailerName)
            }
            (State::TrailerName, b':') => Ok(State::TrailerValue),
            (State::TrailerValue, b'\r') => Ok(State::TrailerLf),
            (State::TrailerValue, _) if is_field_octet(octet) => {
                self.spend(Fault::BadTrailer).map(|()| State::TrailerValue)
            }
            (State::TrailerLf, b'\n') => Ok(State::Trailer),
            (State::LastLf, b'\n') => Ok(State::Complete),
            (state, _) => Err(state.fault()),
        }
    }

    fn behind_size(&mut self, size: u64, octet: u8) -> Result<State, Fault> {
        match octet {
            b'\r' => Ok(State::SizeLf(size)),
            b' ' | b'\t' => self.spend(Fault::BadChunk).map(|()| State::Blank(size)),
            b';' => self.spend(Fault::BadChunk).map(|()| State::Extension(size)),
            _ => Err(Fault::BadChunk),
        }
    }

    fn begin_chunk(&mut self, size: u64) -> Result<State, Fault> {
        self.allowance = self.allowance.checked_sub(size).ok_or(Fault::BodyTooLarge)?;
        Ok(State::Data(size))
    }

    /// Counts an octet of extension or trailer.
    fn spend(&mut self, fault: Fault) -> Result<(), Fault> {
        self.overhead = self.overhead.checked_sub(1).ok_or(fault)?;
        Ok(())
    }
}

impl State {
    /// What an octet is that this state has no place for.
    fn fault(self) -> Fault {
        match self {
            State::Failed(fault) => fault,
            State::Trailer | State::TrailerName | State::TrailerValue | State::TrailerLf | State::LastLf => {
                Fault::BadTrailer
            }
            _ => Fault::BadChunk,
        }
    }
}
