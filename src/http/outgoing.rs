//! What a response says about itself that somebody else composed.

use alloc::vec::Vec;

use wm_sys::heap;

use super::fields::elements;
use super::framing::parse_number;
use super::grammar::split_line;
use super::octets::{find, find_name, trim};
use super::{BodyDecoder, Framing};

/// Longest head that is looked at; a longer one is taken to end with the connection.
const MAX_HEAD: usize = 4096;

/// Follows a response that passes by in pieces, head first, and knows where it ends (RFC 9112 section 6.3).
///
/// ```
/// use wm_websockets::http::OutgoingResponse;
///
/// let mut response = OutgoingResponse::new(false);
/// assert_eq!(response.pass(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi, and too much"), 40);
/// assert!(response.is_complete() && !response.closes());
/// ```
#[derive(Debug)]
pub struct OutgoingResponse {
    stage: Stage,
    /// The response answers a HEAD request: it has no body, whatever its head says.
    head_only: bool,
    closes: bool,
}

#[derive(Debug)]
enum Stage {
    /// The head so far. Empty while one passes by whole.
    Head(Vec<u8>),
    Body(BodyDecoder),
    /// The end of the connection is the end of the body.
    UntilClose,
    Complete,
}

impl OutgoingResponse {
    /// Nothing has passed yet. `head_only`: it answers a HEAD request.
    #[must_use]
    pub const fn new(head_only: bool) -> Self {
        OutgoingResponse { stage: Stage::Head(Vec::new()), head_only, closes: false }
    }

    /// Takes the next bytes; says how many of them belong to the response: what follows its end does not.
    pub fn pass(&mut self, bytes: &[u8]) -> usize {
        let mut passed = 0_usize;
        loop {
            let rest = bytes.get(passed..).unwrap_or_default();
            let step = match &mut self.stage {
                Stage::Complete => return passed,
                Stage::UntilClose => return bytes.len(),
                _ if rest.is_empty() => return passed,
                Stage::Head(_) => self.head(rest),
                Stage::Body(_) => self.body(rest),
            };
            passed = passed.saturating_add(step);
        }
    }

    /// Whether it has passed to its end.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        matches!(self.stage, Stage::Complete)
    }

    /// Whether only the end of the connection ends it.
    #[must_use]
    pub const fn is_until_close(&self) -> bool {
        matches!(self.stage, Stage::UntilClose)
    }

    /// Whether the connection is to end behind it.
    #[must_use]
    pub const fn closes(&self) -> bool {
        self.closes
    }

    /// Reads on in the head: how many of the bytes belong to it.
    fn head(&mut self, bytes: &[u8]) -> usize {
        let Stage::Head(held) = &mut self.stage else { return 0 };
        if held.is_empty()
            && let Some((summary, length)) = Summary::of(bytes)
        {
            self.begin_body(&summary);
            return length;
        }
        let before = held.len();
        let room = MAX_HEAD.saturating_sub(before).min(bytes.len());
        let mut head = core::mem::take(held);
        let kept = heap::try_extend(&mut head, bytes.get(..room).unwrap_or_default());
        match Summary::of(&head) {
            Some((summary, length)) => {
                self.begin_body(&summary);
                length.saturating_sub(before)
            }
            None if kept.is_err() || head.len() >= MAX_HEAD => {
                (self.closes, self.stage) = (true, Stage::UntilClose);
                bytes.len()
            }
            None => {
                self.stage = Stage::Head(head);
                bytes.len()
            }
        }
    }

    fn begin_body(&mut self, summary: &Summary) {
        if matches!(summary.status, 100 | 102..=199) {
            self.stage = Stage::Head(Vec::new());
            return;
        }
        self.closes |= summary.closes;
        let bodiless = self.head_only || matches!(summary.status, 204 | 304);
        self.stage = match summary.framing {
            _ if bodiless => Stage::Complete,
            Some(Framing::Length(0)) => Stage::Complete,
            Some(framing) => BodyDecoder::new(framing, u64::MAX).map_or(Stage::UntilClose, Stage::Body),
            None => Stage::UntilClose,
        };
        self.closes |= self.is_until_close();
    }

    fn body(&mut self, bytes: &[u8]) -> usize {
        let Stage::Body(decoder) = &mut self.stage else { return 0 };
        match decoder.decode(bytes) {
            Ok(step) if step.complete => {
                self.stage = Stage::Complete;
                step.consumed
            }
            Ok(step) => step.consumed,
            // Its own chunks are broken: nobody can tell where it ends.
            Err(_) => {
                (self.closes, self.stage) = (true, Stage::UntilClose);
                bytes.len()
            }
        }
    }
}

