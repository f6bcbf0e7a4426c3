//! HTTP: every request of a port, given to a protocol of C.

use core::ffi::c_int;
use core::ptr;

use super::abi::{
    LWS_CALLBACK_CLIENT_HTTP_DROP_PROTOCOL, LWS_CALLBACK_FILTER_HTTP_CONNECTION, LWS_CALLBACK_HTTP,
    LWS_CALLBACK_HTTP_BIND_PROTOCOL, LWS_CALLBACK_HTTP_BODY, LWS_CALLBACK_HTTP_BODY_COMPLETION,
    LWS_CALLBACK_HTTP_DROP_PROTOCOL, LWS_CALLBACK_HTTP_FILE_COMPLETION, LWS_CALLBACK_HTTP_WRITEABLE,
    LWS_CALLBACK_RAW_SKT_DROP_PROTOCOL, LWS_CALLBACK_WS_CLIENT_DROP_PROTOCOL,
    LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL, lws_protocols,
};
use super::callback::Active;
use super::head::{Head, decoded_path};
use super::mounts;
use super::ports::PortRef;
use super::wsi::{Kind, Life, Wsi, WsiRef};
use crate::http::{Framing, Method, Request, Status};
use crate::server::{Handler, Limits, Response};

pub(super) struct Requests {
    port: PortRef,
}

/// One request on its way through the callbacks.
pub(super) struct Transaction {
    wsi: WsiRef,
    /// LWS_CALLBACK_HTTP_BODY_COMPLETION is to be sent.
    has_body: bool,
    /// LWS_CALLBACK_HTTP_BODY was sent.
    body_began: bool,
}

impl Requests {
    pub(super) fn new(port: PortRef) -> Self {
        Requests { port }
    }
}

impl Handler for Requests {
    type Exchange = Transaction;

    fn begin(&mut self, request: &Request<'_>, response: &mut Response<'_>) -> Option<Transaction> {
        let port = self.port.get();
        let Some(wsi) = port.context().wsi(response.id()) else {
            response.hang_up();
            return None;
        };
        // C says when it has something: it is not asked.
        response.defer();
        let Some(path) = decoded_path(request) else { return without_memory(response) };
        let Some(head) = Head::keep(request, &path) else { return without_memory(response) };
        wsi.head.replace(Some(head));
        wsi.completed.set(false);
        wsi.sends_file.set(false);
        wsi.file.set(None);
        if let Some(vhost) = port.vhost_for(request) {
            wsi.vhost.set(vhost);
        }
        calling(wsi, response, || begin(wsi, &path));
        let expects = matches!(request.method(), Method::Post | Method::Put | Method::Patch);
        let has_body = expects || request.framing() != Framing::None;
        Some(Transaction { wsi: WsiRef::new(wsi), has_body, body_began: false })
    }

    fn body(&mut self, transaction: &mut Transaction, piece: &[u8], response: &mut Response<'_>) {
        let wsi = transaction.wsi.get();
        transaction.body_began = true;
        if wsi.is_open() && !wsi.completed.get() {
            calling(wsi, response, || wsi.call_with(LWS_CALLBACK_HTTP_BODY, piece));
        }
    }

    fn end(&mut self, transaction: &mut Transaction, response: &mut Response<'_>) {
        let wsi = transaction.wsi.get();
        if wsi.is_open() && !wsi.completed.get() && transaction.has_body {
            calling(wsi, response, || complete_body(wsi, transaction.body_began));
        }
        complete_silently(wsi, response);
    }

    fn writable(&mut self, transaction: &mut Transaction, response: &mut Response<'_>) {
        let wsi = transaction.wsi.get();
        response.defer();
        let file = wsi.file.take();
        if let Some(mut file) = file {
            file.send_more(response);
            if !response.is_finished() {
                response.go_on();
                wsi.file.set(Some(file));
            }
        } else if wsi.is_open() && !wsi.completed.get() && wsi.wants_writable.take() {
            // Only a negative result ends the connection.
            calling(wsi, response, || wsi.call(LWS_CALLBACK_HTTP_WRITEABLE, ptr::null_mut(), 0).min(0));
        }
        complete_silently(wsi, response);
    }

