//! What a connection is now, and the steps of a visit: what its stream has is given to its role, what that decides is done.

#[cfg(feature = "client")]
use alloc::boxed::Box;
use core::mem;

use wm_sys::Instant;

use super::connection::Fate;
use super::counters::Counters;
use super::input::Input;
use super::protocol::Occasion;
use super::requests::Http;
use super::routes::Routes;
use super::securing::{Secured, Securing};
use super::services::Services;
use super::visit::{Cause, Next, Step, Visit};
use super::websocket::WebSocket;

pub(super) enum Role {
    Securing(Securing),
    Http(Http),
    WebSocket(WebSocket),
    #[cfg(feature = "raw")]
    Raw(super::raw::Raw),
    /// We are the client, and a WebSocket only when the server has agreed.
    #[cfg(feature = "client")]
    Client(Box<dyn super::client::AnyExchange>),
    /// Everything was said: what the peer still sends is dropped, so that it can read our last words before it learns that nobody
    /// listens (RFC 9112 section 9.6). Since when.
    Linger(Instant),
}

/// Segments read in one visit, so that one busy client does not keep the others waiting.
const SEGMENTS_PER_VISIT: usize = 8;

/// The same for records, which can be longer, and have to be decrypted.
const RECORDS_PER_VISIT: usize = 1;

impl Role {
    /// What a client of these routes is, once bytes can go both ways.
    pub(super) fn first(routes: &Routes, now: Instant) -> Self {
        #[cfg(feature = "raw")]
        if routes.is_raw() {
            return Role::Raw(super::raw::Raw::default());
        }
        let _ = routes;
        Role::Http(Http::new(now))
    }
}

/// The steps of a visit. `Some`: the connection is over.
impl Role {
    pub(super) fn serve(&mut self, visit: &mut Visit<'_>, cause: Cause, is_due: bool) -> Option<Fate> {
        let fate = match cause {
            Cause::Deadline if is_due => self.expire(visit),
            Cause::Notified => self.notified(visit),
            Cause::Ready | Cause::Deadline => None,
        };
        fate.or_else(|| self.transmit(visit)).or_else(|| self.receive(visit)).or_else(|| self.close(visit))
    }

    /// Moves what waits, and lets the role send more.
    fn transmit(&mut self, visit: &mut Visit<'_>) -> Option<Fate> {
        let had_backlog = visit.transport.has_backlog();
        visit.transport.drain(visit.shared);
        if visit.transport.broken {
            return Some(Fate::Abort);
        }
        if visit.transport.has_backlog() {
            return lost(visit);
        }
        let next = match self {
            Role::Http(http) => http.writable(visit),
            Role::WebSocket(websocket) => websocket.drained(visit, had_backlog),
            #[cfg(feature = "raw")]
            Role::Raw(raw) => raw.drained(visit, had_backlog),
            #[cfg(feature = "client")]
            Role::Client(exchange) => exchange.writable(visit),
            Role::Securing(_) | Role::Linger(_) => Next::Read,
        };
        self.apply(visit, next)
    }

    /// Gives received segments to the role, as long as the peer takes what that makes us send.
    fn receive(&mut self, visit: &mut Visit<'_>) -> Option<Fate> {
        if let Role::Securing(securing) = self {
            let secured = securing.serve(visit);
            return self.secured(visit, secured);
        }
        #[cfg(feature = "client")]
        if let Role::Client(exchange) = self
            && exchange.is_securing(visit)
        {
            let next = exchange.secure(visit);
            return self.apply(visit, next).or_else(|| lost(visit));
        }
        let inputs = if visit.transport.is_secure() { RECORDS_PER_VISIT } else { SEGMENTS_PER_VISIT };
        for _ in 0..inputs {
            if visit.transport.has_backlog() {
                return None;
            }
            if self.is_paused(visit) {
                return lost(visit);
            }
            match visit.transport.receive(visit.shared) {
                Ok(Some(input)) => match self.digest(visit, input) {
                    Digested::All => {}
                    Digested::Part => return lost(visit),
                    Digested::Ended(fate) => return Some(fate),
                },
                Ok(None) => return None,
                Err(_) => return lost(visit),
            }
        }
        visit.wake();
        None
    }

