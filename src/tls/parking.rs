//! Giving back what a session does not need: idle, its record buffers; after its handshake, what that and resumption leave behind.
//!
//! Of the record buffers of an idle stream session 8 bytes live: the counter of received records. Here is the inside of
//! Mbed TLS 3.6; its version is pinned, and the tests of this module fail when one of these facts changes. Both halves are parked and
//! woken on their own: writing needs the output half alone, reading needs both, because it may answer with an alert.

#[cfg(test)]
mod tests;

use core::ffi::c_int;
use core::ptr::{self, NonNull};

use super::error::{Error, ErrorKind};
use super::policy::Role;
use super::pool::{Half, WHOLE};
use super::raw;
use super::session::{Inner, Session};
use super::wire::Ends;

/// What is parked of a session.
pub(super) struct Parking {
    input: bool,
    output: bool,
    /// The record counter, while the buffer that holds it is away.
    counter: [u8; COUNTER],
    /// Bytes of each buffer, from its start on, in which something was: what has to be wiped. All of them until the first parking, because
    /// a handshake writes where it likes; from then on there are records, which come and go through the wire.
    input_used: usize,
    output_used: usize,
}

impl Default for Parking {
    fn default() -> Self {
        Parking { input: false, output: false, counter: [0; COUNTER], input_used: WHOLE, output_used: WHOLE }
    }
}

/// Bytes of a record's sequence number (RFC 5246 section 6.1), in front of the record's header.
const COUNTER: usize = 8;

impl Session {
    /// Gives the record buffers of an idle session back, and what TLS 1.3 left of its handshake; says whether no buffer is left.
    /// False: something is on its way, a part of a record for example; nothing is lost, try again later.
    ///
    /// What is given back goes to the pool ([`Engine::keep_buffers`](super::Engine::keep_buffers)) or to the heap. The session
    /// wakes by itself.
    pub fn park(&mut self) -> bool {
        self.inner_mut().park();
        self.is_parked()
    }

    /// Whether the session has no record buffers.
    pub fn is_parked(&self) -> bool {
        self.inner().parking.input && self.inner().parking.output
    }
}

impl Inner {
    pub(super) fn park(&mut self) {
        if self.settings.policy.engine.is_quiet() {
            self.drop_handshake();
        }
        if !self.is_idle() {
            return;
        }
        if self.input_is_idle() {
            self.park_input();
        }
        if self.output_is_idle() {
            self.park_output();
        }
    }

    /// Notes how far the buffers were used in a call.
    pub(super) fn note_use(&mut self, ends: Ends) {
        let Inner { ssl, parking, .. } = self;
        // An end that lies in front of the buffer is none.
        let used = |end: usize, buffer: *mut u8| end.saturating_sub(buffer.addr());
        parking.input_used = parking.input_used.max(used(ends.input, ssl.private_in_buf));
        parking.output_used = parking.output_used.max(used(ends.output, ssl.private_out_buf));
    }

    /// What must hold for both halves.
    fn is_idle(&self) -> bool {
        let ssl = &self.ssl;
        let is_tls12 =
            ssl.private_tls_version == raw::mbedtls_ssl_protocol_version_MBEDTLS_SSL_VERSION_TLS1_2;
        self.is_over()
            && ssl.private_session_negotiate.is_null()
            && (!is_tls12 || ssl.private_handshake.is_null())
            && !ssl.private_transform_in.is_null()
            && !ssl.private_transform_out.is_null()
            && ssl.private_send_alert == 0
    }

    /// No byte of a record has arrived, no decrypted byte waits, no handshake message is in pieces.
    fn input_is_idle(&self) -> bool {
        let ssl = &self.ssl;
        let handshake_message_waits =
            ssl.private_in_hslen != 0 && ssl.private_in_hslen < ssl.private_in_msglen;
        !ssl.private_in_buf.is_null()
            && ssl.private_in_left == 0
            && ssl.private_in_offt.is_null()
            && ssl.private_keep_current_message == 0
            && ssl.private_badmac_seen_or_in_hsfraglen == 0
            && !handshake_message_waits
            && ssl.private_in_hdr == ssl.private_in_buf.wrapping_add(COUNTER)
    }

