//! The head of a response, and the framing of a chunked body.

use core::fmt;
use core::ops::Range;

use super::octets::{field_octets, is_token};
use super::write::{CRLF, Cursor, DECIMAL_LENGTH, decimal};
use super::{HttpDate, Status};

/// Why a response head could not be written. What was written before stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResponseError {
    /// The buffer is too short: give it more, or send fewer fields.
    NoSpace,
    /// The name is no token (RFC 9110 section 5.1).
    BadFieldName,
    /// The value holds CR, LF, NUL or another control: it would begin a field, or a response, of its own.
    BadFieldValue,
}

impl ResponseError {
    /// One phrase for a log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ResponseError::NoSpace => "response head does not fit its buffer",
            ResponseError::BadFieldName => "field name is not a token",
            ResponseError::BadFieldValue => "control character in field value",
        }
    }
}

impl fmt::Display for ResponseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl core::error::Error for ResponseError {}

/// Writes the head of a response (RFC 9112 section 4) into a buffer of the caller.
///
/// ```
/// use wm_websockets::http::{ResponseError, ResponseHead, Status};
///
/// let mut buffer = [0; 128];
/// let mut head = ResponseHead::new(&mut buffer, Status::OK)?;
/// head.content_type("text/plain")?;
/// head.content_length(2)?;
/// assert_eq!(head.field("Location", "/\r\nSet-Cookie: a=b"), Err(ResponseError::BadFieldValue));
/// assert_eq!(head.finish(), b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n");
/// # Ok::<(), ResponseError>(())
/// ```
pub struct ResponseHead<'b> {
    cursor: Cursor<'b>,
}

/// Shows how much is written; not what, for it may be a password.
impl fmt::Debug for ResponseHead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseHead").field("length", &self.cursor.length()).finish_non_exhaustive()
    }
}

/// The end of a line, and the empty line that ends a head. Every line leaves room for both, so that finishing
/// cannot fail.
const ENDS: usize = 2 * CRLF.len();

const CONTENT_TYPE: &[u8] = b"Content-Type: ";
const CONTENT_LENGTH: &[u8] = b"Content-Length: ";

impl<'b> ResponseHead<'b> {
    /// Begins a head with its status line.
    ///
    /// # Errors
    ///
    /// [`ResponseError::NoSpace`] when the buffer does not hold the status line and the empty line.
    pub fn new(buffer: &'b mut [u8], status: Status) -> Result<Self, ResponseError> {
        let mut code = [0; 4];
        let line = status.line(&mut code).map_or(&code[..], str::as_bytes);
        let mut head = Self { cursor: Cursor::new(buffer) };
        head.put_line(&[b"HTTP/1.1 ", line])?;
        Ok(head)
    }

    /// Begins a head with the first `length` bytes of the buffer: lines that stand there since another head
    /// [had them](Self::length).
    ///
    /// # Errors
    ///
    /// [`ResponseError::NoSpace`] when the buffer does not hold them and the empty line.
    ///
    /// ```
    /// use wm_websockets::http::{ResponseError, ResponseHead, Status};
    ///
    /// let mut buffer = [0; 64];
    /// let length = ResponseHead::new(&mut buffer, Status::OK)?.length();
    /// assert_eq!(ResponseHead::resume(&mut buffer, length)?.finish(), b"HTTP/1.1 200 OK\r\n\r\n");
    /// # Ok::<(), ResponseError>(())
    /// ```
    pub fn resume(buffer: &'b mut [u8], length: usize) -> Result<Self, ResponseError> {
        match Cursor::behind(buffer, length, CRLF.len()) {
            Some(cursor) => Ok(Self { cursor }),
            None => Err(ResponseError::NoSpace),
        }
    }

    /// How many bytes were written so far.
    #[must_use]
    pub fn length(&self) -> usize {
        self.cursor.length()
    }

    /// Begins with any other line, of a request for example.
    #[cfg(feature = "client")]
    pub(super) fn with_first_line(buffer: &'b mut [u8], parts: &[&[u8]]) -> Result<Self, ResponseError> {
        let mut head = Self { cursor: Cursor::new(buffer) };
        head.put_line(parts)?;
        Ok(head)
    }

