//! Finds and checks the head of a request in bytes that arrive bit by bit.

use super::fields::elements;
use super::grammar::{RequestLine, field_line, line_length, request_line, token};
use super::octets::{same_name, trim};
use super::request::Facts;
use super::target::is_host;
use super::write::CRLF;
use super::{Fault, Fields, Method, Parameters, Request, Version};

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

impl HeadLimits {
    /// What each field says of itself.
    pub const DEFAULT: HeadLimits = HeadLimits { target: 1024, head: 4096 };
}

impl Default for HeadLimits {
    fn default() -> Self {
        HeadLimits::DEFAULT
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
    /// Where the request line begins.
    request_line: usize,
    /// Where the field lines begin; 0 before the request line is known.
    field_lines: usize,
    /// What the request line and the field lines before `line` have said, as far as the rest of the head must
    /// agree with it.
    http_1_0: bool,
    facts: Facts,
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
        // What lies behind the limit is not looked at, so that the answer does not depend on how much has
        // arrived.
        let head = input.get(..limits.head).unwrap_or(input);
        // Kept for a head that comes at once, as most do; one that comes in pieces has its request line
        // parsed twice: cheaper than to remember where the parts lie.
        let mut known = None;
        if self.field_lines == 0 {
            known = self.begin(head, limits)?;
        }
        while self.field_lines > 0 {
            let rest = head.get(self.line..).unwrap_or_default();
            match line_length(rest)? {
                None => break,
                Some(0) => {
                    let request = self.request(head, known, limits)?;
                    let length = behind(self.line, 0);
                    (self.line, self.field_lines) = (0, 0);
                    return Ok(Some((request, length)));
                }
                Some(length) => {
                    self.note(rest.get(..length).unwrap_or_default())?;
                    self.line = behind(self.line, length);
                }
            }
        }
        if head.len() < limits.head { Ok(None) } else { Err(Fault::HeadTooLarge) }
    }

    /// Skips empty lines, and reads the request line; `None` while it is incomplete.
    fn begin<'a>(&mut self, head: &'a [u8], limits: &HeadLimits) -> Result<Option<RequestLine<'a>>, Fault> {
        let longest = limits.target.saturating_add(AROUND_TARGET);
        loop {
            let rest = head.get(self.line..).unwrap_or_default();
            let window = rest.get(..longest).unwrap_or(rest);
            match line_length(window)? {
                None if window.len() == longest => return Err(long_request_line(window)),
                None => return Ok(None),
                Some(0) if self.line < EMPTY_LINES => self.line = behind(self.line, 0),
                Some(length) => {
                    let parsed = request_line(window.get(..length).unwrap_or_default(), limits.target)?;
                    self.http_1_0 = parsed.version == Version::Http10;
                    self.facts = Facts::default();
                    self.request_line = self.line;
                    self.line = behind(self.line, length);
                    self.field_lines = self.line;
                    return Ok(Some(parsed));
                }
            }
        }
    }

    /// The request of a complete head, whose last line, the empty one, is the current one.
    fn request<'a>(
        &self,
        head: &'a [u8],
        known: Option<RequestLine<'a>>,
        limits: &HeadLimits,
    ) -> Result<Request<'a>, Fault> {
        if !self.http_1_0 && !self.facts.host {
            return Err(Fault::MissingHost);
        }
        let line = match known {
            Some(parsed) => parsed,
            None => self.request_line(head, limits)?,
        };
        let fields = Fields::new(head.get(self.field_lines..self.line).unwrap_or_default());
        Ok(Request { line, fields, facts: self.facts, parameters: Parameters::default() })
    }

    /// The request line once more.
    #[cold]
    fn request_line<'a>(&self, head: &'a [u8], limits: &HeadLimits) -> Result<RequestLine<'a>, Fault> {
        let end = self.field_lines.saturating_sub(CRLF.len());
        request_line(head.get(self.request_line..end).unwrap_or_default(), limits.target)
    }
}

/// Where the line behind one of `length` octets begins. Both lie within the input: nothing wraps.
fn behind(line: usize, length: usize) -> usize {
    line.wrapping_add(length).wrapping_add(CRLF.len())
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

/// Which of them the line is, and its value. A line that is one of them needs no look at its name's octets.
fn known_field(line: &[u8]) -> Option<(usize, &[u8])> {
    FIELDS.iter().enumerate().find_map(|(index, field)| match line.split_at_checked(field.len()) {
        Some((name, [b':', value @ ..])) if same_name(name, field) => Some((index, trim(value))),
        _ => None,
    })
}

/// What field lines say.
impl HeadParser {
    /// Checks a field line, and takes in what it says about the message itself.
    fn note(&mut self, line: &[u8]) -> Result<(), Fault> {
        match known_field(line) {
            None => field_line(line).map(drop),
            Some((0, value)) => self.note_host(value),
            Some((1, value)) => {
                self.facts.connection.note(value);
                Ok(())
            }
            Some((2, value)) => {
                self.facts.framing = self.facts.framing.with_content_length(value)?;
                Ok(())
            }
            Some((3, value)) => self.note_transfer_encoding(value),
            Some((_, value)) => self.note_expectation(value),
        }
    }

    fn note_host(&mut self, value: &[u8]) -> Result<(), Fault> {
        if self.facts.host {
            return Err(Fault::RepeatedHost);
        }
        if !is_host(value) {
            return Err(Fault::BadHost);
        }
        self.facts.host = true;
        Ok(())
    }

    fn note_transfer_encoding(&mut self, value: &[u8]) -> Result<(), Fault> {
        if self.http_1_0 {
            return Err(Fault::BadTransferEncoding);
        }
        self.facts.framing = self.facts.framing.with_transfer_encoding(value)?;
        Ok(())
    }

    /// HTTP/1.0 has no expectations, and a server must not answer one there (RFC 9110 section 10.1.1).
    fn note_expectation(&mut self, value: &[u8]) -> Result<(), Fault> {
        if self.http_1_0 {
            return Ok(());
        }
        if elements(value).any(|expectation| !same_name(expectation, b"100-continue")) {
            return Err(Fault::ExpectationFailed);
        }
        self.facts.expects_continue = true;
        Ok(())
    }
}
