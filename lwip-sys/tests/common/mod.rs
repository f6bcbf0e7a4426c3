//! The machine of these tests: a clock that stands still until told, entropy and a heap that can fail.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use wm_sys::{EntropyError, Instant, Platform};

/// The one platform.
pub(crate) static DESK: Desk = Desk { millis: AtomicU64::new(1_000), entropy_fails: AtomicBool::new(false) };

/// A desk without a board.
pub(crate) struct Desk {
    millis: AtomicU64,
    entropy_fails: AtomicBool,
}

impl Desk {
    /// Lets time pass.
    pub(crate) fn advance(&self, millis: u64) {
        self.millis.fetch_add(millis, SeqCst);
    }

    /// Sets the clock.
    pub(crate) fn set_clock(&self, millis: u64) {
        self.millis.store(millis, SeqCst);
    }

    /// Breaks or repairs the source of entropy.
    pub(crate) fn entropy_fails(&self, fails: bool) {
        self.entropy_fails.store(fails, SeqCst);
    }
}

impl Platform for Desk {
    fn now(&self) -> Instant {
        Instant::from_millis(self.millis.load(SeqCst))
    }

    fn unix_time(&self) -> Option<u64> {
        None
    }

    fn entropy(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        if self.entropy_fails.load(SeqCst) {
            return Err(EntropyError::Unavailable);
        }
        bytes.fill(0xa5);
        Ok(())
    }

    fn wait(&self, _: Duration) {}

    fn wake(&self) {}
}

/// One test at a time in lwIP, which is initialised once and never torn down.
pub(crate) fn lwip() -> MutexGuard<'static, ()> {
    static CORE: Mutex<()> = Mutex::new(());
    static INIT: Once = Once::new();
    let core = CORE.lock().unwrap_or_else(PoisonError::into_inner);
    INIT.call_once(|| {
        wm_sys::install(&DESK).unwrap();
        // SAFETY: once, and nobody else is in lwIP.
        unsafe { lwip_sys::lwip_init() }
    });
    core
}

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static EXHAUSTED: Cell<bool> = const { Cell::new(false) };
}

/// Counts what the thread holds of lwIP's heap, and can run out.
struct Heap;

#[global_allocator]
static HEAP: Heap = Heap;

/// Bytes that this thread has allocated, less those that it has freed, whoever had allocated them.
pub(crate) fn live_bytes() -> isize {
    LIVE.get()
}

/// Runs `work` with a heap that has nothing left for this thread.
pub(crate) fn with_exhausted_heap<T>(work: impl FnOnce() -> T) -> T {
    EXHAUSTED.set(true);
    let result = work();
    EXHAUSTED.set(false);
    result
}

// SAFETY: everything comes from and goes back to `System`, unchanged.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if EXHAUSTED.get() {
            return std::ptr::null_mut();
        }
        LIVE.set(LIVE.get() + layout.size().cast_signed());
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        LIVE.set(LIVE.get() - layout.size().cast_signed());
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(block, layout) }
    }
}

/// The length of a list of PCBs.
///
/// # Safety
/// `first` is the head of one of lwIP's lists, and nobody changes it meanwhile.
pub(crate) unsafe fn length(mut first: *const lwip_sys::tcp_pcb) -> usize {
    let mut length = 0;
    while !first.is_null() {
        length += 1;
        // SAFETY: the caller's promise: every element is a live PCB.
        first = unsafe { (*first).next };
    }
    length
}
