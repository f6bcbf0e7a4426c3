//! Timers and timeouts of connections.

use core::ffi::c_int;
use core::ptr;

use super::abi::{LWS_CALLBACK_TIMER, NO_PENDING_TIMEOUT, lws, lws_usec_t, pending_timeout};
use super::context::Context;
use super::export;
use super::timers::now;
use super::wsi::{Kind, Life, NEVER, SERVES, Wsi};

/// LWS_TO_KILL_ASYNC and LWS_TO_KILL_SYNC.
const KILL: core::ops::RangeInclusive<c_int> = -2..=-1;

/// Calls and ends connections whose time has come.
pub(super) fn run(context: &Context) {
    let due = now();
    if context.next_due.get() > due {
        return;
    }
    context.next_due.set(NEVER);
    context.for_each_wsi(&mut |wsi| {
        if wsi.timeout.get() <= due {
            wsi.timeout.set(NEVER);
            end(wsi);
        } else if wsi.timer.get() <= due && wsi.is_open() {
            wsi.timer.set(NEVER);
            if wsi.call(LWS_CALLBACK_TIMER, ptr::null_mut(), 0) != 0 {
                end(wsi);
            }
        }
        note(wsi);
    });
}

fn note(wsi: &Wsi) {
    let context = wsi.context();
    context.next_due.set(context.next_due.get().min(wsi.timer.get()).min(wsi.timeout.get()));
}

/// Ends a connection out of turn.
pub(super) fn end(wsi: &Wsi) {
    match wsi.kind.get() {
        Kind::WebSocket => return super::sessions::close(wsi),
        Kind::Client if wsi.established.get() => return super::sessions::close(wsi),
        Kind::Raw => return super::raw::close(wsi),
        Kind::RawClient if wsi.established.get() => return super::raw::close(wsi),
        Kind::Client | Kind::HttpClient | Kind::RawClient => return super::clients::give_up(wsi),
        Kind::Placeholder => return,
        Kind::Http => {}
    }
    if SERVES
        && wsi.life.replace(Life::Ending) == Life::Open
        && wsi.with_response(|response| response.hang_up()).is_none()
        && let Some(id) = wsi.id.get()
    {
        wsi.context().with_services(|services| services.dismiss(id));
    }
}

/// When the timeout of a connection is due that is to end, whatever becomes of its request.
const KILLED: i64 = 0;

/// Ends a connection from the next `lws_service`.
pub(super) fn kill(wsi: &Wsi) {
    wsi.timeout.set(KILLED);
    note(wsi);
}

/// Forgets the timeout of a request that is over.
pub(super) fn forget(wsi: &Wsi) {
    if wsi.timeout.get() != KILLED {
        wsi.timeout.set(NEVER);
    }
}

/// When something is due that is `delay` away; never for what is negative.
fn due_in(delay: lws_usec_t) -> i64 {
    if delay < 0 { NEVER } else { now().saturating_add(delay.max(1)) }
}

export! {
    fn lws_set_timer_usecs(wsi: *mut lws, usecs: lws_usec_t) {
        // SAFETY: NULL or valid by contract.
        if let Some(wsi) = unsafe { Wsi::from_c(wsi) } {
            wsi.timer.set(due_in(usecs));
            note(wsi);
        }
    }

    fn lws_set_timeout(wsi: *mut lws, reason: pending_timeout, secs: c_int) {
        // SAFETY: NULL or valid by contract.
        let Some(wsi) = (unsafe { Wsi::from_c(wsi) }) else { return };
        if KILL.contains(&secs) {
            return kill(wsi);
        }
        if secs <= 0 || reason == NO_PENDING_TIMEOUT {
            wsi.timeout.set(NEVER);
        } else {
            wsi.timeout.set(due_in(i64::from(secs).saturating_mul(1_000_000)));
        }
        note(wsi);
    }

    fn lws_set_timeout_us(wsi: *mut lws, reason: pending_timeout, us: lws_usec_t) {
        // SAFETY: NULL or valid by contract.
        if let Some(wsi) = unsafe { Wsi::from_c(wsi) } {
            let cancels = us <= 0 || reason == NO_PENDING_TIMEOUT;
            wsi.timeout.set(if cancels { NEVER } else { due_in(us) });
            note(wsi);
        }
    }
}
