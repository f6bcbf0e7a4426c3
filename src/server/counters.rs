//! What has happened since the context was made.

macro_rules! counters {
    ($($(#[doc = $doc:literal])+ $(#[cfg($($cfg:tt)+)])? $name:ident,)+) => {
        /// What has happened since the context was made. Behind 2^32 - 1 follows 0, so that the difference of two readings is right.
        ///
        /// ```
        /// use wm_websockets::server::Counters;
        ///
        /// let counters = Counters::default();
        /// let names: Vec<_> = counters.iter().map(|(name, _)| name).collect();
        /// assert!(names.contains(&"connections"));
        /// ```
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Counters {
            $($(#[doc = $doc])+ $(#[cfg($($cfg)+)])? pub $name: u32,)+
        }

        impl Counters {
            /// Each counter with its name, in the order of the struct.
            pub fn iter(&self) -> impl Iterator<Item = (&'static str, u32)> {
                const NAMES: &[&str] = &[$($(#[cfg($($cfg)+)])? stringify!($name)),+];
                NAMES.iter().copied().zip([$($(#[cfg($($cfg)+)])? self.$name),+])
            }
        }
    };
}

counters! {
    /// Clients being served now.
    connections,
    /// The most that were served at once.
    connections_peak,
    /// Clients accepted.
    accepted,
    /// Clients refused with 503, or over TLS with an alert, because [`Limits::connections`](super::Limits::connections) or its like for TLS
    /// was reached.
    refused_busy,
    /// Clients reset because there was no memory for them, or too many were being refused.
    refused_memory,
    /// Idle keep-alive connections, and at a TLS port such as did not say the whole of their hello, that made way for a new client.
    evicted,
    /// Connections that the peer or lwIP broke off.
    disconnected,
    /// Requests whose head was complete.
    requests,
    /// Requests that broke a rule of HTTP.
    bad_requests,
    /// Responses with a status of 400 and above.
    error_responses,
    /// WebSocket handshakes completed.
    websockets_opened,
    /// WebSocket handshakes refused.
    websockets_refused,
    /// WebSockets closed by a breach of RFC 6455.
    violations,
    /// Messages, or fragments where a protocol wants those, handed to a protocol.
    messages_received,
    /// Messages and fragments sent.
    messages_sent,
    /// Messages that a slow client did not get.
    messages_dropped,
    /// Clients that a broadcast closed because they were slow.
    slow_closed,
    /// Bytes received and consumed.
    bytes_received,
    /// Bytes handed to lwIP.
    bytes_sent,
    /// Milliseconds that the longest pass took, frames, timers and handlers together, since
    /// [`Context::time_passes`](super::Context::time_passes); 0 before that.
    longest_pass,
    /// Connections that ended because a deadline passed.
    timeouts,
    /// Allocations that failed.
    allocation_failures,
    /// The most bytes that waited in one connection's queue.
    queue_peak,
    /// TLS handshakes completed.
    #[cfg(feature = "security-tls12")]
    tls_handshakes,
    /// TLS handshakes and connections that failed.
    #[cfg(feature = "security-tls12")]
    tls_failures,
}

impl Counters {
    /// Counts one more.
    pub(super) fn count(counter: &mut u32) {
        *counter = counter.wrapping_add(1);
    }

    /// Counts several more.
    pub(super) fn add(counter: &mut u32, number: usize) {
        *counter = counter.wrapping_add(number as u32);
    }

    /// Raises a high-water mark.
    pub(super) fn raise(mark: &mut u32, value: usize) {
        *mark = (*mark).max(u32::try_from(value).unwrap_or(u32::MAX));
    }
}
