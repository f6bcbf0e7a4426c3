//! `multipart/form-data` (RFC 7578): parts between boundaries (RFC 2046 section 5.1), each with a head of its own.

use alloc::vec::Vec;
use core::fmt;
use core::mem;

use super::super::field_parameters::{parameter, without_parameters};
use super::super::octets::{find, same_name, trim};
use super::{FormError, FormField, FormPart, FormStep, keep};

/// CR LF, two hyphens, and a boundary of at most 70 characters.
const MAX_DELIMITER: usize = 74;

/// What stands before a boundary.
const BEFORE: &[u8] = b"\r\n--";

/// How far it is.
pub(super) struct Multipart {
    state: State,
    delimiter: [u8; MAX_DELIMITER],
    length: usize,
    /// How much of a delimiter the input before had at its end. It is the part's, if what follows is no delimiter.
    matched: usize,
    /// The head of a part.
    head: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// What stands before the first part, and is nothing.
    Preamble,
    /// Behind a delimiter: white space and CR LF begin a part, two hyphens end the form.
    Delimited,
    Hyphen,
    Padding,
    LineEnd,
    Head,
    Value,
    /// What stands behind the last part, and is nothing.
    Epilogue,
}

impl Multipart {
    pub(super) fn new(boundary: &[u8]) -> Result<Self, FormError> {
        let is_allowed = |octet: &u8| octet.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(octet);
        let length = BEFORE.len().saturating_add(boundary.len());
        if boundary.is_empty() || length > MAX_DELIMITER || !boundary.iter().all(is_allowed) {
            return Err(FormError::NotAForm);
        }
        let mut delimiter = [0; MAX_DELIMITER];
        let octets = BEFORE.iter().chain(boundary);
        delimiter.iter_mut().zip(octets).for_each(|(place, octet)| *place = *octet);
        // The first boundary has no line before it.
        Ok(Multipart { state: State::Preamble, delimiter, length, matched: 2, head: Vec::new() })
    }

    pub(super) fn decode<'a>(&'a mut self, input: &'a [u8]) -> Result<FormStep<'a>, FormError> {
        match self.state {
            State::Preamble | State::Value => Ok(self.decode_value(input)),
            State::Head => self.decode_head(input),
            State::Epilogue => Ok(FormStep { consumed: input.len(), part: None }),
            _ => self.decode_delimited(input),
        }
    }

    pub(super) fn finish(&mut self) -> Result<Option<FormPart<'_>>, FormError> {
        if self.state == State::Epilogue { Ok(None) } else { Err(FormError::Incomplete) }
    }

    /// Behind a delimiter.
    fn decode_delimited(&mut self, input: &[u8]) -> Result<FormStep<'static>, FormError> {
        let mut consumed = 0_usize;
        for &octet in input {
            consumed = consumed.saturating_add(1);
            self.state = match (self.state, octet) {
                (State::Delimited, b'-') => State::Hyphen,
                (State::Hyphen, b'-') => State::Epilogue,
                (State::Delimited | State::Padding, b' ' | b'\t') => State::Padding,
                (State::Delimited | State::Padding, b'\r') => State::LineEnd,
                (State::LineEnd, b'\n') => State::Head,
                _ => return Err(FormError::BadPart),
            };
            if matches!(self.state, State::Head | State::Epilogue) {
                break;
            }
        }
        self.head.clear();
        Ok(FormStep { consumed, part: None })
    }

    fn decode_head(&mut self, input: &[u8]) -> Result<FormStep<'_>, FormError> {
        let mut consumed = 0_usize;
        // Line by line: a head ends with an empty one.
        while let Some(rest @ [_, ..]) = input.get(consumed..) {
            let line = find(rest, b'\n').map_or(rest.len(), |end| end.saturating_add(1));
            keep(&mut self.head, rest.get(..line).unwrap_or(rest))?;
            consumed = consumed.saturating_add(line);
            if self.head.ends_with(b"\r\n\r\n") {
                self.state = State::Value;
                return Ok(FormStep { consumed, part: Some(FormPart::Field(self.field()?)) });
            }
            if self.head == b"\r\n" {
                return Err(FormError::BadPart);
            }
        }
        Ok(FormStep { consumed, part: None })
    }

    /// What the head of the part says.
    fn field(&self) -> Result<FormField<'_>, FormError> {
        let (mut disposition, mut media_type) = (None, None);
        for line in self.head.split(|&octet| octet == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.is_empty() {
                continue;
            }
            let colon = find(line, b':').ok_or(FormError::BadPart)?;
            let (name, value) = line.split_at_checked(colon).ok_or(FormError::BadPart)?;
            let value = trim(value.get(1..).unwrap_or_default());
            if same_name(name, b"Content-Disposition") {
                disposition = disposition.or(Some(value));
            } else if same_name(name, b"Content-Type") {
                media_type = media_type.or(Some(value));
            }
        }
        let disposition = disposition.ok_or(FormError::BadPart)?;
        if !same_name(without_parameters(disposition), b"form-data") {
            return Err(FormError::BadPart);
        }
        let text = |value: Option<_>| value.map(str::from_utf8).transpose().map_err(|_| FormError::NotUtf8);
        Ok(FormField {
            name: text(parameter(disposition, b"name"))?.ok_or(FormError::BadPart)?,
            file_name: text(parameter(disposition, b"filename"))?,
            media_type: text(media_type)?,
        })
    }

    fn decode_value<'a>(&'a mut self, input: &'a [u8]) -> FormStep<'a> {
        let wanted = self.delimiter().get(self.matched..).unwrap_or_default();
        let (common, wanted) = (common(wanted, input), wanted.len());
        if common == wanted {
            return self.end(common);
        }
        if common == input.len() {
            self.matched = self.matched.saturating_add(common);
            return FormStep { consumed: common, part: None };
        }
        // It is no delimiter. A carriage return stands only at the front of one: nothing in what was seen begins another.
        let seen = self.delimiter.get(..mem::take(&mut self.matched)).unwrap_or_default();
        if !seen.is_empty() {
            return FormStep { consumed: 0, part: data(self.state, seen) };
        }
        let length = data_length(self.delimiter(), input);
        FormStep { consumed: length, part: data(self.state, input.get(..length).unwrap_or(input)) }
    }

    fn delimiter(&self) -> &[u8] {
        self.delimiter.get(..self.length).unwrap_or_default()
    }

    /// A delimiter is complete.
    fn end(&mut self, consumed: usize) -> FormStep<'static> {
        self.matched = 0;
        let part = match mem::replace(&mut self.state, State::Delimited) {
            State::Value => Some(FormPart::End),
            _ => None,
        };
        FormStep { consumed, part }
    }
}

/// What is no delimiter belongs to a part, if there is one.
fn data(state: State, octets: &[u8]) -> Option<FormPart<'_>> {
    (state == State::Value && !octets.is_empty()).then_some(FormPart::Data(octets))
}

/// How much of `input`, which does not begin with a delimiter, is data: up to what may begin one.
fn data_length(delimiter: &[u8], input: &[u8]) -> usize {
    let mut length = 1_usize;
    while let Some(rest) = input.get(length..) {
        let Some(found) = find(rest, b'\r') else { return input.len() };
        length = length.saturating_add(found);
        let candidate = input.get(length..).unwrap_or_default();
        let common = common(delimiter, candidate);
        if common == delimiter.len() || common == candidate.len() {
            return length;
        }
        length = length.saturating_add(1);
    }
    input.len()
}

/// The length of the front that two have in common.
fn common(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

impl fmt::Debug for Multipart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Multipart").field("state", &self.state).finish_non_exhaustive()
    }
}
