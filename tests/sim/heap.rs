//! The heap of this test program: it tells what the device holds, and fails on demand.
//!
//! The device, lwIP and the library under test, shares the process with the simulation. What it allocates is told apart by
//! [`of_device`], and only that is counted and can fail. Freed memory is overwritten, so that a use after free shows.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

thread_local! {
    static METERED: Cell<bool> = const { Cell::new(false) };
    static FAILING: Cell<Failing> = const { Cell::new(Failing::Never) };
    static SECRET: Cell<Option<[u8; 16]>> = const { Cell::new(None) };
    static SPILLED: Cell<usize> = const { Cell::new(0) };
}

// Of the process, as lwIP is: what one test leaves in TIME_WAIT is freed in the thread of another.
static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

/// Which of the device's allocations fail.
#[derive(Clone, Copy, PartialEq)]
enum Failing {
    Never,
    /// The one with this number, counted by [`allocations`].
    Once(u64),
    /// That one, and all after it.
    From(u64),
    /// All that are larger than this, in bytes.
    Above(usize),
    /// One in so many after the first, by its number.
    OneIn {
        many: u64,
        first: u64,
    },
}

/// Runs a part of the device.
pub fn of_device<R>(run: impl FnOnce() -> R) -> R {
    with_meter(true, run)
}

/// Runs a part of the simulation that the device calls: the wire, a handler.
pub fn of_simulation<R>(run: impl FnOnce() -> R) -> R {
    with_meter(false, run)
}

fn with_meter<R>(metered: bool, run: impl FnOnce() -> R) -> R {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            METERED.set(self.0);
        }
    }
    let _restore = Restore(METERED.replace(metered));
    run()
}

/// Bytes that the device holds.
pub fn live() -> usize {
    LIVE.load(Relaxed)
}

/// The most bytes that the device held during `run`.
pub fn peak_of(run: impl FnOnce()) -> usize {
    PEAK.store(live(), Relaxed);
    run();
    PEAK.load(Relaxed)
}

/// Allocations of the device so far.
pub fn allocations() -> u64 {
    ALLOCATIONS.load(Relaxed)
}

/// Lets the device's `number`-th allocation from now on fail; 0 is the next one.
pub fn fail_once(number: u64) {
    FAILING.set(Failing::Once(allocations() + number));
}

/// Lets the device's `number`-th allocation from now on fail, and all after it.
pub fn fail_from(number: u64) {
    FAILING.set(Failing::From(allocations() + number));
}

/// Lets all allocations of the device that are larger than `bytes` fail.
pub fn fail_above(bytes: usize) {
    FAILING.set(Failing::Above(bytes));
}

/// Lets one of so many allocations of the device fail: which ones, their number from now on says alone, so that a run can be repeated
/// whatever ran before it.
pub fn fail_one_in(many: u64) {
    FAILING.set(Failing::OneIn { many, first: allocations() });
}

/// Whether some allocations of the device may fail.
pub fn fails() -> bool {
    FAILING.get() != Failing::Never
}

/// Lets nothing fail any more.
pub fn recover() {
    FAILING.set(Failing::Never);
}

/// How many blocks that have a secret in them this thread frees during `run`.
pub fn spills(secret: [u8; 16], run: impl FnOnce()) -> usize {
    SECRET.set(Some(secret));
    SPILLED.set(0);
    run();
    SECRET.set(None);
    SPILLED.get()
}

struct MeteredHeap;

#[global_allocator]
static HEAP: MeteredHeap = MeteredHeap;

/// In front of each block: whether it is the device's. As long as the block's alignment demands.
const MIN_HEADER: usize = 16;

/// What freed memory is filled with.
const FREED: u8 = 0xdd;

fn with_header(layout: Layout) -> Option<(Layout, usize)> {
    let header = layout.align().max(MIN_HEADER);
    let whole = Layout::from_size_align(layout.size().checked_add(header)?, header).ok()?;
    Some((whole, header))
}

fn permitted(size: usize) -> bool {
    let number = ALLOCATIONS.fetch_add(1, Relaxed);
    match FAILING.get() {
        Failing::Never => true,
        Failing::Once(failing) => number != failing,
        Failing::From(failing) => number < failing,
        Failing::Above(most) => size <= most,
        // Multiplied by a number without pattern: neighbours differ, as by chance.
        Failing::OneIn { many, first } => {
            !(number.wrapping_sub(first).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32).is_multiple_of(many)
        }
    }
}

// SAFETY: blocks come from the system's allocator, behind a header of at least the block's alignment; `dealloc` finds the
// same header from the same layout. Thread locals without destructors are safe to use here.
unsafe impl GlobalAlloc for MeteredHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let metered = METERED.get();
        if metered && !permitted(layout.size()) {
            return ptr::null_mut();
        }
        let Some((whole, header)) = with_header(layout) else { return ptr::null_mut() };
        // SAFETY: `whole` is at least the header long; what is written lies in it.
        unsafe {
            let start = System.alloc(whole);
            if start.is_null() {
                return start;
            }
            start.write(u8::from(metered));
            if metered {
                let live = LIVE.fetch_add(layout.size(), Relaxed) + layout.size();
                PEAK.fetch_max(live, Relaxed);
            }
            start.add(header)
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let Some((whole, header)) = with_header(layout) else { return };
        // SAFETY: the block came from `alloc` with this layout.
        unsafe {
            let start = block.sub(header);
            if let Some(secret) = SECRET.get() {
                let found = (0..layout.size().saturating_sub(secret.len() - 1))
                    .any(|offset| block.add(offset).cast::<[u8; 16]>().read() == secret);
                SPILLED.set(SPILLED.get() + usize::from(found));
            }
            if start.read() != 0 {
                LIVE.fetch_sub(layout.size(), Relaxed);
                block.write_bytes(FREED, layout.size());
            }
            System.dealloc(start, whole);
        }
    }
}
