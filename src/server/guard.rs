//! Routes that are not for everybody.

use super::handler::Handler;
use super::limits::Limits;
use super::response::Response;
use crate::http::Request;

/// Decides about each request, before its body is read, whether it reaches a [`Handler`].
pub trait Gate: 'static {
    /// True lets the request through. Whoever says false has answered, or it is a 500.
    fn admits(&mut self, request: &Request<'_>, response: &mut Response<'_>) -> bool;
}

/// A [`Handler`] behind a [`Gate`].
///
/// ```
/// use wm_websockets::http::{Request, Status};
/// use wm_websockets::server::{Gate, Guarded, Response, Routes};
///
/// /// Lets those in who know a token.
/// struct Token;
///
/// impl Gate for Token {
///     fn admits(&mut self, request: &Request<'_>, response: &mut Response<'_>) -> bool {
///         let knows = request.field("Authorization") == Some(b"Bearer 7ypf");
///         if !knows {
///             response.status(Status::FORBIDDEN);
///         }
///         knows
///     }
/// }
///
/// let readings = |_request: &Request<'_>, response: &mut Response<'_>| response.json("[]");
/// let routes = Routes::new().get("/readings", Guarded::by(Token, readings))?;
/// # Ok::<(), wm_websockets::http::RouteError>(())
/// ```
pub struct Guarded<G, H> {
    pub(super) gate: G,
    handler: H,
}

impl<G: Gate, H: Handler> Guarded<G, H> {
    /// Lets `handler` have the requests that `gate` admits.
    pub const fn by(gate: G, handler: H) -> Self {
        Guarded { gate, handler }
    }
}

impl<G: Gate, H: Handler> Handler for Guarded<G, H> {
    type Exchange = H::Exchange;

    fn begin(&mut self, request: &Request<'_>, response: &mut Response<'_>) -> Option<H::Exchange> {
        if self.gate.admits(request, response) { self.handler.begin(request, response) } else { None }
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
