//! One connection's TLS: records in, plaintext out, and the other way round.

mod agreed;
#[cfg(feature = "client")]
mod client;
mod handshake;
#[cfg(feature = "security-small")]
mod hello;
mod reading;
mod writing;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ffi::c_int;
use core::mem::ManuallyDrop;
use core::ptr;

use wm_sys::heap;

#[cfg(feature = "client")]
pub use self::client::ServerName;
pub use self::handshake::Handshake;
pub use self::reading::Read;
use super::engine::Engine;
use super::error::{Alert, CertificateFault, Error, ErrorKind, check};
use super::identity::Identity;
use super::parking::Parking;
use super::policy::Role;
use super::raw;
use super::server_config::ServerConfig;
use super::settings::{Settings, identities_pointer};
use super::shared::Shared;
use super::verify::{Verifier, verify};
use super::wire::{self, Bio, Wire};

/// One side of a TLS connection. It does no I/O: each call is lent the wire for its time.
///
/// First [`handshake_step`](Self::handshake_step) until it is [`Done`](Handshake::Done), then [`read`](Self::read) when bytes have
/// arrived, [`write`](Self::write) when there is something to say and room for it, [`close`](Self::close) at the end. A session
/// that failed stays failed; an alert that tells the peer may still have to be [flushed](Self::flush).
///
/// A session takes about 30 KB while it is in its handshake, 23 KB while it has record buffers, and 1.4 KB while it is
/// [parked](Self::park).
pub struct Session(ManuallyDrop<Box<Inner>>);

// Boxed, because C keeps pointers into it: to the verifier.
pub(super) struct Inner {
    pub(super) ssl: raw::mbedtls_ssl_context,
    pub(super) settings: Shared<Settings>,
    /// Held while a handshake may point to them.
    identities: Option<Shared<Vec<Identity>>>,
    verifier: Verifier,
    pub(super) parking: Parking,
    /// Of a server that has dropped its session.
    pub(super) cipher_suite: c_int,
    life: Life,
    close_sent: bool,
    /// Of a server that has looked into a client's hello.
    #[cfg(feature = "security-small")]
    has_seen_hello: bool,
    /// Of the sessions that end when a worker has done its step, the next.
    pub(super) next_buried: Option<Box<Inner>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Life {
    Handshaking,
    Established,
    /// The peer will send nothing more.
    PeerClosed,
    Failed,
}

impl Session {
    /// The server's side of a new connection.
    ///
    /// # Errors
    /// [`NoMemory`](ErrorKind::NoMemory).
    pub fn server(config: &ServerConfig) -> Result<Session, Error> {
        let mut session = Session::new(config.settings())?;
        let inner = &mut *session.0;
        inner.identities = inner.settings.identities();
        if let Some(identities) = &inner.identities {
            inner.ssl.private_user_data.p = identities_pointer(identities);
        }
        Ok(session)
    }

    fn new(settings: &Shared<Settings>) -> Result<Session, Error> {
        settings.policy.engine.quiet();
        let mut inner = heap::try_box(Inner {
            ssl: Default::default(),
            settings: settings.clone(),
            identities: None,
            verifier: settings.policy.verifier.clone(),
            parking: Parking::default(),
            cipher_suite: 0,
            life: Life::Handshaking,
            close_sent: false,
            #[cfg(feature = "security-small")]
            has_seen_hello: false,
            next_buried: None,
        })?;
        let Inner { ssl, settings, .. } = &mut *inner;
        // SAFETY: zeroed is initialised (`mbedtls_ssl_init`); the configuration lives as long as the session, and does not move.
        let setup = || unsafe { raw::mbedtls_ssl_setup(ssl, settings.as_ptr()) };
        check(settings.policy.engine.pool().during_setup(setup))?;
        let verifier = (&raw const inner.verifier).cast_mut().cast();
        // SAFETY: the context is set up; the verifier is boxed with it.
        unsafe { raw::mbedtls_ssl_set_verify(&mut inner.ssl, Some(verify), verifier) };
        Ok(Session(ManuallyDrop::new(inner)))
    }

    /// Whether the handshake is over, and the session has not failed.
    pub fn is_established(&self) -> bool {
        matches!(self.0.life, Life::Established | Life::PeerClosed)
    }

