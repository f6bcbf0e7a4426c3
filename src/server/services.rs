//! What every handler can reach beside its own connection.

use alloc::boxed::Box;
use core::cell::OnceCell;

use wm_sys::Instant;

use super::broadcast::{self, SlowPolicy};
use super::connection::{Connection, Fate};
use super::context::Context;
use super::counters::Counters;
use super::handle::Handle;
use super::head_buffer::HeadBuffer;
use super::limits::Limits;
use super::nonces::Nonces;
use super::outgoing::Outgoing;
use super::response::Response;
use super::role::Role;
use super::secure::Slots;
use super::send_error::SendError;
use super::socket::Socket;
use super::table::{ConnectionId, Table};
use super::transport::{Joint, Transport};
use crate::net::Stack;
use crate::ws::Message;

/// The part of a context that all connections share. A visited connection is taken out of the table, so that its handler may
/// reach both.
// In this order, so that what most functions reach is within 124 bytes of the start: a Thumb instruction that reaches farther is twice as
// long. Times are not, for they are loaded in pairs, which reaches 1,020 bytes.
#[repr(C)]
pub(super) struct Shared {
    pub(super) counters: Counters,
    pub(super) table: Table,
    pub(super) stack: Stack,
    /// Where short writes are put together.
    pub(super) joint: Joint,
    #[cfg(feature = "client")]
    pub(super) clients: super::client::Clients,
    pub(super) slots: Slots,
    /// Once somebody has asked for a handle.
    mail: OnceCell<Mail>,
    /// Once a client was challenged to show one.
    pub(super) nonces: Option<Box<Nonces>>,
    pub(super) limits: Limits,
    /// Taken once per pass.
    pub(super) now: Instant,
    /// No deadline lies before this; it may lie before the earliest one.
    pub(super) next_deadline: Instant,
}

/// What other tasks want. A firmware without handles links nothing of it: only [`Shared::handle`] names what opens letters.
struct Mail {
    handle: Handle,
    open: fn(&mut Context) -> bool,
}

impl Shared {
    pub(super) fn new(stack: Stack, limits: Limits, table: Table, joint: Joint) -> Self {
        Shared {
            stack,
            limits,
            counters: Counters::default(),
            table,
            #[cfg(feature = "client")]
            clients: super::client::Clients::default(),
            slots: Slots::default(),
            mail: OnceCell::new(),
            nonces: None,
            joint,
            now: wm_sys::now(),
            next_deadline: FAR,
        }
    }

    /// A handle for other tasks; the first one makes the mailbox.
    pub(super) fn handle(&self) -> Handle {
        if let Some(mail) = self.mail.get() {
            return mail.handle.clone();
        }
        let made = self.table.generations().and_then(|valid| Handle::new(self.limits.mailbox, valid));
        let Ok(handle) = made else { return Handle::WITHOUT_MEMORY };
        self.mail.set(Mail { handle: handle.clone(), open: Context::open_letters }).ok();
        handle
    }

    /// The mailbox, if somebody has a handle to it.
    pub(super) fn mailbox(&self) -> Option<&Handle> {
        self.mail.get().map(|mail| &mail.handle)
    }

    /// What opens letters, if there can be any.
    pub(super) fn letters(&self) -> Option<fn(&mut Context) -> bool> {
        self.mail.get().map(|mail| mail.open)
    }

    /// Ends a connection that was taken out of the table.
    pub(super) fn dismiss(&mut self, connection: Box<Connection>, fate: Fate) {
        let Connection { id, refused, transport, .. } = *connection;
        match fate {
            Fate::Abort => transport.abort(self),
            _ => transport.close(self),
        }
        if !refused {
            self.counters.connections = self.counters.connections.saturating_sub(1);
            if self.slots.holds_back() {
                self.slots.free();
            }
        }
        self.vacate(id.index);
    }

    /// Gives up a place in the table; names of its connection are stale from here, in every task.
    pub(super) fn vacate(&mut self, index: u16) {
        let generation = self.table.vacate(index);
        if let Some(mailbox) = self.mailbox() {
            mailbox.set_generation(index, generation);
        }
    }

    /// The worker is free or done: who has waited for that is visited.
    #[cold]
    pub(super) fn take_news(&mut self) {
        self.slots.take_news();
        for index in self.table.indices() {
            if let Some(connection) = self.table.get_mut(index) {
                connection.transport.wake_waiting(&mut self.stack);
            }
        }
    }

    #[inline(never)]
    pub(super) fn note_deadline(&mut self, deadline: Instant) {
        self.next_deadline = self.next_deadline.min(deadline);
    }
}

/// Later than anything.
pub(super) const FAR: Instant = Instant::from_millis(u64::MAX);

/// The context, as its handlers and timers may use it.
///
/// ```
/// use core::time::Duration;
/// use wm_websockets::server::{Context, Services, SlowPolicy};
/// use wm_websockets::ws::Message;
///
/// /// Tells all dashboards once a second that the device lives.
/// fn heartbeat(context: &mut Context) {
///     context.after(Duration::from_secs(1), |services: &mut Services<'_>| {
///         services.broadcast("/dashboard", Message::Text("alive"), SlowPolicy::Drop);
///         Some(Duration::from_secs(1))
///     }).expect("a timer is free");
/// }
/// ```
pub struct Services<'a> {
    pub(super) shared: &'a mut Shared,
}

