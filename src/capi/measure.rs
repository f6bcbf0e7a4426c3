//! What a context may take of the memory, takes at most, and has done: this library's own functions.

use core::ffi::{c_int, c_uint};
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use core::time::Duration;

use super::abi::{lws_context, lws_context_creation_info, wm_counters, wm_limits, wm_memory};
use super::callback::PRE;
use super::context::Context;
use super::sessions::Session;
use super::wsi::Wsi;
use super::{export, limits, protocol};
use crate::server::{BLOCK, Counters, Limits};
use crate::ws::frame::MAX_CONTROL_PAYLOAD;

/// What C has set; 0 where it has not.
static QUEUE: AtomicUsize = AtomicUsize::new(0);
static CLIENTS: AtomicU32 = AtomicU32::new(0);
static LINGERING: AtomicU32 = AtomicU32::new(0);
static SEND_TIMEOUT: AtomicU32 = AtomicU32::new(0);

/// The limits, with what C has set of them.
pub(super) fn set(limits: Limits) -> Limits {
    let number = |number: &AtomicU32| Some(number.load(Ordering::Acquire)).filter(|number| *number > 0);
    let queue = Some(QUEUE.load(Ordering::Acquire)).filter(|bytes| *bytes > 0);
    let lingering = number(&LINGERING).map(|number| u16::try_from(number).unwrap_or(u16::MAX));
    Limits {
        queue: queue.unwrap_or(limits.queue),
        clients: number(&CLIENTS).map_or(limits.clients, |number| number.min(u8::MAX.into()) as u8),
        lingering: lingering.unwrap_or(limits.lingering),
        send_timeout: number(&SEND_TIMEOUT)
            .map_or(limits.send_timeout, |seconds| Duration::from_secs(seconds.into())),
        ..limits
    }
}

/// The memory of a context.
///
/// # Safety
/// The protocols are valid.
unsafe fn memory(info: &lws_context_creation_info, busy: c_uint) -> Option<wm_memory> {
    let (mut session, mut message) = (0, 0);
    // SAFETY: the caller vouches for them.
    for protocol in unsafe { protocol::collect(info) }? {
        // SAFETY: as above.
        let Some(protocol) = (unsafe { protocol.as_ref() }) else { continue };
        session = session.max(protocol.per_session_data_size);
        message = message.max(protocol.rx_buffer_size);
    }
    let limits = limits::of(info);
    let head = limits.head.head;
    // Messages and bodies are handed on as they come.
    let mut core = Limits { message: 0, body: 0, ..limits }.memory();
    let connection = size_of::<Wsi>() + size_of::<*const Wsi>() + size_of::<Session>();
    let idle = connection.saturating_add(session).saturating_add(3 * BLOCK);
    // A list that grows is there twice: the arguments of a request, its path with the zero byte.
    let kept = head.saturating_mul(3).saturating_add(4 * BLOCK);
    let held = message.saturating_add(PRE + 1).saturating_mul(2).saturating_add(2 * BLOCK);
    core.idle = core.idle.saturating_add(idle);
    core.busy = core
        .busy
        .saturating_add(idle)
        .saturating_add(kept)
        .saturating_add(held)
        .saturating_add(MAX_CONTROL_PAYLOAD);
    // Where data of callbacks gets its padding: one buffer for all.
    let padded = message.max(limits.head.head).saturating_add(2 * PRE);
    core.start = core.start.saturating_add(size_of::<Context>()).saturating_add(padded);
    Some(wm_memory {
        start: core.start,
        idle: core.idle,
        busy: core.busy,
        ended: core.ended,
        client: core.client,
        tls_start: core.tls_start,
        tls_idle: core.tls_idle,
        tls_busy: core.tls_busy,
        total: core.total(u16::try_from(busy).unwrap_or(u16::MAX)),
    })
}

fn counted(counters: &Counters) -> wm_counters {
    wm_counters {
        connections: counters.connections,
        connections_peak: counters.connections_peak,
        accepted: counters.accepted,
        refused_busy: counters.refused_busy,
        refused_memory: counters.refused_memory,
        evicted: counters.evicted,
        disconnected: counters.disconnected,
        requests: counters.requests,
        bad_requests: counters.bad_requests,
        error_responses: counters.error_responses,
        websockets_opened: counters.websockets_opened,
        websockets_refused: counters.websockets_refused,
        violations: counters.violations,
        messages_received: counters.messages_received,
        messages_sent: counters.messages_sent,
        messages_dropped: counters.messages_dropped,
        slow_closed: counters.slow_closed,
        bytes_received: counters.bytes_received,
        bytes_sent: counters.bytes_sent,
        longest_pass: counters.longest_pass,
        timeouts: counters.timeouts,
        allocation_failures: counters.allocation_failures,
        queue_peak: counters.queue_peak,
        #[cfg(feature = "security-tls12")]
        tls_handshakes: counters.tls_handshakes,
        #[cfg(not(feature = "security-tls12"))]
        tls_handshakes: 0,
        #[cfg(feature = "security-tls12")]
        tls_failures: counters.tls_failures,
        #[cfg(not(feature = "security-tls12"))]
        tls_failures: 0,
    }
}

export! {
    fn wm_set_limits(limits: *const wm_limits) {
        // SAFETY: NULL or valid by contract, here and in all functions below.
        let limits = unsafe { limits.as_ref() }.copied();
        let limits = limits.unwrap_or(wm_limits { queue: 0, clients: 0, lingering: 0, send_timeout_secs: 0 });
        QUEUE.store(limits.queue, Ordering::Release);
        CLIENTS.store(limits.clients, Ordering::Release);
        LINGERING.store(limits.lingering, Ordering::Release);
        SEND_TIMEOUT.store(limits.send_timeout_secs, Ordering::Release);
    }

    fn wm_memory_of(info: *const lws_context_creation_info, busy: c_uint, memory: *mut wm_memory) -> c_int {
        // SAFETY: NULL or valid by contract.
        let (Some(info), Some(to)) = (unsafe { (info.as_ref(), memory.as_mut()) }) else { return -1 };
        // SAFETY: its protocols are valid by contract.
        let Some(memory) = (unsafe { self::memory(info, busy) }) else { return -1 };
        *to = memory;
        0
    }

    fn wm_counters_of(context: *mut lws_context, counters: *mut wm_counters) -> c_int {
        // SAFETY: NULL or valid by contract.
        let (Some(context), Some(counters)) = (unsafe { (Context::from_c(context), counters.as_mut()) }) else {
            return -1;
        };
        let now = context.with_services(|services| counted(services.counters()));
        let Some(now) = now else { return -1 };
        *counters = now;
        if let Ok(mut core) = context.core.try_borrow_mut()
            && let Some(core) = core.as_mut()
            && !context.times_passes.replace(true)
        {
            core.time_passes();
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    const HEADER: &str = include_str!("../../include/lws/measure.h");

    #[test]
    fn c_has_every_counter() {
        let members =
            HEADER.split_once("struct wm_counters {").and_then(|(_, behind)| behind.split_once('}'));
        let members = members.map_or("", |(members, _)| members);
        let names: Vec<&str> = members
            .lines()
            .filter_map(|line| line.trim().strip_prefix("uint32_t "))
            .filter_map(|name| name.strip_suffix(';'))
            .filter(|name| cfg!(feature = "security-tls12") || !name.starts_with("tls_"))
            .collect();
        let counters = Counters::default();
        assert_eq!(names, counters.iter().map(|(name, _)| name).collect::<Vec<_>>());
    }
}
