//! A connection in the role of whatever the application speaks on it: bytes in, bytes out.

use alloc::boxed::Box;
use core::any::Any;
use core::mem;

use wm_sys::Instant;

use super::send_error::SendError;
use super::services::{FAR, Services, Shared};
use super::table::ConnectionId;
use super::transport::Transport;
use super::visit::{Incident, Next, Step, Visit};
use crate::net::Keepalive;

/// The application's side of connections that carry a protocol of its own, over TCP or TLS: [`Routes::raw`](super::Routes::raw) gives it
/// the connections of a port, [`Services::connect_raw`] those to a server.
///
/// They are served in the same pass as all others, with the same back-pressure: while something waits for the peer, nothing is read from
/// it. [`Routes::raw_fallback`](super::Routes::raw_fallback) gives it those that do not speak HTTP. A peer that takes nothing for [`Limits::send_timeout`](super::Limits::send_timeout) is reset. One that is silent stays: what that
/// means the protocol alone knows.
///
/// ```
/// use wm_websockets::server::{RawProtocol, RawSocket, Routes};
///
/// /// RFC 862.
/// struct Echo;
///
/// impl RawProtocol for Echo {
///     type Session = ();
///
///     fn open(&mut self, _socket: &mut RawSocket<'_>) -> Option<()> {
///         Some(())
///     }
///     fn received(&mut self, _session: &mut (), socket: &mut RawSocket<'_>, bytes: &[u8]) {
///         if socket.send(bytes).is_err() {
///             socket.hang_up();
///         }
///     }
/// }
///
/// let routes = Routes::new().raw(Echo)?;
/// # Ok::<(), wm_websockets::http::RouteError>(())
/// ```
pub trait RawProtocol: 'static {
    /// State of one connection. Boxed, unless it is zero-sized.
    type Session: 'static;

    /// A connection is there, its TLS handshake done. `None` ends it.
    fn open(&mut self, socket: &mut RawSocket<'_>) -> Option<Self::Session>;

    /// Bytes have arrived. How they are cut says nothing.
    fn received(&mut self, session: &mut Self::Session, socket: &mut RawSocket<'_>, bytes: &[u8]);

    /// Everything sent has reached lwIP after some of it had to wait; or [`RawSocket::notify_writable`] asked.
    fn writable(&mut self, session: &mut Self::Session, socket: &mut RawSocket<'_>) {
        let _ = (session, socket);
    }

    /// Another task called [`Handle::notify`](super::Handle::notify).
    fn notified(&mut self, session: &mut Self::Session, socket: &mut RawSocket<'_>) {
        let _ = (session, socket);
    }

    /// The connection is over: the peer has ended it, or was lost, or [`RawSocket::hang_up`] was called.
    fn closed(&mut self, session: Self::Session, id: ConnectionId) {
        let _ = (session, id);
    }

    /// A client's attempt to connect failed. `retry` is the time until the next one; `None`: there is none.
    #[cfg(feature = "client")]
    fn failed(&mut self, error: &super::client::ClientError, retry: Option<core::time::Duration>) {
        let _ = (error, retry);
    }
}

/// A connection during one call of its [`RawProtocol`].
pub struct RawSocket<'a> {
    shared: &'a mut Shared,
    transport: &'a mut Transport,
    wishes: &'a mut Wishes,
    pub(super) id: ConnectionId,
}

/// What the application wants of a connection.
#[derive(Default)]
struct Wishes {
    writable: bool,
    pause: bool,
    end: bool,
}