impl Services<'_> {
    /// The time of this pass.
    pub fn now(&self) -> Instant {
        self.shared.now
    }

    /// What has happened so far.
    pub fn counters(&self) -> &Counters {
        &self.shared.counters
    }

    /// The bounds of the context.
    pub fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// A handle for other tasks. The first one allocates the mailbox, [`Limits::mailbox`] letters of 32 bytes; without memory
    /// for it the handle refuses everything.
    pub fn handle(&self) -> Handle {
        self.shared.handle()
    }

    /// Sends a message to every client of the WebSocket route `pattern`; says to how many. One that has no room is treated as
    /// `slow` says, and does not delay the others.
    pub fn broadcast(&mut self, pattern: &str, message: Message<'_>, slow: SlowPolicy) -> usize {
        broadcast::broadcast(self.shared, pattern, &mut Outgoing::new(message), slow)
    }

    /// Lets `act` do to one WebSocket client what its protocol could do; `None` if there is no such client.
    ///
    /// ```
    /// use wm_websockets::server::{ConnectionId, Services};
    /// use wm_websockets::ws::CloseCode;
    ///
    /// fn dismiss(services: &mut Services<'_>, client: ConnectionId) {
    ///     services.with_socket(client, |socket| socket.close(CloseCode::GOING_AWAY, "restarting"));
    /// }
    /// ```
    pub fn with_socket<R>(&mut self, id: ConnectionId, act: impl FnOnce(&mut Socket<'_>) -> R) -> Option<R> {
        self.with_connection(id, |shared, transport, role| match role {
            Role::WebSocket(websocket) => Some(act(&mut websocket.socket(shared, transport, id))),
            _ => None,
        })
    }

    /// Lets `act` do to one connection what its [`RawProtocol`](super::RawProtocol) could do; `None` if there is no such connection.
    #[cfg(feature = "raw")]
    pub fn with_raw_socket<R>(
        &mut self,
        id: ConnectionId,
        act: impl FnOnce(&mut super::RawSocket<'_>) -> R,
    ) -> Option<R> {
        self.with_connection(id, |shared, transport, role| match role {
            Role::Raw(raw) => Some(act(&mut raw.socket(shared, transport, id))),
            _ => None,
        })
    }

    /// Lets `act` go on with the answer to one request, which its handler has deferred say; `None` if no request of that connection is
    /// being served.
    pub fn with_response<R>(
        &mut self,
        id: ConnectionId,
        act: impl FnOnce(&mut Response<'_>) -> R,
    ) -> Option<R> {
        let mut head_buffer = HeadBuffer::new(self.shared.limits.response_head).ok()?;
        self.with_connection(id, |shared, transport, role| match role {
            Role::Http(http) => {
                let state = http.response_state()?;
                // If it becomes finished, the connection goes on to the next request.
                transport.wake(shared);
                Some(act(&mut Response { shared, transport, state, head_buffer: &mut head_buffer, id }))
            }
            _ => None,
        })
    }

    /// Resets a connection, whatever it is doing.
    pub fn abort(&mut self, id: ConnectionId) {
        self.with_connection(id, |shared, transport, _| {
            transport.broken = true;
            transport.wake(shared);
            Some(())
        });
    }

    /// Ends a connection of HTTP that is between two requests, in order: as when it had waited too long. Any other is reset.
    #[cfg(feature = "capi")]
    pub(crate) fn dismiss(&mut self, id: ConnectionId) {
        self.with_connection(id, |shared, transport, role| {
            match role {
                Role::Http(http) if http.is_idle() => http.has_waited(),
                _ => transport.broken = true,
            }
            transport.wake(shared);
            Some(())
        });
    }

    /// A connection that is not being visited.
    pub(super) fn with_connection<R>(
        &mut self,
        id: ConnectionId,
        act: impl FnOnce(&mut Shared, &mut Transport, &mut Role) -> Option<R>,
    ) -> Option<R> {
        let mut connection = self.borrow(id)?;
        let result = act(self.shared, &mut connection.transport, &mut connection.role);
        self.give_back(connection);
        result
    }

    #[inline(never)]
    fn borrow(&mut self, id: ConnectionId) -> Option<Box<Connection>> {
        if self.shared.table.is_current(id) { self.shared.table.take(id.index) } else { None }
    }

    #[inline(never)]
    pub(super) fn give_back(&mut self, mut connection: Box<Connection>) {
        connection.transport.flush(self.shared);
        connection.schedule(self.shared);
        self.shared.table.put(connection.id.index, connection);
    }

    /// The same services, for as long as these are not used.
    #[cfg(feature = "capi")]
    pub(crate) fn lent(&mut self) -> Services<'_> {
        Services { shared: self.shared }
    }

    /// Sends a message to one WebSocket client.
    pub fn send(&mut self, id: ConnectionId, message: Message<'_>) -> Result<(), SendError> {
        broadcast::send_to(self.shared, id, message)
    }
}
