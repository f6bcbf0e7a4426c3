//! The ports of a context: opened, plain or with TLS; and what is served there.

use core::mem;

use wm_sys::heap;

use super::context::{Context, LISTENER_KEYS};
use super::handler::Handler;
use super::protocol::Protocol;
use super::routes::Routes;
use super::secure::ServerConfig;
use super::start_error::StartError;
use crate::http::{Method, MethodSet, RouteError};
use crate::net::{Key, ListenError, ListenOptions, TcpListener};

/// So many can be open at a time: connections know theirs by an octet.
const MOST_PORTS: usize = 256;

/// A port, and what is served there.
pub(super) struct Port {
    /// `None` once it was closed.
    pub(super) listener: Option<TcpListener>,
    pub(super) routes: Routes,
    pub(super) tls: Option<ServerConfig>,
}

impl Context {
    /// Serves a TCP port, on all addresses.
    pub fn listen(&mut self, port: u16, routes: Routes) -> Result<(), StartError> {
        let options = ListenOptions { backlog: self.shared.limits.backlog, ..ListenOptions::port(port) };
        self.listen_on(&options, routes)
    }

    /// Serves a TCP port, on one address perhaps.
    pub fn listen_on(&mut self, options: &ListenOptions, routes: Routes) -> Result<(), StartError> {
        self.open_port(options, routes, None)
    }

    /// Serves a TCP port with HTTPS and WSS, on all addresses.
    ///
    /// Reserves the record buffers of [`Limits::tls_handshakes`](super::Limits::tls_handshakes) connections, about 21 KB each.
    /// Certificates are replaced by [`ServerConfig::swap_identities`](crate::tls::ServerConfig::swap_identities) on a clone of `tls`.
    ///
    /// ```no_run
    /// use wm_websockets::server::{Context, Routes};
    /// use wm_websockets::tls::{Engine, Identity, ServerConfig};
    ///
    /// fn listen(context: &mut Context, chain: &[u8], key: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    ///     let engine = Engine::new()?;
    ///     let identity = Identity::new(&engine, chain, key)?;
    ///     let tls = ServerConfig::builder(&engine).identity(identity)?.build()?;
    ///     Ok(context.listen_tls(443, &tls, Routes::new())?)
    /// }
    /// ```
    #[cfg(feature = "security-tls12")]
    pub fn listen_tls(&mut self, port: u16, tls: &ServerConfig, routes: Routes) -> Result<(), StartError> {
        let options =
            ListenOptions { backlog: self.shared.limits.tls_backlog(), ..ListenOptions::port(port) };
        self.listen_tls_on(&options, tls, routes)
    }

    /// Serves a TCP port with HTTPS and WSS, on one address perhaps.
    #[cfg(feature = "security-tls12")]
    pub fn listen_tls_on(
        &mut self,
        options: &ListenOptions,
        tls: &ServerConfig,
        routes: Routes,
    ) -> Result<(), StartError> {
        tls.reserve(usize::from(self.shared.limits.tls_handshakes)).map_err(|_| StartError::NoMemory)?;
        self.open_port(options, routes, Some(tls.clone()))
    }

    fn open_port(
        &mut self,
        options: &ListenOptions,
        routes: Routes,
        tls: Option<ServerConfig>,
    ) -> Result<(), StartError> {
        let vacant = self.clear_ports.and_then(|clear| clear(self));
        let number = vacant.unwrap_or(self.ports.len());
        if number >= MOST_PORTS {
            return Err(StartError::NoMemory);
        }
        let key = Key::new(LISTENER_KEYS.saturating_add(number as u32));
        let listener = self.shared.stack.enter(|core| {
            let mut listener = TcpListener::bind(core, options)?;
            if let Some(key) = key {
                listener.set_key(core, key);
            }
            if tls.is_some() {
                listener.keep_little_of_who_waits(core);
            }
            Ok::<_, ListenError>(listener)
        })?;
        self.accept = Some(Context::accept);
        let port = Port { listener: Some(listener), routes: routes.of_port(), tls };
        match self.ports.get_mut(number) {
            // There is nothing to be dropped, and so nothing that drops it is linked.
            Some(place) => mem::forget(mem::replace(place, port)),
            // Without memory the listener is dropped, and so closed.
            None => heap::try_push(&mut self.ports, port)?,
        }
        Ok(())
    }

