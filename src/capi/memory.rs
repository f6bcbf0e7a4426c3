//! Zeroed memory that C uses as it likes: per session, per virtual host.

use core::alloc::Layout;
use core::ffi::c_void;

use alloc::alloc::{alloc_zeroed, dealloc};

/// What `malloc` would align to.
pub(super) const ALIGNMENT: usize = 2 * size_of::<usize>();

/// A zeroed block, freed when dropped.
pub(super) struct Memory {
    start: *mut u8,
    layout: Layout,
}

impl Memory {
    /// `None` for no bytes at all, and without memory.
    pub(super) fn zeroed(size: usize) -> Option<Self> {
        let layout = Layout::from_size_align(size, ALIGNMENT).ok()?;
        if size == 0 {
            return None;
        }
        // SAFETY: the layout is not of size zero.
        let start = unsafe { alloc_zeroed(layout) };
        // Nothing is dropped without a block: `then` is lazy.
        (!start.is_null()).then(|| Memory { start, layout })
    }

    /// The same block, zeroed again, if it has this size: most connections are bound to one protocol time and again.
    pub(super) fn again(self, size: usize) -> Option<Self> {
        if self.layout.size() != size {
            return None;
        }
        // SAFETY: the block has this many bytes, and C's pointers into it end with the protocol that it was for.
        unsafe { self.start.write_bytes(0, size) };
        Some(self)
    }

    pub(super) fn as_ptr(&self) -> *mut c_void {
        self.start.cast()
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout, and nobody else frees it.
        unsafe { dealloc(self.start, self.layout) };
    }
}