/// What a head says about its message.
#[derive(Default)]
struct Summary {
    /// 0: the status line has none.
    status: u16,
    framing: Option<Framing>,
    closes: bool,
}

/// The fields that it is about, as most programs in C write them.
const FIELDS: [&[u8]; 3] = [b"content-length", b"transfer-encoding", b"connection"];

impl Summary {
    /// Of the head at the front of `bytes`, and the length of that with its empty line; `None`: it is not complete.
    fn of(bytes: &[u8]) -> Option<(Self, usize)> {
        let mut summary = Summary::default();
        let mut is_first = true;
        let mut rest = bytes;
        while let Some((line, after)) = split_line(rest) {
            rest = after;
            match line {
                [] => return Some((summary, bytes.len().saturating_sub(rest.len()))),
                line if core::mem::take(&mut is_first) => summary.status_line(line),
                line => summary.field_line(line),
            }
        }
        None
    }

    fn status_line(&mut self, line: &[u8]) {
        let mut words = line.split(|&octet| octet == b' ');
        self.closes = words.next() == Some(b"HTTP/1.0");
        let status = words.next().and_then(parse_number);
        self.status = status.and_then(|status| u16::try_from(status).ok()).unwrap_or(0);
    }

    fn field_line(&mut self, line: &[u8]) {
        let Some((name, value)) = find(line, b':').and_then(|colon| line.split_at_checked(colon)) else {
            return;
        };
        let value = trim(value.get(1..).unwrap_or_default());
        match find_name(name, &FIELDS) {
            Some(0) if self.framing.is_none() => {
                self.framing = parse_number(value).map(Framing::Length);
            }
            Some(1) => self.framing = Some(Framing::Chunked),
            Some(2) => {
                for option in elements(value) {
                    self.closes = match () {
                        () if option.eq_ignore_ascii_case(b"close") => true,
                        () if option.eq_ignore_ascii_case(b"keep-alive") => false,
                        () => self.closes,
                    };
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Passes `message` in pieces of `size`; how many bytes belonged to it.
    fn pass(response: &mut OutgoingResponse, message: &[u8], size: usize) -> usize {
        message.chunks(size).map(|piece| response.pass(piece)).sum()
    }

    #[test]
    fn a_length_ends_it_however_it_is_cut() {
        let message =
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\ncontent-length: 5\r\n\r\nhelloHTTP/1.1 200";
        for size in 1..message.len() {
            let mut response = OutgoingResponse::new(false);
            assert_eq!(pass(&mut response, message, size), message.len() - 12);
            assert!(response.is_complete() && !response.closes(), "{size}");
        }
    }

    #[test]
    fn the_last_chunk_ends_it() {
        let message = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\nmore";
        for size in 1..message.len() {
            let mut response = OutgoingResponse::new(false);
            assert_eq!(pass(&mut response, message, size), message.len() - 4);
            assert!(response.is_complete(), "{size}");
        }
    }

    #[test]
    fn without_a_length_the_connection_ends_it() {
        let mut response = OutgoingResponse::new(false);
        let message = b"HTTP/1.1 200 OK\r\n\r\nanything";
        assert_eq!(response.pass(message), message.len());
        assert!(response.is_until_close() && response.closes() && !response.is_complete());
    }

    #[test]
    fn what_has_no_body_ends_with_its_head() {
        for (head, head_only) in [
            (&b"HTTP/1.1 204 No Content\r\n\r\n"[..], false),
            (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", false),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", true),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false),
        ] {
            let mut response = OutgoingResponse::new(head_only);
            assert_eq!(response.pass(head), head.len());
            assert!(response.is_complete());
            assert_eq!(response.pass(b"body"), 0);
        }
    }

    #[test]
    fn interim_responses_come_before_it() {
        let mut response = OutgoingResponse::new(false);
        let interim = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
        assert_eq!(response.pass(interim), interim.len());
        assert!(!response.is_complete());
        assert_eq!(response.pass(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), 38);
        assert!(response.is_complete());
    }

    #[test]
    fn persistence_is_as_it_says() {
        for (message, closes) in [
            ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", true),
            ("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", true),
            ("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", false),
            ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false),
        ] {
            let mut response = OutgoingResponse::new(false);
            response.pass(message.as_bytes());
            assert_eq!(response.closes(), closes, "{message}");
        }
    }

    #[test]
    fn a_head_without_end_is_not_kept() {
        let mut response = OutgoingResponse::new(false);
        for _ in 0..200 {
            assert_eq!(response.pass(b"X-Header: value of some length\r\n"), 32);
        }
        assert!(response.is_until_close());
    }
}
