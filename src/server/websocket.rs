//! A connection in the role of a WebSocket.

use alloc::boxed::Box;
use core::any::Any;

use wm_sys::Instant;

use super::counters::Counters;
use super::machine::Machine;
use super::outgoing::Outgoing;
use super::protocol::{AnyProtocol, Closed, Delivery, Occasion};
use super::send_error::SendError;
use super::services::{FAR, Shared};
use super::socket::Socket;
use super::table::ConnectionId;
use super::transport::Transport;
use super::visit::{Incident, Next, Step, Visit};
use crate::ws::Connection as Frames;
use crate::ws::{Assembler, CloseReason, CloseState, Due, Event, Fragment, Kind, Message, Violation};

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
        let machine = Machine::new(frames, pattern);
        WebSocket { machine, assembler: Assembler::new(), session: Some(session), protocol, delivery }
    }

    /// Other times than the context's, from now on.
    #[cfg(feature = "client")]
    pub(super) fn set_timeouts(&mut self, timeouts: Box<crate::ws::Timeouts>) {
        self.machine.timeouts = Some(timeouts);
    }

    pub(super) fn pattern(&self) -> &'static str {
        self.machine.pattern
    }

    pub(super) fn send(
        &mut self,
        shared: &mut Shared,
        transport: &mut Transport,
        message: &mut Outgoing<'_>,
    ) -> Result<(), SendError> {
        self.machine.send(shared, transport, message)
    }

    /// The client, for somebody else than its protocol.
    pub(super) fn socket<'s>(
        &'s mut self,
        shared: &'s mut Shared,
        transport: &'s mut Transport,
        id: ConnectionId,
    ) -> Socket<'s> {
        Socket { shared, transport, machine: &mut self.machine, id }
    }

    /// The next time that something is due.
    pub(super) fn deadline(&self, shared: &Shared, transport: &Transport) -> Instant {
        let own = match self.is_stalled(transport) {
            true => transport.progress + shared.limits.send_timeout,
            // Nothing is read from it, so it cannot show that it lives.
            false if self.is_unread() => FAR,
            false => self.machine.frames.deadline(self.machine.timeouts(shared)).unwrap_or(FAR),
        };
        own.min(self.machine.timer)
    }

    /// Whether it has something to do when nothing waits for the peer, even if nothing did before.
    pub(super) fn awaits_room(&self) -> bool {
        self.machine.hung_up || self.machine.wants_writable
    }

    /// Whether every sign of life of the peer moves the deadline on.
    pub(super) fn is_at_rest(&self) -> bool {
        let Machine { frames, timer, paused, .. } = &self.machine;
        !*paused && *timer == FAR && frames.is_at_rest()
    }

    /// While something waits for the peer, nothing is read from it, so it cannot show that it lives: it is not pinged, but has
    /// to take what waits in time.
    fn is_stalled(&self, transport: &Transport) -> bool {
        transport.has_backlog() && !self.machine.frames.close_state().is_closing()
    }
}

impl WebSocket {
    pub(super) fn respond(&mut self, visit: &mut Visit<'_>, incident: Incident<'_>) -> Step {
        let next = match incident {
            Incident::Received(input) => return self.receive(visit, input),
            Incident::Opened => self.call(visit, Occasion::Opened),
            Incident::Writable { made_room } => self.writable(visit, made_room),
            Incident::Notified => self.call(visit, Occasion::Notified),
            Incident::Expired => self.expire(visit),
            Incident::EndOfInput => Next::Close,
            Incident::Over => {
                self.close_session(visit);
                Next::Close
            }
        };
        next.into()
    }
}

