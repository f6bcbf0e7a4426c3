//! What an application implements to be a WebSocket client.

use alloc::boxed::Box;
use core::any::Any;
use core::net::SocketAddr;
use core::time::Duration;

use super::super::protocol::{AnyProtocol, Closed, Delivery, Occasion, Refused};
use super::super::socket::Socket;
use super::super::table::ConnectionId;
use super::error::{ClientError, Step};
use crate::http::{self, ReceivedResponse, RequestHead, ResponseError, ResponseHead, Status};
use crate::ws::{CloseReason, Fragment, Message};

/// The application's side of a WebSocket client, through all its connections.
///
/// Per attempt: [`step`](Self::step) before each; with TLS [`secured`](Self::secured); [`prepare`](Self::prepare); then either
/// [`failed`](Self::failed), or [`accept`](Self::accept) and [`opened`](Self::opened), messages, and [`closed`](Self::closed). After `failed`
/// and `closed` the client connects again, if its [`Reconnect`](super::Reconnect) says so.
///
/// ```
/// use wm_websockets::client::ClientProtocol;
/// use wm_websockets::server::Socket;
/// use wm_websockets::ws::Message;
///
/// struct Lamp(bool);
///
/// impl ClientProtocol for Lamp {
///     fn message(&mut self, socket: &mut Socket<'_>, message: Message<'_>) {
///         self.0 = message == Message::Text("on");
///         socket.send(Message::Text("done")).ok();
///     }
/// }
/// ```
pub trait ClientProtocol: 'static {
    /// How messages are to be delivered.
    fn delivery(&self) -> Delivery {
        Delivery::default()
    }

    /// Whether compression is offered to the server (permessage-deflate, RFC 7692), with [`Delivery::Messages`]. What is sent in fragments
    /// travels as it is.
    #[cfg(feature = "deflate")]
    fn compresses(&self) -> bool {
        true
    }

    /// The attempt has come to this step: for a status line, or to measure where the time goes. [`Step::Name`] and [`Step::Connect`] come
    /// once for each kind of address, IPv6 and IPv4; a redirect begins with [`Step::Name`] again.
    fn step(&mut self, step: Step) {
        let _ = step;
    }

    /// The TLS handshake is done, and the server has shown this certificate: now, or when the session began that is resumed. False ends
    /// the attempt, with [`Cause::Rejected`](super::Cause::Rejected): for pins.
    #[cfg(feature = "security-tls12")]
    fn secured(&mut self, server: &crate::tls::PeerCertificate<'_>) -> bool {
        let _ = server;
        true
    }

    /// The connection stands: to this server.
    fn connected(&mut self, server: SocketAddr) {
        let _ = server;
    }

    /// The request is about to be sent: adds fields to it. An error ends the attempt.
    fn prepare(&mut self, head: &mut RequestHead<'_>) -> Result<(), ResponseError> {
        let _ = head;
        Ok(())
    }

    /// The server agrees, and chose this subprotocol. False ends the attempt.
    fn accept(&mut self, response: &ReceivedResponse<'_>, subprotocol: Option<&str>) -> bool {
        let _ = (response, subprotocol);
        true
    }

    /// The handshake is done. What is sent here goes before messages that waited.
    fn opened(&mut self, socket: &mut Socket<'_>) {
        let _ = socket;
    }

    /// A whole message, with [`Delivery::Messages`].
    fn message(&mut self, socket: &mut Socket<'_>, message: Message<'_>) {
        let _ = (socket, message);
    }

    /// A piece of a message, with [`Delivery::Fragments`]. Text is valid as far as it goes, but may end within a character.
    fn fragment(&mut self, socket: &mut Socket<'_>, fragment: Fragment<'_>) {
        let _ = (socket, fragment);
    }

    /// A pong, asked for or not.
    fn pong(&mut self, socket: &mut Socket<'_>, payload: &[u8]) {
        let _ = (socket, payload);
    }

    /// Everything sent has reached lwIP after some of it had to wait; or [`Socket::notify_writable`] asked.
    fn writable(&mut self, socket: &mut Socket<'_>) {
        let _ = socket;
    }

    /// Another task called [`Handle::notify`](super::super::Handle::notify).
    fn notified(&mut self, socket: &mut Socket<'_>) {
        let _ = socket;
    }

    /// The time of [`Socket::set_timer`] has come.
    fn timer(&mut self, socket: &mut Socket<'_>) {
        let _ = socket;
    }

    /// The server has begun to close, for this reason. True answers it, which ends the closing handshake; false ends the connection
    /// without.
    fn closing(&mut self, socket: &mut Socket<'_>, reason: Option<&CloseReason<'_>>) -> bool {
        let _ = (socket, reason);
        true
    }

    /// The WebSocket is gone.
    fn closed(&mut self, closed: Closed) {
        let _ = closed;
    }

    /// An attempt to connect failed. `retry` is the time until the next one; `None`: there is none.
    fn failed(&mut self, error: &ClientError, retry: Option<Duration>) {
        let _ = (error, retry);
    }
}

