//! Finds and checks the head of a request in bytes that arrive bit by bit.

use super::connection::Connection;
use super::fields::elements;
use super::grammar::{RequestLine, field_line, line_length, request_line, token};
use super::octets::same_name;
use super::target::is_host;
use super::{Fault, Fields, Framing, Method, Parameters, Request, Version};

/// Empty lines that are skipped before a request line. RFC 9112 section 2.2 asks for one at least.
const EMPTY_LINES: usize = 4;

/// What a request line has besides its target, at most: a method, two spaces, and `HTTP/1.1`.
const AROUND_TARGET: usize = Method::LONGEST + 1 + 1 + 8;

/// The length of CRLF.
const CRLF: usize = 2;

/// How much head a client may send. The server holds an incomplete head in memory, so this bounds that
/// memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadLimits {
    /// Bytes of the request target. Longer ones are [`Fault::TargetTooLong`]. Default: 1,024.
    pub target: usize,
    /// Bytes of the whole head, from the request line to the empty line behind the fields, and empty lines
    /// before it. Longer ones are [`Fault::HeadTooLarge`]. Default: 4,096.
    pub head: usize,
}

impl Default for HeadLimits {
    fn default() -> Self {
        Self { target: 1024, head: 4096 }
    }
}

/// Finds the head of a request, checks it, and remembers how far it came.
///
/// It stores offsets and not bytes: the caller keeps what has arrived and passes it again, longer each time,
/// until the head is complete. Each line is checked once, when it is complete, so that a head which comes
/// byte by byte costs little more than one which comes at once. A faulty line is reported when it ends, the
/// head complete or not; a NUL, a bare CR or LF and a line that goes beyond a limit are reported before that.
///
/// After a request the parser is ready for the next one. After a fault it repeats the fault: the connection
/// is lost.
///
/// ```
/// use wm_websockets::http::{Fault, HeadLimits, HeadParser};
///
/// let limits = HeadLimits::default();
/// let mut parser = HeadParser::default();
/// assert!(parser.parse(b"GET / HTTP/1.1\r\nHost: dev", &limits)?.is_none());
///
/// let input = b"GET / HTTP/1.1\r\nHost: device\r\n\r\nGET /next";
/// let (request, length) = parser.parse(input, &limits)?.expect("complete");
/// assert_eq!((request.path(), request.host()), ("/", Some("device")));
/// assert_eq!(&input[length..], b"GET /next");
///
/// assert_eq!(parser.parse(b"GET\0", &limits).unwrap_err(), Fault::Nul);
/// # Ok::<(), Fault>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct HeadParser {
    /// Where the line begins that is not complete yet.
    line: usize,
    /// How far that line was searched for its end.
    searched: usize,
    /// What the lines before it said; `None` before the request line.
    facts: Option<Facts>,
}

/// What the checked lines of a head have said, as far as the rest of the head must agree with it.
#[derive(Clone, Copy, Debug)]
struct Facts {
    request_line: usize,
    field_lines: usize,
    version: Version,
    framing: Framing,
    connection: Connection,
    host: bool,
    expects_continue: bool,
}

