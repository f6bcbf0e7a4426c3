//! Routes that are only for those who show a name and a password.

use super::handler::Handler;
use super::limits::Limits;
use super::response::Response;
use crate::http::{Credentials, CredentialsError, Request, Status};

/// A [`Handler`] behind Basic authentication (RFC 7617): others get 401 with a challenge, upon which a browser asks its user.
///
/// Whoever listens reads name and password: give such routes to [`Context::listen_tls`](super::Context::listen_tls). A WebSocket is
/// guarded in [`Protocol::open`](super::Protocol::open), with [`Credentials::of`].
///
/// ```
/// use wm_websockets::http::{Credentials, Request};
/// use wm_websockets::server::{BasicAuth, Response, Routes};
///
/// let settings = |_request: &Request<'_>, response: &mut Response<'_>| response.text("SSID: plant\n");
/// let is_admin = |credentials: &Credentials| credentials.are("admin", "correct horse");
/// let routes = Routes::new().get("/settings", BasicAuth::new("pump 3", is_admin, settings))?;
/// # Ok::<(), wm_websockets::http::RouteError>(())
/// ```
pub struct BasicAuth<C, H> {
    realm: &'static str,
    accepts: C,
    handler: H,
}

impl<C, H> BasicAuth<C, H>
where
    C: FnMut(&Credentials) -> bool + 'static,
    H: Handler,
{
    /// Lets `handler` have the requests whose credentials `accepts`. The realm is what the user reads; with a quotation mark, a
    /// backslash or a control character in it nobody is let in, and every request gets 500.
    pub const fn new(realm: &'static str, accepts: C, handler: H) -> Self {
        BasicAuth { realm, accepts, handler }
    }
}

impl<C, H> Handler for BasicAuth<C, H>
where
    C: FnMut(&Credentials) -> bool + 'static,
    H: Handler,
{
    type Exchange = H::Exchange;

    fn begin(&mut self, request: &Request<'_>, response: &mut Response<'_>) -> Option<H::Exchange> {
        match Credentials::of(request) {
            Ok(credentials) if (self.accepts)(&credentials) => return self.handler.begin(request, response),
            Ok(_) | Err(CredentialsError::Missing | CredentialsError::OtherScheme) => {
                response.unauthorized(self.realm);
            }
            Err(CredentialsError::Malformed) => response.status(Status::BAD_REQUEST),
            Err(CredentialsError::NoMemory) => response.status(Status::SERVICE_UNAVAILABLE),
        }
        None
    }

    fn body(&mut self, exchange: &mut H::Exchange, piece: &[u8], response: &mut Response<'_>) {
        self.handler.body(exchange, piece, response);
    }

    fn end(&mut self, exchange: &mut H::Exchange, response: &mut Response<'_>) {
        self.handler.end(exchange, response);
    }

    fn writable(&mut self, exchange: &mut H::Exchange, response: &mut Response<'_>) {
        self.handler.writable(exchange, response);
    }

    fn body_limit(&self, limits: &Limits) -> u64 {
        self.handler.body_limit(limits)
    }

    fn requires_length(&self) -> bool {
        self.handler.requires_length()
    }
}
