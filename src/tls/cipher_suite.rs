//! Cipher suites and versions.

use alloc::vec::Vec;
#[cfg(feature = "security-small")]
use core::cell::Cell;
use core::ffi::c_int;

use wm_sys::heap::{self, OutOfMemory};

use super::raw;

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Version {
    /// RFC 5246.
    Tls12,
    /// RFC 8446. Not with the feature `security-tls12` alone.
    Tls13,
}

impl Version {
    /// The newest that is compiled in.
    pub(super) const NEWEST: Version =
        if cfg!(feature = "security-small") { Version::Tls13 } else { Version::Tls12 };

    pub(super) const fn to_raw(self) -> raw::mbedtls_ssl_protocol_version {
        match self {
            Version::Tls12 => raw::mbedtls_ssl_protocol_version_MBEDTLS_SSL_VERSION_TLS1_2,
            Version::Tls13 => raw::mbedtls_ssl_protocol_version_MBEDTLS_SSL_VERSION_TLS1_3,
        }
    }

    pub(super) const fn from_raw(version: raw::mbedtls_ssl_protocol_version) -> Option<Version> {
        match version {
            raw::mbedtls_ssl_protocol_version_MBEDTLS_SSL_VERSION_TLS1_2 => Some(Version::Tls12),
            raw::mbedtls_ssl_protocol_version_MBEDTLS_SSL_VERSION_TLS1_3 => Some(Version::Tls13),
            _ => None,
        }
    }
}

/// A cipher suite, by its number in the registry of TLS. All of them encrypt with authentication (AEAD); which exist depends on the
/// build, and those that do not are passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CipherSuite(u16);

#[allow(missing_docs)] // the names are those of the registry
impl CipherSuite {
    pub const TLS_AES_128_GCM_SHA256: Self = CipherSuite(0x1301);
    pub const TLS_AES_256_GCM_SHA384: Self = CipherSuite(0x1302);
    pub const TLS_CHACHA20_POLY1305_SHA256: Self = CipherSuite(0x1303);
    pub const TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: Self = CipherSuite(0xc02b);
    pub const TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: Self = CipherSuite(0xc02c);
    pub const TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: Self = CipherSuite(0xcca9);
    pub const TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: Self = CipherSuite(0xc02f);
    pub const TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: Self = CipherSuite(0xc030);
    pub const TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: Self = CipherSuite(0xcca8);
    pub const TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256: Self = CipherSuite(0xccac);
    /// Without forward secrecy: a key that leaks opens what was recorded before.
    pub const TLS_PSK_WITH_AES_128_GCM_SHA256: Self = CipherSuite(0x00a8);

    /// What is used when nothing is said: certificates, forward secrecy, the cheapest first. Without instructions for AES that is ChaCha20: on a
    /// Cortex-M3 a record takes half of what it takes with AES-128.
    pub const DEFAULT: &'static [CipherSuite] = &[
        Self::TLS_CHACHA20_POLY1305_SHA256,
        Self::TLS_AES_128_GCM_SHA256,
        Self::TLS_AES_256_GCM_SHA384,
        Self::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        Self::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        Self::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        Self::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        Self::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        Self::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    ];

    /// What pre-shared keys add to it in TLS 1.2; in 1.3 they go with any.
    pub(super) const PRESHARED: &'static [CipherSuite] =
        &[Self::TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256, Self::TLS_PSK_WITH_AES_128_GCM_SHA256];

    /// Its number in the registry.
    pub const fn number(self) -> u16 {
        self.0
    }

    /// The version that it belongs to.
    pub const fn version(self) -> Version {
        if self.0 >> 8 == 0x13 { Version::Tls13 } else { Version::Tls12 }
    }

    /// Whether its hash is SHA-256; of one of TLS 1.3.
    #[cfg(feature = "security-small")]
    pub(super) fn has_sha_256(self) -> bool {
        self != Self::TLS_AES_256_GCM_SHA384
    }

    /// Whether it is compiled in.
    fn is_known(self) -> bool {
        // SAFETY: it looks a number up in a list.
        unsafe { !raw::mbedtls_ssl_ciphersuite_from_id(self.0.into()).is_null() }
    }

    pub(super) const fn from_number(number: u16) -> Self {
        CipherSuite(number)
    }
}

/// The list as Mbed TLS wants it: integers, a 0 at the end. Without those that it does not know: to a client that offers one of them it would
/// answer with an internal error.
pub(super) fn list(suites: &[&[CipherSuite]]) -> Result<Vec<c_int>, OutOfMemory> {
    let mut numbers = Vec::new();
    for suite in suites.iter().copied().flatten().filter(|suite| suite.is_known()) {
        heap::try_push(&mut numbers, c_int::from(suite.0))?;
    }
    heap::try_push(&mut numbers, 0)?;
    Ok(numbers)
}

/// Orders a server's list so that its tail is what it offers to a client that knows its first suite of TLS 1.3: that one, and those of TLS 1.2.
/// The other suites of TLS 1.3 lie in front. Mbed TLS takes the first of the client's that is in the list, and knows no order of the server's
/// there. Says where the tail begins; `None`: there is no such suite.
#[cfg(feature = "security-small")]
pub(super) fn put_preferred_last(numbers: &mut [c_int]) -> Option<usize> {
    let numbers = Cell::from_mut(numbers).as_slice_of_cells();
    let is_newer = |number: &&Cell<c_int>| number.get() >> 8 == 0x13;
    // By swaps of neighbours: to sort or to rotate a dozen numbers takes a kilobyte of flash.
    for _ in numbers {
        for pair in numbers.windows(2) {
            if let [one, other] = pair
                && is_newer(&other)
                && !is_newer(&one)
            {
                one.swap(other);
            }
        }
    }
    for pair in numbers.windows(2) {
        if let [preferred, other] = pair
            && is_newer(&other)
        {
            preferred.swap(other);
        }
    }
    numbers.iter().filter(is_newer).count().checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_has_one_suite_of_tls_1_3() {
        for (list, ordered, tail) in [
            (
                &[0x1303, 0x1301, 0x1302, 0xcca9, 0xc02b, 0][..],
                &[0x1301, 0x1302, 0x1303, 0xcca9, 0xc02b, 0][..],
                Some(2),
            ),
            (&[0xc02b, 0x1301, 0xcca9, 0x1302, 0], &[0x1302, 0x1301, 0xc02b, 0xcca9, 0], Some(1)),
            (&[0x1301, 0], &[0x1301, 0], Some(0)),
            (&[0xc02b, 0], &[0xc02b, 0], None),
        ] {
            let mut numbers = list.to_vec();
            assert_eq!(put_preferred_last(&mut numbers), tail);
            assert_eq!(numbers, ordered);
        }
    }

    #[test]
    fn what_is_not_compiled_in_is_passed_over() {
        const TLS_AES_128_CCM_SHA256: CipherSuite = CipherSuite(0x1304);
        let suites = [TLS_AES_128_CCM_SHA256, CipherSuite::TLS_AES_128_GCM_SHA256];
        assert_eq!(list(&[&suites]).unwrap(), [0x1301, 0]);
    }
}
