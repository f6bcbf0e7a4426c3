//! What C may ask about the peer's certificate.

use core::ffi::c_int;
use core::ptr;

use super::abi::{
    LWS_TLS_CERT_INFO_AUTHORITY_KEY_ID, LWS_TLS_CERT_INFO_AUTHORITY_KEY_ID_ISSUER,
    LWS_TLS_CERT_INFO_AUTHORITY_KEY_ID_SERIAL, LWS_TLS_CERT_INFO_COMMON_NAME, LWS_TLS_CERT_INFO_DER_RAW,
    LWS_TLS_CERT_INFO_ISSUER_NAME, LWS_TLS_CERT_INFO_OPAQUE_PUBLIC_KEY, LWS_TLS_CERT_INFO_SUBJECT_KEY_ID,
    LWS_TLS_CERT_INFO_USAGE, LWS_TLS_CERT_INFO_VALIDITY_FROM, LWS_TLS_CERT_INFO_VALIDITY_TO,
    LWS_TLS_CERT_INFO_VERIFIED, lws, lws_tls_cert_info, lws_tls_cert_info_results, time_t,
};
use super::boundary::{int, zero_or_negative};
use super::export;
use super::wsi::{Kind, Wsi};
use crate::tls::PeerCertificate;

impl Wsi {
    /// Looks at the certificate that the peer has shown; `None` if there is none, or it cannot be reached now.
    fn with_certificate<R>(&self, look: impl FnOnce(&PeerCertificate<'_>) -> R) -> Option<R> {
        match self.kind.get() {
            Kind::Http => {
                self.with_response(|response| response.peer_certificate().as_ref().map(look)).flatten()
            }
            _ if self.with_client(|client| client.certificate.is_some()) == Some(true) => {
                self.with_client(|client| client.certificate.as_ref().map(|kept| look(&kept.get()))).flatten()
            }
            Kind::WebSocket | Kind::Client => {
                self.with_socket(|socket| socket.peer_certificate().as_ref().map(look)).flatten()
            }
            Kind::Raw | Kind::RawClient => {
                self.with_raw_socket(|socket| socket.peer_certificate().as_ref().map(look)).flatten()
            }
            Kind::HttpClient | Kind::Placeholder => None,
        }
    }
}

/// Writes what was asked for. `None`: it is not known, or longer than `room`; then `len` says how long it is.
///
/// # Safety
/// `results` is valid, with `room` bytes from its `name` on.
unsafe fn answer(
    certificate: &PeerCertificate<'_>,
    kind: lws_tls_cert_info,
    results: *mut lws_tls_cert_info_results,
    room: usize,
) -> Option<()> {
    let text = match kind {
        LWS_TLS_CERT_INFO_VALIDITY_FROM | LWS_TLS_CERT_INFO_VALIDITY_TO => {
            let from = kind == LWS_TLS_CERT_INFO_VALIDITY_FROM;
            let time = if from { certificate.not_before() } else { certificate.not_after() }?;
            // SAFETY: the caller vouches for it.
            unsafe { (*results).time = time as time_t };
            return Some(());
        }
        LWS_TLS_CERT_INFO_USAGE => {
            // SAFETY: as above.
            unsafe { (*results).usage = certificate.key_usage() };
            return Some(());
        }
        LWS_TLS_CERT_INFO_VERIFIED => {
            // SAFETY: as above.
            unsafe { (*results).verified = certificate.is_verified().into() };
            return Some(());
        }
        LWS_TLS_CERT_INFO_COMMON_NAME => certificate.common_name()?,
        LWS_TLS_CERT_INFO_ISSUER_NAME => certificate.issuer_name()?,
        LWS_TLS_CERT_INFO_OPAQUE_PUBLIC_KEY => certificate.public_key(),
        LWS_TLS_CERT_INFO_DER_RAW => certificate.der(),
        LWS_TLS_CERT_INFO_AUTHORITY_KEY_ID => certificate.authority_key_id(),
        LWS_TLS_CERT_INFO_AUTHORITY_KEY_ID_ISSUER => certificate.authority_issuer(),
        LWS_TLS_CERT_INFO_AUTHORITY_KEY_ID_SERIAL => certificate.authority_serial(),
        LWS_TLS_CERT_INFO_SUBJECT_KEY_ID => certificate.subject_key_id(),
        _ => return None,
    };
    if text.is_empty() {
        return None;
    }
    // SAFETY: as above; what is written is shorter than `room`, so that a zero byte has its place.
    unsafe {
        (*results).ns.len = int(text.len());
        if text.len() >= room {
            return None;
        }
        let name = (&raw mut (*results).ns.name).cast::<u8>();
        ptr::copy_nonoverlapping(text.as_ptr(), name, text.len());
        name.add(text.len()).write(0);
    }
    Some(())
}

export! {
    fn lws_tls_peer_cert_info(
        wsi: *mut lws,
        kind: lws_tls_cert_info,
        buf: *mut lws_tls_cert_info_results,
        len: usize,
    ) -> c_int {
        // SAFETY: NULL or valid by contract.
        let Some(wsi) = unsafe { Wsi::from_c(wsi) }.filter(|_| !buf.is_null()) else { return -1 };
        // SAFETY: not NULL, and valid by contract.
        let known = wsi.with_certificate(|certificate| unsafe { answer(certificate, kind, buf, len) });
        zero_or_negative(known.flatten())
    }
}
