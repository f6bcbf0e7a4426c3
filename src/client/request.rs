//! HTTP requests, and what an application implements to make them.

use alloc::boxed::Box;
use core::fmt;
use core::net::SocketAddr;

use super::super::send_error::SendError;
use super::super::services::Shared;
use super::super::transport::Transport;
use super::error::{ClientError, OptionsError, Step};
use super::options::copied;
use crate::http::{
    CHUNK_HEADER_LENGTH, LAST_CHUNK, Method, ReceivedResponse, RequestHead, ResponseError, Status,
    chunk_header,
};

/// How long the body of a request is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BodyLength {
    /// There is no body.
    #[default]
    None,
    /// So many bytes.
    Known(u64),
    /// Not known beforehand: sent in chunks (RFC 9112 section 7.1).
    Chunked,
}

/// What to ask for.
///
/// ```
/// use wm_websockets::client::{BodyLength, Request};
/// use wm_websockets::http::Method;
///
/// let report = Request::new(Method::Post, BodyLength::Known(12)).target("/reports?device=7")?;
/// # let _ = report;
/// # Ok::<(), wm_websockets::client::OptionsError>(())
/// ```
#[derive(Debug)]
pub struct Request {
    pub(super) method: Method,
    /// Another one than the URL's.
    pub(super) target: Option<Box<str>>,
    pub(super) length: BodyLength,
}

impl Request {
    /// GET, of the path in the client's URL.
    pub const GET: Request = Request::new(Method::Get, BodyLength::None);

    /// Any method, of the path in the client's URL.
    #[must_use]
    pub const fn new(method: Method, length: BodyLength) -> Self {
        Request { method, target: None, length }
    }

    /// Another path and query on the same server.
    ///
    /// # Errors
    /// [`OptionsError::NoMemory`]. What is no target is found when the request is sent.
    pub fn target(mut self, target: &str) -> Result<Self, OptionsError> {
        self.target = Some(copied(&[target]).ok_or(OptionsError::NoMemory)?);
        Ok(self)
    }
}

/// The application's side of one HTTP request.
///
/// [`step`](Self::step) as it goes on; [`connected`](Self::connected) and [`prepare`](Self::prepare); [`send`](Self::send) while the body is
/// not finished; [`response`](Self::response) and [`body`](Self::body) as the answer arrives; [`done`](Self::done) at last, however it ends.
///
/// ```
/// use wm_websockets::client::{ClientError, ResponseHandler};
///
/// /// Counts bytes.
/// #[derive(Default)]
/// struct Count(usize);
///
/// impl ResponseHandler for Count {
///     fn body(&mut self, bytes: &[u8]) {
///         self.0 += bytes.len();
///     }
///     fn done(&mut self, result: Result<(), &ClientError>) {
///         log::info!("{} bytes, {result:?}", self.0);
///     }
/// }
/// ```
pub trait ResponseHandler: 'static {
    /// The request has come to this step: for a status line, or to measure where the time goes. [`Step::Name`] and [`Step::Connect`] come
    /// once for each kind of address, IPv6 and IPv4, and not at all over a connection that still stands; a redirect begins again.
    ///
    /// ```
    /// use wm_websockets::client::{ResponseHandler, Step};
    ///
    /// /// When each step began.
    /// #[derive(Default)]
    /// struct Stopwatch(Vec<(Step, wm_sys::Instant)>);
    ///
    /// impl ResponseHandler for Stopwatch {
    ///     fn step(&mut self, step: Step) {
    ///         self.0.push((step, wm_sys::now()));
    ///     }
    /// }
    /// ```
    fn step(&mut self, step: Step) {
        let _ = step;
    }

    /// The TLS handshake is done, and the server has shown this certificate: now, or when the session began that is resumed. False ends
    /// the request, with [`Cause::Rejected`](super::Cause::Rejected): for pins.
    #[cfg(feature = "security-tls12")]
    fn secured(&mut self, server: &crate::tls::PeerCertificate<'_>) -> bool {
        let _ = server;
        true
    }

    /// The connection stands, a new one or that of the request before: to this server.
    fn connected(&mut self, server: SocketAddr) {
        let _ = server;
    }

    /// The request is about to be sent: adds fields to it. An error ends it.
    fn prepare(&mut self, head: &mut RequestHead<'_>) -> Result<(), ResponseError> {
        let _ = head;
        Ok(())
    }

    /// There is room for more of the request's body. Called again after each acknowledgement, or half a second later, until
    /// [`RequestBody::finish`].
    fn send(&mut self, body: &mut RequestBody<'_>) {
        body.finish();
    }

    /// The head of the answer, whatever its status. False: its body is of no interest, and the request ends with
    /// [`Cause::Rejected`](super::Cause::Rejected).
    fn response(&mut self, response: &ReceivedResponse<'_>) -> bool {
        let _ = response;
        true
    }

    /// Whether there is room for more of the answer's body; asked before each piece. False: no more is read, so that lwIP's receive window
    /// fills and the server waits, without a deadline of ours, until [`Client::resume`](super::Client::resume).
    ///
    /// ```
    /// use wm_websockets::client::ResponseHandler;
    ///
    /// /// A flash memory whose next page is being erased takes nothing meanwhile.
    /// struct Update {
    ///     erasing: bool,
    /// }
    ///
    /// impl ResponseHandler for Update {
    ///     fn has_room(&mut self) -> bool {
    ///         !self.erasing
    ///     }
    /// }
    /// ```
    fn has_room(&mut self) -> bool {
        true
    }

    /// A piece of the answer's body, at most a segment or a TLS record.
    fn body(&mut self, bytes: &[u8]) {
        let _ = bytes;
    }

    /// Whether the rest of the answer is of no interest; asked behind each piece of its body. True: the request ends with
    /// [`Cause::Rejected`](super::Cause::Rejected), and the connection with it.
    fn has_enough(&mut self) -> bool {
        false
    }

    /// A redirect is about to be followed, to what its `Location` says: after 303 (See Other) as GET, without a body. What
    /// [`prepare`](Self::prepare) adds goes there too, if need be to another host. False: it is not followed, and the request ends with
    /// [`Cause::Rejected`](super::Cause::Rejected).
    fn redirected(&mut self, status: Status, location: &[u8]) -> bool {
        let _ = (status, location);
        true
    }

    /// The answer is complete, or will never be.
    fn done(&mut self, result: Result<(), &ClientError>) {
        let _ = result;
    }
}

