//! A client, and what it does while it has no connection.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use core::mem;
use core::net::SocketAddr;
use core::time::Duration;

use wm_sys::Instant;

use super::super::broadcast;
use super::super::connection::{Connection, Fate};
use super::super::context::CLIENT_KEYS;
use super::super::counters::Counters;
use super::super::handle::OwnedMessage;
use super::super::routes::Routes;
use super::super::send_error::SendError;
use super::super::services::{FAR, Services, Shared};
use super::super::table::ConnectionId;
use super::access::ClientCounters;
use super::attempt;
use super::error::{Cause, ClientError, Step};
use super::options::WhileAway;
use super::state::{State, Turn};
use crate::http::{Method, split_once};
use crate::net::{Family, Key, Lookup, ResolveError};

/// What a client without a WebSocket does.
pub(super) enum Phase {
    /// It waits for its next attempt; or, until [`FAR`], for a request.
    Wait(Instant),
    /// It waits for the answer of a name server, or until lwIP has room for one more question.
    Resolve(Option<Lookup>, Instant),
    /// It has a connection, from the SYN on.
    Connected(ConnectionId, Instant),
}

/// A client's own.
pub(super) struct Slot {
    pub(super) generation: u32,
    pub(super) routes: Routes,
    pub(super) state: State,
    pub(super) phase: Phase,
    /// The kind of address that is being tried.
    family: Family,
    /// Failures in a row.
    failures: u16,
    pub(super) waiting: VecDeque<OwnedMessage>,
    pub(super) counters: ClientCounters,
}

/// What a client connects to. lwIP, which looks it up, reads addresses too.
#[derive(PartialEq)]
enum Host {
    Name,
    Ipv4,
    Ipv6,
}

impl Host {
    /// No top-level domain ends with a digit (RFC 1123 section 2.1).
    fn of(host: &str) -> Host {
        match host.as_bytes() {
            _ if split_once(host, b':').1.is_some() => Host::Ipv6,
            [.., b'0'..=b'9'] => Host::Ipv4,
            _ => Host::Name,
        }
    }
}

/// Before it is looked again whether another name may be asked for.
const PAUSE: Duration = Duration::from_millis(50);

/// The first kind of address that is tried (RFC 6724 section 2.1).
const FIRST_FAMILY: Family = if cfg!(feature = "ipv6") { Family::Ipv6 } else { Family::Ipv4 };

impl Slot {
    /// A client that begins at `start`.
    pub(super) fn new(generation: u32, routes: Routes, state: State, start: Instant) -> Self {
        Slot {
            generation,
            routes,
            state,
            phase: Phase::Wait(start),
            family: FIRST_FAMILY,
            failures: 0,
            waiting: VecDeque::new(),
            counters: ClientCounters::default(),
        }
    }

    pub(super) fn advance(&mut self, shared: &mut Shared, index: u8) {
        let now = shared.now;
        let until = match &self.phase {
            Phase::Wait(until) if *until <= now => return self.begin(shared, index),
            Phase::Resolve(Some(lookup), until) => match shared.stack.enter(|core| lookup.answer(core)) {
                Some(Ok(_)) if self.must_wait_for_tls(shared) => return,
                Some(Ok(address)) => return self.dial(shared, index, address),
                Some(Err(error)) => return self.next_family(shared, index, Cause::Name(error)),
                None if *until <= now => return self.next_family(shared, index, Cause::TimedOut),
                None => *until,
            },
            Phase::Resolve(None, until) if *until <= now => {
                return self.next_family(shared, index, Cause::Name(ResolveError::Busy));
            }
            Phase::Resolve(None, until) => return self.ask(shared, index, *until),
            Phase::Wait(until) => *until,
            Phase::Connected(..) => return,
        };
        shared.note_deadline(until);
    }

    /// The first step of an attempt.
    fn begin(&mut self, shared: &mut Shared, index: u8) {
        if self.must_wait_for_tls(shared) {
            return;
        }
        self.state.begin();
        self.family = match self.state.destination().map(|(host, _)| Host::of(host)) {
            Ok(Host::Ipv4) => Family::Ipv4,
            Ok(Host::Ipv6) => Family::Ipv6,
            _ => FIRST_FAMILY,
        };
        self.resolve(shared, index);
    }

