//! Finds and checks the head of a response, for a client (RFC 9112 sections 4 and 6.3).

use nom::Parser;

use super::connection::Connection;
use super::grammar::{Parsed, cut, field_line, line_length, mismatch, octet};
use super::octets::same_name;
use super::write::CRLF;
use super::{Fault, Fields, Framing, Method, Status, Version};

/// What every response begins with.
const PREFIX: &[u8] = b"HTTP/1.";

/// The head of a response.
#[derive(Clone, Copy, Debug)]
pub struct ReceivedResponse<'a> {
    status: Status,
    version: Version,
    fields: Fields<'a>,
    connection: Connection,
    framing: Option<Framing>,
}

impl<'a> ReceivedResponse<'a> {
    /// The status.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// All field lines.
    #[must_use]
    pub fn fields(&self) -> Fields<'a> {
        self.fields
    }

    /// The value of the first field of that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'a [u8]> {
        self.fields.get(name)
    }

    /// How long the body is in the answer to a request with this method; `None`: it ends with the connection
    /// (RFC 9112 section 6.3).
    #[must_use]
    pub fn framing(&self, method: Method) -> Option<Framing> {
        if method == Method::Head || !self.status.allows_body() { Some(Framing::None) } else { self.framing }
    }

    /// Whether the connection can carry another request after this response.
    #[must_use]
    pub fn keep_alive(&self) -> bool {
        self.connection.persists(self.version)
    }

    /// Whether the `Upgrade` field holds: HTTP/1.1, and `Connection` lists it (RFC 9110 section 7.8).
    #[must_use]
    pub fn upgrades(&self) -> bool {
        self.connection.upgrades(self.version)
    }
}

/// Finds the head of a response in bytes that arrive bit by bit, and remembers how far it came.
///
/// As [`HeadParser`](super::HeadParser) does, it stores no bytes: the caller passes what has arrived again, longer each time.
/// It is as strict: what two readers could understand differently is refused.
///
/// ```
/// use wm_websockets::http::{Fault, Framing, Method, ResponseParser};
///
/// let mut parser = ResponseParser::default();
/// assert!(parser.parse(b"HTTP/1.1 200 O", 1024)?.is_none());
/// let input = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
/// let (response, length) = parser.parse(input, 1024)?.expect("complete");
/// assert_eq!(response.framing(Method::Get), Some(Framing::Length(2)));
/// assert_eq!((response.status().code(), &input[length..]), (200, &b"hi"[..]));
///
/// assert_eq!(parser.parse(b"SSH-2.0-OpenSSH", 1024).unwrap_err(), Fault::BadStatusLine);
/// # Ok::<(), Fault>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ResponseParser {
    /// Where the line begins that is not complete yet.
    line: usize,
}

impl ResponseParser {
    /// Takes all bytes of the head that have arrived, and whatever follows it. Returns the response and the length of its head,
    /// or `None` while that is incomplete. `limit` bounds the head, in bytes.
    ///
    /// # Errors
    ///
    /// A [`Fault`] when the bytes are no response that HTTP/1.1 knows.
    pub fn parse<'a>(
        &mut self,
        input: &'a [u8],
        limit: usize,
    ) -> Result<Option<(ReceivedResponse<'a>, usize)>, Fault> {
        if input.iter().zip(PREFIX).any(|(octet, expected)| octet != expected) {
            return Err(Fault::BadStatusLine);
        }
        let window = input.get(..limit).unwrap_or(input);
        while let Some(length) = line_length(window.get(self.line..).unwrap_or_default())? {
            let next = self.line.saturating_add(length).saturating_add(CRLF.len());
            if length == 0 {
                let response = response(window.get(..self.line).unwrap_or_default())?;
                *self = Self::default();
                return Ok(Some((response, next)));
            }
            self.line = next;
        }
        if window.len() == limit { Err(Fault::HeadTooLarge) } else { Ok(None) }
    }
}

/// Reads a head without the empty line that ends it.
fn response(head: &[u8]) -> Result<ReceivedResponse<'_>, Fault> {
    let length = line_length(head)?.ok_or(Fault::BadStatusLine)?;
    let (line, rest) = head.split_at_checked(length).ok_or(Fault::BadStatusLine)?;
    let lines = rest.get(CRLF.len()..).unwrap_or_default();
    let (_, (version, status)) = status_line(line).map_err(|_| Fault::BadStatusLine)?;
    let (fields, mut connection, mut framing) = (Fields::new(lines), Connection::default(), Framing::None);
    let mut rest = lines;
    while let Some(length) = line_length(rest)? {
        let (name, value) = field_line(rest.get(..length).unwrap_or_default())?;
        if same_name(name, b"Connection") {
            connection.note(value);
        } else if same_name(name, b"Content-Length") {
            framing = framing.with_content_length(value)?;
        } else if same_name(name, b"Transfer-Encoding") {
            if version == Version::Http10 {
                return Err(Fault::BadTransferEncoding);
            }
            framing = framing.with_transfer_encoding(value)?;
        }
        rest = rest.get(length.saturating_add(CRLF.len())..).unwrap_or_default();
    }
    let framing = if framing == Framing::None { None } else { Some(framing) };
    Ok(ReceivedResponse { status, version, fields, connection, framing })
}

