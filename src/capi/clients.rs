//! Clients: `lws_client_connect_via_info`, and what its connections hear.

use core::ffi::{c_char, c_int, c_uint};
use core::fmt::Write as _;
use core::ptr;
use core::time::Duration;

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::abi::{
    LCCSCF_HTTP_MULTIPART_MIME, LCCSCF_HTTP_X_WWW_FORM_URLENCODED, LCCSCF_USE_SSL,
    LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER, LWS_CALLBACK_CLIENT_CLOSED,
    LWS_CALLBACK_CLIENT_CONNECTION_ERROR, LWS_CALLBACK_CLIENT_ESTABLISHED,
    LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH, LWS_CALLBACK_CLIENT_HTTP_BIND_PROTOCOL,
    LWS_CALLBACK_CLIENT_HTTP_DROP_PROTOCOL, LWS_CALLBACK_CLIENT_HTTP_WRITEABLE,
    LWS_CALLBACK_CLIENT_RECEIVE_PONG, LWS_CALLBACK_CLIENT_WRITEABLE, LWS_CALLBACK_CLOSED_CLIENT_HTTP,
    LWS_CALLBACK_COMPLETED_CLIENT_HTTP, LWS_CALLBACK_CONNECTING, LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP,
    LWS_CALLBACK_RAW_CLOSE, LWS_CALLBACK_RAW_SKT_BIND_PROTOCOL, LWS_CALLBACK_RAW_SKT_DROP_PROTOCOL,
    LWS_CALLBACK_RECEIVE_CLIENT_HTTP, LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ,
    LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED, LWS_CALLBACK_WS_PEER_INITIATED_CLOSE,
    LWS_CALLBACK_WSI_CREATE, LWS_CALLBACK_WSI_DESTROY, lws, lws_client_connect_info,
};
use super::boundary::{Cursor, TextBuffer, length, text, zero_or_one};
use super::callback::Active;
use super::client_url;
use super::context::Context;
use super::export;
use super::head::Head;
use super::raw::RawCaller;
use super::receive;
use super::sessions::{calling, close_payload};
use super::vhost::Vhost;
use super::wsi::{Kind, Life, Wsi};
use crate::client::{
    BodyLength, ClientError, ClientId, ClientProtocol, ConnectOptions, Request, RequestBody, ResponseHandler,
};
use crate::http::{Method, ReceivedResponse, RequestHead, ResponseError, Scheme};
use crate::server::{Closed, Delivery, Services, Socket};
#[cfg(feature = "security-small")]
use crate::tls::{KeptCertificate, PeerCertificate};
use crate::ws::{CloseReason, Fragment};

/// Room for what LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER adds.
const ADDED_HEADERS: usize = 512;

/// What a connection keeps for being a client.
pub(super) struct ClientState {
    pub(super) id: Option<ClientId>,
    flags: c_int,
    status: c_uint,
    /// A request's body is still to be sent.
    body_pending: bool,
    /// What arrived of a response's body, and C has not read.
    incoming: Vec<u8>,
    /// What the server has shown.
    #[cfg(feature = "security-small")]
    pub(super) certificate: Option<crate::tls::KeptCertificate>,
    /// Where a request's body is written to while C may.
    body: *mut RequestBody<'static>,
}

/// One WebSocket client.
struct Caller {
    wsi: *const Wsi,
}

impl Caller {
    fn wsi<'a>(&self) -> &'a Wsi {
        // SAFETY: freed by `farewell`, which is the last call about this client.
        unsafe { &*self.wsi }
    }
}

impl ClientProtocol for Caller {
    fn delivery(&self) -> Delivery {
        Delivery::Fragments
    }

    #[cfg(feature = "security-small")]
    fn secured(&mut self, server: &PeerCertificate<'_>) -> bool {
        keep_certificate(self.wsi(), server);
        true
    }

    fn prepare(&mut self, head: &mut RequestHead<'_>) -> Result<(), ResponseError> {
        prepare(self.wsi(), head)
    }

    fn accept(&mut self, response: &ReceivedResponse<'_>, _subprotocol: Option<&str>) -> bool {
        let wsi = self.wsi();
        note_response(wsi, response);
        wsi.context().during(Active::None, || {
            wsi.call(LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP, ptr::null_mut(), 0) == 0
                && wsi.call(LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH, ptr::null_mut(), 0) == 0
        })
    }

