//! A platform that costs next to nothing: what it costs on a device is not our subject.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wm_sys::{EntropyError, Instant, Platform};

/// Virtual time.
pub struct Clock(AtomicU64);

pub static CLOCK: Clock = Clock(AtomicU64::new(0));

impl Clock {
    pub fn advance(&self, duration: Duration) {
        self.0.fetch_add(duration.as_millis() as u64, Ordering::Relaxed);
    }
}

impl Platform for Clock {
    fn now(&self) -> Instant {
        Instant::from_millis(self.0.load(Ordering::Relaxed))
    }
    /// So that responses have a Date, as those of a device that knows the time.
    fn unix_time(&self) -> Option<u64> {
        Some(1_700_000_000 + self.now().as_millis() / 1_000)
    }
    fn entropy(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.fill(0x5a);
        Ok(())
    }
    fn wait(&self, _timeout: Duration) {}
    fn wake(&self) {}
}

/// One thread, no interrupts: nothing to keep out.
struct OneThread;

critical_section::set_impl!(OneThread);

// SAFETY: this program has one thread.
unsafe impl critical_section::Impl for OneThread {
    unsafe fn acquire() {}
    unsafe fn release(_restore_state: ()) {}
}
