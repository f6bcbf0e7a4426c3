//! `lws_sul_schedule`: timers that lie in the application's objects.

use core::ffi::{c_int, c_ulong};

use super::abi::{lws_context, lws_dll2, lws_sorted_usec_list_t, lws_usec_t, sul_cb_t};
use super::context::Context;
use super::export;
use super::list::{insert_sorted, lws_dll2_remove};
use super::wsi::NEVER;

/// The time, in microseconds.
#[inline(never)]
pub(super) fn now() -> i64 {
    i64::try_from(wm_sys::now().as_millis().saturating_mul(1_000)).unwrap_or(NEVER)
}

/// The timer of a node: the node is its first member.
fn timer(node: *mut lws_dll2) -> *mut lws_sorted_usec_list_t {
    node.cast()
}

const _: () = assert!(core::mem::offset_of!(lws_sorted_usec_list_t, list) == 0);

/// Whether there are timers.
pub(super) fn has_any(context: &Context) -> bool {
    // SAFETY: the list is the context's.
    unsafe { !(*context.timers.get()).head.is_null() }
}

/// When the next timer is due.
pub(super) fn next(context: &Context) -> i64 {
    // SAFETY: the list is the context's, its nodes valid while they are in there.
    unsafe {
        let first = (*context.timers.get()).head;
        if first.is_null() { NEVER } else { (*timer(first)).us }
    }
}

/// Calls those that are due. They may set themselves anew; that is for the next time.
pub(super) fn run(context: &Context) {
    let due = now();
    while next(context) <= due {
        // SAFETY: there is a first one. It is taken out before it is called, after which it may be gone.
        unsafe {
            let first = timer((*context.timers.get()).head);
            lws_dll2_remove(&raw mut (*first).list);
            (*first).us = 0;
            if let Some(callback) = (*first).cb {
                callback(first);
            }
        }
    }
}

/// Sets a timer, in the place of what it was set to before.
///
/// # Safety
/// `sul` is valid, and in no list but a context's.
pub(super) unsafe fn schedule(
    context: &Context,
    sul: *mut lws_sorted_usec_list_t,
    callback: sul_cb_t,
    delay: i64,
) {
    // SAFETY: the caller vouches for it; the list's nodes are timers.
    unsafe {
        lws_dll2_remove(&raw mut (*sul).list);
        if delay < 0 {
            return;
        }
        (*sul).cb = callback;
        (*sul).us = now().saturating_add(delay.max(1));
        let due = (*sul).us;
        insert_sorted(&raw mut (*sul).list, context.timers.get(), |each| (*timer(each)).us > due);
    }
}

export! {
    fn lws_sul_schedule(
        ctx: *mut lws_context,
        tsi: c_int,
        sul: *mut lws_sorted_usec_list_t,
        callback: sul_cb_t,
        us: lws_usec_t,
    ) {
        let _ = tsi;
        // SAFETY: NULL or valid by contract.
        unsafe {
            if let (Some(context), false) = (Context::from_c(ctx), sul.is_null()) {
                schedule(context, sul, callback, us);
            }
        }
    }

    fn lws_sul_schedule_wakesuspend(
        ctx: *mut lws_context,
        tsi: c_int,
        sul: *mut lws_sorted_usec_list_t,
        callback: sul_cb_t,
        us: lws_usec_t,
    ) {
        // SAFETY: passed on.
        unsafe { lws_sul_schedule(ctx, tsi, sul, callback, us) };
    }

    fn lws_sul_cancel(sul: *mut lws_sorted_usec_list_t) {
        if !sul.is_null() {
            // SAFETY: valid by contract.
            unsafe { lws_dll2_remove(&raw mut (*sul).list) };
        }
    }

    fn lws_sul_earliest_wakeable_event(ctx: *mut lws_context, pearliest: *mut lws_usec_t) -> c_int {
        // SAFETY: NULL or valid by contract.
        let (Some(context), Some(earliest)) = (unsafe { Context::from_c(ctx) }, unsafe { pearliest.as_mut() }) else {
            return 1;
        };
        match next(context) {
            NEVER => 1,
            due => {
                *earliest = due;
                0
            }
        }
    }

    fn lws_now_usecs() -> lws_usec_t {
        super::machine::install();
        now()
    }

    fn lws_now_secs() -> c_ulong {
        super::machine::install();
        c_ulong::try_from(wm_sys::unix_time().unwrap_or(0)).unwrap_or(c_ulong::MAX)
    }
}

/// Takes all timers out: their context is no more.
pub(super) fn forget(context: &Context) {
    // SAFETY: the list is the context's, its nodes valid while they are in there.
    unsafe {
        while !(*context.timers.get()).head.is_null() {
            lws_dll2_remove((*context.timers.get()).head);
        }
    }
}
