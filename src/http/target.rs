//! The four forms of a request target (RFC 9112 section 3.2), in the characters of RFC 3986.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag_no_case, take, take_while, take_while1};
use nom::character::complete::char;
use nom::sequence::delimited;

use super::grammar::{Parsed, mismatch};
use super::octets::{Class, PATH, QUERY, REG_NAME};
use super::{Fault, Method};

/// What a request asks for, as the client wrote it: percent-encoded, dot segments untouched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// `/path?query`: what a client sends to a server.
    Origin {
        /// The absolute path; begins with a slash.
        path: &'a str,
        /// What follows the question mark, if there is one.
        query: Option<&'a str>,
    },
    /// `http://authority/path?query`: what a client sends to a proxy, and what a server must accept all the
    /// same (section 3.2.2). Schemes `http` and `https`.
    Absolute {
        /// `host [ ":" port ]`. It overrides the `Host` field. User information is refused (RFC 9110 section
        /// 4.2.4).
        authority: &'a str,
        /// The absolute path; `/` if the client left it empty.
        path: &'a str,
        /// What follows the question mark, if there is one.
        query: Option<&'a str>,
    },
    /// `host:port`, with CONNECT and only there.
    Authority(&'a str),
    /// `*`, with OPTIONS and only there: the server as a whole.
    Asterisk,
}

impl<'a> Target<'a> {
    /// Parses a target. Octets that RFC 3986 does not allow raw, a percent sign without two hexadecimal
    /// digits and a fragment are [`Fault::BadTarget`].
    pub(super) fn parse(input: &'a [u8], method: Method) -> Result<Self, Fault> {
        let parsed = match (method, input) {
            (Method::Connect, _) => authority_form(input),
            (Method::Options, b"*") => return Ok(Target::Asterisk),
            (_, [b'/', ..]) => origin_form(input),
            _ => absolute_form(input),
        };
        match parsed {
            Ok(([], target)) => Ok(target),
            _ => Err(Fault::BadTarget),
        }
    }
}

/// Whether `value` is a `Host` field value: `uri-host [ ":" port ]`. It may be empty, as RFC 9112 section 3.2
/// asks of a client whose target has no authority. An address of a future IP version in brackets is refused:
/// none exists.
pub(super) fn is_host(value: &[u8]) -> bool {
    matches!(authority(value), Ok(([], _)))
}

fn origin_form(input: &[u8]) -> Parsed<'_, Target<'_>> {
    let (input, path) = absolute_path(input)?;
    let (input, query) = query(input)?;
    Ok((input, Target::Origin { path, query }))
}

fn absolute_form(input: &[u8]) -> Parsed<'_, Target<'_>> {
    let (input, _) = alt((tag_no_case(&b"http://"[..]), tag_no_case(&b"https://"[..]))).parse(input)?;
    let (input, authority) = authority(input)?;
    let (input, path) = match input {
        [b'/', ..] => absolute_path(input)?,
        _ => (input, "/"),
    };
    let (input, query) = query(input)?;
    match authority.host {
        [] => mismatch(),
        _ => Ok((input, Target::Absolute { authority: text(authority.octets), path, query })),
    }
}

fn authority_form(input: &[u8]) -> Parsed<'_, Target<'_>> {
    let (input, authority) = authority(input)?;
    match (authority.host, authority.port) {
        ([_, ..], [_, ..]) => Ok((input, Target::Authority(text(authority.octets)))),
        _ => mismatch(),
    }
}

/// `uri-host [ ":" port ]`, whole and in parts. A port that is missing is empty.
struct Authority<'a> {
    octets: &'a [u8],
    host: &'a [u8],
    port: &'a [u8],
}

fn authority(input: &[u8]) -> Parsed<'_, Authority<'_>> {
    let (rest, host) = match input {
        [b'[', ..] => ip_literal(input)?,
        _ => uri_octets(input, REG_NAME)?,
    };
    let (rest, port) = match rest {
        [b':', port @ ..] => take_while(|octet: u8| octet.is_ascii_digit()).parse(port)?,
        _ => (rest, &b""[..]),
    };
    let (rest, octets) = up_to(input, rest)?;
    Ok((rest, Authority { octets, host, port }))
}

/// An IPv6 address in brackets. Whether its groups are in order does not matter to a server that compares
/// names.
fn ip_literal(input: &[u8]) -> Parsed<'_, &[u8]> {
    let address = take_while1(|octet: u8| octet.is_ascii_hexdigit() || matches!(octet, b':' | b'.'));
    delimited(char('['), address, char(']')).parse(input)
}

/// `absolute-path`; the caller has seen its slash.
fn absolute_path(input: &[u8]) -> Parsed<'_, &str> {
    let (rest, path) = uri_octets(input, PATH)?;
    Ok((rest, text(path)))
}

/// `[ "?" query ]`.
fn query(input: &[u8]) -> Parsed<'_, Option<&str>> {
    let [b'?', query @ ..] = input else { return Ok((input, None)) };
    let (rest, query) = uri_octets(query, QUERY)?;
    Ok((rest, Some(text(query))))
}

/// The longest run of octets of `class` and of percent-encoded triplets (RFC 3986 section 2.1).
fn uri_octets<'a>(input: &'a [u8], class: Class) -> Parsed<'a, &'a [u8]> {
    let mut rest = input;
    loop {
        (rest, _) = take_while(|octet| class.contains(octet)).parse(rest)?;
        rest = match rest {
            [b'%', high, low, tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => tail,
            _ => return up_to(input, rest),
        }
    }
}

/// The part of `input` before `rest`, which is the end of it.
fn up_to<'a>(input: &'a [u8], rest: &'a [u8]) -> Parsed<'a, &'a [u8]> {
    take(input.len().saturating_sub(rest.len())).parse(input)
}

/// The grammar lets ASCII pass and nothing else, so this cannot fail.
#[inline(never)]
fn text(octets: &[u8]) -> &str {
    str::from_utf8(octets).unwrap_or_default()
}
