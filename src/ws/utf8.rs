//! UTF-8 that arrives in pieces (RFC 6455 section 8.1).

use super::Violation;

/// The bytes seen so far cannot begin a UTF-8 text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidUtf8;

impl From<InvalidUtf8> for Violation {
    fn from(_: InvalidUtf8) -> Self {
        Self::InvalidUtf8
    }
}

/// Validates a text piece by piece, however it is cut.
///
/// The work is done by the standard library's validator (a word at a time over ASCII), which is in most
/// firmware anyway; what is kept between pieces is the begun code point, at most 3 bytes.
///
/// ```
/// use wm_websockets::ws::utf8::Validator;
///
/// let mut validator = Validator::new();
/// assert!(validator.push(b"caf\xC3").is_ok()); // cut within the last letter ...
/// assert!(validator.clone().finish().is_err()); // ... where the text cannot end
/// assert!(validator.push(b"\xA9").is_ok());
/// assert!(validator.finish().is_ok());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Validator {
    /// The begun code point, in the first `length` bytes.
    begun: [u8; 3],
    length: u8,
}

impl Validator {
    /// At the start of a text.
    #[must_use]
    pub const fn new() -> Self {
        Self { begun: [0; 3], length: 0 }
    }

    /// Takes the next bytes of the text.
    ///
    /// # Errors
    /// At the first byte that no valid text could have there, even within a code point (`ED A0`, `F4 90`).
    /// The validator is of no further use then.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), InvalidUtf8> {
        let rest = self.complete(bytes)?;
        let Err(error) = core::str::from_utf8(rest) else { return Ok(()) };
        if error.error_len().is_some() {
            return Err(InvalidUtf8);
        }
        self.keep(rest.get(error.valid_up_to()..).unwrap_or_default());
        Ok(())
    }

    /// Ends the text; the validator is ready for the next one.
    ///
    /// # Errors
    /// When the text ends within a code point.
    pub fn finish(&mut self) -> Result<(), InvalidUtf8> {
        match core::mem::take(self).length {
            0 => Ok(()),
            _ => Err(InvalidUtf8),
        }
    }

    /// Feeds the begun code point until it is whole; gives what is left of `bytes`.
    fn complete<'a>(&mut self, mut bytes: &'a [u8]) -> Result<&'a [u8], InvalidUtf8> {
        while self.length > 0
            && let Some((byte, rest)) = bytes.split_first()
        {
            bytes = rest;
            self.extend(*byte)?;
        }
        Ok(bytes)
    }

    fn extend(&mut self, byte: u8) -> Result<(), InvalidUtf8> {
        let [a, b, c] = self.begun;
        let (candidate, length) = match self.length {
            1 => ([a, byte, 0, 0], 2),
            2 => ([a, b, byte, 0], 3),
            _ => ([a, b, c, byte], 4),
        };
        let candidate = candidate.get(..length).unwrap_or_default();
        match core::str::from_utf8(candidate) {
            Ok(_) => self.length = 0,
            Err(error) if error.error_len().is_some() => return Err(InvalidUtf8),
            Err(_) => self.keep(candidate),
        }
        Ok(())
    }

    fn keep(&mut self, begun: &[u8]) {
        self.length = begun.len() as u8;
        for (slot, byte) in self.begun.iter_mut().zip(begun) {
            *slot = *byte;
        }
    }
}
