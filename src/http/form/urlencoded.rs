//! `application/x-www-form-urlencoded`: `key=value&key=value`, percent-encoded, plus signs for spaces.

use alloc::vec::Vec;

use super::super::octets::hex_value;
use super::{FormError, FormField, FormPart, FormStep, keep};

/// How far it is.
#[derive(Debug, Default)]
pub(super) struct Urlencoded {
    state: State,
    escape: Escape,
    /// The name of the field, decoded.
    name: Vec<u8>,
    /// An octet that was escaped.
    octet: [u8; 1],
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum State {
    #[default]
    Name,
    Value,
    /// The field had a name only: its end is to come.
    NameOnly,
}

/// What was read of an escape.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Escape {
    #[default]
    None,
    Percent,
    /// And one digit.
    Half(u8),
}

/// Whether the octet stands for itself.
fn is_plain(octet: u8) -> bool {
    !matches!(octet, b'%' | b'+' | b'&')
}

impl Urlencoded {
    pub(super) fn decode<'a>(&'a mut self, input: &'a [u8]) -> Result<FormStep<'a>, FormError> {
        match self.state {
            State::Name => self.decode_name(input),
            State::Value => self.decode_value(input),
            State::NameOnly => Ok(FormStep { consumed: 0, part: Some(self.end()) }),
        }
    }

    pub(super) fn finish(&mut self) -> Result<Option<FormPart<'_>>, FormError> {
        if self.escape != Escape::None {
            return Err(FormError::Incomplete);
        }
        match self.state {
            State::Name if self.name.is_empty() => Ok(None),
            State::Name => {
                self.state = State::NameOnly;
                self.field().map(Some)
            }
            State::Value | State::NameOnly => Ok(Some(self.end())),
        }
    }

    fn decode_name(&mut self, input: &[u8]) -> Result<FormStep<'_>, FormError> {
        let mut consumed = 0_usize;
        for &octet in input {
            consumed = consumed.saturating_add(1);
            let decoded = match octet {
                b'=' if self.escape == Escape::None => {
                    self.state = State::Value;
                    return Ok(FormStep { consumed, part: Some(self.field()?) });
                }
                b'&' if self.escape == Escape::None && self.name.is_empty() => None,
                b'&' if self.escape == Escape::None => {
                    self.state = State::NameOnly;
                    return Ok(FormStep { consumed, part: Some(self.field()?) });
                }
                octet => self.unescape(octet)?,
            };
            if let Some(octet) = decoded {
                keep(&mut self.name, &[octet])?;
            }
        }
        Ok(FormStep { consumed, part: None })
    }

    fn decode_value<'a>(&'a mut self, input: &'a [u8]) -> Result<FormStep<'a>, FormError> {
        if self.escape == Escape::None {
            let plain = input.iter().position(|&octet| !is_plain(octet)).unwrap_or(input.len());
            match (input.split_at_checked(plain), input) {
                (Some((data @ [_, ..], _)), _) => {
                    return Ok(FormStep { consumed: plain, part: Some(FormPart::Data(data)) });
                }
                (_, [b'&', ..]) => return Ok(FormStep { consumed: 1, part: Some(self.end()) }),
                _ => {}
            }
        }
        let mut consumed = 0_usize;
        for &octet in input {
            consumed = consumed.saturating_add(1);
            if let Some(octet) = self.unescape(octet)? {
                self.octet = [octet];
                return Ok(FormStep { consumed, part: Some(FormPart::Data(&self.octet)) });
            }
        }
        Ok(FormStep { consumed, part: None })
    }

    /// The octet that this one stands for or completes.
    fn unescape(&mut self, octet: u8) -> Result<Option<u8>, FormError> {
        let (escape, decoded) = match (self.escape, octet) {
            (Escape::None, b'%') => (Escape::Percent, None),
            (Escape::None, b'+') => (Escape::None, Some(b' ')),
            (Escape::None, octet) => (Escape::None, Some(octet)),
            (Escape::Percent, digit) => (Escape::Half(hex_value(digit).ok_or(FormError::BadEscape)?), None),
            (Escape::Half(high), digit) => {
                (Escape::None, Some(high << 4 | hex_value(digit).ok_or(FormError::BadEscape)?))
            }
        };
        self.escape = escape;
        Ok(decoded)
    }

    fn field(&self) -> Result<FormPart<'_>, FormError> {
        let name = str::from_utf8(&self.name).map_err(|_| FormError::NotUtf8)?;
        Ok(FormPart::Field(FormField { name, file_name: None, media_type: None }))
    }

    fn end(&mut self) -> FormPart<'static> {
        self.state = State::Name;
        self.name.clear();
        FormPart::End
    }
}
