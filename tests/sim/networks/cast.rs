//! What a seed makes of the wire, and of the clients on it.

use std::time::Duration;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use wm_sys::host::Impairments;
use wm_websockets::ws::Opcode;

use super::PAGE;
use super::client::{Deed, Manner, Part};
use crate::websocket::frame;

pub const HANDSHAKE: &[u8] =
    b"GET /ws HTTP/1.1\r\nHost: device\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

pub struct Cast {
    pub wire: Impairments,
    pub parts: Vec<Part>,
}

impl Cast {
    /// The same seed gives the same.
    pub fn of(seed: u64) -> Self {
        let mut chance = Xoshiro256PlusPlus::seed_from_u64(seed);
        let wire = wire(&mut chance);
        let count = chance.random_range(2..=6);
        Cast { wire, parts: (0..count).map(|_| part(&mut chance)).collect() }
    }
}

fn wire(chance: &mut Xoshiro256PlusPlus) -> Impairments {
    const LOSSES: [f64; 5] = [0.0, 0.01, 0.05, 0.1, 0.2];
    Impairments {
        delay: Duration::from_millis(chance.random_range(0..=80)),
        // Frames that leave together arrive in any order.
        jitter: Duration::from_millis(chance.random_range(0..=40)),
        loss: LOSSES[chance.random_range(0..LOSSES.len())],
        duplication: f64::from(chance.random_range(0..=10)) / 100.0,
        corruption: f64::from(chance.random_range(0..=5)) / 100.0,
        queue: 1_024,
    }
}

/// One client in three has bad manners.
fn part(chance: &mut Xoshiro256PlusPlus) -> Part {
    let mut part = match chance.random_range(0..4) {
        0 => visitor(chance),
        1 => uploader(chance),
        _ => correspondent(chance),
    };
    let step = chance.random_range(0..=part.plan.len());
    match chance.random_range(0..18) {
        0 => part.end(step, Deed::Finish),
        1 => part.end(step, Deed::Reset),
        2 => part.end(step, Deed::Vanish),
        3 => part.manner = Manner::Deaf,
        4 => part.trickle(),
        _ => {}
    }
    part
}

/// Reads a page, once or more often.
fn visitor(chance: &mut Xoshiro256PlusPlus) -> Part {
    let mut part = Part::default();
    for _ in 0..chance.random_range(1..=3) {
        part.say(b"GET /page HTTP/1.1\r\nHost: device\r\n\r\n");
        part.expect(PAGE);
        part.pause(chance.random_range(0..30));
    }
    part
}

/// Sends something up, of known length or in chunks, and gets it back.
fn uploader(chance: &mut Xoshiro256PlusPlus) -> Part {
    let body = bytes(chance, 16_000);
    let mut part = Part::default();
    if chance.random_bool(0.5) {
        part.say(format!("POST /echo HTTP/1.1\r\nHost: device\r\nContent-Length: {}\r\n\r\n", body.len()));
        for piece in body.chunks(5_000) {
            part.say(piece);
            part.pause(chance.random_range(0..20));
        }
    } else {
        part.say("POST /echo HTTP/1.1\r\nHost: device\r\nTransfer-Encoding: chunked\r\n\r\n");
        for piece in body.chunks(3_000) {
            part.say([format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat());
            part.pause(chance.random_range(0..20));
        }
        part.say("0\r\n\r\n");
    }
    part.expect(&body);
    part
}

/// Opens a WebSocket, exchanges messages, says farewell.
fn correspondent(chance: &mut Xoshiro256PlusPlus) -> Part {
    let mut part = Part { websocket: true, ..Part::default() };
    part.say(HANDSHAKE);
    part.expect("101");
    for _ in 0..chance.random_range(1..=8) {
        let message = bytes(chance, 6_000);
        let cut = chance.random_range(0..=message.len());
        part.say(frame(Opcode::Binary, false, &message[..cut]));
        part.pause(chance.random_range(0..10));
        part.say(frame(Opcode::Continuation, true, &message[cut..]));
        part.pause(chance.random_range(0..30));
        part.expect([b"binary=", &message[..]].concat());
    }
    part.say(frame(Opcode::Close, true, &1000u16.to_be_bytes()));
    part.expect("close=1000");
    part
}

fn bytes(chance: &mut Xoshiro256PlusPlus, most: usize) -> Vec<u8> {
    let length = chance.random_range(0..=most);
    (0..length).map(|_| chance.random()).collect()
}