    #[cfg_attr(
        not(feature = "client"),
        expect(unused_variables, reason = "only a client asks its application")
    )]
    fn is_paused(&self, visit: &mut Visit<'_>) -> bool {
        match self {
            Role::WebSocket(websocket) => websocket.is_paused(),
            #[cfg(feature = "raw")]
            Role::Raw(raw) => raw.is_paused(),
            #[cfg(feature = "client")]
            Role::Client(exchange) => exchange.is_paused(visit),
            _ => false,
        }
    }

    /// Goes on after a visit to the handshake.
    fn secured(&mut self, visit: &mut Visit<'_>, secured: Secured) -> Option<Fate> {
        match secured {
            Secured::NotYet => return lost(visit),
            Secured::Done => {
                *self = Role::first(visit.routes, visit.shared.now);
                visit.wake();
            }
            Secured::Refused => self.end(visit),
        }
        None
    }

    /// Works through one segment or record; what cannot be used now goes back.
    fn digest(&mut self, visit: &mut Visit<'_>, mut input: Input) -> Digested {
        let before = input.bytes().len();
        let mut digested = Digested::All;
        while !input.is_empty() && matches!(digested, Digested::All) {
            let step = match self {
                Role::Http(http) => http.receive(visit, input.bytes()),
                Role::WebSocket(websocket) => websocket.receive(visit, input.bytes_mut()),
                #[cfg(feature = "raw")]
                Role::Raw(raw) => raw.receive(visit, input.bytes()),
                #[cfg(feature = "client")]
                Role::Client(exchange) => exchange.receive(visit, input.bytes()),
                Role::Securing(_) | Role::Linger(_) => {
                    Step { consumed: input.bytes().len(), next: Next::Read }
                }
            };
            input.advance(step.consumed);
            let waits = step.next == Next::Wait;
            if let Some(fate) = self.apply(visit, step.next) {
                digested = Digested::Ended(fate);
            } else if waits || visit.transport.has_backlog() {
                digested = Digested::Part;
            }
        }
        let consumed = before.saturating_sub(input.bytes().len());
        visit.transport.consumed(visit.shared, input, consumed);
        digested
    }

    /// Ends what is to end: our side once everything is sent, the whole once the peer has ended too.
    fn close(&mut self, visit: &mut Visit<'_>) -> Option<Fate> {
        if visit.transport.has_failed() {
            #[cfg(feature = "client")]
            super::client::note_tls(visit);
            self.end(visit);
        }
        if visit.transport.has_backlog() {
            return None;
        }
        let at_end = visit.transport.at_end(visit.shared);
        if at_end {
            let next = match self {
                Role::Http(http) => http.end_of_input(),
                Role::WebSocket(_) => Next::Close,
                #[cfg(feature = "raw")]
                Role::Raw(_) => Next::Close,
                #[cfg(feature = "client")]
                Role::Client(exchange) => exchange.end_of_input(visit),
                Role::Securing(_) | Role::Linger(_) => return Some(Fate::Close),
            };
            if let Some(fate) = self.apply(visit, next) {
                return Some(fate);
            }
        }
        if !matches!(self, Role::Linger(_)) {
            return None;
        }
        if at_end && !visit.transport.has_backlog() {
            return Some(Fate::Close);
        }
        visit.transport.end(visit.shared);
        None
    }

    /// Does what a role decided.
    fn apply(&mut self, visit: &mut Visit<'_>, next: Next) -> Option<Fate> {
        match next {
            Next::Read | Next::Wait => None,
            Next::Abort => Some(Fate::Abort),
            Next::Upgrade => {
                let mut websocket = visit.upgraded.take()?;
                let next = websocket.call(visit, Occasion::Opened);
                *self = Role::WebSocket(websocket);
                self.apply(visit, next)
            }
            #[cfg(all(feature = "raw", feature = "client"))]
            Next::Raw => {
                *self = Role::Raw(super::raw::Raw::default());
                visit.wake();
                None
            }
            Next::Close => {
                self.end(visit);
                None
            }
        }
    }

    /// From here on the connection lingers. Drops the role, and with it what the application kept for it.
    pub(super) fn end(&mut self, visit: &mut Visit<'_>) {
        if matches!(self, Role::Linger(_)) {
            return;
        }
        match mem::replace(self, Role::Linger(visit.shared.now)) {
            Role::WebSocket(mut websocket) => websocket.close_session(visit),
            #[cfg(feature = "raw")]
            Role::Raw(mut raw) => raw.close_session(visit),
            _ => {}
        }
        if let Some(watcher) = visit.routes.watcher() {
            watcher.disconnected(visit.id, &mut Services { shared: visit.shared });
        }
    }

    fn notified(&mut self, visit: &mut Visit<'_>) -> Option<Fate> {
        let next = match self {
            Role::Http(http) => http.notified(),
            #[cfg(feature = "client")]
            Role::Client(exchange) => exchange.writable(visit),
            Role::Securing(_) | Role::Linger(_) => Next::Read,
            Role::WebSocket(websocket) => websocket.call(visit, Occasion::Notified),
            #[cfg(feature = "raw")]
            Role::Raw(raw) => raw.notified(visit),
        };
        self.apply(visit, next)
    }

    /// The deadline has passed.
    fn expire(&mut self, visit: &mut Visit<'_>) -> Option<Fate> {
        let next = match self {
            Role::Securing(_) => Next::Abort,
            Role::Http(http) => http.expire(visit),
            Role::WebSocket(websocket) => websocket.expire(visit),
            #[cfg(feature = "raw")]
            Role::Raw(raw) => raw.expire(visit),
            #[cfg(feature = "client")]
            Role::Client(exchange) => exchange.expire(visit),
            Role::Linger(_) => {
                return Some(if visit.transport.has_backlog() { Fate::Abort } else { Fate::Close });
            }
        };
        if matches!(next, Next::Close | Next::Abort) {
            Counters::count(&mut visit.shared.counters.timeouts);
        }
        self.apply(visit, next)
    }
}

/// Whether there is nobody left to send to, or to receive more from.
fn lost(visit: &mut Visit<'_>) -> Option<Fate> {
    let reason = visit.transport.disconnected(visit.shared)?;
    #[cfg(feature = "client")]
    if let Some(client) = &mut visit.client {
        client.note_lost(reason);
    }
    log::debug!("connection lost: {reason}");
    Counters::count(&mut visit.shared.counters.disconnected);
    Some(Fate::Abort)
}

enum Digested {
    All,
    Part,
    Ended(Fate),
}