impl RawSocket<'_> {
    /// Sends bytes, all or none.
    ///
    /// # Errors
    /// [`SendError::Full`]: not now; [`notify_writable`](Self::notify_writable) tells when. [`SendError::TooLong`]: not in one piece.
    pub fn send(&mut self, bytes: &[u8]) -> Result<(), SendError> {
        self.transport.send(self.shared, &[bytes])
    }

    /// Bytes that [`send`](Self::send) would take now.
    pub fn capacity(&mut self) -> usize {
        self.transport.capacity(self.shared)
    }

    /// Whether something that was sent waits for the peer.
    pub fn has_backlog(&self) -> bool {
        self.transport.has_backlog()
    }

    /// Asks for [`RawProtocol::writable`], once, as soon as nothing waits for the peer.
    pub fn notify_writable(&mut self) {
        self.wishes.writable = true;
        match self.transport.has_room(self.shared) {
            true => self.transport.wake(self.shared),
            // What is under way will be acknowledged, and make room.
            false => self.transport.wake_when_writable(self.shared),
        }
    }

    /// Stops or resumes the delivery of what arrives. What is not delivered fills the peer's window, and then it waits.
    pub fn set_receiving(&mut self, receiving: bool) {
        self.wishes.pause = !receiving;
        if receiving {
            self.transport.wake(self.shared);
        }
    }

    /// Ends the connection once everything was sent.
    pub fn hang_up(&mut self) {
        self.wishes.end = true;
        self.transport.wake(self.shared);
    }

    /// Has lwIP probe whether a silent peer is still there (RFC 9293 section 3.8.4): one that is not is lost, and
    /// [`RawProtocol::closed`] called.
    pub fn set_keepalive(&mut self, keepalive: Option<Keepalive>) {
        self.transport.set_keepalive(self.shared, keepalive);
    }

    /// The connection's name.
    pub fn id(&self) -> ConnectionId {
        self.id
    }

    /// The certificate that the peer has shown, if the connection is one of TLS and it has.
    #[cfg(feature = "security-tls12")]
    pub fn peer_certificate(&self) -> Option<crate::tls::PeerCertificate<'_>> {
        self.transport.peer_certificate()
    }

    /// The peer's address, while it is connected.
    pub fn peer_address(&mut self) -> Option<core::net::SocketAddr> {
        self.transport.peer_address(self.shared)
    }

    /// The context: counters, handle, other connections.
    pub fn services(&mut self) -> Services<'_> {
        Services { shared: self.shared }
    }
}

/// The role.
#[derive(Default)]
pub(super) struct Raw {
    wishes: Wishes,
    opened: bool,
    session: Option<Box<dyn Any>>,
}

impl Raw {
    /// The connection, for somebody else than its protocol.
    pub(super) fn socket<'s>(
        &'s mut self,
        shared: &'s mut Shared,
        transport: &'s mut Transport,
        id: ConnectionId,
    ) -> RawSocket<'s> {
        RawSocket { shared, transport, wishes: &mut self.wishes, id }
    }

    pub(super) fn deadline(&self, shared: &Shared, transport: &Transport) -> Instant {
        if transport.has_backlog() { transport.progress + shared.limits.send_timeout } else { FAR }
    }

    pub(super) fn respond(&mut self, visit: &mut Visit<'_>, incident: Incident<'_>) -> Step {
        let next = match incident {
            Incident::Received(input) => return self.receive(visit, input),
            Incident::Writable { made_room } => self.writable(visit, made_room),
            Incident::Notified => self.call(visit, Occasion::Notified),
            Incident::Expired => self.expire(visit),
            Incident::EndOfInput => Next::Close,
            Incident::Opened => Next::Read,
            Incident::Over => {
                self.close_session(visit);
                Next::Close
            }
        };
        next.into()
    }

    /// The deadline has passed.
    fn expire(&self, visit: &Visit<'_>) -> Next {
        let is_due = visit.shared.now >= self.deadline(visit.shared, visit.transport);
        if is_due { Next::Abort } else { Next::Read }
    }

    /// Whether the application takes nothing for now.
    pub(super) fn is_paused(&self) -> bool {
        self.wishes.pause && !self.wishes.end
    }

    /// Nothing waits for the peer: the protocol is told, the first time that there is a connection.
    fn writable(&mut self, visit: &mut Visit<'_>, made_room: bool) -> Next {
        if !mem::replace(&mut self.opened, true) {
            return self.open(visit);
        }
        if !self.wishes.end && (mem::take(&mut self.wishes.writable) || made_room) {
            return self.call(visit, Occasion::Writable);
        }
        self.after_callback()
    }

    fn open(&mut self, visit: &mut Visit<'_>) -> Next {
        let Some(protocol) = visit.routes.raw_protocol() else { return Next::Abort };
        let session = protocol.open(&mut self.socket(visit.shared, visit.transport, visit.id));
        self.session = session;
        if self.session.is_none() { Next::Close } else { self.after_callback() }
    }

    /// Gives bytes to the protocol.
    fn receive(&mut self, visit: &mut Visit<'_>, input: &[u8]) -> Step {
        if !mem::replace(&mut self.opened, true) {
            // What the peer said made it ours.
            let next = self.open(visit);
            if next != Next::Read {
                return Step { consumed: 0, next };
            }
        }
        Step { consumed: input.len(), next: self.call(visit, Occasion::Received(input)) }
    }

    fn after_callback(&self) -> Next {
        match &self.wishes {
            wishes if wishes.end => Next::Close,
            wishes if wishes.pause => Next::Wait,
            _ => Next::Read,
        }
    }

    fn call(&mut self, visit: &mut Visit<'_>, occasion: Occasion<'_>) -> Next {
        if let (Some(session), Some(protocol)) = (&mut self.session, visit.routes.raw_protocol()) {
            let (shared, transport) = (&mut *visit.shared, &mut *visit.transport);
            let mut socket = RawSocket { shared, transport, wishes: &mut self.wishes, id: visit.id };
            protocol.call(&mut **session, &mut socket, occasion);
        }
        self.after_callback()
    }

    /// Tells the protocol, once, that the connection is over.
    fn close_session(&mut self, visit: &mut Visit<'_>) {
        #[cfg(feature = "client")]
        if let Some(client) = &mut visit.client {
            client.note_closed(self.wishes.end);
        }
        if let (Some(session), Some(protocol)) = (self.session.take(), visit.routes.raw_protocol()) {
            protocol.closed(session, visit.id);
        }
    }
}

