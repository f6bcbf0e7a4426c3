//! What of a representation a request asks for: conditions (RFC 9110 section 13), ranges (section 14), content codings (section 12.5.3).

use core::ops::Range;

use super::field_parameters::{parameter, without_parameters};
use super::fields::elements;
use super::octets::{find, same_name};
use super::{Fields, Method, Request};

/// What of a representation is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All of it: 200.
    Whole,
    /// These bytes: 206 with Content-Range.
    Part(Range<u64>),
    /// Nothing: the client has it. 304 with the entity tag.
    NotModified,
    /// Nothing: the client wants another version, which there is no more. 412.
    PreconditionFailed,
    /// Nothing: it has no such bytes. 416 with the length in Content-Range.
    NotSatisfiable,
}

impl Request<'_> {
    /// What this request wants of a representation with that entity tag, which is strong and in its quotation marks, and that length in
    /// bytes. Of several ranges at once it wants all, which a server may send (RFC 9110 section 14.2). There is no date to compare with, so
    /// conditions by dates are none (sections 13.1.3 and 13.1.4).
    ///
    /// ```
    /// use wm_websockets::http::{HeadLimits, HeadParser, Selection};
    ///
    /// let head = b"GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=10-\r\nIf-Range: \"v1\"\r\n\r\n";
    /// let (request, _) = HeadParser::default().parse(head, &HeadLimits::default())?.expect("complete");
    /// assert_eq!(request.selects("\"v1\"", 100), Selection::Part(10..100));
    /// assert_eq!(request.selects("\"v2\"", 100), Selection::Whole);
    /// # Ok::<(), wm_websockets::http::Fault>(())
    /// ```
    #[must_use]
    pub fn selects(&self, entity_tag: &str, length: u64) -> Selection {
        selects(self.method(), self.fields(), entity_tag, length)
    }

    /// Whether the client takes a representation in that content coding: `gzip`, or `identity` for none. Without Accept-Encoding it
    /// takes any.
    ///
    /// ```
    /// use wm_websockets::http::{HeadLimits, HeadParser};
    ///
    /// let head = b"GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip, br;q=0\r\n\r\n";
    /// let (request, _) = HeadParser::default().parse(head, &HeadLimits::default())?.expect("complete");
    /// assert!(request.accepts_coding("gzip") && request.accepts_coding("identity"));
    /// assert!(!request.accepts_coding("br") && !request.accepts_coding("zstd"));
    /// # Ok::<(), wm_websockets::http::Fault>(())
    /// ```
    #[must_use]
    pub fn accepts_coding(&self, coding: &str) -> bool {
        accepts_coding(self.fields(), coding)
    }
}

/// [`Request::selects`], of a request that is known by its method and fields.
pub(crate) fn selects(method: Method, fields: Fields<'_>, entity_tag: &str, length: u64) -> Selection {
    // In this order (section 13.2.2).
    if !is_wanted_version(fields, entity_tag.as_bytes()) {
        return Selection::PreconditionFailed;
    }
    if matches!(method, Method::Get | Method::Head) && has_already(fields, entity_tag.as_bytes()) {
        return Selection::NotModified;
    }
    let Some(range) = fields.get("Range").filter(|_| method == Method::Get) else {
        return Selection::Whole;
    };
    // A date is none of our tags; a weak tag is not enough (section 13.1.5).
    if fields.get("If-Range").is_some_and(|tag| tag != entity_tag.as_bytes()) {
        return Selection::Whole;
    }
    match range_of(range, length) {
        None => Selection::Whole,
        Some(range) if range.is_empty() => Selection::NotSatisfiable,
        Some(range) => Selection::Part(range),
    }
}

/// [`Request::accepts_coding`], of a request that is known by its fields.
pub(crate) fn accepts_coding(fields: Fields<'_>, coding: &str) -> bool {
    if fields.get("Accept-Encoding").is_none() {
        return true;
    }
    let find = |name: &[u8]| {
        let mut all = fields.get_all("Accept-Encoding").flat_map(elements);
        all.find(|each| same_name(without_parameters(each), name)).map(is_wanted)
    };
    let named = find(coding.as_bytes()).or_else(|| find(b"*"));
    named.unwrap_or(same_name(coding.as_bytes(), b"identity"))
}

/// Whether If-Match, if there is one, has the tag, compared strongly (section 13.1.1).
fn is_wanted_version(fields: Fields<'_>, entity_tag: &[u8]) -> bool {
    let mut tags = fields.get_all("If-Match").flat_map(elements);
    fields.get("If-Match").is_none() || tags.any(|tag| tag == b"*" || tag == entity_tag)
}

/// Whether If-None-Match has the tag, compared weakly (section 13.1.2).
fn has_already(fields: Fields<'_>, entity_tag: &[u8]) -> bool {
    let mut tags = fields.get_all("If-None-Match").flat_map(elements);
    tags.any(|tag| tag == b"*" || tag.strip_prefix(b"W/").unwrap_or(tag) == entity_tag)
}

/// Whether the weight of an element is more than 0 (section 12.4.2).
fn is_wanted(element: &[u8]) -> bool {
    let weight = parameter(element, b"q").unwrap_or(b"1");
    weight.iter().any(|octet| matches!(octet, b'1'..=b'9'))
}

/// The bytes that a Range field names; an empty range if there are none; `None` if it is to be ignored: another unit, several ranges,
/// or malformed.
fn range_of(field: &[u8], length: u64) -> Option<Range<u64>> {
    let ranges = field.strip_prefix(b"bytes=")?;
    let mut ranges = elements(ranges);
    let (range, None) = (ranges.next()?, ranges.next()) else { return None };
    let (first, last) = range.split_at_checked(find(range, b'-')?)?;
    let last = last.get(1..)?;
    if first.is_empty() {
        let suffix = number(last)?;
        return Some(length.saturating_sub(suffix)..length);
    }
    let first = number(first)?;
    let end = match last {
        [] => length,
        last => number(last).filter(|last| *last >= first)?.saturating_add(1).min(length),
    };
    Some(first.min(length)..end)
}

/// A decimal number; one that is too large for 64 bits is the largest.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, &digit| {
        let digit = char::from(digit).to_digit(10)?;
        Some(number.saturating_mul(10).saturating_add(digit.into()))
    })
}
