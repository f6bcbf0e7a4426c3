//! One message to many clients, none of which can delay another.

use super::connection::Connection;
use super::counters::Counters;
use super::outgoing::Outgoing;
use super::role::Role;
use super::send_error::SendError;
use super::services::Shared;
use super::table::ConnectionId;
use crate::ws::Message;

/// What becomes of a client that has no room for a broadcast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlowPolicy {
    /// It misses this message: for values that the next message replaces.
    Drop,
    /// It is disconnected: for messages that must not be missed unnoticed.
    Close,
}

/// Who gets a broadcast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Every client of the route.
    Everyone,
    /// Every client but the one whose handler sends it.
    Others,
}

/// Sends to every client of a route, except the one that is being visited; says to how many.
pub(super) fn broadcast(
    shared: &mut Shared,
    pattern: &str,
    message: &mut Outgoing<'_>,
    slow: SlowPolicy,
) -> usize {
    let mut reached = 0_usize;
    for index in shared.table.indices() {
        let belongs = shared.table.get_mut(index).is_some_and(|connection| connection.serves(pattern));
        if !belongs {
            continue;
        }
        if let Some(mut connection) = shared.table.take(index) {
            match deliver(shared, &mut connection, message) {
                Ok(()) => reached = reached.saturating_add(1),
                // It is parting, and no message is for it any more.
                Err(SendError::Closing) => {}
                Err(_) => treat_slow(shared, &mut connection, slow),
            }
            shared.table.put(index, connection);
        }
    }
    reached
}

/// Sends to one client that is not being visited.
pub(super) fn send_to(shared: &mut Shared, id: ConnectionId, message: Message<'_>) -> Result<(), SendError> {
    if !shared.table.is_current(id) {
        return Err(SendError::Closing);
    }
    let Some(mut connection) = shared.table.take(id.index) else { return Err(SendError::Closing) };
    let result = deliver(shared, &mut connection, &mut Outgoing::new(message));
    shared.table.put(id.index, connection);
    result
}

fn deliver(
    shared: &mut Shared,
    connection: &mut Connection,
    message: &mut Outgoing<'_>,
) -> Result<(), SendError> {
    let Role::WebSocket(websocket) = &mut connection.role else { return Err(SendError::Closing) };
    websocket.send(shared, &mut connection.transport, message)?;
    connection.transport.flush(shared);
    connection.schedule(shared);
    Ok(())
}

fn treat_slow(shared: &mut Shared, connection: &mut Connection, slow: SlowPolicy) {
    Counters::count(&mut shared.counters.messages_dropped);
    if slow == SlowPolicy::Close {
        Counters::count(&mut shared.counters.slow_closed);
        connection.transport.broken = true;
        connection.transport.wake(shared);
    }
}
