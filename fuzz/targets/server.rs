//! The whole server over the simulated wire: the input is what its clients do, and when.
//!
//! An input is a list of steps. The lower two bits of a step's first byte name one of four clients, the next three say what
//! it does; see [`Step`].

#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use wm_sys::host::PeerSocket;
use wm_websockets::http::{Request, RouteError, Status};
use wm_websockets::server::{Context, Delivery, Limits, Protocol, Response, Routes, Socket, WholeBody};
use wm_websockets::ws::{Fragment, Message};
use wm_websockets_fuzz::{take_byte, take_piece};
use world::{PORT, TIME_WAIT, World};

// The simulation is the one that the tests of the repository run in; the tests use more of it.
#[allow(dead_code)]
#[path = "../../tests/sim/heap.rs"]
mod heap;
#[allow(dead_code)]
#[path = "../../tests/sim/wire_ends.rs"]
mod wire_ends;
#[allow(dead_code)]
#[path = "../../tests/sim/world.rs"]
mod world;

/// Longer than any connection may live without a sign of life, deadline after deadline.
const ALL_DEADLINES: Duration = Duration::from_secs(200);

/// A round trip, and the server's work in between.
const ROUND_TRIP: Duration = Duration::from_millis(4);

/// Small, so that inputs of a few hundred bytes reach them.
fn limits() -> Limits {
    Limits { connections: 3, lingering: 1, body: 300, message: 300, queue: 512, ..Limits::default() }
}

fuzz_target!(|data: &[u8]| {
    let mut world = World::limited(limits(), routes().expect("sound routes"));
    let idle = heap::live();
    let mut clients = [None; 4];
    let mut rest = data;
    while let Some((client, step)) = next_step(&mut rest) {
        take_step(&mut world, &mut clients[client], step);
    }
    world.run_for(ALL_DEADLINES + TIME_WAIT);
    assert_eq!(world.device.counters().connections, 0, "a connection outlives every deadline");
    assert_eq!(heap::live(), idle, "the heap is not as before");
});

enum Step<'a> {
    /// Sends these bytes; connects first.
    Send(&'a [u8]),
    /// Sends nothing more.
    Close,
    /// Breaks the connection off.
    Abort,
    /// Goes without a word.
    Vanish,
    /// Reads what has arrived; who never does closes the window.
    Read,
    /// Lets time pass: so many times 0.1 s.
    Wait(u8),
}

fn next_step<'a>(rest: &mut &'a [u8]) -> Option<(usize, Step<'a>)> {
    let first = take_byte(rest)?;
    let step = match first >> 2 & 7 {
        0 => Step::Close,
        1 => Step::Abort,
        2 => Step::Vanish,
        3 => Step::Wait(take_byte(rest)?),
        4 => Step::Read,
        _ => Step::Send(take_piece(rest)?),
    };
    Some((usize::from(first & 3), step))
}

fn take_step(world: &mut World<Context>, client: &mut Option<PeerSocket>, step: Step<'_>) {
    match (step, *client) {
        (Step::Wait(tenths), _) => world.run_for(Duration::from_millis(u64::from(tenths) * 100)),
        (Step::Send(bytes), known) => {
            let socket = known.unwrap_or_else(|| world.peer.connect(PORT));
            *client = Some(socket);
            world.peer.send(socket, bytes);
        }
        (Step::Close, Some(socket)) => world.peer.close(socket),
        (Step::Abort, Some(socket)) => {
            world.peer.abort(socket);
            *client = None;
        }
        (Step::Vanish, Some(socket)) => {
            world.peer.remove(socket);
            *client = None;
        }
        (Step::Read, Some(socket)) => drop(world.peer.recv(socket)),
        (_, None) => {}
    }
    world.run_for(ROUND_TRIP);
}

fn routes() -> Result<Routes, RouteError> {
    Routes::new()
        .get("/", |_request: &Request<'_>, response: &mut Response<'_>| response.text("hello\n"))?
        .get("/page", |_request: &Request<'_>, response: &mut Response<'_>| response.html(&[b'x'; 20_000]))?
        .get("/parts/{name}", parts)?
        .get("/later", |_request: &Request<'_>, response: &mut Response<'_>| {
            response.defer();
        })?
        .post("/", WholeBody(same))?
        .websocket("/ws", Echo(Delivery::Messages))?
        .websocket("/fragments", Echo(Delivery::Fragments))
}

fn same(body: &[u8], response: &mut Response<'_>) {
    response.send(Status::OK, "application/octet-stream", body);
}

fn parts(request: &Request<'_>, response: &mut Response<'_>) {
    let name = request.parameter("name").unwrap_or_default();
    let sent = response
        .start(Status::OK)
        .chunked()
        .and_then(|()| response.write(name.as_bytes()))
        .and_then(|()| response.finish());
    // The client may be too slow or gone.
    sent.ok();
}

struct Echo(Delivery);

impl Protocol for Echo {
    type Session = u64;

    fn delivery(&self) -> Delivery {
        self.0
    }
    fn open(&mut self, _request: &Request<'_>) -> Result<u64, Status> {
        Ok(0)
    }
    fn message(&mut self, count: &mut u64, socket: &mut Socket<'_>, message: Message<'_>) {
        *count += 1;
        socket.send(message).ok();
    }
    fn fragment(&mut self, count: &mut u64, socket: &mut Socket<'_>, fragment: Fragment<'_>) {
        *count += fragment.bytes.len() as u64;
        socket.send_fragment(fragment.kind, fragment.bytes, fragment.first, fragment.last).ok();
    }
}
