//! The four forms of a request target (RFC 9112 section 3.2), in the characters of RFC 3986 and the few more that browsers send as they are.

use nom::Parser;
use nom::branch::alt;
use nom::combinator::opt;
use nom::sequence::{delimited, preceded};

use super::grammar::{Parsed, cut, mismatch, octet, octets, some_octets};
use super::octets::{Class, DIGIT, IPV6, PATH, QUERY, REG_NAME, same_name};
use super::percent::escaped_octet;
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

/// A target of any form in its parts, as they are looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts<'a> {
    pub(super) authority: Option<&'a str>,
    /// `*` in asterisk form, empty in authority form; any other begins with a slash.
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
}

impl<'a> Parts<'a> {
    /// Parses a target. Octets that neither RFC 3986 allows raw nor a browser sends so, a percent sign without two
    /// hexadecimal digits and a fragment are [`Fault::BadTarget`].
    pub(super) fn parse(input: &'a [u8], method: Method) -> Result<Self, Fault> {
        let parsed = match (method, input) {
            (Method::Connect, _) => authority_form(input),
            (Method::Options, b"*") => return Ok(Parts { authority: None, path: "*", query: None }),
            (_, [b'/', ..]) => path_and_query(input),
            _ => absolute_form(input),
        };
        match parsed {
            Ok(([], parts)) => Ok(parts),
            _ => Err(Fault::BadTarget),
        }
    }

    /// The form of the target with these parts.
    pub(super) fn form(self) -> Target<'a> {
        let Parts { authority, path, query } = self;
        match (authority, path) {
            (None, "*") => Target::Asterisk,
            (None, _) => Target::Origin { path, query },
            (Some(authority), "") => Target::Authority(authority),
            (Some(authority), _) => Target::Absolute { authority, path, query },
        }
    }
}

/// Whether `value` is a `Host` field value: `uri-host [ ":" port ]`. It may be empty, as RFC 9112 section 3.2
/// asks of a client whose target has no authority. An address of a future IP version in brackets is refused:
/// none exists.
pub(super) fn is_host(value: &[u8]) -> bool {
    matches!(authority(value), Ok(([], _)))
}

fn absolute_form(input: &[u8]) -> Parsed<'_, Parts<'_>> {
    let (input, ()) = alt((scheme(b"http://"), scheme(b"https://"))).parse(input)?;
    let (input, authority) = authority(input)?;
    let (rest, Parts { path, query, .. }) = path_and_query(input)?;
    let path = if path.is_empty() { "/" } else { path };
    match authority {
        [] | [b':', ..] => mismatch(),
        _ if !path.starts_with('/') => mismatch(),
        _ => Ok((rest, Parts { authority: Some(text(authority)), path, query })),
    }
}

fn authority_form(input: &[u8]) -> Parsed<'_, Parts<'_>> {
    let (rest, (host, ..)) = (uri_host, octet(b':'), some_octets(DIGIT)).parse(input)?;
    match host {
        [] => mismatch(),
        _ => Ok((rest, Parts { authority: Some(text(input)), path: "", query: None })),
    }
}

/// `scheme "://"`; schemes have no case (RFC 3986 section 3.1).
fn scheme(expected: &'static [u8]) -> impl Fn(&[u8]) -> Parsed<'_, ()> {
    move |input| match cut(input, expected.len())? {
        (rest, scheme) if same_name(scheme, expected) => Ok((rest, ())),
        _ => mismatch(),
    }
}

/// `uri-host [ ":" port ]`. Host and port may be empty.
fn authority(input: &[u8]) -> Parsed<'_, &[u8]> {
    let (rest, _) = (uri_host, opt((octet(b':'), octets(DIGIT)))).parse(input)?;
    cut(input, input.len().saturating_sub(rest.len()))
}

/// A registered name or an IPv4 address, or an IPv6 address in brackets. Whether the groups of that are in
/// order does not matter to a server that compares names.
pub(super) fn uri_host(input: &[u8]) -> Parsed<'_, &[u8]> {
    match input {
        [b'[', ..] => delimited(octet(b'['), some_octets(IPV6), octet(b']')).parse(input),
        _ => uri_octets(REG_NAME)(input),
    }
}

/// `path-abempty [ "?" query ]`, the origin form if the path is not empty.
#[inline(never)]
pub(super) fn path_and_query(input: &[u8]) -> Parsed<'_, Parts<'_>> {
    let (input, path) = uri_octets(PATH)(input)?;
    let (rest, query) = opt(preceded(octet(b'?'), uri_octets(QUERY))).parse(input)?;
    Ok((rest, Parts { authority: None, path: text(path), query: query.map(text) }))
}

/// The longest run of octets of `class` and of percent-encoded triplets (RFC 3986 section 2.1).
fn uri_octets(class: Class) -> impl Fn(&[u8]) -> Parsed<'_, &[u8]> {
    move |input| cut(input, uri_span(class, input))
}

#[inline(never)]
fn uri_span(class: Class, input: &[u8]) -> usize {
    let mut rest = input;
    loop {
        rest = rest.get(class.span(rest)..).unwrap_or_default();
        match rest {
            [b'%', digits @ ..] if let Some((_, behind)) = escaped_octet(digits) => rest = behind,
            _ => return input.len().wrapping_sub(rest.len()),
        }
    }
}

/// The grammar lets ASCII pass and nothing else, so this cannot fail.
#[inline(never)]
fn text(octets: &[u8]) -> &str {
    str::from_utf8(octets).unwrap_or_default()
}
