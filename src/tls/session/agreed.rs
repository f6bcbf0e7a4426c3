//! What both sides agreed on, and what a later session can make of it.

use core::ffi::CStr;

use super::Session;
use crate::tls::cipher_suite::{CipherSuite, Version};
#[cfg(feature = "client")]
use crate::tls::error::Error;
use crate::tls::peer_certificate::PeerCertificate;
use crate::tls::raw;
#[cfg(feature = "client")]
use crate::tls::saved_session::SavedSession;

impl Session {
    /// What a later session can resume from. In TLS 1.2 there is something after the handshake, in 1.3 after each
    /// [`Read::Ticket`](super::Read::Ticket).
    #[cfg(feature = "client")]
    pub fn saved(&self) -> Result<SavedSession, Error> {
        self.engine().quiet();
        SavedSession::of(&self.0.ssl)
    }

    /// The version that was agreed on; `None` before that.
    pub fn version(&self) -> Option<Version> {
        self.is_established().then(|| Version::from_raw(self.0.ssl.private_tls_version)).flatten()
    }

    /// The cipher suite that was agreed on; `None` before that.
    pub fn cipher_suite(&self) -> Option<CipherSuite> {
        // SAFETY: the context is set up.
        let number = match unsafe { raw::mbedtls_ssl_get_ciphersuite_id_from_ssl(&self.0.ssl) } {
            0 => self.0.cipher_suite,
            number => number,
        };
        u16::try_from(number).ok().filter(|&number| number != 0).map(CipherSuite::from_number)
    }

    /// The protocol that was agreed on by ALPN.
    pub fn protocol(&self) -> Option<&str> {
        // SAFETY: the context is set up; the name is one of the configuration's, which live as long as the session.
        let name = unsafe {
            let name = raw::mbedtls_ssl_get_alpn_protocol(&self.0.ssl);
            (!name.is_null()).then(|| CStr::from_ptr(name))?
        };
        name.to_str().ok()
    }

    /// The peer's own certificate, if it showed one.
    pub fn peer_certificate(&self) -> Option<PeerCertificate<'_>> {
        let ssl = &self.0.ssl;
        // SAFETY: the context is set up; the certificate lives as long as the session, and is not changed.
        let (certificate, flags) = unsafe {
            (raw::mbedtls_ssl_get_peer_cert(ssl).as_ref()?, raw::mbedtls_ssl_get_verify_result(ssl))
        };
        let is_verified = flags == 0 && self.0.verifier.is_strict();
        Some(PeerCertificate::new(certificate, is_verified))
    }
}
