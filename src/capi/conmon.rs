//! How long the steps of a client's connection took.

use core::ptr;

use alloc::boxed::Box;

use super::abi::{
    LCCSCF_CONMON, LWSCONMON_DNS_NO_RESULT, LWSCONMON_DNS_NONE, LWSCONMON_DNS_OK,
    LWSCONMON_DNS_SERVER_UNREACHABLE, LWSCONMON_PCOL_HTTP, LWSCONMON_PCOL_NONE, lws, lws_conmon,
    lws_conmon_dns_disposition,
};
use super::address;
use super::export;
use super::wsi::Wsi;
use crate::client::{Cause, ClientError, Step};
use wm_sys::Instant;

/// What was measured so far, of a client that asked for it.
pub(super) struct Stopwatch {
    under_way: Option<(Step, Instant)>,
    /// Microseconds of each step, over all attempts of the client.
    dns: u32,
    connect: u32,
    tls: u32,
    response: u32,
    disposition: lws_conmon_dns_disposition,
}

impl Stopwatch {
    /// One for a client whose flags ask for it, and for which there is memory.
    pub(super) fn new(flags: i32) -> Option<Box<Self>> {
        let stopwatch = Stopwatch {
            under_way: None,
            dns: 0,
            connect: 0,
            tls: 0,
            response: 0,
            disposition: LWSCONMON_DNS_NONE,
        };
        (flags & LCCSCF_CONMON as i32 != 0).then(|| wm_sys::heap::try_box(stopwatch).ok()).flatten()
    }

    /// The client comes to its next step, or to its end.
    fn enter(&mut self, next: Option<Step>) {
        let now = wm_sys::now();
        if let Some((step, since)) = self.under_way.take() {
            let spent = now.saturating_duration_since(since).as_micros();
            let total = match step {
                Step::Name => &mut self.dns,
                Step::Connect => &mut self.connect,
                Step::Tls => &mut self.tls,
                _ => &mut self.response,
            };
            // What took no time that the clock can tell was done all the same.
            *total = total.saturating_add(u32::try_from(spent).unwrap_or(u32::MAX).max(1));
        }
        if next == Some(Step::Connect) {
            self.disposition = LWSCONMON_DNS_OK;
        }
        // The body is no longer the response's beginning.
        self.under_way = next.filter(|step| *step != Step::Body).map(|step| (step, now));
    }

    fn fail(&mut self, error: &ClientError) {
        self.enter(None);
        if error.step == Step::Name {
            self.disposition = match error.cause {
                Cause::TimedOut => LWSCONMON_DNS_SERVER_UNREACHABLE,
                _ => LWSCONMON_DNS_NO_RESULT,
            };
        }
    }
}

/// A client comes to its next step; `None`: there is no further one.
pub(super) fn enter(wsi: &Wsi, step: Option<Step>) {
    wsi.with_client(|client| client.stopwatch.as_mut().map(|stopwatch| stopwatch.enter(step)));
}

/// A client's attempt failed.
pub(super) fn fail(wsi: &Wsi, error: &ClientError) {
    wsi.with_client(|client| client.stopwatch.as_mut().map(|stopwatch| stopwatch.fail(error)));
}

export! {
    fn lws_conmon_wsi_take(wsi: *mut lws, dest: *mut lws_conmon) {
        // SAFETY: NULL or valid by contract. All zero bits are a value of every member.
        let (wsi, dest) = unsafe {
            dest.write_bytes(0, usize::from(!dest.is_null()));
            (Wsi::from_c(wsi), dest.as_mut())
        };
        let (Some(wsi), Some(dest)) = (wsi, dest) else { return };
        // SAFETY: a place of ours.
        unsafe { address::write(&raw mut dest.peer46, wsi.peer()) };
        wsi.with_client(|client| {
            let status = client.status;
            dest.pcol = if status == 0 { LWSCONMON_PCOL_NONE } else { LWSCONMON_PCOL_HTTP };
            dest.protocol_specific.http.response = status as i32;
            if let Some(stopwatch) = &client.stopwatch {
                dest.ciu_dns = stopwatch.dns;
                dest.ciu_sockconn = stopwatch.connect;
                dest.ciu_tls = stopwatch.tls;
                dest.ciu_txn_resp = stopwatch.response;
                dest.dns_disposition = stopwatch.disposition;
            }
        });
    }

    fn lws_conmon_release(conmon: *mut lws_conmon) {
        // SAFETY: NULL or valid by contract.
        if let Some(conmon) = unsafe { conmon.as_mut() } {
            conmon.dns_results_copy = ptr::null_mut();
        }
    }
}