/// Receiving.
impl WebSocket {
    /// Takes bytes up to the next event, and handles that.
    fn receive(&mut self, visit: &mut Visit<'_>, input: &mut [u8]) -> Step {
        let limit = match self.delivery {
            Delivery::Messages => visit.shared.limits.message,
            Delivery::Fragments => usize::MAX,
        };
        if let Some((consumed, kind, payload)) =
            self.machine.frames.receive_whole(visit.shared.now, input, limit)
        {
            return Step { consumed, next: self.whole(visit, kind, payload) };
        }
        match self.machine.frames.receive(visit.shared.now, input) {
            Ok(step) => {
                let next = match step.event {
                    Some(event) => self.handle(visit, event),
                    None => Next::Read,
                };
                Step { consumed: step.consumed, next }
            }
            Err(violation) => Step { consumed: input.len(), next: self.fail(visit, violation) },
        }
    }

    fn handle(&mut self, visit: &mut Visit<'_>, event: Event<'_>) -> Next {
        match event {
            Event::Fragment(fragment) => return self.fragment(visit, fragment),
            Event::Ping(payload) => {
                if let Ok(pong) = &self.machine.frames.pong(&payload, self.machine.masking_key()) {
                    visit.send(&[pong]).ok();
                }
            }
            Event::Pong(payload) => return self.call(visit, Occasion::Pong(&payload)),
            Event::Close(reason) => return self.answer_close(visit, reason.as_ref()),
        }
        self.after_callback()
    }

    /// A message that lay in the input as a whole.
    fn whole(&mut self, visit: &mut Visit<'_>, kind: Kind, payload: &mut [u8]) -> Next {
        let message = match kind {
            Kind::Binary => Message::Binary(payload),
            Kind::Text => match str::from_utf8(payload) {
                Ok(text) => Message::Text(text),
                Err(_) => return self.fail(visit, Violation::InvalidUtf8),
            },
        };
        if self.delivery == Delivery::Messages {
            return self.deliver(visit, Delivered::Message(message));
        }
        let whole =
            Fragment { kind, bytes: payload, first: true, last: true, remaining: 0, compressed: false };
        self.deliver(visit, Delivered::Piece(whole))
    }

    fn fragment(&mut self, visit: &mut Visit<'_>, fragment: Fragment<'_>) -> Next {
        if self.delivery == Delivery::Fragments {
            return self.deliver(visit, Delivered::Piece(fragment));
        }
        match self.assembler.push(fragment, visit.shared.limits.message) {
            Ok(Some(whole)) => self.deliver(visit, Delivered::Message(whole.message())),
            Ok(None) => Next::Read,
            Err(violation) => self.fail(visit, violation),
        }
    }

    /// Hands the protocol what it wants: messages or pieces of them.
    fn deliver(&mut self, visit: &mut Visit<'_>, delivered: Delivered<'_>) -> Next {
        Counters::count(&mut visit.shared.counters.messages_received);
        if let Some((protocol, session, mut socket)) = self.protocol(visit) {
            match delivered {
                Delivered::Message(message) => protocol.message(session, &mut socket, message),
                Delivered::Piece(fragment) => protocol.fragment(session, &mut socket, fragment),
            }
        }
        self.after_callback()
    }

    fn after_callback(&self) -> Next {
        match &self.machine {
            machine if machine.awaits_end() => Next::Read,
            machine if machine.hung_up || machine.frames.close_state().is_closed() => Next::Close,
            machine if machine.paused => Next::Wait,
            _ => Next::Read,
        }
    }

    /// Whether the application takes nothing for now.
    pub(super) fn is_paused(&self) -> bool {
        self.machine.paused && !self.machine.hung_up
    }

    /// Whether the peer has no way to show that it lives. Once the connection is closing it need not: that has a deadline, as always.
    fn is_unread(&self) -> bool {
        self.is_paused() && !self.machine.frames.close_state().is_closing()
    }

    /// The peer closes: answer with its own code and reason, unless the application does not want to, and end.
    fn answer_close(&mut self, visit: &mut Visit<'_>, reason: Option<&CloseReason<'_>>) -> Next {
        let is_first = matches!(self.machine.frames.close_state(), CloseState::Received(_));
        if is_first && let Some((protocol, session, mut socket)) = self.protocol(visit) {
            self.machine.hung_up |= !protocol.closing(session, &mut socket, reason);
        }
        let mask = self.machine.masking_key();
        let reason = reason.map_or("", CloseReason::reason);
        if !self.machine.hung_up
            && let Ok(frame) = &self.machine.frames.reply_close(reason, visit.shared.now, mask)
        {
            visit.send(&[frame]).ok();
        }
        if self.machine.awaits_end() {
            return Next::Read;
        }
        self.close_session(visit);
        Next::Close
    }

