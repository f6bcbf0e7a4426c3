//! The chunked transfer coding (RFC 9112 section 7.1), one octet of framing at a time, so that it may be cut
//! anywhere.

use super::BodyDecoder;
use super::octets::{TOKEN, hex_value, is_field_octet};

/// The octets that chunk extensions and trailers of one body may have beyond those of its data. Both are read and dropped: a peer that
/// sends more of them than of data only costs time (RFC 9112 section 7.1.1 asks for a bound), but each chunk of a long body may be signed.
pub(super) const OVERHEAD: u16 = 1024;

/// The digits of the largest chunk size, leading zeros included.
const SIZE_DIGITS: u8 = 16;

/// What comes next in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    /// Nothing: the body is whole. From here on a position is never left.
    Complete,
    BadChunk,
    BadTrailer,
    BodyTooLarge,
}

impl BodyDecoder {
    /// Takes an octet of framing: what comes behind it.
    pub(super) fn behind(&mut self, octet: u8) -> Position {
        match (self.position, octet) {
            (Position::Size, _) => self.size(octet),
            (Position::Blank, b' ' | b'\t' | b';') => self.behind_size(octet),
            (Position::Extension, b'\r') => Position::SizeLf,
            (Position::SizeLf, b'\n') => self.begin_chunk(),
            (Position::DataCr, b'\r') => Position::DataLf,
            (Position::DataLf, b'\n') => {
                self.digits = 0;
                Position::Size
            }
            (Position::Trailer, b'\r') => Position::LastLf,
            (Position::TrailerName, b':') => Position::TrailerValue,
            (Position::TrailerValue, b'\r') => Position::TrailerLf,
            (Position::TrailerLf, b'\n') => Position::Trailer,
            (Position::LastLf, b'\n') => Position::Complete,
            (Position::Trailer | Position::TrailerName, _) if TOKEN.contains(octet) => {
                self.spend(Position::TrailerName)
            }
            (Position::Extension | Position::TrailerValue, _) if is_field_octet(octet) => {
                self.spend(self.position)
            }
            _ => self.broken(),
        }
    }

    /// A digit of the chunk's size, or what ends it.
    fn size(&mut self, octet: u8) -> Position {
        match hex_value(octet) {
            Some(digit) if self.digits < SIZE_DIGITS => {
                self.left = self.left << 4 | u64::from(digit);
                self.digits = self.digits.saturating_add(1);
                Position::Size
            }
            None if self.digits > 0 => self.behind_size(octet),
            _ => Position::BadChunk,
        }
    }

    fn behind_size(&mut self, octet: u8) -> Position {
        match octet {
            b'\r' => Position::SizeLf,
            b' ' | b'\t' => self.spend(Position::Blank),
            b';' => self.spend(Position::Extension),
            _ => Position::BadChunk,
        }
    }

    /// The size is known. The chunk of size 0 is the last one.
    fn begin_chunk(&mut self) -> Position {
        match self.allowance.checked_sub(self.left) {
            None => Position::BodyTooLarge,
            Some(_) if self.left == 0 => Position::Trailer,
            Some(allowance) => {
                self.allowance = allowance;
                let earned = self.left.min(u64::from(OVERHEAD)) as u16;
                self.overhead = self.overhead.saturating_add(earned).min(OVERHEAD);
                Position::Chunk
            }
        }
    }

    /// Counts an octet of extension or trailer.
    fn spend(&mut self, next: Position) -> Position {
        match self.overhead.checked_sub(1) {
            None => self.broken(),
            Some(overhead) => {
                self.overhead = overhead;
                next
            }
        }
    }

    /// What becomes of the body by an octet that has no place here.
    fn broken(&self) -> Position {
        if self.position < Position::Trailer { Position::BadChunk } else { Position::BadTrailer }
    }
}
