//! The body of a response: for the application, or an excerpt of a refusal.

use alloc::boxed::Box;

use wm_sys::heap;

use super::super::entry::AnyExchange;
use super::super::error::{Cause, Excerpt};
use super::super::state::Turn;
use super::{Exchange, Phase, fail};
use crate::http::{BodyDecoder, Framing, Status};
use crate::server::visit::{Next, Step as Taken, Visit};

pub(super) struct Body {
    decoder: BodyDecoder,
    /// It ends with the connection.
    pub(super) until_close: bool,
    /// The connection may carry another request.
    keep_alive: bool,
    /// What a refusal says, in place of a body for the application.
    pub(super) refusal: Option<(Status, Excerpt)>,
}

impl Exchange {
    pub(super) fn expect_body(
        &mut self,
        visit: &mut Visit<'_>,
        framing: Option<Framing>,
        keep_alive: bool,
        refusal: Option<(Status, Excerpt)>,
    ) -> Next {
        let until_close = framing.is_none();
        let decoder = match BodyDecoder::new(framing.unwrap_or(Framing::Length(u64::MAX)), u64::MAX) {
            Ok(decoder) => decoder,
            Err(fault) => return fail(visit, Cause::Response(fault)),
        };
        let keep_alive = keep_alive && !until_close;
        let Ok(body) = heap::try_box(Body { decoder, until_close, keep_alive, refusal }) else {
            return fail(visit, Cause::NoMemory);
        };
        self.until = visit.shared.now + visit.shared.limits.body_timeout;
        if decoder.is_complete() {
            return self.finish(visit, *body);
        }
        self.phase = Phase::Body(body);
        Next::Read
    }

    pub(super) fn receive_body(&mut self, visit: &mut Visit<'_>, mut body: Box<Body>, input: &[u8]) -> Taken {
        let decoded = match body.decoder.decode(input) {
            Ok(decoded) => decoded,
            Err(fault) => return Taken { consumed: input.len(), next: fail(visit, Cause::Response(fault)) },
        };
        self.until = visit.shared.now + visit.shared.limits.body_timeout;
        let mut enough = decoded.complete;
        match (&mut body.refusal, visit.client.as_deref_mut().and_then(|client| client.job.as_mut())) {
            (Some((_, excerpt)), _) => enough |= excerpt.push(decoded.data),
            (None, Some(job)) if !decoded.data.is_empty() => {
                job.handler.body(decoded.data);
                if job.handler.has_enough() {
                    return Taken { consumed: input.len(), next: fail(visit, Cause::Rejected) };
                }
            }
            _ => {}
        }
        let next = if enough {
            self.finish(visit, *body)
        } else {
            self.phase = Phase::Body(body);
            if self.is_paused(visit) { Next::Wait } else { Next::Read }
        };
        Taken { consumed: decoded.consumed, next }
    }

    /// The response is complete.
    pub(super) fn finish(&mut self, visit: &mut Visit<'_>, body: Body) -> Next {
        if let Some((status, excerpt)) = body.refusal {
            return fail(visit, Cause::Status(status, excerpt));
        }
        let mut ends = true;
        if let Some(client) = visit.client.as_deref_mut() {
            if let Some(mut job) = client.job.take() {
                job.handler.done(Ok(()));
            }
            client.turn = Turn::Over;
            ends = !client.come_home() || client.stopping || client.once;
        }
        self.phase = Phase::Idle;
        self.until = visit.shared.now + visit.shared.limits.keep_alive_timeout;
        if body.keep_alive && !ends { Next::Read } else { Next::Close }
    }
}