    /// Where an open port is.
    pub(super) fn position(&mut self, port: u16) -> Option<usize> {
        let Context { ports, shared, .. } = self;
        let listeners = ports.iter().map(|port| port.listener.as_ref());
        shared.stack.enter(|core| {
            let mut numbers = listeners.map(|listener| Some(listener?.local_address(core).port()));
            numbers.position(|number| number == Some(port))
        })
    }

    /// What is served at a port, to add to it while it is open; `None` if it is not.
    ///
    /// ```
    /// use wm_websockets::http::{Request, RouteError};
    /// use wm_websockets::server::{Context, Response};
    ///
    /// /// A part of the firmware that may be there or not.
    /// fn add_pump(context: &mut Context) -> Result<(), RouteError> {
    ///     let Some(mut routes) = context.routes(80) else { return Ok(()) };
    ///     routes.get("/pump", |_: &Request<'_>, response: &mut Response<'_>| response.text("stands\n"))
    /// }
    /// ```
    pub fn routes(&mut self, port: u16) -> Option<OpenRoutes<'_>> {
        let number = self.position(port)?;
        Some(OpenRoutes(&mut self.ports.get_mut(number)?.routes))
    }

    /// Whether somebody is still connected who came by a port that is closed.
    #[cfg(feature = "capi")]
    pub(crate) fn has_closing_ports(&self) -> bool {
        let mut closed = (0..).zip(&self.ports).filter(|(_, port)| port.listener.is_none());
        closed.any(|(number, _)| self.has_clients_of(number))
    }

    /// How many ports it has.
    #[cfg(feature = "capi")]
    pub(crate) fn port_count(&self) -> usize {
        self.ports.len()
    }

    /// The numbers of its ports but for the first ones.
    #[cfg(feature = "capi")]
    pub(crate) fn port_numbers_behind(&mut self, first: usize) -> impl Iterator<Item = u16> {
        let Context { ports, shared, .. } = self;
        let number = |listener: &TcpListener| shared.stack.enter(|core| listener.local_address(core).port());
        ports.iter().skip(first).filter_map(|port| port.listener.as_ref()).map(number)
    }
}

/// The routes of an open port: what is added is served from now on. The words are those of [`Routes`], and so is which route wins.
pub struct OpenRoutes<'c>(pub(super) &'c mut Routes);

impl OpenRoutes<'_> {
    /// Serves GET, and so HEAD.
    ///
    /// # Errors
    /// [`RouteError`]; nothing is added then.
    pub fn get<H: Handler>(&mut self, pattern: &'static str, handler: H) -> Result<(), RouteError> {
        self.route(Method::Get, pattern, handler)
    }

    /// Serves POST.
    ///
    /// # Errors
    /// [`RouteError`]; nothing is added then.
    pub fn post<H: Handler>(&mut self, pattern: &'static str, handler: H) -> Result<(), RouteError> {
        self.route(Method::Post, pattern, handler)
    }

    /// Serves one method, or several.
    ///
    /// # Errors
    /// [`RouteError`]; nothing is added then.
    pub fn route<H: Handler>(
        &mut self,
        methods: impl Into<MethodSet>,
        pattern: &'static str,
        handler: H,
    ) -> Result<(), RouteError> {
        self.0.add_route(methods, pattern, handler)
    }

    /// Serves WebSocket clients.
    ///
    /// # Errors
    /// [`RouteError`]; nothing is added then.
    pub fn websocket<P: Protocol>(&mut self, pattern: &'static str, protocol: P) -> Result<(), RouteError> {
        self.0.add_websocket(pattern, protocol)
    }
}
