//! A connection in the role of HTTP: one request after the other.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

use wm_sys::{Instant, heap};

use super::counters::Counters;
use super::exchange::{Exchange, body_decoder};
use super::memory::extend;
use super::response::ResponseState;
use super::services::{FAR, Shared};
use super::transport::Transport;
use super::visit::{Incident, Next, Step, Visit};
use crate::http::{BodyDecoder, Fault, HeadParser, Match, Method, MethodSet, Request, Status};
use crate::ws;

pub(super) struct Http {
    parser: HeadParser,
    /// A head that arrived in part. Empty while one arrives whole, and between requests.
    head: Vec<u8>,
    /// Since when the connection waits for what it waits for.
    pub(super) since: Instant,
    /// Boxed, because a connection is mostly between requests.
    exchange: Option<Box<Exchange>>,
    /// At least one request was answered.
    served: bool,
    /// It has waited long enough for another.
    leaves: bool,
}

impl Http {
    pub(super) fn new(now: Instant) -> Self {
        Http {
            parser: HeadParser::default(),
            head: Vec::new(),
            since: now,
            exchange: None,
            served: false,
            leaves: false,
        }
    }

    /// Whether the connection is between two requests, and may end without loss.
    pub(super) fn is_idle(&self) -> bool {
        self.served && self.is_between_requests()
    }

    /// Lets the time between two requests be over.
    #[cfg(feature = "capi")]
    pub(super) fn has_waited(&mut self) {
        self.leaves = true;
    }

    /// Whether nothing of a request has arrived.
    pub(super) fn is_between_requests(&self) -> bool {
        self.exchange.is_none() && self.head_is_blank()
    }

    /// Whether nothing of a head is held but empty lines, which old clients send behind a body (RFC 9112 section 2.2): they begin no request
    /// that could come too late.
    fn head_is_blank(&self) -> bool {
        self.head.is_empty() || is_blank(&self.head)
    }

    pub(super) fn deadline(&self, shared: &Shared, transport: &Transport) -> Instant {
        let limits = &shared.limits;
        if transport.has_backlog() {
            return transport.progress + limits.send_timeout;
        }
        match &self.exchange {
            None if self.leaves => Instant::ZERO,
            None if self.head_is_blank() => self.since + limits.keep_alive_timeout,
            None => self.since + limits.head_timeout,
            Some(exchange) if exchange.is_received() && exchange.response.untimed => FAR,
            Some(exchange) if exchange.is_received() => self.since + limits.response_timeout,
            Some(_) => self.since + limits.body_timeout,
        }
    }

    pub(super) fn respond(&mut self, visit: &mut Visit<'_>, incident: Incident<'_>) -> Step {
        let next = match incident {
            Incident::Received(input) => return self.receive(visit, input),
            Incident::Writable { .. } => self.writable(visit),
            Incident::Notified => self.notified(),
            Incident::Expired => self.expire(visit),
            Incident::EndOfInput => self.end_of_input(),
            Incident::Opened | Incident::Over => Next::Read,
        };
        next.into()
    }

    /// Whether it has something to do when nothing waits for the peer.
    pub(super) fn awaits_room(&self) -> bool {
        self.exchange.is_some()
    }

    /// Takes bytes: the head of a request, or a piece of its body.
    fn receive(&mut self, visit: &mut Visit<'_>, input: &[u8]) -> Step {
        match self.exchange.take() {
            None if self.head.is_empty() => self.receive_head(visit, input),
            None => self.receive_more_head(visit, input),
            Some(exchange) if exchange.is_received() => {
                self.exchange = Some(exchange);
                Step { consumed: 0, next: Next::Wait }
            }
            Some(exchange) => self.receive_body(visit, exchange, input),
        }
    }

    /// Whether the handler takes no more of a request's body for now.
    pub(super) fn is_paused(&self) -> bool {
        self.exchange.as_ref().is_some_and(|exchange| exchange.is_paused())
    }

