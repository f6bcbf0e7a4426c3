//! What of a peer's certificate is insisted on.

use core::cell::Cell;
use core::ffi::{c_int, c_void};
use core::net::IpAddr;

use super::certificate::{alternative_names, is_authority};
use super::raw;

/// What the dates of certificates are worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dates {
    /// A certificate must be valid now. While the platform does not know the time, none is accepted.
    #[default]
    Required,
    /// A certificate must be valid now if the platform knows the time. While it does not, an expired one passes: logged each time.
    IgnoredWithoutClock,
    /// An expired certificate passes. Insecure; logged each time.
    Ignored,
}

/// What is insisted on. Everything, unless the caller says otherwise by name.
#[derive(Clone, Default)]
pub(super) struct Verifier {
    pub(super) dates: Dates,
    /// Anybody is trusted, for example who signed for himself.
    pub(super) untrusted: bool,
    /// Names are not looked at.
    pub(super) any_name: bool,
    /// The address that the certificate must be for; names of hosts are Mbed TLS's own matter.
    pub(super) address: Option<IpAddr>,
    /// Something was found wrong, and not insisted on.
    has_forgiven: Cell<bool>,
}

const DATES: u32 = raw::MBEDTLS_X509_BADCERT_EXPIRED | raw::MBEDTLS_X509_BADCERT_FUTURE;

impl Verifier {
    /// The verdict on one certificate of a chain, `depth` steps above the peer's own.
    fn judge(&self, certificate: &raw::mbedtls_x509_crt, depth: c_int, found: u32) -> u32 {
        let found = match depth > 0 && !is_authority(certificate) {
            true => found | raw::MBEDTLS_X509_BADCERT_NOT_TRUSTED,
            false => found,
        };
        let mut flags = found;
        if flags & DATES != 0 && self.forgives_dates() {
            log_line!(Warn, "the dates of a certificate are not checked");
            flags &= !DATES;
        }
        if flags & raw::MBEDTLS_X509_BADCERT_NOT_TRUSTED != 0 && self.untrusted {
            log_line!(Warn, "a certificate is accepted though nobody vouches for it");
            flags &= !raw::MBEDTLS_X509_BADCERT_NOT_TRUSTED;
        }
        if depth == 0 && self.any_name {
            flags &= !raw::MBEDTLS_X509_BADCERT_CN_MISMATCH;
        }
        if flags != found {
            self.has_forgiven.set(true);
        }
        if depth == 0 {
            flags |= self.judge_address(certificate);
        }
        flags
    }

    /// Whether nothing was forgiven so far, and the name was looked at.
    pub(super) fn is_strict(&self) -> bool {
        !self.any_name && !self.has_forgiven.get()
    }

    /// Whether something was forgiven in this handshake.
    pub(super) fn has_forgiven(&self) -> bool {
        self.has_forgiven.get()
    }

    /// What the dates of a certificate say now, which an earlier handshake has judged.
    pub(super) fn judge_dates(&self, certificate: &raw::mbedtls_x509_crt) -> u32 {
        if self.forgives_dates() {
            return 0;
        }
        // SAFETY: the dates are plain values.
        let (early, late) = unsafe {
            (
                raw::mbedtls_x509_time_is_future(&certificate.valid_from) != 0,
                raw::mbedtls_x509_time_is_past(&certificate.valid_to) != 0,
            )
        };
        match (early, late) {
            (true, _) => raw::MBEDTLS_X509_BADCERT_FUTURE,
            (_, true) => raw::MBEDTLS_X509_BADCERT_EXPIRED,
            _ => 0,
        }
    }

    fn forgives_dates(&self) -> bool {
        match self.dates {
            Dates::Required => false,
            Dates::IgnoredWithoutClock => wm_sys::unix_time().is_none(),
            Dates::Ignored => true,
        }
    }

    fn judge_address(&self, certificate: &raw::mbedtls_x509_crt) -> u32 {
        let is_for = |octets: &[u8]| {
            alternative_names(certificate)
                .any(|name| name.kind == raw::MBEDTLS_X509_SAN_IP_ADDRESS && name.value == octets)
        };
        let matches = match self.address {
            None => true,
            Some(IpAddr::V4(address)) => is_for(&address.octets()),
            Some(IpAddr::V6(address)) => is_for(&address.octets()),
        };
        if matches { 0 } else { raw::MBEDTLS_X509_BADCERT_CN_MISMATCH }
    }
}

/// Mbed TLS's callback for each certificate of a chain, the peer's own last.
///
/// # Safety
/// `verifier` is a [`Verifier`]; the other pointers are those that Mbed TLS passes.
pub(super) unsafe extern "C" fn verify(
    verifier: *mut c_void,
    certificate: *mut raw::mbedtls_x509_crt,
    depth: c_int,
    flags: *mut u32,
) -> c_int {
    // SAFETY: by contract, for the time of this call.
    unsafe {
        let verifier = &*verifier.cast::<Verifier>();
        *flags = verifier.judge(&*certificate, depth, *flags);
    }
    0
}
