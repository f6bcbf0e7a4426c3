//! What an exchange asks about TLS: answers that a library without it has, too.

use core::time::Duration;

use super::super::services::Shared;
use super::super::visit::Visit;
#[cfg(feature = "security-tls12")]
use super::error::Cause;

/// For a TLS handshake, of which there is none without TLS.
pub(super) fn patience(shared: &Shared) -> Duration {
    #[cfg(feature = "security-tls12")]
    let patience = shared.limits.tls_handshake_timeout;
    #[cfg(not(feature = "security-tls12"))]
    let patience = Duration::ZERO;
    let _ = shared;
    patience
}

/// Notes why TLS failed, if it has.
pub(in crate::server) fn note_tls(visit: &mut Visit<'_>) {
    #[cfg(feature = "security-tls12")]
    if let (Some(error), Some(client)) = (visit.transport.tls_error(), visit.client.as_deref_mut()) {
        client.fail(Cause::Tls(error));
    }
    #[cfg(not(feature = "security-tls12"))]
    let _ = visit;
}

/// Whether the application takes the certificate that the server has shown.
pub(super) fn is_welcome(visit: &mut Visit<'_>) -> bool {
    #[cfg(feature = "security-tls12")]
    if let Some(certificate) = visit.transport.peer_certificate() {
        let application = visit.routes.protocol(0).and_then(|protocol| protocol.as_client());
        return match visit.client.as_deref_mut().and_then(|client| client.job.as_mut()) {
            Some(job) => job.handler.secured(&certificate),
            None => application.is_none_or(|application| application.secured(&certificate)),
        };
    }
    #[cfg(not(feature = "security-tls12"))]
    let _ = visit;
    true
}
