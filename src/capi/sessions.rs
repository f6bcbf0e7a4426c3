//! WebSocket: every client of a port, given to a protocol of C.

use core::ffi::{c_int, c_uchar};
use core::ptr;

use alloc::vec::Vec;

use super::abi::{
    LWS_CALLBACK_ADD_HEADERS, LWS_CALLBACK_ESTABLISHED, LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION,
    LWS_CALLBACK_HTTP_CONFIRM_UPGRADE, LWS_CALLBACK_RECEIVE_PONG, LWS_CALLBACK_SERVER_WRITEABLE,
    LWS_CALLBACK_WS_PEER_INITIATED_CLOSE, LWS_SERVER_OPTION_VHOST_UPG_STRICT_HOST_CHECK, LWSAUTHM_DEFAULT,
    lws, lws_close_status, lws_process_html_args, lws_protocols,
};
use super::authorization;
use super::boundary::{bytes, int};
use super::callback::{Active, append};
use super::export;
use super::head::{Head, add_field_lines, decoded_path};
use super::ports::PortRef;
use super::protocol;
use super::receive;
use super::wsi::{Kind, Life, Wsi, WsiRef};
use crate::http::{Request, ResponseError, ResponseHead, Status};
use crate::server::{ConnectionId, Delivery, Protocol, Socket};
use crate::ws::{CloseCode, CloseReason, Fragment};

pub(super) struct Sessions {
    port: PortRef,
}

/// One WebSocket.
pub(super) struct Session {
    wsi: WsiRef,
    /// The client named a subprotocol, and gets the one it is served by.
    subprotocol: Option<&'static str>,
}

impl Sessions {
    pub(super) fn new(port: PortRef) -> Self {
        Sessions { port }
    }
}

impl Protocol for Sessions {
    type Session = Session;

    fn delivery(&self) -> Delivery {
        Delivery::Fragments
    }

    /// Never called: `admit` is.
    fn open(&mut self, _request: &Request<'_>) -> Result<Session, Status> {
        Err(Status::INTERNAL_SERVER_ERROR)
    }

    fn admit(&mut self, id: ConnectionId, request: &Request<'_>) -> Result<Session, Status> {
        let port = self.port.get();
        let wsi = port.context().wsi(id).ok_or(Status::SERVICE_UNAVAILABLE)?;
        let head = decoded_path(request).and_then(|path| Head::keep(request, &path));
        wsi.head.replace(Some(head.ok_or(Status::SERVICE_UNAVAILABLE)?));
        if let Some(vhost) = port.vhost_for(request) {
            wsi.vhost.set(vhost);
        }
        let (protocol, subprotocol) = choose(wsi, request).ok_or(Status::BAD_REQUEST)?;
        confirm(wsi, protocol, request)?;
        wsi.kind.set(Kind::WebSocket);
        Ok(Session { wsi: WsiRef::new(wsi), subprotocol })
    }

    fn accepting(&mut self, session: &mut Session, head: &mut ResponseHead<'_>) -> Result<(), ResponseError> {
        let wsi = session.wsi.get();
        let named = session.subprotocol.map_or(Ok(()), |name| head.field("Sec-WebSocket-Protocol", name));
        let made = named.and_then(|()| added_headers(wsi, head));
        if made.is_err() {
            // It is refused, and ends as what it was.
            wsi.kind.set(Kind::Http);
        }
        made
    }

    fn opened(&mut self, session: &mut Session, socket: &mut Socket<'_>) {
        let wsi = session.wsi.get();
        wsi.established.set(true);
        if let keepalive @ Some(_) = wsi.vhost().keepalive {
            socket.set_keepalive(keepalive);
        }
        calling(wsi, socket, || wsi.call(LWS_CALLBACK_ESTABLISHED, ptr::null_mut(), 0));
        wsi.head.replace(None);
        if wsi.is_open() {
            // libwebsockets does that unasked, and programs rely on it.
            wsi.wants_writable.set(true);
            socket.notify_writable();
        }
    }

