//! A client with a WebSocket, and what both sides must have heard.

use std::collections::VecDeque;

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;
use wm_sys::host::PeerSocket;
use wm_websockets::server::Context;
use wm_websockets::ws::Opcode;

use super::application::Application;
use super::plan::{Means, size};
use super::visitor::{Manner, Piece, cut};
use crate::websocket::frame;
use crate::world::{PORT, World};

enum Step {
    Send(Vec<u8>),
    Pause(u32),
    /// What was sent is a whole frame: others may follow.
    Whole,
}

impl From<Piece> for Step {
    fn from(piece: Piece) -> Self {
        match piece {
            Piece::Bytes(bytes) => Step::Send(bytes),
            Piece::Pause(ticks) => Step::Pause(ticks),
        }
    }
}

pub struct Correspondent {
    number: u32,
    manner: Manner,
    chance: Xoshiro256PlusPlus,
    socket: Option<PeerSocket>,
    buffer: usize,
    is_slow: bool,
    steps: VecDeque<Step>,
    received: Vec<u8>,
    upgraded: bool,
    /// Control frames, for when no other frame is on its way.
    control: Vec<u8>,
    is_between_frames: bool,
    sent: Vec<Vec<u8>>,
    heard: Vec<Vec<u8>>,
    /// The server's Close frame.
    farewell: Option<Vec<u8>>,
    has_closed: bool,
    ended: bool,
}

