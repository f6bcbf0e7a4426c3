//! What of Mbed TLS its bindings leave out.

use core::ffi::{c_int, c_void};
use core::ptr;

pub(super) use mbedtls::*;

#[cfg(feature = "security-small")]
pub(super) use self::psa::*;

/// psa/crypto_values.h defines them by casts, which bindgen does not evaluate.
#[cfg(feature = "security-small")]
mod psa {
    use mbedtls::psa_status_t;

    pub(in crate::tls) const PSA_SUCCESS: psa_status_t = 0;
    pub(in crate::tls) const PSA_ERROR_BAD_STATE: psa_status_t = -137;
    pub(in crate::tls) const PSA_ERROR_INSUFFICIENT_MEMORY: psa_status_t = -141;
    pub(in crate::tls) const PSA_ERROR_INSUFFICIENT_ENTROPY: psa_status_t = -148;
}

// Declared in Mbed TLS's library/ssl_misc.h and common.h; no bindings exist. The version is pinned in Cargo.toml, and the tests of
// `parking` fail when one of them changes its meaning.
unsafe extern "C" {
    pub(super) fn mbedtls_ssl_reset_in_pointers(ssl: *mut mbedtls_ssl_context);
    pub(super) fn mbedtls_ssl_reset_out_pointers(ssl: *mut mbedtls_ssl_context);
    pub(super) fn mbedtls_ssl_update_out_pointers(
        ssl: *mut mbedtls_ssl_context,
        transform: *mut mbedtls_ssl_transform,
    );
    pub(super) fn mbedtls_ssl_handshake_free(ssl: *mut mbedtls_ssl_context);
    pub(super) fn mbedtls_ssl_transform_free(transform: *mut mbedtls_ssl_transform);
    #[cfg(feature = "security-small")]
    pub(super) fn mbedtls_ssl_fetch_input(ssl: *mut mbedtls_ssl_context, wanted: usize) -> c_int;
    pub(super) fn mbedtls_ssl_flush_output(ssl: *mut mbedtls_ssl_context) -> c_int;
}

unsafe extern "C" {
    /// Of `wm_port.h`, or of `wm-sys` for firmware in Rust.
    pub(super) fn wm_port_calloc(count: usize, size: usize) -> *mut c_void;
    pub(super) fn wm_port_free(block: *mut c_void);
}

/// Overwrites memory that held a secret, so that the compiler cannot leave it out.
///
/// # Safety
/// `bytes` is valid for writes of `length` bytes.
pub(super) unsafe fn zeroize(bytes: *mut u8, length: usize) {
    // SAFETY: by contract.
    unsafe { mbedtls_platform_zeroize(bytes.cast(), length) };
}

/// `bytes` is C's NULL with length 0 where Mbed TLS asks for "none".
pub(super) const NONE: *const u8 = ptr::null();

/// Whether a session of TLS 1.3 has the secret that keys of tickets are made of. Where it could not be calculated all bytes are the same: those
/// of a block that nobody has written to, or those that PSA writes then.
#[cfg(feature = "security-small")]
pub(super) fn has_secret(session: &mbedtls_ssl_session) -> bool {
    /// Of the shortest one.
    const LENGTH: usize = 32;
    let secret = session.private_app_secrets.resumption_master_secret.first_chunk::<LENGTH>();
    matches!(secret, Some([first, rest @ ..]) if rest.iter().any(|byte| byte != first))
}
