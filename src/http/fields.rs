//! A view of the field lines of a head that was found sound. Looking up a field walks the lines; nothing is
//! indexed, so nothing is stored.

use core::fmt;

use super::octets::{find, same_name, trim};
use super::write::CRLF;

/// The field lines of a request, in the order of the wire. Names compare without regard to case (RFC 9110
/// section 5.1).
///
/// A look-up costs one walk over the head, which [`HeadLimits::head`](super::HeadLimits::head) bounds.
#[derive(Clone, Copy, Default)]
pub struct Fields<'a>(&'a [u8]);

/// Shows the names; not the values, for passwords and cookies are among them.
impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().fmt(f)
    }
}

impl<'a> Fields<'a> {
    /// `lines` are complete and were validated: what is no line ends the view.
    pub(crate) fn new(lines: &'a [u8]) -> Self {
        Self(lines)
    }

    /// The lines as they came.
    #[cfg(feature = "capi")]
    pub(crate) fn lines(&self) -> &'a [u8] {
        self.0
    }

    /// All lines: name as the client wrote it, value without the white space around it.
    #[must_use]
    pub fn iter(&self) -> FieldLines<'a> {
        FieldLines(self.0)
    }

    /// The value of the first line of that name. A field that may be a list can have more: see
    /// [`Fields::tokens`].
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.iter().next_of(name)
    }

    /// The values of all lines of that name.
    pub fn get_all<'n>(&self, name: &'n str) -> impl Iterator<Item = &'a [u8]> + use<'a, 'n> {
        let mut lines = self.iter();
        core::iter::from_fn(move || lines.next_of(name))
    }

    /// The elements of a list field (RFC 9110 section 5.6.1) over all its lines, empty ones left out.
    ///
    /// Meant for lists of tokens: a comma within a quoted string separates too, and an element that is not
    /// text is left out.
    #[must_use]
    pub fn tokens<'n>(&self, name: &'n str) -> Tokens<'a, 'n> {
        Tokens { lines: self.iter(), name, value: b"" }
    }

    /// Whether the list field `name` has the element `token`, without regard to case.
    #[must_use]
    pub fn has_token(&self, name: &str, token: &str) -> bool {
        let mut tokens = self.tokens(name);
        while let Some(element) = tokens.element() {
            if same_name(element, token.as_bytes()) {
                return true;
            }
        }
        false
    }
}

impl<'a> IntoIterator for Fields<'a> {
    type Item = (&'a str, &'a [u8]);
    type IntoIter = FieldLines<'a>;

    fn into_iter(self) -> FieldLines<'a> {
        self.iter()
    }
}

/// The lines of [`Fields`].
#[derive(Clone)]
pub struct FieldLines<'a>(&'a [u8]);

/// As [`Fields`]: the names.
impl fmt::Debug for FieldLines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone().map(|(name, _)| name)).finish()
    }
}

impl<'a> FieldLines<'a> {
    /// Cuts off the next line: its name, and its value.
    fn cut(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        let (line, rest) = self.0.split_at_checked(find(self.0, b'\r')?)?;
        let (name, value) = line.split_at_checked(find(line, b':')?)?;
        self.0 = rest.get(CRLF.len()..)?;
        Some((name, trim(value.get(1..)?)))
    }

    /// The value of the next line of that name.
    fn next_of(&mut self, name: &str) -> Option<&'a [u8]> {
        loop {
            let (each, value) = self.cut()?;
            if same_name(each, name.as_bytes()) {
                return Some(value);
            }
        }
    }
}

impl<'a> Iterator for FieldLines<'a> {
    type Item = (&'a str, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, value) = self.cut()?;
        Some((str::from_utf8(name).ok()?, value))
    }
}

/// The elements of a list field; see [`Fields::tokens`].
#[derive(Clone)]
pub struct Tokens<'a, 'n> {
    lines: FieldLines<'a>,
    name: &'n str,
    /// What is left of the line that is being read.
    value: &'a [u8],
}

impl fmt::Debug for Tokens<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<'a> Tokens<'a, '_> {
    /// The next element, text or not.
    #[inline(never)]
    fn element(&mut self) -> Option<&'a [u8]> {
        loop {
            if let Some(element) = next_element(&mut self.value) {
                return Some(element);
            }
            self.value = self.lines.next_of(self.name)?;
        }
    }
}

impl<'a> Iterator for Tokens<'a, '_> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            if let Ok(token) = str::from_utf8(self.element()?) {
                return Some(token);
            }
        }
    }
}

/// The elements of one list value, without the white space around them, empty ones left out.
pub(crate) fn elements(mut value: &[u8]) -> impl Iterator<Item = &[u8]> {
    core::iter::from_fn(move || next_element(&mut value))
}

/// Cuts the first element off `value`.
fn next_element<'a>(value: &mut &'a [u8]) -> Option<&'a [u8]> {
    while !value.is_empty() {
        let end = find(value, b',').unwrap_or(value.len());
        let (element, rest) = value.split_at_checked(end)?;
        *value = rest.get(1..).unwrap_or_default();
        let element = trim(element);
        if !element.is_empty() {
            return Some(element);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    const LINES: &[u8] =
        b"Host: device\r\nX-List: a, b,,\r\nEmpty:\r\nx-list: \t c ,D\r\nText: \xC3\xA9, ok, \xFF\r\n";

    #[test]
    fn lines_come_in_order_with_trimmed_values() {
        let fields = Fields::new(LINES);
        let names: Vec<_> = fields.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["Host", "X-List", "Empty", "x-list", "Text"]);
        assert_eq!(fields.get("EMPTY"), Some(&b""[..]));
        assert_eq!(fields.get("hos"), None);
        assert_eq!(fields.get_all("X-LIST").collect::<Vec<_>>(), [&b"a, b,,"[..], b"c ,D"]);
    }

    #[test]
    fn what_is_no_line_ends_the_view() {
        for lines in [&b"A: b\r\nno line\r\nC: d\r\n"[..], b"A: b\r\nC: d"] {
            assert_eq!(Fields::new(lines).iter().collect::<Vec<_>>(), [("A", &b"b"[..])]);
            assert_eq!(Fields::new(lines).get("C"), None);
        }
    }

    #[test]
    fn a_list_runs_over_all_its_lines() {
        let fields = Fields::new(LINES);
        assert_eq!(fields.tokens("x-list").collect::<Vec<_>>(), ["a", "b", "c", "D"]);
        assert_eq!(fields.tokens("text").collect::<Vec<_>>(), ["é", "ok"]);
        assert!(fields.has_token("X-List", "d") && !fields.has_token("X-List", "e"));
        assert_eq!(fields.tokens("absent").next(), None);
    }
}
