//! TLS, where there is some: its handshake, its failure, its memory.

use wm_sys::Instant;

use super::Transport;
use crate::net::Stack;
use crate::server::secure::{Progress, Secure};
use crate::server::services::Shared;

impl Transport {
    pub(in crate::server) fn is_secure(&self) -> bool {
        self.secure.is_some()
    }

    /// Whether there was TLS, and it failed: nothing can be said or understood any more.
    pub(in crate::server) fn has_failed(&self) -> bool {
        self.secure.as_ref().is_some_and(Secure::has_failed)
    }

    /// Whether there is TLS, and an end of it would be none that the peer has spoken of (RFC 8446 section 6.1).
    #[cfg(feature = "client")]
    pub(in crate::server) fn is_cut_off(&self) -> bool {
        self.secure.as_ref().is_some_and(Secure::is_cut_off)
    }

    /// From here on what is sent and what arrives is in records.
    #[cfg(feature = "client")]
    pub(in crate::server) fn begin_tls(&mut self, secure: Secure) {
        self.secure = Some(secure);
    }

    /// Does a step of the handshake.
    pub(in crate::server) fn open(&mut self, shared: &mut Shared) -> Progress {
        match &mut self.secure {
            Some(secure) => secure.open(shared, &mut self.stream),
            None => Progress::Done,
        }
    }

    /// Has the connection visited if it has waited for the worker.
    pub(in crate::server) fn wake_waiting(&mut self, stack: &mut Stack) {
        if self.secure.as_mut().is_some_and(Secure::take_wait) {
            self.stream.wake_in(stack);
        }
    }

    /// Whether a client's hello has been read, all of it.
    pub(in crate::server) fn has_heard_hello(&self) -> bool {
        self.secure.as_ref().is_some_and(Secure::has_heard_hello)
    }

    /// Whether it waits for the worker.
    pub(in crate::server) fn waits(&self) -> bool {
        self.secure.as_ref().is_some_and(Secure::waits)
    }

    /// Why TLS has failed, if it has.
    #[cfg(all(feature = "client", feature = "security-tls12"))]
    pub(in crate::server) fn tls_error(&self) -> Option<crate::tls::Error> {
        self.secure.as_ref().and_then(Secure::error)
    }

    /// The certificate that the peer has shown.
    #[cfg(feature = "security-tls12")]
    pub(in crate::server) fn peer_certificate(&self) -> Option<crate::tls::PeerCertificate<'_>> {
        self.secure.as_ref().and_then(Secure::peer_certificate)
    }

    /// What the next session with the same server can resume from.
    #[cfg(all(feature = "client", feature = "security-tls12"))]
    pub(in crate::server) fn saved_session(&self) -> Option<crate::tls::SavedSession> {
        self.secure.as_ref().and_then(Secure::saved)
    }

    /// The first byte that waits, without taking it.
    pub(in crate::server) fn first_byte(&mut self, shared: &mut Shared) -> Option<u8> {
        shared.stack.enter(|core| {
            let segment = self.stream.receive(core).ok()??;
            let first = segment.bytes().first().copied();
            self.stream.restore(core, segment);
            first
        })
    }

    /// From here on bytes are what they are.
    pub(in crate::server) fn give_up_tls(&mut self, shared: &mut Shared) {
        if let Some(secure) = self.secure.take() {
            secure.leave(&mut shared.slots);
        }
    }

    /// When memory can be given back, if nothing happens.
    pub(in crate::server) fn park_at(&self) -> Option<Instant> {
        self.secure.as_ref().map(Secure::park_at)
    }

    /// Gives it back if it is time for that.
    pub(in crate::server) fn park(&mut self, now: Instant) {
        if let Some(secure) = &mut self.secure {
            secure.park(now);
        }
    }
}
