//! Character classes of RFC 9110 and RFC 3986 in one table, and small functions on text.

/// A class of US-ASCII octets: one bit of the table. Octets from 0x80 on are in no class.
#[derive(Clone, Copy)]
pub(super) struct Class(u8);

/// `tchar` of RFC 9110 section 5.6.2: what a method or a field name is made of.
pub(super) const TOKEN: Class = Class(1);

/// `unreserved / sub-delims` of RFC 3986 section 2: what a registered host name is made of.
pub(super) const REG_NAME: Class = Class(2);

/// `pchar` of RFC 3986 section 3.3 and the slash, without percent-encoded triplets; and what browsers leave as it is in a path, though that is
/// none of these (the URL Standard, section 1.3).
pub(super) const PATH: Class = Class(4);

/// What RFC 3986 section 3.4 allows in a query, without percent-encoded triplets; and what browsers leave as it is there.
pub(super) const QUERY: Class = Class(8);

/// The digits of a number.
pub(super) const DIGIT: Class = Class(16);

/// What an IPv6 address is made of, an IPv4 address at its end included.
pub(super) const IPV6: Class = Class(32);

/// The classes of each octet. The upper half is empty, and spares a comparison for every octet of a head.
static CLASSES: [u8; 256] = table();

const fn table() -> [u8; 256] {
    let mut table = [0; 256];
    let mut rest = table.as_mut_slice();
    let mut octet = 0_u8;
    while let [classes, tail @ ..] = rest {
        *classes = classes_of(octet);
        octet = octet.wrapping_add(1);
        rest = tail;
    }
    table
}

const fn classes_of(octet: u8) -> u8 {
    const URI: u8 = REG_NAME.0 | PATH.0 | QUERY.0;
    match octet {
        b'0'..=b'9' => TOKEN.0 | URI | DIGIT.0 | IPV6.0,
        b'A'..=b'F' | b'a'..=b'f' | b'.' => TOKEN.0 | URI | IPV6.0,
        b'G'..=b'Z' | b'g'..=b'z' | b'-' | b'_' | b'~' => TOKEN.0 | URI,
        b'!' | b'$' | b'&' | b'\'' | b'*' | b'+' => TOKEN.0 | URI,
        b'#' | b'%' => TOKEN.0,
        b'`' => TOKEN.0 | QUERY.0,
        b'^' | b'|' => TOKEN.0 | PATH.0 | QUERY.0,
        b'[' | b']' => PATH.0 | QUERY.0,
        b'{' | b'}' | b'\\' => QUERY.0,
        b'(' | b')' | b',' | b';' | b'=' => URI,
        b':' => PATH.0 | QUERY.0 | IPV6.0,
        b'@' | b'/' => PATH.0 | QUERY.0,
        b'?' => QUERY.0,
        _ => 0,
    }
}

impl Class {
    /// Whether the class holds `octet`.
    pub(super) fn contains(self, octet: u8) -> bool {
        CLASSES.get(usize::from(octet)).is_some_and(|classes| classes & self.0 != 0)
    }

    /// How many octets at the front of `input` are of the class.
    #[inline(never)]
    pub(super) fn span(self, input: &[u8]) -> usize {
        input.iter().position(|&octet| !self.contains(octet)).unwrap_or(input.len())
    }
}

/// Whether `text` is a `token` of RFC 9110 section 5.6.2.
pub(crate) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && TOKEN.span(text) == text.len()
}

/// Where the first `octet` is.
#[inline(never)]
pub(super) fn find(input: &[u8], octet: u8) -> Option<usize> {
    input.iter().position(|&each| each == octet)
}

/// Whether RFC 9110 section 5.5 allows `octet` in a field value: visible, blank, tab, or one of the obsolete
/// texts from 0x80 on. Controls are refused; RFC 9110 would let us keep some of them.
pub(super) fn is_field_octet(octet: u8) -> bool {
    octet == b'\t' || (octet >= b' ' && octet != 0x7F)
}