    /// Adds a field line.
    ///
    /// # Errors
    ///
    /// Any [`ResponseError`]; the line is then left out.
    pub fn field(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<(), ResponseError> {
        self.put_field(name, value.as_ref())
    }

    /// Adds a field line with a decimal number.
    ///
    /// # Errors
    ///
    /// [`ResponseError::NoSpace`] and [`ResponseError::BadFieldName`]; the line is then left out.
    pub fn field_decimal(&mut self, name: &str, value: u64) -> Result<(), ResponseError> {
        self.put_field(name, decimal(value, &mut [0; DECIMAL_LENGTH]))
    }

    /// Adds `Content-Type`.
    ///
    /// # Errors
    ///
    /// [`ResponseError::NoSpace`] and [`ResponseError::BadFieldValue`]; the line is then left out.
    pub fn content_type(&mut self, media_type: &str) -> Result<(), ResponseError> {
        check_value(media_type.as_bytes())?;
        self.put_line(&[CONTENT_TYPE, media_type.as_bytes()])
    }

    /// Adds `Content-Length`.
    ///
    /// # Errors
    ///
    /// [`ResponseError::NoSpace`]; the line is then left out.
    pub fn content_length(&mut self, length: u64) -> Result<(), ResponseError> {
        self.put_line(&[CONTENT_LENGTH, decimal(length, &mut [0; DECIMAL_LENGTH])])
    }

    /// Adds `Content-Range` (RFC 9110 section 14.4): these bytes, not none, of so many; or that there are so many, and those that were
    /// asked for are not among them.
    ///
    /// # Errors
    ///
    /// [`ResponseError::NoSpace`]; the line is then left out.
    pub fn content_range(&mut self, range: Option<&Range<u64>>, length: u64) -> Result<(), ResponseError> {
        let (mut first, mut last) = ([0; DECIMAL_LENGTH], [0; DECIMAL_LENGTH]);
        let (first, hyphen, last) = match range {
            Some(range) => {
                let last = decimal(range.end.saturating_sub(1), &mut last);
                (decimal(range.start, &mut first), &b"-"[..], last)
            }
            None => (&b"*"[..], &b""[..], &b""[..]),
        };
        let mut digits = [0; DECIMAL_LENGTH];
        let length = decimal(length, &mut digits);
        self.put_line(&[b"Content-Range: bytes ", first, hyphen, last, b"/", length])
    }

    /// Adds `Location`, of parts that a client's target was made of.
    #[cfg(feature = "server")]
    pub(crate) fn location(&mut self, parts: &[&[u8]; 5]) -> Result<(), ResponseError> {
        let [first, second, third, fourth, fifth] = *parts;
        self.put_line(&[b"Location: ", first, second, third, fourth, fifth])
    }

    /// Adds `Date`.
    ///
    /// # Errors
    ///
    /// [`ResponseError::NoSpace`]; the line is then left out.
    pub fn date(&mut self, date: &HttpDate) -> Result<(), ResponseError> {
        self.put_line(&[b"Date: ", date.as_bytes()])
    }

    /// Ends the head and returns all of it.
    #[must_use]
    #[inline(never)]
    pub fn finish(mut self) -> &'b [u8] {
        let ended = self.cursor.put_crlf();
        debug_assert!(ended.is_some(), "every line leaves room for the end");
        self.cursor.finish()
    }

