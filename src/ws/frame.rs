//! The frame header, RFC 6455 section 5.2:
//!
//! ```text
//! +-+-----+-------+-+-------------+----------------------+--------------+
//! |F|R R R| opcode|M| length (7)  | extended length      | masking key  |
//! |I|S S S|  (4)  |A| 0..=125     | 126: 16 bits         | 32 bits,     |
//! |N|V V V|       |S| 126, 127    | 127: 64 bits         | if MASK      |
//! | |1 2 3|       |K|             |                      |              |
//! +-+-----+-------+-+-------------+----------------------+--------------+
//! ```

use nom::{
    Err, IResult, Needed, Parser,
    combinator::{cond, map_res},
    error::{ErrorKind, FromExternalError, ParseError},
};

use super::{
    Violation,
    inline::Inline,
    mask,
    opcode::{Kind, Opcode},
};

/// The longest header: 2 bytes, a 64-bit length, a masking key.
pub const MAX_HEADER: usize = 14;

/// The largest payload of a control frame (section 5.5).
pub const MAX_CONTROL_PAYLOAD: usize = 125;

/// A header as it goes on the wire: 2 to 14 bytes.
pub type EncodedHeader = Inline<MAX_HEADER>;

/// A whole control frame as it goes on the wire: 2 to 131 bytes.
pub type ControlFrame = Inline<{ 2 + 4 + MAX_CONTROL_PAYLOAD }>;

const FIN: u8 = 0x80;
/// RSV1: the message is compressed (RFC 7692 section 6).
pub(super) const COMPRESSED: u8 = 0x40;
const RESERVED: u8 = 0x70;
const OPCODE: u8 = 0x0F;
const MASK: u8 = 0x80;
const LENGTH: u8 = 0x7F;
const LENGTH_16: u8 = 126;
const LENGTH_64: u8 = 127;

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// The last frame of its message.
    pub fin: bool,
    /// The first frame of a message that is compressed: RSV1, where the two ends have agreed on permessage-deflate (RFC 7692 section 6).
    pub compressed: bool,
    /// Interpretation of the payload.
    pub opcode: Opcode,
    /// The masking key: always there from client to server, never the other way (section 5.1).
    pub mask: Option<[u8; 4]>,
    /// Payload bytes that follow, below 2^63.
    pub length: u64,
}

/// Reads the header at the start of `input`, where no extension was agreed on: the header and the number of its bytes, or `None` when more
/// bytes are needed. Looks at no more than [`MAX_HEADER`] bytes.
///
/// # Errors
/// A header that no further byte could save is refused at once, so a bad first byte is refused alone.
///
/// ```
/// use wm_websockets::ws::{Opcode, frame::parse_header};
///
/// let (header, used) = parse_header(&[0x81, 0x05, b'H'])?.expect("complete");
/// assert_eq!((header.opcode, header.length, used), (Opcode::Text, 5, 2));
/// assert_eq!(parse_header(&[0x81])?, None);
/// # Ok::<(), wm_websockets::ws::Violation>(())
/// ```
pub fn parse_header(input: &[u8]) -> Result<Option<(FrameHeader, usize)>, Violation> {
    parse_with(input, 0)
}

/// The same where these of the reserved bits have a meaning.
pub(super) fn parse_with(input: &[u8], allowed: u8) -> Result<Option<(FrameHeader, usize)>, Violation> {
    match header(input, allowed) {
        Ok((rest, header)) => Ok(Some((header, input.len().saturating_sub(rest.len())))),
        Err(Err::Incomplete(_)) => Ok(None),
        Err(Err::Error(Refused(violation)) | Err::Failure(Refused(violation))) => Err(violation),
    }
}

/// The header of a frame that is a whole message to a server: kind, length of the payload, masking key, and the header's own length.
pub(super) fn whole_message(input: &[u8]) -> Option<(Kind, usize, [u8; 4], usize)> {
    // FIN and the opcode; MASK and a short length: most are so, and need no parser.
    if let [first @ (0x81 | 0x82), length @ 0x80..=0xFD, a, b, c, d, ..] = *input {
        let kind = if first == 0x81 { Kind::Text } else { Kind::Binary };
        return Some((kind, usize::from(length & LENGTH), [a, b, c, d], 6));
    }
    let (FrameHeader { fin, opcode, mask, length, .. }, used) = parse_with(input, 0).ok()??;
    let kind = match opcode {
        Opcode::Text => Kind::Text,
        Opcode::Binary => Kind::Binary,
        _ => return None,
    };
    let length = usize::try_from(length).ok().filter(|_| fin)?;
    Some((kind, length, mask?, used))
}

type Parsed<'a, T> = IResult<&'a [u8], T, Refused>;

fn header(input: &[u8], allowed: u8) -> Parsed<'_, FrameHeader> {
    let (input, (fin, compressed, opcode)) = map_res(bytes, |byte| first_byte(byte, allowed)).parse(input)?;
    let (input, (masked, length)) = map_res(bytes, |byte| mask_and_length(opcode, byte)).parse(input)?;
    let (input, length) = match length {
        LENGTH_16 => map_res(bytes, length_16).parse(input)?,
        LENGTH_64 => length_64(input)?,
        length => (input, length.into()),
    };
    let (input, mask) = cond(masked, bytes).parse(input)?;
    Ok((input, FrameHeader { fin, compressed, opcode, mask, length }))
}

