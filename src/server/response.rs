//! How a handler answers.

mod start;

use alloc::boxed::Box;

use self::start::Content;
pub use self::start::Start;
use super::head_buffer::HeadBuffer;
use super::send_error::SendError;
use super::services::{Services, Shared};
use super::table::ConnectionId;
use super::transport::Transport;
use crate::http::{
    CHUNK_HEADER_LENGTH, LAST_CHUNK, Method, OutgoingResponse, Request, ResponseError, ResponseHead, Status,
    Version, chunk_header,
};
use crate::net::Keepalive;

/// How far a response is.
pub(super) struct ResponseState {
    body: Body,
    /// The request was HEAD, or the status is one without a body: the response is finished with its head, and what the handler sends as body
    /// is dropped.
    head_only: bool,
    /// The client speaks HTTP/1.0: no chunks, and persistence must be said.
    http_1_0: bool,
    /// The connection ends after this response.
    pub(super) close: bool,
    /// The handler has promised an answer for later.
    pub(super) deferred: bool,
    /// Somebody has it already, before the request has come to its end.
    pub(super) noticed: bool,
    /// It can go on for all that, once.
    pub(super) resumed: bool,
    /// The answer may take any time.
    pub(super) untimed: bool,
    /// The handler takes no more of the request's body for now.
    pub(super) paused: bool,
    /// The origin whose pages may read the response; empty: `Vary` alone; `None`: nothing is said of that.
    allowed_origin: Option<&'static str>,
    /// What the handler composes itself.
    verbatim: Option<Box<OutgoingResponse>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Body {
    /// Nothing was sent.
    NotStarted,
    /// So many bytes are still due.
    Length(u64),
    Chunked,
    /// The end of the connection is the end of the body.
    UntilClose,
    /// As the handler composes it.
    Verbatim,
    Finished,
}

impl ResponseState {
    pub(super) fn new(request: &Request<'_>) -> Self {
        ResponseState {
            body: Body::NotStarted,
            head_only: request.method() == Method::Head,
            http_1_0: request.version() == Version::Http10,
            close: !request.keep_alive(),
            deferred: false,
            noticed: false,
            resumed: false,
            untimed: false,
            paused: false,
            allowed_origin: None,
            verbatim: None,
        }
    }

    /// For a request that could not be read.
    pub(super) fn unasked() -> Self {
        ResponseState {
            body: Body::NotStarted,
            head_only: false,
            http_1_0: false,
            close: true,
            deferred: false,
            noticed: false,
            resumed: false,
            untimed: false,
            paused: false,
            allowed_origin: None,
            verbatim: None,
        }
    }

    pub(super) fn is_started(&self) -> bool {
        self.body != Body::NotStarted
    }

    pub(super) fn is_finished(&self) -> bool {
        self.body == Body::Finished
    }

    /// Whether nothing more is expected of the connection.
    pub(super) fn is_last(&self) -> bool {
        self.close && self.is_finished()
    }

    /// Whether the end of the connection would end it as it should.
    pub(super) fn is_until_close(&self) -> bool {
        self.body == Body::UntilClose
            || self.verbatim.as_ref().is_some_and(|response| response.is_until_close())
    }
}

/// The answer to one request, during one call of its [`Handler`](super::Handler).
///
/// The short ways send everything at once: [`text`](Self::text), [`json`](Self::json), [`html`](Self::html),
/// [`send`](Self::send), [`send_static`](Self::send_static), [`status`](Self::status). The long way is
/// [`start`](Self::start), which sets fields and says how the body comes, then [`write`](Self::write) as often as needed, then
/// [`finish`](Self::finish). `Date`, `Connection`, `Content-Length` and `Transfer-Encoding` are the server's business. What is
/// sent as the body of a HEAD request is dropped.
pub struct Response<'a> {
    pub(super) shared: &'a mut Shared,
    pub(super) transport: &'a mut Transport,
    pub(super) state: &'a mut ResponseState,
    pub(super) head_buffer: &'a mut HeadBuffer,
    pub(super) id: ConnectionId,
}

