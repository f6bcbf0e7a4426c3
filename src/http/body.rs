//! Streams the body of a request out of the bytes it arrives in.

use super::chunked::ChunkedDecoder;
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
pub struct BodyDecoder(Kind);

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// That many bytes are left; a request without a body has none left from the beginning.
    Length(u64),
    Chunked(ChunkedDecoder),
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
    pub fn new(framing: Framing, limit: u64) -> Result<Self, Fault> {
        match framing {
            Framing::None => Ok(Self(Kind::Length(0))),
            Framing::Length(length) if length > limit => Err(Fault::BodyTooLarge),
            Framing::Length(length) => Ok(Self(Kind::Length(length))),
            Framing::Chunked => Ok(Self(Kind::Chunked(ChunkedDecoder::new(limit)))),
        }
    }

    /// Whether the whole body was decoded.
    #[must_use]
    #[inline(never)]
    pub fn is_complete(&self) -> bool {
        match &self.0 {
            Kind::Length(left) => *left == 0,
            Kind::Chunked(decoder) => decoder.is_complete(),
        }
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
        match &mut self.0 {
            Kind::Length(left) => {
                let data = take_data(left, input);
                Ok(Decoded { consumed: data.len(), data, complete: *left == 0 })
            }
            Kind::Chunked(decoder) => decoder.decode(input),
        }
    }
}

/// The front of `input`, as far as `left` reaches, which becomes smaller by that.
pub(super) fn take_data<'a>(left: &mut u64, input: &'a [u8]) -> &'a [u8] {
    let reach = usize::try_from(*left).unwrap_or(usize::MAX);
    let data = input.get(..reach).unwrap_or(input);
    *left = left.saturating_sub(data.len() as u64);
    data
}
