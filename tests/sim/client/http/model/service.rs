//! Servers on the peer, good or as bad as chance has it.

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;
use wm_sys::host::PeerSocket;
use wm_websockets::server::Context;

use super::{Log, PORTS, answer, sent};
use crate::world::World;

/// A server on the peer, and its connections.
pub struct Service {
    port: u16,
    waiting: Option<PeerSocket>,
    connections: Vec<Serving>,
}

/// One of them.
struct Serving {
    socket: PeerSocket,
    received: Vec<u8>,
    /// What is still to be sent, and whether the connection ends behind it, and how.
    outgoing: Vec<u8>,
    end: Option<bool>,
    is_over: bool,
}

impl Service {
    pub fn new(port: u16) -> Self {
        Service { port, waiting: None, connections: Vec::new() }
    }

    pub fn act(
        &mut self,
        world: &mut World<Context>,
        chance: &mut Xoshiro256PlusPlus,
        log: &Log,
        good: bool,
    ) {
        // Whoever came may be gone already.
        self.waiting = self.waiting.filter(|socket| !world.peer.is_closed(*socket));
        let socket = *self.waiting.get_or_insert_with(|| {
            world.peer.set_buffer([700, 8_000, 30_000][chance.random_range(0..3)]);
            world.peer.listen(self.port)
        });
        if world.peer.is_connected(socket) {
            self.waiting = None;
            let (received, outgoing) = (Vec::new(), Vec::new());
            self.connections.push(Serving { socket, received, outgoing, end: None, is_over: false });
        }
        for serving in self.connections.iter_mut().filter(|serving| !serving.is_over) {
            serving.act(world, chance, log, good);
        }
    }

    pub fn end(&mut self, world: &mut World<Context>) {
        self.connections.iter().for_each(|serving| world.peer.abort(serving.socket));
        if let Some(socket) = self.waiting {
            world.peer.abort(socket);
        }
    }
}

impl Serving {
    fn act(&mut self, world: &mut World<Context>, chance: &mut Xoshiro256PlusPlus, log: &Log, good: bool) {
        self.received.extend(world.peer.recv(self.socket));
        if !self.outgoing.is_empty() {
            let count = if good { self.outgoing.len() } else { chance.random_range(1..=self.outgoing.len()) };
            let piece: Vec<u8> = self.outgoing.drain(..count).collect();
            world.peer.send(self.socket, &piece);
        }
        if let (Some(resets), true) = (self.end, self.outgoing.is_empty()) {
            match resets {
                true => world.peer.abort(self.socket),
                false => world.peer.close(self.socket),
            }
            self.is_over = true;
            return;
        }
        if world.peer.is_finished(self.socket) || world.peer.is_closed(self.socket) {
            world.peer.close(self.socket);
            self.is_over = true;
            return;
        }
        if self.end.is_none() && !good {
            match chance.random_range(0..120) {
                0 => self.end = Some(true),
                1 => self.end = Some(false),
                2 if self.received.is_empty() && self.outgoing.is_empty() => {
                    self.outgoing = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n".to_vec();
                    self.end = Some(false);
                }
                _ => {}
            }
        }
        self.read(chance, log, good);
    }

