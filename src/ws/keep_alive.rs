//! Keeping alive: who is silent is pinged, who does not answer is dead.

use core::time::Duration;

use wm_sys::Instant;

use super::connection::Connection;

/// How long to wait for the peer. Many connections share one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Silence after which the peer is pinged; `None` never pings, and then never finds a dead peer.
    pub ping_interval: Option<Duration>,
    /// Further silence after which a pinged peer counts as dead.
    pub pong_timeout: Duration,
    /// Time for the whole closing handshake, from the first sign of it to the end of the TCP connection.
    pub close_timeout: Duration,
}

/// What time has made due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Send a Ping.
    SendPing,
    /// The peer is gone: drop the connection. Its close code is 1006.
    PeerDead,
    /// The closing handshake took too long: drop the connection.
    CloseTimeout,
}

impl Connection {
    /// Notes a sign of life. Received bytes are noted by [`receive`](Self::receive); bytes that the peer's
    /// TCP has acknowledged are the other sign, without which a Ping behind a long transmission could come
    /// too late.
    pub fn peer_alive(&mut self, now: Instant) {
        if !self.close.is_closing() {
            self.pinged = false;
            self.since = now;
        }
    }

    /// Whether the peer is neither pinged nor leaving: then each sign of life moves [`deadline`](Self::deadline) on, and never back.
    #[must_use]
    pub(crate) fn is_at_rest(&self) -> bool {
        !self.pinged && !self.close.is_closing()
    }

    /// When [`on_timer`](Self::on_timer) has something to say, unless more happens before. To be asked again
    /// after every other call.
    #[must_use]
    pub fn deadline(&self, timeouts: &Timeouts) -> Option<Instant> {
        let wait = if self.close.is_closing() {
            timeouts.close_timeout
        } else if self.pinged {
            timeouts.pong_timeout
        } else {
            timeouts.ping_interval?
        };
        Some(self.since + wait)
    }

    /// What is due at `now`. [`Due::SendPing`] comes once for each silence; the others stay due.
    #[must_use = "what is due happens only if the caller does it"]
    pub fn on_timer(&mut self, now: Instant, timeouts: &Timeouts) -> Option<Due> {
        if now < self.deadline(timeouts)? {
            return None;
        }
        if self.close.is_closing() {
            return Some(Due::CloseTimeout);
        }
        if self.pinged {
            return Some(Due::PeerDead);
        }
        self.pinged = true;
        self.since = now;
        Some(Due::SendPing)
    }
}
