//! A connection in the role of HTTP: one request after the other.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::any::Any;
use core::mem;

use wm_sys::{Instant, heap};

use super::connection::{Next, Pass, Step};
use super::counters::Counters;
use super::handler::AnyHandler;
use super::response::{Response, ResponseState};
use super::services::Shared;
use super::table::ConnectionId;
use super::transport::{SendError, Transport};
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
}

/// A request that was read, and its response.
struct Exchange {
    /// The handler and its state; `None`: the rest of the body is dropped.
    handler: Option<(u16, Box<dyn Any>)>,
    body: BodyDecoder,
    response: ResponseState,
}

impl Http {
    pub(super) fn new(now: Instant) -> Self {
        Http { parser: HeadParser::default(), head: Vec::new(), since: now, exchange: None, served: false }
    }

    /// Whether the connection is between two requests, and may end without loss.
    pub(super) fn is_idle(&self) -> bool {
        self.served && self.exchange.is_none() && self.head.is_empty()
    }

    pub(super) fn deadline(&self, shared: &Shared, transport: &Transport) -> Instant {
        let limits = &shared.limits;
        if transport.has_backlog() {
            return transport.progress + limits.send_timeout;
        }
        match &self.exchange {
            None if self.head.is_empty() => self.since + limits.keep_alive_timeout,
            None => self.since + limits.head_timeout,
            Some(exchange) if exchange.body.is_complete() => self.since + limits.response_timeout,
            Some(_) => self.since + limits.body_timeout,
        }
    }

    /// Takes bytes: the head of a request, or a piece of its body.
    pub(super) fn receive(
        &mut self,
        pass: &mut Pass<'_>,
        transport: &mut Transport,
        id: ConnectionId,
        input: &[u8],
    ) -> Step {
        match self.exchange.take() {
            None => self.receive_head(pass, transport, id, input),
            Some(exchange) if exchange.body.is_complete() => {
                self.exchange = Some(exchange);
                Step { consumed: 0, next: Next::Wait }
            }
            Some(exchange) => self.receive_body(pass, transport, id, exchange, input),
        }
    }

    fn receive_head(
        &mut self,
        pass: &mut Pass<'_>,
        transport: &mut Transport,
        id: ConnectionId,
        input: &[u8],
    ) -> Step {
        if !self.head.is_empty() {
            return self.receive_more_head(pass, transport, id, input);
        }
        self.since = pass.shared.now;
        match self.parser.parse(input, &pass.shared.limits.head) {
            Ok(Some((request, length))) => {
                self.parser = HeadParser::default();
                Step { consumed: length, next: self.begin(pass, transport, id, &request) }
            }
            Ok(None) => match self.keep(input) {
                Ok(()) => Step { consumed: input.len(), next: Next::Read },
                Err(()) => Step { consumed: input.len(), next: no_memory(pass, transport, id) },
            },
            Err(fault) => Step { consumed: input.len(), next: refuse(pass, transport, id, fault) },
        }
    }

    /// The head began in an earlier segment: it is put together in memory.
    fn receive_more_head(
        &mut self,
        pass: &mut Pass<'_>,
        transport: &mut Transport,
        id: ConnectionId,
        input: &[u8],
    ) -> Step {
        let before = self.head.len();
        // One byte over the limit lets the parser see that it is exceeded.
        let most = pass.shared.limits.head.head.saturating_add(1).saturating_sub(before);
        let piece = input.get(..most).unwrap_or(input);
        if self.keep(piece).is_err() {
            return Step { consumed: input.len(), next: no_memory(pass, transport, id) };
        }
        let head = mem::take(&mut self.head);
        match self.parser.parse(&head, &pass.shared.limits.head) {
            Ok(Some((request, length))) => {
                self.parser = HeadParser::default();
                let next = self.begin(pass, transport, id, &request);
                Step { consumed: length.saturating_sub(before), next }
            }
            Ok(None) => {
                self.head = head;
                Step { consumed: piece.len(), next: Next::Read }
            }
            Err(fault) => Step { consumed: input.len(), next: refuse(pass, transport, id, fault) },
        }
    }

    fn keep(&mut self, piece: &[u8]) -> Result<(), ()> {
        heap::try_extend(&mut self.head, piece).map_err(drop)
    }

