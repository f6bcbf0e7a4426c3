//! What a record said, in the place where it was decrypted.

use core::ptr::NonNull;
use core::slice;

use super::engine::Engine;
use super::pool::{Half, WHOLE};
use super::raw;
use super::session::Inner;

/// The plaintext of one record, owned: readable and changeable in place, while the session writes.
///
/// It is the session's input buffer, taken out: give it back with [`Session::restore`](super::Session::restore). One that is merely
/// dropped ends the reading side of its session.
pub struct Plaintext {
    /// The whole buffer.
    buffer: NonNull<u8>,
    /// What has not been advanced over, inside it.
    start: NonNull<u8>,
    length: usize,
    engine: Engine,
}

impl Plaintext {
    /// The bytes that have not been advanced over.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: they lie in the buffer, which this owns alone, and were decrypted.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }

    /// The same bytes, to be changed in place: to unmask.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`; `&mut self` makes the access exclusive.
        unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.length) }
    }

    /// Leaves `count` bytes behind; more than there are means all.
    pub fn advance(&mut self, count: usize) {
        let count = count.min(self.length);
        // SAFETY: the bytes belong to the buffer, and are not read again; what lies behind them does too, or is its end.
        unsafe {
            raw::zeroize(self.start.as_ptr(), count);
            self.start = self.start.add(count);
        }
        self.length = self.length.saturating_sub(count);
    }

    /// Whether all bytes have been advanced over.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

impl Drop for Plaintext {
    fn drop(&mut self) {
        // SAFETY: the buffer is a session's input buffer, which the session has forgotten.
        unsafe { self.engine.pool().give_back(Half::Input, self.buffer, WHOLE) };
    }
}

impl Inner {
    /// Takes the input buffer with a decrypted record out of the context; `None` when there is no such record. The output half goes
    /// on without it.
    pub(super) fn lend_plaintext(&mut self) -> Option<Plaintext> {
        let ssl = &mut self.ssl;
        let start = NonNull::new(ssl.private_in_offt)?;
        let buffer = NonNull::new(ssl.private_in_buf)?;
        ssl.private_in_buf = core::ptr::null_mut();
        Some(Plaintext {
            buffer,
            start,
            length: ssl.private_in_msglen,
            engine: self.settings.policy.engine.clone(),
        })
    }

    /// Puts it back, as `mbedtls_ssl_read` would have left it.
    pub(super) fn take_back(&mut self, plaintext: Plaintext) {
        let ssl = &mut self.ssl;
        let is_ours = ssl.private_in_buf.is_null() && plaintext.start_lies_behind(ssl.private_in_offt);
        if !is_ours {
            return; // another session's: its buffer goes to the pool
        }
        let plaintext = core::mem::ManuallyDrop::new(plaintext);
        ssl.private_in_buf = plaintext.buffer.as_ptr();
        ssl.private_in_msglen = plaintext.length;
        if plaintext.length == 0 {
            ssl.private_in_offt = core::ptr::null_mut();
            ssl.private_keep_current_message = 0;
        } else {
            ssl.private_in_offt = plaintext.start.as_ptr();
        }
        // SAFETY: it is not dropped, so its engine is taken out once.
        drop(unsafe { core::ptr::read(&plaintext.engine) });
    }
}

impl Plaintext {
    /// Whether this was lent by the context that points to `lent`.
    fn start_lies_behind(&self, lent: *mut u8) -> bool {
        let buffer = self.buffer.addr().get();
        (buffer..=self.start.addr().get()).contains(&lent.addr())
    }
}