    fn opened(&mut self, socket: &mut Socket<'_>) {
        let wsi = self.wsi();
        wsi.id.set(Some(socket.id()));
        wsi.established.set(true);
        calling(wsi, socket, || wsi.call(LWS_CALLBACK_CLIENT_ESTABLISHED, ptr::null_mut(), 0));
        wsi.head.replace(None);
        #[cfg(feature = "security-small")]
        wsi.with_client(|client| client.certificate = None); // from here on the socket knows it
        if wsi.wants_writable.get() {
            socket.notify_writable();
        }
    }

    fn fragment(&mut self, socket: &mut Socket<'_>, fragment: Fragment<'_>) {
        let wsi = self.wsi();
        if wsi.is_open() {
            calling(wsi, socket, || receive::deliver(wsi, &fragment));
        }
    }

    fn pong(&mut self, socket: &mut Socket<'_>, payload: &[u8]) {
        let wsi = self.wsi();
        if wsi.is_open() {
            calling(wsi, socket, || wsi.call_with(LWS_CALLBACK_CLIENT_RECEIVE_PONG, payload));
        }
    }

    fn writable(&mut self, socket: &mut Socket<'_>) {
        let wsi = self.wsi();
        if wsi.is_open() && wsi.wants_writable.take() {
            calling(wsi, socket, || wsi.call(LWS_CALLBACK_CLIENT_WRITEABLE, ptr::null_mut(), 0));
        }
    }

    fn closing(&mut self, socket: &mut Socket<'_>, reason: Option<&CloseReason<'_>>) -> bool {
        let wsi = self.wsi();
        let payload = close_payload(reason);
        let calls = || wsi.call_with(LWS_CALLBACK_WS_PEER_INITIATED_CLOSE, &payload);
        wsi.context().during(Active::socket(socket, wsi), calls) == 0
    }

    fn closed(&mut self, _closed: Closed) {
        farewell(self.wsi(), None);
    }

    fn failed(&mut self, error: &ClientError, _retry: Option<Duration>) {
        farewell(self.wsi(), Some(error));
    }
}

/// One HTTP request.
struct Fetch {
    wsi: *const Wsi,
}

impl Fetch {
    fn wsi<'a>(&self) -> &'a Wsi {
        // SAFETY: freed by `farewell`, which is the last call about this request.
        unsafe { &*self.wsi }
    }
}

impl ResponseHandler for Fetch {
    #[cfg(feature = "security-small")]
    fn secured(&mut self, server: &PeerCertificate<'_>) -> bool {
        keep_certificate(self.wsi(), server);
        true
    }

    fn prepare(&mut self, head: &mut RequestHead<'_>) -> Result<(), ResponseError> {
        prepare(self.wsi(), head)
    }

    fn send(&mut self, body: &mut RequestBody<'_>) {
        let wsi = self.wsi();
        if wsi.is_open() && wsi.with_client(|client| client.body_pending).unwrap_or(false) {
            wsi.with_client(|client| client.body = ptr::from_mut(body).cast());
            let result = wsi.context().during(Active::None, || {
                wsi.wants_writable.set(false);
                wsi.call(LWS_CALLBACK_CLIENT_HTTP_WRITEABLE, ptr::null_mut(), 0)
            });
            wsi.with_client(|client| client.body = ptr::null_mut());
            end_if(wsi, result);
        }
        if !wsi.with_client(|client| client.body_pending).unwrap_or(false) || !wsi.is_open() {
            body.finish();
        }
    }

    fn response(&mut self, response: &ReceivedResponse<'_>) -> bool {
        let wsi = self.wsi();
        note_response(wsi, response);
        wsi.established.set(true);
        wsi.context().during(Active::None, || {
            wsi.call(LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH, ptr::null_mut(), 0) == 0
                && wsi.call(LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP, ptr::null_mut(), 0) == 0
        })
    }

    fn body(&mut self, bytes: &[u8]) {
        let wsi = self.wsi();
        wsi.with_client(|client| wm_sys::heap::try_extend(&mut client.incoming, bytes).ok());
        let mut left = bytes.len();
        while wsi.is_open() && left > 0 {
            let result = wsi
                .context()
                .during(Active::None, || wsi.call(LWS_CALLBACK_RECEIVE_CLIENT_HTTP, ptr::null_mut(), 0));
            end_if(wsi, result);
            let now = wsi.with_client(|client| client.incoming.len()).unwrap_or(0);
            // What C does not read now it does not want.
            left = if now < left { now } else { 0 };
        }
        wsi.with_client(|client| client.incoming.clear());
    }

