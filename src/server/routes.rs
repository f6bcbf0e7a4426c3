//! Which handler serves which path of a port.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::handler::{AnyHandler, Handler};
use super::protocol::{AnyProtocol, Protocol};
use super::watcher::Watcher;
use crate::http::{Method, MethodSet, RouteError, Router};

/// The routes of one port. Patterns: `/`, `/status`, `/devices/{id}`, `/{*path}`; the more literal pattern wins.
///
/// HEAD is served by the handler of GET, OPTIONS by the server, unless they have a handler of their own. A path may have a WebSocket
/// beside its HTTP methods; one that has only that answers plain requests with 426.
///
/// ```
/// use wm_websockets::http::{Method, Request};
/// use wm_websockets::server::{Response, Routes};
///
/// let routes = Routes::new()
///     .get("/", |_request: &Request<'_>, response: &mut Response<'_>| response.html(b"<h1>Pump 3</h1>"))?
///     .route(Method::Delete, "/alarms/{id}", |request: &Request<'_>, response: &mut Response<'_>| {
///         response.text(request.parameter("id").unwrap_or_default());
///     })?;
/// # Ok::<(), wm_websockets::http::RouteError>(())
/// ```
#[derive(Default)]
pub struct Routes {
    requests: Router<u16>,
    upgrades: Router<u16>,
    handlers: Vec<Box<dyn AnyHandler>>,
    protocols: Vec<(&'static str, Box<dyn AnyProtocol>)>,
    watcher: Option<Box<dyn Watcher>>,
}

impl Routes {
    /// No routes: every request gets a 404.
    pub fn new() -> Self {
        Self::default()
    }

    /// Serves GET, and so HEAD.
    pub fn get<H: Handler>(self, pattern: &'static str, handler: H) -> Result<Self, RouteError> {
        self.route(Method::Get, pattern, handler)
    }

    /// Serves POST.
    pub fn post<H: Handler>(self, pattern: &'static str, handler: H) -> Result<Self, RouteError> {
        self.route(Method::Post, pattern, handler)
    }

    /// Serves one method, or several: `MethodSet::from(Method::Put).with(Method::Patch)`.
    pub fn route<H: Handler>(
        mut self,
        methods: impl Into<MethodSet>,
        pattern: &'static str,
        handler: H,
    ) -> Result<Self, RouteError> {
        self.handlers.try_reserve(1).map_err(|_| RouteError::NoMemory)?;
        let handler = wm_sys::heap::try_box(handler).map_err(|_| RouteError::NoMemory)?;
        self.requests.add(methods, pattern, index(self.handlers.len())?)?;
        self.handlers.push(handler);
        Ok(self)
    }

    /// Serves WebSocket clients.
    pub fn websocket<P: Protocol>(mut self, pattern: &'static str, protocol: P) -> Result<Self, RouteError> {
        self.protocols.try_reserve(1).map_err(|_| RouteError::NoMemory)?;
        let protocol = wm_sys::heap::try_box(protocol).map_err(|_| RouteError::NoMemory)?;
        self.upgrades.add(Method::Get, pattern, index(self.protocols.len())?)?;
        self.protocols.push((pattern, protocol));
        Ok(self)
    }

    /// Has every client of the port reported, in place of a watcher set before.
    pub fn watch<W: Watcher>(mut self, watcher: W) -> Result<Self, RouteError> {
        let watcher = wm_sys::heap::try_box(watcher).map_err(|_| RouteError::NoMemory)?;
        self.watcher = Some(watcher);
        Ok(self)
    }

    pub(super) fn watcher(&mut self) -> Option<&mut dyn Watcher> {
        Some(&mut **self.watcher.as_mut()?)
    }

    pub(super) fn requests(&self) -> &Router<u16> {
        &self.requests
    }

    pub(super) fn upgrades(&self) -> &Router<u16> {
        &self.upgrades
    }

    pub(super) fn handler(&mut self, index: u16) -> Option<&mut dyn AnyHandler> {
        Some(&mut **self.handlers.get_mut(usize::from(index))?)
    }

    pub(super) fn protocol(&mut self, index: u16) -> Option<&mut dyn AnyProtocol> {
        Some(&mut *self.protocols.get_mut(usize::from(index))?.1)
    }

    pub(super) fn pattern(&self, protocol: u16) -> &'static str {
        self.protocols.get(usize::from(protocol)).map_or("", |(pattern, _)| pattern)
    }
}

fn index(length: usize) -> Result<u16, RouteError> {
    u16::try_from(length).map_err(|_| RouteError::NoMemory)
}
