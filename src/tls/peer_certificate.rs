//! What a peer's certificate says.

use core::slice;

#[cfg(feature = "capi")]
use super::certificate::Chain;
#[cfg(feature = "capi")]
use super::config_error::ConfigError;
use super::raw;
use crate::calendar::DateTime;

/// A peer's own certificate, as it was shown in the handshake.
///
/// ```
/// use wm_websockets::client::ClientProtocol;
/// use wm_websockets::tls::PeerCertificate;
///
/// /// Talks to the one server whose public key it knows, whoever has signed for it.
/// struct Pinned(&'static [u8]);
///
/// impl ClientProtocol for Pinned {
///     fn secured(&mut self, server: &PeerCertificate<'_>) -> bool {
///         server.public_key() == self.0
///     }
/// }
/// ```
#[derive(Clone, Copy)]
pub struct PeerCertificate<'s> {
    certificate: &'s raw::mbedtls_x509_crt,
    is_verified: bool,
}

/// id-at-commonName (RFC 5280 appendix A.1), 2.5.4.3, in DER.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];

impl<'s> PeerCertificate<'s> {
    /// A certificate of a session.
    pub(super) fn new(certificate: &'s raw::mbedtls_x509_crt, is_verified: bool) -> Self {
        PeerCertificate { certificate, is_verified }
    }

    /// The whole certificate in DER.
    pub fn der(&self) -> &'s [u8] {
        self.bytes(&self.certificate.raw)
    }

    /// Whether it was found good, and nothing forgiven: neither its dates, nor who signed it, nor its name. Of a resumed session that holds for the
    /// handshake in which it was shown.
    pub fn is_verified(&self) -> bool {
        self.is_verified
    }

    /// The common name of whom it is for.
    pub fn common_name(&self) -> Option<&'s [u8]> {
        self.common_name_of(&self.certificate.subject)
    }

    /// The common name of who has signed it.
    pub fn issuer_name(&self) -> Option<&'s [u8]> {
        self.common_name_of(&self.certificate.issuer)
    }

    /// From when on it is valid, in Unix time; `None`: from before 1970.
    pub fn not_before(&self) -> Option<u64> {
        unix_time(&self.certificate.valid_from)
    }

    /// Its last valid second, in Unix time.
    pub fn not_after(&self) -> Option<u64> {
        unix_time(&self.certificate.valid_to)
    }

    /// What the key may be used for: the bits of RFC 5280 section 4.2.1.3, the first of which is 0x80.
    pub fn key_usage(&self) -> u32 {
        self.certificate.private_key_usage
    }

    /// The key as SubjectPublicKeyInfo in DER (RFC 5280 section 4.1.2.7): what pins are made of.
    pub fn public_key(&self) -> &'s [u8] {
        self.bytes(&self.certificate.pk_raw)
    }

    /// RFC 5280 section 4.2.1.2; empty where there is none.
    pub fn subject_key_id(&self) -> &'s [u8] {
        self.bytes(&self.certificate.subject_key_id)
    }

    /// The signer's key (RFC 5280 section 4.2.1.1); empty where it is not named.
    pub fn authority_key_id(&self) -> &'s [u8] {
        self.bytes(&self.certificate.authority_key_id.keyIdentifier)
    }

    /// The serial number of the signer's certificate; empty where it is not named.
    pub fn authority_serial(&self) -> &'s [u8] {
        self.bytes(&self.certificate.authority_key_id.authorityCertSerialNumber)
    }

    /// The name of who signed the signer's certificate, in DER; empty where it is not named.
    pub fn authority_issuer(&self) -> &'s [u8] {
        self.bytes(&self.certificate.authority_key_id.authorityCertIssuer.buf)
    }

    fn common_name_of(&self, name: &'s raw::mbedtls_x509_name) -> Option<&'s [u8]> {
        // SAFETY: the list is part of the borrowed certificate.
        let mut parts = core::iter::successors(Some(name), |part| unsafe { part.next.cast_const().as_ref() });
        let part = parts.find(|part| self.bytes(&part.oid) == COMMON_NAME)?;
        Some(self.bytes(&part.val))
    }

    /// A part of the certificate.
    fn bytes(&self, buffer: &raw::mbedtls_x509_buf) -> &'s [u8] {
        if buffer.p.is_null() {
            return &[];
        }
        // SAFETY: it points into the certificate's own copy, which lives as long as the certificate and is not changed.
        unsafe { slice::from_raw_parts(buffer.p, buffer.len) }
    }
}

fn unix_time(time: &raw::mbedtls_x509_time) -> Option<u64> {
    let field = |value| u32::try_from(value).ok();
    let time = DateTime {
        year: field(time.year)?,
        month: field(time.mon)?.checked_sub(1)?,
        day: field(time.day)?,
        hour: field(time.hour)?,
        minute: field(time.min)?,
        second: field(time.sec)?,
    };
    time.to_unix()
}

/// A copy that outlives its session.
#[cfg(feature = "capi")]
pub(crate) struct KeptCertificate {
    chain: Chain,
    is_verified: bool,
}

#[cfg(feature = "capi")]
impl KeptCertificate {
    pub(crate) fn of(certificate: &PeerCertificate<'_>) -> Result<Self, ConfigError> {
        Ok(KeptCertificate { chain: Chain::parse(certificate.der())?, is_verified: certificate.is_verified })
    }

    pub(crate) fn get(&self) -> PeerCertificate<'_> {
        PeerCertificate { certificate: self.chain.first(), is_verified: self.is_verified }
    }
}
