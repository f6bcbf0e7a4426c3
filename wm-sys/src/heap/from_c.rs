//! Rust's global allocator over `wm_port.h`'s heap.

use core::alloc::{GlobalAlloc, Layout};
use core::ffi::c_void;
use core::ptr;

use super::ALIGNMENT;

unsafe extern "C" {
    fn wm_port_malloc(size: usize) -> *mut c_void;
    fn wm_port_calloc(count: usize, size: usize) -> *mut c_void;
    fn wm_port_free(block: *mut c_void);
}

/// The C firmware's heap as a Rust allocator. The feature `c-heap` installs it.
///
/// Blocks that need more than [`ALIGNMENT`] cost their alignment on top of their size.
#[derive(Clone, Copy, Debug, Default)]
pub struct CHeap;

#[global_allocator]
static HEAP: CHeap = CHeap;

// SAFETY: blocks come from the C heap, which `wm_port.h` requires to align to ALIGNMENT; larger alignments are
// met by `alloc_overaligned`. `dealloc` takes the same branch as the `alloc` of the same layout. Nothing unwinds.
unsafe impl GlobalAlloc for CHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > ALIGNMENT {
            return alloc_overaligned(layout);
        }
        // SAFETY: `wm_port_malloc` takes any size.
        unsafe { wm_port_malloc(layout.size()) }.cast()
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.align() <= ALIGNMENT {
            // SAFETY: `wm_port_calloc` takes any size.
            return unsafe { wm_port_calloc(1, layout.size()) }.cast();
        }
        let block = alloc_overaligned(layout);
        if !block.is_null() {
            // SAFETY: `block` is valid for `layout.size()` bytes.
            unsafe { block.write_bytes(0, layout.size()) };
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: `block` came from `alloc` with this layout: either straight from C, or with the pointer that C
        // gave stored right in front of it by `alloc_overaligned`.
        unsafe {
            let start = if layout.align() > ALIGNMENT {
                block.cast::<*mut c_void>().sub(1).read()
            } else {
                block.cast()
            };
            wm_port_free(start);
        }
    }
}

/// Finds the aligned place inside a larger block, and stores the block's start in front of that place.
fn alloc_overaligned(layout: Layout) -> *mut u8 {
    let Some(size) = layout.size().checked_add(layout.align()) else { return ptr::null_mut() };
    // SAFETY: `wm_port_malloc` takes any size.
    let start = unsafe { wm_port_malloc(size) }.cast::<u8>();
    if start.is_null() {
        return ptr::null_mut();
    }
    let offset = layout.align() - start.addr() % layout.align();
    // SAFETY: `start` is a multiple of ALIGNMENT and `align` a larger power of two, so `offset` is at least
    // ALIGNMENT, which holds a pointer, and at most `align`; so `layout.size()` bytes fit behind it.
    unsafe {
        let block = start.add(offset);
        block.cast::<*mut u8>().sub(1).write(start);
        block
    }
}

const _: () = assert!(size_of::<*mut u8>() <= ALIGNMENT);
