//! Who asks what.

use std::time::Duration;

use wm_websockets::ws::frame::FrameHeader;
use wm_websockets::ws::{Opcode, mask};

use crate::client::{Answer, Client};
use crate::device::Device;
use crate::link::Link;
use crate::measure::{device_at_work, inside, outside};
use crate::peer::Peer;
use crate::platform::CLOCK;

/// How much time passes while the device waits for clients. Requests come at some hundred a second: lwIP's timers have their
/// share.
const TICK: Duration = Duration::from_millis(1);

/// Waits without a frame for the device, after which nothing will come any more: ten virtual seconds.
const PATIENCE: u32 = 10_000;

/// Longer than any acknowledgement waits, shorter than any deadline.
#[cfg(feature = "heap-by-owner")]
const SETTLE: u32 = 1_000;

const BODY: &[u8] = b"Hello, world!";
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// Asks `count` times, after as much as it takes for all connections to stand and each path to have been taken.
///
/// `name` is `ours-`, `baseline-` or `c-` and what is asked; `idle` clients are connected and say nothing.
pub fn run(name: &str, idle: usize, count: usize) {
    let (whose, what) = name.split_once('-').expect("ours-... or baseline-...");
    let mut bench = Bench::new(whose);
    for _ in 0..idle {
        bench.connected("echo-125");
    }
    let mut client = bench.connected(what);
    bench.ask(&mut client, 4);
    client.answered = 0;
    device_at_work(&mut || bench.ask(&mut client, count));
}

pub struct Bench {
    device: Device,
    peer: Peer,
    link: Link,
}

impl Bench {
    pub fn new(whose: &str) -> Self {
        wm_sys::install(&CLOCK).expect("the first one");
        let link = Link::default();
        let device = inside(|| Device::of(whose, &link));
        Self { device, peer: Peer::new(link.clone()), link }
    }

    /// A client that has what it needs to ask.
    fn connected(&mut self, what: &str) -> Client {
        let (delivery, length) = match what {
            "get" => return Client::new(80, get("/"), Answer::EndsWith(BODY), false),
            "get-copied" => return Client::new(80, get("/copied"), Answer::EndsWith(BODY), false),
            "get-new" => return Client::new(80, get("/"), Answer::EndsWith(BODY), true),
            "echo-125" => ("/messages", 125),
            "echo-16k" => ("/messages", 16 * 1024),
            "echo-16k-fragments" => ("/fragments", 16 * 1024),
            _ => panic!("no such scenario: {what}"),
        };
        let payload: Vec<u8> = (0..length).map(|index| index as u8).collect();
        if !self.device.speaks_websocket() {
            let mut client = Client::new(7, payload, Answer::Length(length), false);
            self.ask(&mut client, 1);
            return client;
        }
        let mut client = Client::new(80, upgrade(delivery), Answer::EndsWith(b"\r\n\r\n"), false);
        self.ask(&mut client, 1);
        client.switch(masked(&payload), Answer::Frames { payload: length });
        client
    }

    /// One more client, which asks once and then says nothing.
    #[cfg(feature = "heap-by-owner")]
    pub fn idle(&mut self, what: &str) {
        let mut client = self.connected(what);
        let asked = client.answered;
        self.ask(&mut client, asked + 1);
    }

    /// Lets all arrive that is on the way.
    #[cfg(feature = "heap-by-owner")]
    pub fn settle(&mut self) {
        for _ in 0..SETTLE {
            CLOCK.advance(TICK);
            self.peer.poll();
            self.device.work();
        }
    }

    /// Lets the client ask until it has `target` answers.
    fn ask(&mut self, client: &mut Client, target: usize) {
        let mut silence = 0;
        while outside(|| self.clients(client, target)) {
            silence = outside(|| if self.link.waits_for_device() { 0 } else { silence + 1 });
            assert!(silence < PATIENCE, "no answer after {} requests", client.answered);
            self.device.work();
        }
    }

    /// Lets the client work while the device waits; whether there is more to do.
    fn clients(&mut self, client: &mut Client, target: usize) -> bool {
        CLOCK.advance(TICK);
        self.peer.poll();
        client.advance(&mut self.peer, target);
        self.peer.poll();
        !client.is_done(target) || self.link.waits_for_device()
    }
}

/// What wrk sends.
fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: 10.0.2.15\r\nConnection: keep-alive\r\n\r\n").into_bytes()
}

fn upgrade(path: &str) -> Vec<u8> {
    let fields = "Host: 10.0.2.15\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                  Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    format!("GET {path} HTTP/1.1\r\n{fields}\r\n").into_bytes()
}

/// A binary message in one frame, as a browser sends it.
fn masked(payload: &[u8]) -> Vec<u8> {
    let mask = Some(KEY);
    let header = FrameHeader {
        fin: true,
        compressed: false,
        opcode: Opcode::Binary,
        mask,
        length: payload.len() as u64,
    }
    .encode();
    let mut frame = [&header[..], payload].concat();
    mask::apply(KEY, 0, &mut frame[header.len()..]);
    frame
}
