//! When to try again.

use core::ffi::{c_char, c_int, c_uint};

use super::abi::{lws, lws_context, lws_retry_bo_t, lws_sorted_usec_list_t, sul_cb_t};
use super::context::Context;
use super::export;
use super::timers::schedule;
use super::wsi::{Wsi, lws_get_context};

/// Without a table.
const DEFAULT_DELAY: u32 = 3_000;

/// Without a percentage.
const DEFAULT_JITTER: u8 = 30;

/// The delay before attempt number `attempt`, in milliseconds.
fn delay(policy: Option<&lws_retry_bo_t>, attempt: u16) -> u32 {
    let Some(policy) = policy else { return DEFAULT_DELAY };
    let last = policy.retry_ms_table_count.saturating_sub(1);
    let base = if policy.retry_ms_table.is_null() || policy.retry_ms_table_count == 0 {
        DEFAULT_DELAY
    } else {
        // SAFETY: the table has that many entries by contract.
        unsafe { *policy.retry_ms_table.add(attempt.min(last).into()) }
    };
    let percent = if policy.jitter_percent == 0 { DEFAULT_JITTER } else { policy.jitter_percent };
    base.saturating_add(random_below(u64::from(base) * u64::from(percent) / 100))
}

/// A random number up to a bound.
fn random_below(bound: u64) -> u32 {
    let mut bytes = [0; 4];
    // Without entropy nothing is added.
    let random = wm_sys::entropy(&mut bytes).map_or(0, |()| u32::from_ne_bytes(bytes));
    u32::try_from(u64::from(random) % bound.saturating_add(1)).unwrap_or(0)
}

export! {
    fn lws_retry_get_delay_ms(
        context: *mut lws_context,
        retry: *const lws_retry_bo_t,
        ctry: *mut u16,
        conceal: *mut c_char,
    ) -> c_uint {
        let _ = context;
        // SAFETY: NULL or valid by contract, here and in all functions below.
        let (policy, attempt, conceal) = unsafe { (retry.as_ref(), ctry.as_mut(), conceal.as_mut()) };
        let Some(attempt) = attempt else { return delay(policy, 0) };
        let milliseconds = delay(policy, *attempt);
        *attempt = attempt.saturating_add(1);
        if let Some(conceal) = conceal {
            let most = policy.map_or(u16::MAX, |policy| policy.conceal_count);
            *conceal = c_char::from(*attempt <= most || most == u16::MAX);
        }
        milliseconds
    }

    fn lws_retry_sul_schedule(
        context: *mut lws_context,
        tid: c_int,
        sul: *mut lws_sorted_usec_list_t,
        retry: *const lws_retry_bo_t,
        cb: sul_cb_t,
        ctry: *mut u16,
    ) -> c_int {
        let _ = tid;
        let mut conceal: c_char = 1;
        // SAFETY: NULL or valid by contract.
        unsafe {
            let milliseconds = lws_retry_get_delay_ms(context, retry, ctry, &raw mut conceal);
            let (Some(context), false, 1..) = (Context::from_c(context), sul.is_null(), conceal) else { return 1 };
            schedule(context, sul, cb, i64::from(milliseconds) * 1_000);
        }
        0
    }

    fn lws_retry_sul_schedule_retry_wsi(
        wsi: *mut lws,
        sul: *mut lws_sorted_usec_list_t,
        cb: sul_cb_t,
        ctry: *mut u16,
    ) -> c_int {
        // SAFETY: NULL or valid by contract.
        unsafe {
            let Some(wsi) = Wsi::from_c(wsi) else { return 1 };
            let policy = if wsi.retry.get().is_null() { wsi.vhost().retry } else { wsi.retry.get() };
            lws_retry_sul_schedule(lws_get_context(wsi.as_c()), 0, sul, policy, cb, ctry)
        }
    }

    fn lws_validity_confirmed(wsi: *mut lws) {
        // Every byte from the peer confirms that it lives.
        let _ = wsi;
    }
}
