//! A client as the application reaches it.

use alloc::boxed::Box;
use core::fmt;

use wm_sys::heap;

use super::super::broadcast;
use super::super::context::Context;
use super::super::handle::{HandleError, OwnedMessage};
use super::super::role::Role;
use super::super::routes::Routes;
use super::super::send_error::SendError;
use super::super::services::{FAR, Services, Shared};
use super::super::table::ConnectionId;
use super::clients::{self, ClientId, Clients};
use super::error::{Cause, StartError};
use super::options::ConnectOptions;
use super::protocol::{Adapter, ClientProtocol};
use super::request::{Job, Request, ResponseHandler};
use super::slot::Phase;
use super::state::State;
use crate::ws::{CloseCode, Message};

/// What a client is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientStatus {
    /// Nothing: it was told to stop, or gave up, or has no request.
    Resting,
    /// It waits for its next attempt.
    Waiting,
    /// It looks a name up, connects, or waits for an answer.
    Busy,
    /// It is a WebSocket, or what the application speaks instead.
    Open,
}

/// What has happened to a client. Counters saturate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClientCounters {
    /// Handshakes that succeeded: one more than there were reconnections.
    pub opened: u32,
    /// Attempts that failed.
    pub failures: u32,
    /// Messages that were given up while the connection was away.
    pub dropped: u32,
}

/// One client of a context, for a moment.
///
/// ```
/// use wm_websockets::client::ClientId;
/// use wm_websockets::server::Services;
/// use wm_websockets::ws::Message;
///
/// fn report(services: &mut Services<'_>, cloud: ClientId, reading: &str) {
///     if let Some(mut client) = services.client(cloud) {
///         client.send(Message::Text(reading)).ok();
///     }
/// }
/// ```
pub struct Client<'a> {
    shared: &'a mut Shared,
    id: ClientId,
}

impl fmt::Debug for Client<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Context {
    /// Becomes a WebSocket client, and begins to connect in the next pass.
    ///
    /// # Errors
    /// [`StartError`]
    pub fn connect<P: ClientProtocol>(
        &mut self,
        options: ConnectOptions,
        protocol: P,
    ) -> Result<ClientId, StartError> {
        self.services().connect(options, protocol)
    }

    /// Sends one HTTP request to the URL of the options. The client ends with its answer.
    ///
    /// # Errors
    /// [`StartError`]
    pub fn fetch<H: ResponseHandler>(
        &mut self,
        options: ConnectOptions,
        request: Request,
        handler: H,
    ) -> Result<ClientId, StartError> {
        self.services().fetch(options, request, handler)
    }

    /// A client, unless it has ended.
    pub fn client(&mut self, id: ClientId) -> Option<Client<'_>> {
        Client::new(&mut self.shared, id)
    }
}

impl Services<'_> {
    /// As [`Context::connect`].
    ///
    /// # Errors
    /// [`StartError`]
    pub fn connect<P: ClientProtocol>(
        &mut self,
        options: ConnectOptions,
        protocol: P,
    ) -> Result<ClientId, StartError> {
        let protocol = heap::try_box(Adapter(protocol)).map_err(|_| StartError::NoMemory)?;
        clients::start(self.shared, options, protocol)
    }

    /// Connects to the host of a URL for a protocol of the application's own: `ws` and `http` mean TCP, `wss` and `https` TLS. Of the
    /// options, the destination, TLS and [`Reconnect`](super::Reconnect) count.
    ///
    /// # Errors
    /// [`StartError`]
    #[cfg(feature = "raw")]
    pub fn connect_raw<P: super::super::RawProtocol>(
        &mut self,
        options: ConnectOptions,
        protocol: P,
    ) -> Result<ClientId, StartError> {
        let routes = Routes::new().raw(protocol).map_err(|_| StartError::NoMemory)?;
        Clients::add(self.shared, routes, State::new(options))
    }

    /// As [`Context::fetch`].
    ///
    /// # Errors
    /// [`StartError`]
    pub fn fetch<H: ResponseHandler>(
        &mut self,
        options: ConnectOptions,
        request: Request,
        handler: H,
    ) -> Result<ClientId, StartError> {
        let mut state = State::new(options);
        state.job = Some(job(request, handler)?);
        state.once = true;
        Clients::add(self.shared, Routes::default(), state)
    }

    /// Becomes an HTTP client of one server, which keeps its connection between requests: see [`Client::request`].
    ///
    /// # Errors
    /// [`StartError`]
    pub fn http_client(&mut self, options: ConnectOptions) -> Result<ClientId, StartError> {
        Clients::add(self.shared, Routes::default(), State::new(options))
    }

    /// A client, unless it has ended. From within its own callbacks it is not there: they have a
    /// [`Socket`](super::super::Socket).
    pub fn client(&mut self, id: ClientId) -> Option<Client<'_>> {
        Client::new(self.shared, id)
    }
}

impl<'a> Client<'a> {
    fn new(shared: &'a mut Shared, id: ClientId) -> Option<Self> {
        shared.clients.get(id)?;
        Some(Client { shared, id })
    }

    /// What it is doing.
    pub fn status(&mut self) -> ClientStatus {
        match self.shared.clients.get(self.id).map(|slot| &slot.phase) {
            None => ClientStatus::Resting,
            Some(Phase::Wait(until)) if *until == FAR => ClientStatus::Resting,
            Some(Phase::Wait(_)) => ClientStatus::Waiting,
            Some(Phase::Resolve(..)) => ClientStatus::Busy,
            Some(Phase::Connected(id, _)) => {
                let id = *id;
                match self.shared.table.get_mut(id.index).map(|connection| &connection.role) {
                    Some(Role::WebSocket(_)) => ClientStatus::Open,
                    #[cfg(feature = "raw")]
                    Some(Role::Raw(_)) => ClientStatus::Open,
                    Some(Role::Client(exchange)) if exchange.is_idle() => ClientStatus::Resting,
                    _ => ClientStatus::Busy,
                }
            }
        }
    }

