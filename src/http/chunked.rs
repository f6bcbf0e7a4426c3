//! The chunked transfer coding (RFC 9112 section 7.1), one octet of framing at a time, so that it may be cut
//! anywhere.

use super::octets::{TOKEN, hex_value, is_field_octet};
use super::{BodyDecoder, Fault};

/// The octets that chunk extensions and trailers of one body may have together. Both are read and dropped: a
/// client that sends more of them than of data only costs time (RFC 9112 section 7.1.1 asks for a bound).
pub(super) const OVERHEAD: u16 = 1024;

/// The digits of the largest chunk size, leading zeros included.
const SIZE_DIGITS: u8 = 16;

/// What comes next in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// Data that has no framing.
    Data,
    /// Hexadecimal digits.
    Size,
    /// White space behind the size, which only an extension may follow.
    Blank,
    /// A chunk extension.
    Extension,
    /// The LF of the line with the size.
    SizeLf,
    /// Data of a chunk.
    Chunk,
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

impl BodyDecoder {
    /// Takes an octet of framing: what comes behind it.
    pub(super) fn behind(&mut self, octet: u8) -> Result<Position, Fault> {
        match (self.position, octet) {
            (Position::Size, _) => self.size(octet),
            (Position::Blank, b' ' | b'\t' | b';') => self.behind_size(octet),
            (Position::Extension, b'\r') => Ok(Position::SizeLf),
            (Position::SizeLf, b'\n') => self.begin_chunk(),
            (Position::DataCr, b'\r') => Ok(Position::DataLf),
            (Position::DataLf, b'\n') => {
                self.digits = 0;
                Ok(Position::Size)
            }
            (Position::Trailer, b'\r') => Ok(Position::LastLf),
            (Position::TrailerName, b':') => Ok(Position::TrailerValue),
            (Position::TrailerValue, b'\r') => Ok(Position::TrailerLf),
            (Position::TrailerLf, b'\n') => Ok(Position::Trailer),
            (Position::LastLf, b'\n') => Ok(Position::Complete),
            (Position::Trailer | Position::TrailerName, _) if TOKEN.contains(octet) => {
                self.spend(Position::TrailerName)
            }
            (Position::Extension | Position::TrailerValue, _) if is_field_octet(octet) => {
                self.spend(self.position)
            }
            _ => Err(self.fault()),
        }
    }

    /// A digit of the chunk's size, or what ends it.
    fn size(&mut self, octet: u8) -> Result<Position, Fault> {
        match hex_value(octet) {
            Some(digit) if self.digits < SIZE_DIGITS => {
                self.left = self.left << 4 | u64::from(digit);
                self.digits = self.digits.saturating_add(1);
                Ok(Position::Size)
            }
            None if self.digits > 0 => self.behind_size(octet),
            _ => Err(Fault::BadChunk),
        }
    }

    fn behind_size(&mut self, octet: u8) -> Result<Position, Fault> {
        match octet {
            b'\r' => Ok(Position::SizeLf),
            b' ' | b'\t' => self.spend(Position::Blank),
            b';' => self.spend(Position::Extension),
            _ => Err(Fault::BadChunk),
        }
    }

    /// The size is known. The chunk of size 0 is the last one.
    fn begin_chunk(&mut self) -> Result<Position, Fault> {
        self.allowance = self.allowance.checked_sub(self.left).ok_or(Fault::BodyTooLarge)?;
        Ok(if self.left == 0 { Position::Trailer } else { Position::Chunk })
    }

    /// Counts an octet of extension or trailer.
    fn spend(&mut self, next: Position) -> Result<Position, Fault> {
        self.overhead = self.overhead.checked_sub(1).ok_or(self.fault())?;
        Ok(next)
    }

    /// What an octet is that has no place here.
    fn fault(&self) -> Fault {
        match self.position {
            Position::Failed(fault) => fault,
            Position::Trailer
            | Position::TrailerName
            | Position::TrailerValue
            | Position::TrailerLf
            | Position::LastLf => Fault::BadTrailer,
            _ => Fault::BadChunk,
        }
    }
}
