//! An HTTP client on the peer. Responses are read with the crate httparse.

use httparse::{EMPTY_HEADER, Status};
use wm_sys::host::PeerSocket;

use crate::world::{PORT, Tested, World};

/// A response as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    fields: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    /// The value of a field, by its name in any case.
    pub fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(own, _)| own.eq_ignore_ascii_case(name))?;
        Some(&found.1)
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a text")
    }
}

/// What a client asked, as far as it decides how the response ends.
#[derive(Clone, Copy, PartialEq)]
pub enum Asked {
    Body,
    Head,
}

/// A connection, and what arrived on it and was not yet looked at.
pub struct HttpClient {
    pub socket: PeerSocket,
    pub received: Vec<u8>,
}

impl HttpClient {
    /// Begins a connection.
    pub fn connect<D: Tested>(world: &mut World<D>) -> Self {
        HttpClient { socket: world.peer.connect(PORT), received: Vec::new() }
    }

    /// A connection that stands.
    #[track_caller]
    pub fn connected<D: Tested>(world: &mut World<D>) -> Self {
        let client = HttpClient::connect(world);
        world.run_until(|world| world.peer.is_connected(client.socket));
        client
    }

    pub fn send<D: Tested>(&self, world: &mut World<D>, bytes: impl AsRef<[u8]>) {
        world.peer.send(self.socket, bytes.as_ref());
    }

    /// Sends a request and waits for the response.
    #[track_caller]
    pub fn ask<D: Tested>(&mut self, world: &mut World<D>, request: impl AsRef<[u8]>) -> Reply {
        self.send(world, request);
        self.reply(world)
    }

    /// Waits for a response.
    #[track_caller]
    pub fn reply<D: Tested>(&mut self, world: &mut World<D>) -> Reply {
        self.reply_to(world, Asked::Body)
    }

    #[track_caller]
    pub fn reply_to<D: Tested>(&mut self, world: &mut World<D>, asked: Asked) -> Reply {
        let mut reply = None;
        world.run_until(|world| {
            let ended = self.pump(world);
            reply = parse(&self.received, asked, ended);
            reply.is_some() || ended
        });
        let shown = String::from_utf8_lossy(&self.received[..self.received.len().min(500)]).into_owned();
        let (reply, length) = reply.unwrap_or_else(|| panic!("the connection ended after {shown:?}"));
        self.received.drain(..length);
        reply
    }

    /// Takes what arrived; says whether nothing more will come.
    pub fn pump<D: Tested>(&mut self, world: &mut World<D>) -> bool {
        self.received.extend(world.peer.recv(self.socket));
        world.peer.is_finished(self.socket) || world.peer.is_closed(self.socket)
    }

    /// Waits for the end of the connection, and expects an orderly one without further bytes.
    #[track_caller]
    pub fn expect_end<D: Tested>(&mut self, world: &mut World<D>) {
        world.run_until(|world| self.pump(world));
        assert!(!world.peer.is_reset(self.socket), "the server broke off");
        assert_eq!(String::from_utf8_lossy(&self.received), "");
        world.peer.close(self.socket);
        world.run_until(|world| world.peer.is_closed(self.socket) || is_over(world, self.socket));
    }

    /// Waits for a reset.
    #[track_caller]
    pub fn expect_reset<D: Tested>(&mut self, world: &mut World<D>) {
        world.run_until(|world| self.pump(world));
        assert!(world.peer.is_reset(self.socket), "the server ended in good order");
    }

    /// Whether the server still answers on this connection.
    #[track_caller]
    pub fn is_usable<D: Tested>(&mut self, world: &mut World<D>) -> bool {
        self.send(world, "GET /hello HTTP/1.1\r\nHost: device\r\n\r\n");
        let mut usable = false;
        world.run_until(|world| {
            let ended = self.pump(world);
            usable = parse(&self.received, Asked::Body, ended).is_some_and(|(reply, _)| reply.status == 200);
            usable || ended
        });
        usable
    }
}

/// Both sides have ended, though the peer may wait for stray segments.
fn is_over<D: Tested>(world: &World<D>, socket: PeerSocket) -> bool {
    world.peer.is_finished(socket) && world.peer.unacknowledged(socket) == 0
}

/// The first response in `bytes` and its length, if it is complete.
pub fn parse(bytes: &[u8], asked: Asked, ended: bool) -> Option<(Reply, usize)> {
    let mut fields = [EMPTY_HEADER; 16];
    let mut head = httparse::Response::new(&mut fields);
    let Status::Complete(length) = head.parse(bytes).expect("a response that httparse understands") else {
        return None;
    };
    let text = |value: &[u8]| String::from_utf8(value.to_vec()).expect("fields in ASCII");
    let mut reply = Reply {
        status: head.code?,
        fields: head.headers.iter().map(|field| (field.name.to_owned(), text(field.value))).collect(),
        body: Vec::new(),
    };
    let (body, body_length) = body(&reply, &bytes[length..], asked, ended)?;
    reply.body = body;
    Some((reply, length + body_length))
}

/// The body of a response (RFC 9112 section 6.3) and how many bytes it takes.
fn body(reply: &Reply, bytes: &[u8], asked: Asked, ended: bool) -> Option<(Vec<u8>, usize)> {
    if asked == Asked::Head || matches!(reply.status, 100..200 | 204 | 304) {
        return Some((Vec::new(), 0));
    }
    if reply.field("Transfer-Encoding").is_some() {
        return chunked(bytes);
    }
    match reply.field("Content-Length") {
        Some(length) => {
            let length = length.parse().expect("a length");
            Some((bytes.get(..length)?.to_vec(), length))
        }
        None => ended.then(|| (bytes.to_vec(), bytes.len())),
    }
}

fn chunked(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let Status::Complete((header, size)) =
            httparse::parse_chunk_size(&bytes[at..]).expect("a chunk size")
        else {
            return None;
        };
        let start = at + header;
        let end = start + usize::try_from(size).expect("a size in reason");
        let line_end = bytes.get(end..end + 2)?;
        assert_eq!(line_end, b"\r\n", "the end of a chunk, and no trailer fields");
        body.extend_from_slice(&bytes[start..end]);
        at = end + 2;
        if size == 0 {
            return Some((body, at));
        }
    }
}