    fn done(&mut self, result: Result<(), &ClientError>) {
        let wsi = self.wsi();
        if result.is_ok() {
            wsi.context().during(Active::None, || {
                wsi.call(LWS_CALLBACK_COMPLETED_CLIENT_HTTP, ptr::null_mut(), 0);
            });
        }
        farewell(wsi, result.err());
    }
}

fn end_if(wsi: &Wsi, result: c_int) {
    if result != 0 {
        wsi.life.set(Life::Ending);
    }
}

/// What C adds to the head of the request.
fn prepare(wsi: &Wsi, head: &mut RequestHead<'_>) -> Result<(), ResponseError> {
    let mut added = [0_u8; ADDED_HEADERS];
    let start = added.as_mut_ptr();
    let mut position = start;
    let refused = wsi.context().during(Active::None, || {
        wsi.call(LWS_CALLBACK_WSI_CREATE, ptr::null_mut(), 0);
        wsi.call(LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER, (&raw mut position).cast(), ADDED_HEADERS)
    });
    if refused != 0 {
        return Err(ResponseError::BadFieldValue);
    }
    let flags = wsi.with_client(|client| client.flags).unwrap_or(0);
    if flags & LCCSCF_HTTP_MULTIPART_MIME as c_int != 0 {
        head.field("content-type", MULTIPART)?;
    } else if flags & LCCSCF_HTTP_X_WWW_FORM_URLENCODED as c_int != 0 {
        head.field("content-type", "application/x-www-form-urlencoded")?;
    }
    let length = position.addr().saturating_sub(start.addr()).min(ADDED_HEADERS);
    for line in added[..length].split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Some(colon) = line.iter().position(|&byte| byte == b':') else { continue };
        let name = core::str::from_utf8(&line[..colon]).map_err(|_| ResponseError::BadFieldName)?;
        // How long the body is, the client says itself.
        if !name.eq_ignore_ascii_case("content-length") && !name.eq_ignore_ascii_case("transfer-encoding") {
            head.field(name, line[colon + 1..].trim_ascii())?;
        }
    }
    Ok(())
}

/// C may ask about it later. Without memory it learns nothing.
#[cfg(feature = "security-small")]
fn keep_certificate(wsi: &Wsi, server: &PeerCertificate<'_>) {
    let kept = KeptCertificate::of(server).map_err(|error| log::warn!("certificate not kept: {error}"));
    wsi.with_client(|client| client.certificate = kept.ok());
}

fn note_response(wsi: &Wsi, response: &ReceivedResponse<'_>) {
    wsi.head.replace(Head::of_response(response));
    wsi.with_client(|client| client.status = response.status().code().into());
}

/// The last callbacks about a client, which is freed after them.
pub(super) fn farewell(wsi: &Wsi, error: Option<&ClientError>) {
    let context = wsi.context();
    context.during(Active::None, || {
        match error {
            Some(error) if !wsi.established.get() => connection_error(wsi, error),
            _ => {
                wsi.unbind();
                let closed = match wsi.kind.get() {
                    Kind::HttpClient => LWS_CALLBACK_CLOSED_CLIENT_HTTP,
                    Kind::RawClient => LWS_CALLBACK_RAW_CLOSE,
                    _ => LWS_CALLBACK_CLIENT_CLOSED,
                };
                wsi.call(closed, ptr::null_mut(), 0);
            }
        }
        wsi.call(LWS_CALLBACK_WSI_DESTROY, ptr::null_mut(), 0);
    });
    context.remove_client(wsi);
}

fn connection_error(wsi: &Wsi, error: &ClientError) {
    let mut line = [0_u8; 160];
    // SAFETY: the array is written through this buffer alone.
    let mut buffer = unsafe { TextBuffer::new(line.as_mut_ptr().cast(), line.len()) };
    let _ = write!(buffer, "{error}");
    let length = buffer.len();
    wsi.call_with(LWS_CALLBACK_CLIENT_CONNECTION_ERROR, &line[..length]);
    if wsi.bound.replace(false) {
        let drop = match wsi.kind.get() {
            Kind::RawClient => LWS_CALLBACK_RAW_SKT_DROP_PROTOCOL,
            _ => LWS_CALLBACK_CLIENT_HTTP_DROP_PROTOCOL,
        };
        wsi.call(drop, ptr::null_mut(), 0);
    }
}