/// Why a protocol is called: what has come, or happened.
pub(super) enum Occasion<'o> {
    Received(&'o [u8]),
    Writable,
    Notified,
}

/// A [`RawProtocol`] whose session has lost its type.
pub(super) trait AnyRawProtocol {
    /// `None`: it does not want the connection, or there is no memory for its session.
    fn open(&mut self, socket: &mut RawSocket<'_>) -> Option<Box<dyn Any>>;
    fn call(&mut self, session: &mut dyn Any, socket: &mut RawSocket<'_>, occasion: Occasion<'_>);
    fn closed(&mut self, session: Box<dyn Any>, id: ConnectionId);
    #[cfg(feature = "client")]
    fn failed(&mut self, error: &super::client::ClientError, retry: Option<core::time::Duration>);
}

impl<P: RawProtocol> AnyRawProtocol for P {
    fn open(&mut self, socket: &mut RawSocket<'_>) -> Option<Box<dyn Any>> {
        // First: a session that was opened could only be lost.
        let Ok(room) = wm_sys::heap::try_room::<P::Session>() else {
            super::counters::Counters::count(&mut socket.shared.counters.allocation_failures);
            return None;
        };
        let session = Box::write(room, RawProtocol::open(self, socket)?);
        Some(session)
    }

    fn call(&mut self, session: &mut dyn Any, socket: &mut RawSocket<'_>, occasion: Occasion<'_>) {
        let Some(session) = session.downcast_mut() else { return };
        match occasion {
            Occasion::Received(bytes) => RawProtocol::received(self, session, socket, bytes),
            Occasion::Writable => RawProtocol::writable(self, session, socket),
            Occasion::Notified => RawProtocol::notified(self, session, socket),
        }
    }

    fn closed(&mut self, session: Box<dyn Any>, id: ConnectionId) {
        if let Ok(session) = session.downcast() {
            RawProtocol::closed(self, *session, id);
        }
    }

    #[cfg(feature = "client")]
    fn failed(&mut self, error: &super::client::ClientError, retry: Option<core::time::Duration>) {
        RawProtocol::failed(self, error, retry);
    }
}
