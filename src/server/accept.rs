//! Who gets in, and what the others are told.

use alloc::boxed::Box;
use core::net::SocketAddr;

use super::connection::{Connection, Fate};
use super::context::Context;
use super::counters::Counters;
use super::ports::Port;
use super::role::Role;
use super::routes::Routes;
use super::secure::{Secure, ServerConfig};
use super::securing::Securing;
use super::services::{Services, Shared};
use super::table::ConnectionId;
use crate::net::{Key, TcpStream};

/// A refusal that needs no memory, and is sent before the request is read.
const BUSY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// The same to a client that speaks TLS, in a record of its own: a fatal alert, `internal_error`.
const OVERLOADED: &[u8] = &[21, 3, 3, 0, 2, 2, 80];

impl Context {
    /// Accepts whoever waits at a port, as far as there is room. Out of line: a new connection is made on the stack, where visits to others
    /// would have it below them.
    #[inline(never)]
    pub(super) fn accept(&mut self, number: usize) {
        loop {
            let may_accept = self.may_accept(number);
            let port = self.ports.get_mut(number);
            let (shared, Some(listener)) = (&mut self.shared, port.and_then(|port| port.listener.as_mut()))
            else {
                return;
            };
            // In one go: each is a message to lwIP's thread where it has one.
            let (stream, is_waiting, failures) = shared.stack.enter(|core| {
                let stream = if may_accept { listener.accept(core) } else { None };
                let stream = stream.map(|stream| (stream.peer_address(core), stream));
                (stream, listener.is_waiting(core), listener.take_failures(core))
            });
            Counters::add(&mut shared.counters.refused_memory, failures.no_memory as usize);
            Counters::add(&mut shared.counters.disconnected, failures.gone as usize);
            if is_waiting && !may_accept {
                shared.slots.hold_back();
            }
            let Some((peer, stream)) = stream else { return };
            self.admit(number, stream, peer);
            if !is_waiting {
                return;
            }
        }
    }

    /// Whether a port may have another client now. For TLS there must be a slot, if only an idle client's; without one the client
    /// waits in the backlog, or is accepted to be refused.
    fn may_accept(&mut self, number: usize) -> bool {
        if self.ports.get(number).is_none_or(|port| port.tls.is_none()) {
            return true;
        }
        let is_full = self.shared.slots.is_full(&self.shared.limits);
        let has_place = (!is_full && has_room(&self.shared)) || idlest(&mut self.shared, is_full).is_some();
        let Shared { slots, limits, .. } = &self.shared;
        if has_place { slots.may_open(limits) } else { slots.refuses(limits) }
    }

    /// Gives a new stream a place, an idle client's if there is no other; its port's watcher may turn it away.
    fn admit(&mut self, number: usize, stream: TcpStream, peer: Option<SocketAddr>) {
        let is_tls = self.ports.get(number).is_some_and(|port| port.tls.is_some());
        let is_full = is_tls && self.shared.slots.is_full(&self.shared.limits);
        if (is_full || !has_room(&self.shared))
            && let Some(index) = idlest(&mut self.shared, is_full)
        {
            Counters::count(&mut self.shared.counters.evicted);
            self.end(index, Fate::Close);
        }
        let Some(Port { routes, tls, .. }) = self.ports.get(number) else { return };
        let admitted = let_in(&mut self.shared, number as u8, stream, routes, tls.as_ref());
        let Some(id) = admitted else { return };
        let Some(watcher) = self.ports.get_mut(number).and_then(|port| port.routes.watcher()) else { return };
        if watcher.connected(id, peer, &mut Services { shared: &mut self.shared }) {
            return;
        }
        if let Some(connection) = self.shared.table.take(id.index) {
            self.shared.dismiss(connection, Fate::Close);
        }
    }
}

/// Gives a new stream a place: as a client, which is returned, or as one that is told to come back later. Without memory or place it is
/// reset.
fn let_in(
    shared: &mut Shared,
    listener: u8,
    stream: TcpStream,
    routes: &Routes,
    tls: Option<&ServerConfig>,
) -> Option<ConnectionId> {
    let welcome = has_room(shared) && (tls.is_none() || !shared.slots.is_full(&shared.limits));
    let Some(mut connection) = place(shared, listener, stream, routes, tls.filter(|_| welcome)) else {
        Counters::count(&mut shared.counters.refused_memory);
        return None;
    };
    let id = connection.id;
    if welcome {
        let counters = &mut shared.counters;
        Counters::count(&mut counters.accepted);
        Counters::count(&mut counters.connections);
        Counters::raise(&mut counters.connections_peak, counters.connections as usize);
    } else {
        Counters::count(&mut shared.counters.refused_busy);
        let mut refusal = BUSY;
        if tls.is_some() {
            refusal = OVERLOADED;
            // Where one makes way the next need not be refused.
            shared.slots.hold_back();
        }
        if tls.is_some() || !routes.is_raw() {
            connection.transport.send(shared, &[refusal]).ok();
        }
        connection.refused = true;
        connection.role = Role::Linger(shared.now);
    }
    connection.schedule(shared);
    // What it sent with its SYN, or the FIN after our refusal: the first visit sees to it.
    connection.transport.wake(shared);
    shared.table.put(id.index, connection);
    welcome.then_some(id)
}

pub(super) fn has_room(shared: &Shared) -> bool {
    shared.counters.connections < u32::from(shared.limits.connections)
}

/// The keep-alive connection, or secure one, that has been idle longest, which may make way for a new one. A client expects that at any time (RFC 9112
/// section 9.5), and browsers hold several.
fn idlest(shared: &mut Shared, secure: bool) -> Option<u16> {
    let (mut idlest, mut since) = (None, shared.now);
    let Shared { stack, table, .. } = shared;
    for (index, connection) in table.iter() {
        if let Role::Http(http) = &connection.role
            && connection.may_make_way()
            && (!secure || connection.transport.is_secure())
            && (idlest.is_none() || http.since < since)
            && !connection.transport.has_received(stack)
        {
            (idlest, since) = (Some(index), http.since);
        }
    }
    idlest
}

fn place(
    shared: &mut Shared,
    listener: u8,
    mut stream: TcpStream,
    routes: &Routes,
    tls: Option<&ServerConfig>,
) -> Option<Box<Connection>> {
    let secure = match tls.map(|config| Secure::accept(config, shared.now)).transpose() {
        Ok(secure) => secure,
        Err(_) => {
            Counters::count(&mut shared.counters.allocation_failures);
            shared.stack.enter(|core| stream.abort(core));
            return None;
        }
    };
    let Some(id) = shared.table.reserve() else {
        shared.stack.enter(|core| stream.abort(core));
        return None;
    };
    if let Some(key) = Key::new(u32::from(id.index)) {
        stream.set_key_in(&mut shared.stack, key);
    }
    let Ok(room) = wm_sys::heap::try_room() else {
        // The stream is dropped, and so closed.
        Counters::count(&mut shared.counters.allocation_failures);
        shared.vacate(id.index);
        return None;
    };
    let now = shared.now;
    let role = match &secure {
        Some(secure) => {
            shared.slots.enter();
            Role::Securing(Securing::new(secure, now))
        }
        None => Role::first(routes, now),
    };
    Some(Box::write(room, Connection::new(id, listener, stream, secure, role, now)))
}
