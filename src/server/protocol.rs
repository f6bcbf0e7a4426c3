//! What an application implements to speak WebSocket.

use alloc::boxed::Box;
use core::any::Any;

use super::socket::Socket;
use super::table::ConnectionId;
use crate::http::{Request, ResponseError, ResponseHead, Status};
use crate::ws::{CloseCode, CloseReason, Fragment, Message};

/// How a protocol wants its messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// Whole, up to [`Limits::message`](super::Limits::message): longer ones close the connection with 1009. A message
    /// that arrives in one piece is not copied.
    #[default]
    Messages,
    /// As they arrive, of any length, in no memory.
    Fragments,
}

/// How a WebSocket ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The connection that ended.
    pub id: ConnectionId,
    /// The close code (RFC 6455 section 7.1.5): the peer's, 1005 if it gave none, 1006 if there was no Close frame.
    pub code: CloseCode,
    /// Both Close frames were exchanged.
    pub clean: bool,
}

/// Serves the WebSocket clients of one or more routes.
///
/// Per client: [`open`](Self::open), which may refuse; [`opened`](Self::opened) after the handshake;
/// [`message`](Self::message) or [`fragment`](Self::fragment); [`closed`](Self::closed) at last, however it ends. What belongs to
/// one client is the `Session`; what the clients share is the protocol itself.
///
/// ```
/// use wm_websockets::http::{Request, Status};
/// use wm_websockets::server::{Protocol, Socket};
/// use wm_websockets::ws::Message;
///
/// /// Numbers the messages of each client.
/// struct Numbering;
///
/// impl Protocol for Numbering {
///     type Session = u32;
///
///     fn open(&mut self, _request: &Request<'_>) -> Result<u32, Status> {
///         Ok(0)
///     }
///     fn message(&mut self, count: &mut u32, socket: &mut Socket<'_>, _message: Message<'_>) {
///         *count += 1;
///         socket.send(Message::Text(&count.to_string())).ok();
///     }
/// }
/// ```
pub trait Protocol: 'static {
    /// State of one client. Boxed, unless it is zero-sized.
    type Session: 'static;

    /// The subprotocols spoken (RFC 6455 section 1.9): the first of the client's that is among them is chosen.
    fn subprotocols(&self) -> &[&'static str] {
        &[]
    }

    /// Whether a client that offers none of them is refused with 400. Otherwise it is served without one.
    fn requires_subprotocol(&self) -> bool {
        false
    }

    /// How messages are to be delivered.
    fn delivery(&self) -> Delivery {
        Delivery::default()
    }

    /// Whether messages may travel compressed (permessage-deflate, RFC 7692), to and from clients that offer it, with
    /// [`Delivery::Messages`]. What is sent in fragments travels as it is. A protocol whose messages hold secrets beside what others can
    /// choose says no: the length of a compressed message tells what it has in common.
    #[cfg(feature = "deflate")]
    fn compresses(&self) -> bool {
        true
    }

    /// A client asks for a WebSocket. An error refuses it with that status: 401, 403, 503 ...
    fn open(&mut self, request: &Request<'_>) -> Result<Self::Session, Status>;

    /// The same as [`open`](Self::open), for a protocol that needs the client's name from the start: it implements this, and `open` is
    /// not called.
    fn admit(&mut self, id: ConnectionId, request: &Request<'_>) -> Result<Self::Session, Status> {
        let _ = id;
        self.open(request)
    }

    /// The client is about to be told that it is accepted: adds field lines to that response. An error refuses it with 500, and ends the
    /// session.
    fn accepting(
        &mut self,
        session: &mut Self::Session,
        head: &mut ResponseHead<'_>,
    ) -> Result<(), ResponseError> {
        let _ = (session, head);
        Ok(())
    }

    /// The handshake is done: the client can be sent to.
    fn opened(&mut self, session: &mut Self::Session, socket: &mut Socket<'_>) {
        let _ = (session, socket);
    }

    /// A whole message, with [`Delivery::Messages`].
    fn message(&mut self, session: &mut Self::Session, socket: &mut Socket<'_>, message: Message<'_>) {
        let _ = (session, socket, message);
    }

    /// A piece of a message, with [`Delivery::Fragments`]. Text is valid as far as it goes, but may end within a character.
    fn fragment(&mut self, session: &mut Self::Session, socket: &mut Socket<'_>, fragment: Fragment<'_>) {
        let _ = (session, socket, fragment);
    }

    /// A pong, asked for or not.
    fn pong(&mut self, session: &mut Self::Session, socket: &mut Socket<'_>, payload: &[u8]) {
        let _ = (session, socket, payload);
    }

    /// Everything sent has reached lwIP after some of it had to wait; or [`Socket::notify_writable`] asked.
    fn writable(&mut self, session: &mut Self::Session, socket: &mut Socket<'_>) {
        let _ = (session, socket);
    }

    /// Another task called [`Handle::notify`](super::Handle::notify).
    fn notified(&mut self, session: &mut Self::Session, socket: &mut Socket<'_>) {
        let _ = (session, socket);
    }

    /// The time of [`Socket::set_timer`] has come.
    fn timer(&mut self, session: &mut Self::Session, socket: &mut Socket<'_>) {
        let _ = (session, socket);
    }

    /// The client has begun to close, for this reason. True answers it, which ends the closing handshake; false ends the connection
    /// without.
    fn closing(
        &mut self,
        session: &mut Self::Session,
        socket: &mut Socket<'_>,
        reason: Option<&CloseReason<'_>>,
    ) -> bool {
        let _ = (session, socket, reason);
        true
    }

    /// The WebSocket is gone, or has not come about after all. Once for each session.
    fn closed(&mut self, session: Self::Session, closed: Closed) {
        let _ = (session, closed);
    }
}