    /// The connection's name, while there is one: for [`Handle::send`](super::super::Handle::send) and
    /// [`Services::with_socket`].
    pub fn connection(&mut self) -> Option<ConnectionId> {
        match self.shared.clients.get(self.id)?.phase {
            Phase::Connected(id, _) => Some(id),
            _ => None,
        }
    }

    /// What has happened so far.
    pub fn counters(&mut self) -> ClientCounters {
        self.shared.clients.get(self.id).map(|slot| slot.counters).unwrap_or_default()
    }

    /// Sends a message, or lets it wait while the connection is away, as [`ConnectOptions::while_away`] says. Messages keep their order.
    ///
    /// # Errors
    /// [`SendError::Closing`]: the connection is away, and nothing waits for it. [`SendError::Full`]: no room now. Nothing was sent then, and
    /// nothing waits.
    pub fn send(&mut self, message: Message<'_>) -> Result<(), SendError> {
        let open = self.status() == ClientStatus::Open;
        let Some(slot) = self.shared.clients.get(self.id) else { return Err(SendError::Closing) };
        if let (Phase::Connected(id, _), true, true) = (&slot.phase, open, slot.waiting.is_empty()) {
            let id = *id;
            return broadcast::send_to(self.shared, id, message);
        }
        let owned = match message {
            Message::Text(text) => OwnedMessage::text(text),
            Message::Binary(bytes) => OwnedMessage::binary(bytes),
        };
        slot.keep(owned.map_err(|_: HandleError| SendError::NoMemory)?)
    }

    /// Sends an HTTP request, over the connection of the one before if that still stands.
    ///
    /// # Errors
    /// [`StartError::Busy`], [`StartError::NoMemory`]
    pub fn request<H: ResponseHandler>(&mut self, request: Request, handler: H) -> Result<(), StartError> {
        let job = job(request, handler)?;
        let now = self.shared.now;
        let Some(slot) = self.shared.clients.get(self.id) else { return Err(StartError::Busy) };
        if slot.state.job.is_some() || slot.is_websocket() {
            return Err(StartError::Busy);
        }
        slot.state.job = Some(job);
        slot.state.stopping = false;
        if let Phase::Wait(until) = &mut slot.phase {
            *until = now;
            self.shared.note_deadline(now);
        }
        self.wake();
        Ok(())
    }

    /// Connects at once instead of waiting for the next attempt, and after [`stop`](Self::stop) again. An HTTP client without a request has
    /// nothing to connect for.
    pub fn reconnect(&mut self) {
        let now = self.shared.now;
        let Some(slot) = self.shared.clients.get(self.id) else { return };
        slot.state.stopping = false;
        if slot.is_at_rest() {
            return;
        }
        if let Phase::Wait(until) = &mut slot.phase {
            *until = now;
            self.shared.note_deadline(now);
        }
    }

    /// Closes the WebSocket with this code, and stays away. What is not open yet is given up.
    pub fn close(&mut self, code: CloseCode, reason: &str) {
        let connection = self.connection();
        self.stop();
        if let Some(id) = connection {
            let mut services = Services { shared: self.shared };
            services.with_socket(id, |socket| socket.close(code, reason));
            #[cfg(feature = "raw")]
            services.with_raw_socket(id, |socket| socket.hang_up());
        }
    }

    /// Makes no further connection. An attempt that is under way ends; an open WebSocket stays until it closes.
    pub fn stop(&mut self) {
        let Some(slot) = self.shared.clients.get(self.id) else { return };
        slot.state.stopping = true;
        if !matches!(slot.phase, Phase::Connected(..)) {
            slot.phase = Phase::Wait(FAR);
        }
        self.wake();
    }

    /// Ends the client, and what it has: an open WebSocket is reset. Its protocol hears no more.
    pub fn remove(self) {
        let Some(slot) = self.shared.clients.remove(self.id) else { return };
        if let Phase::Connected(id, _) = slot.phase {
            let mut services = Services { shared: self.shared };
            #[cfg(feature = "security-tls12")]
            slot.leave_session(&mut services, id);
            services.abort(id);
        }
    }

    /// Asks the request's handler again whether there is room for more of the answer's body:
    /// [`ResponseHandler::has_room`](super::ResponseHandler::has_room).
    pub fn resume(&mut self) {
        self.wake();
    }

    /// Takes an unanswered request back: its handler is told [`Cause::Rejected`].
    pub fn cancel(&mut self) {
        let Some(slot) = self.shared.clients.get(self.id) else { return };
        if let Some(mut job) = slot.state.job.take() {
            slot.state.fail(Cause::Rejected);
            let error = slot.state.take_error();
            job.handler.done(Err(&error));
            slot.state.give_up();
        }
        self.stop();
    }

    /// Has the connection visited.
    fn wake(&mut self) {
        let Some(id) = self.connection() else { return };
        if let Some(mut connection) = self.shared.table.take(id.index) {
            connection.transport.wake(self.shared);
            self.shared.table.put(id.index, connection);
        }
    }
}

fn job<H: ResponseHandler>(request: Request, handler: H) -> Result<Box<Job>, StartError> {
    let handler = heap::try_box(handler).map_err(|_| StartError::NoMemory)?;
    heap::try_box(Job { request, handler }).map_err(|_| StartError::NoMemory)
}
