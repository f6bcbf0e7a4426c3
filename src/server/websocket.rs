//! A connection in the role of a WebSocket.

use alloc::boxed::Box;
use core::any::Any;

use wm_sys::Instant;

use super::connection::{Next, Pass, Step};
use super::counters::Counters;
use super::protocol::{AnyProtocol, Closed, Delivery, Occasion};
use super::services::{FAR, Shared};
use super::socket::Socket;
use super::table::ConnectionId;
use super::transport::{SendError, Transport};
use crate::ws::{Assembler, CloseCode, Due, Event, Fragment, Kind, Message, Violation};
use crate::ws::{Connection as Frames, SendError as FrameError};

/// The sending side and the clock: what a handler may reach while it holds a message.
pub(super) struct Machine {
    pub(super) frames: Frames,
    /// The route's pattern: whom a broadcast reaches.
    pub(super) pattern: &'static str,
    /// When the application's timer is due.
    pub(super) timer: Instant,
    /// The application is to be told when nothing waits for the client any more.
    pub(super) wants_writable: bool,
}

pub(super) struct WebSocket {
    machine: Machine,
    assembler: Assembler,
    /// `None` once the protocol was told that the WebSocket is closed.
    session: Option<Box<dyn Any>>,
    protocol: u16,
    delivery: Delivery,
}

impl WebSocket {
    pub(super) fn new(
        frames: Frames,
        pattern: &'static str,
        protocol: u16,
        delivery: Delivery,
        session: Box<dyn Any>,
    ) -> Self {
        let machine = Machine { frames, pattern, timer: FAR, wants_writable: false };
        WebSocket { machine, assembler: Assembler::new(), session: Some(session), protocol, delivery }
    }

    pub(super) fn pattern(&self) -> &'static str {
        self.machine.pattern
    }

    pub(super) fn send(
        &mut self,
        shared: &mut Shared,
        transport: &mut Transport,
        message: Message<'_>,
    ) -> Result<(), SendError> {
        self.machine.send(shared, transport, message)
    }

    /// The next time that something is due.
    pub(super) fn deadline(&self, shared: &Shared, transport: &Transport) -> Instant {
        let own = match self.is_stalled(transport) {
            true => transport.progress + shared.limits.send_timeout,
            false => self.machine.frames.deadline(&shared.limits.websocket).unwrap_or(FAR),
        };
        own.min(self.machine.timer)
    }

    /// While something waits for the peer, nothing is read from it, so it cannot show that it lives: it is not pinged, but has
    /// to take what waits in time.
    fn is_stalled(&self, transport: &Transport) -> bool {
        transport.has_backlog() && !self.machine.frames.close_state().is_closing()
    }
}

/// Receiving.
impl WebSocket {
    /// Takes bytes up to the next event, and handles that.
    pub(super) fn receive(
        &mut self,
        pass: &mut Pass<'_>,
        transport: &mut Transport,
        id: ConnectionId,
        input: &mut [u8],
    ) -> Step {
        let now = pass.shared.now;
        match self.machine.frames.receive(now, input) {
            Ok(step) => {
                let next = match step.event {
                    Some(event) => self.handle(pass, transport, id, event),
                    None => Next::Read,
                };
                Step { consumed: step.consumed, next }
            }
            Err(violation) => Step { consumed: input.len(), next: self.fail(pass, transport, id, violation) },
        }
    }

    fn handle(
        &mut self,
        pass: &mut Pass<'_>,
        transport: &mut Transport,
        id: ConnectionId,
        event: Event<'_>,
    ) -> Next {
        match event {
            Event::Fragment(fragment) => return self.fragment(pass, transport, id, fragment),
            Event::Ping(payload) => {
                if let Ok(pong) = self.machine.frames.pong(&payload, None) {
                    transport.send(pass.shared, &[&pong]).ok();
                }
            }
            Event::Pong(payload) => self.with_protocol(pass, transport, id, |protocol, session, socket| {
                protocol.pong(session, socket, &payload);
            }),
            Event::Close(_) => return self.answer_close(pass, transport, id),
        }
        self.after_callback()
    }

    fn fragment(
        &mut self,
        pass: &mut Pass<'_>,
        transport: &mut Transport,
        id: ConnectionId,
        fragment: Fragment<'_>,
    ) -> Next {
        if self.delivery == Delivery::Fragments {
            Counters::count(&mut pass.shared.counters.messages_received);
            self.with_protocol(pass, transport, id, |protocol, session, socket| {
                protocol.fragment(session, socket, fragment);
            });
            return self.after_callback();
        }
        match self.assembler.push(fragment, pass.shared.limits.message) {
            Ok(Some(whole)) => {
                Counters::count(&mut pass.shared.counters.messages_received);
                self.with_protocol(pass, transport, id, |protocol, session, socket| {
                    protocol.message(session, socket, whole.message());
                });
                self.after_callback()
            }
            Ok(None) => Next::Read,
            Err(violation) => self.fail(pass, transport, id, violation),
        }
    }

    fn after_callback(&self) -> Next {
        if self.machine.frames.close_state().is_closed() { Next::Close } else { Next::Read }
    }

