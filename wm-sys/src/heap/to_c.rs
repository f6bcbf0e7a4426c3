//! `wm_port.h`'s heap over Rust's global allocator.
//!
//! Rust wants a block's size back when it is freed and C does not tell, so each block is preceded by its size.

use core::alloc::Layout;
use core::ffi::c_void;
use core::ptr;

use super::ALIGNMENT;

/// In front of each block; as large as the alignment, so that the block behind it is aligned.
const HEADER: usize = ALIGNMENT;

const _: () = assert!(size_of::<usize>() <= HEADER);

/// `malloc` of `wm_port.h`: a block of `size` bytes aligned to [`ALIGNMENT`], or null.
#[unsafe(no_mangle)]
pub extern "C" fn wm_port_malloc(size: usize) -> *mut c_void {
    // SAFETY: `alloc` is asked for a layout that is not of size zero (`block` adds the header).
    block(size, |layout| unsafe { alloc::alloc::alloc(layout) })
}

/// `calloc` of `wm_port.h`: `count` times `size` zeroed bytes aligned to [`ALIGNMENT`], or null.
#[unsafe(no_mangle)]
pub extern "C" fn wm_port_calloc(count: usize, size: usize) -> *mut c_void {
    let Some(size) = count.checked_mul(size) else { return ptr::null_mut() };
    // SAFETY: as in `wm_port_malloc`.
    block(size, |layout| unsafe { alloc::alloc::alloc_zeroed(layout) })
}

/// `free` of `wm_port.h`. Null is allowed and does nothing.
///
/// # Safety
/// `block` is null or came from [`wm_port_malloc`] or [`wm_port_calloc`] and was not freed since.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wm_port_free(block: *mut c_void) {
    if block.is_null() {
        return;
    }
    // SAFETY: the caller vouches that `block` is ours: it has a header in front of it that holds its size, and
    // the layout computed from that size is the one it was allocated with.
    unsafe {
        let start = block.cast::<u8>().sub(HEADER);
        let size = start.cast::<usize>().read();
        alloc::alloc::dealloc(start, Layout::from_size_align_unchecked(size + HEADER, ALIGNMENT));
    }
}

/// Takes header and block from `allocate`, notes the size, and gives out what lies behind the header.
fn block(size: usize, allocate: impl FnOnce(Layout) -> *mut u8) -> *mut c_void {
    let Some(layout) =
        size.checked_add(HEADER).and_then(|size| Layout::from_size_align(size, ALIGNMENT).ok())
    else {
        return ptr::null_mut();
    };
    let start = allocate(layout);
    if start.is_null() {
        return ptr::null_mut();
    }
    // SAFETY: `start` begins a fresh allocation of at least HEADER bytes, aligned for a `usize`.
    unsafe {
        start.cast::<usize>().write(size);
        start.add(HEADER).cast()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::slice;

    #[test]
    fn blocks_are_aligned_writable_and_apart() {
        let blocks: [*mut u8; 8] = core::array::from_fn(|size| wm_port_malloc(size).cast());
        for (size, &block) in blocks.iter().enumerate() {
            assert!(!block.is_null());
            assert_eq!(block.addr() % ALIGNMENT, 0);
            // SAFETY: `block` has `size` bytes.
            unsafe { block.write_bytes(size as u8, size) };
        }
        for (size, &block) in blocks.iter().enumerate() {
            // SAFETY: as above, and the bytes were written.
            let bytes = unsafe { slice::from_raw_parts(block, size) };
            assert!(bytes.iter().all(|&byte| byte == size as u8));
            // SAFETY: `block` came from `wm_port_malloc` and is freed once.
            unsafe { wm_port_free(block.cast()) };
        }
    }

    #[test]
    fn calloc_zeroes() {
        let block = wm_port_calloc(16, 4);
        // SAFETY: 64 bytes were allocated and zeroed.
        let bytes = unsafe { slice::from_raw_parts(block.cast::<u8>(), 64) };
        assert_eq!(bytes, [0; 64]);
        // SAFETY: `block` came from `wm_port_calloc` and is freed once.
        unsafe { wm_port_free(block) };
    }

    #[test]
    fn impossible_sizes_give_null() {
        assert!(wm_port_malloc(usize::MAX).is_null());
        assert!(wm_port_malloc(usize::MAX - HEADER).is_null());
        assert!(wm_port_calloc(usize::MAX / 2, 3).is_null());
    }

    #[test]
    fn freeing_null_does_nothing() {
        // SAFETY: null is allowed.
        unsafe { wm_port_free(ptr::null_mut()) };
    }
}
