//! The head of a request, for a client.

use super::{Fields, Method, ResponseError, ResponseHead};

/// Writes the head of a request (RFC 9112 section 3) into a buffer of the caller.
///
/// ```
/// use wm_websockets::http::{Method, RequestHead, ResponseError};
///
/// let mut buffer = [0; 128];
/// let mut head = RequestHead::new(&mut buffer, Method::Get, "/lamp?on=1", "10.0.2.2:8080")?;
/// head.field("Accept", "text/plain")?;
/// assert_eq!(head.finish(), b"GET /lamp?on=1 HTTP/1.1\r\nHost: 10.0.2.2:8080\r\nAccept: text/plain\r\n\r\n");
/// # Ok::<(), ResponseError>(())
/// ```
#[derive(Debug)]
pub struct RequestHead<'b> {
    head: ResponseHead<'b>,
    /// How long the body is, where the application says so only now.
    #[cfg(feature = "capi")]
    announced: Option<u64>,
}

impl<'b> RequestHead<'b> {
    /// Begins a head with its request line and `Host`. `target` is in origin form, `host` the authority of the URL; both have
    /// passed [`Url::parse`](super::Url::parse), or are as good.
    ///
    /// # Errors
    ///
    /// [`ResponseError::NoSpace`] when the buffer is too short, [`ResponseError::BadFieldValue`] for a target with white space or
    /// controls.
    pub fn new(
        buffer: &'b mut [u8],
        method: Method,
        target: &str,
        host: &str,
    ) -> Result<Self, ResponseError> {
        if target.is_empty() || !target.bytes().all(|octet| octet.is_ascii_graphic()) {
            return Err(ResponseError::BadFieldValue);
        }
        let method = method.as_str().as_bytes();
        let mut head =
            ResponseHead::with_first_line(buffer, &[method, b" ", target.as_bytes(), b" HTTP/1.1"])?;
        head.field("Host", host)?;
        Ok(Self {
            head,
            #[cfg(feature = "capi")]
            announced: None,
        })
    }

    /// Adds a field line.
    ///
    /// # Errors
    ///
    /// Any [`ResponseError`]; the line is then left out.
    pub fn field(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<(), ResponseError> {
        self.head.field(name, value)
    }

    /// Adds field lines that are complete, each with its CRLF. The first that is not well-formed ends them.
    ///
    /// # Errors
    ///
    /// [`ResponseError::NoSpace`]
    pub fn lines(&mut self, lines: &[u8]) -> Result<(), ResponseError> {
        Fields::new(lines).iter().try_for_each(|(name, value)| self.field(name, value))
    }

    /// Adds `Content-Length`.
    ///
    /// # Errors
    ///
    /// [`ResponseError::NoSpace`]; the line is then left out.
    pub fn content_length(&mut self, length: u64) -> Result<(), ResponseError> {
        self.head.content_length(length)
    }

    /// Notes how long the body is. Who sends the head says so in it, unless it is known already.
    #[cfg(feature = "capi")]
    pub(crate) fn announce_length(&mut self, length: u64) {
        self.announced = Some(length);
    }

    #[cfg(feature = "capi")]
    pub(crate) fn announced(&self) -> Option<u64> {
        self.announced
    }

    /// Ends the head and returns all of it.
    #[must_use]
    pub fn finish(self) -> &'b [u8] {
        self.head.finish()
    }
}
