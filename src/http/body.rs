//! Streams the body of a request out of the bytes it arrives in.

use super::chunked::{OVERHEAD, Position};
use super::{Fault, Framing};

/// Cuts the body of one request out of the stream, whatever its framing.
///
/// It keeps counters and no bytes: data goes to the caller as slices of its own input. Size: at most 32
/// bytes.
///
/// ```
/// use wm_websockets::http::{BodyDecoder, Fault, Framing};
///
/// let mut decoder = BodyDecoder::new(Framing::Length(5), 100)?;
/// let mut received = Vec::new();
/// for segment in [&b"he"[..], b"lloGET /next"] {
///     let mut rest = segment;
///     while !rest.is_empty() && !decoder.is_complete() {
///         let decoded = decoder.decode(rest)?;
///         received.extend_from_slice(decoded.data);
///         rest = &rest[decoded.consumed..];
///     }
/// }
/// assert_eq!(received, b"hello");
/// # Ok::<(), Fault>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct BodyDecoder {
    pub(super) position: Position,
    /// The digits of a chunk's size that were read.
    pub(super) digits: u8,
    /// How many more octets chunk extensions and trailers may have.
    pub(super) overhead: u16,
    /// The octets of data that are left, of the body or of the chunk; while it is read, the chunk's size.
    pub(super) left: u64,
    /// How much more data is allowed behind the current chunk.
    pub(super) allowance: u64,
}

/// One step of [`BodyDecoder::decode`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// How many bytes of the input are done with.
    pub consumed: usize,
    /// A piece of the body, part of the input. It may be empty although the body goes on.
    pub data: &'a [u8],
    /// Whether the body ends here: the bytes that were not consumed belong to the next request.
    pub complete: bool,
}

impl BodyDecoder {
    /// A decoder for a body of at most `limit` bytes, chunked coding not counted.
    ///
    /// # Errors
    ///
    /// [`Fault::BodyTooLarge`] when the head announces more than that, before any of it is read.
    #[inline(never)]
    pub fn new(framing: Framing, limit: u64) -> Result<Self, Fault> {
        let (position, left) = match framing {
            Framing::None | Framing::Length(0) => (Position::Complete, 0),
            Framing::Length(length) if length > limit => return Err(Fault::BodyTooLarge),
            Framing::Length(length) => (Position::Data, length),
            Framing::Chunked => (Position::Size, 0),
        };
        Ok(Self { position, digits: 0, overhead: OVERHEAD, left, allowance: limit })
    }

    /// Whether the whole body was decoded.
    #[must_use]
    #[inline(never)]
    pub fn is_complete(&self) -> bool {
        self.position == Position::Complete
    }

    /// Decodes up to one piece of data from the front of `input`. Call it again with what it has not
    /// consumed, until it is complete or nothing is left. It consumes something of any input unless the body
    /// is complete.
    ///
    /// # Errors
    ///
    /// [`Fault::BadChunk`], [`Fault::BadTrailer`] and [`Fault::BodyTooLarge`], of chunked bodies only. A
    /// fault stays: further calls return it again.
    pub fn decode<'a>(&mut self, input: &'a [u8]) -> Result<Decoded<'a>, Fault> {
        let mut data = &b""[..];
        let mut rest = input;
        while let [octet, behind @ ..] = rest
            && self.position < Position::Complete
        {
            if matches!(self.position, Position::Data | Position::Chunk) {
                data = self.take_data(rest);
                rest = rest.get(data.len()..).unwrap_or_default();
                break;
            }
            self.position = self.behind(*octet);
            rest = behind;
        }
        match self.position {
            Position::BadChunk => Err(Fault::BadChunk),
            Position::BadTrailer => Err(Fault::BadTrailer),
            Position::BodyTooLarge => Err(Fault::BodyTooLarge),
            _ => {
                let consumed = input.len().saturating_sub(rest.len());
                Ok(Decoded { consumed, data, complete: self.is_complete() })
            }
        }
    }

    /// The data at the front of `input`, one octet at least.
    fn take_data<'a>(&mut self, input: &'a [u8]) -> &'a [u8] {
        let reach = usize::try_from(self.left).unwrap_or(usize::MAX);
        let data = input.get(..reach).unwrap_or(input);
        self.left = self.left.saturating_sub(data.len() as u64);
        if self.left == 0 {
            self.position = match self.position {
                Position::Chunk => Position::DataCr,
                _ => Position::Complete,
            };
        }
        data
    }
}