    fn fragment(&mut self, session: &mut Session, socket: &mut Socket<'_>, fragment: Fragment<'_>) {
        let wsi = session.wsi.get();
        if wsi.is_open() {
            calling(wsi, socket, || receive::deliver(wsi, &fragment));
        }
    }

    fn pong(&mut self, session: &mut Session, socket: &mut Socket<'_>, payload: &[u8]) {
        let wsi = session.wsi.get();
        if wsi.is_open() {
            calling(wsi, socket, || wsi.call_with(LWS_CALLBACK_RECEIVE_PONG, payload));
        }
    }

    fn writable(&mut self, session: &mut Session, socket: &mut Socket<'_>) {
        let wsi = session.wsi.get();
        if wsi.is_open() && wsi.wants_writable.take() {
            calling(wsi, socket, || wsi.call(LWS_CALLBACK_SERVER_WRITEABLE, ptr::null_mut(), 0));
        }
    }

    fn closing(
        &mut self,
        session: &mut Session,
        socket: &mut Socket<'_>,
        reason: Option<&CloseReason<'_>>,
    ) -> bool {
        let wsi = session.wsi.get();
        let payload = close_payload(reason);
        // Who returns -1 here answers with a reason of its own, or hangs up.
        calling(wsi, socket, || wsi.call_with(LWS_CALLBACK_WS_PEER_INITIATED_CLOSE, &payload));
        true
    }
}

/// A reason as it is sent: code and text. Without memory C sees less.
pub(super) fn close_payload(reason: Option<&CloseReason<'_>>) -> Vec<u8> {
    let mut payload = Vec::new();
    if let Some(reason) = reason
        && append(&mut payload, &reason.code.0.to_be_bytes()).is_some()
    {
        append(&mut payload, reason.reason().as_bytes());
    }
    payload
}

/// The protocol for a client: the first of those it names that is known, or the one for who names none. `None`: it names some,
/// and none is known.
fn choose(wsi: &Wsi, request: &Request<'_>) -> Option<(*const lws_protocols, Option<&'static str>)> {
    let mut named = false;
    for name in request.fields().tokens("Sec-WebSocket-Protocol") {
        named = true;
        if let Some(found) = wsi.vhost().protocol_named(name.as_bytes()) {
            return Some((found, core::str::from_utf8(protocol::name(found)).ok()));
        }
    }
    (!named).then(|| (wsi.vhost().default_protocol(), None))
}

/// The callbacks that may refuse a client.
fn confirm(wsi: &Wsi, protocol: *const lws_protocols, request: &Request<'_>) -> Result<(), Status> {
    let (vhost, host) = (wsi.vhost(), request.host().unwrap_or_default());
    if vhost.has(LWS_SERVER_OPTION_VHOST_UPG_STRICT_HOST_CHECK.into()) && !vhost.is_named(host) {
        return Err(Status::FORBIDDEN);
    }
    let names = request.field("Sec-WebSocket-Protocol");
    // What a callback answers while it refuses, the client gets: the status of it.
    wsi.refusal.set(Some(Status::FORBIDDEN));
    let confirmed = wsi.context().during(Active::None, || {
        wsi.unbind();
        wsi.protocol.set(wsi.vhost().first_protocol());
        wsi.replace_session(0);
        if wsi.call_with(LWS_CALLBACK_HTTP_CONFIRM_UPGRADE, b"websocket") != 0 {
            return Err(Status::FORBIDDEN);
        }
        wsi.bind_for_http(protocol).ok_or(Status::SERVICE_UNAVAILABLE)?;
        authorize(wsi)?;
        let refused = match names {
            Some(names) => wsi.call_with(LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION, names),
            None => wsi.call(LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION, ptr::null_mut(), 0),
        };
        if refused == 0 { Ok(()) } else { Err(Status::FORBIDDEN) }
    });
    let answered = wsi.refusal.take().unwrap_or(Status::FORBIDDEN);
    confirmed.map_err(|status| if status == Status::FORBIDDEN { answered } else { status })
}

