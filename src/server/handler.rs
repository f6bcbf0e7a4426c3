//! What an application implements to answer HTTP requests.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::any::Any;
use core::mem;

use wm_sys::heap;

use super::limits::Limits;
use super::memory::extend;
use super::response::Response;
use crate::http::{Framing, Request, Status};

/// Answers the requests of one or more routes.
///
/// Per request: [`begin`](Self::begin) once, [`body`](Self::body) for each piece of the body, [`end`](Self::end) once it is
/// complete; after that [`writable`](Self::writable) as long as the response is not finished. Each of them may answer. What
/// belongs to one request is the `Exchange`, which the server keeps and drops with the request, also when the client vanishes.
///
/// A function or closure `Fn(&Request, &mut Response)` is a handler that answers at once; [`WholeBody`] turns a closure over a
/// whole body into one.
///
/// ```
/// use wm_websockets::http::{Request, Status};
/// use wm_websockets::server::{Handler, Response};
///
/// /// Counts the bytes of a body of any length, without keeping them.
/// struct Count;
///
/// impl Handler for Count {
///     type Exchange = usize;
///
///     fn begin(&mut self, _request: &Request<'_>, _response: &mut Response<'_>) -> Option<usize> {
///         Some(0)
///     }
///     fn body(&mut self, count: &mut usize, piece: &[u8], _response: &mut Response<'_>) {
///         *count += piece.len();
///     }
///     fn end(&mut self, count: &mut usize, response: &mut Response<'_>) {
///         response.text(&format!("{count} bytes\n"));
///     }
/// }
/// ```
pub trait Handler: 'static {
    /// State of one request between its calls. Boxed, unless it is zero-sized.
    type Exchange: 'static;

    /// The head of a request has arrived. `None` when nothing more of the request matters: what is left of the body is read
    /// and dropped, and if no response was started, it is a 500.
    fn begin(&mut self, request: &Request<'_>, response: &mut Response<'_>) -> Option<Self::Exchange>;

    /// A piece of the body, as it arrived. Pieces come no faster than they are consumed.
    fn body(&mut self, exchange: &mut Self::Exchange, piece: &[u8], response: &mut Response<'_>) {
        let _ = (exchange, piece, response);
    }

    /// The request is complete. Answer now; or start a response and continue from [`writable`](Self::writable); or
    /// [`defer`](Response::defer) it until another task has the answer.
    fn end(&mut self, exchange: &mut Self::Exchange, response: &mut Response<'_>) {
        let _ = (exchange, response);
    }

    /// There is room for more of a response that was started, or somebody called [`Handle::notify`](super::Handle::notify).
    fn writable(&mut self, exchange: &mut Self::Exchange, response: &mut Response<'_>) {
        let _ = (exchange, response);
    }

    /// The longest body that is taken; longer ones get 413. [`Limits::body`] unless a handler streams and knows better.
    fn body_limit(&self, limits: &Limits) -> u64 {
        limits.body
    }

    /// Whether a body without Content-Length gets 411 (RFC 9110 section 15.5.12): for handlers that must know beforehand.
    fn requires_length(&self) -> bool {
        false
    }
}

impl<F> Handler for F
where
    F: FnMut(&Request<'_>, &mut Response<'_>) + 'static,
{
    type Exchange = ();

    fn begin(&mut self, request: &Request<'_>, response: &mut Response<'_>) -> Option<()> {
        self(request, response);
        None
    }
}

/// Collects the body in memory, up to [`Limits::body`], and hands it to a closure.
///
/// ```
/// use wm_websockets::server::{Response, Routes, WholeBody};
///
/// let routes = Routes::new().post("/upper", WholeBody(|body: &[u8], response: &mut Response<'_>| {
///     response.text(&String::from_utf8_lossy(body).to_uppercase());
/// }))?;
/// # Ok::<(), wm_websockets::http::RouteError>(())
/// ```
pub struct WholeBody<F>(pub F);

/// What has come of a body.
#[derive(Default)]
pub struct Collected {
    pub(super) bytes: Vec<u8>,
    /// The length that the client has announced: it is reserved for the first piece, so that a body which never comes takes nothing.
    announced: usize,
}

impl<F> Handler for WholeBody<F>
where
    F: FnMut(&[u8], &mut Response<'_>) + 'static,
{
    type Exchange = Collected;

    fn begin(&mut self, request: &Request<'_>, response: &mut Response<'_>) -> Option<Collected> {
        let announced = match request.framing() {
            Framing::Length(length) => length.min(response.services().limits().body) as usize,
            _ => 0,
        };
        Some(Collected { bytes: Vec::new(), announced })
    }

    fn body(&mut self, collected: &mut Collected, piece: &[u8], response: &mut Response<'_>) {
        if response.is_started() {
            return;
        }
        let Collected { bytes, announced } = collected;
        let limit = usize::try_from(response.services().limits().body).unwrap_or(usize::MAX);
        let reserved = bytes.try_reserve_exact(mem::take(announced)).is_ok();
        if !reserved || extend(bytes, piece, limit).is_err() {
            *bytes = Vec::new();
            response.status(Status::SERVICE_UNAVAILABLE);
        }
    }

    fn end(&mut self, collected: &mut Collected, response: &mut Response<'_>) {
        if !response.is_started() {
            (self.0)(&collected.bytes, response);
        }
    }
}

/// Why a handler is called, once it has begun.
pub(super) enum Occasion<'o> {
    Body(&'o [u8]),
    End,
    Writable,
}

/// A [`Handler`] whose exchange has lost its type, so that routes can stand in one table.
pub(super) trait AnyHandler {
    /// `Err`: there was no memory for the exchange.
    fn begin(
        &mut self,
        request: &Request<'_>,
        response: &mut Response<'_>,
    ) -> Result<Option<Box<dyn Any>>, ()>;
    /// One function for all occasions: it finds the exchange's type, which takes more code than the call.
    fn call(&mut self, exchange: &mut dyn Any, response: &mut Response<'_>, occasion: Occasion<'_>);
    /// The longest body that is taken; `None`: not without knowing its length.
    fn longest_body(&self, framing: Framing, limits: &Limits) -> Option<u64>;
}

impl<H: Handler> AnyHandler for H {
    fn begin(
        &mut self,
        request: &Request<'_>,
        response: &mut Response<'_>,
    ) -> Result<Option<Box<dyn Any>>, ()> {
        match Handler::begin(self, request, response) {
            Some(exchange) => Ok(Some(heap::try_box(exchange).map_err(drop)?)),
            None => Ok(None),
        }
    }

    fn call(&mut self, exchange: &mut dyn Any, response: &mut Response<'_>, occasion: Occasion<'_>) {
        let Some(exchange) = exchange.downcast_mut() else { return };
        match occasion {
            Occasion::Body(piece) => Handler::body(self, exchange, piece, response),
            Occasion::End => Handler::end(self, exchange, response),
            Occasion::Writable => Handler::writable(self, exchange, response),
        }
    }

    fn longest_body(&self, framing: Framing, limits: &Limits) -> Option<u64> {
        let is_known = matches!(framing, Framing::Length(_)) || !Handler::requires_length(self);
        is_known.then(|| Handler::body_limit(self, limits))
    }
}