    /// As many handshakes are under way as [`Limits::tls_handshakes`](super::super::Limits::tls_handshakes) allows. When one is over, all clients
    /// are looked at.
    fn must_wait_for_tls(&self, shared: &Shared) -> bool {
        let waits = self.state.url().is_ok_and(|url| url.scheme().is_secure())
            && !shared.slots.may_open(&shared.limits);
        if waits {
            shared.slots.hold_back();
        }
        waits
    }

    fn resolve(&mut self, shared: &mut Shared, index: u8) {
        self.state.reach(&mut self.routes, Step::Name);
        self.ask(shared, index, shared.now + shared.limits.name_timeout);
    }

    /// Asks for the address, which must be there by then.
    fn ask(&mut self, shared: &mut Shared, index: u8, until: Instant) {
        let (family, destination) = (self.family, self.state.destination());
        let lookup = destination.map_err(|_| ResolveError::BadName).and_then(|(host, _)| {
            shared.stack.enter(|core| {
                let mut lookup = Lookup::start(core, host, family)?;
                if let Some(key) = Key::new(CLIENT_KEYS.saturating_add(u32::from(index))) {
                    lookup.set_key(core, key);
                }
                Ok(lookup)
            })
        });
        match lookup {
            Ok(lookup) => {
                // An address, or a name that is remembered: `advance` comes for it in this pass.
                self.phase = Phase::Resolve(Some(lookup), until);
                shared.note_deadline(until);
            }
            // Others are asking. lwIP does not tell when they are done.
            Err(ResolveError::Busy) => {
                self.phase = Phase::Resolve(None, until);
                shared.note_deadline(until.min(shared.now + PAUSE));
            }
            Err(error) => self.next_family(shared, index, Cause::Name(error)),
        }
    }

    fn dial(&mut self, shared: &mut Shared, index: u8, address: core::net::IpAddr) {
        self.state.reach(&mut self.routes, Step::Connect);
        let port = self.state.destination().map_or(0, |(_, port)| port);
        match attempt::dial(shared, &self.state, index, SocketAddr::new(address, port)) {
            Ok(id) => self.phase = Phase::Connected(id, shared.now),
            Err(cause) => self.next_family(shared, index, cause),
        }
    }

    /// This kind of address has led nowhere.
    fn next_family(&mut self, shared: &mut Shared, index: u8, cause: Cause) {
        if self.family == Family::Ipv6 && self.has_name() {
            self.family = Family::Ipv4;
            return self.resolve(shared, index);
        }
        self.state.fail(cause);
        self.failed(shared);
    }

    fn has_name(&self) -> bool {
        self.state.destination().is_ok_and(|(host, _)| Host::of(host) == Host::Name)
    }

    /// Whether it speaks WebSocket, and not HTTP.
    pub(super) fn is_websocket(&self) -> bool {
        self.routes.has_protocol()
    }

    /// Its connection is over.
    pub(super) fn ended(&mut self, shared: &mut Shared, connection: Box<Connection>, fate: Fate) {
        let index = connection.client.unwrap_or_default();
        let since = match self.phase {
            Phase::Connected(_, since) => since,
            _ => shared.now,
        };
        #[cfg(feature = "security-tls12")]
        if let Some(saved) = connection.transport.saved_session() {
            self.state.remember(saved);
        }
        shared.dismiss(connection, fate);
        self.phase = Phase::Wait(FAR);
        if mem::take(&mut self.state.opened) {
            self.retry(shared, since);
        } else if self.is_awaited_elsewhere() && !self.state.stopping {
            self.phase = Phase::Wait(shared.now);
            shared.note_deadline(shared.now);
        } else if self.state.step == Step::Connect && self.family == Family::Ipv6 && !self.state.stopping {
            self.next_family(shared, index, Cause::TimedOut);
        } else if self.is_at_rest() {
            // An idle connection was closed, as either side may.
        } else if self.state.turn == Turn::Next && self.is_repeatable() && !self.state.stopping {
            self.phase = Phase::Wait(shared.now);
            shared.note_deadline(shared.now);
        } else {
            self.failed(shared);
        }
    }

    /// Whether another connection is for what this one was not: a request that was made while it came to its end, or one that was redirected.
    fn is_awaited_elsewhere(&self) -> bool {
        if self.state.is_spent() { self.state.job.is_some() } else { self.state.redirected }
    }

    /// An HTTP client without a request.
    pub(super) fn is_at_rest(&self) -> bool {
        self.state.job.is_none() && !self.routes.has_protocol()
    }

