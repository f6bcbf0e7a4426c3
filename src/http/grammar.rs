//! The message grammar of RFC 9112: lines, and nom parsers for what stands in one. Only [`line_length`] works
//! on input that may be incomplete; the others take one complete line.
//!
//! The leaves are ours, where nom has the same: its own cut slices by index, which could panic.

use nom::sequence::terminated;
use nom::{IResult, Parser};

use super::octets::{Class, TOKEN, field_octets, find, is_token, trim};
use super::target::Parts;
use super::write::CRLF;
use super::{Fault, Method, Version};

/// What a parser of complete input returns. Which fault a failure is, its caller knows.
pub(super) type Parsed<'a, T> = IResult<&'a [u8], T, ()>;

/// The failure of a leaf.
pub(super) fn mismatch<'a, T>() -> Parsed<'a, T> {
    Err(nom::Err::Error(()))
}

/// The first `length` octets of `input`.
pub(super) fn cut(input: &[u8], length: usize) -> Parsed<'_, &[u8]> {
    input.split_at_checked(length).map_or_else(mismatch, |(front, rest)| Ok((rest, front)))
}

/// One octet, `expected`.
pub(super) fn octet(expected: u8) -> impl Fn(&[u8]) -> Parsed<'_, ()> {
    move |input| match input {
        [octet, rest @ ..] if *octet == expected => Ok((rest, ())),
        _ => mismatch(),
    }
}

/// The longest run of octets of `class`; it may be empty.
pub(super) fn octets(class: Class) -> impl Fn(&[u8]) -> Parsed<'_, &[u8]> {
    move |input| cut(input, class.span(input))
}

/// The longest run of octets of `class`, of one at least.
pub(super) fn some_octets(class: Class) -> impl Fn(&[u8]) -> Parsed<'_, &[u8]> {
    move |input| match class.span(input) {
        0 => mismatch(),
        length => cut(input, length),
    }
}

/// `token` of RFC 9110 section 5.6.2.
pub(super) fn token(input: &[u8]) -> Parsed<'_, &[u8]> {
    some_octets(TOKEN)(input)
}

/// Everything before the first octet `end`, which must be there.
fn up_to(end: u8) -> impl Fn(&[u8]) -> Parsed<'_, &[u8]> {
    move |input| find(input, end).map_or_else(mismatch, |length| cut(input, length))
}

/// The length of the first line of `input` without its CRLF; `None` when the line is not complete. A control
/// character that no line may hold, a tab being none of these, is a fault before that.
pub(super) fn line_length(input: &[u8]) -> Result<Option<usize>, Fault> {
    let length = field_octets(input);
    match input.get(length..).unwrap_or_default() {
        [b'\r', b'\n', ..] => Ok(Some(length)),
        [] | [b'\r'] => Ok(None),
        [octet, ..] => Err(control_fault(*octet)),
    }
}

/// The first line of `input` without its CRLF, and what follows it; `None` when the line is not complete.
pub(super) fn split_line(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let (line, rest) = input.split_at_checked(line_length(input).ok()??)?;
    Some((line, rest.get(CRLF.len()..)?))
}

#[cold]
fn control_fault(octet: u8) -> Fault {
    match octet {
        b'\r' => Fault::BareCr,
        b'\n' => Fault::BareLf,
        b'\0' => Fault::Nul,
        _ => Fault::ControlCharacter,
    }
}

/// A request line, taken apart and checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestLine<'a> {
    pub(super) method: Method,
    pub(super) version: Version,
    pub(super) target: Parts<'a>,
}

/// `method SP request-target SP HTTP-version` of RFC 9112 section 3, with exactly one space at each place.
pub(super) fn request_line(line: &[u8], longest_target: usize) -> Result<RequestLine<'_>, Fault> {
    let mut method_and_target = (terminated(up_to(b' '), octet(b' ')), terminated(up_to(b' '), octet(b' ')));
    let (version, (name, target)) = method_and_target.parse(line).map_err(|_| Fault::BadRequestLine)?;
    let method = Method::from_token(name);
    if method.is_none() && !is_token(name) {
        return Err(Fault::BadRequestLine);
    }
    let version = http_version(version)?;
    let method = method.ok_or(Fault::MethodUnknown)?;
    if target.len() > longest_target {
        return Err(Fault::TargetTooLong);
    }
    Ok(RequestLine { method, version, target: Parts::parse(target, method)? })
}

/// `HTTP-version` of RFC 9112 section 2.3. A minor version above 1 means a client that must also speak
/// HTTP/1.1 (RFC 9110 section 2.5).
fn http_version(input: &[u8]) -> Result<Version, Fault> {
    match input.strip_prefix(b"HTTP/") {
        Some(b"1.0") => Ok(Version::Http10),
        Some([b'1', b'.', b'0'..=b'9']) => Ok(Version::Http11),
        Some([b'0'..=b'9', b'.', b'0'..=b'9']) => Err(Fault::VersionNotSupported),
        _ => Err(Fault::BadRequestLine),
    }
}

/// `field-name ":" OWS field-value OWS` of RFC 9112 section 5: the name, and the value without the white
/// space.
pub(super) fn field_line(line: &[u8]) -> Result<(&[u8], &[u8]), Fault> {
    match token(line) {
        Ok(([b':', value @ ..], name)) => Ok((name, trim(value))),
        Ok(([b' ' | b'\t', ..], _)) => Err(Fault::SpaceBeforeColon),
        Err(_) if matches!(line, [b' ' | b'\t', ..]) => Err(Fault::ObsFold),
        _ => Err(Fault::BadFieldLine),
    }
}
