//! Clients: what their connections have in common, and how they end.

mod connect;
mod http;
mod request;
mod websocket;

use core::ffi::{c_int, c_uint};
use core::fmt::Write as _;
use core::ptr;

use alloc::boxed::Box;
use alloc::vec::Vec;

pub(super) use self::connect::Dial;
use super::abi::{
    LCCSCF_USE_SSL, LWS_CALLBACK_CLIENT_CLOSED, LWS_CALLBACK_CLIENT_CONNECTION_ERROR,
    LWS_CALLBACK_CLIENT_HTTP_DROP_PROTOCOL, LWS_CALLBACK_CLOSED_CLIENT_HTTP, LWS_CALLBACK_RAW_CLOSE,
    LWS_CALLBACK_RAW_SKT_DROP_PROTOCOL,
};
use super::boundary::TextBuffer;
use super::callback::Active;
use super::conmon::{self, Stopwatch};
use super::context::Context;
use super::wsi::{Kind, Life, Wsi};
use crate::client::{Cause, ClientError, ClientId, RequestBody};

/// What a connection keeps for being a client.
pub(super) struct ClientState {
    pub(super) id: Option<ClientId>,
    flags: c_int,
    pub(super) status: c_uint,
    /// With LCCSCF_CONMON.
    pub(super) stopwatch: Option<Box<Stopwatch>>,
    /// A request's body is still to be sent.
    body_pending: bool,
    /// A redirect has made the request a GET.
    redirected_to_get: bool,
    /// C takes nothing for now.
    is_paused: bool,
    /// What arrived of a response's body, and C has not read.
    incoming: Vec<u8>,
    /// What the server has shown.
    #[cfg(feature = "security-tls12")]
    pub(super) certificate: Option<crate::tls::KeptCertificate>,
    /// Where a request's body is written to while C may.
    body: *mut RequestBody<'static>,
}

/// Whether the flags of a connection (LCCSCF_...) ask for TLS.
fn is_secure(flags: c_int) -> bool {
    flags & LCCSCF_USE_SSL as c_int != 0
}

impl Wsi {
    /// What it keeps for being a client, if it is one.
    pub(super) fn with_client<R>(&self, act: impl FnOnce(&mut ClientState) -> R) -> Option<R> {
        self.client.borrow_mut().as_deref_mut().map(act)
    }

    /// Whether it is a connection over TLS.
    pub(super) fn is_secure(&self) -> bool {
        if let Some(is_secure) = self.with_client(|client| is_secure(client.flags)) {
            return is_secure;
        }
        self.vhost().tls.is_some()
            && self
                .with_response(|response| response.is_secure())
                .or_else(|| self.with_socket(|socket| socket.is_secure()))
                .unwrap_or(true)
    }
}

/// Begins what could not be begun when C asked for it, and gives up what has ended.
fn advance(context: &Context) {
    if context.finished_clients.borrow().is_empty() && context.dials.borrow().is_empty() {
        return;
    }
    for id in context.finished_clients.take() {
        context.with_services(|services| services.client(id).map(|client| client.remove()));
    }
    for dial in context.dials.take() {
        let wsi = dial.wsi;
        if context.with_services(|services| dial.begin(services)).flatten().is_none() {
            context.remove_client(wsi.get());
        }
    }
}

/// The last callbacks about a client, which is freed after them.
pub(super) fn farewell(wsi: &Wsi, error: Option<&ClientError>) {
    let context = wsi.context();
    context.during(Active::None, || {
        match error {
            Some(error) if !wsi.established.get() => connection_error(wsi, error),
            _ => closed(wsi),
        }
        wsi.tell_destroyed();
    });
    context.remove_client(wsi);
}

/// The end of a connection that stood.
fn closed(wsi: &Wsi) {
    wsi.unbind();
    let closed = match wsi.kind.get() {
        Kind::HttpClient => LWS_CALLBACK_CLOSED_CLIENT_HTTP,
        Kind::RawClient => LWS_CALLBACK_RAW_CLOSE,
        _ => LWS_CALLBACK_CLIENT_CLOSED,
    };
    wsi.call(closed, ptr::null_mut(), 0);
}

fn connection_error(wsi: &Wsi, error: &ClientError) {
    conmon::fail(wsi, error);
    let mut line = [0_u8; 160];
    // SAFETY: the array is written through this buffer alone.
    let mut buffer = unsafe { TextBuffer::new(line.as_mut_ptr().cast(), line.len()) };
    let _ = write!(buffer, "{error}");
    let length = buffer.len();
    // Why a server is no WebSocket's: programs ask for the status, to renew a token say.
    if let Cause::Status(status, _) = &error.cause {
        wsi.with_client(|client| client.status = status.code().into());
    }
    failed(wsi, &line[..length]);
}

/// The end of a connection that never stood, and why.
fn failed(wsi: &Wsi, why: &[u8]) {
    wsi.call_with(LWS_CALLBACK_CLIENT_CONNECTION_ERROR, why);
    if wsi.bound.replace(false) {
        let drop = match wsi.kind.get() {
            Kind::RawClient => LWS_CALLBACK_RAW_SKT_DROP_PROTOCOL,
            _ => LWS_CALLBACK_CLIENT_HTTP_DROP_PROTOCOL,
        };
        wsi.call(drop, ptr::null_mut(), 0);
    }
}

/// Stops or resumes the delivery of a response.
pub(super) fn set_receiving(wsi: &Wsi, receiving: bool) -> Option<()> {
    let id = wsi.with_client(|client| {
        client.is_paused = !receiving;
        client.id
    })?;
    let id = id.filter(|_| receiving)?;
    wsi.context().with_services(|services| services.client(id).map(|mut client| client.resume()))?
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
    if wsi.established.get() {
        closed(wsi);
    } else {
        failed(wsi, b"closed before established");
    }
    wsi.tell_destroyed();
}

/// A client as the context keeps it.
pub(super) fn boxed(wsi: Wsi) -> Option<*mut Wsi> {
    wm_sys::heap::try_box(wsi).ok().map(Box::into_raw)
}
