//! What a connection is now, and the steps of a visit: what its stream has is given to its role, what that decides is done.

#[cfg(feature = "client")]
use alloc::boxed::Box;
use core::mem;

use wm_sys::Instant;

use super::connection::Fate;
use super::counters::Counters;
use super::input::Input;
use super::requests::Http;
use super::routes::Routes;
use super::securing::{Secured, Securing};
use super::services::Services;
use super::visit::{Cause, Incident, Next, Step, Visit};
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
            #[cfg(feature = "client")]
            if let Role::Client(exchange) = self
                && exchange.is_given_up(visit)
            {
                return Some(Fate::Abort);
            }
            // Who listens all the same hears first what came before the end.
            return if self.is_held_up(visit) { lost(visit) } else { None };
        }
        let has_work = match self {
            Role::Http(http) => http.awaits_room(),
            Role::WebSocket(websocket) => had_backlog || websocket.awaits_room(),
            _ => true,
        };
        if !has_work {
            return None;
        }
        let step = self.respond(visit, Incident::Writable { made_room: had_backlog });
        self.apply(visit, step.next)
    }

    /// Gives received segments to the role, as long as the peer takes what that makes us send.
    fn receive(&mut self, visit: &mut Visit<'_>) -> Option<Fate> {
        if let Role::Securing(securing) = self {
            let secured = securing.serve(visit);
            return self.secured(visit, secured);
        }
        #[cfg(feature = "client")]
        if let Role::Client(exchange) = self
            && exchange.is_securing()
        {
            let next = exchange.secure(visit);
            return self.apply(visit, next).or_else(|| lost(visit));
        }
        let inputs = if visit.transport.is_secure() { RECORDS_PER_VISIT } else { SEGMENTS_PER_VISIT };
        for _ in 0..inputs {
            if self.is_held_up(visit) {
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

    /// Whether nothing is read while something waits for the peer. A client listens while it talks: the server may have heard enough of a
    /// request (RFC 9112 section 9.5).
    fn is_held_up(&self, visit: &Visit<'_>) -> bool {
        #[cfg(feature = "client")]
        if matches!(self, Role::Client(_)) {
            return false;
        }
        visit.transport.has_backlog()
    }

    #[cfg_attr(
        not(feature = "client"),
        expect(unused_variables, reason = "only a client asks its application")
    )]
    fn is_paused(&self, visit: &mut Visit<'_>) -> bool {
        match self {
            Role::Http(http) => http.is_paused(),
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
            Secured::MakesWay => return Some(Fate::Close),
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
            let step = self.respond(visit, Incident::Received(input.bytes_mut()));
            input.advance(step.consumed);
            let waits = step.next == Next::Wait;
            if let Some(fate) = self.apply(visit, step.next) {
                digested = Digested::Ended(fate);
            } else if waits || self.is_held_up(visit) {
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
        if self.is_held_up(visit) {
            return None;
        }
        let at_end = visit.transport.at_end(visit.shared);
        if at_end {
            if matches!(self, Role::Securing(_) | Role::Linger(_)) {
                return Some(Fate::Close);
            }
            let step = self.respond(visit, Incident::EndOfInput);
            if let Some(fate) = self.apply(visit, step.next) {
                return Some(fate);
            }
        }
        if !matches!(self, Role::Linger(_)) {
            // To those who receive it is an orderly end, whatever comes after that.
            return if at_end { lost(visit) } else { None };
        }
        if at_end && !visit.transport.has_backlog() {
            return Some(Fate::Close);
        }
        visit.transport.end(visit.shared);
        None
    }

    /// Lets the role do its part.
    fn respond(&mut self, visit: &mut Visit<'_>, incident: Incident<'_>) -> Step {
        match self {
            Role::Http(http) => match visit.routes.roles().http {
                Some(respond) => respond(http, visit, incident),
                None => Next::Abort.into(),
            },
            Role::WebSocket(websocket) => match visit.routes.roles().websocket {
                Some(respond) => respond(websocket, visit, incident),
                None => Next::Abort.into(),
            },
            #[cfg(feature = "raw")]
            Role::Raw(raw) => raw.respond(visit, incident),
            #[cfg(feature = "client")]
            Role::Client(exchange) => exchange.respond(visit, incident),
            Role::Securing(_) | Role::Linger(_) => match incident {
                Incident::Received(input) => Step { consumed: input.len(), next: Next::Read },
                Incident::Expired => Next::Abort.into(),
                _ => Next::Read.into(),
            },
        }
    }

    /// Does what a role decided.
    fn apply(&mut self, visit: &mut Visit<'_>, next: Next) -> Option<Fate> {
        match next {
            Next::Read | Next::Wait => None,
            Next::Abort => Some(Fate::Abort),
            Next::Upgrade => {
                *self = Role::WebSocket(visit.upgraded.take()?);
                let step = self.respond(visit, Incident::Opened);
                self.apply(visit, step.next)
            }
            #[cfg(feature = "raw")]
            Next::Raw => {
                *self = Role::Raw(super::raw::Raw::default());
                visit.wake();
                None
            }
            // A client of ours has said what it had to say. What the server may still send is for nobody: the application hears of the end at
            // once, and another request need not wait.
            #[cfg(feature = "client")]
            Next::Close if matches!(self, Role::Client(_)) => Some(Fate::Close),
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
        mem::replace(self, Role::Linger(visit.shared.now)).respond(visit, Incident::Over);
        if let Some(watcher) = visit.routes.watcher() {
            watcher.disconnected(visit.id, &mut Services { shared: visit.shared });
        }
    }

    fn notified(&mut self, visit: &mut Visit<'_>) -> Option<Fate> {
        let step = self.respond(visit, Incident::Notified);
        self.apply(visit, step.next)
    }

    /// The deadline has passed.
    fn expire(&mut self, visit: &mut Visit<'_>) -> Option<Fate> {
        if matches!(self, Role::Linger(_)) {
            return Some(if visit.transport.has_backlog() { Fate::Abort } else { Fate::Close });
        }
        let Step { next, .. } = self.respond(visit, Incident::Expired);
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
    log_line!(Debug, "connection lost: {reason}");
    Counters::count(&mut visit.shared.counters.disconnected);
    Some(Fate::Abort)
}

enum Digested {
    All,
    Part,
    Ended(Fate),
}