/// The option `basic-auth` of the protocol that was bound names a file of logins.
fn authorize(wsi: &Wsi) -> Result<(), Status> {
    // SAFETY: protocols and their options outlive the context by contract.
    unsafe {
        let options =
            wsi.protocol.get().as_ref().map_or(ptr::null(), |protocol| wsi.vhost().options_of(protocol));
        let logins = protocol::option(options, b"basic-auth").map_or(ptr::null(), |option| option.value);
        authorization::check(wsi, logins, LWSAUTHM_DEFAULT)
    }
}

/// What the virtual host and LWS_CALLBACK_ADD_HEADERS add to the response to the handshake.
fn added_headers(wsi: &Wsi, head: &mut ResponseHead<'_>) -> Result<(), ResponseError> {
    let room = wsi.context().added_fields;
    let mut added = wm_sys::heap::try_slice(room, |_| 0_u8).map_err(|_| ResponseError::NoSpace)?;
    let start: *mut c_uchar = added.as_mut_ptr();
    let mut arguments =
        lws_process_html_args { p: start.cast(), len: 0, max_len: int(room), final_: 0, chunked: 0 };
    let refused = wsi
        .context()
        .during(Active::None, || wsi.call(LWS_CALLBACK_ADD_HEADERS, (&raw mut arguments).cast(), 0));
    if refused != 0 {
        // As a rule what C would have added has no room.
        return Err(ResponseError::NoSpace);
    }
    let length = arguments.p.addr().saturating_sub(start.addr()).min(room);
    add_field_lines(&added[..length], &mut |name, value| head.field(name, value))
}

/// Lets C use the socket; what it returns may end the connection.
pub(super) fn calling(wsi: &Wsi, socket: &mut Socket<'_>, calls: impl FnOnce() -> c_int) {
    let active = Active::socket(socket);
    wsi.context().during(active, || {
        if calls() != 0 {
            close(wsi);
        }
    });
}

/// Ends a WebSocket as a callback wants it: with a Close frame if it has set a reason for that, else without.
pub(super) fn close(wsi: &Wsi) {
    if wsi.life.replace(Life::Ending) == Life::Ending {
        return;
    }
    wsi.unbind();
    let payload = wsi.close_payload.take();
    wsi.with_socket(|socket| match payload.split_first_chunk::<2>() {
        Some((code, reason)) => {
            let reason = core::str::from_utf8(reason).unwrap_or_default();
            if socket.close(CloseCode(u16::from_be_bytes(*code)), reason).is_err() {
                socket.hang_up();
            }
        }
        None => socket.hang_up(),
    });
}

/// Longest text of a Close frame.
const MOST_REASON: usize = 123;

export! {
    fn lws_close_reason(wsi: *mut lws, status: lws_close_status, buf: *mut c_uchar, len: usize) {
        // SAFETY: NULL or valid by contract, `len` bytes at `buf`.
        let (wsi, reason) = unsafe { (Wsi::from_c(wsi), bytes(buf, len.min(MOST_REASON))) };
        let (Some(wsi), Ok(code)) = (wsi, u16::try_from(status)) else { return };
        let mut payload = Vec::new();
        let whole = append(&mut payload, &code.to_be_bytes())
            .and_then(|()| append(&mut payload, reason));
        if whole.is_some() {
            wsi.close_payload.replace(payload);
        }
    }

    fn lws_get_close_length(wsi: *mut lws) -> c_int {
        // SAFETY: NULL or valid by contract.
        unsafe { Wsi::from_c(wsi) }.map_or(0, |wsi| int(wsi.close_payload.borrow().len()))
    }

    fn lws_get_close_payload(wsi: *mut lws) -> *mut c_uchar {
        // SAFETY: NULL or valid by contract.
        unsafe { Wsi::from_c(wsi) }.map_or(ptr::null_mut(), |wsi| wsi.close_payload.borrow_mut().as_mut_ptr())
    }
}