    /// The peer broke a rule: say which, and end (RFC 6455 section 7.1.7).
    fn fail(&mut self, visit: &mut Visit<'_>, violation: Violation) -> Next {
        log_line!(Info, "WebSocket failed: {violation}");
        Counters::count(&mut visit.shared.counters.violations);
        self.machine.frames.fail(violation, visit.shared.now);
        self.machine.close(visit.shared, visit.transport, violation.close_code(), "").ok();
        self.close_session(visit);
        Next::Close
    }
}

/// What has been received, as the protocol wants it.
enum Delivered<'d> {
    Message(Message<'d>),
    Piece(Fragment<'d>),
}

/// What a protocol needs for a call.
type Call<'c> = (&'c mut dyn AnyProtocol, &'c mut dyn Any, Socket<'c>);

/// Calling the protocol.
impl WebSocket {
    fn protocol<'c>(&'c mut self, visit: &'c mut Visit<'_>) -> Option<Call<'c>> {
        let session = self.session.as_deref_mut()?;
        let protocol = visit.routes.protocol(self.protocol)?;
        let (shared, transport) = (&mut *visit.shared, &mut *visit.transport);
        Some((protocol, session, Socket { shared, transport, machine: &mut self.machine, id: visit.id }))
    }

    fn call(&mut self, visit: &mut Visit<'_>, occasion: Occasion<'_>) -> Next {
        if let Some((protocol, session, mut socket)) = self.protocol(visit) {
            protocol.call(session, &mut socket, occasion);
        }
        self.after_callback()
    }

    /// Nothing waits for the client any more.
    fn writable(&mut self, visit: &mut Visit<'_>, made_room: bool) -> Next {
        if made_room {
            self.machine.frames.peer_alive(visit.shared.now);
        }
        if self.machine.hung_up {
            return Next::Close;
        }
        if core::mem::take(&mut self.machine.wants_writable) || made_room {
            return self.call(visit, Occasion::Writable);
        }
        Next::Read
    }

    /// Tells the protocol, once, that the WebSocket is over.
    fn close_session(&mut self, visit: &mut Visit<'_>) {
        let (code, clean) = self.machine.frames.close_info();
        #[cfg(feature = "client")]
        if let Some(client) = &mut visit.client {
            client.note_closed(self.machine.closing || self.machine.hung_up);
        }
        if let (Some(session), Some(protocol)) = (self.session.take(), visit.routes.protocol(self.protocol)) {
            protocol.closed(session, Closed { id: visit.id, code, clean });
        }
    }

    /// A deadline has passed.
    fn expire(&mut self, visit: &mut Visit<'_>) -> Next {
        let now = visit.shared.now;
        if now >= self.machine.timer {
            self.machine.timer = FAR;
            return self.call(visit, Occasion::Timer);
        }
        if self.is_stalled(visit.transport) {
            let is_due = now >= self.deadline(visit.shared, visit.transport);
            return if is_due { Next::Abort } else { Next::Read };
        }
        if self.is_unread() {
            return Next::Read;
        }
        let timeouts = *self.machine.timeouts(visit.shared);
        match self.machine.frames.on_timer(now, &timeouts) {
            None => Next::Read,
            Some(Due::SendPing) => {
                if let Ok(ping) = &self.machine.frames.ping(b"", self.machine.masking_key()) {
                    // Without room the peer is not reading, and the unanswered ping tells.
                    visit.send(&[ping]).ok();
                }
                Next::Read
            }
            Some(Due::PeerDead | Due::CloseTimeout) => Next::Abort,
        }
    }
}
