//! What an application says about sizes and times, as limits of the server.

use core::time::Duration;

use super::abi::{lws_context_creation_info, lws_retry_bo_t};
use super::measure;
use crate::http::HeadLimits;
use crate::server::Limits;
use crate::ws::Timeouts;

/// Bytes that may wait in one connection: an application writes what it likes, at once. On a device the heap is the closer bound.
#[cfg(feature = "host")]
const QUEUE: usize = 64 << 20;
#[cfg(not(feature = "host"))]
const QUEUE: usize = 64 << 10;

/// Room for the head of a handshake's response or of a client's request, with what the application adds, a token say: what the SDK's build
/// of libwebsockets has. `pt_serv_buf_size` may ask for more.
const HEAD: usize = 2_048;

/// What of that is the library's own.
const OWN_HEAD: usize = 512;

/// Room for the head, as an application may ask for it.
fn head_length(info: &lws_context_creation_info) -> usize {
    (info.pt_serv_buf_size as usize).clamp(HEAD, usize::from(u16::MAX))
}

/// Room for the fields that the application adds to a head.
pub(super) fn added_fields(info: &lws_context_creation_info) -> usize {
    head_length(info).saturating_sub(OWN_HEAD)
}

/// Connections that an application may ask for.
const MOST_CONNECTIONS: u32 = 1_024;

/// The context's timeout, in seconds.
fn timeout_secs(info: &lws_context_creation_info) -> u32 {
    if info.timeout_secs == 0 { 15 } else { info.timeout_secs }
}

/// The limits of a context.
pub(super) fn of(info: &lws_context_creation_info) -> Limits {
    let defaults = Limits::default();
    let timeout = Duration::from_secs(timeout_secs(info).into());
    let keep_alive = u64::try_from(info.keepalive_timeout).ok().filter(|seconds| *seconds > 0).unwrap_or(5);
    let connections = match info.fd_limit_per_thread {
        0 => defaults.connections,
        limit => limit.min(MOST_CONNECTIONS) as u16,
    };
    let head = match usize::from(info.max_http_header_data) {
        0 => defaults.head,
        bytes => HeadLimits { head: bytes.max(512), ..defaults.head },
    };
    let connecting = u64::from(info.connect_timeout_secs);
    measure::set(Limits {
        connections,
        connect_timeout: match connecting {
            0 => defaults.connect_timeout,
            seconds => Duration::from_secs(seconds),
        },
        head,
        response_head: head_length(info),
        queue: QUEUE,
        head_timeout: timeout,
        upgrade_timeout: timeout,
        body_timeout: timeout,
        response_timeout: timeout,
        keep_alive_timeout: Duration::from_secs(keep_alive),
        // SAFETY: NULL or valid by contract.
        websocket: unsafe { heartbeat(info.retry_and_idle_policy) }.unwrap_or(defaults.websocket),
        ..of_tls(info, defaults)
    })
}

/// How many may speak TLS, and how many shake hands at a time.
#[cfg(feature = "security-tls12")]
fn of_tls(info: &lws_context_creation_info, defaults: Limits) -> Limits {
    let given = |number| u16::try_from(number).ok().filter(|number| *number > 0);
    let connections = given(info.simultaneous_ssl_restriction);
    let handshakes = given(info.simultaneous_ssl_handshake_restriction);
    Limits {
        tls_connections: connections.unwrap_or(defaults.tls_connections),
        tls_handshakes: handshakes.map_or(defaults.tls_handshakes, |number| number.min(u8::MAX.into()) as u8),
        ..defaults
    }
}

#[cfg(not(feature = "security-tls12"))]
fn of_tls(_info: &lws_context_creation_info, defaults: Limits) -> Limits {
    defaults
}

/// How a policy has WebSockets found dead; `None`: it does not say, and this library does it its own way.
///
/// # Safety
/// NULL or valid.
pub(super) unsafe fn heartbeat(policy: *const lws_retry_bo_t) -> Option<Timeouts> {
    // SAFETY: the caller vouches for it.
    let policy = unsafe { policy.as_ref() }?;
    let (ping, hang_up) = (policy.secs_since_valid_ping, policy.secs_since_valid_hangup);
    if hang_up == 0 {
        return None;
    }
    let ping = if ping == 0 || ping >= hang_up { hang_up } else { ping };
    Some(Timeouts {
        ping_interval: Some(Duration::from_secs(ping.into())),
        pong_timeout: Duration::from_secs((hang_up - ping).max(1).into()),
        ..Limits::default().websocket
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_application_says_bounds_its_connections() {
        let info = lws_context_creation_info {
            connect_timeout_secs: 3,
            timeout_secs: 4,
            fd_limit_per_thread: 5,
            simultaneous_ssl_restriction: 6,
            simultaneous_ssl_handshake_restriction: 1,
            // SAFETY: zero is what C programs begin with: every member is a number or a pointer.
            ..unsafe { core::mem::zeroed() }
        };
        let limits = of(&info);
        assert_eq!(limits.connect_timeout, Duration::from_secs(3));
        assert_eq!(limits.head_timeout, Duration::from_secs(4));
        assert_eq!(limits.connections, 5);
        #[cfg(feature = "security-tls12")]
        assert_eq!((limits.tls_connections, limits.tls_handshakes), (6, 1));
    }
}
