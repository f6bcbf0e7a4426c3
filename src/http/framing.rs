//! How long the body of a request is (RFC 9112 section 6).

use super::Fault;
use super::octets::{TOKEN, same_name};

/// How the end of a request's body is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// The head announces no body, so there is none (RFC 9112 section 6.3, rule 7).
    #[default]
    None,
    /// `Content-Length`: that many bytes.
    Length(u64),
    /// `Transfer-Encoding: chunked`: the body says itself where it ends.
    Chunked,
}

impl Framing {
    /// Takes in a `Content-Length` field.
    pub(super) fn with_content_length(self, value: &[u8]) -> Result<Framing, Fault> {
        match self {
            Framing::Length(_) => Err(Fault::RepeatedContentLength),
            Framing::Chunked => Err(Fault::ConflictingLengths),
            Framing::None => content_length(value).map(Framing::Length),
        }
    }

    /// Takes in a `Transfer-Encoding` field of an HTTP/1.1 request.
    pub(super) fn with_transfer_encoding(self, value: &[u8]) -> Result<Framing, Fault> {
        value
            .split(|&octet| octet == b',')
            .try_fold(self, |framing, coding| framing.with_transfer_coding(coding.trim_ascii()))
    }

    fn with_transfer_coding(self, coding: &[u8]) -> Result<Framing, Fault> {
        match self {
            Framing::Length(_) => Err(Fault::ConflictingLengths),
            Framing::Chunked => Err(Fault::BadTransferEncoding),
            Framing::None if same_name(coding, b"chunked") => Ok(Framing::Chunked),
            Framing::None => Err(transfer_coding_fault(coding)),
        }
    }
}

/// `1*DIGIT` of RFC 9110 section 8.6.
fn content_length(value: &[u8]) -> Result<u64, Fault> {
    let length = value.iter().try_fold(None, |length: Option<u64>, octet| match octet {
        b'0'..=b'9' => {
            let length = length.unwrap_or(0).checked_mul(10).ok_or(Fault::BadContentLength)?;
            length.checked_add(u64::from(octet & 0xF)).map(Some).ok_or(Fault::BadContentLength)
        }
        b',' => Err(Fault::RepeatedContentLength),
        _ => Err(Fault::BadContentLength),
    });
    length?.ok_or(Fault::BadContentLength)
}

/// A coding that we do not know is answered differently from one that is no coding, or `chunked` with
/// parameters, which it does not have (RFC 9112 section 7).
fn transfer_coding_fault(coding: &[u8]) -> Fault {
    let end = coding.iter().position(|&octet| matches!(octet, b';' | b' ' | b'\t')).unwrap_or(coding.len());
    let name = coding.get(..end).unwrap_or_default();
    let is_token = !name.is_empty() && name.iter().all(|&octet| TOKEN.contains(octet));
    if is_token && !same_name(name, b"chunked") {
        Fault::UnknownTransferCoding
    } else {
        Fault::BadTransferEncoding
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_length_is_digits_and_nothing_else() {
        assert_eq!(Framing::None.with_content_length(b"0"), Ok(Framing::Length(0)));
        assert_eq!(Framing::None.with_content_length(b"0042"), Ok(Framing::Length(42)));
        assert_eq!(Framing::None.with_content_length(b"18446744073709551615"), Ok(Framing::Length(u64::MAX)));
        for value in [&b""[..], b"+5", b"-5", b"0x5", b"5 5", b"5.0", b"\xB2", b"18446744073709551616"] {
            assert_eq!(Framing::None.with_content_length(value), Err(Fault::BadContentLength), "{value:?}");
        }
    }

    #[test]
    fn repeated_lengths_are_refused_even_when_equal() {
        assert_eq!(Framing::None.with_content_length(b"5, 5"), Err(Fault::RepeatedContentLength));
        assert_eq!(Framing::Length(5).with_content_length(b"5"), Err(Fault::RepeatedContentLength));
    }

    #[test]
    fn length_and_coding_exclude_each_other_in_either_order() {
        assert_eq!(Framing::Chunked.with_content_length(b"5"), Err(Fault::ConflictingLengths));
        assert_eq!(Framing::Length(5).with_transfer_encoding(b"chunked"), Err(Fault::ConflictingLengths));
    }

    #[test]
    fn chunked_alone_is_the_only_transfer_encoding() {
        assert_eq!(Framing::None.with_transfer_encoding(b"Chunked"), Ok(Framing::Chunked));
        for value in [&b"gzip, chunked"[..], b"gzip", b"identity", b"xchunked", b"gzip;q=1, chunked"] {
            let framing = Framing::None.with_transfer_encoding(value);
            assert_eq!(framing, Err(Fault::UnknownTransferCoding), "{value:?}");
        }
        for value in
            [&b""[..], b"chunked, gzip", b"chunked, chunked", b"chunked;a=b", b", chunked", b"\"chunked\""]
        {
            let framing = Framing::None.with_transfer_encoding(value);
            assert_eq!(framing, Err(Fault::BadTransferEncoding), "{value:?}");
        }
        assert_eq!(Framing::Chunked.with_transfer_encoding(b"chunked"), Err(Fault::BadTransferEncoding));
    }
}
