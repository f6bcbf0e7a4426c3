//! The body of an HTML form, field by field, in the memory of one name: files of any length go past in pieces, straight to flash.

mod multipart;
mod urlencoded;

use core::fmt;

use self::multipart::Multipart;
use self::urlencoded::Urlencoded;
use super::field_parameters::{parameter, without_parameters};
use super::octets::same_name;
use super::{Request, Status};

/// The longest name of a field that is taken, in bytes as they are sent, and the longest head of a part in `multipart/form-data`.
pub const MAX_FIELD_HEAD: usize = 1_024;

/// Cuts the body of a form into its fields: `application/x-www-form-urlencoded` (WHATWG URL section 5) and `multipart/form-data`
/// (RFC 7578), however the body arrives.
///
/// It never holds a value: pieces of values are slices of what is given to it, or a few bytes of its own. What it holds at most is the
/// name of a field, or the head of a part, in [`MAX_FIELD_HEAD`] bytes of heap.
///
/// ```
/// use wm_websockets::http::{FormDecoder, FormError, FormPart};
///
/// let mut form = FormDecoder::new(b"application/x-www-form-urlencoded")?;
/// let mut seen = String::new();
/// let mut note = |part: FormPart<'_>| match part {
///     FormPart::Field(field) => seen.push_str(field.name),
///     FormPart::Data(bytes) => seen.push_str(&String::from_utf8_lossy(bytes)),
///     FormPart::End => seen.push('.'),
/// };
/// let mut rest = &b"ssid=plant&key=a%2Bb"[..];
/// while !rest.is_empty() {
///     let step = form.decode(rest)?;
///     rest = &rest[step.consumed..];
///     step.part.map(&mut note);
/// }
/// while let Some(part) = form.finish()? {
///     note(part);
/// }
/// assert_eq!(seen, "ssidplant.keya+b.");
/// # Ok::<(), FormError>(())
/// ```
#[derive(Debug)]
pub struct FormDecoder(Coding);

#[derive(Debug)]
enum Coding {
    Urlencoded(Urlencoded),
    Multipart(Multipart),
}

/// What comes next in a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormPart<'a> {
    /// A field begins.
    Field(FormField<'a>),
    /// A piece of its value, never empty. Values of `multipart/form-data` are any bytes, others what was percent-encoded.
    Data(&'a [u8]),
    /// The field is complete.
    End,
}

/// A field of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormField<'a> {
    /// Its name. In `multipart/form-data` as browsers write it: a quotation mark is `%22`, line breaks are `%0D%0A`.
    pub name: &'a str,
    /// What the file is called at the client, if the field is a file: show it, but never use it as a path. Empty where the user has chosen
    /// none.
    pub file_name: Option<&'a str>,
    /// The media type that the client takes the file for.
    pub media_type: Option<&'a str>,
}

/// One step of [`FormDecoder::decode`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FormStep<'a> {
    /// How many bytes of the input are done with; none now and then, but never twice in a row without a part.
    pub consumed: usize,
    /// What was found.
    pub part: Option<FormPart<'a>>,
}

/// Why a body is no form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FormError {
    /// Content-Type names no form, or no boundary of 1 to 70 characters (RFC 2046 section 5.1.1): 415.
    NotAForm,
    /// A percent sign without two hexadecimal digits behind it: 400.
    BadEscape,
    /// A name is not UTF-8: 400.
    NotUtf8,
    /// A part without a name, or with a head that is none, or a boundary with something behind it: 400.
    BadPart,
    /// A name or the head of a part is longer than [`MAX_FIELD_HEAD`]: 400.
    TooLong,
    /// The body ends before the form: 400.
    Incomplete,
    /// There is no memory for a name: 503.
    NoMemory,
}

impl FormError {
    /// The status that answers it.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            FormError::NotAForm => Status::UNSUPPORTED_MEDIA_TYPE,
            FormError::NoMemory => Status::SERVICE_UNAVAILABLE,
            _ => Status::BAD_REQUEST,
        }
    }

    /// One phrase for a log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            FormError::NotAForm => "not a form, or one without a boundary",
            FormError::BadEscape => "malformed percent-encoding in a form",
            FormError::NotUtf8 => "name in a form is not UTF-8",
            FormError::BadPart => "malformed part in a form",
            FormError::TooLong => "name or head of a part in a form is too long",
            FormError::Incomplete => "form ends too early",
            FormError::NoMemory => "no memory for a form",
        }
    }
}

impl fmt::Display for FormError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl core::error::Error for FormError {}

impl FormDecoder {
    /// A decoder for a body with this Content-Type.
    ///
    /// # Errors
    ///
    /// [`FormError::NotAForm`].
    pub fn new(content_type: &[u8]) -> Result<Self, FormError> {
        let media_type = without_parameters(content_type);
        if same_name(media_type, b"application/x-www-form-urlencoded") {
            return Ok(FormDecoder(Coding::Urlencoded(Urlencoded::default())));
        }
        if !same_name(media_type, b"multipart/form-data") {
            return Err(FormError::NotAForm);
        }
        let boundary = parameter(content_type, b"boundary").ok_or(FormError::NotAForm)?;
        Ok(FormDecoder(Coding::Multipart(Multipart::new(boundary)?)))
    }

    /// A decoder for the body of a request.
    ///
    /// # Errors
    ///
    /// [`FormError::NotAForm`].
    pub fn of(request: &Request<'_>) -> Result<Self, FormError> {
        Self::new(request.field("Content-Type").ok_or(FormError::NotAForm)?)
    }

    /// Finds up to one part at the front of `input`, the next piece of the body. Call it again with what it has not consumed, until nothing
    /// is left.
    ///
    /// # Errors
    ///
    /// Any [`FormError`]; of what follows nothing can be said then.
    pub fn decode<'a>(&'a mut self, input: &'a [u8]) -> Result<FormStep<'a>, FormError> {
        match &mut self.0 {
            Coding::Urlencoded(decoder) => decoder.decode(input),
            Coding::Multipart(decoder) => decoder.decode(input),
        }
    }

    /// Says that the body is over: what is still to come, part by part, then `None`.
    ///
    /// # Errors
    ///
    /// [`FormError::Incomplete`], [`FormError::NotUtf8`]
    pub fn finish(&mut self) -> Result<Option<FormPart<'_>>, FormError> {
        match &mut self.0 {
            Coding::Urlencoded(decoder) => decoder.finish(),
            Coding::Multipart(decoder) => decoder.finish(),
        }
    }
}

/// Keeps a byte of a name or of a part's head.
fn keep(kept: &mut alloc::vec::Vec<u8>, octets: &[u8]) -> Result<(), FormError> {
    if kept.len().saturating_add(octets.len()) > MAX_FIELD_HEAD {
        return Err(FormError::TooLong);
    }
    wm_sys::heap::try_extend(kept, octets).map_err(|_| FormError::NoMemory)
}