/// Ends a client that is not connected yet, or an HTTP request.
pub(super) fn give_up(wsi: &Wsi) {
    if wsi.life.replace(Life::Ending) == Life::Open
        && let Some(id) = wsi.with_client(|client| client.id).flatten()
    {
        wsi.context().with_services(|services| services.client(id).map(|mut client| client.stop()));
    }
}

/// The last callbacks about a client whose context ends.
pub(super) fn forget(wsi: &Wsi) {
    wsi.unbind();
    wsi.call(LWS_CALLBACK_WSI_DESTROY, ptr::null_mut(), 0);
}

/// What stands between the parts of a multipart body.
const BOUNDARY: &[u8] = b"----wm-websockets-3f9a1c70";
const MULTIPART: &str = "multipart/form-data; boundary=----wm-websockets-3f9a1c70";

/// A connection that is to be made: begun as soon as the core can be reached.
pub(super) struct Dial {
    wsi: *const Wsi,
    options: ConnectOptions,
    speaks: Speaks,
}

/// What a client is.
#[derive(Clone, Copy, PartialEq)]
enum Speaks {
    WebSocket,
    Http(Method),
    Raw,
}

impl Dial {
    fn begin(self, services: &mut Services<'_>) -> Option<()> {
        // SAFETY: in the context's list until its `farewell`, which needs a client.
        let wsi = unsafe { &*self.wsi };
        let begun = match self.speaks {
            Speaks::Raw => services.connect_raw(self.options, RawCaller::new(self.wsi)),
            Speaks::WebSocket => services.connect(self.options, Caller { wsi: self.wsi }),
            Speaks::Http(method) => {
                let has_body = matches!(method, Method::Post | Method::Put | Method::Patch);
                let length = if has_body { BodyLength::Chunked } else { BodyLength::None };
                services.fetch(self.options, Request::new(method, length), Fetch { wsi: self.wsi })
            }
        };
        let id = begun.map_err(|error| log::error!("no client: {error}")).ok()?;
        wsi.with_client(|client| client.id = Some(id));
        Some(())
    }
}

/// Begins what could not be begun when C asked for it, and gives up what has ended.
pub(super) fn advance(context: &Context) {
    if context.finished_clients.borrow().is_empty() && context.dials.borrow().is_empty() {
        return;
    }
    for id in context.finished_clients.take() {
        context.with_services(|services| services.client(id).map(|client| client.remove()));
    }
    for dial in context.dials.take() {
        let wsi = dial.wsi;
        if context.with_services(|services| dial.begin(services)).flatten().is_none() {
            // SAFETY: still in the list.
            context.remove_client(unsafe { &*wsi });
        }
    }
}

/// Redirects that a request follows.
const MOST_REDIRECTS: u8 = 3;

/// Whether the flags of a connection (LCCSCF_...) ask for TLS.
fn is_secure(flags: c_int) -> bool {
    flags & LCCSCF_USE_SSL as c_int != 0
}

/// The options of a connection, and what it is for.
///
/// # Safety
/// Strings are NULL or C strings.
unsafe fn options(info: &lws_client_connect_info) -> Option<(ConnectOptions, Speaks)> {
    // SAFETY: the caller vouches for the strings.
    let (address, host, path, origin, protocol, method) = unsafe {
        (
            text(info.address)?,
            text(info.host),
            text(info.path).unwrap_or(b"/"),
            text(info.origin),
            text(info.protocol),
            text(info.method),
        )
    };
    let speaks = match method {
        Some(b"RAW") => Speaks::Raw,
        Some(name) => Speaks::Http(Method::from_token(name)?),
        None => Speaks::WebSocket,
    };
    let is_websocket = speaks == Speaks::WebSocket;
    let scheme = match (is_websocket, is_secure(info.ssl_connection)) {
        (true, false) => Scheme::Ws,
        (true, true) => Scheme::Wss,
        (false, false) => Scheme::Http,
        (false, true) => Scheme::Https,
    };
    let port = u16::try_from(info.port).map_err(|_| log::error!("no port: {}", info.port)).ok()?;
    let (address, path) = (core::str::from_utf8(address).ok()?, core::str::from_utf8(path).ok()?);
    let host = host.map_or(Ok(address), core::str::from_utf8).ok()?;
    let url = client_url::compose(scheme, host, port, path)?;
    let url = core::str::from_utf8(&url).ok()?;
    let options = ConnectOptions::new(url)
        .and_then(|options| options.connect_to(super::machine::destination(address), port));
    let mut options = options.map_err(|error| log::error!("{url}: {error}")).ok()?;
    if let (Some(origin), true) = (origin, is_websocket) {
        options = options.origin(core::str::from_utf8(origin).ok()?).ok()?;
    }
    if let (Some(names), true) = (protocol, is_websocket) {
        for name in core::str::from_utf8(names).ok()?.split(',') {
            options = options.subprotocol(name.trim()).ok()?;
        }
    }
    // SAFETY: NULL or valid by contract.
    if let Some(timeouts) = unsafe { super::limits::heartbeat(info.retry_and_idle_policy) } {
        options = options.keep_alive(timeouts);
    }
    Some((options.redirects(if is_websocket { 0 } else { MOST_REDIRECTS }), speaks))
}

