//! Tests of the protocol as a peer sees it; the helpers here play the peer.

#![allow(clippy::arithmetic_side_effects, reason = "a test may panic")]

mod assembler;
mod close;
#[cfg(feature = "deflate")]
mod compression;
mod frame;
mod handshake;
mod heartbeat;
mod mask;
mod properties;
mod receiving;
mod rules;
mod sending;
mod utf8;

use alloc::{borrow::ToOwned, string::String, vec, vec::Vec};

use wm_sys::Instant;

use super::*;

const START: Instant = Instant::from_millis(1_000);
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// What was received, with messages put together.
#[derive(Debug, PartialEq)]
enum Heard {
    Message(Kind, Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<(u16, String)>),
}

fn text(text: &str) -> Heard {
    Heard::Message(Kind::Text, text.as_bytes().to_vec())
}

fn binary(bytes: &[u8]) -> Heard {
    Heard::Message(Kind::Binary, bytes.to_vec())
}

fn ping(payload: &[u8]) -> Heard {
    Heard::Ping(payload.to_vec())
}

fn pong(payload: &[u8]) -> Heard {
    Heard::Pong(payload.to_vec())
}

fn closed(code: u16, reason: &str) -> Heard {
    Heard::Close(Some((code, reason.to_owned())))
}

/// A client's frame: `first` is its first byte (FIN, reserved bits, opcode), so that it can be wrong.
fn client_frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | length as u8),
        length @ 126..0x1_0000 => {
            frame.push(0x80 | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend(KEY);
    frame.extend(payload.iter().zip(KEY.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}

fn close_frame(code: u16, reason: &str) -> Vec<u8> {
    client_frame(0x88, &[&code.to_be_bytes()[..], reason.as_bytes()].concat())
}

fn server() -> Connection {
    Connection::new(Role::Server, START)
}

fn client() -> Connection {
    Connection::new(Role::Client, START)
}

/// Listens to one connection and checks what holds for every event.
#[derive(Default)]
struct Listener {
    heard: Vec<Heard>,
    message: Option<(Kind, Vec<u8>)>,
    /// Messages up to this length are taken whole where they lie so.
    whole: Option<usize>,
}

impl Listener {
    /// Feeds one input as a server would.
    fn feed(&mut self, connection: &mut Connection, input: &[u8]) -> Result<(), Violation> {
        let mut input = input.to_vec();
        let mut rest = &mut input[..];
        while !rest.is_empty() {
            if let Some(consumed) = self.take_whole(connection, rest)? {
                rest = &mut rest[consumed..];
                continue;
            }
            let step = connection.receive(START, rest)?;
            assert!(step.consumed > 0, "no progress");
            let consumed = step.consumed;
            if let Some(event) = step.event {
                self.event(event);
            }
            rest = &mut rest[consumed..];
        }
        Ok(())
    }

    /// A message that lies whole at the start of the input: how many bytes it takes there.
    fn take_whole(
        &mut self,
        connection: &mut Connection,
        input: &mut [u8],
    ) -> Result<Option<usize>, Violation> {
        let Some(limit) = self.whole else { return Ok(None) };
        let Some((consumed, kind, payload)) = connection.receive_whole(START, input, limit) else {
            return Ok(None);
        };
        assert!(payload.len() <= limit, "{} bytes", payload.len());
        if kind == Kind::Text && core::str::from_utf8(payload).is_err() {
            return Err(Violation::InvalidUtf8);
        }
        self.heard.push(Heard::Message(kind, payload.to_vec()));
        Ok(Some(consumed))
    }

    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Fragment(fragment) => self.fragment(fragment),
            Event::Ping(payload) => self.heard.push(Heard::Ping(payload.to_vec())),
            Event::Pong(payload) => self.heard.push(Heard::Pong(payload.to_vec())),
            Event::Close(reason) => {
                let reason = reason.map(|close| (close.code.0, close.reason().to_owned()));
                self.heard.push(Heard::Close(reason));
            }
        }
    }

    fn fragment(&mut self, fragment: Fragment<'_>) {
        assert_eq!(fragment.first, self.message.is_none(), "first piece out of order");
        assert!(!fragment.last || fragment.remaining == 0, "last piece announces more");
        assert!(fragment.last || !fragment.bytes.is_empty(), "a piece that says nothing");
        let (kind, mut bytes) = self.message.take().unwrap_or((fragment.kind, Vec::new()));
        assert_eq!(kind, fragment.kind);
        bytes.extend_from_slice(fragment.bytes);
        if fragment.last {
            self.heard.push(Heard::Message(kind, bytes));
        } else {
            self.message = Some((kind, bytes));
        }
    }
}

/// What a connection makes of `stream` when it arrives in inputs of `piece` bytes.
fn hear_pieces(connection: Connection, stream: &[u8], piece: usize) -> (Vec<Heard>, Option<Violation>) {
    listen(Listener::default(), connection, stream, piece)
}

fn listen(
    mut listener: Listener,
    mut connection: Connection,
    stream: &[u8],
    piece: usize,
) -> (Vec<Heard>, Option<Violation>) {
    let violation = stream.chunks(piece).try_for_each(|input| listener.feed(&mut connection, input)).err();
    (listener.heard, violation)
}

/// What a server makes of `stream`: the same however it is cut, and whether messages are taken whole or not.
fn hear(stream: &[u8]) -> (Vec<Heard>, Option<Violation>) {
    let whole = hear_pieces(server(), stream, usize::MAX);
    for piece in [1, 2, 3, 5, 8, 13] {
        assert_eq!(hear_pieces(server(), stream, piece), whole, "in inputs of {piece} bytes");
    }
    for limit in [0, 4, usize::MAX] {
        let listener = Listener { whole: Some(limit), ..Listener::default() };
        let heard = listen(listener, server(), stream, usize::MAX);
        assert_eq!(heard, whole, "with messages of {limit} bytes taken whole");
    }
    whole
}

fn assert_heard(frames: &[Vec<u8>], expected: &[Heard]) {
    let (heard, violation) = hear(&frames.concat());
    assert_eq!((&heard[..], violation), (expected, None));
}

fn assert_refused(frames: &[Vec<u8>], violation: Violation) {
    assert_eq!(hear(&frames.concat()).1, Some(violation));
}
