//! One request that is being served, and its response.

use alloc::boxed::Box;
use core::any::Any;
use core::mem;

use super::handler::{AnyHandler, Occasion};
use super::limits::Limits;
use super::response::ResponseState;
use super::visit::{Next, Visit};
use crate::http::{BodyDecoder, Fault, Request, Status};

/// A request whose head was read, and its response.
pub(super) struct Exchange {
    /// The handler and its state; `None`: the rest of the body is dropped.
    handler: Option<(u16, Box<dyn Any>)>,
    body: BodyDecoder,
    pub(super) response: ResponseState,
}

impl Exchange {
    pub(super) fn new(
        handler: Option<(u16, Box<dyn Any>)>,
        body: BodyDecoder,
        response: ResponseState,
    ) -> Self {
        Exchange { handler, body, response }
    }

    /// Whether the request has come to its end.
    pub(super) fn is_received(&self) -> bool {
        self.body.is_complete()
    }

    /// Whether the handler takes no more of the request's body for now. Behind its answer the rest is dropped, whatever it has said.
    pub(super) fn is_paused(&self) -> bool {
        self.response.paused && self.handler.is_some() && !self.is_received() && !self.response.is_finished()
    }

    /// Whether the handler is to go on with its response.
    pub(super) fn awaits_handler(&self) -> bool {
        let response = &self.response;
        let may_go_on = !response.deferred || response.resumed;
        self.handler.is_some() && self.is_received() && !response.is_finished() && may_go_on
    }

    /// The response, for somebody else than its handler.
    pub(super) fn response_state(&mut self) -> &mut ResponseState {
        &mut self.response
    }

    fn call(&mut self, visit: &mut Visit<'_>, occasion: Occasion<'_>) {
        if let Some((index, state)) = &mut self.handler
            && let Some((handler, mut response)) = visit.handler(*index, &mut self.response)
        {
            handler.call(&mut **state, &mut response, occasion);
        }
    }

    /// Sends 100 (Continue) where the client waits for it and the body is wanted (RFC 9110 section 10.1.1); without it the client may
    /// send the body or not, and the connection cannot be used further.
    pub(super) fn invite_body(&mut self, visit: &mut Visit<'_>, request: &Request<'_>) {
        if !request.expects_continue() || self.is_received() {
            return;
        }
        if self.handler.is_none() || self.response.is_started() {
            self.response.close = true;
        } else {
            self.response.close = !request.keep_alive();
            visit.send(&[b"HTTP/1.1 100 Continue\r\n\r\n"]).ok();
        }
    }

    /// Takes bytes of the body; says how many.
    pub(super) fn receive(&mut self, visit: &mut Visit<'_>, input: &[u8]) -> Result<usize, Fault> {
        let decoded = self.body.decode(input)?;
        if !decoded.data.is_empty() {
            self.call(visit, Occasion::Body(decoded.data));
        }
        Ok(decoded.consumed)
    }

    /// The request is complete: the handler answers, or goes on to, or has promised to; otherwise the server does.
    pub(super) fn end(&mut self, visit: &mut Visit<'_>) {
        self.call(visit, Occasion::End);
        if !self.response.is_started() && !self.response.deferred {
            visit.response(&mut self.response).status(Status::INTERNAL_SERVER_ERROR);
        }
        self.response.deferred &= !mem::take(&mut self.response.noticed);
    }

    /// Lets the handler send more; says whether it did.
    pub(super) fn writable(&mut self, visit: &mut Visit<'_>) -> bool {
        let before = visit.transport.sent();
        self.response.resumed = false;
        self.call(visit, Occasion::Writable);
        let sent = visit.transport.sent() != before;
        match sent {
            true => visit.wake(),
            // It had no room, though nothing waits: lwIP's buffer holds what is under way.
            false => visit.transport.wake_when_writable(visit.shared),
        }
        sent
    }

    /// The body is broken.
    pub(super) fn refuse(&mut self, visit: &mut Visit<'_>, fault: Fault) -> Next {
        visit.note_fault(fault);
        self.answer_late(visit, fault.status())
    }

    /// Answers in the handler's place, and ends.
    pub(super) fn answer_late(&mut self, visit: &mut Visit<'_>, status: Status) -> Next {
        visit.answer_late(&mut self.response, status, &[])
    }
}

/// A decoder for the body of a request, by the handler's own limits.
pub(super) fn body_decoder(
    handler: &dyn AnyHandler,
    request: &Request<'_>,
    limits: &Limits,
) -> Result<BodyDecoder, Fault> {
    let longest = handler.longest_body(request.framing(), limits).ok_or(Fault::LengthRequired)?;
    BodyDecoder::new(request.framing(), longest)
}
