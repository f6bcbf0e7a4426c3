//! `struct lws_vhost`: a server of a context, or its clients' settings.

use core::cell::Cell;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr;
use core::time::Duration;

use alloc::vec::Vec;

use super::abi::{
    LWS_SERVER_OPTION_FALLBACK_TO_APPLY_LISTEN_ACCEPT_CONFIG, LWS_SERVER_OPTION_FALLBACK_TO_RAW,
    LWS_SERVER_OPTION_ONLY_RAW, lws_context, lws_context_creation_info, lws_http_mount,
    lws_protocol_vhost_options, lws_protocols, lws_retry_bo_t, lws_vhost,
};
use super::boundary::{length, text};
use super::cell::RefCell;
use super::context::Context;
use super::export;
use super::memory::Memory;
use super::protocol;
use super::tls::{self, ClientTls, Tls};
use crate::net::Keepalive;

type Finalize = Option<unsafe extern "C" fn(*mut lws_vhost, *mut c_void)>;

pub(super) struct Vhost {
    pub(super) context: *const Context,
    pub(super) name: &'static CStr,
    pub(super) port: c_int,
    protocols: Vec<*const lws_protocols>,
    /// By protocol: what it keeps here.
    private: RefCell<Vec<Option<Memory>>>,
    pub(super) mounts: *const lws_http_mount,
    pub(super) headers: *const lws_protocol_vhost_options,
    pub(super) options: *const lws_protocol_vhost_options,
    pub(super) server_string: Option<&'static CStr>,
    pub(super) error_document_404: Option<&'static CStr>,
    pub(super) flags: u64,
    pub(super) retry: *const lws_retry_bo_t,
    pub(super) tls: Option<Tls>,
    pub(super) client_tls: RefCell<ClientTls>,
    /// Its connections speak no HTTP.
    pub(super) is_raw: bool,
    /// Connections that do not speak HTTP are raw.
    pub(super) falls_back: bool,
    accept_protocol: Option<&'static CStr>,
    pub(super) iface: Option<&'static CStr>,
    /// When lwIP probes whether a silent peer is still there.
    pub(super) keepalive: Option<Keepalive>,
    user: *mut c_void,
    finalize: Finalize,
    finalize_argument: *mut c_void,
    pub(super) life: Cell<Life>,
}

/// What its protocols know of a virtual host.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Life {
    /// Nothing yet.
    New,
    /// That they are used.
    Initialized,
    /// That, and it is to end: they hear of that when its connections have closed.
    Leaving,
    /// That they are no more.
    Ended,
}

/// Both names are one bit.
const FALLBACK: u32 =
    LWS_SERVER_OPTION_FALLBACK_TO_RAW | LWS_SERVER_OPTION_FALLBACK_TO_APPLY_LISTEN_ACCEPT_CONFIG;

impl Vhost {
    /// # Safety
    /// What `info` refers to lives as long as the context.
    pub(super) unsafe fn new(context: &Context, info: &lws_context_creation_info) -> Option<Self> {
        let is_secure = !info.server_ssl_cert_mem.is_null() || !info.ssl_cert_filepath.is_null();
        let tls = if is_secure { Some(tls::configure(&context.engines, info)?) } else { None };
        // SAFETY: the caller vouches for what `info` refers to.
        let client_tls = unsafe { ClientTls::kept(info) }?;
        // SAFETY: the caller vouches for the lists.
        let protocols = unsafe { protocol::collect(info) }?;
        let mut private = Vec::new();
        private.try_reserve_exact(protocols.len()).ok()?;
        private.resize_with(protocols.len(), || None);
        // SAFETY: the caller vouches for the strings.
        let (iface, name, server_string, error_document_404, accept_protocol, role) = unsafe {
            (
                protocol::kept(info.iface),
                protocol::kept(info.vhost_name),
                protocol::kept(info.server_string),
                protocol::kept(info.error_document_404),
                protocol::kept(info.listen_accept_protocol),
                protocol::kept(info.listen_accept_role),
            )
        };
        Some(Vhost {
            context,
            name: name.unwrap_or(c"default"),
            port: info.port,
            protocols,
            private: RefCell::new(private),
            mounts: info.mounts,
            headers: info.headers,
            options: info.pvo,
            server_string,
            error_document_404,
            flags: info.options,
            retry: info.retry_and_idle_policy,
            tls,
            client_tls: RefCell::new(client_tls),
            falls_back: info.options & u64::from(FALLBACK) != 0 && role.is_none_or(|role| role == c"raw-skt"),
            is_raw: info.options & LWS_SERVER_OPTION_ONLY_RAW as u64 != 0
                && role.is_none_or(|role| role == c"raw-skt"),
            accept_protocol,
            iface,
            keepalive: keepalive(info),
            user: info.user,
            finalize: info.finalize,
            finalize_argument: info.finalize_arg,
            life: Cell::new(Life::New),
        })
    }