    /// Answers the request that has arrived: sometimes before it is whole.
    fn read(&mut self, chance: &mut Xoshiro256PlusPlus, log: &Log, good: bool) {
        if self.end.is_some() || !self.outgoing.is_empty() {
            return;
        }
        let Some((number, hop, length)) = parse(&self.received) else { return };
        let is_early = !good && length.is_none() && chance.random_bool(0.02);
        if length.is_none() && !is_early {
            return;
        }
        let head = String::from_utf8_lossy(&self.received).into_owned();
        log.note(number, |asked| *asked.heads.entry(hop).or_default() += 1);
        let is_head = head.starts_with("HEAD ");
        self.received.drain(..length.unwrap_or(0));
        match if good { 20 } else { chance.random_range(0..20) } {
            0 => self.end = Some(true),
            1 => self.end = Some(false),
            2 => {
                self.outgoing = b"nonsense\r\n\r\n".to_vec();
                self.end = Some(false);
            }
            3..6 => {
                let (status, port) =
                    ([302, 303, 307][chance.random_range(0..3)], PORTS[chance.random_range(0..2)]);
                self.outgoing = format!(
                    "HTTP/1.1 {status} Elsewhere\r\nLocation: http://10.0.2.2:{port}/{number}/{}\r\n\
                     Content-Length: 0\r\n\r\n",
                    hop + 1
                )
                .into_bytes();
            }
            _ => self.respond(number, is_head, chance, good),
        }
        if is_early {
            self.end = Some(chance.random_bool(0.5));
        }
    }

    fn respond(&mut self, number: u32, is_head: bool, chance: &mut Xoshiro256PlusPlus, good: bool) {
        let body = answer(number);
        let body = if is_head { &[][..] } else { &body };
        let first = if chance.random_bool(0.2) { "HTTP/1.1 103 Early Hints\r\n\r\n" } else { "" };
        let status = format!("{first}HTTP/1.1 200 OK\r\nX-Number: {number}\r\n");
        self.outgoing = match chance.random_range(0..4) {
            0 => {
                let mut whole = format!("{status}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
                for piece in body.chunks(700) {
                    whole.extend([format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat());
                }
                if !is_head {
                    whole.extend(b"0\r\n\r\n");
                }
                whole
            }
            1 => {
                self.end = Some(false);
                [format!("{status}\r\n").as_bytes(), body].concat()
            }
            which => {
                if which == 2 && !good && chance.random_bool(0.3) {
                    self.end = Some(chance.random_bool(0.5));
                }
                [format!("{status}Content-Length: {}\r\n\r\n", answer(number).len()).as_bytes(), body]
                    .concat()
            }
        };
    }
}

/// The number of the request that begins here, how often it was sent elsewhere, and its length once it is whole.
fn parse(bytes: &[u8]) -> Option<(u32, u32, Option<usize>)> {
    let mut fields = [httparse::EMPTY_HEADER; 16];
    let mut request = httparse::Request::new(&mut fields);
    let httparse::Status::Complete(head) = request.parse(bytes).expect("a request") else { return None };
    let mut parts =
        request.path.expect("a path").split('/').skip(1).map(|part| part.parse::<u32>().expect("numbers"));
    let (number, hop) = (parts.next().expect("a number"), parts.next().expect("a hop"));
    let field = |name: &str| request.headers.iter().find(|field| field.name == name).map(|field| field.value);
    let known = field("Content-Length")
        .map(|length| str::from_utf8(length).expect("digits").parse::<usize>().expect("a length"));
    let is_chunked = field("Transfer-Encoding").is_some();
    let rest = &bytes[head..];
    let body = match known {
        Some(length) => {
            let whole = rest.get(..length);
            assert!(whole.is_none_or(|whole| whole == sent(number, length)), "another body of {number}");
            whole.map(|whole| whole.len())
        }
        None if is_chunked => chunked(rest, number),
        None => Some(0),
    };
    Some((number, hop, body.map(|body| head + body)))
}

fn chunked(bytes: &[u8], number: u32) -> Option<usize> {
    let (mut at, mut body) = (0, Vec::<u8>::new());
    loop {
        let httparse::Status::Complete((header, size)) =
            httparse::parse_chunk_size(bytes.get(at..)?).expect("a chunk")
        else {
            return None;
        };
        let (start, size) = (at + header, usize::try_from(size).expect("a size"));
        body.extend(bytes.get(start..start + size)?);
        at = start + size + 2;
        if size == 0 {
            bytes.get(..at)?;
            assert!(body == sent(number, body.len()), "another body of {number}");
            return Some(at);
        }
    }
}
