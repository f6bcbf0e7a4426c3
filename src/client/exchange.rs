//! The role of a client's connection until it is a WebSocket: a request goes out, its response comes in.

mod body;
mod handshake;
mod upgrade;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;
use core::time::Duration;

use wm_sys::Instant;

use self::body::Body;
use super::super::memory::extend;
use super::super::services::Shared;
use super::super::transport::Transport;
use super::super::visit::{Incident, Next, Step as Taken, Visit};
use super::attempt;
use super::entry::AnyExchange;
use super::error::{Cause, Step};
use super::request::{BodyLength, RequestBody};
use super::securing;
use super::state::Turn;
use crate::http::{ReceivedResponse, ResponseParser, Status};
use crate::ws::client_handshake::ClientHandshake;

/// What the exchange waits for.
enum Phase {
    /// The server's answer to our SYN, before TLS or before the request.
    Connect { secure: bool },
    /// Its turn for a TLS handshake.
    Queue,
    /// The next flight of that.
    Tls,
    /// The application, for the rest of the request's body; so many bytes are left of one of a known length.
    Send(u64),
    /// The head of the response.
    Head,
    /// Its body.
    Body(Box<Body>),
    /// The next request.
    Idle,
}

pub(super) struct Exchange {
    phase: Phase,
    /// When that must have come.
    until: Instant,
    /// A head that arrived in part.
    head: Vec<u8>,
    parser: ResponseParser,
    handshake: ClientHandshake,
}

impl AnyExchange for Exchange {
    fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::Idle)
    }

    fn deadline(&self, shared: &Shared, transport: &Transport) -> Instant {
        match self.phase {
            // An answer that has begun is what is waited for, not the rest of its request.
            Phase::Body(_) => self.until,
            _ if transport.has_backlog() => transport.progress + shared.limits.send_timeout,
            _ => self.until,
        }
    }

    fn is_securing(&self) -> bool {
        matches!(self.phase, Phase::Connect { secure: true } | Phase::Queue | Phase::Tls)
    }

    fn is_queued(&self) -> bool {
        matches!(self.phase, Phase::Queue)
    }

    fn secure(&mut self, visit: &mut Visit<'_>) -> Next {
        self.step_tls(visit)
    }

    fn is_given_up(&self, visit: &mut Visit<'_>) -> bool {
        let is_over = visit.client.as_deref().is_some_and(|client| client.is_spent()) && !self.is_idle();
        let is_given_up = is_stopping(visit) || is_over;
        if is_given_up && !self.is_idle() {
            fail(visit, Cause::Rejected);
        }
        is_given_up
    }

    fn respond(&mut self, visit: &mut Visit<'_>, incident: Incident<'_>) -> Taken {
        let mut taken = match incident {
            Incident::Received(input) => self.receive(visit, input),
            Incident::Writable { made_room } => self.writable(visit, made_room).into(),
            Incident::Notified => self.writable(visit, false).into(),
            Incident::Expired => self.expire(visit).into(),
            Incident::EndOfInput => self.end_of_input(visit).into(),
            Incident::Opened | Incident::Over => Next::Read.into(),
        };
        // What waits is the rest of a request in which nobody is interested any more.
        if taken.next == Next::Close && visit.transport.has_backlog() {
            taken.next = Next::Abort;
        }
        taken
    }

    fn is_paused(&self, visit: &mut Visit<'_>) -> bool {
        matches!(&self.phase, Phase::Body(body) if body.refusal.is_none())
            && visit
                .client
                .as_deref_mut()
                .and_then(|client| client.job.as_mut())
                .is_some_and(|job| !job.handler.has_room())
    }
}

impl Exchange {
    pub(super) fn new(until: Instant, is_secure: bool) -> Self {
        Exchange {
            phase: Phase::Connect { secure: is_secure },
            until,
            head: Vec::new(),
            parser: ResponseParser::default(),
            handshake: ClientHandshake::new([0; 16]),
        }
    }

    /// The deadline has passed.
    fn expire(&mut self, visit: &mut Visit<'_>) -> Next {
        if visit.shared.now < self.deadline(visit.shared, visit.transport) {
            return Next::Read;
        }
        match self.phase {
            Phase::Idle => Next::Close,
            Phase::Body(_) if self.is_paused(visit) => {
                self.until = visit.shared.now + visit.shared.limits.body_timeout;
                Next::Read
            }
            _ => fail(visit, Cause::TimedOut),
        }
    }