/// Begins to connect.
///
/// # Safety
/// As `lws_client_connect_via_info`.
unsafe fn connect(info: &lws_client_connect_info) -> Option<*mut lws> {
    // SAFETY: valid by contract.
    let (context, chosen) = unsafe { (Context::from_c(info.context)?, Vhost::from_c(info.vhost)) };
    let vhost = chosen.or_else(|| context.vhosts().next())?;
    context.initialize_protocols();
    // SAFETY: C strings by contract.
    let ((mut options, speaks), name) = unsafe {
        (options(info)?, text(info.local_protocol_name).or(text(info.protocol)).unwrap_or_default())
    };
    if is_secure(info.ssl_connection) {
        options = vhost.client_tls.apply(&context.engines, info.ssl_connection, options)?;
    }
    let wsi = Wsi::new(context, vhost, None, None);
    wsi.kind.set(match speaks {
        Speaks::WebSocket => Kind::Client,
        Speaks::Http(_) => Kind::HttpClient,
        Speaks::Raw => Kind::RawClient,
    });
    wsi.opaque.set(info.opaque_user_data);
    wsi.retry.set(info.retry_and_idle_policy);
    wsi.client.replace(Some(ClientState {
        id: None,
        flags: info.ssl_connection,
        status: 0,
        body_pending: false,
        incoming: Vec::new(),
        #[cfg(feature = "security-small")]
        certificate: None,
        body: ptr::null_mut(),
    }));
    let wsi = context.add_client(wsi)?;
    wsi.bind(vhost.protocol_named(name).map_or(vhost.first_protocol(), ptr::from_ref));
    if !info.userdata.is_null() {
        wsi.session.replace(None);
        wsi.user.set(info.userdata);
    }
    wsi.bound.set(true);
    // SAFETY: NULL or valid by contract.
    if let Some(place) = unsafe { info.pwsi.as_mut() } {
        *place = wsi.as_c();
    }
    let bind = match speaks {
        Speaks::Raw => LWS_CALLBACK_RAW_SKT_BIND_PROTOCOL,
        _ => LWS_CALLBACK_CLIENT_HTTP_BIND_PROTOCOL,
    };
    for reason in [bind, LWS_CALLBACK_CONNECTING, LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED] {
        wsi.call(reason, ptr::null_mut(), 0);
    }
    let dial = Dial { wsi, options, speaks };
    let begun = match context.can_reach_services() {
        true => context.with_services(|services| dial.begin(services)).flatten(),
        false => wm_sys::heap::try_push(&mut context.dials.borrow_mut(), dial).ok(),
    };
    if begun.is_none() {
        context.remove_client(wsi);
        return None;
    }
    Some(wsi.as_c())
}

impl Wsi {
    /// What it keeps for being a client, if it is one.
    pub(super) fn with_client<R>(&self, act: impl FnOnce(&mut ClientState) -> R) -> Option<R> {
        self.client.borrow_mut().as_mut().map(act)
    }

    /// Whether it is a connection over TLS.
    pub(super) fn is_secure(&self) -> bool {
        self.with_client(|client| is_secure(client.flags)).unwrap_or_else(|| self.vhost().tls.is_some())
    }