    /// A request is known: find who serves it.
    fn begin(
        &mut self,
        pass: &mut Pass<'_>,
        transport: &mut Transport,
        id: ConnectionId,
        request: &Request<'_>,
    ) -> Next {
        Counters::count(&mut pass.shared.counters.requests);
        self.served = true;
        if ws::handshake::is_websocket_request(request)
            && let Some(next) = super::upgrade::upgrade(pass, transport, id, request)
        {
            return next;
        }
        let found = match pass.routes.requests().find(request.method(), request.path()) {
            Match::Found { value, parameters } => Ok((*value, request.with_parameters(parameters))),
            Match::MethodNotAllowed(allowed) => Err(Some(allowed)),
            Match::NotFound => Err(None),
        };
        match found {
            Ok((handler, request)) => self.begin_handled(pass, transport, id, &request, handler),
            Err(allowed) => self.begin_unhandled(pass, transport, id, request, allowed),
        }
    }

    fn begin_handled(
        &mut self,
        pass: &mut Pass<'_>,
        transport: &mut Transport,
        id: ConnectionId,
        request: &Request<'_>,
        index: u16,
    ) -> Next {
        let Some(handler) = pass.routes.handler(index) else { return Next::Abort };
        let body = match decoder(handler, request, pass.shared) {
            Ok(body) => body,
            Err(fault) if fault.closes() => return refuse(pass, transport, id, fault),
            Err(fault) => {
                note_fault(pass, fault);
                return self
                    .decline(pass, transport, id, request, |response| response.plain(fault.status(), &[]));
            }
        };
        let mut response = ResponseState::new(request);
        let begun = handler.begin(
            request,
            &mut Response { shared: pass.shared, transport, state: &mut response, scratch: pass.scratch, id },
        );
        let Ok(state) = begun else { return no_memory(pass, transport, id) };
        let mut exchange = Exchange { handler: state.map(|state| (index, state)), body, response };
        exchange.invite_body(pass, transport, request);
        self.proceed(pass, transport, id, exchange)
    }

    /// No handler: an OPTIONS that the server answers itself, or a 404, 405 or 426.
    fn begin_unhandled(
        &mut self,
        pass: &mut Pass<'_>,
        transport: &mut Transport,
        id: ConnectionId,
        request: &Request<'_>,
        allowed: Option<MethodSet>,
    ) -> Next {
        let upgradable =
            matches!(pass.routes.upgrades().find(Method::Get, request.path()), Match::Found { .. });
        let is_options = request.method() == Method::Options;
        self.decline(pass, transport, id, request, |response| match allowed {
            Some(allowed) => {
                let mut buffer = [0; MethodSet::ALLOW_LENGTH];
                let allow = allow_field(allowed, &mut buffer);
                match is_options {
                    true => response.start(Status::NO_CONTENT).field("Allow", allow).empty(),
                    false => response.plain(Status::METHOD_NOT_ALLOWED, &[("Allow", allow)]),
                }
            }
            None if upgradable => response
                .plain(Status::UPGRADE_REQUIRED, &[("Upgrade", "websocket"), ("Connection", "Upgrade")]),
            None if is_options && request.path() == "*" => response.start(Status::NO_CONTENT).empty(),
            None => response.plain(Status::NOT_FOUND, &[]),
        })
    }

