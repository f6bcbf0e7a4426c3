//! A platform whose date the tests set, or take away.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use wm_sys::{EntropyError, Instant, Platform};

/// 2026-06-01: within the time of this test's certificates.
pub const TODAY: u64 = 1_780_272_000;
const UNKNOWN: u64 = u64::MAX;

pub struct TestPlatform {
    date: AtomicU64,
    entropy_fails: AtomicBool,
    seed: AtomicU64,
}

pub static PLATFORM: TestPlatform = TestPlatform {
    date: AtomicU64::new(TODAY),
    entropy_fails: AtomicBool::new(false),
    seed: AtomicU64::new(1),
};

/// The right to use Mbed TLS, which is one per process. Whoever gets it finds the date known and nothing failing.
pub fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    static INSTALL: Once = Once::new();
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    INSTALL.call_once(|| wm_sys::install(&PLATFORM).expect("the only platform of this program"));
    PLATFORM.set_date(Some(TODAY));
    PLATFORM.entropy_fails.store(false, Relaxed);
    PLATFORM.seed.store(1, Relaxed);
    crate::heap::recover();
    turn
}

impl TestPlatform {
    pub fn set_date(&self, date: Option<u64>) {
        self.date.store(date.unwrap_or(UNKNOWN), Relaxed);
    }

    pub fn fail_entropy(&self) {
        self.entropy_fails.store(true, Relaxed);
    }
}

impl Platform for TestPlatform {
    /// Since today, or while nobody knows that.
    fn now(&self) -> Instant {
        let date = self.unix_time().unwrap_or(TODAY);
        Instant::from_millis(date.wrapping_sub(TODAY).wrapping_mul(1000) % (1 << 50))
    }
    fn unix_time(&self) -> Option<u64> {
        Some(self.date.load(Relaxed)).filter(|&date| date != UNKNOWN)
    }
    fn entropy(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        if self.entropy_fails.load(Relaxed) {
            return Err(EntropyError::Unavailable);
        }
        bytes.iter_mut().for_each(|byte| *byte = crate::pair::random(&self.seed) as u8);
        Ok(())
    }
    fn wait(&self, _timeout: Duration) {}
    fn wake(&self) {}
}