    /// Adds `Content-Type`, unless the head has it, and `Content-Length`, ends the head, and puts `content` behind it if the buffer has
    /// room: one write is cheaper than four. Returns what was written, and what of the content was not: nothing or all.
    ///
    /// # Errors
    ///
    /// [`ResponseError::NoSpace`] when the buffer does not hold the head; [`ResponseError::BadFieldValue`].
    ///
    /// ```
    /// use wm_websockets::http::{ResponseError, ResponseHead, Status};
    ///
    /// let mut buffer = [0; 80];
    /// let head = ResponseHead::new(&mut buffer, Status::OK)?;
    /// let expected = b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 2\r\n\r\nhi";
    /// assert_eq!(head.finish_with(Some("a/b"), 2, b"hi")?, (&expected[..], &b""[..]));
    /// # Ok::<(), ResponseError>(())
    /// ```
    pub fn finish_with<'c>(
        mut self,
        media_type: Option<&str>,
        length: u64,
        content: &'c [u8],
    ) -> Result<(&'b [u8], &'c [u8]), ResponseError> {
        let (field, media_type, end) = match media_type {
            Some(media_type) => (CONTENT_TYPE, media_type.as_bytes(), &CRLF[..]),
            None => (&b""[..], &b""[..], &b""[..]),
        };
        check_value(media_type)?;
        let mut digits = [0; DECIMAL_LENGTH];
        let digits = decimal(length, &mut digits);
        let parts = [field, media_type, end, CONTENT_LENGTH, digits, b"\r\n\r\n", content];
        let left = match (self.cursor.put(&parts, 0), parts.split_last()) {
            (Some(()), _) => &[],
            (None, Some((_, head))) if self.cursor.put(head, 0).is_some() => content,
            _ => return Err(ResponseError::NoSpace),
        };
        Ok((self.cursor.finish(), left))
    }

    fn put_field(&mut self, name: &str, value: &[u8]) -> Result<(), ResponseError> {
        check_field(name, value)?;
        self.put_line(&[name.as_bytes(), b": ", value])
    }

    /// Writes a whole line, or none of it.
    pub(super) fn put_line(&mut self, parts: &[&[u8]]) -> Result<(), ResponseError> {
        let written = self.cursor.put(parts, ENDS);
        written.and_then(|()| self.cursor.put_crlf()).ok_or(ResponseError::NoSpace)
    }
}

/// Whether HTTP allows a field line.
pub(crate) fn check_field(name: &str, value: &[u8]) -> Result<(), ResponseError> {
    if !is_token(name.as_bytes()) {
        return Err(ResponseError::BadFieldName);
    }
    check_value(value)
}

pub(crate) fn check_value(value: &[u8]) -> Result<(), ResponseError> {
    if field_octets(value) == value.len() { Ok(()) } else { Err(ResponseError::BadFieldValue) }
}

/// The length of the longest chunk header: a size in hexadecimal, and CRLF.
pub const CHUNK_HEADER_LENGTH: usize = 2 * size_of::<usize>() + 2;

/// The end of a chunked body: the chunk of size zero, no trailers (RFC 9112 section 7.1).
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// What stands before the data of a chunk; CRLF stands behind it. `length` must not be 0, which would end the
/// body.
///
/// ```
/// use wm_websockets::http::{CHUNK_HEADER_LENGTH, chunk_header};
///
/// assert_eq!(chunk_header(1500, &mut [0; CHUNK_HEADER_LENGTH]), b"5dc\r\n");
/// ```
pub fn chunk_header(length: usize, buffer: &mut [u8; CHUNK_HEADER_LENGTH]) -> &[u8] {
    let mut rest = length;
    let mut start = 0;
    for (index, octet) in buffer.iter_mut().enumerate().rev() {
        *octet = match index {
            LF => b'\n',
            CR => b'\r',
            _ => take_hex_digit(&mut rest),
        };
        start = index;
        if rest == 0 && index < CR {
            break;
        }
    }
    buffer.get(start..).unwrap_or_default()
}

const LF: usize = CHUNK_HEADER_LENGTH - 1;
const CR: usize = CHUNK_HEADER_LENGTH - 2;