    /// The response to the request that is being served.
    pub(super) fn response_state(&mut self) -> Option<&mut ResponseState> {
        Some(self.exchange.as_mut()?.response_state())
    }

    /// Lets the response that is under way be the last. False: there is none, or one that may take any time.
    pub(super) fn finish(&mut self) -> bool {
        let response = self.response_state().filter(|response| !response.untimed);
        response.map(|response| response.close = true).is_some()
    }

    /// Somebody has the answer that was deferred: `writable` may be called.
    fn notified(&mut self) -> Next {
        if let Some(exchange) = &mut self.exchange {
            match exchange.is_received() {
                true => exchange.response.deferred = false,
                false => exchange.response.noticed = true,
            }
        }
        Next::Read
    }

    /// There is room to send, or somebody notified: a response that was begun goes on.
    fn writable(&mut self, visit: &mut Visit<'_>) -> Next {
        let Some(mut exchange) = self.exchange.take() else { return Next::Read };
        if exchange.awaits_handler() && exchange.writable(visit) {
            self.since = visit.shared.now;
        }
        let over = self.over(visit, &exchange);
        if over.is_none() {
            self.exchange = Some(exchange);
        }
        over.unwrap_or(Next::Read)
    }

    /// The peer will send nothing more. What it asked for is still answered; but of a stream that may go on for ever it has had enough.
    fn end_of_input(&mut self) -> Next {
        match &self.exchange {
            Some(exchange) if exchange.response.untimed && exchange.response.is_started() => Next::Close,
            Some(exchange) if exchange.is_received() => Next::Wait,
            _ => Next::Close,
        }
    }

    /// A deadline has passed.
    fn expire(&mut self, visit: &mut Visit<'_>) -> Next {
        if visit.transport.has_backlog() {
            return Next::Abort;
        }
        match self.exchange.take() {
            None if self.head_is_blank() => Next::Close,
            None => visit.refuse(None, Fault::Timeout),
            Some(mut exchange) if exchange.is_received() => {
                exchange.answer_late(visit, Status::SERVICE_UNAVAILABLE)
            }
            Some(mut exchange) => exchange.refuse(visit, Fault::Timeout),
        }
    }
}

/// The head, and who serves it.
impl Http {
    fn receive_head(&mut self, visit: &mut Visit<'_>, input: &[u8]) -> Step {
        self.since = visit.shared.now;
        #[cfg(feature = "raw")]
        if !self.served && visit.routes.has_fallback() && !begins_like_request(input) {
            return Step { consumed: 0, next: Next::Raw };
        }
        // By reference, here and below: a request is eighty bytes long.
        match &self.parser.parse(input, &visit.shared.limits.head) {
            Ok(Some((request, length))) => Step { consumed: *length, next: self.begin(visit, request) },
            Ok(None) => match self.keep(visit, input) {
                Ok(()) => Step { consumed: input.len(), next: Next::Read },
                Err(()) => Step { consumed: input.len(), next: visit.no_memory() },
            },
            Err(fault) => Step { consumed: input.len(), next: visit.refuse(None, *fault) },
        }
    }

    /// The head began in an earlier segment: it is put together in memory.
    fn receive_more_head(&mut self, visit: &mut Visit<'_>, input: &[u8]) -> Step {
        if self.head_is_blank() {
            self.since = visit.shared.now;
        }
        let before = self.head.len();
        // One byte over the limit lets the parser see that it is exceeded.
        let most = visit.shared.limits.head.head.saturating_add(1).saturating_sub(before);
        let piece = input.get(..most).unwrap_or(input);
        if self.keep(visit, piece).is_err() {
            return Step { consumed: input.len(), next: visit.no_memory() };
        }
        let head = mem::take(&mut self.head);
        match &self.parser.parse(&head, &visit.shared.limits.head) {
            Ok(Some((request, length))) => {
                let next = self.begin(visit, request);
                Step { consumed: length.saturating_sub(before), next }
            }
            Ok(None) => {
                self.head = head;
                Step { consumed: piece.len(), next: Next::Read }
            }
            Err(fault) => Step { consumed: input.len(), next: visit.refuse(None, *fault) },
        }
    }