/// The next `N` bytes.
fn bytes<const N: usize>(input: &[u8]) -> Parsed<'_, [u8; N]> {
    match input.split_first_chunk() {
        Some((bytes, rest)) => Ok((rest, *bytes)),
        None => Err(Err::Incomplete(Needed::Unknown)),
    }
}

fn first_byte([byte]: [u8; 1], allowed: u8) -> Result<(bool, bool, Opcode), Violation> {
    let fin = byte & FIN != 0;
    if byte & RESERVED & !allowed != 0 {
        return Err(Violation::ReservedBits);
    }
    // None of the further bits is set unless it is allowed.
    let compressed = allowed != 0 && byte & COMPRESSED != 0;
    match Opcode::from_bits(byte & OPCODE) {
        None => Err(Violation::UnknownOpcode),
        Some(opcode) if compressed && !opcode.begins_message() => Err(Violation::ReservedBits),
        Some(opcode) if opcode.is_control() && !fin => Err(Violation::FragmentedControl),
        Some(opcode) => Ok((fin, compressed, opcode)),
    }
}

fn mask_and_length(opcode: Opcode, [byte]: [u8; 1]) -> Result<(bool, u8), Violation> {
    let length = byte & LENGTH;
    if opcode.is_control() && usize::from(length) > MAX_CONTROL_PAYLOAD {
        return Err(Violation::ControlTooLong);
    }
    Ok((byte & MASK != 0, length))
}

fn length_16(bytes: [u8; 2]) -> Result<u64, Violation> {
    match u16::from_be_bytes(bytes) {
        0..126 => Err(Violation::LengthNotMinimal),
        length => Ok(length.into()),
    }
}

/// Judges the top bit by the first byte and the minimal form by the first six.
fn length_64(input: &[u8]) -> Parsed<'_, u64> {
    if let [0x80..=0xFF, ..] = input {
        return Err(Err::Failure(Refused(Violation::LengthTooLarge)));
    }
    let (rest, [a, b, c, d, e, f]) = map_res(bytes, |high| match high {
        [0, 0, 0, 0, 0, 0] => Err(Violation::LengthNotMinimal),
        high => Ok(high),
    })
    .parse(input)?;
    let (rest, [g, h]) = bytes(rest)?;
    Ok((rest, u64::from_be_bytes([a, b, c, d, e, f, g, h])))
}

/// The error of the grammar.
struct Refused(Violation);

impl<I> FromExternalError<I, Violation> for Refused {
    fn from_external_error(_: I, _: ErrorKind, violation: Violation) -> Self {
        Self(violation)
    }
}

/// nom asks for it; the parsers used here report nothing but a lack of bytes by themselves.
impl<I> ParseError<I> for Refused {
    fn from_error_kind(_: I, _: ErrorKind) -> Self {
        Self(Violation::UnknownOpcode)
    }

    fn append(_: I, _: ErrorKind, other: Self) -> Self {
        other
    }
}

impl FrameHeader {
    /// The header on the wire, its length in the shortest form. `length` must be below 2^63.
    ///
    /// ```
    /// use wm_websockets::ws::{Opcode, frame::FrameHeader};
    ///
    /// let header = FrameHeader { fin: true, compressed: false, opcode: Opcode::Binary, mask: None, length: 256 };
    /// assert_eq!(header.encode()[..], [0x82, 0x7E, 0x01, 0x00]);
    /// ```
    #[must_use]
    pub fn encode(&self) -> EncodedHeader {
        let fin = if self.fin { FIN } else { 0 };
        let start = self.opcode.bits() | fin | if self.compressed { COMPRESSED } else { 0 };
        let mask = if self.mask.is_some() { MASK } else { 0 };
        let wide = self.length.to_be_bytes();
        let (short, extended) = match self.length {
            length @ 0..126 => (length as u8, &[][..]),
            126..0x1_0000 => (LENGTH_16, wide.get(6..).unwrap_or_default()),
            _ => (LENGTH_64, &wide[..]),
        };
        let mut header =
            EncodedHeader::from_front([start, mask | short, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 2);
        // Most frames are short.
        if !extended.is_empty() {
            header.append(extended);
        }
        if let Some(key) = &self.mask {
            header.append(key);
        }
        header
    }
}

/// A control frame with this payload, in two parts, of which [`MAX_CONTROL_PAYLOAD`] bytes fit.
pub(crate) fn control(opcode: Opcode, parts: [&[u8]; 2], mask: Option<[u8; 4]>) -> ControlFrame {
    let [start, end] = parts;
    let length = start.len().saturating_add(end.len()) as u8;
    let masked = if mask.is_some() { MASK } else { 0 };
    let mut frame = ControlFrame::new();
    frame.append(&[FIN | opcode.bits(), masked | length]);
    if let Some(key) = &mask {
        frame.append(key);
    }
    let header = frame.len();
    frame.append(start);
    frame.append(end);
    if let Some(key) = mask {
        mask::apply(key, 0, frame.tail_mut(header));
    }
    frame
}
