//! What the parameters of a route captured.

/// The most parameters a pattern may have.
pub const MAX_PARAMETERS: usize = 4;

/// Names and captured values of a pattern's parameters, in the order of the pattern.
///
/// A value is what the client wrote, still percent-encoded: [`percent`](super::percent) decodes it. It holds
/// no slash unless it is that of a `{*tail}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parameters<'a> {
    captures: [(&'static str, &'a str); MAX_PARAMETERS],
}

impl<'a> Parameters<'a> {
    /// Adds a capture; `None` when there is no room. A pattern's names are never empty: an empty one marks a
    /// free place.
    pub(super) fn push(&mut self, name: &'static str, value: &'a str) -> Option<()> {
        let free = self.captures.iter_mut().find(|(name, _)| name.is_empty())?;
        *free = (name, value);
        Some(())
    }

    /// The value captured by the parameter of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.iter().find(|&(each, _)| each == name).map(|(_, value)| value)
    }

    /// All names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &'a str)> {
        self.captures.iter().copied().filter(|(name, _)| !name.is_empty())
    }
}