    /// Nothing waits to be sent: the request can be, or more of its body.
    fn writable(&mut self, visit: &mut Visit<'_>, made_room: bool) -> Next {
        if self.is_given_up(visit) {
            return Next::Close;
        }
        if made_room && matches!(self.phase, Phase::Head) {
            // Only now is the request on its way.
            self.until = visit.shared.now + patience(visit);
        }
        match self.phase {
            Phase::Connect { .. } if !visit.transport.is_connected(visit.shared) => {
                let Some(reason) = visit.transport.disconnected(visit.shared) else { return Next::Read };
                if let Some(client) = visit.client.as_deref_mut() {
                    client.note_lost(reason);
                }
                Next::Abort
            }
            Phase::Connect { secure: true } => {
                self.until = visit.shared.now + securing::patience(visit.shared);
                if let Some(client) = visit.client.as_deref_mut() {
                    client.reach(visit.routes, Step::Tls);
                }
                self.begin_tls(visit)
            }
            Phase::Queue => self.begin_tls(visit),
            Phase::Connect { secure: false } => self.begin(visit),
            Phase::Idle if has_job(visit) && stands(visit) => {
                if !visit.transport.has_received(&mut visit.shared.stack) {
                    return self.begin(visit);
                }
                // What is there already is no answer to what was not asked: it is looked at first, as soon as that can be.
                if !visit.transport.waits() {
                    visit.wake();
                }
                Next::Read
            }
            Phase::Send(_) => self.send_body(visit),
            _ => Next::Read,
        }
    }

    /// Takes bytes: the head of the response, or a piece of its body.
    fn receive(&mut self, visit: &mut Visit<'_>, input: &[u8]) -> Taken {
        match mem::replace(&mut self.phase, Phase::Head) {
            Phase::Body(body) => self.receive_body(visit, body, input),
            Phase::Idle | Phase::Connect { .. } | Phase::Queue | Phase::Tls => {
                // An answer that nobody asked for.
                self.phase = Phase::Idle;
                Taken { consumed: input.len(), next: Next::Close }
            }
            phase => {
                self.phase = phase;
                if let Some(client) = visit.client.as_deref_mut().filter(|client| client.turn == Turn::Next) {
                    client.turn = Turn::First;
                }
                self.receive_head(visit, input)
            }
        }
    }

    /// The server has closed its side.
    fn end_of_input(&mut self, visit: &mut Visit<'_>) -> Next {
        match mem::replace(&mut self.phase, Phase::Head) {
            // What ends with TCP alone may have been longer (RFC 9112 section 9.8).
            Phase::Body(body)
                if body.until_close && !visit.transport.is_cut_off() || body.refusal.is_some() =>
            {
                self.finish(visit, *body)
            }
            Phase::Idle => {
                self.phase = Phase::Idle;
                Next::Close
            }
            _ => fail(visit, Cause::Ended),
        }
    }

    /// Sends the head of the request.
    fn begin(&mut self, visit: &mut Visit<'_>) -> Next {
        let Some(client) = visit.client.as_deref_mut() else { return Next::Abort };
        #[cfg(feature = "raw")]
        if visit.routes.is_raw() {
            client.opened = true;
            return Next::Raw;
        }
        client.reach(visit.routes, Step::Request);
        client.turn = if self.is_idle() { Turn::Next } else { Turn::First };
        let mut nonce = [0; 16];
        if client.job.is_none() && wm_sys::entropy(&mut nonce).is_err() {
            return fail(visit, Cause::NoEntropy);
        }
        self.handshake = ClientHandshake::new(nonce);
        #[cfg(feature = "deflate")]
        if visit.routes.protocol(0).is_some_and(|application| application.compresses()) {
            self.handshake = self.handshake.offering_compression();
        }
        if let Err(cause) = attempt::send_head(visit, &self.handshake) {
            return fail(visit, cause);
        }
        let length =
            visit.client.as_deref().and_then(|client| client.job.as_ref()).map(|job| job.request.length);
        self.phase = match length {
            Some(BodyLength::Known(bytes)) if bytes > 0 => Phase::Send(bytes),
            Some(BodyLength::Chunked) => Phase::Send(0),
            _ => Phase::Head,
        };
        self.until = visit.shared.now + patience(visit);
        if matches!(self.phase, Phase::Send(_)) { self.send_body(visit) } else { Next::Read }
    }

