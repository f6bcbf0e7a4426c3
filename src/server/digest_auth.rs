//! Routes that are only for those who know a password, which nobody reads on the way.

use super::guard::{Gate, Guarded};
use super::handler::Handler;
use super::nonces::{Nonces, Use};
use super::response::Response;
use crate::http::{CredentialsError, DigestCredentials, Request, Status};

/// A [`Handler`] behind Digest authentication (RFC 7616, SHA-256): others get 401 with a challenge, upon which a browser asks its user.
///
/// For routes without TLS: whoever listens learns no password, and cannot send a request again that was heard. What it brings and what it
/// gets can be read, and changed on the way. Clients that know only MD5 are not let in.
///
/// A nonce is good for five minutes, at all routes of a context, and can be forgotten before: then browsers fetch another one without
/// asking. The context holds 0.2 KB for them from the first challenge on.
///
/// ```
/// use wm_websockets::http::{DigestCredentials, Request};
/// use wm_websockets::server::{DigestAuth, Response, Routes};
///
/// let settings = |_request: &Request<'_>, response: &mut Response<'_>| response.text("SSID: plant\n");
/// let is_admin = |credentials: &DigestCredentials<'_>| credentials.are("admin", "correct horse");
/// let routes = Routes::new().get("/settings", DigestAuth::new("pump 3", is_admin, settings))?;
/// # Ok::<(), wm_websockets::http::RouteError>(())
/// ```
pub type DigestAuth<C, H> = Guarded<Digest<C>, H>;

/// The gate of [`DigestAuth`].
pub struct Digest<C> {
    pub(super) realm: &'static str,
    accepts: C,
}

impl<C, H> DigestAuth<C, H>
where
    C: FnMut(&DigestCredentials<'_>) -> bool + 'static,
    H: Handler,
{
    /// Lets `handler` have the requests whose credentials `accepts`. The realm is what the user reads; with a quotation mark, a
    /// backslash or a control character in it nobody is let in, and every request gets 500.
    pub const fn new(realm: &'static str, accepts: C, handler: H) -> Self {
        Guarded::by(Digest { realm, accepts }, handler)
    }
}

impl<C> Gate for Digest<C>
where
    C: FnMut(&DigestCredentials<'_>) -> bool + 'static,
{
    fn admits(&mut self, request: &Request<'_>, response: &mut Response<'_>) -> bool {
        let now = response.shared.now;
        let Some(nonces) = Nonces::of(&mut response.shared.nonces) else {
            response.status(Status::SERVICE_UNAVAILABLE);
            return false;
        };
        let stale = match DigestCredentials::of(request) {
            Ok(shown) if shown.realm() == self.realm.as_bytes() && (self.accepts)(&shown) => {
                match nonces.take(shown.nonce(), shown.count(), now) {
                    Use::First => return true,
                    Use::Stale => true,
                }
            }
            Ok(_) | Err(CredentialsError::Missing | CredentialsError::OtherScheme) => false,
            Err(_) => {
                response.status(Status::BAD_REQUEST);
                return false;
            }
        };
        let nonce = nonces.issue(now);
        response.unauthorized_digest(self.realm, &nonce, stale);
        false
    }
}