    /// C takes it in pieces.
    fn body_limit(&self, _limits: &Limits) -> u64 {
        u64::MAX
    }
}

fn without_memory(response: &mut Response<'_>) -> Option<Transaction> {
    response.status(Status::SERVICE_UNAVAILABLE);
    None
}

/// Lets C use the response; what it returns may end the connection.
fn calling(wsi: &Wsi, response: &mut Response<'_>, calls: impl FnOnce() -> c_int) {
    if wsi.context().during(Active::response(response), calls) != 0 {
        wsi.life.set(Life::Ending);
        response.hang_up();
    }
}

/// The callbacks for the head of a request. The path is not that of the head, which C may drop meanwhile.
fn begin(wsi: &Wsi, path: &[u8]) -> c_int {
    if !wsi.bound.get() {
        wsi.bind(wsi.vhost().first_protocol());
    }
    match wsi.call_with(LWS_CALLBACK_FILTER_HTTP_CONNECTION, path) {
        0 => mounts::serve(wsi, path),
        refused => refused,
    }
}

/// Gives the request to a protocol.
pub(super) fn dispatch(wsi: &Wsi, protocol: *const lws_protocols, path: &[u8]) -> c_int {
    if wsi.bind_for_http(protocol).is_none() {
        return -1;
    }
    wsi.call_with(LWS_CALLBACK_HTTP, path)
}

fn complete_body(wsi: &Wsi, began: bool) -> c_int {
    if !began && wsi.call(LWS_CALLBACK_HTTP_BODY, ptr::null_mut(), 0) != 0 {
        return -1;
    }
    if wsi.completed.get() {
        return 0;
    }
    wsi.call(LWS_CALLBACK_HTTP_BODY_COMPLETION, ptr::null_mut(), 0)
}

/// A response that came to the end that its own head announced is complete, whether or not C says so.
fn complete_silently(wsi: &Wsi, response: &mut Response<'_>) {
    if wsi.sends_file.get() && wsi.is_open() && response.is_finished() {
        wsi.sends_file.set(false);
        calling(wsi, response, || wsi.call(LWS_CALLBACK_HTTP_FILE_COMPLETION, ptr::null_mut(), 0));
    }
    if wsi.is_open() && !wsi.completed.get() && response.is_finished() {
        wsi.context().during(Active::response(response), || wsi.complete());
    }
}

impl Wsi {
    /// The transaction is over: the next one begins with the first protocol and fresh memory.
    pub(super) fn complete(&self) {
        self.completed.set(true);
        // It was the transaction's: from here on the time between two requests counts.
        super::timeouts::forget(self);
        self.wants_writable.set(false);
        self.file.set(None);
        self.head.replace(None);
        self.bind_for_http(self.vhost().first_protocol());
    }

    /// Binds a protocol in the place of another, with the callbacks for both. `None` without memory.
    pub(super) fn bind_for_http(&self, protocol: *const lws_protocols) -> Option<()> {
        self.unbind();
        self.bind(protocol)?;
        self.bound.set(true);
        let refused = self.call(LWS_CALLBACK_HTTP_BIND_PROTOCOL, ptr::null_mut(), 0);
        (refused == 0).then_some(())
    }

    /// Tells the protocol that it is bound no longer, if it was told that it is.
    pub(super) fn unbind(&self) {
        if self.bound.replace(false) {
            let reason = match self.kind.get() {
                Kind::WebSocket => LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL,
                Kind::Client => LWS_CALLBACK_WS_CLIENT_DROP_PROTOCOL,
                Kind::HttpClient => LWS_CALLBACK_CLIENT_HTTP_DROP_PROTOCOL,
                Kind::Raw | Kind::RawClient => LWS_CALLBACK_RAW_SKT_DROP_PROTOCOL,
                _ => LWS_CALLBACK_HTTP_DROP_PROTOCOL,
            };
            self.call(reason, ptr::null_mut(), 0);
        }
    }
}
