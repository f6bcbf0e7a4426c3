//! Memory for the ciphers of TLS 1.3.
//!
//! Where keys change Mbed TLS sets up two ciphers, one for each direction. If there is memory for one alone, version 3.6.5 forgets that one
//! (CVE-2026-93843): whoever keeps memory short loses some with each handshake, for good. So what both need is allocated before, or the
//! handshake ends there.

use core::cell::Cell;
use core::ffi::c_void;
use core::ptr::NonNull;

use wm_sys::heap::OutOfMemory;

use super::raw;

/// Two blocks, while a step is done that may need them.
#[derive(Default)]
pub(super) struct Reserve([Cell<Option<NonNull<c_void>>>; 2]);

/// What the contexts of ciphers measure.
const SIZES: &[usize] = &[
    size_of::<raw::mbedtls_gcm_context>(),
    #[cfg(feature = "security-chacha20")]
    size_of::<raw::mbedtls_chachapoly_context>(),
];

/// The longest one.
const LENGTH: usize = {
    let (mut longest, mut sizes) = (0, SIZES);
    while let [size, rest @ ..] = sizes {
        (longest, sizes) = (if *size > longest { *size } else { longest }, rest);
    }
    longest
};

impl Reserve {
    pub(super) fn fill(&self) -> Result<(), OutOfMemory> {
        for place in &self.0 {
            // SAFETY: `wm_port_calloc` takes any size.
            let block = NonNull::new(unsafe { raw::wm_port_calloc(1, LENGTH) });
            place.set(block);
            if block.is_none() {
                self.empty();
                return Err(OutOfMemory);
            }
        }
        Ok(())
    }

    /// Answers the library's allocation if it is one for a cipher, and there is a block: that, if there is no other memory of just this size, for
    /// it is held as long as the session.
    pub(super) fn serve(&self, count: usize, size: usize) -> Option<*mut c_void> {
        if count != 1 || !SIZES.contains(&size) {
            return None;
        }
        let block = self.0.iter().find_map(Cell::take)?;
        if size < LENGTH {
            // SAFETY: `wm_port_calloc` takes any size, and the block came from there.
            unsafe {
                if let Some(fitting) = NonNull::new(raw::wm_port_calloc(1, size)) {
                    raw::wm_port_free(block.as_ptr());
                    return Some(fitting.as_ptr());
                }
            }
        }
        Some(block.as_ptr())
    }

    /// Gives back what was not needed.
    pub(super) fn empty(&self) {
        for block in self.0.iter().filter_map(Cell::take) {
            // SAFETY: it is ours, and came from `wm_port_calloc`.
            unsafe { raw::wm_port_free(block.as_ptr()) };
        }
    }
}
