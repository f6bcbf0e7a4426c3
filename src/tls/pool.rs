//! Record buffers that are not in use.
//!
//! A session needs two: about 16.7 KB for records that arrive, 4.5 KB for those that leave. Idle sessions give theirs back; what is
//! kept here need not be found in one piece on the heap when the next one wakes.

use core::cell::Cell;
use core::ffi::c_void;
use core::ptr::{self, NonNull};

use super::raw;

/// More bytes than any buffer has: all of one are to be wiped.
pub(super) const WHOLE: usize = usize::MAX;

/// Which of a session's buffers.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Half {
    Input,
    Output,
}

/// Free buffers of both kinds, each a list through the first word of its buffers. All other bytes are zero.
pub(super) struct Pool {
    input: Shelf,
    output: Shelf,
    /// Buffers of each kind that are kept.
    limit: Cell<usize>,
    /// The buffer that `mbedtls_ssl_setup` asks for next.
    setup: Cell<Option<Half>>,
}

#[derive(Default)]
struct Shelf {
    /// What a buffer measures: the library says so when it first asks for one.
    size: Cell<usize>,
    first: Cell<Option<NonNull<c_void>>>,
    count: Cell<usize>,
}

impl Pool {
    pub(super) fn new() -> Self {
        Pool {
            input: Shelf::default(),
            output: Shelf::default(),
            limit: Cell::new(0),
            setup: Cell::new(None),
        }
    }

    pub(super) fn keep(&self, pairs: usize) {
        self.limit.set(pairs);
        for shelf in [&self.input, &self.output] {
            while shelf.count.get() > pairs {
                if let Some(buffer) = shelf.take() {
                    // SAFETY: it is ours, and came from `wm_port_calloc`.
                    unsafe { raw::wm_port_free(buffer.as_ptr()) };
                }
            }
        }
    }

    /// Runs `mbedtls_ssl_setup`, whose first two allocations are the record buffers, input first.
    pub(super) fn during_setup<R>(&self, setup: impl FnOnce() -> R) -> R {
        self.setup.set(Some(Half::Input));
        let result = setup();
        self.setup.set(None);
        result
    }

    /// Answers the library's allocation if it is one of those two. `None`: it is not, or there is no buffer of that kind.
    pub(super) fn serve_setup(&self, count: usize, size: usize) -> Option<*mut c_void> {
        let half = self.setup.get()?;
        self.setup.set((half == Half::Input).then_some(Half::Output));
        let shelf = self.shelf(half);
        shelf.size.set(count.saturating_mul(size));
        shelf.take().map(NonNull::as_ptr)
    }

    /// A zeroed buffer from here or from the heap; `None`: neither has one.
    pub(super) fn take(&self, half: Half) -> Option<NonNull<u8>> {
        let shelf = self.shelf(half);
        // SAFETY: `wm_port_calloc` takes any size.
        let fresh = || NonNull::new(unsafe { raw::wm_port_calloc(1, shelf.size.get()) });
        shelf.take().or_else(fresh).map(NonNull::cast)
    }

    /// Takes a buffer back, without what was in its first `used` bytes, or in [`WHOLE`] of it; the others are zero.
    ///
    /// # Safety
    /// `buffer` is one of the two that `mbedtls_ssl_setup` allocated in [`during_setup`](Self::during_setup), or came from
    /// [`take`](Self::take), for that half; and nobody uses it any more.
    pub(super) unsafe fn give_back(&self, half: Half, buffer: NonNull<u8>, used: usize) {
        let shelf = self.shelf(half);
        // SAFETY: it has the size that the library asked for.
        unsafe { raw::zeroize(buffer.as_ptr(), used.min(shelf.size.get())) };
        if shelf.count.get() < self.limit.get() {
            // SAFETY: by contract it is unused, aligned by the heap and longer than a pointer.
            unsafe { shelf.put(buffer.cast()) };
        } else {
            // SAFETY: it came from `wm_port_calloc`.
            unsafe { raw::wm_port_free(buffer.as_ptr().cast()) };
        }
    }

    fn shelf(&self, half: Half) -> &Shelf {
        match half {
            Half::Input => &self.input,
            Half::Output => &self.output,
        }
    }
}

impl Shelf {
    fn take(&self) -> Option<NonNull<c_void>> {
        let buffer = self.first.get()?;
        let link = buffer.cast::<*mut c_void>();
        // SAFETY: buffers on the list begin with the link to the next.
        unsafe {
            self.first.set(NonNull::new(link.read()));
            link.write(ptr::null_mut());
        }
        self.count.set(self.count.get().saturating_sub(1));
        Some(buffer)
    }

    /// # Safety
    /// `buffer` is unused, aligned for a pointer and at least as long.
    unsafe fn put(&self, buffer: NonNull<c_void>) {
        let next = self.first.replace(Some(buffer)).map_or(ptr::null_mut(), NonNull::as_ptr);
        // SAFETY: by contract.
        unsafe { buffer.cast::<*mut c_void>().write(next) };
        self.count.set(self.count.get().saturating_add(1));
    }
}
