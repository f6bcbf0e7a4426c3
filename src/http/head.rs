//! Finds and checks the head of a request in bytes that arrive bit by bit.

use super::connection::Connection;
use super::fields::elements;
use super::grammar::{RequestLine, field_line, line_length, request_line, token};
use super::octets::{find_name, same_name};
use super::target::is_host;
use super::write::CRLF;
use super::{Fault, Fields, Framing, Method, Parameters, Request, Version};

/// The length of the empty lines that are skipped before a request line: four. RFC 9112 section 2.2 asks for
/// one at least.
const EMPTY_LINES: usize = 4 * CRLF.len();

/// What a request line has besides its target, at most: a method, two spaces, `HTTP/1.1`, and CRLF.
const AROUND_TARGET: usize = Method::LONGEST + 1 + 1 + 8 + CRLF.len();

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
/// until the head is complete. Each line is checked once, when it is complete; what is there of an incomplete
/// one is only searched for its end. So a head that comes byte by byte costs little more than one which comes
/// at once. A faulty line is reported when it ends, the head complete or not; a NUL, a bare CR or LF and a
/// line that goes beyond a limit are reported before that.
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
        // Kept for a head that comes at once, as most do; one that comes in pieces has its request line
        // parsed twice: cheaper than to remember where the parts lie.
        let mut known = None;
        while let Some(line) = self.next_line(input, limits)? {
            // The line ends within the input, and its CRLF too: nothing wraps.
            let next = self.line.wrapping_add(line.len()).wrapping_add(CRLF.len());
            match &mut self.facts {
                None if line.is_empty() => self.skip_empty_line()?,
                None => {
                    let parsed = request_line(line, limits.target)?;
                    self.facts = Some(Facts::new(parsed.version, self.line, next));
                    known = Some(parsed);
                }
                Some(facts) if line.is_empty() => {
                    let request = facts.request(input, self.line, known, limits)?;
                    *self = Self::default();
                    return Ok(Some((request, next)));
                }
                Some(facts) => facts.note(line)?,
            }
            self.line = next;
        }
        Ok(None)
    }

    /// The line at `self.line`; `None` while it is incomplete. What lies behind the limits is not looked at,
    /// so that the answer does not depend on how much has arrived.
    fn next_line<'a>(&self, input: &'a [u8], limits: &HeadLimits) -> Result<Option<&'a [u8]>, Fault> {
        let head = input.get(..limits.head).unwrap_or(input);
        let rest = head.get(self.line..).unwrap_or_default();
        let longest = match self.facts {
            None => limits.target.saturating_add(AROUND_TARGET),
            Some(_) => usize::MAX,
        };
        let line = rest.get(..longest).unwrap_or(rest);
        match line_length(line)? {
            Some(length) => Ok(line.get(..length)),
            None if line.len() == longest => Err(long_request_line(line)),
            None if head.len() == limits.head => Err(Fault::HeadTooLarge),
            None => Ok(None),
        }
    }

    fn skip_empty_line(&self) -> Result<(), Fault> {
        if self.line < EMPTY_LINES { Ok(()) } else { Err(Fault::BadRequestLine) }
    }
}

/// Why a request line is too long: its target is, or its method, which RFC 9112 section 3 answers differently.
#[cold]
fn long_request_line(line: &[u8]) -> Fault {
    match token(line) {
        Ok((_, method)) if method.len() > Method::LONGEST => Fault::MethodUnknown,
        _ => Fault::TargetTooLong,
    }
}

/// The fields that say something about the message itself.
const FIELDS: [&[u8]; 5] = [b"Host", b"Connection", b"Content-Length", b"Transfer-Encoding", b"Expect"];

impl Facts {
    /// Nothing but where the request line and the field lines begin.
    fn new(version: Version, request_line: usize, field_lines: usize) -> Self {
        Self {
            request_line,
            field_lines,
            version,
            framing: Framing::None,
            connection: Connection::default(),
            host: false,
            expects_continue: false,
        }
    }

    /// Checks a field line, and takes in what it says about the message itself.
    fn note(&mut self, line: &[u8]) -> Result<(), Fault> {
        let (name, value) = field_line(line)?;
        match find_name(name, &FIELDS) {
            Some(0) => self.note_host(value)?,
            Some(1) => self.connection.note(value),
            Some(2) => self.framing = self.framing.with_content_length(value)?,
            Some(3) => self.note_transfer_encoding(value)?,
            Some(4) => self.note_expectation(value)?,
            _ => {}
        }
        Ok(())
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
    fn request<'a>(
        &self,
        input: &'a [u8],
        end: usize,
        known: Option<RequestLine<'a>>,
        limits: &HeadLimits,
    ) -> Result<Request<'a>, Fault> {
        if self.version == Version::Http11 && !self.host {
            return Err(Fault::MissingHost);
        }
        let RequestLine { method, target, version } = match known {
            Some(parsed) => parsed,
            None => self.request_line(input, limits)?,
        };
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

    /// The request line once more.
    fn request_line<'a>(&self, input: &'a [u8], limits: &HeadLimits) -> Result<RequestLine<'a>, Fault> {
        let end = self.field_lines.saturating_sub(CRLF.len());
        request_line(input.get(self.request_line..end).unwrap_or_default(), limits.target)
    }
}
