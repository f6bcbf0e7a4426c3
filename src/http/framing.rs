//! How long the body of a request is (RFC 9112 section 6).

use super::Fault;
use super::grammar::{some_octets, token};
use super::octets::{DIGIT, same_name};

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

    /// Takes in a `Transfer-Encoding` field of an HTTP/1.1 request. Nothing but `chunked` alone is right.
    pub(super) fn with_transfer_encoding(self, value: &[u8]) -> Result<Framing, Fault> {
        match self {
            Framing::Length(_) => Err(Fault::ConflictingLengths),
            Framing::Chunked => Err(Fault::BadTransferEncoding),
            Framing::None if same_name(value, b"chunked") => Ok(Framing::Chunked),
            Framing::None => Err(transfer_encoding_fault(value)),
        }
    }
}

/// `1*DIGIT` of RFC 9110 section 8.6.
fn content_length(value: &[u8]) -> Result<u64, Fault> {
    match some_octets(DIGIT)(value) {
        Ok(([], digits)) => number(digits).ok_or(Fault::BadContentLength),
        Ok(([b',', ..], _)) => Err(Fault::RepeatedContentLength),
        _ => Err(Fault::BadContentLength),
    }
}

/// A number of digits alone.
pub(super) fn parse_number(text: &[u8]) -> Option<u64> {
    content_length(text).ok()
}

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |number, digit| number.checked_mul(10)?.checked_add(u64::from(digit & 0xF)))
}

/// A first coding that we do not know is answered differently from one that is no coding, or `chunked` with
/// more behind it: parameters, which it does not have, or another coding (RFC 9112 section 7).
fn transfer_encoding_fault(value: &[u8]) -> Fault {
    match token(value) {
        Ok(([] | [b',' | b';' | b' ' | b'\t', ..], coding)) if !same_name(coding, b"chunked") => {
            Fault::UnknownTransferCoding
        }
        _ => Fault::BadTransferEncoding,
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