    /// Writes a piece of a request's body.
    pub(super) fn write_body(&self, bytes: &[u8]) -> c_int {
        let body = self.with_client(|client| client.body).unwrap_or(ptr::null_mut());
        // SAFETY: set for the time of LWS_CALLBACK_CLIENT_HTTP_WRITEABLE, during which nobody else uses it.
        match unsafe { body.as_mut() }.map(|body| body.write(bytes)) {
            Some(Ok(())) => super::boundary::int(bytes.len()),
            _ => -1,
        }
    }
}

export! {
    fn lws_client_connect_via_info(ccinfo: *const lws_client_connect_info) -> *mut lws {
        // SAFETY: NULL or valid by contract.
        let Some(info) = (unsafe { ccinfo.as_ref() }) else { return ptr::null_mut() };
        // SAFETY: passed on.
        let wsi = unsafe { connect(info) };
        // SAFETY: NULL or valid by contract.
        if let (None, Some(place)) = (wsi, unsafe { info.pwsi.as_mut() }) {
            *place = ptr::null_mut();
        }
        wsi.unwrap_or(ptr::null_mut())
    }

    fn lws_http_client_http_response(wsi: *mut lws) -> c_uint {
        // SAFETY: NULL or valid by contract, here and in all functions below.
        unsafe { Wsi::from_c(wsi) }.and_then(|wsi| wsi.with_client(|client| client.status)).unwrap_or(0)
    }

    fn lws_http_client_read(wsi: *mut lws, buf: *mut *mut c_char, len: *mut c_int) -> c_int {
        // SAFETY: NULL or valid by contract.
        let (Some(wsi), false, false) = (unsafe { Wsi::from_c(wsi) }, buf.is_null(), len.is_null()) else { return -1 };
        // SAFETY: neither is NULL.
        let (start, room) = unsafe { (*buf, length(*len)) };
        let taken = wsi.with_client(|client| {
            let taken = client.incoming.len().min(if start.is_null() { 0 } else { room });
            // SAFETY: `*len` bytes at `*buf` by contract, and as many were received.
            unsafe { start.cast::<u8>().copy_from(client.incoming.as_ptr(), taken) };
            client.incoming.drain(..taken);
            taken
        });
        let Some(taken) = taken.filter(|taken| *taken > 0) else { return 0 };
        // SAFETY: not NULL.
        unsafe { len.write(super::boundary::int(taken)) };
        if wsi.call(LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ, start.cast(), taken) != 0 { -1 } else { 0 }
    }

    fn lws_client_http_body_pending(wsi: *mut lws, something_left_to_send: c_int) {
        // SAFETY: NULL or valid by contract.
        if let Some(wsi) = unsafe { Wsi::from_c(wsi) } {
            wsi.with_client(|client| client.body_pending = something_left_to_send != 0);
        }
    }

    fn lws_client_http_multipart(
        wsi: *mut lws,
        name: *const c_char,
        filename: *const c_char,
        content_type: *const c_char,
        p: *mut *mut c_char,
        end: *mut c_char,
    ) -> c_int {
        let _ = wsi;
        // SAFETY: NULL or valid by contract.
        let (cursor, name, filename, kind) =
            unsafe { (Cursor::new(p.cast(), end.cast()), text(name), text(filename), text(content_type)) };
        let Some(mut cursor) = cursor else { return 1 };
        let Some(name) = name else {
            return zero_or_one(cursor.push(&[b"\r\n--", BOUNDARY, b"--\r\n"]));
        };
        let (before, file, behind): (&[u8], &[u8], &[u8]) = match filename {
            Some(file) => (b"\"; filename=\"", file, b"\"\r\n"),
            None => (b"\"\r\n", b"", b""),
        };
        let (label, kind, newline): (&[u8], &[u8], &[u8]) = match kind {
            Some(kind) => (b"Content-Type: ", kind, b"\r\n"),
            None => (b"", b"", b""),
        };
        zero_or_one(cursor.push(&[
            b"\r\n--", BOUNDARY, b"\r\nContent-Disposition: form-data; name=\"", name, before, file, behind, label, kind,
            newline, b"\r\n",
        ]))
    }

    fn lws_http_is_redirected_to_get(wsi: *mut lws) -> c_int {
        // Requests with a body are not redirected.
        let _ = wsi;
        0
    }
}

/// A client as the context keeps it.
pub(super) fn boxed(wsi: Wsi) -> Option<*mut Wsi> {
    wm_sys::heap::try_box(wsi).ok().map(Box::into_raw)
}
