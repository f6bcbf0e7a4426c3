//! What a server may use.

use core::time::Duration;

use crate::http::HeadLimits;
use crate::ws;

/// Bounds of a [`Context`](super::Context): memory, numbers, time. The defaults suit a device with 256 KB of heap.
///
/// Costs are heap bytes on a 32-bit target. What is not in use costs nothing: buffers exist while they hold something. [`memory`](Self::memory)
/// adds them up.
///
/// ```
/// use wm_websockets::server::Limits;
///
/// // A sensor that talks to a handful of dashboards and takes firmware images.
/// let limits = Limits { connections: 8, message: 1024, queue: 2048, ..Limits::default() };
/// # assert_eq!(limits.head.head, Limits::default().head.head);
/// ```
#[derive(Clone, Debug)]
pub struct Limits {
    /// Clients served at once; default 64. An idle one costs about 400 bytes with lwIP's share. One more gets a 503,
    /// unless an idle keep-alive connection can make way for it.
    pub connections: u16,
    /// Connections that are being refused or closed and still wait for the peer to read that; default 8, beyond which they are
    /// reset.
    pub lingering: u16,
    /// Connections that lwIP may hold before a pass accepts them, at 220 bytes and what came first; default 32, so that many clients may
    /// come at the same instant, as they do when a device has restarted. Further SYNs are ignored, and repeated after 1, 3, 7 seconds. On a TLS
    /// port, where they may have to wait for a slot or a handshake, no more than 8 or `tls_connections`, and two segments of each.
    pub backlog: u8,
    /// Request heads. Default: 4,096 bytes, of which 1,024 may be the target. Held only while a head arrives in pieces.
    pub head: HeadLimits,
    /// Bytes that the head of a response may have; default 512, allocated once.
    pub response_head: usize,
    /// The longest request body that is collected in memory or, where a handler streams and does not say otherwise, taken
    /// at all; default 16,384.
    pub body: u64,
    /// The longest WebSocket message that is assembled; default 16,384. Held while a message arrives in pieces.
    pub message: usize,
    /// Bytes that may wait in a connection behind lwIP's send buffer; default 16,384. An echo of whole messages needs
    /// [`message`](Self::message).
    pub queue: usize,
    /// Messages from other tasks that may wait; default 8, at 32 bytes and their payload.
    pub mailbox: usize,
    /// Timers of the application; default 8, at 32 bytes and their closure.
    pub timers: usize,
    /// TLS connections at once; default 16. An idle one costs about 1,400 bytes more than a plain one, an active one 22 KB, a
    /// handshake 30 KB. For one more, unless an idle keep-alive connection can make way for it, [`tls_overload`](Self::tls_overload) holds.
    #[cfg(feature = "security-tls12")]
    pub tls_connections: u16,
    /// What becomes of a client on a TLS port for which there is no slot; default: it waits.
    #[cfg(feature = "security-tls12")]
    pub tls_overload: TlsOverload,
    /// TLS handshakes under way at once; default 2, for which record buffers are reserved, 21 KB each. Further clients wait in the
    /// backlog; one that has not said the whole of its hello after a second makes way for them.
    #[cfg(feature = "security-tls12")]
    pub tls_handshakes: u8,
    /// For a whole TLS handshake; default 10 s. Then the connection is reset.
    #[cfg(feature = "security-tls12")]
    pub tls_handshake_timeout: Duration,
    /// For a whole request head, from its first byte; default 10 s. Then 408.
    pub head_timeout: Duration,
    /// Between two requests on a connection, and before the first; default 60 s.
    pub keep_alive_timeout: Duration,
    /// Between two pieces of a request body; default 20 s. Then 408.
    pub body_timeout: Duration,
    /// From a request's last byte to its handler's next sign of an answer; default 60 s. Then 503.
    pub response_timeout: Duration,
    /// Without the peer taking anything of what waits for it; default 60 s: on a bad network lwIP's retransmissions alone can
    /// take 20. Then the connection is reset.
    pub send_timeout: Duration,
    /// For the peer to read a last response and to close; default 2 s.
    pub linger_timeout: Duration,
    /// Clients that a context may have; default 8, at 4 bytes. Their connections count among [`connections`](Self::connections).
    #[cfg(feature = "client")]
    pub clients: u8,
    /// For a name server to answer a client; default 10 s.
    #[cfg(feature = "client")]
    pub name_timeout: Duration,
    /// For a server to answer a client's SYN, for each of its addresses; default 10 s.
    #[cfg(feature = "client")]
    pub connect_timeout: Duration,
    /// For a server to answer a client's WebSocket handshake; default 10 s.
    #[cfg(feature = "client")]
    pub upgrade_timeout: Duration,
    /// Of a WebSocket: ping after 30 s of silence, dead after 10 s more, 5 s for the closing handshake.
    pub websocket: ws::Timeouts,
}