    /// Answers a request that no handler sees, and drops its body: the connection goes on.
    fn decline(
        &mut self,
        pass: &mut Pass<'_>,
        transport: &mut Transport,
        id: ConnectionId,
        request: &Request<'_>,
        answer: impl FnOnce(&mut Response<'_>) -> Result<(), SendError>,
    ) -> Next {
        let body = match BodyDecoder::new(request.framing(), pass.shared.limits.body) {
            Ok(body) => body,
            Err(fault) => return refuse(pass, transport, id, fault),
        };
        let mut exchange = Exchange { handler: None, body, response: ResponseState::new(request) };
        exchange.invite_body(pass, transport, request);
        if answer(&mut exchange.response(pass, transport, id)).is_err() {
            return Next::Abort;
        }
        self.proceed(pass, transport, id, exchange)
    }

    fn receive_body(
        &mut self,
        pass: &mut Pass<'_>,
        transport: &mut Transport,
        id: ConnectionId,
        mut exchange: Box<Exchange>,
        input: &[u8],
    ) -> Step {
        self.since = pass.shared.now;
        let decoded = match exchange.body.decode(input) {
            Ok(decoded) => decoded,
            Err(fault) => {
                return Step { consumed: input.len(), next: exchange.refuse(pass, transport, id, fault) };
            }
        };
        if !decoded.data.is_empty() {
            exchange.call(pass, transport, id, |handler, state, response| {
                handler.body(state, decoded.data, response)
            });
        }
        if !exchange.body.is_complete() {
            self.exchange = Some(exchange);
            return Step { consumed: decoded.consumed, next: Next::Read };
        }
        Step { consumed: decoded.consumed, next: self.proceed(pass, transport, id, *exchange) }
    }

    /// Goes on after the head, or after the last byte of the body.
    fn proceed(
        &mut self,
        pass: &mut Pass<'_>,
        transport: &mut Transport,
        id: ConnectionId,
        mut exchange: Exchange,
    ) -> Next {
        if exchange.body.is_complete() {
            self.since = pass.shared.now;
            exchange.call(pass, transport, id, |handler, state, response| handler.end(state, response));
            if !exchange.response.is_started() && !exchange.response.deferred {
                exchange.response(pass, transport, id).status(Status::INTERNAL_SERVER_ERROR);
            }
        }
        self.settle(pass, transport, id, exchange)
    }

    /// Keeps an exchange that is not over, or ends it.
    fn settle(
        &mut self,
        pass: &mut Pass<'_>,
        transport: &mut Transport,
        id: ConnectionId,
        exchange: Exchange,
    ) -> Next {
        let (answered, received) = (exchange.response.is_finished(), exchange.body.is_complete());
        if answered && exchange.response.close {
            // RFC 9112 section 9.6: nothing that follows is read as a request.
            return Next::Close;
        }
        if answered && received {
            self.since = pass.shared.now;
            return Next::Read;
        }
        match wm_sys::heap::try_box(exchange) {
            Ok(exchange) => self.exchange = Some(exchange),
            Err(_) => return no_memory(pass, transport, id),
        }
        if !received {
            return Next::Read;
        }
        let stream = &mut transport.stream;
        pass.shared.stack.with_core(|core| stream.wake(core));
        Next::Wait
    }

    /// Somebody has the answer that was deferred: `writable` may be called.
    pub(super) fn notified(&mut self) -> Next {
        if let Some(exchange) = &mut self.exchange {
            exchange.response.deferred = false;
        }
        Next::Read
    }

    /// There is room to send, or somebody notified: a response that was begun goes on.
    pub(super) fn writable(
        &mut self,
        pass: &mut Pass<'_>,
        transport: &mut Transport,
        id: ConnectionId,
    ) -> Next {
        let Some(mut exchange) = self.exchange.take() else { return Next::Read };
        if exchange.awaits_handler() {
            let before = transport.sent();
            exchange.call(pass, transport, id, |handler, state, response| handler.writable(state, response));
            let sent = transport.sent() != before;
            if sent {
                self.since = pass.shared.now;
            }
            let stream = &mut transport.stream;
            // A handler that sent nothing had no room, though nothing waits: lwIP's buffer holds what is under way.
            pass.shared
                .stack
                .with_core(|core| if sent { stream.wake(core) } else { stream.notify_writable(core) });
        }
        if exchange.response.is_finished() {
            return self.settle(pass, transport, id, *exchange);
        }
        self.exchange = Some(exchange);
        Next::Read
    }

    /// The peer will send nothing more. What it asked for is still answered.
    pub(super) fn end_of_input(&mut self) -> Next {
        match &self.exchange {
            Some(exchange) if exchange.body.is_complete() => Next::Wait,
            _ => Next::Close,
        }
    }

    /// A deadline has passed.
    pub(super) fn expire(
        &mut self,
        pass: &mut Pass<'_>,
        transport: &mut Transport,
        id: ConnectionId,
    ) -> Next {
        if transport.has_backlog() {
            return Next::Abort;
        }
        match self.exchange.take() {
            None if self.head.is_empty() => Next::Close,
            None => refuse(pass, transport, id, Fault::Timeout),
            Some(mut exchange) if exchange.body.is_complete() => {
                exchange.answer_late(pass, transport, id, Status::SERVICE_UNAVAILABLE)
            }
            Some(mut exchange) => exchange.refuse(pass, transport, id, Fault::Timeout),
        }
    }
}

impl Exchange {
    /// Whether the handler is to go on with its response.
    fn awaits_handler(&self) -> bool {
        let response = &self.response;
        self.handler.is_some() && self.body.is_complete() && !response.is_finished() && !response.deferred
    }

