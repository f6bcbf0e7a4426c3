//! The server as one task of several, on Embassy's executor: between its passes the others run, and while nobody has anything to do the
//! processor sleeps.

use core::cell::RefCell;
use core::task::Waker;

use critical_section::{CriticalSection, Mutex};
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::with_timeout;
use embassy_time_driver::Driver;
use embassy_time_queue_utils::Queue;
use wm_sys::Platform;
use wm_websockets::server::Context;

use crate::clock;
use crate::platform::BOARD;
use crate::report;

/// Something has happened: a frame, a letter of another task, a key on the console.
static WOKEN: Signal<CriticalSectionRawMutex, ()> = Signal::new();

/// Called from anywhere, interrupts included.
pub(crate) fn wake() {
    WOKEN.signal(());
}

/// Serves for ever. Where [`Context::service`] would wait, the other tasks have their turn.
pub async fn serve(mut context: Context) -> ! {
    loop {
        report::serve_console();
        if context.pass() {
            embassy_futures::yield_now().await;
            continue;
        }
        // Embassy's clock does not reach for ever.
        let sleep = u32::try_from(context.sleep_time().as_millis()).unwrap_or(u32::MAX);
        // Either is a reason to look.
        with_timeout(embassy_time::Duration::from_millis(sleep.into()), WOKEN.wait()).await.ok();
    }
}

/// The board's clock, as Embassy's timers see it: in milliseconds, with SysTick as the alarm.
struct Timers(Mutex<RefCell<Queue>>);

embassy_time_driver::time_driver_impl!(static TIMERS: Timers = Timers(Mutex::new(RefCell::new(Queue::new()))));

impl Driver for Timers {
    fn now(&self) -> u64 {
        BOARD.now().as_millis()
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        critical_section::with(|token| {
            if self.0.borrow_ref_mut(token).schedule_wake(at, waker) {
                self.set_alarm(token);
            }
        });
    }
}

impl Timers {
    /// Wakes those whose time has come, and sets the alarm for the next; it may come too early, and is set again then.
    fn set_alarm(&self, token: CriticalSection<'_>) {
        let mut alarm = BOARD.alarm.borrow_ref_mut(token);
        let Some(alarm) = alarm.as_mut() else { return };
        let now = self.now();
        match self.0.borrow_ref_mut(token).next_expiration(now) {
            u64::MAX => alarm.disable_counter(),
            next => {
                clock::set_alarm(alarm, u32::try_from(next.saturating_sub(now)).unwrap_or(u32::MAX));
            }
        }
    }
}

/// SysTick.
pub(crate) fn alarm() {
    critical_section::with(|token| TIMERS.set_alarm(token));
}
