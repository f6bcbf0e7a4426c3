//! Credentials of the scheme Basic (RFC 7617), made and read.

use core::fmt;

use alloc::vec::Vec;

use super::Request;
use super::octets::find;
use crate::base64;

/// User name and password, as Basic authentication brings them: readable by everybody on the way, unless TLS lies below.
///
/// ```
/// use wm_websockets::http::Credentials;
///
/// let credentials = Credentials::parse(b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")?;
/// assert_eq!((credentials.user(), credentials.password()), (&b"Aladdin"[..], &b"open sesame"[..]));
/// assert!(credentials.are("Aladdin", "open sesame"));
/// # Ok::<(), wm_websockets::http::CredentialsError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// User name, colon, password.
    octets: Vec<u8>,
    colon: usize,
}

/// Why a request has no credentials, or none that could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CredentialsError {
    /// The request has no Authorization field: answer 401 with a challenge.
    Missing,
    /// They are of another scheme: answer 401 with a challenge.
    OtherScheme,
    /// They are not what their scheme asks for, or there are two: answer 400. Of Basic: base64 of a user name, a colon and a password
    /// without control characters.
    Malformed,
    /// There is no memory: answer 503.
    NoMemory,
}

impl CredentialsError {
    /// One phrase for a log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            CredentialsError::Missing => "no credentials",
            CredentialsError::OtherScheme => "credentials of another scheme",
            CredentialsError::Malformed => "malformed credentials",
            CredentialsError::NoMemory => "no memory for credentials",
        }
    }
}

impl fmt::Display for CredentialsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl core::error::Error for CredentialsError {}

const SCHEME: &[u8] = b"Basic ";

impl Credentials {
    /// The credentials of a request.
    ///
    /// # Errors
    ///
    /// Any [`CredentialsError`].
    pub fn of(request: &Request<'_>) -> Result<Self, CredentialsError> {
        Self::parse(authorization(request)?)
    }

    /// The credentials in the value of an Authorization field.
    ///
    /// # Errors
    ///
    /// Any [`CredentialsError`] but [`Missing`](CredentialsError::Missing).
    pub fn parse(value: &[u8]) -> Result<Self, CredentialsError> {
        let encoded = behind_scheme(value, SCHEME)?.trim_ascii_start();
        let mut octets = Vec::new();
        octets.try_reserve_exact(encoded.len()).map_err(|_| CredentialsError::NoMemory)?;
        octets.resize(encoded.len(), 0);
        let length = base64::decode(encoded, &mut octets).ok_or(CredentialsError::Malformed)?;
        octets.truncate(length);
        // A line break would let one name pass for a line of a list.
        if octets.iter().any(u8::is_ascii_control) {
            return Err(CredentialsError::Malformed);
        }
        let colon = find(&octets, b':').ok_or(CredentialsError::Malformed)?;
        Ok(Credentials { octets, colon })
    }

    /// The value of an Authorization field: `Basic`, and base64.
    ///
    /// # Errors
    ///
    /// [`CredentialsError::Malformed`] when the name has a colon or either a control character; [`CredentialsError::NoMemory`].
    ///
    /// ```
    /// use wm_websockets::http::Credentials;
    ///
    /// assert_eq!(Credentials::field_value(b"Aladdin", b"open sesame")?, b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    /// # Ok::<(), wm_websockets::http::CredentialsError>(())
    /// ```
    pub fn field_value(user: &[u8], password: &[u8]) -> Result<Vec<u8>, CredentialsError> {
        if find(user, b':').is_some() || user.iter().chain(password).any(u8::is_ascii_control) {
            return Err(CredentialsError::Malformed);
        }
        let (mut plain, mut value) = (Vec::new(), Vec::new());
        let joined = [user, b":", password];
        let length = joined.iter().fold(0_usize, |sum, part| sum.saturating_add(part.len()));
        let encoded = SCHEME.len().saturating_add(base64::length(length));
        if plain.try_reserve_exact(length).is_err() || value.try_reserve_exact(encoded).is_err() {
            return Err(CredentialsError::NoMemory);
        }
        joined.iter().for_each(|part| plain.extend_from_slice(part));
        value.extend_from_slice(SCHEME);
        value.resize(encoded, 0);
        base64::encode(&plain, value.get_mut(SCHEME.len()..).unwrap_or_default());
        Ok(value)
    }