/// Why a protocol is called, other than for a message.
pub(super) enum Occasion<'o> {
    Opened,
    Pong(&'o [u8]),
    Writable,
    Notified,
    Timer,
}

/// Why a protocol did not open.
pub(super) enum Refused {
    Status(Status),
    NoMemory,
}

/// A [`Protocol`] whose session has lost its type.
pub(super) trait AnyProtocol {
    /// What only a client is asked.
    #[cfg(feature = "client")]
    fn as_client(&mut self) -> Option<&mut dyn super::client::AnyClient> {
        None
    }
    fn subprotocols(&self) -> &[&'static str];
    fn requires_subprotocol(&self) -> bool;
    fn delivery(&self) -> Delivery;
    #[cfg(feature = "deflate")]
    fn compresses(&self) -> bool;
    fn open(&mut self, id: ConnectionId, request: &Request<'_>) -> Result<Box<dyn Any>, Refused>;
    fn accepting(&mut self, session: &mut dyn Any, head: &mut ResponseHead<'_>) -> Result<(), ResponseError>;
    fn message(&mut self, session: &mut dyn Any, socket: &mut Socket<'_>, message: Message<'_>);
    fn fragment(&mut self, session: &mut dyn Any, socket: &mut Socket<'_>, fragment: Fragment<'_>);
    /// One function for all that is rarer: it finds the session's type, which takes more code than the call.
    fn call(&mut self, session: &mut dyn Any, socket: &mut Socket<'_>, occasion: Occasion<'_>);
    fn closing(
        &mut self,
        session: &mut dyn Any,
        socket: &mut Socket<'_>,
        reason: Option<&CloseReason<'_>>,
    ) -> bool;
    fn closed(&mut self, session: Box<dyn Any>, closed: Closed);
}

impl<P: Protocol> AnyProtocol for P {
    fn subprotocols(&self) -> &[&'static str] {
        Protocol::subprotocols(self)
    }

    fn requires_subprotocol(&self) -> bool {
        Protocol::requires_subprotocol(self)
    }

    fn delivery(&self) -> Delivery {
        Protocol::delivery(self)
    }

    #[cfg(feature = "deflate")]
    fn compresses(&self) -> bool {
        Protocol::compresses(self) && Protocol::delivery(self) == Delivery::Messages
    }

    fn open(&mut self, id: ConnectionId, request: &Request<'_>) -> Result<Box<dyn Any>, Refused> {
        // First: a session that was opened could only be lost.
        let room = wm_sys::heap::try_room::<P::Session>().map_err(|_| Refused::NoMemory)?;
        let session = Box::write(room, Protocol::admit(self, id, request).map_err(Refused::Status)?);
        Ok(session)
    }

    fn accepting(&mut self, session: &mut dyn Any, head: &mut ResponseHead<'_>) -> Result<(), ResponseError> {
        session.downcast_mut().map_or(Ok(()), |session| Protocol::accepting(self, session, head))
    }

    fn closing(
        &mut self,
        session: &mut dyn Any,
        socket: &mut Socket<'_>,
        reason: Option<&CloseReason<'_>>,
    ) -> bool {
        session.downcast_mut().is_none_or(|session| Protocol::closing(self, session, socket, reason))
    }

    fn message(&mut self, session: &mut dyn Any, socket: &mut Socket<'_>, message: Message<'_>) {
        if let Some(session) = session.downcast_mut() {
            Protocol::message(self, session, socket, message);
        }
    }

    fn fragment(&mut self, session: &mut dyn Any, socket: &mut Socket<'_>, fragment: Fragment<'_>) {
        if let Some(session) = session.downcast_mut() {
            Protocol::fragment(self, session, socket, fragment);
        }
    }

    fn call(&mut self, session: &mut dyn Any, socket: &mut Socket<'_>, occasion: Occasion<'_>) {
        let Some(session) = session.downcast_mut() else { return };
        match occasion {
            Occasion::Opened => Protocol::opened(self, session, socket),
            Occasion::Pong(payload) => Protocol::pong(self, session, socket, payload),
            Occasion::Writable => Protocol::writable(self, session, socket),
            Occasion::Notified => Protocol::notified(self, session, socket),
            Occasion::Timer => Protocol::timer(self, session, socket),
        }
    }

    fn closed(&mut self, session: Box<dyn Any>, closed: Closed) {
        if let Ok(session) = session.downcast() {
            Protocol::closed(self, *session, closed);
        }
    }
}
