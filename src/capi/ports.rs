//! The ports of a context, and which virtual host a request is for.

use core::cell::Cell;
use core::ffi::CStr;
use core::net::IpAddr;
use core::ptr;

use alloc::vec::Vec;

use super::arrivals::Arrivals;
use super::cell::RefCell;
use super::context::Context;
use super::raw::RawPort;
use super::requests::Requests;
use super::sessions::Sessions;
use super::tls::{Tls, TlsPort};
use super::vhost::Vhost;
use crate::http::{Method, MethodSet, Request, RouteError};
use crate::net::{InterfaceName, ListenOptions, octet};
use crate::server::{self, Routes, StartError};

/// Every path.
const ANY_PATH: &str = "/{*path}";

/// Methods that libwebsockets knows; others are answered by the server.
const METHODS: [Method; 7] =
    [Method::Get, Method::Head, Method::Post, Method::Put, Method::Patch, Method::Delete, Method::Options];

/// The port that a handler of the core serves.
pub(super) struct PortRef(*const Port);

impl PortRef {
    pub(super) fn get(&self) -> &Port {
        // SAFETY: the context drops its server, and with it all handlers, before its ports.
        unsafe { &*self.0 }
    }
}

/// A port, and the virtual hosts that share it.
pub(super) struct Port {
    context: *const Context,
    options: ListenOptions,
    /// What it listens with.
    tls: Option<TlsPort>,
    vhosts: RefCell<Vec<*const Vhost>>,
    is_closed: Cell<bool>,
}

/// Whom a port hears: everybody, or who comes by `iface`. `None`: that is neither an address nor a name of lwIP's.
fn options(number: u16, vhost: &Vhost) -> Option<ListenOptions> {
    let mut options = ListenOptions::port(number);
    match vhost.iface.map_or(&[][..], CStr::to_bytes) {
        [] => {}
        name @ [b'0'..=b'9', ..] => options.address = Some(ipv4(name)?),
        name => options.interface = Some(InterfaceName::from_bytes(name)?),
    }
    Some(options)
}

/// An address in four decimal numbers. What the standard library has for that knows IPv6 too, and takes two kilobytes.
fn ipv4(text: &[u8]) -> Option<IpAddr> {
    let mut octets = [0; 4];
    let mut numbers = text.split(|byte| *byte == b'.');
    for place in &mut octets {
        *place = octet(numbers.next()?)?;
    }
    numbers.next().is_none().then_some(IpAddr::from(octets))
}

impl Port {
    pub(super) fn new(context: &Context, number: u16, vhost: &Vhost) -> Option<Self> {
        let Some(options) = options(number, vhost) else {
            log_line!(Error, "port {number}: `iface` is an IPv4 address, or an interface of lwIP as \"st1\"");
            return None;
        };
        let (tls, vhosts) = (vhost.tls.as_ref().map(Tls::port), RefCell::new(Vec::new()));
        Some(Port { context, options, tls, vhosts, is_closed: Cell::new(false) })
    }

    pub(super) fn listen(&self, core: &mut server::Context, routes: Routes) -> Result<(), StartError> {
        let backlog = core.services().limits().backlog;
        let options = ListenOptions { backlog, ..self.options };
        match &self.tls {
            Some(tls) => tls.listen(core, &options, routes),
            None => core.listen_on(&options, routes),
        }
    }

    pub(super) fn number(&self) -> u16 {
        self.options.port
    }

    /// Shows the certificates that its virtual hosts have now, in handshakes that begin from now on.
    pub(super) fn renew(&self) -> Option<()> {
        let Some(tls) = &self.tls else { return Some(()) };
        // SAFETY: virtual hosts are freed with the context.
        tls.renew(self.vhosts.borrow().iter().filter_map(|vhost| unsafe { &**vhost }.tls.as_ref()))
    }

    pub(super) fn context(&self) -> &Context {
        // SAFETY: a port is its context's.
        unsafe { &*self.context }
    }

    pub(super) fn add(&self, vhost: &Vhost) -> Option<()> {
        wm_sys::heap::try_push(&mut self.vhosts.borrow_mut(), ptr::from_ref(vhost)).ok()
    }

    /// Takes in a further virtual host, which is heard where the others are, and speaks TLS or not as they do.
    pub(super) fn share(&self, vhost: &Vhost) -> Option<()> {
        if options(self.number(), vhost) != Some(self.options) {
            log_line!(Error, "port {}: its virtual hosts are of one interface, or of none", self.number());
            return None;
        }
        match (&self.tls, &vhost.tls) {
            (Some(own), Some(other)) => own.join(other)?,
            (None, None) => {}
            _ => {
                log_line!(
                    Error,
                    "port {}: one virtual host speaks TLS and the other does not",
                    self.number()
                );
                return None;
            }
        }
        self.add(vhost)
    }

    pub(super) fn remove(&self, vhost: &Vhost) {
        self.vhosts.borrow_mut().retain(|each| !ptr::eq(*each, vhost));
    }

    pub(super) fn is_open_at(&self, number: u16) -> bool {
        self.number() == number && !self.is_closed()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.get()
    }

    /// Closes it if it has no virtual host any more.
    pub(super) fn close_unused(&self, core: &mut server::Context) {
        if self.first_vhost().is_none() && !self.is_closed.replace(true) {
            core.close_port(self.number());
        }
    }

    /// The virtual host for whoever names none.
    pub(super) fn first_vhost(&self) -> Option<&Vhost> {
        // SAFETY: virtual hosts are freed with the context.
        self.vhosts.borrow().first().map(|vhost| unsafe { &**vhost })
    }

    /// The virtual host whose name the request has in its Host field, else the first.
    pub(super) fn vhost_for(&self, request: &Request<'_>) -> Option<&Vhost> {
        let host = request.host().unwrap_or_default();
        let named = self.vhosts.borrow().iter().copied().find(|vhost| {
            // SAFETY: virtual hosts are freed with the context.
            unsafe { &**vhost }.is_named(host)
        });
        // SAFETY: as above.
        named.map(|vhost| unsafe { &*vhost }).or_else(|| self.first_vhost())
    }

    /// What the server does with everything that comes by this port.
    pub(super) fn routes(&self) -> Option<Routes> {
        let first = self.first_vhost()?;
        let routes = match (first.is_raw, first.falls_back) {
            (true, _) => Routes::new().raw(RawPort::new(self.handle())),
            (false, true) => self.http().and_then(|routes| routes.raw_fallback(RawPort::new(self.handle()))),
            (false, false) => self.http(),
        };
        routes
            .map(|routes| first.tls.iter().fold(routes, |routes, tls| tls.without(routes)))
            .and_then(|routes| routes.watch(Arrivals::new(self.handle())))
            .map_err(|error| log_line!(Error, "port {}: {error}", self.number()))
            .ok()
    }

    fn handle(&self) -> PortRef {
        PortRef(self)
    }

    fn http(&self) -> Result<Routes, RouteError> {
        let methods = METHODS.into_iter().fold(MethodSet::EMPTY, MethodSet::with);
        Routes::new()
            .route(methods, ANY_PATH, Requests::new(self.handle()))
            .and_then(|routes| routes.websocket(ANY_PATH, Sessions::new(self.handle())))
    }
}
