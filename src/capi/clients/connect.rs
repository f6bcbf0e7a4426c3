//! `lws_client_connect_via_info`.

use core::ffi::c_int;
use core::ptr;

use alloc::vec::Vec;

use super::http::Fetch;
use super::websocket::Caller;
use super::{ClientState, is_secure};
use crate::capi::abi::{
    LCCSCF_HTTP_NO_FOLLOW_REDIRECT, LWS_CALLBACK_CLIENT_HTTP_BIND_PROTOCOL, LWS_CALLBACK_CONNECTING,
    LWS_CALLBACK_RAW_SKT_BIND_PROTOCOL, LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED,
    LWS_SERVER_OPTION_JUST_USE_RAW_ORIGIN, lws, lws_client_connect_info,
};
use crate::capi::boundary::text;
use crate::capi::client_url;
use crate::capi::conmon::Stopwatch;
use crate::capi::context::Context;
use crate::capi::export;
use crate::capi::raw::RawCaller;
use crate::capi::vhost::Vhost;
use crate::capi::wsi::{Kind, Wsi, WsiRef};
use crate::client::{BodyLength, ConnectOptions, Request};
use crate::http::{Method, Scheme, Url, split_once};
use crate::server::Services;

/// A connection that is to be made: begun as soon as the core can be reached.
pub(in crate::capi) struct Dial {
    pub(super) wsi: WsiRef,
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
    pub(super) fn begin(self, services: &mut Services<'_>) -> Option<()> {
        let begun = match self.speaks {
            Speaks::Raw => services.connect_raw(self.options, RawCaller::new(self.wsi)),
            Speaks::WebSocket => services.connect(self.options, Caller { wsi: self.wsi }),
            Speaks::Http(method) => {
                let has_body = matches!(method, Method::Post | Method::Put | Method::Patch);
                let length = if has_body { BodyLength::Chunked } else { BodyLength::None };
                services.fetch(self.options, Request::new(method, length), Fetch { wsi: self.wsi })
            }
        };
        let id = begun.map_err(|error| log_line!(Error, "no client: {error}")).ok()?;
        self.wsi.get().with_client(|client| client.id = Some(id));
        Some(())
    }
}

/// Redirects that a request follows.
const MOST_REDIRECTS: u8 = 3;

/// The options of a connection, and what it is for.
///
/// # Safety
/// Strings are NULL or C strings.
unsafe fn options(info: &lws_client_connect_info, vhost: &Vhost) -> Option<(ConnectOptions, Speaks)> {
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
    let port = u16::try_from(info.port).map_err(|_| log_line!(Error, "no port: {}", info.port)).ok()?;
    let (address, path) = (core::str::from_utf8(address).ok()?, core::str::from_utf8(path).ok()?);
    let host = host.map_or(Ok(address), core::str::from_utf8).ok()?;
    let url = client_url::compose(scheme, host, port, path)?;
    let url = core::str::from_utf8(&url).ok()?;
    let options = ConnectOptions::new(url)
        .and_then(|options| options.connect_to(crate::capi::machine::destination(address), port));
    let mut options = options.map_err(|error| log_line!(Error, "{url}: {error}")).ok()?;
    if let Some(origin) = origin {
        let origin = core::str::from_utf8(origin).ok()?;
        if vhost.has(LWS_SERVER_OPTION_JUST_USE_RAW_ORIGIN.into()) {
            options.add_field("Origin", origin).ok()?;
        } else {
            let whole = client_url::origin(&Url::parse(url).ok()?, host, origin)?;
            options.add_field("Origin", core::str::from_utf8(&whole).ok()?).ok()?;
        }
    }
    if let (Some(names), true) = (protocol, is_websocket) {
        let mut names = Some(core::str::from_utf8(names).ok()?);
        while let Some(listed) = names {
            let (name, more) = split_once(listed, b',');
            options.add_subprotocol(name.trim_ascii()).ok()?;
            names = more;
        }
    }
    // SAFETY: NULL or valid by contract.
    if let Some(timeouts) = unsafe { crate::capi::limits::heartbeat(info.retry_and_idle_policy) } {
        options = options.keep_alive(timeouts).ok()?;
    }
    let follows = !is_websocket && info.ssl_connection & LCCSCF_HTTP_NO_FOLLOW_REDIRECT as c_int == 0;
    Some((options.redirects(if follows { MOST_REDIRECTS } else { 0 }), speaks))
}

/// Begins to connect.
///
/// # Safety
/// As `lws_client_connect_via_info`.
unsafe fn connect(info: &lws_client_connect_info) -> Option<*mut lws> {
    // SAFETY: valid by contract.
    let (context, chosen) = unsafe { (Context::from_c(info.context)?, Vhost::from_c(info.vhost)) };
    if context.is_doomed.get() {
        return None;
    }
    let _calls = context.calls();
    let vhost = chosen.or_else(|| context.vhosts().next())?;
    context.initialize_protocols();
    // SAFETY: C strings by contract.
    let ((mut options, speaks), name) = unsafe {
        (options(info, vhost)?, text(info.local_protocol_name).or(text(info.protocol)).unwrap_or_default())
    };
    if is_secure(info.ssl_connection) {
        options = vhost.client_tls.borrow().apply(&context.engines, info.ssl_connection, options)?;
    }
    let wsi = Wsi::new(context, vhost, None, None);
    wsi.kind.set(match speaks {
        Speaks::WebSocket => Kind::Client,
        Speaks::Http(_) => Kind::HttpClient,
        Speaks::Raw => Kind::RawClient,
    });
    wsi.opaque.set(info.opaque_user_data);
    wsi.retry.set(info.retry_and_idle_policy);
    let client = ClientState {
        id: None,
        flags: info.ssl_connection,
        status: 0,
        stopwatch: Stopwatch::new(info.ssl_connection),
        body_pending: false,
        redirected_to_get: false,
        is_paused: false,
        incoming: Vec::new(),
        #[cfg(feature = "security-tls12")]
        certificate: None,
        body: ptr::null_mut(),
    };
    wsi.client.replace(Some(wm_sys::heap::try_box(client).ok()?));
    let wsi = context.add_client(wsi)?;
    wsi.bind(vhost.protocol_named(name).map_or(vhost.first_protocol(), ptr::from_ref));
    if !info.userdata.is_null() {
        wsi.set_user(info.userdata);
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
    context.advance_clients.set(Some(super::advance));
    let dial = Dial { wsi: WsiRef::new(wsi), options, speaks };
    let begun = match context.can_reach_services() {
        true => context.with_services(|services| dial.begin(services)).flatten(),
        false => wm_sys::heap::try_push(&mut context.dials.borrow_mut(), dial).ok(),
    };
    if begun.is_none() {
        context.remove_client(wsi);
        return None;
    }
    // Who destroys the context in one of these callbacks has no client.
    (!context.is_doomed.get()).then_some(wsi.as_c())
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
}
