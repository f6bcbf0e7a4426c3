//! UTF-8 that arrives in pieces (RFC 6455 section 8.1).

use core::fmt;

use super::{Violation, inline::Inline};

/// The bytes seen so far cannot begin a UTF-8 text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidUtf8;

impl fmt::Display for InvalidUtf8 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text is not UTF-8")
    }
}

impl core::error::Error for InvalidUtf8 {}

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
        let mut rest = bytes;
        if self.length > 0 {
            let [a, b, c] = self.begun;
            // As long as the longest code point: it ends the begun one, or all there is of it is here.
            let mut joint = Inline::from_front([a, b, c, 0], self.length);
            joint.append(bytes);
            rest = match valid_up_to(&joint)? {
                0 => {
                    self.begin(&joint);
                    return Ok(());
                }
                valid => bytes.get(valid.saturating_sub(self.length.into())..).unwrap_or_default(),
            };
        }
        let valid = valid_up_to(rest)?;
        self.begin(rest.get(valid..).unwrap_or_default());
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

    fn begin(&mut self, begun: &[u8]) {
        self.length = begun.len() as u8;
        for (slot, byte) in self.begun.iter_mut().zip(begun) {
            *slot = *byte;
        }
    }
}

/// The length of `bytes` without the code point that is begun at their end.
fn valid_up_to(bytes: &[u8]) -> Result<usize, InvalidUtf8> {
    match core::str::from_utf8(bytes) {
        Ok(text) => Ok(text.len()),
        Err(error) if error.error_len().is_none() => Ok(error.valid_up_to()),
        Err(_) => Err(InvalidUtf8),
    }
}
