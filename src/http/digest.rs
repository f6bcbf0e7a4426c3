//! Credentials of the scheme Digest (RFC 7616), with SHA-256.

use core::fmt;

use hmac_sha256::Hash;
use nom::Parser;
use nom::bytes::complete::tag;
use nom::sequence::{separated_pair, terminated};

use super::credentials::{are_same, authorization, behind_scheme};
use super::field_parameters::{blank, token, value};
use super::octets::{find, hex_value, same_name, trim};
use super::{CredentialsError, Request};

const SCHEME: &[u8] = b"Digest ";

/// The user's name, and a proof that the client knows the password: for this request, and for a nonce of the server's.
///
/// Whoever listens learns neither the password nor how to prove it for another nonce; what is read and written with the request is as open
/// as ever. The proof is of method and target, not of the body.
///
/// [`DigestAuth`](crate::server::DigestAuth) makes and counts the nonces.
#[derive(Clone, Copy)]
pub struct DigestCredentials<'a> {
    method: &'static str,
    realm: &'a [u8],
    user: &'a [u8],
    uri: &'a [u8],
    nonce: &'a [u8],
    /// The client's own.
    cnonce: &'a [u8],
    /// As it stands there: eight digits.
    count: &'a [u8],
    response: &'a [u8],
}

/// What stands for a user's password where that should not be: SHA-256 of `user:realm:password`.
pub type DigestSecret = [u8; 32];

impl<'a> DigestCredentials<'a> {
    /// The credentials of a request.
    ///
    /// # Errors
    ///
    /// [`CredentialsError`]; [`Malformed`](CredentialsError::Malformed) when a parameter is missing, when they are of an algorithm or a quality
    /// of protection that was not asked for, or for another target.
    pub fn of(request: &Request<'a>) -> Result<Self, CredentialsError> {
        let parameters = behind_scheme(authorization(request)?, SCHEME)?;
        let credentials =
            Self::parse(request.method().as_str(), parameters).ok_or(CredentialsError::Malformed)?;
        if credentials.is_for(request) { Ok(credentials) } else { Err(CredentialsError::Malformed) }
    }

    /// Takes the parameters (section 3.4); `None`: some are missing, or not what was asked for.
    fn parse(method: &'static str, parameters: &'a [u8]) -> Option<Self> {
        const NAMES: [&[u8]; 9] =
            [b"realm", b"username", b"uri", b"nonce", b"cnonce", b"nc", b"response", b"algorithm", b"qop"];
        let mut found: [Option<&[u8]>; 9] = [None; 9];
        let mut rest = parameters;
        while !rest.is_empty() {
            let (behind, (name, value)) = next_parameter(rest)?;
            if let Some(index) = NAMES.iter().position(|known| same_name(known, name)) {
                let slot = found.get_mut(index)?;
                if slot.replace(value).is_some() {
                    return None;
                }
            }
            rest = behind;
        }
        let [
            Some(realm),
            Some(user),
            Some(uri),
            Some(nonce),
            Some(cnonce),
            Some(count),
            Some(response),
            algorithm,
            qop,
        ] = found
        else {
            return None;
        };
        let is_known = algorithm?.eq_ignore_ascii_case(b"SHA-256") && qop?.eq_ignore_ascii_case(b"auth");
        (is_known && count.len() == 8).then_some(DigestCredentials {
            method,
            realm,
            user,
            uri,
            nonce,
            cnonce,
            count,
            response,
        })
    }

    /// Whether they prove anything about this request: its target is theirs (section 3.4.6).
    fn is_for(&self, request: &Request<'_>) -> bool {
        let (path, query) = match find(self.uri, b'?') {
            Some(mark) => (self.uri.get(..mark), self.uri.get(mark.saturating_add(1)..)),
            None => (Some(self.uri), None),
        };
        path == Some(request.path().as_bytes()) && query == request.query().map(str::as_bytes)
    }

    /// The user name, in UTF-8. Quotation marks and backslashes stand in it as the client has guarded them, by a backslash each.
    #[must_use]
    pub fn user(&self) -> &'a [u8] {
        self.user
    }

    /// The realm that they are for.
    #[must_use]
    pub fn realm(&self) -> &'a [u8] {
        self.realm
    }

    /// The server's nonce.
    #[must_use]
    pub fn nonce(&self) -> &'a [u8] {
        self.nonce
    }

    /// How often the client has used the nonce, this time included; `None`: it does not say so in hexadecimal digits.
    #[must_use]
    pub fn count(&self) -> Option<u32> {
        self.count.iter().try_fold(0, |count, digit| Some(count << 4 | u32::from(hex_value(*digit)?)))
    }

    /// Whether they are of this user, who knows this password.
    #[must_use]
    pub fn are(&self, user: &str, password: &str) -> bool {
        self.prove(user, &Self::secret(user.as_bytes(), self.realm, password.as_bytes()))
    }

    /// Whether they are of this user, of whose password the [secret](Self::secret) is kept.
    #[must_use]
    pub fn prove(&self, user: &str, secret: &DigestSecret) -> bool {
        let target = hex(&hash(&[self.method.as_bytes(), self.uri]));
        let expected = hash(&[&hex(secret), self.nonce, self.count, self.cnonce, b"auth", &target]);
        are_same(self.user, user.as_bytes()) & are_same(self.response, &hex(&expected))
    }

    /// What can be kept in place of a password. It is worth the password to whoever reads it, in this realm only.
    #[must_use]
    pub fn secret(user: &[u8], realm: &[u8], password: &[u8]) -> DigestSecret {
        hash(&[user, realm, password])
    }
}