    /// Whether the request may be sent twice (RFC 9110 section 9.2.2).
    fn is_repeatable(&self) -> bool {
        self.state.job.as_ref().is_some_and(|job| {
            let idempotent =
                matches!(job.request.method, Method::Get | Method::Head | Method::Delete | Method::Options);
            idempotent && job.request.length == super::BodyLength::None
        })
    }

    /// An attempt led to nothing: the application hears of it.
    fn failed(&mut self, shared: &mut Shared) {
        let error = self.state.take_error();
        log_line!(Info, "client failed {error}");
        Counters::add(&mut self.counters.failures, 1);
        self.phase = Phase::Wait(FAR);
        // A redirect that was not followed any more leads no other request anywhere.
        self.state.redirected = false;
        if let Some(mut job) = self.state.job.take() {
            return job.handler.done(Err(&error));
        }
        let delay = self.retry(shared, shared.now);
        self.report(&error, delay);
    }

    fn report(&mut self, error: &ClientError, delay: Option<Duration>) {
        #[cfg(feature = "raw")]
        if let Some(protocol) = self.routes.raw_protocol() {
            return protocol.failed(error, delay);
        }
        if let Some(client) = self.routes.protocol(0).and_then(|protocol| protocol.as_client()) {
            client.failed(error, delay);
        }
    }

    /// Plans the next attempt, after a connection that lasted since then; `None`: there is none.
    fn retry(&mut self, shared: &mut Shared, since: Instant) -> Option<Duration> {
        let policy = self.state.options.reconnect.filter(|_| !self.state.stopping)?;
        let lasted = shared.now.saturating_duration_since(since);
        if lasted >= policy.delay(self.failures, u32::MAX) {
            self.failures = 0;
        }
        if policy.attempts.is_some_and(|most| self.failures >= most) {
            return None;
        }
        let mut luck = [0; 4];
        // Without entropy all delays are the longest: later is never wrong.
        let luck = wm_sys::entropy(&mut luck).map_or(u32::MAX, |()| u32::from_ne_bytes(luck));
        let delay = policy.delay(self.failures, luck);
        self.failures = self.failures.saturating_add(1);
        let until = shared.now + delay;
        self.phase = Phase::Wait(until);
        shared.note_deadline(until);
        Some(delay)
    }
}

/// Messages that wait.
impl Slot {
    /// Keeps a message until the connection is back, as far as the policy allows.
    pub(super) fn keep(&mut self, message: OwnedMessage) -> Result<(), SendError> {
        let size = message.as_message().as_bytes().len();
        let (limit, oldest_goes) = match self.state.options.while_away {
            WhileAway::Refuse => return Err(SendError::Closing),
            WhileAway::KeepOldest(limit) => (limit, false),
            WhileAway::KeepNewest(limit) => (limit, true),
        };
        if size > limit {
            return Err(SendError::TooLong);
        }
        while self.waiting_bytes().saturating_add(size) > limit {
            if !oldest_goes {
                return Err(SendError::Full);
            }
            self.waiting.pop_front();
            Counters::add(&mut self.counters.dropped, 1);
        }
        self.waiting.try_reserve(1).map_err(|_| SendError::NoMemory)?;
        self.waiting.push_back(message);
        Ok(())
    }

    fn waiting_bytes(&self) -> usize {
        self.waiting.iter().map(|message| message.as_message().as_bytes().len()).sum()
    }

    /// Sends what waited, as far as there is room. A message leaves the queue when the connection has taken it, so that none is sent twice.
    pub(super) fn flush(&mut self, shared: &mut Shared) {
        let Phase::Connected(id, _) = self.phase else { return };
        if self.state.opened && !mem::replace(&mut self.state.counted, true) {
            Counters::add(&mut self.counters.opened, 1);
        }
        while let Some(message) = self.waiting.front() {
            match broadcast::send_to(shared, id, message.as_message()) {
                Ok(()) => drop(self.waiting.pop_front()),
                Err(SendError::Full) => {
                    let wake = |socket: &mut super::super::Socket<'_>| {
                        socket.transport.wake_when_writable(socket.shared);
                    };
                    Services { shared }.with_socket(id, wake);
                    return;
                }
                Err(SendError::TooLong) => {
                    self.waiting.pop_front();
                    Counters::add(&mut self.counters.dropped, 1);
                }
                Err(_) => return,
            }
        }
    }
}
