//! What a client that must say who it is gets with its 401 (RFC 9110 section 11.6.1).

use super::ResponseHead;
use super::response::{ResponseError, check_value};

impl ResponseHead<'_> {
    /// Adds `WWW-Authenticate`: asks for [`Credentials`](super::Credentials) of the scheme Basic, whose text is UTF-8 (RFC 7617
    /// section 2.1).
    ///
    /// # Errors
    ///
    /// [`ResponseError::NoSpace`]; [`ResponseError::BadFieldValue`] when the realm has a quotation mark or a backslash. The line is
    /// then left out.
    pub fn challenge(&mut self, realm: &str) -> Result<(), ResponseError> {
        check_realm(realm)?;
        let (before, behind) = (&b"WWW-Authenticate: Basic realm=\""[..], &b"\", charset=\"UTF-8\""[..]);
        self.put_line(&[before, realm.as_bytes(), behind])
    }

    /// Adds `WWW-Authenticate`: asks for [`DigestCredentials`](super::DigestCredentials) with this nonce, of letters and digits. `stale`: the
    /// client's were right, but for their nonce, and its user need not be asked again (RFC 7616 section 3.3).
    ///
    /// # Errors
    ///
    /// As of [`challenge`](Self::challenge).
    pub fn digest_challenge(&mut self, realm: &str, nonce: &[u8], stale: bool) -> Result<(), ResponseError> {
        check_realm(realm)?;
        if !nonce.iter().all(u8::is_ascii_alphanumeric) {
            return Err(ResponseError::BadFieldValue);
        }
        let stale = if stale { &b", stale=true"[..] } else { b"" };
        self.put_line(&[
            b"WWW-Authenticate: Digest realm=\"",
            realm.as_bytes(),
            b"\", qop=\"auth\", algorithm=SHA-256, charset=UTF-8, nonce=\"",
            nonce,
            b"\"",
            stale,
        ])
    }
}

/// It stands between quotation marks.
fn check_realm(realm: &str) -> Result<(), ResponseError> {
    check_value(realm.as_bytes())?;
    if realm.contains(['"', '\\']) { Err(ResponseError::BadFieldValue) } else { Ok(()) }
}
