//! The head of a response, field by field.

use core::fmt;
use core::ops::Range;

use super::super::counters::Counters;
use super::super::send_error::SendError;
use super::super::services::Shared;
use super::super::transport::Transport;
use super::{Body, ResponseState};
use crate::http::{ResponseError, ResponseHead, Status};

/// A response whose head is being made. One of [`empty`](Self::empty), [`body`](Self::body), [`body_static`](Self::body_static),
/// [`length`](Self::length), [`chunked`](Self::chunked) sends it; before that nothing is sent.
#[must_use = "nothing is sent until the body is chosen"]
pub struct Start<'r> {
    pub(super) shared: &'r mut Shared,
    pub(super) transport: &'r mut Transport,
    pub(super) state: &'r mut ResponseState,
    pub(super) head: Option<ResponseHead<'r>>,
    pub(super) status: Status,
    pub(super) error: Option<SendError>,
}

impl fmt::Debug for Start<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut output = f.debug_struct("Start");
        output.field("status", &self.status).field("error", &self.error).finish_non_exhaustive()
    }
}

/// What follows a head at once.
#[derive(Clone, Copy)]
pub(super) enum Content<'c> {
    /// Nothing: the head tells the length, or that there is none.
    Later,
    Copied(&'c [u8]),
    Static(&'static [u8]),
}

impl Start<'_> {
    /// Adds a field line. A name or value that HTTP forbids, line breaks among them, makes the response fail with
    /// [`SendError::BadHead`].
    pub fn field(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.put(|head| head.field(name, value.as_ref()));
        self
    }

    /// Adds the Content-Type field.
    pub fn content_type(mut self, media_type: &str) -> Self {
        self.put(|head| head.content_type(media_type));
        self
    }

    /// Adds the Content-Range field (RFC 9110 section 14.4): these bytes of so many, with 206; or none of them, with 416.
    pub fn content_range(mut self, range: Option<&Range<u64>>, length: u64) -> Self {
        self.put(|head| head.content_range(range, length));
        self
    }

    /// Adds the Location field, of several parts.
    pub(in crate::server) fn location(mut self, parts: &[&[u8]; 5]) -> Self {
        self.put(|head| head.location(parts));
        self
    }

    /// Adds the fields of a response that pages of this origin may read; empty: of no other than the server's.
    #[inline(never)]
    fn say_whose(&mut self, origin: &str) {
        self.put(|head| head.field("Vary", "Origin"));
        if !origin.is_empty() {
            self.put(|head| head.field("Access-Control-Allow-Origin", origin));
        }
    }

    pub(super) fn put(&mut self, write: impl FnOnce(&mut ResponseHead<'_>) -> Result<(), ResponseError>) {
        if let Some(Err(_)) = self.head.as_mut().map(write) {
            self.error = Some(SendError::BadHead);
        }
    }

    /// Sends a response without a body.
    pub fn empty(mut self) -> Result<(), SendError> {
        if self.status.allows_body() {
            self.put(|head| head.content_length(0));
        }
        self.commit(Body::Finished, None, Content::Later)
    }

    /// Sends a response with this body, copied.
    pub fn body(mut self, body: &[u8]) -> Result<(), SendError> {
        self.whole(None, Content::Copied(body))
    }

    /// Sends a response with this body, of any length, without a copy.
    pub fn body_static(mut self, body: &'static [u8]) -> Result<(), SendError> {
        self.whole(None, Content::Static(body))
    }

    // By reference from here on: it is ten words long.
    pub(super) fn whole(&mut self, media_type: Option<&str>, content: Content<'_>) -> Result<(), SendError> {
        let content = if self.status.allows_body() { content } else { Content::Later };
        self.commit(Body::Finished, media_type, content)
    }

    /// Sends the head; exactly `length` bytes are to be [written](super::Response::write).
    pub fn length(mut self, length: u64) -> Result<(), SendError> {
        // That of a 304 is the length of what the client has (RFC 9110 section 8.6).
        if self.status.allows_body() || self.status == Status::NOT_MODIFIED {
            self.put(|head| head.content_length(length));
        }
        let body = if length == 0 { Body::Finished } else { Body::Length(length) };
        self.commit(body, None, Content::Later)
    }

    /// Sends the head; the body is [written](super::Response::write) until [`Response::finish`](super::Response::finish). A client of
    /// HTTP/1.0, which knows no chunks, gets it up to the end of the connection.
    pub fn chunked(mut self) -> Result<(), SendError> {
        let body = if self.state.http_1_0 { Body::UntilClose } else { Body::Chunked };
        match body {
            Body::UntilClose => self.state.close = true,
            _ if self.status.allows_body() => self.put(|head| head.field("Transfer-Encoding", "chunked")),
            _ => {}
        }
        self.commit(body, None, Content::Later)
    }

    fn commit(
        &mut self,
        body: Body,
        media_type: Option<&str>,
        content: Content<'_>,
    ) -> Result<(), SendError> {
        if self.state.close {
            self.put(|head| head.field("Connection", "close"));
        } else if self.state.http_1_0 {
            self.put(|head| head.field("Connection", "keep-alive"));
        }
        if let Some(origin) = self.state.allowed_origin {
            self.say_whose(origin);
        }
        if let Some(error) = self.error {
            return Err(error);
        }
        let Some(head) = self.head.take() else { return Err(SendError::BadHead) };
        let written = match content {
            Content::Later => (head.finish(), &b""[..]),
            Content::Copied(bytes) | Content::Static(bytes) => {
                let sent = if self.state.head_only { b"" } else { bytes };
                head.finish_with(media_type, bytes.len() as u64, sent).map_err(|_| SendError::BadHead)?
            }
        };
        let send = |transport: &mut Transport, shared: &mut Shared| match (written, content) {
            ((whole, []), _) => transport.send(shared, &[whole]),
            ((head, _), Content::Static(body)) => transport.send_static(shared, head, body),
            ((head, body), _) => transport.send(shared, &[head, body]),
        };
        match send(self.transport, self.shared) {
            // It would fit if nothing were under way, and many a handler could not send it later.
            Err(SendError::Full) if !self.transport.has_backlog() => {
                self.transport.with_longer_queue(self.shared, send)?;
            }
            result => result?,
        }
        // What would follow the head of such a response is the next one.
        self.state.head_only |= !self.status.allows_body();
        self.state.body = if self.state.head_only { Body::Finished } else { body };
        if self.status.code() >= 400 {
            Counters::count(&mut self.shared.counters.error_responses);
        }
        Ok(())
    }
}