impl Response<'_> {
    /// Sends text, as UTF-8. What does not fit into buffer and queue becomes a 500, here and in the other short ways.
    pub fn text(&mut self, text: &str) {
        self.send(Status::OK, "text/plain; charset=utf-8", text.as_bytes());
    }

    /// Sends a JSON document.
    pub fn json(&mut self, json: &str) {
        self.send(Status::OK, "application/json", json.as_bytes());
    }

    /// Sends a page from flash, of any length, without a copy.
    pub fn html(&mut self, page: &'static [u8]) {
        self.send_static(Status::OK, "text/html; charset=utf-8", page);
    }

    /// Sends a body that fits into buffer and queue.
    pub fn send(&mut self, status: Status, content_type: &str, body: &[u8]) {
        let result = self.start(status).whole(Some(content_type), Content::Copied(body));
        self.fall_back(result);
    }

    /// Sends a body from flash, of any length, without a copy.
    pub fn send_static(&mut self, status: Status, content_type: &str, body: &'static [u8]) {
        let result = self.start(status).whole(Some(content_type), Content::Static(body));
        self.fall_back(result);
    }

    /// Sends a status, with its reason as a line of text where a body is allowed.
    pub fn status(&mut self, status: Status) {
        let result = self.plain(status, &[]);
        self.fall_back(result);
    }

    /// Sends 401 with a challenge: a browser then asks its user for a name and a password, which are read by
    /// [`Credentials::of`](crate::http::Credentials::of).
    pub fn unauthorized(&mut self, realm: &str) {
        self.challenge(|head| head.challenge(realm));
    }

    /// Sends 401 with a challenge of the scheme Digest.
    pub(super) fn unauthorized_digest(&mut self, realm: &str, nonce: &[u8], stale: bool) {
        self.challenge(|head| head.digest_challenge(realm, nonce, stale));
    }

    fn challenge(&mut self, write: impl FnOnce(&mut ResponseHead<'_>) -> Result<(), ResponseError>) {
        let status = Status::UNAUTHORIZED;
        let mut start = self.start(status);
        start.put(write);
        let result = start.whole(Some("text/plain"), Content::Copied(status.reason().as_bytes()));
        self.fall_back(result);
    }

    /// Whose pages may read the response that is to follow, according to the Origin of the request (the Fetch standard, CORS).
    pub(super) fn allow_origin(&mut self, origin: Option<&'static str>) {
        self.state.allowed_origin = Some(origin.unwrap_or_default());
    }

    /// A status with further fields.
    pub(super) fn plain(&mut self, status: Status, fields: &[(&str, &str)]) -> Result<(), SendError> {
        let mut start = self.start(status);
        for (name, value) in fields {
            start = start.field(name, value);
        }
        start.whole(Some("text/plain"), Content::Copied(status.reason().as_bytes()))
    }

    pub(super) fn fall_back(&mut self, result: Result<(), SendError>) {
        let Err(error) = result else { return };
        log_line!(Warn, "response not sent: {error}");
        if self.state.is_started() {
            return;
        }
        self.state.close = true;
        if self.plain(Status::INTERNAL_SERVER_ERROR, &[]).is_err() {
            self.transport.broken = true;
        }
    }

    /// Begins a response.
    ///
    /// ```
    /// use wm_websockets::http::Status;
    /// use wm_websockets::server::{Response, SendError};
    ///
    /// fn moved(response: &mut Response<'_>) -> Result<(), SendError> {
    ///     response.start(Status::FOUND).field("Location", "/setup").empty()
    /// }
    ///
    /// fn table(response: &mut Response<'_>, rows: &[&str]) -> Result<(), SendError> {
    ///     response.start(Status::OK).field("Content-Type", "text/csv").chunked()?;
    ///     for row in rows {
    ///         response.write(row.as_bytes())?;
    ///     }
    ///     response.finish()
    /// }
    /// ```
    pub fn start(&mut self, status: Status) -> Start<'_> {
        let mut error = if self.state.is_started() { Some(SendError::OutOfOrder) } else { None };
        let begun = self.head_buffer.begin(status);
        let head = begun.map_err(|_| error = Some(SendError::BadHead)).ok();
        Start { shared: self.shared, transport: self.transport, state: self.state, head, status, error }
    }

    /// Sends a response as the handler composed it, status line included, in one piece or several. What its head says holds: behind
    /// the last byte that it announces the response is finished, and what follows that is dropped; the connection persists as it
    /// says. A response that does not say where it ends needs [`finish`](Self::finish), and ends the connection.
    pub fn verbatim(&mut self, bytes: &[u8]) -> Result<(), SendError> {
        let passed = self.pass(bytes, bytes.len())?;
        self.transport.send_admitted(self.shared, &[bytes.get(..passed).unwrap_or(bytes)])
    }

    /// The same, of any length, without a copy. Nothing can follow it before it has reached lwIP. As after any complete response, a body
    /// behind the head of a response to HEAD is [`SendError::OutOfOrder`].
    pub fn verbatim_static(&mut self, bytes: &'static [u8]) -> Result<(), SendError> {
        let passed = self.pass(bytes, 1)?;
        self.transport.send_static(self.shared, &[], bytes.get(..passed).unwrap_or(bytes))
    }

    /// Lets bytes pass that the handler composed, if there is room for `needed` of them; says how many belong to the response.
    fn pass(&mut self, bytes: &[u8], needed: usize) -> Result<usize, SendError> {
        if !matches!(self.state.body, Body::NotStarted | Body::Verbatim) {
            return Err(SendError::OutOfOrder);
        }
        self.transport.admit(self.shared, needed)?;
        let mut response = match self.state.verbatim.take() {
            Some(response) => response,
            None => wm_sys::heap::try_box(OutgoingResponse::new(self.state.head_only))
                .map_err(|_| SendError::NoMemory)?,
        };
        let passed = response.pass(bytes);
        self.state.body = if response.is_complete() { Body::Finished } else { Body::Verbatim };
        self.state.close |= response.closes();
        self.state.verbatim = Some(response);
        Ok(passed)
    }

    /// Ends the connection behind what was sent, with or without a response.
    #[inline(never)]
    pub fn hang_up(&mut self) {
        self.state.body = Body::Finished;
        self.state.close = true;
        self.transport.wake(self.shared);
    }

    /// Sends a piece of the body of a response that was [started](Self::start). All or nothing: on [`SendError::Full`] wait for
    /// [`Handler::writable`](super::Handler::writable).
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), SendError> {
        let rest = match self.state.body {
            Body::Finished if self.state.head_only => return Ok(()),
            Body::NotStarted | Body::Finished => return Err(SendError::OutOfOrder),
            Body::Length(rest) => Some(rest.checked_sub(bytes.len() as u64).ok_or(SendError::OutOfOrder)?),
            Body::Chunked | Body::UntilClose => None,
            Body::Verbatim => return self.verbatim(bytes),
        };
        if !bytes.is_empty() {
            self.send_piece(bytes)?;
        }
        if let Some(rest) = rest {
            self.state.body = if rest == 0 { Body::Finished } else { Body::Length(rest) };
        }
        Ok(())
    }

    fn send_piece(&mut self, bytes: &[u8]) -> Result<(), SendError> {
        if self.state.body != Body::Chunked {
            return self.transport.send(self.shared, &[bytes]);
        }
        let mut header = [0; CHUNK_HEADER_LENGTH];
        self.transport.send(self.shared, &[chunk_header(bytes.len(), &mut header), bytes, b"\r\n"])
    }

    /// Ends a response that was started. A body that is shorter than announced breaks the connection off, so that the client
    /// does not take it for whole.
    pub fn finish(&mut self) -> Result<(), SendError> {
        match self.state.body {
            Body::Finished => return Ok(()),
            Body::NotStarted => return Err(SendError::OutOfOrder),
            Body::Length(_) => self.transport.broken = true,
            Body::Chunked => self.transport.send(self.shared, &[LAST_CHUNK])?,
            Body::Verbatim if self.state.is_until_close() => self.state.close = true,
            Body::Verbatim => self.transport.broken = true,
            Body::UntilClose => {}
        }
        self.state.body = Body::Finished;
        Ok(())
    }

    /// Whether a response was started.
    pub fn is_started(&self) -> bool {
        self.state.is_started()
    }

    /// Bytes that [`write`](Self::write) would take now, chunk framing included.
    pub fn capacity(&mut self) -> usize {
        self.transport.capacity(self.shared)
    }

    /// Promises the answer for later: another task has it, and calls [`Handle::notify`](super::Handle::notify) with the returned
    /// name; then [`Handler::writable`](super::Handler::writable) sends it. [`Limits::response_timeout`](super::Limits::response_timeout)
    /// is the longest it may take.
    pub fn defer(&mut self) -> ConnectionId {
        self.state.deferred = true;
        self.id
    }

    /// Lets the answer take any time, for a stream of events say: [`Limits::response_timeout`](super::Limits::response_timeout) does not
    /// hold for it. In the silence meanwhile lwIP asks whether the client is still there, as [`Keepalive::default`] has it, or
    /// [`set_keepalive`](Self::set_keepalive).
    pub fn without_timeout(&mut self) {
        self.state.untimed = true;
        self.transport.set_keepalive(self.shared, Some(Keepalive::default()));
    }

    /// When lwIP asks that, if not as [`Keepalive::default`] has it, by which a client that is switched off is noticed after 110 seconds. `None`:
    /// never.
    ///
    /// ```
    /// use core::time::Duration;
    /// use wm_websockets::net::Keepalive;
    /// use wm_websockets::server::{Response, SendError};
    ///
    /// /// A page that is gone is known to be gone 25 seconds after it was heard last.
    /// fn begin(response: &mut Response<'_>) -> Result<(), SendError> {
    ///     response.events()?;
    ///     let idle = Duration::from_secs(10);
    ///     response.set_keepalive(Some(Keepalive { idle, interval: Duration::from_secs(5), probes: 3 }));
    ///     Ok(())
    /// }
    /// ```
    pub fn set_keepalive(&mut self, keepalive: Option<Keepalive>) {
        self.transport.set_keepalive(self.shared, keepalive);
    }

    /// Stops or resumes the delivery of the request's body. What is not delivered fills the client's window, and then it waits: as long
    /// as [`Limits::body_timeout`](super::Limits::body_timeout) allows.
    pub fn set_receiving(&mut self, receiving: bool) {
        self.state.paused = !receiving;
        if receiving {
            self.transport.wake(self.shared);
        }
    }

    /// Asks for [`Handler::writable`](super::Handler::writable), once, as soon as nothing waits for the client: for a handler that has
    /// [deferred](Self::defer) its answer and can go on.
    pub fn notify_writable(&mut self) {
        self.state.resumed = true;
        self.transport.wake(self.shared);
    }

    /// Asks for the same out of [`Handler::writable`](super::Handler::writable), which has sent what there was room for.
    #[cfg(feature = "capi")]
    pub(crate) fn go_on(&mut self) {
        self.state.resumed = true;
    }

    /// Whether something that was sent waits for the client.
    pub fn has_backlog(&self) -> bool {
        self.transport.has_backlog()
    }

    /// Whether the response is complete, as far as the handler is concerned.
    pub fn is_finished(&self) -> bool {
        self.state.is_finished()
    }

    /// Whether the connection ends behind this response: the client asked for that, or its head says so.
    pub fn ends_connection(&self) -> bool {
        self.state.close
    }

    /// The connection's name.
    pub fn id(&self) -> ConnectionId {
        self.id
    }

    /// Whether it travels in TLS: always at a port with TLS, but for [`PlainHttp::Serve`](super::PlainHttp::Serve).
    pub fn is_secure(&self) -> bool {
        self.transport.is_secure()
    }

    /// The certificate that the peer has shown, if the connection is one of TLS and it has.
    #[cfg(feature = "security-tls12")]
    pub fn peer_certificate(&self) -> Option<crate::tls::PeerCertificate<'_>> {
        self.transport.peer_certificate()
    }

    /// The client's address, while it is connected.
    pub fn peer_address(&mut self) -> Option<core::net::SocketAddr> {
        self.transport.peer_address(self.shared)
    }

    /// The context: counters, handle, WebSocket clients.
    pub fn services(&mut self) -> Services<'_> {
        Services { shared: self.shared }
    }
}
