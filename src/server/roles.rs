//! What the roles do, by pointers: firmware contains only those that something of it can bring about. Without [`Context::listen`] there
//! is no HTTP server, 10 KB, without [`Routes::websocket`] or a client no WebSocket, 9 KB.
//!
//! [`Context::listen`]: super::Context::listen
//! [`Routes::websocket`]: super::Routes::websocket

use super::requests::Http;
use super::upgrade;
use super::visit::{Incident, Next, Step, Visit};
use super::websocket::WebSocket;
use crate::http::Request;

/// What connections can become, by the routes of a port or of a client.
pub(super) struct Roles {
    pub(super) http: Option<Respond<Http>>,
    /// See [`upgrade::upgrade`].
    pub(super) upgrade: Option<fn(&mut Visit<'_>, &Request<'_>) -> Option<Next>>,
    pub(super) websocket: Option<Respond<WebSocket>>,
}

/// What a role makes of an incident.
type Respond<R> = fn(&mut R, &mut Visit<'_>, Incident<'_>) -> Step;

impl Roles {
    const NONE: Roles = Roles { http: None, upgrade: None, websocket: None };

    /// A port without a WebSocket.
    pub(super) const HTTP: Roles = Roles { http: Some(Http::respond), upgrade: None, websocket: None };

    /// A port with at least one.
    pub(super) const HTTP_AND_WEBSOCKET: Roles = Roles {
        http: Some(Http::respond),
        upgrade: Some(upgrade::upgrade),
        websocket: Some(WebSocket::respond),
    };

    /// A client.
    #[cfg(feature = "client")]
    pub(super) const WEBSOCKET: Roles =
        Roles { http: None, upgrade: None, websocket: Some(WebSocket::respond) };
}

impl Default for &Roles {
    fn default() -> Self {
        &Roles::NONE
    }
}