    /// No byte waits to be sent.
    fn output_is_idle(&self) -> bool {
        let ssl = &self.ssl;
        !ssl.private_out_buf.is_null()
            && ssl.private_out_left == 0
            && ssl.private_out_hdr == ssl.private_out_buf.wrapping_add(COUNTER)
    }

    fn park_input(&mut self) {
        let Some(buffer) = NonNull::new(self.ssl.private_in_buf) else { return };
        let counter = self.parking.counter.as_mut_ptr();
        let ssl = &mut self.ssl;
        // SAFETY: the counter lies in the input buffer; nothing else in it lives (`input_is_idle`).
        unsafe { ptr::copy_nonoverlapping(ssl.private_in_ctr, counter, COUNTER) };
        ssl.private_in_buf = ptr::null_mut();
        // The check for a renegotiation reads the counter without looking whether there is a buffer. The session is boxed.
        ssl.private_in_ctr = counter;
        ssl.private_in_hdr = ptr::null_mut();
        ssl.private_in_len = ptr::null_mut();
        ssl.private_in_iv = ptr::null_mut();
        ssl.private_in_msg = ptr::null_mut();
        ssl.private_in_msglen = 0;
        ssl.private_in_hslen = 0;
        self.parking.input = true;
        // SAFETY: it is the input buffer, and the context has forgotten it.
        unsafe { self.settings.policy.engine.pool().give_back(Half::Input, buffer, self.parking.input_used) };
    }

    fn park_output(&mut self) {
        let Some(buffer) = NonNull::new(self.ssl.private_out_buf) else { return };
        let ssl = &mut self.ssl;
        ssl.private_out_buf = ptr::null_mut();
        ssl.private_out_ctr = ptr::null_mut();
        ssl.private_out_hdr = ptr::null_mut();
        ssl.private_out_len = ptr::null_mut();
        ssl.private_out_iv = ptr::null_mut();
        ssl.private_out_msg = ptr::null_mut();
        self.parking.output = true;
        // SAFETY: it is the output buffer, and the context has forgotten it.
        unsafe {
            self.settings.policy.engine.pool().give_back(Half::Output, buffer, self.parking.output_used)
        };
    }

    /// Makes sure that a half has its buffer.
    pub(super) fn wake(&mut self, half: Half) -> Result<(), Error> {
        let (parked, buffer) = match half {
            Half::Input => (self.parking.input, self.ssl.private_in_buf),
            Half::Output => (self.parking.output, self.ssl.private_out_buf),
        };
        if !parked {
            // Without being parked it has none only while its plaintext is lent.
            return if buffer.is_null() { Err(Error::new(ErrorKind::Internal)) } else { Ok(()) };
        }
        let fresh = self.settings.policy.engine.pool().take(half).ok_or(Error::new(ErrorKind::NoMemory))?;
        match half {
            Half::Input => self.wake_input(fresh),
            Half::Output => self.wake_output(fresh),
        }
        Ok(())
    }

    fn wake_input(&mut self, buffer: NonNull<u8>) {
        let ssl = &mut self.ssl;
        ssl.private_in_buf = buffer.as_ptr();
        // SAFETY: the context has a zeroed input buffer of the library's size, at whose start the counter has its place.
        unsafe {
            raw::mbedtls_ssl_reset_in_pointers(ssl);
            ptr::copy_nonoverlapping(self.parking.counter.as_ptr(), ssl.private_in_ctr, COUNTER);
        }
        (self.parking.input, self.parking.input_used) = (false, COUNTER);
    }

