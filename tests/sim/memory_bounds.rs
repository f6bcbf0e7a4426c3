//! `Limits::memory`: what is promised when the firmware is compiled holds when it runs, and is not far beyond it.

use std::time::Duration;

use wm_sys::host::WireConfig;
use wm_websockets::http::{Request, RouteError};
use wm_websockets::server::{ConnectionId, Context, Limits, Memory, Response, Routes, SendError, WholeBody};
use wm_websockets::ws::{Message, Opcode};

use crate::heap;
use crate::http_client::HttpClient;
use crate::websocket::{Echo, Journal, frame};
use crate::websocket_client::WebSocketClient;
use crate::world::{LAN, PORT, World};

const LIMITS: Limits = Limits { connections: 32, body: 8_192, ..Limits::DEFAULT };
const MEMORY: Memory = LIMITS.memory();

// The compiler adds up: 64 connections, all idle, and one of them at its worst.
const _: () = assert!(Limits::DEFAULT.memory().total(0) < Limits::DEFAULT.memory().total(1));

fn routes(journal: &Journal) -> Result<Routes, RouteError> {
    Routes::new().websocket("/ws", Echo(journal.clone()))
}

/// A server with these limits.
fn server() -> (World<Context>, Journal) {
    let journal = Journal::default();
    let world = World::over(WireConfig::both(1, LAN), LIMITS, routes(&journal).expect("a sound route"));
    (world, journal)
}

#[test]
fn a_context_begins_with_what_is_said() {
    let mut taken = 0;
    let world = World::with(WireConfig::both(1, LAN), |stack| {
        let before = heap::live();
        let mut context = Context::new(stack, LIMITS).expect("the limits fit");
        context.handle();
        for _ in 0..LIMITS.timers {
            context.after(Duration::from_secs(3_600), |_| None).expect("a timer is free");
        }
        context.listen(PORT, routes(&Journal::default()).expect("a sound route")).expect("the port is free");
        taken = heap::live() - before;
        context
    });
    assert!(taken <= MEMORY.start, "{taken} bytes, {} are said", MEMORY.start);
    assert!(taken >= MEMORY.start / 2, "{taken} bytes, {} are said", MEMORY.start);
    drop(world);
}

#[test]
fn idle_connections_take_what_is_said() {
    let (mut world, _) = server();
    let before = heap::live();
    let clients: Vec<_> = (0..32).map(|_| WebSocketClient::open(&mut world, "/ws")).collect();
    world.run_for(Duration::from_secs(5));
    let each = (heap::live() - before).div_ceil(clients.len());
    assert!(each <= MEMORY.idle, "{each} bytes each, {} are said", MEMORY.idle);
    assert!(each >= MEMORY.idle * 3 / 4, "{each} bytes each, {} are said", MEMORY.idle);
}

/// A message that lacks its last byte, a peer that reads nothing while we have much to say, and that then sends on, a byte at a time.
#[test]
fn a_connection_at_its_worst_takes_what_is_said() {
    let (mut world, journal) = server();
    let before = heap::live();
    let peak = heap::peak_of(|| {
        let client = WebSocketClient::open(&mut world, "/ws");
        let socket = client.socket;
        // What is there already is copied when there is more of it.
        for (opcode, length) in [(Opcode::Binary, LIMITS.message - 2), (Opcode::Continuation, 1)] {
            world.peer.send(socket, &frame(opcode, false, &vec![b'x'; length]));
            world.run_for(Duration::from_secs(1));
        }
        let id = journal.opened()[0];
        while flood(&mut world, id) != Err(SendError::Full) {
            world.run_for(Duration::from_millis(10));
        }
        for byte in frame(Opcode::Continuation, true, b"the end") {
            world.peer.send(socket, &[byte]);
            world.run_for(Duration::from_millis(20));
        }
        // It has had its time.
        drop(client);
    });
    let taken = peak - before;
    assert!(taken <= MEMORY.busy, "{taken} bytes, {} are said", MEMORY.busy);
    // A quarter is for compression, which nobody has asked for here.
    assert!(taken >= MEMORY.busy * 3 / 8, "{taken} bytes, {} are said", MEMORY.busy);
}