impl HeadParser {
    /// Takes all bytes of the head that have arrived, from its first one on, those of earlier calls included,
    /// and whatever follows the head.
    ///
    /// Returns the request and the length of its head, or `None` while the head is incomplete.
    ///
    /// # Errors
    ///
    /// A [`Fault`] when the bytes are no request, or none that `limits` allow. A fault depends on the bytes
    /// alone, and not on how they were cut into calls.
    pub fn parse<'a>(
        &mut self,
        input: &'a [u8],
        limits: &HeadLimits,
    ) -> Result<Option<(Request<'a>, usize)>, Fault> {
        while let Some((line, next)) = self.next_line(input, limits)? {
            match &mut self.facts {
                None if line.is_empty() => self.skip_empty_line()?,
                None => self.facts = Some(Facts::new(self.line, line, next, limits)?),
                Some(facts) if line.is_empty() => {
                    let request = facts.request(input, self.line, limits)?;
                    *self = Self::default();
                    return Ok(Some((request, next)));
                }
                Some(facts) => facts.note(line)?,
            }
            (self.line, self.searched) = (next, next);
        }
        Ok(None)
    }

    /// The line at `self.line`, and where the one behind it begins; `None` while it is incomplete.
    fn next_line<'a>(
        &mut self,
        input: &'a [u8],
        limits: &HeadLimits,
    ) -> Result<Option<(&'a [u8], usize)>, Fault> {
        let (end, too_long) = self.bound(limits);
        let window = input.get(..end).unwrap_or(input);
        let unseen = window.get(self.searched..).unwrap_or_default();
        if let Some(length) = line_length(unseen)? {
            let end = self.searched.saturating_add(length);
            return Ok(window.get(self.line..end).map(|line| (line, end.saturating_add(CRLF))));
        }
        if window.len() == end {
            return Err(self.name_too_long(window, too_long));
        }
        let half_crlf = usize::from(window.last() == Some(&b'\r'));
        self.searched = window.len().saturating_sub(half_crlf).max(self.line);
        Ok(None)
    }

    /// Where the current line must have ended, and what it is if it has not. What lies behind is not looked
    /// at, so that the answer does not depend on how much has arrived.
    fn bound(&self, limits: &HeadLimits) -> (usize, Fault) {
        let line = AROUND_TARGET.saturating_add(limits.target).saturating_add(CRLF);
        let end = self.line.saturating_add(line);
        match self.facts {
            None if end <= limits.head => (end, Fault::TargetTooLong),
            _ => (limits.head, Fault::HeadTooLarge),
        }
    }

    /// A request line may also be too long because its method is, which RFC 9112 section 3 answers
    /// differently.
    fn name_too_long(&self, window: &[u8], fault: Fault) -> Fault {
        let line = window.get(self.line..).unwrap_or_default();
        match (fault, token(line)) {
            (Fault::TargetTooLong, Ok((_, method))) if method.len() > Method::LONGEST => Fault::MethodUnknown,
            (fault, _) => fault,
        }
    }

    fn skip_empty_line(&self) -> Result<(), Fault> {
        if self.line < EMPTY_LINES * CRLF { Ok(()) } else { Err(Fault::BadRequestLine) }
    }
}

impl Facts {
    /// Checks the request line, which lies at `start`; `next` is where the field lines begin.
    fn new(start: usize, line: &[u8], next: usize, limits: &HeadLimits) -> Result<Self, Fault> {
        let RequestLine { version, .. } = request_line(line, limits.target)?;
        Ok(Self {
            request_line: start,
            field_lines: next,
            version,
            framing: Framing::None,
            connection: Connection::default(),
            host: false,
            expects_continue: false,
        })
    }

    /// Checks a field line, and takes in what it says about the message itself.
    fn note(&mut self, line: &[u8]) -> Result<(), Fault> {
        let (name, value) = field_line(line)?;
        if same_name(name, b"Host") {
            self.note_host(value)
        } else if same_name(name, b"Content-Length") {
            self.framing = self.framing.with_content_length(value)?;
            Ok(())
        } else if same_name(name, b"Transfer-Encoding") {
            self.note_transfer_encoding(value)
        } else if same_name(name, b"Expect") {
            self.note_expectation(value)
        } else {
            if same_name(name, b"Connection") {
                self.connection.note(value);
            }
            Ok(())
        }
    }

    fn note_host(&mut self, value: &[u8]) -> Result<(), Fault> {
        if self.host {
            return Err(Fault::RepeatedHost);
        }
        if !is_host(value) {
            return Err(Fault::BadHost);
        }
        self.host = true;
        Ok(())
    }

    fn note_transfer_encoding(&mut self, value: &[u8]) -> Result<(), Fault> {
        if self.version == Version::Http10 {
            return Err(Fault::BadTransferEncoding);
        }
        self.framing = self.framing.with_transfer_encoding(value)?;
        Ok(())
    }

    /// HTTP/1.0 has no expectations, and a server must not answer one there (RFC 9110 section 10.1.1).
    fn note_expectation(&mut self, value: &[u8]) -> Result<(), Fault> {
        if self.version == Version::Http10 {
            return Ok(());
        }
        if elements(value).any(|expectation| !same_name(expectation, b"100-continue")) {
            return Err(Fault::ExpectationFailed);
        }
        self.expects_continue = true;
        Ok(())
    }

    /// The request of a complete head, whose last line, the empty one, lies at `end`.
    ///
    /// The request line is parsed once more: cheaper than to keep where its parts lie.
    fn request<'a>(&self, input: &'a [u8], end: usize, limits: &HeadLimits) -> Result<Request<'a>, Fault> {
        if self.version == Version::Http11 && !self.host {
            return Err(Fault::MissingHost);
        }
        let line_end = self.field_lines.saturating_sub(CRLF);
        let line = input.get(self.request_line..line_end).unwrap_or_default();
        let RequestLine { method, target, version } = request_line(line, limits.target)?;
        Ok(Request {
            method,
            version,
            target,
            fields: Fields::new(input.get(self.field_lines..end).unwrap_or_default()),
            framing: self.framing,
            connection: self.connection,
            expects_continue: self.expects_continue,
            parameters: Parameters::default(),
        })
    }
}
