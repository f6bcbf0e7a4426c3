//! All clients of a context, and what they do while they have no connection.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::mem;
use core::net::SocketAddr;
use core::time::Duration;

use wm_sys::{Instant, heap};

use super::super::broadcast;
use super::super::connection::{Connection, Fate};
use super::super::context::CLIENT_KEYS;
use super::super::counters::Counters;
use super::super::handle::OwnedMessage;
use super::super::routes::Routes;
use super::super::send_error::SendError;
use super::super::services::{FAR, Services, Shared};
use super::super::table::ConnectionId;
use super::super::visit::{Cause as Occasion, Owner};
use super::access::ClientCounters;
use super::attempt;
use super::error::{Cause, ClientError, StartError, Step};
use super::options::{ConnectOptions, WhileAway};
use super::state::State;
use crate::http::Method;
use crate::net::{Family, Key, Lookup, ResolveError};

/// A client's name. A name that was kept too long is recognised as stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientId {
    pub(super) index: u8,
    pub(super) generation: u32,
}

/// What a client without a WebSocket does.
pub(super) enum Phase {
    /// It waits for its next attempt; or, until [`FAR`], for a request.
    Wait(Instant),
    /// It waits for the answer of a name server.
    Resolve(Lookup, Instant),
    /// It has a connection, from the SYN on.
    Connected(ConnectionId, Instant),
}

pub(super) struct Slot {
    generation: u32,
    routes: Routes,
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
            octets if octets.contains(&b':') => Host::Ipv6,
            [.., b'0'..=b'9'] => Host::Ipv4,
            _ => Host::Name,
        }
    }
}

/// Before it is looked again whether another TLS handshake may begin.
const TLS_PAUSE: Duration = Duration::from_millis(50);

/// The first kind of address that is tried (RFC 6724 section 2.1).
const FIRST_FAMILY: Family = if cfg!(feature = "ipv6") { Family::Ipv6 } else { Family::Ipv4 };

/// Where a client lives.
enum Place {
    Free,
    /// It is taken out for a visit, so that its callbacks may reach all others.
    Visited,
    Home(Box<Slot>),
}

/// The clients by number.
#[derive(Default)]
pub(in crate::server) struct Clients {
    places: Vec<Place>,
    /// How many there have been.
    made: u32,
}

impl Place {
    fn is_free(&self) -> bool {
        matches!(self, Place::Free)
    }
}

impl Clients {
    pub(super) fn add(shared: &mut Shared, routes: Routes, state: State) -> Result<ClientId, StartError> {
        if state.url().is_ok_and(|url| !state.options.reaches(&url)) {
            return Err(StartError::NoTls);
        }
        let (limit, clients) = (shared.limits.clients, &mut shared.clients);
        let free = clients.places.iter().position(Place::is_free).unwrap_or(clients.places.len());
        let index = u8::try_from(free).ok().filter(|index| *index < limit).ok_or(StartError::TooMany)?;
        let start = if routes.has_protocol() || state.job.is_some() { shared.now } else { FAR };
        clients.made = clients.made.wrapping_add(1);
        let generation = clients.made;
        let slot = heap::try_box(Slot {
            generation,
            routes,
            state,
            phase: Phase::Wait(start),
            family: FIRST_FAMILY,
            failures: 0,
            waiting: VecDeque::new(),
            counters: ClientCounters::default(),
        });
        let slot = slot.map_err(|_| StartError::NoMemory)?;
        if free == clients.places.len() {
            clients.places.try_reserve(1).map_err(|_| StartError::NoMemory)?;
            clients.places.push(Place::Free);
        }
        clients.put(index, slot);
        shared.note_deadline(start);
        Ok(ClientId { index, generation })
    }

    pub(super) fn get(&mut self, id: ClientId) -> Option<&mut Slot> {
        match self.places.get_mut(usize::from(id.index))? {
            Place::Home(slot) if slot.generation == id.generation => Some(slot),
            _ => None,
        }
    }

