//! A WebSocket client, as its protocol sees it.

use core::time::Duration;

use wm_sys::Instant;

use super::broadcast::{Audience, SlowPolicy, broadcast};
use super::machine::Machine;
use super::outgoing::Outgoing;
use super::send_error::SendError;
use super::services::{Services, Shared};
use super::table::ConnectionId;
use super::transport::Transport;
use crate::net::Keepalive;
use crate::ws::{CloseCode, Kind, Message};

/// A WebSocket client during one call of its [`Protocol`](super::Protocol).
///
/// Sending never waits: it is all or nothing. While something waits for the client, nothing is read from it, so a protocol that
/// answers each message with one of at most the same size never meets [`SendError::Full`].
pub struct Socket<'a> {
    pub(super) shared: &'a mut Shared,
    pub(super) transport: &'a mut Transport,
    pub(super) machine: &'a mut Machine,
    pub(super) id: ConnectionId,
}

impl Socket<'_> {
    /// Sends a whole message.
    ///
    /// ```
    /// use wm_websockets::server::{SendError, Socket};
    /// use wm_websockets::ws::Message;
    ///
    /// fn report(socket: &mut Socket<'_>, celsius: i16) {
    ///     if socket.send(Message::Binary(&celsius.to_be_bytes())) == Err(SendError::Full) {
    ///         socket.notify_writable();
    ///     }
    /// }
    /// ```
    pub fn send(&mut self, message: Message<'_>) -> Result<(), SendError> {
        self.machine.send(self.shared, self.transport, &mut Outgoing::new(message))
    }

    /// Sends a piece of a message as a frame: `first` begins the message, `last` ends it. Other messages must wait in between.
    ///
    /// ```
    /// use wm_websockets::server::{SendError, Socket};
    /// use wm_websockets::ws::Fragment;
    ///
    /// /// Echoes a message of any length in no memory.
    /// fn echo(socket: &mut Socket<'_>, fragment: Fragment<'_>) -> Result<(), SendError> {
    ///     socket.send_fragment(fragment.kind, fragment.bytes, fragment.first, fragment.last)
    /// }
    /// ```
    pub fn send_fragment(
        &mut self,
        kind: Kind,
        bytes: &[u8],
        first: bool,
        last: bool,
    ) -> Result<(), SendError> {
        self.machine.send_fragment(self.shared, self.transport, kind, bytes, first, last)
    }

    /// Sends a ping of at most 125 bytes; the answer comes to [`Protocol::pong`](super::Protocol::pong). Dead peers are found
    /// without: see [`Limits::websocket`](super::Limits::websocket).
    pub fn ping(&mut self, payload: &[u8]) -> Result<(), SendError> {
        let frame = self
            .machine
            .frames
            .ping(payload, self.machine.masking_key())
            .map_err(super::machine::send_error)?;
        self.transport.send(self.shared, &[&frame])
    }

    /// Sends a pong that nobody asked for, of at most 125 bytes: a sign of life (RFC 6455 section 5.5.3). Pings are answered without.
    pub fn pong(&mut self, payload: &[u8]) -> Result<(), SendError> {
        let frame = self
            .machine
            .frames
            .pong(payload, self.machine.masking_key())
            .map_err(super::machine::send_error)?;
        self.transport.send(self.shared, &[&frame])
    }

    /// Ends the connection behind what was sent, without a closing handshake: the client sees 1006.
    pub fn hang_up(&mut self) {
        self.machine.hung_up = true;
        self.transport.wake(self.shared);
    }

    /// False: nothing is read from the client until it is true again, so that it must wait. Until then it is not found out if it dies.
    pub fn set_receiving(&mut self, receiving: bool) {
        self.machine.paused = !receiving;
        if receiving {
            self.transport.wake(self.shared);
        }
    }

    /// Whether something that was sent waits for the client.
    pub fn has_backlog(&self) -> bool {
        self.transport.has_backlog()
    }

    /// Starts the closing handshake. `reason` is for logs, of at most 123 bytes; what is longer is cut.
    pub fn close(&mut self, code: CloseCode, reason: &str) -> Result<(), SendError> {
        #[cfg(feature = "client")]
        {
            self.machine.closing = true;
        }
        self.machine.close(self.shared, self.transport, code, reason)
    }

    /// Sends a message to the clients of this route; says to how many.
    ///
    /// ```
    /// use wm_websockets::server::{Audience, SlowPolicy, Socket};
    /// use wm_websockets::ws::Message;
    ///
    /// fn tell_all(socket: &mut Socket<'_>, message: Message<'_>) {
    ///     socket.broadcast(message, Audience::Everyone, SlowPolicy::Close);
    /// }
    /// ```
    pub fn broadcast(&mut self, message: Message<'_>, audience: Audience, slow: SlowPolicy) -> usize {
        let pattern = self.machine.pattern;
        let mut message = Outgoing::new(message);
        let own = match audience {
            Audience::Others => 0,
            Audience::Everyone => {
                usize::from(self.machine.send(self.shared, self.transport, &mut message).is_ok())
            }
        };
        own.saturating_add(broadcast(self.shared, pattern, &mut message, slow))
    }

    /// Bytes that [`send`](Self::send) would take now, frame header included.
    pub fn capacity(&mut self) -> usize {
        self.transport.capacity(self.shared)
    }

    /// Asks for [`Protocol::writable`](super::Protocol::writable), once, as soon as nothing waits for the client.
    pub fn notify_writable(&mut self) {
        self.machine.wants_writable = true;
        match self.transport.has_room(self.shared) {
            true => self.transport.wake(self.shared),
            // What is under way will be acknowledged, and make room.
            false => self.transport.wake_when_writable(self.shared),
        }
    }

    /// Asks for [`Protocol::timer`](super::Protocol::timer) after `delay`, once; a timer set before is replaced.
    pub fn set_timer(&mut self, delay: Duration) {
        self.machine.timer = self.shared.now + delay;
    }

    /// Takes the timer back.
    pub fn cancel_timer(&mut self) {
        self.machine.timer = super::services::FAR;
    }

    /// Has lwIP probe whether an idle client is still there (RFC 9293 section 3.8.4). Pings do that too, and tell more:
    /// [`Limits::websocket`](super::Limits::websocket).
    pub fn set_keepalive(&mut self, keepalive: Option<Keepalive>) {
        self.transport.set_keepalive(self.shared, keepalive);
    }

    /// The client's name, for [`Handle::send`](super::Handle::send).
    pub fn id(&self) -> ConnectionId {
        self.id
    }

    /// The time of this pass.
    pub fn now(&self) -> Instant {
        self.shared.now
    }

    /// Whether it travels in TLS: always at a port with TLS, but for [`PlainHttp::Serve`](super::PlainHttp::Serve).
    pub fn is_secure(&self) -> bool {
        self.transport.is_secure()
    }

    /// The certificate that the peer has shown, if the connection is one of TLS and it has.
    #[cfg(feature = "security-tls12")]
    pub fn peer_certificate(&self) -> Option<crate::tls::PeerCertificate<'_>> {
        self.transport.peer_certificate()
    }

    /// The client's address, while it is connected.
    pub fn peer_address(&mut self) -> Option<core::net::SocketAddr> {
        self.transport.peer_address(self.shared)
    }

    /// The context: counters, handle, other clients.
    pub fn services(&mut self) -> Services<'_> {
        Services { shared: self.shared }
    }
}