/// A message longer than any that is received, which the queue has room for, or no room any more.
#[test]
fn a_long_message_that_travels_compressed_takes_what_is_said() {
    const LIMITS: Limits = Limits { body: 1_024, message: 1_024, queue: 256 * 1_024, ..Limits::DEFAULT };
    let journal = Journal::default();
    let mut world = World::over(WireConfig::both(1, LAN), LIMITS, routes(&journal).expect("a sound route"));
    // Numbers, of which little is said twice.
    let mut number = 1_u32;
    let mut next = || {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (number >> 25) as u8
    };
    let mut message: Vec<u8> = std::iter::repeat_with(&mut next).take(250_000).collect();
    message.chunks_exact_mut(40).for_each(|numbers| numbers[..8].copy_from_slice(b"readings"));
    let before = heap::live();
    let mut outcomes = Vec::new();
    let peak = heap::peak_of(|| {
        let offer = [("Sec-WebSocket-Extensions", "permessage-deflate")];
        let client = WebSocketClient::open_with(&mut world, "/ws", &offer);
        assert!(client.response.headers().contains_key("Sec-WebSocket-Extensions"));
        for _ in 0..3 {
            let id = journal.opened()[0];
            let sent = heap::of_device(|| world.device.services().send(id, Message::Binary(&message)));
            outcomes.push(sent);
            world.run_for(Duration::from_secs(1));
        }
    });
    assert_eq!(outcomes, [Ok(()), Err(SendError::Full), Err(SendError::Full)]);
    let (taken, said) = (peak - before, LIMITS.memory().busy);
    assert!(taken <= said, "{taken} bytes, {said} are said");
}

fn flood(world: &mut World<Context>, id: ConnectionId) -> Result<(), SendError> {
    heap::of_device(|| world.device.services().send(id, Message::Binary(&[b'y'; 1_000])))
}

/// A long answer, to a long body, that waits as a whole behind one that lwIP has and that its peer does not take.
#[test]
fn an_answer_that_waits_takes_what_is_said() {
    const LIMITS: Limits = Limits { message: 1_024, ..Limits::DEFAULT };
    let long = |_: &[u8], response: &mut Response<'_>| response.text(&"y".repeat(LIMITS.queue + 5_000));
    let short = |_: &Request<'_>, response: &mut Response<'_>| response.text(&"x".repeat(3_800));
    let routes = Routes::new().post("/long", WholeBody(long)).and_then(|routes| routes.get("/short", short));
    let mut world = World::over(WireConfig::both(1, LAN), LIMITS, routes.expect("sound routes"));
    world.peer.set_buffer(8_192);
    let before = heap::live();
    let mut queued = 0;
    let peak = heap::peak_of(|| {
        let client = HttpClient::connected(&mut world);
        // Two for the peer's buffer, and one for lwIP's.
        for _ in 0..3 {
            client.send(&mut world, "GET /short HTTP/1.1\r\nHost: device\r\n\r\n");
            world.run_for(Duration::from_millis(100));
        }
        queued = world.device.counters().queue_peak;
        let head = "POST /long HTTP/1.1\r\nHost: device\r\nTransfer-Encoding: chunked\r\n\r\n";
        client.send(&mut world, head);
        for _ in 0..16 {
            client.send(&mut world, [&b"400\r\n"[..], &[b'x'; 1_024], b"\r\n"].concat());
            world.run_for(Duration::from_millis(50));
        }
        client.send(&mut world, "0\r\n\r\n");
        world.run_for(Duration::from_millis(100));
    });
    let waits = world.device.counters().queue_peak as usize;
    assert!(queued == 0 && waits > LIMITS.queue, "{queued} bytes waited before, {waits} then");
    let (taken, said) = (peak - before, LIMITS.memory().busy);
    assert!(taken <= said, "{taken} bytes, {said} are said");
}

/// A body whose length nobody has announced, and whose pieces are so long that it has to be copied when it is nearly whole.
#[test]
fn a_body_in_chunks_takes_what_is_said() {
    const LIMITS: Limits = Limits { body: 65_536, message: 1_024, queue: 1_024, ..Limits::DEFAULT };
    let count = |body: &[u8], response: &mut Response<'_>| {
        response.text(if body.len() == 65_000 { "all" } else { "not all" });
    };
    let routes = Routes::new().post("/count", WholeBody(count)).expect("a sound route");
    let mut world = World::over(WireConfig::both(1, LAN), LIMITS, routes);
    let before = heap::live();
    let peak = heap::peak_of(|| {
        let mut client = HttpClient::connected(&mut world);
        client.send(&mut world, "POST /count HTTP/1.1\r\nHost: device\r\nTransfer-Encoding: chunked\r\n\r\n");
        for _ in 0..65 {
            client.send(&mut world, [&b"3e8\r\n"[..], &[b'x'; 1_000], b"\r\n"].concat());
            world.run_for(Duration::from_millis(50));
        }
        assert_eq!(client.ask(&mut world, "0\r\n\r\n").text(), "all");
    });
    let (taken, said) = (peak - before, LIMITS.memory().busy);
    assert!(taken <= said, "{taken} bytes, {said} are said");
}
