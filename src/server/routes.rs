//! Which handler serves which path of a port.

use alloc::boxed::Box;
use alloc::vec::Vec;

use wm_sys::heap::{self, OutOfMemory};

use super::handler::{AnyHandler, Handler};
use super::plain_http::{self, PlainHttp};
use super::protocol::{AnyProtocol, Protocol};
#[cfg(feature = "raw")]
use super::raw::{AnyRawProtocol, RawProtocol};
use super::roles::Roles;
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
    /// Boxed, because every client has routes, too, and no paths.
    pub(super) paths: Option<Box<Paths>>,
    /// The protocol of a client.
    #[cfg(feature = "client")]
    sole: Option<Box<dyn AnyProtocol>>,
    watcher: Option<Box<dyn Watcher>>,
    #[cfg(feature = "raw")]
    raw: Option<Box<dyn AnyRawProtocol>>,
    /// `raw` is for those only who do not speak HTTP.
    #[cfg(feature = "raw")]
    is_fallback: bool,
    /// What connections can become by these routes.
    roles: &'static Roles,
    plain_http: Option<plain_http::Answer>,
}

#[derive(Default)]
pub(super) struct Paths {
    requests: Router<u16>,
    upgrades: Router<u16>,
    pub(super) handlers: Vec<Box<dyn AnyHandler>>,
    pub(super) protocols: Vec<(&'static str, Box<dyn AnyProtocol>)>,
}

static NO_PATHS: Router<u16> = Router::new();

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
        self.add_route(methods, pattern, handler)?;
        Ok(self)
    }

    /// Without memory, or with a pattern that is none, they are as they were.
    pub(super) fn add_route<H: Handler>(
        &mut self,
        methods: impl Into<MethodSet>,
        pattern: &'static str,
        handler: H,
    ) -> Result<(), RouteError> {
        let handler = heap::try_box(handler).map_err(no_memory)?;
        self.add_handler(methods.into(), pattern, handler)
    }

    /// What does not depend on the handler's type.
    fn add_handler(
        &mut self,
        methods: MethodSet,
        pattern: &'static str,
        handler: Box<dyn AnyHandler>,
    ) -> Result<(), RouteError> {
        let paths = self.paths()?;
        let index = index(paths.handlers.len())?;
        heap::try_push(&mut paths.handlers, handler).map_err(no_memory)?;
        paths.requests.add(methods, pattern, index).inspect_err(|_| drop(paths.handlers.pop()))
    }

    /// Serves WebSocket clients.
    pub fn websocket<P: Protocol>(mut self, pattern: &'static str, protocol: P) -> Result<Self, RouteError> {
        self.add_websocket(pattern, protocol)?;
        Ok(self)
    }

    /// Without memory, or with a pattern that is none, they are as they were.
    pub(super) fn add_websocket<P: Protocol>(
        &mut self,
        pattern: &'static str,
        protocol: P,
    ) -> Result<(), RouteError> {
        let protocol = heap::try_box(protocol).map_err(no_memory)?;
        self.add_protocol(pattern, protocol)
    }

    fn add_protocol(
        &mut self,
        pattern: &'static str,
        protocol: Box<dyn AnyProtocol>,
    ) -> Result<(), RouteError> {
        self.roles = &Roles::HTTP_AND_WEBSOCKET;
        let paths = self.paths()?;
        let index = index(paths.protocols.len())?;
        heap::try_push(&mut paths.protocols, (pattern, protocol)).map_err(no_memory)?;
        paths.upgrades.add(Method::Get, pattern, index).inspect_err(|_| drop(paths.protocols.pop()))
    }

    fn paths(&mut self) -> Result<&mut Paths, RouteError> {
        let paths = match self.paths.take() {
            Some(paths) => paths,
            None => heap::try_box(Paths::default()).map_err(no_memory)?,
        };
        Ok(&mut **self.paths.insert(paths))
    }

    /// Serves every connection of the port with a protocol of the application's own, which then speaks no HTTP.
    #[cfg(feature = "raw")]
    pub fn raw<P: RawProtocol>(mut self, protocol: P) -> Result<Self, RouteError> {
        self.raw = Some(heap::try_box(protocol).map_err(no_memory)?);
        self.is_fallback = false;
        Ok(self)
    }

    /// Serves those connections of the port with a protocol of the application's own that do not begin as a request of HTTP does, with a
    /// [`Method`] and a space, as far as that can be seen in the first bytes that come. Who says nothing is held for one that will.
    ///
    /// ```
    /// use wm_websockets::http::Request;
    /// use wm_websockets::server::{RawProtocol, RawSocket, Response, Routes};
    ///
    /// /// Answers a tool that sends the byte 5.
    /// struct Tool;
    ///
    /// impl RawProtocol for Tool {
    ///     type Session = ();
    ///
    ///     fn open(&mut self, _socket: &mut RawSocket<'_>) -> Option<()> {
    ///         Some(())
    ///     }
    ///     fn received(&mut self, _session: &mut (), socket: &mut RawSocket<'_>, bytes: &[u8]) {
    ///         if bytes == [5] {
    ///             socket.send(b"pump 3").ok();
    ///         }
    ///     }
    /// }
    ///
    /// let page = |_request: &Request<'_>, response: &mut Response<'_>| response.html(b"<h1>Pump 3</h1>");
    /// let routes = Routes::new().get("/", page)?.raw_fallback(Tool)?;
    /// # Ok::<(), wm_websockets::http::RouteError>(())
    /// ```
    #[cfg(feature = "raw")]
    pub fn raw_fallback<P: RawProtocol>(self, protocol: P) -> Result<Self, RouteError> {
        Ok(Routes { is_fallback: true, ..self.raw(protocol)? })
    }

    /// What becomes of HTTP without TLS, where these are the routes of a port with TLS. What is not said is [`PlainHttp::Refuse`].
    ///
    /// ```
    /// use wm_websockets::http::Request;
    /// use wm_websockets::server::{PlainHttp, Response, Routes};
    ///
    /// let page = |_request: &Request<'_>, response: &mut Response<'_>| response.html(b"<h1>Pump 3</h1>");
    /// let routes = Routes::new().get("/", page)?.without_tls(PlainHttp::Redirect);
    /// # Ok::<(), wm_websockets::http::RouteError>(())
    /// ```
    #[must_use]
    pub fn without_tls(mut self, plain_http: PlainHttp) -> Self {
        self.plain_http = plain_http.answer();
        self
    }

    /// Has every client of the port reported, in place of a watcher set before.
    pub fn watch<W: Watcher>(mut self, watcher: W) -> Result<Self, RouteError> {
        let watcher = heap::try_box(watcher).map_err(no_memory)?;
        self.watcher = Some(watcher);
        Ok(self)
    }

    /// No paths: the one protocol of a client.
    #[cfg(feature = "client")]
    pub(super) fn of_client(protocol: Box<dyn AnyProtocol>) -> Self {
        Routes { sole: Some(protocol), roles: &Roles::WEBSOCKET, ..Self::default() }
    }

    #[cfg(feature = "client")]
    pub(super) fn has_protocol(&self) -> bool {
        self.sole.is_some() || self.is_raw()
    }

    pub(super) fn watcher(&mut self) -> Option<&mut dyn Watcher> {
        Some(&mut **self.watcher.as_mut()?)
    }

    /// The routes of a port: HTTP is spoken there, whatever else.
    pub(super) fn of_port(mut self) -> Self {
        if self.roles.http.is_none() {
            self.roles = &Roles::HTTP;
        }
        self
    }

    pub(super) fn plain_http(&self) -> Option<plain_http::Answer> {
        self.plain_http
    }

    pub(super) fn roles(&self) -> &'static Roles {
        self.roles
    }

    /// Whether it speaks no HTTP.
    #[cfg_attr(not(feature = "raw"), expect(clippy::unused_self, reason = "then all ports speak HTTP"))]
    pub(super) fn is_raw(&self) -> bool {
        #[cfg(feature = "raw")]
        return self.raw.is_some() && !self.is_fallback;
        #[cfg(not(feature = "raw"))]
        false
    }

    /// Whether there is somebody for those who speak no HTTP, at a port where others do.
    #[cfg(feature = "raw")]
    pub(super) fn has_fallback(&self) -> bool {
        self.is_fallback
    }

    #[cfg(feature = "raw")]
    pub(super) fn raw_protocol(&mut self) -> Option<&mut dyn AnyRawProtocol> {
        Some(&mut **self.raw.as_mut()?)
    }

    pub(super) fn requests(&self) -> &Router<u16> {
        self.paths.as_deref().map_or(&NO_PATHS, |paths| &paths.requests)
    }

    pub(super) fn upgrades(&self) -> &Router<u16> {
        self.paths.as_deref().map_or(&NO_PATHS, |paths| &paths.upgrades)
    }

    #[inline(never)]
    pub(super) fn handler(&mut self, index: u16) -> Option<&mut dyn AnyHandler> {
        Some(&mut **self.paths.as_deref_mut()?.handlers.get_mut(usize::from(index))?)
    }

    #[inline(never)]
    pub(super) fn protocol(&mut self, index: u16) -> Option<&mut dyn AnyProtocol> {
        #[cfg(feature = "client")]
        if let Some(protocol) = &mut self.sole {
            return Some(&mut **protocol);
        }
        Some(&mut *self.paths.as_deref_mut()?.protocols.get_mut(usize::from(index))?.1)
    }

    pub(super) fn pattern(&self, protocol: u16) -> &'static str {
        let protocols = self.paths.as_deref().map_or(&[][..], |paths| &paths.protocols);
        protocols.get(usize::from(protocol)).map_or("", |(pattern, _)| pattern)
    }
}

fn no_memory(OutOfMemory: OutOfMemory) -> RouteError {
    RouteError::NoMemory
}

fn index(length: usize) -> Result<u16, RouteError> {
    u16::try_from(length).map_err(|_| RouteError::NoMemory)
}
