//! Where records come from and go to, for the time of one call.

use core::ffi::{c_int, c_uchar, c_void};
use core::slice;

use super::raw;

/// The bytes on both sides of a session: what has arrived, and room for what leaves. Neither call may block.
///
/// ```
/// use wm_websockets::tls::Wire;
///
/// /// Two buffers in memory.
/// struct Memory<'m> {
///     arrived: &'m [u8],
///     leaving: &'m mut Vec<u8>,
/// }
///
/// impl Wire for Memory<'_> {
///     fn receive(&mut self, buffer: &mut [u8]) -> usize {
///         let (now, later) = self.arrived.split_at(buffer.len().min(self.arrived.len()));
///         buffer[..now.len()].copy_from_slice(now);
///         self.arrived = later;
///         now.len()
///     }
///     fn send(&mut self, bytes: &[u8]) -> usize {
///         self.leaving.extend_from_slice(bytes);
///         bytes.len()
///     }
/// }
/// ```
pub trait Wire {
    /// Moves bytes that have arrived into `buffer`; says how many, 0 for none yet.
    fn receive(&mut self, buffer: &mut [u8]) -> usize;
    /// Takes bytes that are to leave; says how many, 0 for no room yet.
    fn send(&mut self, bytes: &[u8]) -> usize;
}

/// A wire, and what was seen on it.
pub(super) struct Bio<'w> {
    pub(super) wire: &'w mut dyn Wire,
    /// The alert that was last sent, if it was not encrypted.
    pub(super) alert: Option<u8>,
    /// Something was sent: in a call that reads that is an alert.
    pub(super) sent: bool,
    /// Bytes were asked for that have not arrived.
    pub(super) starved: bool,
    /// The address behind the last byte that was put into the input buffer, and behind the last one that came from the output buffer.
    pub(super) ends: Ends,
}

/// Addresses; 0: of nothing.
#[derive(Clone, Copy, Default)]
pub(super) struct Ends {
    pub(super) input: usize,
    pub(super) output: usize,
}

impl<'w> Bio<'w> {
    pub(super) fn new(wire: &'w mut dyn Wire) -> Self {
        Bio { wire, alert: None, sent: false, starved: false, ends: Ends::default() }
    }
}

const ALERT: u8 = raw::MBEDTLS_SSL_MSG_ALERT as u8;

/// # Safety
/// `bio` is a [`Bio`], and `bytes` valid for `length` bytes.
pub(super) unsafe extern "C" fn send(bio: *mut c_void, bytes: *const c_uchar, length: usize) -> c_int {
    // SAFETY: by contract, for the time of this call.
    let (bio, bytes) = unsafe { (&mut *bio.cast::<Bio<'_>>(), slice::from_raw_parts(bytes, length)) };
    if let &[ALERT, _, _, 0, 2, _level, description] = bytes {
        bio.alert = Some(description);
    }
    bio.sent = true;
    bio.ends.output = bio.ends.output.max(bytes.as_ptr_range().end.addr());
    match bio.wire.send(bytes).min(length) {
        0 => raw::MBEDTLS_ERR_SSL_WANT_WRITE,
        // Records are shorter than 2^15 bytes.
        taken => taken as c_int,
    }
}

/// # Safety
/// `bio` is a [`Bio`], and `buffer` valid for writes of `length` bytes.
pub(super) unsafe extern "C" fn receive(bio: *mut c_void, buffer: *mut c_uchar, length: usize) -> c_int {
    // SAFETY: by contract, for the time of this call; record buffers are allocated zeroed.
    let (bio, buffer) = unsafe { (&mut *bio.cast::<Bio<'_>>(), slice::from_raw_parts_mut(buffer, length)) };
    match bio.wire.receive(buffer).min(length) {
        0 => {
            bio.starved = true;
            raw::MBEDTLS_ERR_SSL_WANT_READ
        }
        moved => {
            bio.ends.input = bio.ends.input.max(buffer.as_ptr().addr().wrapping_add(moved));
            moved as c_int
        }
    }
}
