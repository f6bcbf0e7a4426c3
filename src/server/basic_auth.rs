//! Routes that are only for those who show a name and a password.

use super::guard::{Gate, Guarded};
use super::handler::Handler;
use super::response::Response;
use crate::http::{Credentials, CredentialsError, Request, Status};

/// A [`Handler`] behind Basic authentication (RFC 7617): others get 401 with a challenge, upon which a browser asks its user.
///
/// Whoever listens reads name and password: give such routes to [`Context::listen_tls`](super::Context::listen_tls), or take
/// [`DigestAuth`](super::DigestAuth). A WebSocket is guarded in [`Protocol::open`](super::Protocol::open), with [`Credentials::of`].
///
/// Once its user has said them, a browser sends name and password with every request to this server, also with a form that a page of
/// somebody else's has it send, and with a WebSocket that such a page opens. What changes something looks at the field `Origin` too, which names
/// the page's server: the example `settings` has a [`Gate`] for that. So it is with [`DigestAuth`](super::DigestAuth).
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
pub type BasicAuth<C, H> = Guarded<Basic<C>, H>;

/// The gate of [`BasicAuth`].
pub struct Basic<C> {
    pub(super) realm: &'static str,
    accepts: C,
}

impl<C, H> BasicAuth<C, H>
where
    C: FnMut(&Credentials) -> bool + 'static,
    H: Handler,
{
    /// Lets `handler` have the requests whose credentials `accepts`. The realm is what the user reads; with a quotation mark, a
    /// backslash or a control character in it nobody is let in, and every request gets 500.
    pub const fn new(realm: &'static str, accepts: C, handler: H) -> Self {
        Guarded::by(Basic { realm, accepts }, handler)
    }
}

impl<C> Gate for Basic<C>
where
    C: FnMut(&Credentials) -> bool + 'static,
{
    fn admits(&mut self, request: &Request<'_>, response: &mut Response<'_>) -> bool {
        match Credentials::of(request) {
            Ok(credentials) if (self.accepts)(&credentials) => return true,
            Ok(_) | Err(CredentialsError::Missing | CredentialsError::OtherScheme) => {
                response.unauthorized(self.realm);
            }
            Err(CredentialsError::Malformed) => response.status(Status::BAD_REQUEST),
            Err(CredentialsError::NoMemory) => response.status(Status::SERVICE_UNAVAILABLE),
        }
        false
    }
}
