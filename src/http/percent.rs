//! Percent-encoding (RFC 3986 section 2.1), decoded exactly once.

use core::fmt;

use super::octets::hex_value;

/// Why a text could not be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PercentError {
    /// A percent sign without two hexadecimal digits behind it.
    BadEscape,
    /// The buffer is too short. One as long as the text always suffices.
    NoSpace,
    /// What was decoded is not UTF-8.
    NotUtf8,
}

impl fmt::Display for PercentError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            PercentError::BadEscape => "malformed percent-encoding",
            PercentError::NoSpace => "decoded text does not fit its buffer",
            PercentError::NotUtf8 => "decoded text is not UTF-8",
        })
    }
}

impl core::error::Error for PercentError {}

/// Decodes `text` into `buffer`.
///
/// # Errors
///
/// [`PercentError::BadEscape`] and [`PercentError::NoSpace`].
///
/// ```
/// use wm_websockets::http::percent;
///
/// assert_eq!(percent::decode("caf%C3%A9%20a+b", &mut [0; 16]), Ok("café a+b".as_bytes()));
/// ```
pub fn decode<'b>(text: &str, buffer: &'b mut [u8]) -> Result<&'b [u8], PercentError> {
    decode_with(text, b'+', buffer)
}

/// Decodes `text` into `buffer`, as text.
///
/// # Errors
///
/// Any [`PercentError`].
pub fn decode_str<'b>(text: &str, buffer: &'b mut [u8]) -> Result<&'b str, PercentError> {
    str::from_utf8(decode(text, buffer)?).map_err(|_| PercentError::NotUtf8)
}

/// Decodes a key or a value of a form (`application/x-www-form-urlencoded`) or query: `+` means a space too.
///
/// # Errors
///
/// Any [`PercentError`].
pub fn decode_form<'b>(text: &str, buffer: &'b mut [u8]) -> Result<&'b str, PercentError> {
    str::from_utf8(decode_with(text, b' ', buffer)?).map_err(|_| PercentError::NotUtf8)
}

/// Decodes within `bytes`, whose front becomes the result; what lies behind that is left as it may be.
///
/// # Errors
///
/// [`PercentError::BadEscape`]; the bytes before the escape are then decoded already.
///
/// ```
/// use wm_websockets::http::percent;
///
/// let mut bytes = *b"a%2Fb";
/// assert_eq!(percent::decode_in_place(&mut bytes)?, b"a/b");
/// # Ok::<(), percent::PercentError>(())
/// ```
pub fn decode_in_place(bytes: &mut [u8]) -> Result<&mut [u8], PercentError> {
    let (mut read, mut written) = (0, 0);
    while let Some(rest @ [_, ..]) = bytes.get(read..) {
        let (octet, tail) = next_octet(rest).ok_or(PercentError::BadEscape)?;
        read = bytes.len().saturating_sub(tail.len());
        if let Some(slot) = bytes.get_mut(written) {
            *slot = octet;
        }
        written = written.saturating_add(1);
    }
    Ok(bytes.get_mut(..written).unwrap_or_default())
}

fn decode_with<'b>(text: &str, plus: u8, buffer: &'b mut [u8]) -> Result<&'b [u8], PercentError> {
    let mut rest = text.as_bytes();
    let mut length = 0_usize;
    while let [first, ..] = rest {
        let (octet, tail) = next_octet(rest).ok_or(PercentError::BadEscape)?;
        *buffer.get_mut(length).ok_or(PercentError::NoSpace)? = if *first == b'+' { plus } else { octet };
        (rest, length) = (tail, length.saturating_add(1));
    }
    Ok(buffer.get(..length).unwrap_or_default())
}

/// The first octet of `input` decoded, and what follows it. `None` at the end, and at a percent sign without
/// two hexadecimal digits.
#[inline]
pub(super) fn next_octet(input: &[u8]) -> Option<(u8, &[u8])> {
    match input {
        [b'%', digits @ ..] => escaped_octet(digits),
        [octet, rest @ ..] => Some((*octet, rest)),
        [] => None,
    }
}

/// The octet of two hexadecimal digits, and what follows them. Out of line: most octets are not escaped.
#[inline(never)]
pub(super) fn escaped_octet(digits: &[u8]) -> Option<(u8, &[u8])> {
    let [high, low, rest @ ..] = digits else { return None };
    Some((hex_value(*high)? << 4 | hex_value(*low)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_happens_once() {
        assert_eq!(decode_str("%2525", &mut [0; 8]), Ok("%25"));
        assert_eq!(decode_in_place(&mut b"%2525".to_vec()).unwrap(), b"%25");
    }

    #[test]
    fn broken_escapes_are_refused_everywhere() {
        for text in ["%", "a%4", "%4g", "%%41", "%+1"] {
            assert_eq!(decode(text, &mut [0; 8]), Err(PercentError::BadEscape), "{text}");
        }
        assert_eq!(decode_in_place(&mut [b'a', b'%']), Err(PercentError::BadEscape));
    }

    #[test]
    fn plus_is_a_space_in_forms_only() {
        assert_eq!(decode_form("a+b%2Bc", &mut [0; 8]), Ok("a b+c"));
        assert_eq!(decode_str("a+b", &mut [0; 8]), Ok("a+b"));
    }

    #[test]
    fn space_and_encoding_of_the_result_are_checked() {
        assert_eq!(decode("abc", &mut [0; 2]), Err(PercentError::NoSpace));
        assert_eq!(decode("%61%62", &mut [0; 2]), Ok(&b"ab"[..]));
        assert_eq!(decode_str("%FF", &mut [0; 2]), Err(PercentError::NotUtf8));
        assert_eq!(decode("", &mut []), Ok(&b""[..]));
    }
}
