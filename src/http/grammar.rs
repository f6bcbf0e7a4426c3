//! The message grammar of RFC 9112: lines, and nom parsers for what stands in one. Only [`line_length`] works
//! on input that may be incomplete; the others take one complete line.

use nom::bytes::complete::{take_till1, take_while1};
use nom::character::complete::char;
use nom::sequence::{separated_pair, terminated};
use nom::{IResult, Parser};

use super::octets::{TOKEN, field_octets, trim};
use super::write::CRLF;
use super::{Fault, Method, Target, Version};

/// What a parser of complete input returns. Which fault a failure is, its caller knows.
pub(super) type Parsed<'a, T> = IResult<&'a [u8], T, ()>;

/// The length of the first line of `input` without its CRLF; `None` when the line is not complete. A control
/// character that no line may hold, a tab being none of these, is a fault before that.
pub(super) fn line_length(input: &[u8]) -> Result<Option<usize>, Fault> {
    let length = field_octets(input);
    match input.get(length..).unwrap_or_default() {
        [b'\r', b'\n', ..] => Ok(Some(length)),
        [] | [b'\r'] => Ok(None),
        [b'\r', ..] => Err(Fault::BareCr),
        [b'\n', ..] => Err(Fault::BareLf),
        [b'\0', ..] => Err(Fault::Nul),
        _ => Err(Fault::ControlCharacter),
    }
}

/// The first line of `input` without its CRLF, and what follows it; `None` when the line is not complete.
pub(super) fn split_line(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let (line, rest) = input.split_at_checked(line_length(input).ok()??)?;
    Some((line, rest.get(CRLF.len()..)?))
}

/// `token` of RFC 9110 section 5.6.2.
pub(super) fn token(input: &[u8]) -> Parsed<'_, &[u8]> {
    take_while1(|octet| TOKEN.contains(octet)).parse(input)
}

/// A request line, taken apart and checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestLine<'a> {
    pub(super) method: Method,
    pub(super) target: Target<'a>,
    pub(super) version: Version,
}

/// `method SP request-target SP HTTP-version` of RFC 9112 section 3, with exactly one space at each place.
pub(super) fn request_line(line: &[u8], longest_target: usize) -> Result<RequestLine<'_>, Fault> {
    let (version, (method, target)) = method_and_target(line).map_err(|_| Fault::BadRequestLine)?;
    let version = http_version(version)?;
    let method = Method::from_token(method).ok_or(Fault::MethodUnknown)?;
    if target.len() > longest_target {
        return Err(Fault::TargetTooLong);
    }
    Ok(RequestLine { method, target: Target::parse(target, method)?, version })
}

fn method_and_target(line: &[u8]) -> Parsed<'_, (&[u8], &[u8])> {
    terminated(separated_pair(token, char(' '), take_till1(|octet| octet == b' ')), char(' ')).parse(line)
}

/// `HTTP-version` of RFC 9112 section 2.3. A minor version above 1 means a client that must also speak
/// HTTP/1.1 (RFC 9110 section 2.5).
fn http_version(input: &[u8]) -> Result<Version, Fault> {
    match input {
        b"HTTP/1.0" => Ok(Version::Http10),
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0'..=b'9'] => Ok(Version::Http11),
        [b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9'] => Err(Fault::VersionNotSupported),
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

/// The failure of a parser that is not made of nom's.
pub(super) fn mismatch<'a, T>() -> Parsed<'a, T> {
    Err(nom::Err::Error(()))
}