    /// # Safety
    /// `vhost` is NULL, or one of a context, not destroyed for `'a`.
    pub(super) unsafe fn from_c<'a>(vhost: *const lws_vhost) -> Option<&'a Self> {
        // SAFETY: the caller vouches for it.
        unsafe { vhost.cast::<Self>().as_ref() }
    }

    pub(super) fn as_c(&self) -> *mut lws_vhost {
        ptr::from_ref(self).cast_mut().cast()
    }

    pub(super) fn context(&self) -> &Context {
        // SAFETY: a context destroys its virtual hosts before itself.
        unsafe { &*self.context }
    }

    pub(super) fn first_protocol(&self) -> *const lws_protocols {
        self.protocols.first().copied().unwrap_or_default()
    }

    /// The protocol of raw connections: the one that was named for them, or that has the option `raw`, or the first.
    pub(super) fn raw_protocol(&self) -> *const lws_protocols {
        let named = self.accept_protocol.and_then(|name| self.protocol_named(name.to_bytes()));
        let marked = || {
            // SAFETY: options outlive the context by contract.
            self.protocols().find(|each| unsafe { protocol::option(self.options_of(each), b"raw") }.is_some())
        };
        named.or_else(marked).map_or(self.first_protocol(), ptr::from_ref)
    }

    /// The protocol of WebSockets whose client names none: the last that has the option `default`, or the first.
    pub(super) fn default_protocol(&self) -> *const lws_protocols {
        // SAFETY: options outlive the context by contract.
        let marked =
            |each: &&lws_protocols| unsafe { protocol::option(self.options_of(each), b"default") }.is_some();
        self.protocols().filter(marked).last().map_or(self.first_protocol(), ptr::from_ref)
    }

    /// Its protocols.
    pub(super) fn protocols(&self) -> impl Iterator<Item = &'static lws_protocols> + '_ {
        // SAFETY: protocols outlive their context by contract.
        self.protocols.iter().filter_map(|protocol| unsafe { protocol.as_ref() })
    }

    pub(super) fn protocol_named(&self, name: &[u8]) -> Option<&'static lws_protocols> {
        self.protocols().find(|each| !each.name.is_null() && protocol::name(each) == name)
    }

    /// Which of its protocols this is, or a copy of.
    fn position(&self, protocol: &lws_protocols) -> Option<usize> {
        self.protocols().position(|each| protocol::is_same(each, protocol))
    }

    /// Whether the protocol takes part: all do, unless options are given and it is not named there.
    pub(super) fn uses(&self, protocol: &lws_protocols) -> bool {
        // SAFETY: options outlive the context by contract.
        self.options.is_null()
            || unsafe { protocol::option(self.options, protocol::name(protocol)) }.is_some()
    }

    /// The options of a protocol.
    pub(super) fn options_of(&self, protocol: &lws_protocols) -> *const lws_protocol_vhost_options {
        // SAFETY: options outlive the context by contract.
        unsafe { protocol::option(self.options, protocol::name(protocol)) }
            .map_or(ptr::null(), |option| option.options)
    }

    /// Whether a request whose Host field says this means it by its name.
    pub(super) fn is_named(&self, host: &str) -> bool {
        // Behind the colon of a port no bracket of an address follows.
        let end = host.bytes().rposition(|octet| matches!(octet, b':' | b']'));
        let port = end.filter(|end| host.as_bytes().get(*end) == Some(&b':'));
        let name = host.as_bytes().get(..port.unwrap_or(host.len())).unwrap_or_default();
        name.eq_ignore_ascii_case(self.name.to_bytes())
    }

    pub(super) fn has(&self, flags: u64) -> bool {
        self.flags & flags == flags
    }

    /// Forgets what its protocols keep, and tells the application that it is gone.
    pub(super) fn finish(&self) {
        self.private.borrow_mut().iter_mut().for_each(|memory| *memory = None);
        if let Some(finalize) = self.finalize {
            // SAFETY: the application's function, with what it asked for.
            unsafe { finalize(self.as_c(), self.finalize_argument) };
        }
    }
}

/// `ka_time` in seconds, 0 is never; the library's own numbers for what is not said of the probes.
fn keepalive(info: &lws_context_creation_info) -> Option<Keepalive> {
    let Keepalive { interval, probes, .. } = Keepalive::default();
    let seconds =
        |number: c_int| u64::try_from(number).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs);
    Some(Keepalive {
        idle: seconds(info.ka_time)?,
        interval: seconds(info.ka_interval).unwrap_or(interval),
        probes: u8::try_from(info.ka_probes).ok().filter(|probes| *probes > 0).unwrap_or(probes),
    })
}

