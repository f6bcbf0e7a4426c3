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
        // Of what follows the first record nothing is looked at: another piece of the same hello, or the one after a request for another key
        // share, which has named the suite already (section 4.1.4).
        let is_first = !self.0.has_seen_hello;
        let preferred = self
            .0
            .settings
            .preferring()
            .filter(|_| is_awaited && is_first)
            .map(|preferring| preferring.suite);
        let Some(preferred) = preferred else { return Ok(()) };
        let &[HANDSHAKE, _, _, upper, lower] = self.fetch(wire, HEADER)? else { return Ok(()) };
        let length = usize::from(u16::from_be_bytes([upper, lower]));
        if length > raw::MBEDTLS_SSL_IN_CONTENT_LEN as usize {
            return Ok(());
        }
        let record = self.fetch(wire, HEADER.saturating_add(length))?;
        let suites = record.get(HEADER..).and_then(cipher_suites).unwrap_or_default();
        let is_known = suites.chunks_exact(2).any(|suite| suite == preferred.to_be_bytes());
        let Inner { ssl, settings, has_seen_hello, .. } = self.inner_mut();
        *has_seen_hello = true;
        if let Some(preferring) = settings.preferring().filter(|_| is_known) {
            ssl.private_conf = preferring.as_ptr();
        }
        Ok(())
    }

    /// The first `length` bytes of what has arrived, which stay there for the library.
    fn fetch(&mut self, wire: &mut dyn Wire, length: usize) -> Result<&[u8], Outcome> {
        // SAFETY: the context is set up, has the input buffer, and is lent a wire.
        let outcome = self.call(wire, &mut |ssl| unsafe { raw::mbedtls_ssl_fetch_input(ssl, length) });
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

#[cfg(all(test, feature = "client", feature = "security"))]
mod tests {
    use std::collections::VecDeque;
    use std::vec::Vec;

    use crate::tls::tests::{End, KEY, server_with_p256_alone, turn};
    use crate::tls::{CipherSuite, ClientConfig, Engine, Handshake, ServerName, Session};

    /// A server that asks for another key share has named its suite with that (RFC 8446 section 4.1.4), and keeps to it, though it sees only
    /// in the second hello that the client knows its first one.
    #[test]
    fn the_suite_of_a_retry_is_that_of_the_handshake() {
        let _turn = turn();
        let engine = Engine::new().unwrap();
        let client = ClientConfig::builder(&engine).preshared_key(b"me", KEY).unwrap();
        let suites = [CipherSuite::TLS_AES_128_GCM_SHA256, CipherSuite::TLS_CHACHA20_POLY1305_SHA256];
        let client = client.ciphers(&suites).unwrap().build().unwrap();
        let mut client = Session::client(&client, ServerName::Dns("device"), None).unwrap();
        let mut server = Session::server(&server_with_p256_alone(&engine)).unwrap();
        let (mut up, mut down) = (VecDeque::new(), VecDeque::new());
        while up.is_empty() {
            client.handshake_step(&mut End(&mut down, &mut up)).unwrap();
        }
        // The first hello comes in two records, of which neither has all of the suites.
        let hello: Vec<u8> = up.drain(5..).collect();
        let (start, end) = hello.split_at(60);
        up.clear();
        for part in [start, end] {
            up.extend([22, 3, 1, 0, 0]);
            let length = up.len() - 2;
            (up[length], up[length + 1]) = ((part.len() >> 8) as u8, part.len() as u8);
            up.extend(part);
        }
        let mut arrived = VecDeque::new();
        for _ in 0..100 {
            while let Some(byte) = up.pop_front() {
                arrived.push_back(byte);
                while server.handshake_step(&mut End(&mut arrived, &mut down)).unwrap() == Handshake::Step {}
            }
            let step = client.handshake_step(&mut End(&mut down, &mut up)).unwrap();
            if step == Handshake::Done && server.is_established() {
                return;
            }
        }
        panic!("the handshake does not end");
    }
}
