//! One attempt: from a URL to a connection, and the head of its request.

use alloc::boxed::Box;
use core::net::SocketAddr;

use wm_sys::heap;

use super::super::accept;
use super::super::connection::Connection;
use super::super::counters::Counters;
use super::super::role::Role;
use super::super::secure::Secure;
use super::super::services::Shared;
use super::super::table::ConnectionId;
use super::super::visit::Visit;
use super::error::Cause;
use super::exchange::Exchange;
use super::request::BodyLength;
use super::state::State;
use crate::http::{Method, RequestHead, ResponseError};
use crate::net::{Key, TcpStream};
use crate::ws::client_handshake::ClientHandshake;

/// Sends a SYN, and gives the connection a place in the table.
pub(super) fn dial(
    shared: &mut Shared,
    state: &State,
    number: u8,
    remote: SocketAddr,
) -> Result<ConnectionId, Cause> {
    if !accept::has_room(shared) {
        return Err(Cause::NoPlace);
    }
    let is_secure = is_secure(shared, state)?;
    let id = shared.table.reserve().ok_or(Cause::NoPlace)?;
    match connection(shared, id, is_secure, remote) {
        Ok(mut connection) => {
            let counters = &mut shared.counters;
            Counters::count(&mut counters.connections);
            Counters::raise(&mut counters.connections_peak, counters.connections as usize);
            connection.client = Some(number);
            connection.schedule(shared);
            shared.table.put(id.index, connection);
            Ok(id)
        }
        Err(cause) => {
            shared.vacate(id.index);
            Err(cause)
        }
    }
}

fn connection(
    shared: &mut Shared,
    id: ConnectionId,
    is_secure: bool,
    remote: SocketAddr,
) -> Result<Box<Connection>, Cause> {
    let stream = shared.stack.enter(|core| {
        let mut stream = TcpStream::connect(core, remote).map_err(Cause::Begin)?;
        if let Some(key) = Key::new(u32::from(id.index)) {
            stream.set_key(core, key);
        }
        Ok::<_, Cause>(stream)
    })?;
    let until = shared.now + shared.limits.connect_timeout;
    // If there is no memory the stream is dropped, and so closed.
    let role = Role::Client(heap::try_box(Exchange::new(until, is_secure)).map_err(|_| Cause::NoMemory)?);
    heap::try_box(Connection::new(id, 0, stream, None, role, shared.now)).map_err(|_| Cause::NoMemory)
}

/// Whether the URL asks for TLS, which there has to be then.
fn is_secure(shared: &Shared, state: &State) -> Result<bool, Cause> {
    let url = state.url().map_err(Cause::Location)?;
    if !url.scheme().is_secure() {
        return Ok(false);
    }
    if !state.options.reaches(&url) {
        return Err(Cause::NoTls);
    }
    if shared.slots.is_full(&shared.limits) {
        return Err(Cause::NoPlace);
    }
    Ok(true)
}

/// The TLS that the URL asks for, once there is a connection: one that does not come about takes no slot, and none of the memory.
#[cfg(feature = "security-tls12")]
pub(super) fn secure(shared: &mut Shared, state: &State) -> Result<Secure, Cause> {
    use crate::tls::ServerName;
    let url = state.url().map_err(Cause::Location)?;
    if shared.slots.is_full(&shared.limits) {
        return Err(Cause::NoPlace);
    }
    let config = state.options.tls.as_ref().ok_or(Cause::NoTls)?;
    let server = match url.host().parse() {
        Ok(address) => ServerName::Ip(address),
        Err(_) => ServerName::Dns(url.host()),
    };
    let remembered = config.recall(url.host(), url.port());
    let secure = Secure::connect(config, server, remembered.as_ref(), shared.now).map_err(Cause::BeginTls)?;
    shared.slots.enter();
    Ok(secure)
}

#[cfg(not(feature = "security-tls12"))]
pub(super) fn secure(_: &mut Shared, _: &State) -> Result<Secure, Cause> {
    Err(Cause::NoTls)
}

/// Sends the head of the request that the client is about.
pub(super) fn send_head(visit: &mut Visit<'_>, handshake: &ClientHandshake) -> Result<(), Cause> {
    let client = visit.client.as_deref_mut().ok_or(Cause::Rejected)?;
    let redirected = client.is_redirected();
    let url = client.url().map_err(Cause::Location)?;
    let request = client.job.as_ref().map(|job| &job.request);
    let method = request.map_or(Method::Get, |request| request.method);
    let target = request.and_then(|request| request.target.as_deref()).filter(|_| !redirected);
    let mut head =
        RequestHead::new(visit.head_buffer.blank(), method, target.unwrap_or(url.target()), url.authority())
            .map_err(Cause::Head)?;
    client.options.write(&mut head, &url).map_err(Cause::Head)?;
    match request.map(|request| request.length) {
        None => handshake.write(&mut head, &client.options.subprotocols),
        Some(BodyLength::Known(length)) => head.content_length(length),
        Some(BodyLength::Chunked | BodyLength::None) => Ok(()),
    }
    .map_err(Cause::Head)?;
    let application = visit.routes.protocol(0).and_then(|protocol| protocol.as_client());
    let server = visit.transport.peer_address(visit.shared);
    match (&mut client.job, application) {
        (Some(job), _) => {
            if let Some(server) = server {
                job.handler.connected(server);
            }
            job.handler.prepare(&mut head)
        }
        (None, Some(application)) => {
            if let Some(server) = server {
                application.connected(server);
            }
            application.prepare(&mut head)
        }
        (None, None) => Ok(()),
    }
    .map_err(Cause::Head)?;
    if let Some(job) = &mut client.job {
        frame(&mut job.request.length, &mut head).map_err(Cause::Head)?;
    }
    visit.transport.send(visit.shared, &[head.finish()]).map_err(|_| Cause::NoMemory)
}

/// Says how long the body is, as far as the head does not yet.
fn frame(length: &mut BodyLength, head: &mut RequestHead<'_>) -> Result<(), ResponseError> {
    #[cfg(feature = "capi")]
    if let (Some(announced), BodyLength::Chunked | BodyLength::None) = (head.announced(), &length) {
        *length = BodyLength::Known(announced);
        return head.content_length(announced);
    }
    match length {
        BodyLength::Chunked => head.field("Transfer-Encoding", "chunked"),
        _ => Ok(()),
    }
}