/// What only a client is asked.
pub(in crate::server) trait AnyClient {
    fn step(&mut self, step: Step);
    #[cfg(feature = "security-tls12")]
    fn secured(&mut self, server: &crate::tls::PeerCertificate<'_>) -> bool;
    fn connected(&mut self, server: SocketAddr);
    fn prepare(&mut self, head: &mut RequestHead<'_>) -> Result<(), ResponseError>;
    fn accept(&mut self, response: &ReceivedResponse<'_>, subprotocol: Option<&str>) -> bool;
    fn failed(&mut self, error: &ClientError, retry: Option<Duration>);
}

/// A client's protocol in the place of a server's: its session is itself.
pub(super) struct Adapter<P>(pub(super) P);

impl<P: ClientProtocol> AnyClient for Adapter<P> {
    fn step(&mut self, step: Step) {
        self.0.step(step);
    }

    #[cfg(feature = "security-tls12")]
    fn secured(&mut self, server: &crate::tls::PeerCertificate<'_>) -> bool {
        self.0.secured(server)
    }

    fn connected(&mut self, server: SocketAddr) {
        self.0.connected(server);
    }

    fn prepare(&mut self, head: &mut RequestHead<'_>) -> Result<(), ResponseError> {
        self.0.prepare(head)
    }

    fn accept(&mut self, response: &ReceivedResponse<'_>, subprotocol: Option<&str>) -> bool {
        self.0.accept(response, subprotocol)
    }

    fn failed(&mut self, error: &ClientError, retry: Option<Duration>) {
        self.0.failed(error, retry);
    }
}

impl<P: ClientProtocol> AnyProtocol for Adapter<P> {
    fn as_client(&mut self) -> Option<&mut dyn AnyClient> {
        Some(self)
    }

    fn subprotocols(&self) -> &[&'static str] {
        &[]
    }

    fn requires_subprotocol(&self) -> bool {
        false
    }

    fn delivery(&self) -> Delivery {
        self.0.delivery()
    }

    #[cfg(feature = "deflate")]
    fn compresses(&self) -> bool {
        self.0.compresses() && self.0.delivery() == Delivery::Messages
    }

    /// No request reaches a client.
    fn open(&mut self, _id: ConnectionId, _request: &http::Request<'_>) -> Result<Box<dyn Any>, Refused> {
        Err(Refused::Status(Status::NOT_FOUND))
    }

    fn accepting(&mut self, _: &mut dyn Any, _head: &mut ResponseHead<'_>) -> Result<(), ResponseError> {
        Ok(())
    }

    fn message(&mut self, _: &mut dyn Any, socket: &mut Socket<'_>, message: Message<'_>) {
        self.0.message(socket, message);
    }

    fn fragment(&mut self, _: &mut dyn Any, socket: &mut Socket<'_>, fragment: Fragment<'_>) {
        self.0.fragment(socket, fragment);
    }

    fn call(&mut self, _: &mut dyn Any, socket: &mut Socket<'_>, occasion: Occasion<'_>) {
        match occasion {
            Occasion::Opened => self.0.opened(socket),
            Occasion::Pong(payload) => self.0.pong(socket, payload),
            Occasion::Writable => self.0.writable(socket),
            Occasion::Notified => self.0.notified(socket),
            Occasion::Timer => self.0.timer(socket),
        }
    }

    fn closing(
        &mut self,
        _: &mut dyn Any,
        socket: &mut Socket<'_>,
        reason: Option<&CloseReason<'_>>,
    ) -> bool {
        self.0.closing(socket, reason)
    }

    fn closed(&mut self, _: Box<dyn Any>, closed: Closed) {
        self.0.closed(closed);
    }
}