    fn wake_output(&mut self, buffer: NonNull<u8>) {
        let ssl = &mut self.ssl;
        ssl.private_out_buf = buffer.as_ptr();
        // SAFETY: the context has a zeroed output buffer of the library's size, and a transform: it was parked.
        unsafe {
            raw::mbedtls_ssl_reset_out_pointers(ssl);
            raw::mbedtls_ssl_update_out_pointers(ssl, ssl.private_transform_out);
        }
        (self.parking.output, self.parking.output_used) = (false, COUNTER);
    }

    /// Drops what TLS 1.3 keeps of its handshake: 5 KB that nobody reads again, but a client to which a ticket comes.
    pub(super) fn drop_handshake(&mut self) {
        let over = self.is_over();
        let ssl = &mut self.ssl;
        let is_tls13 =
            ssl.private_tls_version == raw::mbedtls_ssl_protocol_version_MBEDTLS_SSL_VERSION_TLS1_3;
        let done = is_tls13 && over && ssl.private_session_negotiate.is_null();
        if !done || ssl.private_handshake.is_null() {
            return;
        }
        // SAFETY: both were allocated by the library, are reached from here alone once the handshake is over, and are forgotten.
        unsafe {
            raw::mbedtls_ssl_handshake_free(ssl);
            raw::mbedtls_free(ssl.private_handshake.cast());
            ssl.private_handshake = ptr::null_mut();
            raw::mbedtls_ssl_transform_free(ssl.private_transform_negotiate);
            raw::mbedtls_free(ssl.private_transform_negotiate.cast());
            ssl.private_transform_negotiate = ptr::null_mut();
        }
    }

    /// Drops what a server keeps of a session that can be resumed, its secrets among it: tickets and cache have their own. It stays where
    /// it says what may be asked, the peer's certificate, or what must be kept to, the length of records (RFC 6066 section 4).
    pub(super) fn drop_session(&mut self) {
        let ssl = &mut self.ssl;
        let Some(session) = NonNull::new(ssl.private_session) else { return };
        // SAFETY: it is the library's, and nobody changes it now.
        let kept = unsafe { session.as_ref() };
        let is_asked_for = !kept.private_peer_cert.is_null() || kept.private_mfl_code != 0;
        let is_negotiated = !ssl.private_session_negotiate.is_null();
        if self.settings.policy.role != Role::Server || is_asked_for || is_negotiated {
            return;
        }
        self.cipher_suite = kept.private_ciphersuite;
        ssl.private_session = ptr::null_mut();
        // Once the handshake is over these are the same.
        ssl.private_session_in = ptr::null_mut();
        ssl.private_session_out = ptr::null_mut();
        // SAFETY: the library has allocated it, and forgotten it.
        unsafe {
            raw::mbedtls_ssl_session_free(session.as_ptr());
            raw::mbedtls_free(session.as_ptr().cast());
        }
    }

    /// A ticket that comes afterwards is none: Mbed TLS has kept its message, and waits for a handshake to take it.
    pub(super) fn pass_over_ticket(&mut self) {
        let ssl = &mut self.ssl;
        let is_kept =
            ssl.private_state == raw::mbedtls_ssl_states_MBEDTLS_SSL_TLS1_3_NEW_SESSION_TICKET as c_int;
        if is_kept && ssl.private_handshake.is_null() {
            ssl.private_state = raw::mbedtls_ssl_states_MBEDTLS_SSL_HANDSHAKE_OVER as c_int;
            ssl.private_keep_current_message = 0;
        }
    }

    /// The session ends: its buffers are of use to others.
    pub(super) fn give_buffers_back(&mut self) {
        let ssl = &mut self.ssl;
        let pool = self.settings.policy.engine.pool();
        let buffers = [(Half::Input, &mut ssl.private_in_buf), (Half::Output, &mut ssl.private_out_buf)];
        for (half, pointer) in buffers {
            if let Some(buffer) = NonNull::new(core::mem::replace(pointer, ptr::null_mut())) {
                // SAFETY: it is that half's buffer, and the context has forgotten it.
                unsafe { pool.give_back(half, buffer, WHOLE) };
            }
        }
    }
}