/// A request that waits for its turn or is under way.
pub(super) struct Job {
    pub(super) request: Request,
    pub(super) handler: Box<dyn ResponseHandler>,
}

impl Job {
    /// What was asked for is done, and the answer to be fetched elsewhere (RFC 9110 section 15.4.4).
    pub(super) fn becomes_get(&mut self) {
        self.request.length = BodyLength::None;
        if self.request.method != Method::Head {
            self.request.method = Method::Get;
        }
    }
}

/// The body of a request, while it is being sent.
pub struct RequestBody<'a> {
    pub(super) shared: &'a mut Shared,
    pub(super) transport: &'a mut Transport,
    pub(super) length: BodyLength,
    /// Of a known length: what is still to be sent.
    pub(super) left: &'a mut u64,
    pub(super) finished: bool,
}

impl fmt::Debug for RequestBody<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut output = f.debug_struct("RequestBody");
        output.field("length", &self.length).field("left", &self.left).finish_non_exhaustive()
    }
}

impl RequestBody<'_> {
    /// Sends a piece, all of it or nothing.
    ///
    /// # Errors
    /// [`SendError::Full`]: wait to be called again. [`SendError::OutOfOrder`]: more than was announced.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), SendError> {
        if bytes.is_empty() {
            return Ok(());
        }
        match self.length {
            BodyLength::None => Err(SendError::OutOfOrder),
            BodyLength::Known(_) => {
                let left = self.left.checked_sub(bytes.len() as u64).ok_or(SendError::OutOfOrder)?;
                self.transport.send(self.shared, &[bytes])?;
                *self.left = left;
                self.finished |= left == 0;
                Ok(())
            }
            BodyLength::Chunked => {
                let mut buffer = [0; CHUNK_HEADER_LENGTH];
                let pieces = [chunk_header(bytes.len(), &mut buffer), bytes, b"\r\n"];
                let length =
                    pieces.iter().fold(LAST_CHUNK.len(), |sum, piece| sum.saturating_add(piece.len()));
                // With room for the last chunk behind it, so that `finish` never finds none.
                self.transport.admit(self.shared, length)?;
                self.transport.send_admitted(self.shared, &pieces)
            }
        }
    }

    /// Bytes that [`write`](Self::write) takes now.
    pub fn capacity(&mut self) -> usize {
        let framing = match self.length {
            BodyLength::Chunked => CHUNK_HEADER_LENGTH.saturating_add(2).saturating_add(LAST_CHUNK.len()),
            _ => 0,
        };
        self.transport.capacity(self.shared).saturating_sub(framing)
    }

    /// Breaks off the request, and the connection with it: the server sees that this is not all of it. The request ends with
    /// [`Cause::Rejected`](super::Cause::Rejected).
    pub fn abort(&mut self) {
        self.transport.broken = true;
        self.finished = false;
    }

    /// Ends the body. One of a known length ends by itself, and cannot end before that: the connection is then broken off.
    pub fn finish(&mut self) {
        self.finished = match self.length {
            BodyLength::Known(_) if *self.left > 0 => {
                self.transport.broken = true;
                false
            }
            BodyLength::Chunked => self.transport.send(self.shared, &[LAST_CHUNK]).is_ok(),
            _ => true,
        };
    }
}