/// The lowest hexadecimal digit of `value`, which loses it.
fn take_hex_digit(value: &mut usize) -> u8 {
    let digit = (*value & 0xF) as u8;
    *value >>= 4;
    if digit < 10 { b'0' | digit } else { digit.wrapping_add(b'a' - 10) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_cannot_smuggle_a_line() {
        let mut buffer = [0; 64];
        let mut head = ResponseHead::new(&mut buffer, Status::NO_CONTENT).unwrap();
        for name in ["", "a b", "a:", "a\r\n", "é"] {
            assert_eq!(head.field(name, "x"), Err(ResponseError::BadFieldName), "{name:?}");
        }
        for value in ["a\rb", "a\nb", "a\0b", "\x7F", "\x1B"] {
            assert_eq!(head.field("A", value), Err(ResponseError::BadFieldValue), "{value:?}");
        }
        assert_eq!(head.field("A", "b\tc é"), Ok(()));
        assert_eq!(head.finish(), "HTTP/1.1 204 No Content\r\nA: b\tc é\r\n\r\n".as_bytes());
    }

    #[test]
    fn fields_that_have_a_method_are_written_as_by_name() {
        let (mut by_name, mut by_method) = ([0; 256], [0; 256]);
        let date = HttpDate::from_unix(784_111_777);
        let mut named = ResponseHead::new(&mut by_name, Status::OK).unwrap();
        named.field("Date", date).unwrap();
        named.field("Content-Type", "text/html").unwrap();
        named.field_decimal("Content-Length", 1234).unwrap();
        let mut head = ResponseHead::new(&mut by_method, Status::OK).unwrap();
        head.date(&date).unwrap();
        head.content_type("text/html").unwrap();
        assert_eq!(head.content_type("text/html\r\nA: b"), Err(ResponseError::BadFieldValue));
        head.content_length(1234).unwrap();
        assert_eq!(head.finish(), named.finish());
    }

    #[test]
    fn a_line_that_does_not_fit_is_left_out_and_the_end_still_fits() {
        let whole = b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n";
        for length in 0..whole.len() {
            let mut buffer = [0; 64];
            match ResponseHead::new(&mut buffer[..length], Status::OK) {
                Ok(mut head) => {
                    assert_eq!(head.field("A", "b"), Err(ResponseError::NoSpace));
                    assert_eq!(head.finish(), b"HTTP/1.1 200 OK\r\n\r\n");
                }
                Err(error) => assert!(error == ResponseError::NoSpace && length < 19),
            }
        }
        let mut buffer = [0; 25];
        let mut head = ResponseHead::new(&mut buffer, Status::OK).unwrap();
        head.field("A", b"b").unwrap();
        assert_eq!(head.finish(), whole);
    }

    #[test]
    fn content_stands_behind_its_head_whole_or_not_at_all() {
        for (media_type, whole) in [
            (None, &b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345"[..]),
            (Some("a/b"), b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 5\r\n\r\n12345"),
        ] {
            for length in 19..=whole.len() {
                let (head, content) = whole.split_at(whole.len() - 5);
                let expected = match length {
                    length if length == whole.len() => Ok((whole, &b""[..])),
                    length if length >= head.len() => Ok((head, content)),
                    _ => Err(ResponseError::NoSpace),
                };
                let mut buffer = [0; 80];
                let begun = ResponseHead::new(&mut buffer[..length], Status::OK).unwrap();
                assert_eq!(begun.finish_with(media_type, 5, content), expected, "{length}");
            }
        }
    }

    #[test]
    fn a_media_type_cannot_smuggle_a_line() {
        let mut buffer = [0; 80];
        let head = ResponseHead::new(&mut buffer, Status::OK).unwrap();
        assert_eq!(head.finish_with(Some("a/b\r\nA: b"), 0, b""), Err(ResponseError::BadFieldValue));
    }

    #[test]
    fn a_head_goes_on_behind_what_stands_in_its_buffer() {
        let mut buffer = [0; 32];
        let length = ResponseHead::new(&mut buffer, Status::OK).unwrap().length();
        for _ in 0..2 {
            let mut head = ResponseHead::resume(&mut buffer, length).unwrap();
            head.field("A", "b").unwrap();
            assert_eq!(head.finish(), b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n");
        }
        for length in [31, 32, 33, usize::MAX] {
            assert_eq!(ResponseHead::resume(&mut buffer, length).err(), Some(ResponseError::NoSpace));
        }
    }

    #[test]
    fn chunk_headers_are_minimal_hexadecimal() {
        for (length, header) in [(1, "1\r\n"), (15, "f\r\n"), (16, "10\r\n"), (0xABCDE, "abcde\r\n")] {
            assert_eq!(chunk_header(length, &mut [0; CHUNK_HEADER_LENGTH]), header.as_bytes());
        }
        assert_eq!(chunk_header(usize::MAX, &mut [0; CHUNK_HEADER_LENGTH]).len(), CHUNK_HEADER_LENGTH);
    }
}
