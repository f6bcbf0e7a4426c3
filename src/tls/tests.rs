//! What the tests of this layer share.
#![cfg(feature = "client")]

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use wm_sys::host::VirtualPlatform;

use super::Wire;
#[cfg(feature = "security")]
use super::{Engine, ServerConfig, raw};

/// Two queues of bytes, seen from one end.
pub(in crate::tls) struct End<'q>(pub &'q mut VecDeque<u8>, pub &'q mut VecDeque<u8>);

impl Wire for End<'_> {
    fn receive(&mut self, buffer: &mut [u8]) -> usize {
        let length = buffer.len().min(self.0.len());
        buffer.iter_mut().zip(self.0.drain(..length)).for_each(|(place, byte)| *place = byte);
        length
    }
    fn send(&mut self, bytes: &[u8]) -> usize {
        self.1.extend(bytes);
        bytes.len()
    }
}

/// What they and their clients know.
#[cfg(feature = "security")]
pub(in crate::tls) const KEY: &[u8] = b"sixteen bytes...";

/// A server that agrees on keys by P-256 alone: it asks clients, whose first choice that is not, for another key share.
#[cfg(feature = "security")]
pub(in crate::tls) fn server_with_p256_alone(engine: &Engine) -> ServerConfig {
    static GROUPS: [u16; 2] =
        [raw::MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1 as u16, raw::MBEDTLS_SSL_IANA_TLS_GROUP_NONE as u16];
    let server = ServerConfig::builder(engine).preshared_key(b"me", KEY).unwrap().build().unwrap();
    let settings = server.settings();
    for configuration in [settings.as_ptr(), settings.preferring().unwrap().as_ptr()] {
        // SAFETY: no session has it yet; the list is static.
        unsafe { raw::mbedtls_ssl_conf_groups(configuration.cast_mut(), GROUPS.as_ptr()) };
    }
    server
}

/// Mbed TLS is one per process.
pub(in crate::tls) fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    VirtualPlatform::install();
    turn
}