    fn response<'r>(
        &'r mut self,
        pass: &'r mut Pass<'_>,
        transport: &'r mut Transport,
        id: ConnectionId,
    ) -> Response<'r> {
        Response { shared: pass.shared, transport, state: &mut self.response, scratch: pass.scratch, id }
    }

    fn call(
        &mut self,
        pass: &mut Pass<'_>,
        transport: &mut Transport,
        id: ConnectionId,
        call: impl FnOnce(&mut dyn AnyHandler, &mut dyn Any, &mut Response<'_>),
    ) {
        let Some((index, state)) = &mut self.handler else { return };
        let Some(handler) = pass.routes.handler(*index) else { return };
        let mut response =
            Response { shared: pass.shared, transport, state: &mut self.response, scratch: pass.scratch, id };
        call(handler, &mut **state, &mut response);
    }

    /// Sends 100 (Continue) where the client waits for it and the body is wanted (RFC 9110 section 10.1.1); without it the client may
    /// send the body or not, and the connection cannot be used further.
    fn invite_body(&mut self, pass: &mut Pass<'_>, transport: &mut Transport, request: &Request<'_>) {
        if !request.expects_continue() || self.body.is_complete() {
            return;
        }
        if self.handler.is_none() || self.response.is_started() {
            self.response.close = true;
        } else {
            transport.send(pass.shared, &[b"HTTP/1.1 100 Continue\r\n\r\n"]).ok();
        }
    }

    /// The body is broken.
    fn refuse(
        &mut self,
        pass: &mut Pass<'_>,
        transport: &mut Transport,
        id: ConnectionId,
        fault: Fault,
    ) -> Next {
        note_fault(pass, fault);
        self.answer_late(pass, transport, id, fault.status())
    }

    /// Answers in the handler's place, and ends. Half a response cannot be mended: the connection breaks off.
    fn answer_late(
        &mut self,
        pass: &mut Pass<'_>,
        transport: &mut Transport,
        id: ConnectionId,
        status: Status,
    ) -> Next {
        if self.response.is_started() && !self.response.is_finished() {
            return Next::Abort;
        }
        if !self.response.is_started() {
            self.response.close = true;
            self.response(pass, transport, id).status(status);
        }
        Next::Close
    }
}

fn decoder(handler: &dyn AnyHandler, request: &Request<'_>, shared: &Shared) -> Result<BodyDecoder, Fault> {
    use crate::http::Framing;
    if handler.requires_length() && !matches!(request.framing(), Framing::Length(_)) {
        return Err(Fault::LengthRequired);
    }
    BodyDecoder::new(request.framing(), handler.body_limit(&shared.limits))
}

/// The value of the Allow field (RFC 9110 section 10.2.1).
fn allow_field(allowed: MethodSet, buffer: &mut [u8; MethodSet::ALLOW_LENGTH]) -> &str {
    let allow = allowed.with(Method::Options).write_allow(buffer).unwrap_or_default();
    core::str::from_utf8(allow).unwrap_or_default()
}

fn note_fault(pass: &mut Pass<'_>, fault: Fault) {
    log::info!("request refused: {fault}");
    Counters::count(&mut pass.shared.counters.bad_requests);
}

/// Refuses a request that was not understood.
pub(super) fn refuse(pass: &mut Pass<'_>, transport: &mut Transport, id: ConnectionId, fault: Fault) -> Next {
    note_fault(pass, fault);
    answer_and_close(pass, transport, id, fault.status(), &[])
}

/// There is no memory for this request: 503.
fn no_memory(pass: &mut Pass<'_>, transport: &mut Transport, id: ConnectionId) -> Next {
    Counters::count(&mut pass.shared.counters.allocation_failures);
    answer_and_close(pass, transport, id, Status::SERVICE_UNAVAILABLE, &[("Retry-After", "1")])
}

/// Sends a status outside of any exchange, and ends the connection.
pub(super) fn answer_and_close(
    pass: &mut Pass<'_>,
    transport: &mut Transport,
    id: ConnectionId,
    status: Status,
    fields: &[(&str, &str)],
) -> Next {
    let mut state = ResponseState::refusing();
    let mut response =
        Response { shared: pass.shared, transport, state: &mut state, scratch: pass.scratch, id };
    match response.plain(status, fields) {
        Ok(()) => Next::Close,
        Err(_) => Next::Abort,
    }
}
