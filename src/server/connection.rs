//! One client: what its stream has is given to its role, what that decides is done.

use core::mem;

use wm_sys::Instant;

use super::counters::Counters;
use super::exchange::Http;
use super::protocol::Occasion;
use super::routes::Routes;
use super::services::Shared;
use super::table::ConnectionId;
use super::transport::Transport;
use super::websocket::WebSocket;
use crate::net::{Segment, TcpStream};

/// What a visit may use beside the connection.
pub(super) struct Pass<'p> {
    pub(super) shared: &'p mut Shared,
    pub(super) routes: &'p mut Routes,
    /// For the head of a response.
    pub(super) scratch: &'p mut [u8],
    /// What [`Next::Upgrade`] is about. Not in there, because every step returns one of those.
    pub(super) upgraded: Option<WebSocket>,
}

impl<'p> Pass<'p> {
    pub(super) fn new(shared: &'p mut Shared, routes: &'p mut Routes, scratch: &'p mut [u8]) -> Self {
        Pass { shared, routes, scratch, upgraded: None }
    }
}

/// What a role made of some bytes.
pub(super) struct Step {
    pub(super) consumed: usize,
    pub(super) next: Next,
}

/// What a role wants next.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Next {
    /// More bytes.
    Read,
    /// Nothing from the peer, until the response is finished.
    Wait,
    /// Send what is queued, say that nothing follows, and wait for the peer to do the same.
    Close,
    /// Break off.
    Abort,
    /// From here on it is the WebSocket in [`Pass::upgraded`].
    Upgrade,
}

/// Whether a connection goes on after a visit.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Fate {
    Keep,
    /// Both sides have ended.
    Close,
    /// RST.
    Abort,
}

/// Why a connection is visited.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Visit {
    Ready,
    Notified,
    Deadline,
}

pub(super) enum Role {
    Http(Http),
    WebSocket(WebSocket),
    /// Everything was said: what the peer still sends is dropped, so that it can read our last words before it learns that nobody
    /// listens (RFC 9112 section 9.6). Since when.
    Linger(Instant),
}

pub(super) struct Connection {
    pub(super) id: ConnectionId,
    /// The port it came in by.
    pub(super) listener: u8,
    pub(super) deadline: Instant,
    /// It never was a client: it is only told so.
    pub(super) refused: bool,
    pub(super) transport: Transport,
    pub(super) role: Role,
}

/// Segments read in one visit, so that one busy client does not keep the others waiting.
const SEGMENTS_PER_VISIT: usize = 8;

impl Connection {
    pub(super) fn new(id: ConnectionId, listener: u8, stream: TcpStream, now: Instant) -> Self {
        let transport = Transport::new(stream, now);
        Connection {
            id,
            listener,
            deadline: now,
            refused: false,
            transport,
            role: Role::Http(Http::new(now)),
        }
    }

    /// Whether it is a WebSocket of this route.
    pub(super) fn serves(&self, pattern: &str) -> bool {
        matches!(&self.role, Role::WebSocket(websocket) if websocket.pattern() == pattern)
    }

    /// Does what there is to do.
    pub(super) fn visit(&mut self, pass: &mut Pass<'_>, visit: Visit) -> Fate {
        let fate = match visit {
            Visit::Deadline => self.expire(pass),
            Visit::Notified => self.notified(pass),
            Visit::Ready => None,
        };
        let fate =
            fate.or_else(|| self.transmit(pass)).or_else(|| self.receive(pass)).or_else(|| self.close(pass));
        self.finish(pass, fate.unwrap_or(Fate::Keep))
    }

    /// Moves what waits, and lets the role send more.
    fn transmit(&mut self, pass: &mut Pass<'_>) -> Option<Fate> {
        let (transport, now) = (&mut self.transport, pass.shared.now);
        let had_backlog = transport.has_backlog();
        pass.shared.stack.with_core(|core| transport.drain(core, now));
        if transport.broken {
            return Some(Fate::Abort);
        }
        if transport.has_backlog() {
            return self.lost(pass);
        }
        let next = match &mut self.role {
            Role::Http(http) => http.writable(pass, transport, self.id),
            Role::WebSocket(websocket) => websocket.drained(pass, transport, self.id, had_backlog),
            Role::Linger(_) => Next::Read,
        };
        self.apply(pass, next)
    }

    /// Gives received segments to the role, as long as the peer takes what that makes us send.
    fn receive(&mut self, pass: &mut Pass<'_>) -> Option<Fate> {
        for _ in 0..SEGMENTS_PER_VISIT {
            if self.transport.has_backlog() {
                return None;
            }
            let stream = &mut self.transport.stream;
            match pass.shared.stack.with_core(|core| stream.receive(core)) {
                Ok(Some(segment)) => match self.digest(pass, segment) {
                    Digested::All => {}
                    Digested::Part => return self.lost(pass),
                    Digested::Ended(fate) => return Some(fate),
                },
                Ok(None) => return None,
                Err(_) => return self.lost(pass),
            }
        }
        let stream = &mut self.transport.stream;
        pass.shared.stack.with_core(|core| stream.wake(core));
        None
    }

    /// Whether there is nobody left to send to, or to receive more from.
    fn lost(&mut self, pass: &mut Pass<'_>) -> Option<Fate> {
        let stream = &self.transport.stream;
        let reason = pass.shared.stack.with_core(|core| stream.disconnected(core))?;
        log::debug!("connection lost: {reason}");
        Counters::count(&mut pass.shared.counters.disconnected);
        Some(Fate::Abort)
    }