    /// The user name, in the encoding of the client: UTF-8 with today's.
    #[must_use]
    pub fn user(&self) -> &[u8] {
        self.octets.get(..self.colon).unwrap_or_default()
    }

    /// The password, in the same encoding.
    #[must_use]
    pub fn password(&self) -> &[u8] {
        self.octets.get(self.colon..).and_then(|rest| rest.get(1..)).unwrap_or_default()
    }

    /// Both as they came: `user:password`.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.octets
    }

    /// Whether they are these. How long that takes tells nobody how much was right; only the lengths may show.
    #[must_use]
    pub fn are(&self, user: &str, password: &str) -> bool {
        are_same(self.user(), user.as_bytes()) & are_same(self.password(), password.as_bytes())
    }

    /// Whether they are `user:password`, in the same manner.
    #[must_use]
    pub fn are_line(&self, line: &[u8]) -> bool {
        are_same(&self.octets, line)
    }
}

/// Without the password.
impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Credentials(\"{}\")", self.user().escape_ascii())
    }
}

/// The one value of the request's Authorization field.
pub(super) fn authorization<'a>(request: &Request<'a>) -> Result<&'a [u8], CredentialsError> {
    let fields = request.fields();
    let mut values = fields.get_all("Authorization");
    match (values.next(), values.next()) {
        (None, _) => Err(CredentialsError::Missing),
        (Some(value), None) => Ok(value),
        _ => Err(CredentialsError::Malformed),
    }
}

/// What stands in the value behind `scheme`, whose end is a space.
pub(super) fn behind_scheme<'a>(value: &'a [u8], scheme: &[u8]) -> Result<&'a [u8], CredentialsError> {
    match value.split_at_checked(scheme.len()) {
        Some((own, rest)) if own.eq_ignore_ascii_case(scheme) => Ok(rest),
        _ => Err(CredentialsError::OtherScheme),
    }
}

/// Compares all octets, whichever differ: the time that it takes tells of their number only.
pub(crate) fn are_same(one: &[u8], other: &[u8]) -> bool {
    let difference = one.iter().zip(other).fold(0, |difference, (one, other)| difference | (one ^ other));
    one.len() == other.len() && core::hint::black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn what_is_no_pair_of_name_and_password_is_refused() {
        use CredentialsError::{Malformed, OtherScheme};
        for (value, expected) in [
            ("", OtherScheme),
            ("Basic", OtherScheme),
            ("Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==", OtherScheme),
            ("BasicQWxhZGRpbjpvcGVuIHNlc2FtZQ==", OtherScheme),
            ("Basic ", Malformed),
            ("Basic QWxhZGRpbg==", Malformed),
            ("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=", Malformed),
            ("Basic QWxhZGRpbjpv cGVuIHNlc2FtZQ==", Malformed),
            ("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==, Basic YTpi", Malformed),
            // a:b, line feed, c:d
            ("Basic YTpiCmM6ZA==", Malformed),
        ] {
            assert_eq!(Credentials::parse(value.as_bytes()), Err(expected), "{value:?}");
        }
    }

    #[test]
    fn a_password_may_be_empty_or_have_colons() {
        for (user, password) in [("a", ""), ("", ""), ("a", "b:c:"), ("é", "\u{1F511}")] {
            let value = Credentials::field_value(user.as_bytes(), password.as_bytes()).unwrap();
            let read = Credentials::parse(&value).unwrap();
            assert!(read.are(user, password), "{user:?} {password:?}");
            assert!(!read.are(user, "x") && !read.are("x", password), "{user:?} {password:?}");
            assert!(read.are_line(format!("{user}:{password}").as_bytes()));
        }
        assert_eq!(Credentials::field_value(b"a:b", b"c"), Err(CredentialsError::Malformed));
    }

    #[test]
    fn the_scheme_has_no_case_and_may_stand_apart() {
        let read = Credentials::parse(b"bASIC   YTpi").unwrap();
        assert!(read.are("a", "b"));
        assert_eq!(format!("{read:?}"), r#"Credentials("a")"#);
    }
}