/// `HTTP-version SP status-code SP [ reason-phrase ]` of RFC 9112 section 4. The reason is for people, and not looked at.
fn status_line(line: &[u8]) -> Parsed<'_, (Version, Status)> {
    let (line, _) = cut(line, PREFIX.len())?;
    let (rest, (version, (), status, ())) = (minor_version, octet(b' '), status, octet(b' ')).parse(line)?;
    Ok((rest, (version, status)))
}

/// A minor version above 1 means a server that also speaks HTTP/1.1 (RFC 9110 section 2.5).
fn minor_version(input: &[u8]) -> Parsed<'_, Version> {
    match input {
        [b'0', rest @ ..] => Ok((rest, Version::Http10)),
        [b'1'..=b'9', rest @ ..] => Ok((rest, Version::Http11)),
        _ => mismatch(),
    }
}

fn status(input: &[u8]) -> Parsed<'_, Status> {
    let (rest, digits) = cut(input, 3)?;
    let is_number = digits.iter().all(u8::is_ascii_digit);
    let code = str::from_utf8(digits).ok().filter(|_| is_number).and_then(|digits| digits.parse().ok());
    code.and_then(Status::from_code).map_or_else(mismatch, |status| Ok((rest, status)))
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::vec::Vec;

    use super::*;

    fn parse(input: &str) -> Result<Option<(ReceivedResponse<'_>, usize)>, Fault> {
        ResponseParser::default().parse(input.as_bytes(), 256)
    }

    fn fault(input: &str) -> Fault {
        parse(input).expect_err("a fault")
    }

    #[test]
    fn a_head_is_found_however_it_is_cut() {
        let input =
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: x, Upgrade\r\n\r\nrest";
        for cut in 1..input.len() - 4 {
            let mut parser = ResponseParser::default();
            assert!(parser.parse(&input[..cut], 256).unwrap().is_none(), "{cut}");
            let (response, length) = parser.parse(input, 256).unwrap().expect("complete");
            assert_eq!((response.status().code(), &input[length..]), (101, &b"rest"[..]));
            assert!(response.upgrades());
            let names: Vec<_> = response.fields().iter().map(|(name, _)| name).collect();
            assert_eq!(names, ["Upgrade", "Connection"]);
        }
    }

    #[test]
    fn what_is_no_response_is_refused_at_its_first_bad_byte() {
        for input in ["S", "HTTP/2", "HTTP/1/", "http/1.1 200 OK\r\n\r\n", "\r\nHTTP/1.1 200 OK\r\n\r\n"] {
            assert_eq!(fault(input), Fault::BadStatusLine, "{input:?}");
        }
    }

    #[test]
    fn a_status_line_has_exactly_its_parts() {
        for line in
            ["HTTP/1.1 200", "HTTP/1.1  200 OK", "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 999 X"]
        {
            assert_eq!(fault(&format!("{line}\r\n\r\n")), Fault::BadStatusLine, "{line:?}");
        }
        for line in ["HTTP/1.1 200 ", "HTTP/1.0 200 OK", "HTTP/1.9 299 Any \u{e9} thing"] {
            assert!(parse(&format!("{line}\r\n\r\n")).unwrap().is_some(), "{line:?}");
        }
    }

    #[test]
    fn the_body_ends_as_section_6_3_says() {
        for (head, method, framing) in [
            ("200 OK\r\n", Method::Get, None),
            ("200 OK\r\nContent-Length: 7\r\n", Method::Get, Some(Framing::Length(7))),
            ("200 OK\r\nContent-Length: 7\r\n", Method::Head, Some(Framing::None)),
            ("204 No Content\r\n", Method::Get, Some(Framing::None)),
            ("304 Not Modified\r\nContent-Length: 7\r\n", Method::Get, Some(Framing::None)),
            ("200 OK\r\nTransfer-Encoding: chunked\r\n", Method::Get, Some(Framing::Chunked)),
        ] {
            let input = format!("HTTP/1.1 {head}\r\n");
            assert_eq!(parse(&input).unwrap().unwrap().0.framing(method), framing, "{head:?}");
        }
    }

    #[test]
    fn ambiguous_heads_are_refused() {
        for (lines, expected) in [
            ("Content-Length: 1\r\nContent-Length: 1\r\n", Fault::RepeatedContentLength),
            ("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", Fault::ConflictingLengths),
            ("Transfer-Encoding: gzip\r\n", Fault::UnknownTransferCoding),
            ("Content-Length: -1\r\n", Fault::BadContentLength),
            ("A : b\r\n", Fault::SpaceBeforeColon),
            ("A: b\r\n c\r\n", Fault::ObsFold),
            ("A\r\n", Fault::BadFieldLine),
            ("A: b\n", Fault::BareLf),
            ("A: b\rc\r\n", Fault::BareCr),
            ("A: \0\r\n", Fault::Nul),
        ] {
            assert_eq!(fault(&format!("HTTP/1.1 200 OK\r\n{lines}\r\n")), expected, "{lines:?}");
        }
        assert_eq!(
            fault("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
            Fault::BadTransferEncoding
        );
    }

    #[test]
    fn an_endless_head_meets_its_limit() {
        let input = format!("HTTP/1.1 200 OK\r\nA: {}", "b".repeat(300));
        assert_eq!(fault(&input), Fault::HeadTooLarge);
        assert!(parse(&input[..255]).unwrap().is_none());
    }
}