    /// Takes a client out for a visit.
    fn take(&mut self, index: u8) -> Option<Box<Slot>> {
        let place = self.places.get_mut(usize::from(index))?;
        match mem::replace(place, Place::Visited) {
            Place::Home(slot) => Some(slot),
            other => {
                *place = other;
                None
            }
        }
    }

    fn put(&mut self, index: u8, slot: Box<Slot>) {
        if let Some(place) = self.places.get_mut(usize::from(index)) {
            *place = Place::Home(slot);
        }
    }

    /// Takes a client out for ever.
    pub(super) fn remove(&mut self, id: ClientId) -> Option<Box<Slot>> {
        self.get(id)?;
        let slot = self.take(id.index);
        self.vacate(id.index);
        slot
    }

    /// Gives up the place of a client that was taken out. The last one takes the table with it.
    fn vacate(&mut self, index: u8) {
        if let Some(place) = self.places.get_mut(usize::from(index)) {
            *place = Place::Free;
        }
        if self.places.iter().all(Place::is_free) {
            self.places = Vec::new();
        }
    }

    /// No client begins anything any more.
    pub(in crate::server) fn stop(&mut self) {
        for place in &mut self.places {
            let Place::Home(slot) = place else { continue };
            slot.state.stopping = true;
            if !matches!(slot.phase, Phase::Connected(..)) {
                slot.phase = Phase::Wait(FAR);
            }
        }
    }
}

/// A client may have something to do.
pub(in crate::server) fn advance(shared: &mut Shared, index: u8) {
    let Some(mut slot) = shared.clients.take(index) else { return };
    slot.advance(shared, index);
    settle(shared, index, slot);
}

/// Advances the clients whose time has come.
pub(in crate::server) fn advance_due(shared: &mut Shared) {
    for index in 0..shared.clients.places.len() as u8 {
        advance(shared, index);
    }
}

/// Visits the connection of a client.
pub(in crate::server) fn visit(
    shared: &mut Shared,
    scratch: &mut [u8],
    mut connection: Box<Connection>,
    occasion: Occasion,
) {
    let Some((index, mut slot)) = of(shared, &connection) else {
        return shared.dismiss(connection, Fate::Abort);
    };
    let owner = Owner { routes: &mut slot.routes, client: Some(&mut slot.state) };
    match connection.visit(shared, owner, scratch, occasion) {
        Fate::Keep => {
            shared.table.put(connection.id.index, connection);
            slot.flush(shared);
        }
        fate => slot.ended(shared, connection, fate),
    }
    settle(shared, index, slot);
}

/// Ends the connection of a client without a visit.
pub(in crate::server) fn end(shared: &mut Shared, mut connection: Box<Connection>, fate: Fate) {
    let Some((index, mut slot)) = of(shared, &connection) else { return shared.dismiss(connection, fate) };
    connection.end(shared, Owner { routes: &mut slot.routes, client: Some(&mut slot.state) });
    slot.ended(shared, connection, fate);
    settle(shared, index, slot);
}

/// The client of a connection, taken out of the table for a visit.
fn of(shared: &mut Shared, connection: &Connection) -> Option<(u8, Box<Slot>)> {
    let index = connection.client?;
    let slot = shared.clients.take(index)?;
    if matches!(&slot.phase, Phase::Connected(id, _) if *id == connection.id) {
        return Some((index, slot));
    }
    shared.clients.put(index, slot);
    None
}

/// Puts a client back, unless it has done all that it was made for.
pub(super) fn settle(shared: &mut Shared, index: u8, slot: Box<Slot>) {
    let over = slot.state.once && slot.state.job.is_none() && !matches!(slot.phase, Phase::Connected(..));
    if over {
        shared.clients.vacate(index);
    } else {
        shared.clients.put(index, slot);
    }
}

