//! A visit to a connection: what its role may use, and what the role makes of it.

use super::counters::Counters;
use super::handler::AnyHandler;
use super::head_buffer::HeadBuffer;
use super::response::{Response, ResponseState};
use super::routes::Routes;
use super::send_error::SendError;
use super::services::Shared;
use super::table::ConnectionId;
use super::transport::Transport;
use super::websocket::WebSocket;
use crate::http::{Fault, Request, Status};

/// Why a connection is visited.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Cause {
    Ready,
    Notified,
    Deadline,
}

/// What happens to a connection, and is its role's business.
pub(super) enum Incident<'i> {
    /// It has become what it is.
    Opened,
    /// The peer has sent bytes; the role says how many it is done with.
    Received(&'i mut [u8]),
    /// Nothing waits for the peer: `made_room`, because it has just taken what did.
    Writable { made_room: bool },
    /// Another task has called [`Handle::notify`](super::Handle::notify).
    Notified,
    /// The deadline has passed.
    Expired,
    /// The peer will send nothing more.
    EndOfInput,
    /// The role is over.
    Over,
}

/// What a role made of an incident.
pub(super) struct Step {
    /// Of the bytes received.
    pub(super) consumed: usize,
    pub(super) next: Next,
}

impl From<Next> for Step {
    fn from(next: Next) -> Self {
        Step { consumed: 0, next }
    }
}

/// What a role wants next.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Next {
    /// More bytes.
    Read,
    /// Nothing from the peer, until the response is finished.
    Wait,
    /// Send what is queued, say that nothing follows, and wait for the peer to do the same.
    Close,
    /// Break off.
    Abort,
    /// From here on it is the WebSocket in [`Visit::upgraded`].
    Upgrade,
    /// From here on it is the application's.
    #[cfg(feature = "raw")]
    Raw,
}

/// To whom a connection belongs: the routes of the port that it came in by, or the client that began it.
pub(super) struct Owner<'v> {
    pub(super) routes: &'v mut Routes,
    #[cfg(feature = "client")]
    pub(super) client: Option<&'v mut super::client::State>,
}

impl<'v> From<&'v mut Routes> for Owner<'v> {
    fn from(routes: &'v mut Routes) -> Self {
        Owner {
            routes,
            #[cfg(feature = "client")]
            client: None,
        }
    }
}

/// Everything around a role while its connection is visited.
pub(super) struct Visit<'v> {
    pub(super) shared: &'v mut Shared,
    pub(super) routes: &'v mut Routes,
    #[cfg(feature = "client")]
    pub(super) client: Option<&'v mut super::client::State>,
    pub(super) transport: &'v mut Transport,
    pub(super) head_buffer: &'v mut HeadBuffer,
    pub(super) id: ConnectionId,
    /// What [`Next::Upgrade`] is about. Not in there, because every step returns one of those.
    pub(super) upgraded: Option<WebSocket>,
}

impl Visit<'_> {
    /// Sends pieces as one, all or nothing.
    pub(super) fn send(&mut self, pieces: &[&[u8]]) -> Result<(), SendError> {
        self.transport.send(self.shared, pieces)
    }

    /// Has the connection visited again soon, as if something had happened to it.
    pub(super) fn wake(&mut self) {
        self.transport.wake(self.shared);
    }

    pub(super) fn response<'r>(&'r mut self, state: &'r mut ResponseState) -> Response<'r> {
        Response {
            shared: self.shared,
            transport: self.transport,
            state,
            head_buffer: self.head_buffer,
            id: self.id,
        }
    }

    /// A handler, and the response that it may write.
    pub(super) fn handler<'r>(
        &'r mut self,
        index: u16,
        state: &'r mut ResponseState,
    ) -> Option<(&'r mut dyn AnyHandler, Response<'r>)> {
        let handler = self.routes.handler(index)?;
        let (shared, transport, head_buffer) =
            (&mut *self.shared, &mut *self.transport, &mut *self.head_buffer);
        Some((handler, Response { shared, transport, state, head_buffer, id: self.id }))
    }
}

/// Answers without a handler: the exception, so out of the way of the rule.
impl Visit<'_> {
    #[cold]
    pub(super) fn note_fault(&mut self, fault: Fault) {
        log_line!(Info, "request refused: {fault}");
        Counters::count(&mut self.shared.counters.bad_requests);
    }

    /// Refuses a request; `None`: one that was not understood.
    #[cold]
    #[inline(never)]
    pub(super) fn refuse(&mut self, request: Option<&Request<'_>>, fault: Fault) -> Next {
        self.note_fault(fault);
        self.answer_and_close(request, fault.status(), &[])
    }

    /// There is no memory for this request: 503.
    #[cold]
    #[inline(never)]
    pub(super) fn no_memory(&mut self) -> Next {
        Counters::count(&mut self.shared.counters.allocation_failures);
        self.answer_and_close(None, Status::SERVICE_UNAVAILABLE, &[("Retry-After", "1")])
    }

    /// There is no memory to go on with a request whose response is in this state.
    pub(super) fn no_memory_for(&mut self, response: &mut ResponseState) -> Next {
        Counters::count(&mut self.shared.counters.allocation_failures);
        self.answer_late(response, Status::SERVICE_UNAVAILABLE, &[("Retry-After", "1")])
    }

    /// Answers in a handler's place unless that has answered, and ends. Half a response cannot be mended: the connection breaks off.
    pub(super) fn answer_late(
        &mut self,
        response: &mut ResponseState,
        status: Status,
        fields: &[(&str, &str)],
    ) -> Next {
        if response.is_started() && !response.is_finished() {
            return if response.is_until_close() { Next::Close } else { Next::Abort };
        }
        if !response.is_started() {
            response.close = true;
            // Without room for it there is only the end to tell.
            self.response(response).plain(status, fields).ok();
        }
        Next::Close
    }

    /// Sends a status outside of any exchange, and ends the connection.
    #[cold]
    #[inline(never)]
    pub(super) fn answer_and_close(
        &mut self,
        request: Option<&Request<'_>>,
        status: Status,
        fields: &[(&str, &str)],
    ) -> Next {
        let mut state = request.map_or_else(ResponseState::unasked, ResponseState::new);
        state.close = true;
        match self.response(&mut state).plain(status, fields) {
            Ok(()) => Next::Close,
            Err(_) => Next::Abort,
        }
    }
}