/// How many octets at the front of `input` a field value may hold.
#[inline(never)]
pub(super) fn field_octets(input: &[u8]) -> usize {
    let mut rest = input;
    loop {
        rest = match skip_plain(rest) {
            [octet, rest @ ..] if is_field_octet(*octet) => rest,
            rest => return input.len().wrapping_sub(rest.len()),
        }
    }
}

/// `input` without the plain octets at its front; those that are no whole word may stay at its end. A word of
/// octets a step, for all that a client sends in a head passes here.
fn skip_plain(mut input: &[u8]) -> &[u8] {
    while let Some((octets, rest)) = input.split_first_chunk() {
        input = match not_plain(*octets) {
            0 => rest,
            marks => return input.get(marks.trailing_zeros() as usize / 8..).unwrap_or_default(),
        }
    }
    input
}

/// The top bit of each octet, the first one lowest, that is not printable US-ASCII, 0x20 to 0x7E: a smaller one
/// borrows from that bit, 0x7F carries into it, the others have it set. Octets behind the first that is marked may
/// be marked for its carry or borrow alone.
fn not_plain(octets: [u8; size_of::<usize>()]) -> usize {
    const EACH: usize = usize::from_le_bytes([1; size_of::<usize>()]);
    let word = usize::from_le_bytes(octets);
    (word | word.wrapping_add(EACH) | word.wrapping_sub(EACH << 5)) & (EACH << 7)
}

/// `text` without the white space around it: `OWS` of RFC 9110 section 5.6.3.
#[inline(never)]
pub(crate) fn trim(mut text: &[u8]) -> &[u8] {
    // As most clients write a value: a space before it, none behind it.
    if let [b' ', value @ ..] = text
        && let [0x21..=0xFF, .., 0x21..=0xFF] = value
    {
        return value;
    }
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

/// Whether two names are the same without regard to case. Out of line: at each of its callers it would take
/// more flash than the rest of their work.
#[inline(never)]
pub(super) fn same_name(one: &[u8], other: &[u8]) -> bool {
    // Most clients write names as their RFCs do: equal octets need no second look.
    one == other || one.eq_ignore_ascii_case(other)
}

/// Where `name` stands in `names`.
pub(super) fn find_name(name: &[u8], names: &[&[u8]]) -> Option<usize> {
    // Most have another length: that is seen without a call.
    names.iter().position(|each| each.len() == name.len() && same_name(each, name))
}

/// The value of a hexadecimal digit, in either case.
#[inline(never)]
pub(super) fn hex_value(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// `text` up to the first `separator`, and what follows that if there is one.
pub(crate) fn split_once(text: &str, separator: u8) -> (&str, Option<&str>) {
    let Some(position) = find(text.as_bytes(), separator) else { return (text, None) };
    let (first, rest) = text.split_at_checked(position).unwrap_or((text, ""));
    (first, rest.get(1..))
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn octets_pass_in_words_as_they_do_alone() {
        for octet in 0..=u8::MAX {
            for place in 0..19 {
                let mut input = *b"text/xml; charset=x";
                input[place] = octet;
                let expected = if is_field_octet(octet) { input.len() } else { place };
                assert_eq!(field_octets(&input), expected, "{octet:#x} at {place}");
            }
        }
        assert_eq!(field_octets(b"\xFF\xFF\x7E\x7E\x7E\x1F\x7F\x80"), 5);
        assert_eq!(field_octets(b""), 0);
    }

    #[test]
    fn white_space_is_trimmed_at_both_ends_only() {
        for (text, trimmed) in [
            ("", ""),
            (" \t ", ""),
            ("a", "a"),
            (" a", "a"),
            (" ab", "ab"),
            ("a b", "a b"),
            ("\ta b \t", "a b"),
        ] {
            assert_eq!(trim(text.as_bytes()), trimmed.as_bytes(), "{text:?}");
        }
    }

    #[test]
    fn only_letters_have_case() {
        assert!(same_name(b"Content-Length", b"cONTENT-lENGTH"));
        for (one, other) in [("^", "~"), ("@", "`"), ("Host", "Hose"), ("Host", "Hosts"), ("-", "\r")] {
            assert!(!same_name(one.as_bytes(), other.as_bytes()), "{one} {other}");
        }
    }
}