impl Slot {
    fn advance(&mut self, shared: &mut Shared, index: u8) {
        let now = shared.now;
        let until = match &self.phase {
            Phase::Wait(until) if *until <= now => return self.begin(shared, index),
            Phase::Resolve(lookup, until) => match shared.stack.with_core(|core| lookup.answer(core)) {
                Some(Ok(address)) => return self.dial(shared, index, address),
                Some(Err(error)) => return self.next_family(shared, index, Cause::Name(error)),
                None if *until <= now => return self.next_family(shared, index, Cause::TimedOut),
                None => *until,
            },
            Phase::Wait(until) => *until,
            Phase::Connected(..) => return,
        };
        shared.note_deadline(until);
    }

    /// The first step of an attempt.
    fn begin(&mut self, shared: &mut Shared, index: u8) {
        if self.must_wait_for_tls(shared) {
            self.phase = Phase::Wait(shared.now + TLS_PAUSE);
            return shared.note_deadline(shared.now + TLS_PAUSE);
        }
        self.state.begin();
        self.family = match self.state.destination().map(|(host, _)| Host::of(host)) {
            Ok(Host::Ipv4) => Family::Ipv4,
            Ok(Host::Ipv6) => Family::Ipv6,
            _ => FIRST_FAMILY,
        };
        self.resolve(shared, index);
    }

    /// As many handshakes are under way as [`Limits::tls_handshakes`](super::super::Limits::tls_handshakes) allows.
    fn must_wait_for_tls(&self, shared: &Shared) -> bool {
        !shared.slots.may_open(&shared.limits) && self.state.url().is_ok_and(|url| url.scheme().is_secure())
    }

    fn resolve(&mut self, shared: &mut Shared, index: u8) {
        self.state.step = Step::Name;
        let (family, destination) = (self.family, self.state.destination());
        let lookup = destination.map_err(|_| ResolveError::BadName).and_then(|(host, _)| {
            shared.stack.with_core(|core| {
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
                let until = shared.now + shared.limits.name_timeout;
                self.phase = Phase::Resolve(lookup, until);
                shared.note_deadline(until);
            }
            Err(error) => self.next_family(shared, index, Cause::Name(error)),
        }
    }

    fn dial(&mut self, shared: &mut Shared, index: u8, address: core::net::IpAddr) {
        self.state.step = Step::Connect;
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
    fn ended(&mut self, shared: &mut Shared, connection: Box<Connection>, fate: Fate) {
        let index = connection.client.unwrap_or_default();
        let since = match self.phase {
            Phase::Connected(_, since) => since,
            _ => shared.now,
        };
        #[cfg(feature = "security-small")]
        if let Some(saved) = connection.transport.saved_session() {
            self.state.saved = Some(saved);
        }
        shared.dismiss(connection, fate);
        self.phase = Phase::Wait(FAR);
        if mem::take(&mut self.state.opened) {
            self.retry(shared, since);
        } else if self.state.redirected && !self.state.stopping {
            self.phase = Phase::Wait(shared.now);
            shared.note_deadline(shared.now);
        } else if self.state.step == Step::Connect && self.family == Family::Ipv6 && !self.state.stopping {
            self.next_family(shared, index, Cause::TimedOut);
        } else if self.is_at_rest() {
            // An idle connection was closed, as either side may.
        } else if self.state.reused && self.is_repeatable() {
            self.phase = Phase::Wait(shared.now);
            shared.note_deadline(shared.now);
        } else {
            self.failed(shared);
        }
    }

    /// An HTTP client without a request.
    fn is_at_rest(&self) -> bool {
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
        log::info!("client failed {error}");
        Counters::add(&mut self.counters.failures, 1);
        self.phase = Phase::Wait(FAR);
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
        if self.state.opened {
            self.counters.note_open(id);
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

/// A client that speaks WebSocket.
pub(super) fn start(
    shared: &mut Shared,
    options: ConnectOptions,
    protocol: Box<dyn super::super::protocol::AnyProtocol>,
) -> Result<ClientId, StartError> {
    let routes = Routes::of_client(protocol).map_err(|_| StartError::NoMemory)?;
    Clients::add(shared, routes, State::new(options))
}
