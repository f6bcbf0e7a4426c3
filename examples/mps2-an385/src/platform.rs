//! The platform contract on this board: clock, entropy, sleep and wake.

use core::cell::{Cell, RefCell};
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;

use cortex_m::asm;
use cortex_m::peripheral::SYST;
use critical_section::Mutex;
use semihosting::experimental::{random, time};
use wm_sys::{EntropyError, Instant, Platform};

use crate::clock::{self, Clock, Meter};
use crate::report;

pub(crate) struct Board {
    clock: Clock,
    pub(crate) meter: Meter,
    pub(crate) alarm: Mutex<RefCell<Option<SYST>>>,
    /// Unix time at the start, in seconds.
    epoch: Mutex<Cell<Option<u64>>>,
    /// Something happened that the application has not looked at.
    awake: AtomicBool,
}

pub(crate) static BOARD: Board = Board {
    clock: Clock::new(),
    meter: Meter::new(),
    alarm: Mutex::new(RefCell::new(None)),
    epoch: Mutex::new(Cell::new(None)),
    awake: AtomicBool::new(false),
};

impl Board {
    /// Starts the clock. A board with a real-time clock would read it here; this one asks the host.
    pub(crate) fn enable(&self, mut alarm: SYST) {
        clock::enable(&mut alarm);
        let epoch = time::SystemTime::now().duration_since(time::SystemTime::UNIX_EPOCH).ok();
        critical_section::with(|token| {
            self.alarm.borrow(token).replace(Some(alarm));
            self.epoch.borrow(token).set(epoch.map(|since| since.as_secs()));
        });
        self.meter.reset();
    }
}

impl Platform for Board {
    fn now(&self) -> Instant {
        self.clock.now()
    }

    fn unix_time(&self) -> Option<u64> {
        let epoch = critical_section::with(|token| self.epoch.borrow(token).get())?;
        Some(epoch + self.now().as_millis() / 1_000)
    }

    fn set_unix_time(&self, seconds: u64) {
        let epoch = seconds.saturating_sub(self.now().as_millis() / 1_000);
        critical_section::with(|token| self.epoch.borrow(token).set(Some(epoch)));
    }

    fn entropy(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        random::fill_bytes(bytes).map_err(|_| EntropyError::Unavailable)
    }

    fn wait(&self, timeout: Duration) {
        self.wait_milliseconds(u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX));
    }

    fn wait_milliseconds(&self, timeout: u32) {
        report::serve_console();
        // With interrupts masked, an interrupt that comes between the look at `awake` and WFI stays pending, and a
        // pending interrupt ends WFI whether masked or not: no wake is lost. Its handler runs when the mask is lifted.
        critical_section::with(|token| {
            let mut alarm = self.alarm.borrow_ref_mut(token);
            let Some(alarm) = alarm.as_mut() else { return };
            if self.awake.load(Ordering::Relaxed) || timeout == 0 {
                return;
            }
            clock::set_alarm(alarm, timeout);
            self.meter.asleep(token, || {
                asm::dsb();
                asm::wfi();
            });
            alarm.disable_counter();
        });
        // The caller looks at everything after this, so whatever woke it until here is served.
        self.awake.store(false, Ordering::Relaxed);
    }

    fn wake(&self) {
        self.awake.store(true, Ordering::Relaxed);
        #[cfg(feature = "embassy")]
        crate::executor::wake();
    }
}

/// The alarm did what it was for by ending WFI; tasks of an executor are woken one by one.
#[cortex_m_rt::exception]
fn SysTick() {
    #[cfg(feature = "embassy")]
    crate::executor::alarm();
}
