//! What the tests of this layer share.
#![cfg(feature = "client")]

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use wm_sys::host::VirtualPlatform;

use super::Wire;

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

/// Mbed TLS is one per process.
pub(in crate::tls) fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    VirtualPlatform::install();
    turn
}
