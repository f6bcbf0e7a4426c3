//! One client: its stream, what it is now, and when it has to be looked after.

use wm_sys::Instant;

use super::head_buffer::HeadBuffer;
use super::role::Role;
use super::secure::Secure;
use super::services::Shared;
use super::table::ConnectionId;
use super::transport::Transport;
use super::visit::{Cause, Owner, Visit};
use crate::net::TcpStream;

/// Whether a connection goes on after a visit.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Fate {
    Keep,
    /// Both sides have ended.
    Close,
    /// RST.
    Abort,
}

/// What a connection waits for, as far as its deadline is concerned.
#[derive(Clone, Copy, PartialEq)]
enum Wait {
    /// The next request: whatever the client sends before it moves the deadline on, never back.
    Request,
    /// The next message, likewise.
    Message,
    /// Anything else.
    Other,
}

pub(super) struct Connection {
    pub(super) id: ConnectionId,
    /// The port it came in by.
    pub(super) listener: u8,
    pub(super) deadline: Instant,
    /// For what the deadline was noted.
    wait: Wait,
    /// It never was a client: it is only told so.
    pub(super) refused: bool,
    /// The number of the client that began it, if we are that.
    #[cfg(feature = "client")]
    pub(super) client: Option<u8>,
    pub(super) transport: Transport,
    pub(super) role: Role,
}

impl Connection {
    pub(super) fn new(
        id: ConnectionId,
        listener: u8,
        stream: TcpStream,
        secure: Option<Secure>,
        role: Role,
        now: Instant,
    ) -> Self {
        let transport = Transport::new(stream, secure, now);
        Connection {
            id,
            listener,
            deadline: now,
            wait: Wait::Other,
            refused: false,
            #[cfg(feature = "client")]
            client: None,
            transport,
            role,
        }
    }

    /// Whether it is a WebSocket of this route.
    pub(super) fn serves(&self, pattern: &str) -> bool {
        matches!(&self.role, Role::WebSocket(websocket) if websocket.pattern() == pattern)
    }

    /// Does what there is to do, sends what was written, and notes when to come back.
    pub(super) fn visit(
        &mut self,
        shared: &mut Shared,
        owner: Owner<'_>,
        head_buffer: &mut HeadBuffer,
        cause: Cause,
    ) -> Fate {
        let is_due = shared.now >= self.deadline && shared.now >= self.own_deadline(shared);
        self.transport.look_again();
        let (mut visit, role) = self.around(shared, owner, head_buffer);
        if let Some(fate) = role.serve(&mut visit, cause, is_due) {
            role.end(&mut visit);
            return fate;
        }
        self.transport.flush(shared);
        self.transport.park(shared.now);
        if shared.slots.holds_back() && self.may_make_way() {
            shared.slots.free();
        }
        if !self.goes_on_waiting(cause) {
            self.schedule(shared);
        }
        Fate::Keep
    }

    /// Ends the role without a word to the peer.
    pub(super) fn end(&mut self, shared: &mut Shared, owner: Owner<'_>) {
        let mut head_buffer = HeadBuffer::default();
        let (mut visit, role) = self.around(shared, owner, &mut head_buffer);
        role.end(&mut visit);
    }

    pub(super) fn around<'v>(
        &'v mut self,
        shared: &'v mut Shared,
        owner: Owner<'v>,
        head_buffer: &'v mut HeadBuffer,
    ) -> (Visit<'v>, &'v mut Role) {
        let Connection { id, transport, role, .. } = self;
        let visit = Visit {
            shared,
            routes: owner.routes,
            #[cfg(feature = "client")]
            client: owner.client,
            transport,
            head_buffer,
            id: *id,
            upgraded: None,
        };
        (visit, role)
    }

    /// Whether it is idle: a client expects the end at any time (RFC 9112 section 9.5).
    pub(super) fn may_make_way(&self) -> bool {
        matches!(&self.role, Role::Http(http) if http.is_idle()) && !self.transport.has_backlog()
    }

    /// Whether it is one of a client of ours that waits for its handshake.
    #[cfg(feature = "client")]
    pub(super) fn is_queued(&self) -> bool {
        matches!(&self.role, Role::Client(exchange) if exchange.is_queued())
    }

    /// Whether the noted deadline can stay. At the worst it comes too early, which costs one visit then, instead of the sums on
    /// every visit.
    fn goes_on_waiting(&self, cause: Cause) -> bool {
        let wait = self.wait();
        cause == Cause::Ready && wait == self.wait && wait != Wait::Other
    }

    fn wait(&self) -> Wait {
        match &self.role {
            _ if self.transport.is_secure() || self.transport.has_backlog() => Wait::Other,
            Role::Http(http) if http.is_between_requests() => Wait::Request,
            Role::WebSocket(websocket) if websocket.is_at_rest() => Wait::Message,
            _ => Wait::Other,
        }
    }

    /// Notes the next deadline.
    #[inline(never)]
    pub(super) fn schedule(&mut self, shared: &mut Shared) {
        self.wait = self.wait();
        self.deadline = self.own_deadline(shared);
        if let Some(park_at) = self.transport.park_at() {
            self.deadline = self.deadline.min(park_at);
        }
        if let Role::Securing(securing) = &self.role {
            self.deadline = self.deadline.min(securing.next_look(shared.now));
        }
        shared.note_deadline(self.deadline);
    }

    /// The role's deadline.
    fn own_deadline(&self, shared: &Shared) -> Instant {
        match &self.role {
            Role::Securing(securing) => securing.deadline(shared),
            Role::Http(http) => http.deadline(shared, &self.transport),
            Role::WebSocket(websocket) => websocket.deadline(shared, &self.transport),
            #[cfg(feature = "raw")]
            Role::Raw(raw) => raw.deadline(shared, &self.transport),
            #[cfg(feature = "client")]
            Role::Client(exchange) => exchange.deadline(shared, &self.transport),
            Role::Linger(_) if self.transport.has_backlog() => {
                self.transport.progress + shared.limits.send_timeout
            }
            Role::Linger(since) => self.transport.progress.max(*since) + shared.limits.linger_timeout,
        }
    }
}
