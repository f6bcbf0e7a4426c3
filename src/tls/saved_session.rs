//! What a client keeps of a session, to resume it.

use alloc::boxed::Box;
use core::ptr;

use wm_sys::heap;

use super::cipher_suite::Version;
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

    /// Whether a server could remember it: it has a ticket, or in TLS 1.2 a name.
    pub(super) fn is_resumable(&self) -> bool {
        self.raw.private_ticket_len > 0
            || (self.raw.private_id_len > 0 && self.raw.private_tls_version == Version::Tls12.to_raw())
    }

    pub(super) fn to_bytes(&self) -> Result<Box<[u8]>, Error> {
        let mut length = 0;
        // SAFETY: the session is valid. Without room it tells how much it needs.
        unsafe { raw::mbedtls_ssl_session_save(&self.raw, ptr::null_mut(), 0, &mut length) };
        let mut bytes = heap::try_slice(length, |_| 0)?;
        // SAFETY: as above, with `length` bytes of room.
        check(unsafe { raw::mbedtls_ssl_session_save(&self.raw, bytes.as_mut_ptr(), length, &mut length) })?;
        Ok(bytes)
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<SavedSession, Error> {
        let mut saved = SavedSession { raw: Default::default() };
        // SAFETY: zeroed is initialised (`mbedtls_ssl_session_init`); lengths are checked, and everything is copied.
        check(unsafe { raw::mbedtls_ssl_session_load(&mut saved.raw, bytes.as_ptr(), bytes.len()) })?;
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
