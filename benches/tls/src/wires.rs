//! A wire in memory: what has arrived, and what leaves.

use core::ffi::{c_int, c_uchar, c_void};
use core::slice;

use wm_websockets::tls::Wire;

/// Bytes on their way, oldest first.
#[derive(Default)]
pub struct Pipe {
    bytes: Vec<u8>,
    start: usize,
}

impl Pipe {
    fn take(&mut self, buffer: &mut [u8]) -> usize {
        let waiting = &self.bytes[self.start..];
        let count = waiting.len().min(buffer.len());
        buffer[..count].copy_from_slice(&waiting[..count]);
        self.start += count;
        if self.start == self.bytes.len() {
            self.bytes.clear();
            self.start = 0;
        }
        count
    }

    fn put(&mut self, bytes: &[u8]) -> usize {
        self.bytes.extend_from_slice(bytes);
        bytes.len()
    }
}

/// One side's two pipes.
#[derive(Default)]
pub struct Wires {
    arrived: Pipe,
    leaving: Pipe,
    starved: bool,
}

impl Wires {
    /// What leaves here arrives there; says how many bytes.
    pub fn carry_to(&mut self, other: &mut Wires) -> usize {
        let count = other.arrived.put(&self.leaving.bytes[self.leaving.start..]);
        self.discard();
        count
    }

    /// Whether bytes were asked for that have not arrived, since this was asked.
    pub fn was_starved(&mut self) -> bool {
        std::mem::take(&mut self.starved)
    }

    /// What leaves here is lost: nobody reads it.
    pub fn discard(&mut self) {
        self.leaving.bytes.clear();
        self.leaving.start = 0;
    }
}

impl Wire for Wires {
    fn receive(&mut self, buffer: &mut [u8]) -> usize {
        self.arrived.take(buffer)
    }

    fn send(&mut self, bytes: &[u8]) -> usize {
        self.leaving.put(bytes)
    }
}

/// The same as Mbed TLS's callback.
///
/// # Safety
/// `wires` is a [`Wires`] that nobody else uses now, and `bytes` valid for `length` bytes.
pub unsafe extern "C" fn send(wires: *mut c_void, bytes: *const c_uchar, length: usize) -> c_int {
    // SAFETY: by contract.
    let (wires, bytes) = unsafe { (&mut *wires.cast::<Wires>(), slice::from_raw_parts(bytes, length)) };
    wires.leaving.put(bytes) as c_int
}

/// The same as Mbed TLS's callback.
///
/// # Safety
/// `wires` is a [`Wires`] that nobody else uses now, and `buffer` initialised and valid for writes of `length` bytes.
pub unsafe extern "C" fn receive(wires: *mut c_void, buffer: *mut c_uchar, length: usize) -> c_int {
    // SAFETY: by contract.
    let (wires, buffer) = unsafe { (&mut *wires.cast::<Wires>(), slice::from_raw_parts_mut(buffer, length)) };
    match wires.arrived.take(buffer) {
        0 => {
            wires.starved = true;
            mbedtls::MBEDTLS_ERR_SSL_WANT_READ
        }
        count => count as c_int,
    }
}
