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
    Err, IResult, Parser,
    combinator::{cond, map, map_res, peek},
    error::{ErrorKind, FromExternalError, ParseError},
    number::streaming::{be_u8, be_u16, be_u32},
};

use super::{Violation, inline::Inline, mask, opcode::Opcode};

/// The longest header: 2 bytes, a 64-bit length, a masking key.
pub const MAX_HEADER: usize = 14;

/// The largest payload of a control frame (section 5.5).
pub const MAX_CONTROL_PAYLOAD: usize = 125;

/// A header as it goes on the wire: 2 to 14 bytes.
pub type EncodedHeader = Inline<MAX_HEADER>;

/// A whole control frame as it goes on the wire: 2 to 131 bytes.
pub type ControlFrame = Inline<{ 2 + 4 + MAX_CONTROL_PAYLOAD }>;

const FIN: u8 = 0x80;
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
    /// Interpretation of the payload.
    pub opcode: Opcode,
    /// The masking key: always there from client to server, never the other way (section 5.1).
    pub mask: Option<[u8; 4]>,
    /// Payload bytes that follow, below 2^63.
    pub length: u64,
}

/// Reads the header at the start of `input`: the header and the number of its bytes, or `None` when more
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
    match header(input) {
        Ok((rest, header)) => Ok(Some((header, input.len().saturating_sub(rest.len())))),
        Err(Err::Incomplete(_)) => Ok(None),
        Err(Err::Error(Refused(violation)) | Err::Failure(Refused(violation))) => Err(violation),
    }
}

type Parsed<'a, T> = IResult<&'a [u8], T, Refused>;

fn header(input: &[u8]) -> Parsed<'_, FrameHeader> {
    let (input, (fin, opcode)) = map_res(be_u8, fin_and_opcode).parse(input)?;
    let (input, (masked, length)) = map_res(be_u8, |byte| mask_and_length(opcode, byte)).parse(input)?;
    let (input, length) = match length {
        LENGTH_16 => length_16(input)?,
        LENGTH_64 => length_64(input)?,
        length => (input, length.into()),
    };
    let (input, mask) = cond(masked, map(be_u32, u32::to_be_bytes)).parse(input)?;
    Ok((input, FrameHeader { fin, opcode, mask, length }))
}

fn fin_and_opcode(byte: u8) -> Result<(bool, Opcode), Violation> {
    let fin = byte & FIN != 0;
    if byte & RESERVED != 0 {
        return Err(Violation::ReservedBits);
    }
    match Opcode::from_bits(byte & OPCODE) {
        None => Err(Violation::UnknownOpcode),
        Some(opcode) if opcode.is_control() && !fin => Err(Violation::FragmentedControl),
        Some(opcode) => Ok((fin, opcode)),
    }
}

fn mask_and_length(opcode: Opcode, byte: u8) -> Result<(bool, u8), Violation> {
    let length = byte & LENGTH;
    if opcode.is_control() && usize::from(length) > MAX_CONTROL_PAYLOAD {
        return Err(Violation::ControlTooLong);
    }
    Ok((byte & MASK != 0, length))
}

fn length_16(input: &[u8]) -> Parsed<'_, u64> {
    map_res(be_u16, |length| match length {
        0..126 => Err(Violation::LengthNotMinimal),
        length => Ok(length.into()),
    })
    .parse(input)
}

/// Judges the top bit by the first byte and the minimal form by the first six.
fn length_64(input: &[u8]) -> Parsed<'_, u64> {
    let (input, _) = map_res(peek(be_u8), |first| match first & 0x80 {
        0 => Ok(()),
        _ => Err(Violation::LengthTooLarge),
    })
    .parse(input)?;
    let (input, high) = map_res((be_u32, be_u16), |high| match high {
        (0, 0) => Err(Violation::LengthNotMinimal),
        (high, middle) => Ok(u64::from(high) << 32 | u64::from(middle) << 16),
    })
    .parse(input)?;
    map(be_u16, |low| high | u64::from(low)).parse(input)
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
    /// let header = FrameHeader { fin: true, opcode: Opcode::Binary, mask: None, length: 256 };
    /// assert_eq!(header.encode()[..], [0x82, 0x7E, 0x01, 0x00]);
    /// ```
    #[must_use]
    pub fn encode(&self) -> EncodedHeader {
        let fin = if self.fin { FIN } else { 0 };
        let mask = if self.mask.is_some() { MASK } else { 0 };
        let mut header = EncodedHeader::new();
        header.append(&[fin | self.opcode.bits()]);
        match self.length {
            length @ 0..126 => header.append(&[mask | length as u8]),
            length @ 126..0x1_0000 => {
                header.append(&[mask | LENGTH_16]);
                header.append(&(length as u16).to_be_bytes());
            }
            length => {
                header.append(&[mask | LENGTH_64]);
                header.append(&length.to_be_bytes());
            }
        }
        header.append(self.mask.as_ref().map_or(&[], |key| key));
        header
    }
}

/// A control frame with this payload, of which [`MAX_CONTROL_PAYLOAD`] bytes fit.
pub(crate) fn control(opcode: Opcode, payload: &[u8], mask: Option<[u8; 4]>) -> ControlFrame {
    let header = FrameHeader { fin: true, opcode, mask, length: payload.len() as u64 }.encode();
    let mut frame = ControlFrame::new();
    frame.append(&header);
    frame.append(payload);
    if let Some(key) = mask {
        mask::apply(key, 0, frame.tail_mut(header.len()));
    }
    frame
}
