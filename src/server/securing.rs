//! A connection in the role of a TLS handshake, until it can be an HTTP connection.

use core::time::Duration;

use wm_sys::Instant;

use super::counters::Counters;
use super::plain_http;
use super::secure::{Progress, Secure, Tls};
use super::services::{FAR, Shared};
use super::visit::Visit;

/// A handshake under way.
pub(super) struct Securing {
    /// Since when.
    pub(super) since: Instant,
    /// The first byte has shown that the client speaks TLS.
    greeted: bool,
    /// Its hello has been read, all of it.
    heard: bool,
    /// Without TLS there are no handshakes, and nothing of this role is compiled.
    _tls: Tls,
}

/// What a visit made of it.
pub(super) enum Secured {
    NotYet,
    /// From here on the connection speaks HTTP.
    Done,
    /// The client has not said whole what it wants, and others wait for its place.
    MakesWay,
    /// The client is not one for this port, and was told so as far as that is possible.
    Refused,
}

/// For how long a client may keep its hello to itself, or a part of that, while others wait. It comes right behind the connection, or after a
/// retransmission.
const SILENCE: Duration = Duration::from_secs(1);

/// The type of the record that a client begins with (RFC 8446 section 5.1).
const HANDSHAKE_RECORD: u8 = 22;

impl Securing {
    pub(super) fn new(secure: &Secure, now: Instant) -> Self {
        Securing { since: now, greeted: false, heard: false, _tls: secure.tls() }
    }

    /// Until when it has to be over.
    pub(super) fn deadline(&self, shared: &Shared) -> Instant {
        #[cfg(feature = "security-tls12")]
        let patience = shared.limits.tls_handshake_timeout;
        #[cfg(not(feature = "security-tls12"))]
        let patience = shared.limits.head_timeout;
        self.since + patience
    }

    /// When to look whether somebody waits for its place.
    pub(super) fn next_look(&self, now: Instant) -> Instant {
        if self.heard { FAR } else { now + SILENCE }
    }

    /// Does at most one step of the handshake, and none if another connection had one in this pass.
    pub(super) fn serve(&mut self, visit: &mut Visit<'_>) -> Secured {
        if !self.greeted {
            match visit.transport.first_byte(visit.shared) {
                None => return self.wait(visit),
                Some(HANDSHAKE_RECORD) => self.greeted = true,
                Some(byte) => return do_without(visit, byte),
            }
        }
        if visit.shared.slots.has_stepped() {
            visit.wake();
            return Secured::NotYet;
        }
        let progress = visit.transport.open(visit.shared);
        if !matches!(progress, Progress::Waits) {
            visit.shared.slots.step();
        }
        self.heard |= visit.transport.has_heard_hello();
        match progress {
            Progress::Waits => self.wait(visit),
            Progress::Step => {
                visit.wake();
                Secured::NotYet
            }
            Progress::Done => {
                visit.wake(); // the request may have come with the last flight
                Secured::Done
            }
            Progress::Failed => Secured::Refused,
        }
    }

    /// Waits for the client, if that may keep its place.
    fn wait(&self, visit: &mut Visit<'_>) -> Secured {
        let is_late = !self.heard && visit.shared.now >= self.since + SILENCE;
        // Who waits for the worker has said something.
        if !is_late || visit.transport.waits() || !visit.shared.slots.holds_back() {
            return Secured::NotYet;
        }
        Counters::count(&mut visit.shared.counters.evicted);
        Secured::MakesWay
    }
}

/// No TLS. A person who typed `http://` learns of that, or is served.
#[cold]
fn do_without(visit: &mut Visit<'_>, first: u8) -> Secured {
    log_line!(Info, "no TLS on a port that speaks TLS");
    visit.transport.give_up_tls(visit.shared);
    if !first.is_ascii_uppercase() {
        return Secured::Refused;
    }
    visit.routes.plain_http().unwrap_or(plain_http::refuse)(visit)
}