export! {
    fn lws_get_vhost_name(vhost: *mut lws_vhost) -> *const c_char {
        // SAFETY: NULL or valid by contract, here and in all functions below.
        unsafe { Vhost::from_c(vhost) }.map_or(ptr::null(), |vhost| vhost.name.as_ptr())
    }

    fn lws_vh_tag(vhost: *mut lws_vhost) -> *const c_char {
        // SAFETY: passed on.
        unsafe { lws_get_vhost_name(vhost) }
    }

    fn lws_get_vhost_iface(vhost: *mut lws_vhost) -> *const c_char {
        // SAFETY: NULL or valid by contract.
        unsafe { Vhost::from_c(vhost) }.and_then(|vhost| vhost.iface).map_or(ptr::null(), CStr::as_ptr)
    }

    fn lws_get_vhost_port(vhost: *mut lws_vhost) -> c_int {
        // SAFETY: NULL or valid by contract.
        unsafe { Vhost::from_c(vhost) }.map_or(-1, |vhost| vhost.port)
    }

    fn lws_get_vhost_listen_port(vhost: *mut lws_vhost) -> c_int {
        // SAFETY: passed on.
        unsafe { lws_get_vhost_port(vhost) }
    }

    fn lws_get_vhost_user(vhost: *mut lws_vhost) -> *mut c_void {
        // SAFETY: NULL or valid by contract.
        unsafe { Vhost::from_c(vhost) }.map_or(ptr::null_mut(), |vhost| vhost.user)
    }

    fn lws_vhost_user(vhost: *mut lws_vhost) -> *mut c_void {
        // SAFETY: passed on.
        unsafe { lws_get_vhost_user(vhost) }
    }

    fn lws_get_vhost_by_name(context: *mut lws_context, name: *const c_char) -> *mut lws_vhost {
        // SAFETY: NULL or valid by contract.
        let (Some(context), Some(name)) = (unsafe { Context::from_c(context) }, unsafe { text(name) }) else {
            return ptr::null_mut();
        };
        context.vhosts().find(|vhost| vhost.name.to_bytes() == name).map_or(ptr::null_mut(), Vhost::as_c)
    }

    fn lws_vhost_name_to_protocol(vh: *mut lws_vhost, name: *const c_char) -> *const lws_protocols {
        // SAFETY: NULL or valid by contract.
        let (Some(vhost), Some(name)) = (unsafe { Vhost::from_c(vh) }, unsafe { text(name) }) else {
            return ptr::null();
        };
        vhost.protocol_named(name).map_or(ptr::null(), ptr::from_ref)
    }

    fn lws_protocol_vh_priv_zalloc(
        vhost: *mut lws_vhost,
        prot: *const lws_protocols,
        size: c_int,
    ) -> *mut c_void {
        // SAFETY: NULL or valid by contract.
        let (Some(vhost), Some(protocol)) = (unsafe { Vhost::from_c(vhost) }, unsafe { prot.as_ref() }) else {
            return ptr::null_mut();
        };
        let (Some(place), Some(memory)) = (vhost.position(protocol), Memory::zeroed(length(size))) else {
            return ptr::null_mut();
        };
        let start = memory.as_ptr();
        vhost.private.borrow_mut()[place] = Some(memory);
        start
    }

    fn lws_protocol_vh_priv_get(vhost: *mut lws_vhost, prot: *const lws_protocols) -> *mut c_void {
        // SAFETY: NULL or valid by contract.
        let (Some(vhost), Some(protocol)) = (unsafe { Vhost::from_c(vhost) }, unsafe { prot.as_ref() }) else {
            return ptr::null_mut();
        };
        let private = vhost.private.borrow();
        let memory = vhost.position(protocol).and_then(|place| private.get(place)?.as_ref());
        memory.map_or(ptr::null_mut(), Memory::as_ptr)
    }

    fn lws_vhd_find_by_pvo(
        cx: *mut lws_context,
        protname: *const c_char,
        pvo_name: *const c_char,
        pvo_value: *const c_char,
    ) -> *mut c_void {
        // SAFETY: NULL or valid by contract.
        let Some(context) = (unsafe { Context::from_c(cx) }) else { return ptr::null_mut() };
        // SAFETY: as above.
        let (protocol, name, value) = unsafe { (text(protname), text(pvo_name), text(pvo_value)) };
        let (Some(protocol), Some(name)) = (protocol, name) else { return ptr::null_mut() };
        for vhost in context.vhosts() {
            let Some(protocol) = vhost.protocol_named(protocol) else { continue };
            // SAFETY: options outlive the context by contract.
            let option = unsafe { protocol::option(vhost.options_of(protocol), name) };
            // SAFETY: as above.
            if option.is_some_and(|option| unsafe { text(option.value) } == value) {
                // SAFETY: both are the context's own.
                return unsafe { lws_protocol_vh_priv_get(vhost.as_c(), protocol) };
            }
        }
        ptr::null_mut()
    }
}
