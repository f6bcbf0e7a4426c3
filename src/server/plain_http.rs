//! HTTP without TLS at a port with it.

use super::securing::Secured;
use super::visit::Visit;
use crate::http::{HeadLimits, HeadParser, Request};

/// What becomes of HTTP without TLS at a port with TLS: of people who type `http://` there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlainHttp {
    /// It is answered with 400, and a sentence on it.
    #[default]
    Refuse,
    /// It is sent to the same place by `https`, with 308, as far as its first segment tells where that is; else it is refused.
    Redirect,
    /// It is served as if nothing were missing, and everybody on the way can read it.
    Serve,
}

/// What a port does to a client that speaks HTTP without TLS. A pointer, so that firmware contains what it uses.
pub(super) type Answer = fn(&mut Visit<'_>) -> Secured;

impl PlainHttp {
    pub(super) fn answer(self) -> Option<Answer> {
        match self {
            PlainHttp::Refuse => None,
            PlainHttp::Redirect => Some(redirect),
            PlainHttp::Serve => Some(|_| Secured::Done),
        }
    }
}

const SPEAKS_TLS: &[u8] = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n\
    Content-Length: 47\r\n\r\nThis port speaks TLS: use https:// or wss://.\r\n";

const ELSEWHERE: &[u8] =
    b"HTTP/1.1 308 Permanent Redirect\r\nConnection: close\r\nContent-Length: 0\r\nLocation: https://";

/// Says what is missing.
pub(super) fn refuse(visit: &mut Visit<'_>) -> Secured {
    visit.send(&[SPEAKS_TLS]).ok();
    Secured::Refused
}

fn redirect(visit: &mut Visit<'_>) -> Secured {
    let Ok(Some(mut input)) = visit.transport.receive(visit.shared) else { return refuse(visit) };
    let limits = visit.shared.limits.head;
    let length = input.bytes().len();
    match parse(input.bytes(), &limits).as_ref().and_then(location) {
        Some([host, path, mark, query]) => visit.send(&[ELSEWHERE, host, path, mark, query, b"\r\n\r\n"]),
        None => visit.send(&[SPEAKS_TLS]),
    }
    .ok();
    input.advance(length);
    visit.transport.consumed(visit.shared, input, length);
    Secured::Refused
}

fn parse<'i>(input: &'i [u8], limits: &HeadLimits) -> Option<Request<'i>> {
    Some(HeadParser::default().parse(input, limits).ok()??.0)
}

/// Host, path, and the query with its question mark, of a request that has a path.
fn location<'r>(request: &Request<'r>) -> Option<[&'r [u8]; 4]> {
    let path = Some(request.path()).filter(|path| path.starts_with('/'))?;
    let (mark, query) = match request.query() {
        Some(query) => ("?", query),
        None => ("", ""),
    };
    Some([request.host()?, path, mark, query].map(str::as_bytes))
}
