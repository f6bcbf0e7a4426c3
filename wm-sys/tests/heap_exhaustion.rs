//! What happens when the heap is empty: an error or null, and nothing is lost or aborted.

#![cfg(feature = "rust-heap")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr;
use std::rc::Rc;

use wm_sys::heap::{OutOfMemory, try_box, wm_port_calloc, wm_port_free, wm_port_malloc};

/// The system's heap, which a test can empty for its own thread.
struct Exhaustible;

thread_local! {
    static EXHAUSTED: Cell<bool> = const { Cell::new(false) };
}

// SAFETY: every call goes to the system's allocator unchanged, or fails with null as the trait allows.
unsafe impl GlobalAlloc for Exhaustible {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if EXHAUSTED.get() {
            return ptr::null_mut();
        }
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static HEAP: Exhaustible = Exhaustible;

fn with_empty_heap<T>(action: impl FnOnce() -> T) -> T {
    EXHAUSTED.set(true);
    let result = action();
    EXHAUSTED.set(false);
    result
}

#[test]
fn try_box_reports_exhaustion_and_drops_the_value() {
    let value = Rc::new(());
    let moved = value.clone();
    let result = with_empty_heap(|| try_box(moved));
    assert_eq!(result, Err(OutOfMemory));
    assert_eq!(Rc::strong_count(&value), 1);
}

#[test]
fn a_zero_sized_box_needs_no_heap() {
    assert!(with_empty_heap(|| try_box(())).is_ok());
}

#[test]
fn c_gets_null_and_the_heap_recovers() {
    let (uncleared, cleared) = with_empty_heap(|| (wm_port_malloc(16), wm_port_calloc(4, 4)));
    assert!(uncleared.is_null() && cleared.is_null());

    let block = wm_port_malloc(16);
    assert!(!block.is_null());
    // SAFETY: `block` came from `wm_port_malloc` and is freed once.
    unsafe { wm_port_free(block) };
}