/// Without what an attack on the password could begin with.
impl fmt::Debug for DigestCredentials<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "DigestCredentials(\"{}\")", self.user.escape_ascii())
    }
}

/// A parameter, and what follows it.
type Parameter<'a> = (&'a [u8], (&'a [u8], &'a [u8]));

/// `name=value`, and the comma in front of what follows.
fn next_parameter(input: &[u8]) -> Option<Parameter<'_>> {
    let pair = separated_pair(token, (blank, tag("="), blank), value);
    let (rest, parameter) = terminated(pair, blank).parse(input).ok()?;
    let rest = if rest.is_empty() { rest } else { trim(rest.strip_prefix(b",")?) };
    Some((rest, parameter))
}

/// SHA-256 of the parts, with colons between them.
fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Hash::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            hash.update(b":");
        }
        hash.update(part);
    }
    hash.finalize()
}

/// Lower-case hexadecimal digits.
fn hex(bytes: &[u8; 32]) -> [u8; 64] {
    let mut digits = [0; 64];
    hex_into(bytes, &mut digits);
    digits
}

/// Two lower-case hexadecimal digits for each byte.
pub(crate) fn hex_into(bytes: &[u8], digits: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    for (digit, nibble) in digits.iter_mut().zip(nibbles) {
        *digit = DIGITS.get(usize::from(nibble)).copied().unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{HeadLimits, HeadParser};

    /// RFC 7616 section 3.9.1.
    const MUFASA: &str = "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", \
        algorithm=SHA-256, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, \
        cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, \
        response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\", \
        opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";

    fn with_credentials<T>(
        value: &str,
        look: impl FnOnce(Result<DigestCredentials<'_>, CredentialsError>) -> T,
    ) -> T {
        let head = std::format!("GET /dir/index.html HTTP/1.1\r\nHost: a\r\nAuthorization: {value}\r\n\r\n");
        let mut parser = HeadParser::default();
        let (request, _) = parser.parse(head.as_bytes(), &HeadLimits::default()).unwrap().unwrap();
        look(DigestCredentials::of(&request))
    }

    #[test]
    fn the_example_of_the_rfc_is_right() {
        with_credentials(MUFASA, |credentials| {
            let credentials = credentials.unwrap();
            assert!(credentials.are("Mufasa", "Circle of Life"));
            assert!(
                !credentials.are("Mufasa", "Circle of life") && !credentials.are("mufasa", "Circle of Life")
            );
            let secret = DigestCredentials::secret(b"Mufasa", b"http-auth@example.org", b"Circle of Life");
            assert!(credentials.prove("Mufasa", &secret));
            assert_eq!((credentials.count(), credentials.user()), (Some(1), &b"Mufasa"[..]));
            assert_eq!(credentials.realm(), b"http-auth@example.org");
            assert_eq!(std::format!("{credentials:?}"), "DigestCredentials(\"Mufasa\")");
        });
    }

    #[test]
    fn what_proves_nothing_is_refused() {
        use CredentialsError::{Malformed, OtherScheme};
        for (from, to, expected) in [
            ("Digest ", "Basic ", OtherScheme),
            ("Digest ", "Digest", OtherScheme),
            ("algorithm=SHA-256, ", "", Malformed),
            ("SHA-256", "MD5", Malformed),
            ("qop=auth", "qop=auth-int", Malformed),
            ("qop=auth, ", "", Malformed),
            ("nc=00000001", "nc=1", Malformed),
            ("nc=00000001, ", "nc=00000001 ", Malformed),
            ("uri=\"/dir/index.html\"", "uri=\"/dir/other.html\"", Malformed),
            ("uri=\"/dir/index.html\"", "uri=\"/dir/index.html?\"", Malformed),
            ("username=\"Mufasa\", ", "", Malformed),
            ("username=\"Mufasa\", ", "username=\"Mufasa\", username=\"Scar\", ", Malformed),
            ("opaque=\"FQ", "opaque=FQ", Malformed),
        ] {
            assert!(MUFASA.contains(from), "{from}");
            let error = with_credentials(&MUFASA.replacen(from, to, 1), |read| read.map(|_| ()).unwrap_err());
            assert_eq!(error, expected, "{to:?} in place of {from:?}");
        }
        let count =
            |value: &str| with_credentials(&MUFASA.replace("00000001", value), |read| read.unwrap().count());
        assert_eq!((count("fFfFfFfF"), count("0000000g")), (Some(u32::MAX), None));
    }
}