    /// Lets the application send more of the request's body.
    fn send_body(&mut self, visit: &mut Visit<'_>) -> Next {
        let Phase::Send(left) = &mut self.phase else { return Next::Read };
        let Some(job) = visit.client.as_deref_mut().and_then(|client| client.job.as_mut()) else {
            return Next::Abort;
        };
        let (shared, transport) = (&mut *visit.shared, &mut *visit.transport);
        let length = job.request.length;
        let before = transport.sent();
        let mut body = RequestBody { shared, transport, length, left, finished: false };
        job.handler.send(&mut body);
        let finished = body.finished;
        if visit.transport.broken {
            return fail(visit, Cause::Rejected);
        }
        if visit.transport.sent() != before {
            self.until = visit.shared.now + visit.shared.limits.response_timeout;
        }
        if finished {
            self.phase = Phase::Head;
        } else {
            visit.transport.wake_when_writable(visit.shared);
        }
        Next::Read
    }

    fn receive_head(&mut self, visit: &mut Visit<'_>, input: &[u8]) -> Taken {
        let limit = visit.shared.limits.head.head;
        let before = self.head.len();
        let held = mem::take(&mut self.head);
        let joined = match held.is_empty() {
            true => None,
            false => match join(held, input, limit) {
                Some(joined) => Some(joined),
                None => return Taken { consumed: input.len(), next: fail(visit, Cause::NoMemory) },
            },
        };
        let whole = joined.as_deref().unwrap_or(input);
        match self.parser.parse(whole, limit) {
            Err(fault) => Taken { consumed: input.len(), next: fail(visit, Cause::Response(fault)) },
            Ok(Some((response, length))) => {
                let next = match self.answered(visit, &response) {
                    Next::Read if self.is_paused(visit) => Next::Wait,
                    next => next,
                };
                Taken { consumed: length.saturating_sub(before), next }
            }
            Ok(None) => {
                self.head = match joined {
                    Some(joined) => joined,
                    None => match join(Vec::new(), input, limit) {
                        Some(copy) => copy,
                        None => return Taken { consumed: input.len(), next: fail(visit, Cause::NoMemory) },
                    },
                };
                Taken { consumed: input.len(), next: Next::Read }
            }
        }
    }

    /// A response's head is complete.
    fn answered(&mut self, visit: &mut Visit<'_>, response: &ReceivedResponse<'_>) -> Next {
        let status = response.status();
        if status.is_informational() && status != Status::SWITCHING_PROTOCOLS {
            return Next::Read; // Another head follows (RFC 9110 section 15.2).
        }
        let Some(client) = visit.client.as_deref_mut() else { return Next::Abort };
        if let Some(follow) = client.follows(status) {
            let location = response.field("Location");
            if let (Some(location), Some(job)) = (location, &mut client.job)
                && !job.handler.redirected(status, location)
            {
                return fail(visit, Cause::Rejected);
            }
            return match follow(client, status, location) {
                Ok(()) => Next::Close,
                Err(cause) => fail(visit, cause),
            };
        }
        if client.job.is_some() {
            client.reach(visit.routes, Step::Body);
        }
        match &mut client.job {
            None => self.upgrade(visit, response),
            Some(job) => {
                let method = job.request.method;
                if status == Status::SWITCHING_PROTOCOLS || !job.handler.response(response) {
                    return fail(visit, Cause::Rejected);
                }
                // An answer before the whole request is the last one on this connection (RFC 9112 section 9.6).
                let keep_alive = response.keep_alive() && matches!(self.phase, Phase::Head);
                self.expect_body(visit, response.framing(method), keep_alive, None)
            }
        }
    }
}

/// Ends the attempt, and notes why.
fn fail(visit: &mut Visit<'_>, cause: Cause) -> Next {
    if let Some(client) = visit.client.as_deref_mut() {
        client.fail(cause);
    }
    Next::Close
}

/// For the answer to a request.
fn patience(visit: &Visit<'_>) -> Duration {
    let limits = &visit.shared.limits;
    if has_job(visit) { limits.response_timeout } else { limits.upgrade_timeout }
}

fn has_job(visit: &Visit<'_>) -> bool {
    visit.client.as_deref().is_some_and(|client| client.job.is_some())
}

/// Whether nothing is known of an end of the connection: what would be sent over it then could not always be sent again.
fn stands(visit: &mut Visit<'_>) -> bool {
    !visit.transport.at_end(visit.shared) && visit.transport.disconnected(visit.shared).is_none()
}

fn is_stopping(visit: &Visit<'_>) -> bool {
    visit.client.as_deref().is_some_and(|client| client.stopping)
}

/// Appends to the part of a head that is held, but no more than the head may have; `None`: out of memory.
fn join(mut held: Vec<u8>, input: &[u8], limit: usize) -> Option<Vec<u8>> {
    let room = limit.saturating_sub(held.len());
    extend(&mut held, input.get(..room).unwrap_or(input), limit).ok()?;
    Some(held)
}
