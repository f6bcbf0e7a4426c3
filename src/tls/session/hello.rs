//! What a client offers, looked at before Mbed TLS does: in TLS 1.3 that takes the client's order of cipher suites, and most clients put first
//! what their processors have instructions for.

use core::ffi::c_int;
use core::slice;

use super::{Inner, Outcome, Session};
use crate::tls::raw;
use crate::tls::wire::Wire;

/// Bytes of a record's header: type, version, length (RFC 8446 section 5.1).
const HEADER: usize = 5;

const HANDSHAKE: u8 = raw::MBEDTLS_SSL_MSG_HANDSHAKE as u8;
const CLIENT_HELLO: u8 = raw::MBEDTLS_SSL_HS_CLIENT_HELLO as u8;

impl Session {
    /// If it is the turn of a hello, fetches the record of that, and takes the configuration that prefers our first suite if the client knows it.
    /// What is no hello is left to the library.
    ///
    /// # Errors
    /// The step cannot be done yet, or ever: its outcome.
    pub(super) fn look_at_hello(&mut self, wire: &mut dyn Wire) -> Result<(), Outcome> {
        let ssl = &self.0.ssl;
        // A hello of TLS 1.2 was read by what knows TLS 1.3, and waits for what knows the other.
        let is_awaited = ssl.private_state == raw::mbedtls_ssl_states_MBEDTLS_SSL_CLIENT_HELLO as c_int
            && ssl.private_keep_current_message == 0;
        let preferred =
            self.0.settings.preferring().filter(|_| is_awaited).map(|preferring| preferring.suite);
        let Some(preferred) = preferred else { return Ok(()) };
        let &[HANDSHAKE, _, _, upper, lower] = self.fetch(wire, HEADER)? else { return Ok(()) };
        let length = usize::from(u16::from_be_bytes([upper, lower]));
        if length > raw::MBEDTLS_SSL_IN_CONTENT_LEN as usize {
            return Ok(());
        }
        let record = self.fetch(wire, HEADER.saturating_add(length))?;
        let suites = record.get(HEADER..).and_then(cipher_suites).unwrap_or_default();
        let is_known = suites.chunks_exact(2).any(|suite| suite == preferred.to_be_bytes());
        let Inner { ssl, settings, .. } = self.inner_mut();
        if let Some(preferring) = settings.preferring().filter(|_| is_known) {
            ssl.private_conf = preferring.as_ptr();
        }
        Ok(())
    }

    /// The first `length` bytes of what has arrived, which stay there for the library.
    fn fetch(&mut self, wire: &mut dyn Wire, length: usize) -> Result<&[u8], Outcome> {
        // SAFETY: the context is set up, has the input buffer, and is lent a wire.
        let outcome = self.call(wire, |ssl| unsafe { raw::mbedtls_ssl_fetch_input(ssl, length) });
        if outcome.code != 0 {
            return Err(outcome);
        }
        // SAFETY: so many bytes have arrived, in the input buffer, which nobody changes while the session is borrowed.
        Ok(unsafe { slice::from_raw_parts(self.0.ssl.private_in_hdr, length) })
    }
}

/// The cipher suites of a hello, if that and they are all in the record (RFC 8446 section 4.1.2).
fn cipher_suites(message: &[u8]) -> Option<&[u8]> {
    const VERSION_AND_RANDOM: usize = 34;
    let (&[CLIENT_HELLO, _, _, _], body) = message.split_first_chunk()? else { return None };
    let (&session_id, rest) = body.get(VERSION_AND_RANDOM..)?.split_first()?;
    let (length, rest) = rest.get(session_id.into()..)?.split_first_chunk()?;
    rest.get(..u16::from_be_bytes(*length).into())
}