    /// The peer closes: answer with its own code, and end.
    fn answer_close(&mut self, pass: &mut Pass<'_>, transport: &mut Transport, id: ConnectionId) -> Next {
        if let Ok(frame) = self.machine.frames.reply_close(pass.shared.now, None) {
            transport.send(pass.shared, &[&frame]).ok();
        }
        self.close_session(pass, id);
        Next::Close
    }

    /// The peer broke a rule: say which, and end (RFC 6455 section 7.1.7).
    fn fail(
        &mut self,
        pass: &mut Pass<'_>,
        transport: &mut Transport,
        id: ConnectionId,
        violation: Violation,
    ) -> Next {
        log::info!("WebSocket failed: {violation}");
        Counters::count(&mut pass.shared.counters.violations);
        self.machine.frames.fail(violation, pass.shared.now);
        self.machine.close(pass.shared, transport, violation.close_code(), "").ok();
        self.close_session(pass, id);
        Next::Close
    }
}

/// Calling the protocol.
impl WebSocket {
    fn with_protocol(
        &mut self,
        pass: &mut Pass<'_>,
        transport: &mut Transport,
        id: ConnectionId,
        call: impl FnOnce(&mut dyn AnyProtocol, &mut dyn Any, &mut Socket<'_>),
    ) {
        let (Some(protocol), Some(session)) = (pass.routes.protocol(self.protocol), &mut self.session) else {
            return;
        };
        let mut socket = Socket { shared: pass.shared, transport, machine: &mut self.machine, id };
        call(protocol, &mut **session, &mut socket);
    }

    pub(super) fn call(
        &mut self,
        pass: &mut Pass<'_>,
        transport: &mut Transport,
        id: ConnectionId,
        occasion: Occasion,
    ) -> Next {
        self.with_protocol(pass, transport, id, |protocol, session, socket| {
            protocol.call(session, socket, occasion)
        });
        self.after_callback()
    }

    /// Nothing waits for the client any more.
    pub(super) fn drained(
        &mut self,
        pass: &mut Pass<'_>,
        transport: &mut Transport,
        id: ConnectionId,
        made_room: bool,
    ) -> Next {
        if made_room {
            self.machine.frames.peer_alive(pass.shared.now);
        }
        if core::mem::take(&mut self.machine.wants_writable) || made_room {
            return self.call(pass, transport, id, Occasion::Writable);
        }
        Next::Read
    }

    /// Tells the protocol, once, that the WebSocket is over.
    pub(super) fn close_session(&mut self, pass: &mut Pass<'_>, id: ConnectionId) {
        let (code, clean) = self.machine.frames.close_info();
        if let (Some(session), Some(protocol)) = (self.session.take(), pass.routes.protocol(self.protocol)) {
            protocol.closed(session, Closed { id, code, clean });
        }
    }

    /// A deadline has passed.
    pub(super) fn expire(
        &mut self,
        pass: &mut Pass<'_>,
        transport: &mut Transport,
        id: ConnectionId,
    ) -> Next {
        let now = pass.shared.now;
        if now >= self.machine.timer {
            self.machine.timer = FAR;
            return self.call(pass, transport, id, Occasion::Timer);
        }
        if self.is_stalled(transport) {
            return if now >= self.deadline(pass.shared, transport) { Next::Abort } else { Next::Read };
        }
        match self.machine.frames.on_timer(now, &pass.shared.limits.websocket) {
            None => Next::Read,
            Some(Due::SendPing) => {
                if let Ok(ping) = self.machine.frames.ping(b"", None) {
                    // Without room the peer is not reading, and the unanswered ping tells.
                    transport.send(pass.shared, &[&ping]).ok();
                }
                Next::Read
            }
            Some(Due::PeerDead | Due::CloseTimeout) => Next::Abort,
        }
    }
}

/// Sending.
impl Machine {
    pub(super) fn send(
        &mut self,
        shared: &mut Shared,
        transport: &mut Transport,
        message: Message<'_>,
    ) -> Result<(), SendError> {
        let kind = match message {
            Message::Text(_) => Kind::Text,
            Message::Binary(_) => Kind::Binary,
        };
        self.send_fragment(shared, transport, kind, message.as_bytes(), true, true)
    }

    pub(super) fn send_fragment(
        &mut self,
        shared: &mut Shared,
        transport: &mut Transport,
        kind: Kind,
        bytes: &[u8],
        first: bool,
        last: bool,
    ) -> Result<(), SendError> {
        // The frame machine counts a header as sent: what does not fit must be known before.
        transport.admit_frame(shared, bytes.len())?;
        let header =
            self.frames.send_header(kind, bytes.len() as u64, first, last, None).map_err(send_error)?;
        transport.send_frame(shared, &header, bytes)?;
        Counters::count(&mut shared.counters.messages_sent);
        Ok(())
    }

    pub(super) fn close(
        &mut self,
        shared: &mut Shared,
        transport: &mut Transport,
        code: CloseCode,
        reason: &str,
    ) -> Result<(), SendError> {
        let frame = self.frames.close(code, reason, shared.now, None).map_err(send_error)?;
        transport.send(shared, &[&frame])
    }
}

/// What the frame machine refuses, in the words of the server.
pub(super) fn send_error(error: FrameError) -> SendError {
    match error {
        FrameError::Closing | FrameError::NoCloseReceived => SendError::Closing,
        FrameError::TooLong => SendError::TooLong,
        _ => SendError::OutOfOrder,
    }
}
