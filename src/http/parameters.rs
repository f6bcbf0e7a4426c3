//! What the parameters of a route captured.

use super::octets::split_once;
use super::pattern::Segment;

/// Names and captured values of a pattern's parameters, in the order of the pattern.
///
/// A value is what the client wrote, still percent-encoded: [`percent`](super::percent) decodes it. It holds
/// no slash unless it is that of a `{*tail}`.
///
/// These are the pattern and the path; looking up a parameter walks both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parameters<'a> {
    pattern: &'static str,
    path: &'a str,
}

impl<'a> Parameters<'a> {
    /// `path` fits `pattern`.
    pub(super) fn new(pattern: &'static str, path: &'a str) -> Self {
        Self { pattern, path }
    }

    /// The value captured by the parameter of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.iter().find(|&(each, _)| each == name).map(|(_, value)| value)
    }

    /// All names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &'a str)> + use<'a> {
        Captures { pattern: Some(self.pattern), path: Some(self.path) }
    }
}

/// What is left of a pattern and of a path that fits it.
struct Captures<'a> {
    pattern: Option<&'static str>,
    path: Option<&'a str>,
}

impl<'a> Iterator for Captures<'a> {
    type Item = (&'static str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let path = self.path?;
            let (segment, text);
            (segment, self.pattern) = Segment::split(self.pattern?);
            (text, self.path) = split_once(path, b'/');
            match segment {
                Segment::Literal(_) => {}
                Segment::Parameter(name) => return Some((name, text)),
                Segment::Tail(name) => return Some((name, path)),
            }
        }
    }
}