    fn keep(&mut self, visit: &Visit<'_>, piece: &[u8]) -> Result<(), ()> {
        let most = visit.shared.limits.head.head.saturating_add(1);
        extend(&mut self.head, piece, most).map_err(drop)
    }

    /// A request is known: find who serves it.
    fn begin(&mut self, visit: &mut Visit<'_>, request: &Request<'_>) -> Next {
        Counters::count(&mut visit.shared.counters.requests);
        self.served = true;
        if let Some(upgrade) = visit.routes.roles().upgrade
            && ws::handshake::is_websocket_request(request)
            && let Some(next) = upgrade(visit, request)
        {
            return next;
        }
        let allowed = match visit.routes.requests().find(request.method(), request.path()) {
            Match::Found { value: &handler, parameters } => {
                return self.begin_handled(visit, &request.with_parameters(parameters), handler);
            }
            Match::MethodNotAllowed(allowed) => Some(allowed),
            Match::NotFound => None,
        };
        self.begin_unhandled(visit, request, allowed)
    }

    fn begin_handled(&mut self, visit: &mut Visit<'_>, request: &Request<'_>, index: u16) -> Next {
        let mut state = ResponseState::new(request);
        // Whoever answers at once says that the connection ends; see `invite_body`.
        state.close |= request.expects_continue();
        let Some((handler, mut response)) = visit.handler(index, &mut state) else { return Next::Abort };
        let body = match body_decoder(handler, request, &response.shared.limits) {
            Ok(body) => body,
            Err(fault) if fault.closes() => return visit.refuse(Some(request), fault),
            Err(fault) => {
                visit.note_fault(fault);
                return self.decline(visit, request, fault.status(), &[]);
            }
        };
        let Ok(begun) = handler.begin(request, &mut response) else { return visit.no_memory_for(&mut state) };
        let mut exchange = Exchange::new(begun.map(|begun| (index, begun)), body, state);
        exchange.invite_body(visit, request);
        match self.proceed(visit, &mut exchange) {
            Some(next) => next,
            None => self.keep_new(visit, exchange),
        }
    }

    /// No handler: an OPTIONS that the server answers itself, or a 404, 405 or 426.
    fn begin_unhandled(
        &mut self,
        visit: &mut Visit<'_>,
        request: &Request<'_>,
        allowed: Option<MethodSet>,
    ) -> Next {
        let upgradable =
            matches!(visit.routes.upgrades().find(Method::Get, request.path()), Match::Found { .. });
        let is_options = request.method() == Method::Options;
        let mut buffer = [0; MethodSet::ALLOW_LENGTH];
        let allow = [("Allow", allowed.map_or("", |allowed| allow_field(allowed, &mut buffer)))];
        let (status, fields): (_, &[_]) = match allowed {
            Some(_) if is_options => (Status::NO_CONTENT, &allow),
            Some(_) => (Status::METHOD_NOT_ALLOWED, &allow),
            None if upgradable => {
                (Status::UPGRADE_REQUIRED, &[("Upgrade", "websocket"), ("Connection", "Upgrade")])
            }
            None if is_options && request.path() == "*" => (Status::NO_CONTENT, &[]),
            None => (Status::NOT_FOUND, &[]),
        };
        self.decline(visit, request, status, fields)
    }

