//! What a client keeps of a session, to resume it.

use super::error::{Error, check};
use super::raw;

/// What is left of a session, for the next one with the same server: a ticket or a name, and the secret that goes with it. A few
/// hundred bytes.
pub struct SavedSession {
    raw: raw::mbedtls_ssl_session,
}

impl SavedSession {
    pub(super) fn of(ssl: &raw::mbedtls_ssl_context) -> Result<SavedSession, Error> {
        let mut saved = SavedSession { raw: Default::default() };
        // SAFETY: the context is set up; zeroed is initialised (`mbedtls_ssl_session_init`), and everything is copied.
        check(unsafe { raw::mbedtls_ssl_get_session(ssl, &mut saved.raw) })?;
        Ok(saved)
    }

    pub(super) fn as_ptr(&self) -> *const raw::mbedtls_ssl_session {
        &self.raw
    }
}

impl Drop for SavedSession {
    fn drop(&mut self) {
        // SAFETY: initialised when it was made; it wipes what it frees.
        unsafe { raw::mbedtls_ssl_session_free(&mut self.raw) };
    }
}
