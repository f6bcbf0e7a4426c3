//! The heap of this test program: counts what the calling thread holds, and fails on demand.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static FAILING: Cell<Failing> = const { Cell::new(Failing::Never) };
    static METERED: Cell<bool> = const { Cell::new(false) };
}

/// Which of the numbered allocations fail.
#[derive(Clone, Copy, Debug)]
pub enum Failing {
    Never,
    /// The one with this number.
    Once(u64),
    /// That one, and all after it.
    From(u64),
}

impl Failing {
    fn contains(self, number: u64) -> bool {
        match self {
            Failing::Never => false,
            Failing::Once(failing) => number == failing,
            Failing::From(first) => number >= first,
        }
    }
}

struct MeteredHeap;

#[global_allocator]
static HEAP: MeteredHeap = MeteredHeap;

// SAFETY: all blocks come from the system's allocator, and go back to it. Thread locals without destructors are safe to use here.
unsafe impl GlobalAlloc for MeteredHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if METERED.get() {
            let number = ALLOCATIONS.replace(ALLOCATIONS.get() + 1);
            if FAILING.get().contains(number) {
                return ptr::null_mut();
            }
        }
        LIVE.set(LIVE.get() + layout.size() as isize);
        PEAK.set(PEAK.get().max(LIVE.get()));
        // SAFETY: the caller's contract is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        LIVE.set(LIVE.get() - layout.size() as isize);
        // SAFETY: the caller's contract is the same.
        unsafe { System.dealloc(block, layout) }
    }
}

/// Bytes that this thread holds.
pub fn live() -> isize {
    LIVE.get()
}

/// The most bytes that `run` took on top of what was held.
pub fn peak_of(run: impl FnOnce()) -> isize {
    let before = live();
    PEAK.set(before);
    run();
    PEAK.get() - before
}

/// Runs what is tested: its allocations are numbered, and some of them fail. Says how many there were.
pub fn failing<R>(which: Failing, run: impl FnOnce() -> R) -> (R, u64) {
    ALLOCATIONS.set(0);
    FAILING.set(which);
    METERED.set(true);
    let result = run();
    recover();
    (result, ALLOCATIONS.get())
}

/// Runs a part of the test itself inside of [`failing`]: it gets what it needs.
pub fn spared<R>(run: impl FnOnce() -> R) -> R {
    let metered = METERED.replace(false);
    let result = run();
    METERED.set(metered);
    result
}

/// Nothing fails any more.
pub fn recover() {
    METERED.set(false);
    FAILING.set(Failing::Never);
}
