//! How the context and its connections reach clients: by what the first client brings along, so that a firmware without one, however
//! it was compiled, links nothing of them.

use alloc::boxed::Box;

use wm_sys::Instant;

use super::super::connection::{Connection, Fate};
use super::super::head_buffer::HeadBuffer;
use super::super::services::Shared;
use super::super::transport::Transport;
use super::super::visit::{Cause, Incident, Next, Step, Visit};
use super::clients;

/// The functions of [`clients`] by which a context reaches them.
pub(super) struct Calls {
    advance: fn(&mut Shared, u8),
    advance_due: fn(&mut Shared),
    visit: fn(&mut Shared, &mut HeadBuffer, Box<Connection>, Cause),
    end: fn(&mut Shared, Box<Connection>, Fate),
}

pub(super) static CALLS: Calls = Calls {
    advance: clients::advance,
    advance_due: clients::advance_due,
    visit: clients::visit,
    end: clients::end,
};

/// The client of that number may have something to do.
pub(in crate::server) fn advance(shared: &mut Shared, index: u8) {
    if let Some(calls) = shared.clients.calls() {
        (calls.advance)(shared, index);
    }
}

/// The time of some clients may have come.
pub(in crate::server) fn advance_due(shared: &mut Shared) {
    if let Some(calls) = shared.clients.calls() {
        (calls.advance_due)(shared);
    }
}

/// Visits the connection of a client, with room for the head of a request.
pub(in crate::server) fn visit(
    shared: &mut Shared,
    head_buffer: &mut HeadBuffer,
    connection: Box<Connection>,
    cause: Cause,
) {
    match shared.clients.calls() {
        Some(calls) => (calls.visit)(shared, head_buffer, connection, cause),
        None => shared.dismiss(connection, Fate::Abort),
    }
}

/// Ends the connection of a client without a visit.
pub(in crate::server) fn end(shared: &mut Shared, connection: Box<Connection>, fate: Fate) {
    match shared.clients.calls() {
        Some(calls) => (calls.end)(shared, connection, fate),
        None => shared.dismiss(connection, fate),
    }
}

/// [`Exchange`](super::exchange::Exchange), as [`Role`](super::super::role::Role) sees it.
pub(in crate::server) trait AnyExchange {
    /// Whether it may carry a request now.
    fn is_idle(&self) -> bool;
    /// Whether the application wants nothing of it any more; the reason is noted then.
    fn is_given_up(&self, visit: &mut Visit<'_>) -> bool;
    /// Whether what arrives is the handshake's.
    fn is_securing(&self) -> bool;
    /// Whether it waits until another handshake is over.
    fn is_queued(&self) -> bool;
    /// Whether the application has no room for more of the body.
    fn is_paused(&self, visit: &mut Visit<'_>) -> bool;
    fn deadline(&self, shared: &Shared, transport: &Transport) -> Instant;
    /// Does at most one step of the TLS handshake, and none if another connection had one in this pass.
    fn secure(&mut self, visit: &mut Visit<'_>) -> Next;
    fn respond(&mut self, visit: &mut Visit<'_>, incident: Incident<'_>) -> Step;
}
