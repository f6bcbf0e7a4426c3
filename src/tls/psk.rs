//! Pre-shared keys (RFC 4279; RFC 8446 section 2.2).

use alloc::vec::Vec;
use core::ffi::{c_int, c_uchar, c_void};
use core::slice;

use wm_sys::heap;

use super::config_error::ConfigError;
use super::identity::wipe;
use super::raw;

/// A key that both sides know, and the name it goes by.
pub(super) struct PresharedKey {
    pub(super) identity: Vec<u8>,
    pub(super) key: Vec<u8>,
}

/// Mbed TLS's own bound (`MBEDTLS_PSK_MAX_LEN`).
const MAX_KEY: usize = 48;
const MAX_IDENTITY: usize = 128;

impl PresharedKey {
    pub(super) fn new(identity: &[u8], key: &[u8]) -> Result<PresharedKey, ConfigError> {
        if !(1..=MAX_KEY).contains(&key.len()) || !(1..=MAX_IDENTITY).contains(&identity.len()) {
            return Err(ConfigError::BadPresharedKey);
        }
        let mut new = PresharedKey { identity: Vec::new(), key: Vec::new() };
        heap::try_extend(&mut new.identity, identity)?;
        heap::try_extend(&mut new.key, key)?;
        Ok(new)
    }
}

impl Drop for PresharedKey {
    fn drop(&mut self) {
        wipe(&mut self.key);
    }
}

/// Mbed TLS's callback on a server: gives the handshake the key of the identity that the client names.
///
/// # Safety
/// `keys` is a `Vec<PresharedKey>`; the other pointers are those that Mbed TLS passes.
pub(super) unsafe extern "C" fn find(
    keys: *mut c_void,
    ssl: *mut raw::mbedtls_ssl_context,
    identity: *const c_uchar,
    length: usize,
) -> c_int {
    // SAFETY: by contract, for the time of this call.
    let (keys, identity) =
        unsafe { (&*keys.cast::<Vec<PresharedKey>>(), slice::from_raw_parts(identity, length)) };
    match keys.iter().find(|known| known.identity == identity) {
        // SAFETY: the handshake copies the key.
        Some(PresharedKey { key, .. }) => unsafe {
            raw::mbedtls_ssl_set_hs_psk(ssl, key.as_ptr(), key.len())
        },
        None => raw::MBEDTLS_ERR_SSL_UNKNOWN_IDENTITY,
    }
}