impl Correspondent {
    pub fn new(means: &Means, number: u32) -> Self {
        let mut chance = means.chance(2_000_000 + u64::from(number));
        let manner = Manner::of(means, &mut chance);
        let mut steps = VecDeque::from([Step::Pause(chance.random_range(0..50))]);
        let handshake = format!(
            "GET /ws/{number} HTTP/1.1\r\nHost: device\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        cut(&mut steps, handshake.as_bytes(), &mut chance);
        steps.push_back(Step::Whole);
        let mut sent = Vec::new();
        for place in 0..chance.random_range(0..12) {
            let mut message = format!("{place}:").into_bytes();
            message.resize(message.len() + size(&mut chance, 1_990), b'-');
            let (begin, end) = message.split_at(chance.random_range(0..=message.len()));
            let frames = match chance.random_bool(0.5) {
                true => vec![frame(Opcode::Binary, true, &message)],
                false => vec![
                    frame(Opcode::Binary, false, begin),
                    frame(Opcode::Ping, true, b"now?"),
                    frame(Opcode::Continuation, true, end),
                ],
            };
            for frame in frames {
                cut(&mut steps, &frame, &mut chance);
                steps.push_back(Step::Whole);
            }
            steps.push_back(Step::Pause(chance.random_range(0..30)));
            sent.push(message);
        }
        Correspondent {
            number,
            manner,
            socket: None,
            buffer: [500, 3_000, 8_000][chance.random_range(0..3)],
            is_slow: chance.random_bool(0.3),
            chance,
            steps,
            received: Vec::new(),
            upgraded: false,
            control: Vec::new(),
            is_between_frames: true,
            sent,
            heard: Vec::new(),
            farewell: None,
            has_closed: false,
            ended: false,
        }
    }

    pub fn socket(&self) -> Option<PeerSocket> {
        self.socket
    }

    pub fn is_done(&self) -> bool {
        self.ended || self.manner == Manner::Deaf && self.steps.is_empty()
    }

    pub fn act(&mut self, world: &mut World<Context>, application: &Application) {
        if self.ended {
            return;
        }
        self.go_on(world, application);
        let Some(socket) = self.socket else { return };
        if self.manner != Manner::Deaf {
            let most = if self.is_slow { self.chance.random_range(1..1_500) } else { usize::MAX };
            let news = world.peer.recv_up_to(socket, most);
            self.ended |= world.peer.is_finished(socket) || world.peer.is_closed(socket) && news.is_empty();
            self.received.extend(news);
        }
        self.listen();
        if self.ended && !world.peer.is_closed(socket) {
            world.peer.close(socket);
        }
    }

    fn go_on(&mut self, world: &mut World<Context>, application: &Application) {
        let left = self.steps.len();
        if let (Manner::Reset(at) | Manner::Vanish(at), Some(socket)) = (self.manner, self.socket)
            && at >= left
        {
            match self.manner {
                Manner::Reset(_) => world.peer.abort(socket),
                _ => world.silence(socket),
            }
            self.ended = true;
            return;
        }
        if let Some(socket) = self.socket.filter(|_| self.is_between_frames) {
            world.peer.send(socket, &std::mem::take(&mut self.control));
            if self.has_closed {
                self.steps.clear();
            }
        }
        match self.steps.pop_front() {
            Some(Step::Pause(0)) => {}
            Some(Step::Pause(ticks)) => self.steps.push_front(Step::Pause(ticks - 1)),
            Some(Step::Whole) => self.is_between_frames = true,
            Some(Step::Send(bytes)) => {
                self.is_between_frames = false;
                world.peer.set_buffer(self.buffer);
                let socket = *self.socket.get_or_insert_with(|| world.peer.connect(PORT));
                world.peer.send(socket, &bytes);
            }
            None => self.part(world, application),
        }
    }

    /// Says farewell, once the server has heard everything.
    fn part(&mut self, world: &mut World<Context>, application: &Application) {
        let Some(socket) = self.socket.filter(|_| !self.has_closed) else { return };
        let has_heard = application.seen().sessions.get(&self.number).map_or(0, |talk| talk.heard.len());
        if self.manner == Manner::Good && has_heard < self.sent.len() {
            return;
        }
        self.has_closed = true;
        match self.manner {
            Manner::HalfClose => world.peer.close(socket),
            _ => world.peer.send(socket, &frame(Opcode::Close, true, &1_000_u16.to_be_bytes())),
        }
    }

    fn listen(&mut self) {
        if !self.upgraded {
            let Some(end) = self.received.windows(4).position(|window| window == b"\r\n\r\n") else { return };
            self.upgraded = self.received.starts_with(b"HTTP/1.1 101 ");
            self.received.drain(..end + 4);
            if !self.upgraded {
                self.ended = true;
                return;
            }
        }
        while let Some((opcode, length, header)) = parse(&self.received) {
            let payload = self.received[header..header + length].to_vec();
            self.received.drain(..header + length);
            assert_eq!(self.farewell, None, "a frame behind the last one");
            match opcode {
                9 => self.control.extend(frame(Opcode::Pong, true, &payload)),
                10 => assert_eq!(payload, b"now?"),
                1 => assert!(payload == b"to all" || payload == b"a letter", "{payload:?}"),
                2 => self.heard.push(payload),
                8 => {
                    if !self.has_closed {
                        self.control.extend(frame(Opcode::Close, true, &payload));
                        self.has_closed = true;
                    }
                    self.farewell = Some(payload);
                }
                other => panic!("a frame with opcode {other}"),
            }
        }
    }

    pub fn judge(&self, application: &Application, means: &Means) {
        let seen = application.seen();
        let Some(talk) = seen.sessions.get(&self.number) else {
            let is_excused = means.is_starved() || seen.closed_port || self.manner.is_rude();
            assert!(is_excused, "client {} has no session", self.number);
            return;
        };
        assert!(talk.opened <= 1, "opened {} times", talk.opened);
        let what = format!("client {} ({:?})", self.number, self.manner);
        expect_start(&talk.heard, &self.sent, &format!("the server heard of {what}"));
        expect_start(&self.heard, &talk.said, &format!("{what} heard"));
        let is_excused = means.is_starved() || seen.closed_port || self.manner.is_rude() || talk.disturbed;
        if is_excused {
            return;
        }
        assert_eq!(talk.heard.len(), self.sent.len(), "the server has not heard everything of {what}");
        if self.manner == Manner::Good {
            let closed: Vec<_> = talk.closed.iter().map(|closed| (closed.code.0, closed.clean)).collect();
            assert_eq!(closed, [(1_000, true)], "{what}");
            assert_eq!(self.farewell.as_deref(), Some(&1_000_u16.to_be_bytes()[..]), "{what}");
            assert_eq!(self.heard.len(), talk.said.len(), "{what} has not heard everything");
        }
    }
}

fn expect_start(heard: &[Vec<u8>], said: &[Vec<u8>], what: &str) {
    let is_start = heard.len() <= said.len() && heard.iter().zip(said).all(|(heard, said)| heard == said);
    let shown = |message: &Vec<u8>| {
        let front = String::from_utf8_lossy(&message[..message.len().min(8)]).into_owned();
        format!("{front} ({} bytes)", message.len())
    };
    let brief = |messages: &[Vec<u8>]| messages.iter().map(shown).collect::<Vec<_>>();
    assert!(is_start, "{what} {:?}, said was {:?}", brief(heard), brief(said));
}

/// A server's frame, if it has arrived: its opcode, the length of its payload, that of its header.
fn parse(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let (length, header) = match bytes.get(1)? {
        126 => (usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?])), 4),
        length => (usize::from(*length), 2),
    };
    assert_eq!(bytes[0] & 0x80, 0x80, "whole messages are sent");
    (bytes.len() >= header + length).then_some((bytes[0] & 0x0f, length, header))
}
