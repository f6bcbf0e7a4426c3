//! Serving a context.

use core::ffi::c_int;
use core::sync::atomic::Ordering;

use super::abi::{LWS_CALLBACK_EVENT_WAIT_CANCELLED, lws, lws_context, lws_pollfd_t};
use super::context::Context;
use super::export;
use super::wsi::NEVER;

/// The longest wait of `lws_service` with 0, in milliseconds as all here: enough that a loop around it is no busy loop, short enough for a
/// loop that does other things too.
const BRIEF: u32 = 10;

/// "Without limit".
const LONG: u32 = 3_600_000;

impl Context {
    fn serve(&self, longest: u32) -> c_int {
        if self.is_serving.replace(true) {
            log_line!(Error, "lws_service was called from a callback");
            return -1;
        }
        let result = if self.initialize_protocols() { self.pass(longest) } else { -1 };
        self.is_serving.set(false);
        result
    }

    fn pass(&self, longest: u32) -> c_int {
        self.states.start(self);
        let wait = match self.is_cancelled.load(Ordering::Acquire) {
            true => 0,
            false if self.has_timers() => self.sleep_time().min(longest),
            false => longest,
        };
        if let Ok(mut core) = self.core.try_borrow_mut()
            && let Some(core) = core.as_mut()
        {
            core.service_for(wait);
        }
        if self.take_cancelled() {
            for vhost in self.vhosts() {
                self.call_protocols(vhost, LWS_CALLBACK_EVENT_WAIT_CANCELLED);
            }
        }
        self.advance_clients();
        if self.has_timers() {
            super::timers::run(self);
            super::timeouts::run(self);
            self.advance_clients();
        }
        if let Some(bury) = self.bury_vhosts.get() {
            bury(self);
        }
        if self.is_doomed.get() { -1 } else { 0 }
    }

    /// Whether `lws_cancel_service` was called since. Not every processor swaps atomics: both sides are critical sections.
    fn take_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Acquire)
            && critical_section::with(|_| {
                self.is_cancelled.store(false, Ordering::Relaxed);
                true
            })
    }

    fn advance_clients(&self) {
        if let Some(advance) = self.advance_clients.get() {
            advance(self);
        }
    }

    /// Whether a timer or timeout is due at some time.
    fn has_timers(&self) -> bool {
        super::timers::has_any(self) || self.next_due.get() != NEVER
    }

    /// When the first of them is.
    fn next_due(&self) -> i64 {
        super::timers::next(self).min(self.next_due.get())
    }

    /// How many milliseconds nothing of C's is due.
    pub(super) fn sleep_time(&self) -> u32 {
        let due = self.next_due();
        if due == NEVER {
            return LONG;
        }
        let microseconds = u64::try_from(due.saturating_sub(super::timers::now())).unwrap_or(0);
        // A millisecond begun counts whole: the clock below knows no parts.
        u32::try_from(microseconds.div_ceil(1_000)).unwrap_or(LONG)
    }
}

/// One pass, which waits `longest` milliseconds at the longest. Not 0 where there is no context, or none any more.
///
/// # Safety
/// `context` is NULL or valid.
unsafe fn service(context: *mut lws_context, longest: u32) -> c_int {
    // SAFETY: the caller vouches for it.
    let Some(served) = (unsafe { Context::from_c(context) }) else { return 1 };
    if served.is_doomed.get() {
        // Who destroys it does so already, or will.
        return -1;
    }
    let result = served.serve(longest);
    if served.is_doomed.get() && !served.is_serving.get() {
        Context::destroy(context.cast());
    }
    result
}

export! {
    fn lws_service(context: *mut lws_context, timeout_ms: c_int) -> c_int {
        let longest = match u32::try_from(timeout_ms) {
            Ok(0) => BRIEF,
            Ok(milliseconds) => milliseconds,
            Err(_) => LONG,
        };
        // SAFETY: NULL or valid by contract.
        unsafe { service(context, longest) }
    }

    fn lws_service_fd(context: *mut lws_context, pollfd: *mut lws_pollfd_t) -> c_int {
        let _ = pollfd;
        // SAFETY: NULL or valid by contract.
        unsafe { service(context, 0) }
    }

    fn lws_service_fd_tsi(context: *mut lws_context, pollfd: *mut lws_pollfd_t, tsi: c_int) -> c_int {
        let _ = tsi;
        // SAFETY: passed on.
        unsafe { lws_service_fd(context, pollfd) }
    }

    fn lws_service_tsi(context: *mut lws_context, timeout_ms: c_int, tsi: c_int) -> c_int {
        let _ = tsi;
        // SAFETY: passed on.
        unsafe { lws_service(context, timeout_ms) }
    }

    fn lws_service_adjust_timeout(context: *mut lws_context, timeout_ms: c_int, tsi: c_int) -> c_int {
        let _ = tsi;
        // SAFETY: NULL or valid by contract.
        unsafe { Context::from_c(context) }.map_or(timeout_ms, |context| {
            c_int::try_from(context.sleep_time()).unwrap_or(c_int::MAX).min(timeout_ms)
        })
    }

    fn lws_cancel_service(context: *mut lws_context) {
        if !context.is_null() {
            // SAFETY: valid by contract. Nothing but the flag is touched, for this may be another thread: no reference to the whole.
            let is_cancelled = unsafe { &(*context.cast::<Context>()).is_cancelled };
            critical_section::with(|_| is_cancelled.store(true, Ordering::Release));
            wm_sys::wake();
        }
    }

    fn lws_cancel_service_pt(wsi: *mut lws) {
        // SAFETY: passed on.
        unsafe { lws_cancel_service(super::wsi::lws_get_context(wsi)) };
    }
}
