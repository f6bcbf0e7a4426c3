//! Routes that pages of other origins may use.

use super::guard::{Gate, Guarded};
use super::handler::Handler;
use super::response::Response;
use crate::http::{Method, Request, Status};

/// A [`Handler`] that scripts on pages of other origins may ask (CORS, in the Fetch standard): by itself a browser lets them have answers
/// only of the server that their page is from.
///
/// What a browser asks beforehand, by OPTIONS, is answered here: the route has that method too. It comes without credentials, so this stands
/// in front of [`BasicAuth`](super::BasicAuth) and its like. Every answer of the handler gets the field, whatever its status; what the server
/// answers itself, a 404 for example, does not.
///
/// ```
/// use wm_websockets::http::{Method, MethodSet, Request};
/// use wm_websockets::server::{CrossOrigin, Response, Routes};
///
/// let readings = |_request: &Request<'_>, response: &mut Response<'_>| response.json("[21.5]");
/// let dashboards = &["https://dashboard.example", "http://localhost:3000"];
/// let methods = MethodSet::from(Method::Get).with(Method::Options);
/// let routes = Routes::new().route(methods, "/readings", CrossOrigin::new(dashboards, readings))?;
/// # Ok::<(), wm_websockets::http::RouteError>(())
/// ```
pub type CrossOrigin<H> = Guarded<Cors, H>;

/// The gate of [`CrossOrigin`].
#[derive(Debug)]
pub struct Cors {
    origins: &'static [&'static str],
}

impl<H: Handler> CrossOrigin<H> {
    /// Lets pages of these origins read what `handler` answers; `*` is every one. An origin has scheme, host and, if it is not the usual one,
    /// port, and no slash at its end.
    pub const fn new(origins: &'static [&'static str], handler: H) -> Self {
        Guarded::by(Cors { origins }, handler)
    }
}

impl Gate for Cors {
    fn admits(&mut self, request: &Request<'_>, response: &mut Response<'_>) -> bool {
        let asked = request.field("Origin");
        let allowed = asked.and_then(|origin| {
            self.origins.iter().find(|known| **known == "*" || known.as_bytes() == origin).copied()
        });
        response.allow_origin(allowed);
        match request.field("Access-Control-Request-Method") {
            Some(method) if request.method() == Method::Options => {
                preflight(request, response, allowed.map(|_| method));
                false
            }
            _ => true,
        }
    }
}

/// For how long a browser need not ask again, in seconds.
const MAX_AGE: &str = "600";

/// What may be asked: the method and the fields that the browser names, if any may. Whether there are such is the handler's to say, later.
fn preflight(request: &Request<'_>, response: &mut Response<'_>, method: Option<&[u8]>) {
    let mut start = response.start(Status::NO_CONTENT);
    if let Some(method) = method {
        start = start.field("Access-Control-Allow-Methods", method).field("Access-Control-Max-Age", MAX_AGE);
        if let Some(names) = request.field("Access-Control-Request-Headers") {
            start = start.field("Access-Control-Allow-Headers", names);
        }
    }
    let result = start.empty();
    response.fall_back(result);
}