    /// Answers a request that no handler sees, and drops its body: the connection goes on.
    fn decline(
        &mut self,
        visit: &mut Visit<'_>,
        request: &Request<'_>,
        status: Status,
        fields: &[(&str, &str)],
    ) -> Next {
        let body = match BodyDecoder::new(request.framing(), visit.shared.limits.body) {
            Ok(body) => body,
            Err(fault) => return visit.refuse(Some(request), fault),
        };
        let mut exchange = Exchange::new(None, body, ResponseState::new(request));
        exchange.invite_body(visit, request);
        if visit.response(&mut exchange.response).plain(status, fields).is_err() {
            return Next::Abort;
        }
        match self.proceed(visit, &mut exchange) {
            Some(next) => next,
            None => self.keep_new(visit, exchange),
        }
    }
}

/// What follows the head.
impl Http {
    fn receive_body(&mut self, visit: &mut Visit<'_>, mut exchange: Box<Exchange>, input: &[u8]) -> Step {
        self.since = visit.shared.now;
        let consumed = match exchange.receive(visit, input) {
            Ok(consumed) => consumed,
            Err(fault) => return Step { consumed: input.len(), next: exchange.refuse(visit, fault) },
        };
        if exchange.response.is_last() {
            return Step { consumed, next: Next::Close };
        }
        if !exchange.is_received() {
            let next = if exchange.is_paused() { Next::Wait } else { Next::Read };
            self.exchange = Some(exchange);
            return Step { consumed, next };
        }
        let over = self.proceed(visit, &mut exchange);
        Step { consumed, next: over.unwrap_or_else(|| self.keep_exchange(visit, exchange)) }
    }

    /// Goes on after the head, or after the last byte of the body. `None`: the exchange is not over.
    fn proceed(&mut self, visit: &mut Visit<'_>, exchange: &mut Exchange) -> Option<Next> {
        if exchange.is_received() {
            self.since = visit.shared.now;
            exchange.end(visit);
        }
        self.over(visit, exchange)
    }

    /// What follows an exchange that is over.
    fn over(&mut self, visit: &Visit<'_>, exchange: &Exchange) -> Option<Next> {
        if !exchange.response.is_finished() {
            return None;
        }
        if exchange.response.close {
            // RFC 9112 section 9.6: nothing that follows is read as a request.
            return Some(Next::Close);
        }
        if !exchange.is_received() {
            return None;
        }
        self.since = visit.shared.now;
        Some(Next::Read)
    }

    /// Keeps an exchange that begins but is not over yet.
    fn keep_new(&mut self, visit: &mut Visit<'_>, mut exchange: Exchange) -> Next {
        match heap::try_room() {
            Ok(room) => self.keep_exchange(visit, Box::write(room, exchange)),
            Err(_) => visit.no_memory_for(&mut exchange.response),
        }
    }

    fn keep_exchange(&mut self, visit: &mut Visit<'_>, exchange: Box<Exchange>) -> Next {
        let (received, paused) = (exchange.is_received(), exchange.is_paused());
        self.exchange = Some(exchange);
        if !received {
            return if paused { Next::Wait } else { Next::Read };
        }
        visit.wake();
        Next::Wait
    }
}

/// Whether a head has nothing but empty lines. Out of line, for mostly there is no head.
#[inline(never)]
fn is_blank(head: &[u8]) -> bool {
    head.chunks(2).all(|line| line == b"\r\n")
}

/// Whether a method and a space stand at the start, or the beginning of that.
#[cfg(feature = "raw")]
fn begins_like_request(input: &[u8]) -> bool {
    Method::ALL.iter().any(|method| {
        let mut expected = method.as_str().bytes().chain([b' ']);
        input.iter().all(|octet| expected.next().is_none_or(|each| each == *octet))
    })
}

/// The value of the Allow field (RFC 9110 section 10.2.1).
fn allow_field(allowed: MethodSet, buffer: &mut [u8; MethodSet::ALLOW_LENGTH]) -> &str {
    let allow = allowed.with(Method::Options).write_allow(buffer).unwrap_or_default();
    core::str::from_utf8(allow).unwrap_or_default()
}