    /// Works through one segment; what cannot be used now goes back.
    fn digest(&mut self, pass: &mut Pass<'_>, mut segment: Segment) -> Digested {
        let before = segment.bytes().len();
        let mut digested = Digested::All;
        while !segment.is_empty() && matches!(digested, Digested::All) {
            let step = match &mut self.role {
                Role::Http(http) => http.receive(pass, &mut self.transport, self.id, segment.bytes()),
                Role::WebSocket(websocket) => {
                    websocket.receive(pass, &mut self.transport, self.id, segment.bytes_mut())
                }
                Role::Linger(_) => Step { consumed: segment.bytes().len(), next: Next::Read },
            };
            segment.advance(step.consumed);
            let waits = step.next == Next::Wait;
            if let Some(fate) = self.apply(pass, step.next) {
                digested = Digested::Ended(fate);
            } else if waits || self.transport.has_backlog() {
                digested = Digested::Part;
            }
        }
        let consumed = before.saturating_sub(segment.bytes().len());
        Counters::add(&mut pass.shared.counters.bytes_received, consumed);
        let stream = &mut self.transport.stream;
        pass.shared.stack.with_core(|core| {
            stream.consumed(core, consumed);
            match segment.is_empty() {
                true => segment.release(core),
                false => stream.restore(core, segment),
            }
        });
        digested
    }

    /// Ends what is to end: our side once everything is sent, the whole once the peer has ended too.
    fn close(&mut self, pass: &mut Pass<'_>) -> Option<Fate> {
        if self.transport.has_backlog() {
            return None;
        }
        let stream = &mut self.transport.stream;
        let at_end = pass.shared.stack.with_core(|core| stream.at_end(core));
        if at_end {
            let next = match &mut self.role {
                Role::Http(http) => http.end_of_input(),
                Role::WebSocket(_) => Next::Close,
                Role::Linger(_) => return Some(Fate::Close),
            };
            if let Some(fate) = self.apply(pass, next) {
                return Some(fate);
            }
        }
        if !matches!(self.role, Role::Linger(_)) {
            return None;
        }
        if at_end && !self.transport.has_backlog() {
            return Some(Fate::Close);
        }
        let stream = &mut self.transport.stream;
        // Without memory for the FIN the stream is ready again later; an earlier one is reported as shut down.
        pass.shared.stack.with_core(|core| stream.shutdown_write(core)).ok();
        None
    }

    /// Does what a role decided. `Some`: the connection is over.
    fn apply(&mut self, pass: &mut Pass<'_>, next: Next) -> Option<Fate> {
        match next {
            Next::Read | Next::Wait => None,
            Next::Abort => Some(Fate::Abort),
            Next::Upgrade => {
                let mut websocket = pass.upgraded.take()?;
                let next = websocket.call(pass, &mut self.transport, self.id, Occasion::Opened);
                self.role = Role::WebSocket(websocket);
                self.apply(pass, next)
            }
            Next::Close => {
                self.linger(pass);
                None
            }
        }
    }

    /// Drops the role, and with it what the application kept for it.
    pub(super) fn linger(&mut self, pass: &mut Pass<'_>) {
        if matches!(self.role, Role::Linger(_)) {
            return;
        }
        self.end_role(pass, Role::Linger(pass.shared.now));
    }

    fn end_role(&mut self, pass: &mut Pass<'_>, role: Role) {
        if let Role::WebSocket(mut websocket) = mem::replace(&mut self.role, role) {
            websocket.close_session(pass, self.id);
        }
    }

    fn notified(&mut self, pass: &mut Pass<'_>) -> Option<Fate> {
        let next = match &mut self.role {
            Role::Http(http) => http.notified(),
            Role::Linger(_) => Next::Read,
            Role::WebSocket(websocket) => {
                websocket.call(pass, &mut self.transport, self.id, Occasion::Notified)
            }
        };
        self.apply(pass, next)
    }

    fn expire(&mut self, pass: &mut Pass<'_>) -> Option<Fate> {
        if pass.shared.now < self.deadline {
            return None;
        }
        let next = match &mut self.role {
            Role::Http(http) => http.expire(pass, &mut self.transport, self.id),
            Role::WebSocket(websocket) => websocket.expire(pass, &mut self.transport, self.id),
            Role::Linger(_) => {
                return Some(if self.transport.has_backlog() { Fate::Abort } else { Fate::Close });
            }
        };
        if matches!(next, Next::Close | Next::Abort) {
            Counters::count(&mut pass.shared.counters.timeouts);
        }
        self.apply(pass, next)
    }

    /// Ends a visit: sends what was written, and notes when to come back.
    fn finish(&mut self, pass: &mut Pass<'_>, fate: Fate) -> Fate {
        if fate != Fate::Keep {
            self.end_role(pass, Role::Linger(pass.shared.now));
            return fate;
        }
        let stream = &mut self.transport.stream;
        pass.shared.stack.with_core(|core| stream.flush(core));
        self.schedule(pass.shared);
        fate
    }

    /// Notes the next deadline.
    pub(super) fn schedule(&mut self, shared: &mut Shared) {
        self.deadline = match &self.role {
            Role::Http(http) => http.deadline(shared, &self.transport),
            Role::WebSocket(websocket) => websocket.deadline(shared, &self.transport),
            Role::Linger(_) if self.transport.has_backlog() => {
                self.transport.progress + shared.limits.send_timeout
            }
            Role::Linger(since) => self.transport.progress.max(*since) + shared.limits.linger_timeout,
        };
        shared.note_deadline(self.deadline);
    }
}

enum Digested {
    All,
    Part,
    Ended(Fate),
}
