//! The heap in the build that tells who holds how much (feature `heap-by-owner`): lwIP takes its blocks by `wm_port_malloc`,
//! which is defined here, Rust by the global allocator. What the clients hold, in the same process, does not count.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;

thread_local! {
    /// Whether it is the device that runs.
    static DEVICE: Cell<bool> = const { Cell::new(false) };
    static OURS: Cell<usize> = const { Cell::new(0) };
    static LWIP: Cell<usize> = const { Cell::new(0) };
}

/// Bytes asked for and not given back, without the allocator's overhead.
#[derive(Clone, Copy)]
pub struct Held {
    pub ours: usize,
    /// lwIP's and its own servers'.
    pub lwip: usize,
}

pub fn held() -> Held {
    Held { ours: OURS.get(), lwip: LWIP.get() }
}

/// Runs a part of the device, or of what surrounds it.
pub fn counted<R>(device: bool, run: impl FnOnce() -> R) -> R {
    let before = DEVICE.replace(device);
    let result = run();
    DEVICE.set(before);
    result
}

fn add(cell: &'static std::thread::LocalKey<Cell<usize>>, bytes: usize) {
    cell.set(cell.get() + bytes);
}

fn subtract(cell: &'static std::thread::LocalKey<Cell<usize>>, bytes: usize) {
    cell.set(cell.get() - bytes);
}

struct ByOwner;

#[global_allocator]
static HEAP: ByOwner = ByOwner;

/// In front of each block: its size for lwIP's, whether it is the device's for Rust's.
const HEADER: usize = 16;

fn with_header(layout: Layout) -> Option<(Layout, usize)> {
    let header = layout.align().max(HEADER);
    let whole = Layout::from_size_align(layout.size().checked_add(header)?, header).ok()?;
    Some((whole, header))
}

// SAFETY: blocks come from the system's allocator, behind a header as long as the alignment demands; `dealloc` finds it by the
// same layout. Thread locals without destructors are safe to use here.
unsafe impl GlobalAlloc for ByOwner {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some((whole, header)) = with_header(layout) else { return ptr::null_mut() };
        // SAFETY: `whole` is at least the header long; what is written lies in it.
        unsafe {
            let start = System.alloc(whole);
            if start.is_null() {
                return start;
            }
            start.write(u8::from(DEVICE.get()));
            if DEVICE.get() {
                add(&OURS, layout.size());
            }
            start.add(header)
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let Some((whole, header)) = with_header(layout) else { return };
        // SAFETY: the block came from `alloc` with this layout.
        unsafe {
            let start = block.sub(header);
            if start.read() != 0 {
                subtract(&OURS, layout.size());
            }
            System.dealloc(start, whole);
        }
    }
}

fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_add(HEADER)?, HEADER).ok()
}

/// `malloc` of `wm_port.h`.
#[unsafe(no_mangle)]
extern "C" fn wm_port_malloc(size: usize) -> *mut c_void {
    let Some(layout) = layout(size) else { return ptr::null_mut() };
    // SAFETY: the layout holds the header, into which the size is written.
    unsafe {
        let start = System.alloc_zeroed(layout);
        if start.is_null() {
            return ptr::null_mut();
        }
        start.cast::<usize>().write(size);
        add(&LWIP, size);
        start.add(HEADER).cast()
    }
}

/// `calloc` of `wm_port.h`: `wm_port_malloc` gives zeroes here.
#[unsafe(no_mangle)]
extern "C" fn wm_port_calloc(count: usize, size: usize) -> *mut c_void {
    count.checked_mul(size).map_or(ptr::null_mut(), |size| wm_port_malloc(size))
}

/// `free` of `wm_port.h`.
///
/// # Safety
/// `block` is null or came from one of the two above.
#[unsafe(no_mangle)]
unsafe extern "C" fn wm_port_free(block: *mut c_void) {
    if block.is_null() {
        return;
    }
    // SAFETY: the header in front of the block has its size, of which its layout was made.
    unsafe {
        let start = block.cast::<u8>().sub(HEADER);
        let size = start.cast::<usize>().read();
        subtract(&LWIP, size);
        System.dealloc(start, Layout::from_size_align_unchecked(size + HEADER, HEADER));
    }
}