    /// Lends the wire to the library for the time of one call.
    #[inline(never)]
    fn call(
        &mut self,
        wire: &mut dyn Wire,
        call: &mut dyn FnMut(*mut raw::mbedtls_ssl_context) -> c_int,
    ) -> Outcome {
        let ssl = &raw mut self.0.ssl;
        let mut bio = Bio::new(wire);
        let pointer = (&raw mut bio).cast();
        // SAFETY: the context is set up; the wire is taken away before its borrow ends.
        unsafe { raw::mbedtls_ssl_set_bio(ssl, pointer, Some(wire::send), Some(wire::receive), None) };
        let code = call(ssl);
        // SAFETY: as above.
        unsafe { raw::mbedtls_ssl_set_bio(ssl, ptr::null_mut(), None, None, None) };
        let Bio { alert, sent, starved, ends, .. } = bio;
        self.0.note_use(ends);
        Outcome { code, seen: Seen { alert, sent, starved } }
    }

    /// Tells the peer that the session is over. What the wire does not take is flushed later.
    #[cold]
    fn send_alert(&mut self, wire: &mut dyn Wire, alert: u8) -> Outcome {
        const FATAL: u8 = raw::MBEDTLS_SSL_ALERT_LEVEL_FATAL as u8;
        // SAFETY: the context is set up, has the output buffer, and is lent a wire.
        self.call(wire, &mut |ssl| unsafe { raw::mbedtls_ssl_send_alert_message(ssl, FATAL, alert) })
    }

    /// The session is over: why.
    fn fail(&mut self, code: c_int, seen: Seen) -> Error {
        let inner = &mut *self.0;
        inner.life = Life::Failed;
        let mut error = Error::from_code(code);
        error.alert = match code {
            raw::MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE => inner.received_alert(),
            raw::MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY => Some(Alert::Received(0)),
            raw::MBEDTLS_ERR_SSL_INVALID_MAC => {
                Some(Alert::Sent(raw::MBEDTLS_SSL_ALERT_MSG_BAD_RECORD_MAC as u8))
            }
            _ => seen.alert.or(inner.pended_alert()).map(Alert::Sent),
        };
        // SAFETY: the context is set up.
        let flags = unsafe { raw::mbedtls_ssl_get_verify_result(&inner.ssl) };
        if code == raw::MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY {
            error.kind = ErrorKind::RefusedByPeer;
        } else if code == raw::MBEDTLS_ERR_X509_CERT_VERIFY_FAILED && flags != u32::MAX {
            error.kind = ErrorKind::Certificate(CertificateFault::from_flags(flags));
        }
        error
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.0.settings.policy.engine
    }

    pub(super) fn inner(&self) -> &Inner {
        &self.0
    }

    pub(super) fn inner_mut(&mut self) -> &mut Inner {
        &mut self.0
    }
}

/// What a call of the library has come to.
#[derive(Clone, Copy)]
pub(crate) struct Outcome {
    code: c_int,
    seen: Seen,
}

/// What a call saw on the wire.
#[derive(Clone, Copy, Default)]
struct Seen {
    /// The alert that it sent in the clear.
    alert: Option<u8>,
    /// It sent something.
    sent: bool,
    /// It asked for bytes that have not arrived.
    starved: bool,
}

impl Inner {
    /// Whether the handshake is over and nothing of it waits to be sent; unlike `mbedtls_ssl_is_handshake_over`, which is true
    /// while a ticket waits in the output buffer.
    pub(super) fn is_over(&self) -> bool {
        self.ssl.private_state == raw::mbedtls_ssl_states_MBEDTLS_SSL_HANDSHAKE_OVER as c_int
    }

    /// Whether it is a client to which a ticket of TLS 1.3 may come: it still has what that needs, 5 KB.
    pub(super) fn expects_ticket(&self) -> bool {
        let Settings { policy, .. } = &*self.settings;
        policy.role != Role::Server && policy.resumption.tickets && !self.ssl.private_handshake.is_null()
    }

    /// The description of the fatal alert that was just read (RFC 8446 section 6).
    fn received_alert(&self) -> Option<Alert> {
        let message = self.ssl.private_in_msg;
        if self.ssl.private_in_buf.is_null() || message.is_null() {
            return None;
        }
        // SAFETY: the message lies in the input buffer, and an alert has two bytes.
        Some(Alert::Received(unsafe { message.add(1).read() }))
    }

    /// The alert that the library sent for its last error.
    fn pended_alert(&self) -> Option<u8> {
        Some(self.ssl.private_alert_type).filter(|&alert| alert != 0)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // SAFETY: the session is not used any more.
        let inner = unsafe { ManuallyDrop::take(&mut self.0) };
        let engine = inner.settings.policy.engine.clone();
        if !engine.is_quiet() {
            engine.bury(inner);
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.give_buffers_back();
        // SAFETY: set up or zeroed, which is the same to this function. The configuration and the identities are dropped after.
        unsafe { raw::mbedtls_ssl_free(&mut self.ssl) };
    }
}