/// What becomes of a client on a TLS port while all [`Limits::tls_connections`] are in use, or all [`Limits::connections`].
///
/// ```
/// use wm_websockets::server::{Limits, TlsOverload};
///
/// // Dashboards that say at once that the device is busy, rather than load for a minute.
/// let limits = Limits { tls_connections: 4, tls_overload: TlsOverload::Refuse, ..Limits::default() };
/// # assert_eq!(limits.tls_overload, TlsOverload::Refuse);
/// ```
#[cfg(feature = "security-tls12")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsOverload {
    /// It waits in the listener's backlog, connected and unanswered, until a connection ends or its own patience does.
    Wait,
    /// It is told at once, by the fatal alert `internal_error`, which stands for want of memory and blames neither its certificate nor its
    /// version (RFC 8446 section 6.2, RFC 5246 section 7.2.2). It costs no slot: a client that does not close is given up after
    /// [`Limits::linger_timeout`].
    Refuse,
}

impl Limits {
    /// Connections that a TLS port may hold before they are accepted: not more than there can be slots, unless those are few.
    #[cfg(feature = "security-tls12")]
    pub(crate) fn tls_backlog(&self) -> u8 {
        u8::try_from(self.tls_connections).unwrap_or(u8::MAX).max(8).min(self.backlog)
    }

    /// What each field says of itself; [`Limits::default`] for constants.
    pub const DEFAULT: Limits = Limits {
        connections: 64,
        lingering: 8,
        backlog: 32,
        head: HeadLimits::DEFAULT,
        response_head: 512,
        body: 16 * 1024,
        message: 16 * 1024,
        queue: 16 * 1024,
        mailbox: 8,
        timers: 8,
        #[cfg(feature = "security-tls12")]
        tls_connections: 16,
        #[cfg(feature = "security-tls12")]
        tls_overload: TlsOverload::Wait,
        #[cfg(feature = "security-tls12")]
        tls_handshakes: 2,
        #[cfg(feature = "security-tls12")]
        tls_handshake_timeout: Duration::from_secs(10),
        head_timeout: Duration::from_secs(10),
        keep_alive_timeout: Duration::from_secs(60),
        body_timeout: Duration::from_secs(20),
        response_timeout: Duration::from_secs(60),
        send_timeout: Duration::from_secs(60),
        linger_timeout: Duration::from_secs(2),
        #[cfg(feature = "client")]
        clients: 8,
        #[cfg(feature = "client")]
        name_timeout: Duration::from_secs(10),
        #[cfg(feature = "client")]
        connect_timeout: Duration::from_secs(10),
        #[cfg(feature = "client")]
        upgrade_timeout: Duration::from_secs(10),
        websocket: ws::Timeouts {
            ping_interval: Some(Duration::from_secs(30)),
            pong_timeout: Duration::from_secs(10),
            close_timeout: Duration::from_secs(5),
        },
    };
}

impl Default for Limits {
    fn default() -> Self {
        Limits::DEFAULT
    }
}
