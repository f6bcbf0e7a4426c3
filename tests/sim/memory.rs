//! A server for which one allocation fails, whichever it is: nothing panics, nothing leaks, the next client is served.

use std::time::Duration;

use tungstenite::Message as Frame;
use wm_sys::host::{PeerSocket, WireConfig};
use wm_websockets::http::{Request, Status};
use wm_websockets::net::Stack;
use wm_websockets::server::{
    Context, Limits, OwnedMessage, Response, Routes, SlowPolicy, StartError, WholeBody,
};

use crate::heap;
use crate::http_client::HttpClient;
use crate::websocket::{Echo, Journal};
use crate::websocket_client::WebSocketClient;
use crate::world::{PORT, World};

static PAGE: [u8; 20_000] = [0x5a; 20_000];

const HANDSHAKE: &[u8] = b"GET /ws HTTP/1.1\r\nHost: device\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                           Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

const CHUNKED: &str = "POST /echo HTTP/1.1\r\nHost: device\r\nTransfer-Encoding: chunked\r\n\r\n";

fn server() -> (World<Context>, Journal) {
    let journal = Journal::default();
    let echo = |body: &[u8], response: &mut Response<'_>| response.send(Status::OK, "text/plain", body);
    let routes = Routes::new()
        .websocket("/ws", Echo(journal.clone()))
        .and_then(|routes| {
            routes.get("/page", |_: &Request<'_>, response: &mut Response<'_>| response.html(&PAGE))
        })
        .and_then(|routes| {
            routes.get("/hello", |_: &Request<'_>, response: &mut Response<'_>| response.text("hello"))
        })
        .and_then(|routes| routes.post("/echo", WholeBody(echo)));
    (World::server(routes.expect("routes")), journal)
}

/// Plays a scene once for each allocation that the device makes in it: that one fails, or that one and all that follow; and
/// expects a healthy server after that.
fn survives_each_failure(scene: impl Fn(&mut World<Context>) -> Vec<PeerSocket>) {
    for fail in [heap::fail_once, heap::fail_from] {
        let mut failing = 0;
        while survives_failure(&scene, || fail(failing)) > failing {
            failing += 1;
        }
    }
}

/// Gives the number of allocations in the scene.
fn survives_failure(scene: impl Fn(&mut World<Context>) -> Vec<PeerSocket>, fail: impl FnOnce()) -> u64 {
    let (mut world, journal) = server();
    let before = heap::allocations();
    fail();
    let sockets = scene(&mut world);
    world.run_for(Duration::from_secs(3));
    let made = heap::allocations() - before;
    heap::recover();
    for socket in sockets {
        world.peer.abort(socket);
    }
    world.run_for(Duration::from_millis(100));
    assert_eq!(world.device.counters().connections, 0);
    assert_eq!(journal.begun(), journal.closed().len());
    let mut next = HttpClient::connected(&mut world);
    assert!(next.is_usable(&mut world));
    world.peer.abort(next.socket);
    world.expect_all_freed();
    made
}

/// A client that sends `pieces`, one after the other, and reads.
fn client(pieces: &[&[u8]]) -> impl Fn(&mut World<Context>) -> Vec<PeerSocket> {
    move |world| {
        let socket = world.peer.connect(PORT);
        for piece in pieces {
            world.peer.send(socket, piece);
            world.run_for(Duration::from_millis(300));
            world.peer.recv(socket);
        }
        vec![socket]
    }
}

#[test]
fn a_page_request() {
    survives_each_failure(client(&[b"GET /pa", b"ge HTTP/1.1\r\nHost: device\r\n\r\n"]));
}

#[test]
fn an_upload() {
    survives_each_failure(client(&[CHUNKED.as_bytes(), b"5\r\nhello\r\n", b"6\r\n world\r\n", b"0\r\n\r\n"]));
}

#[test]
fn an_echo() {
    let whole = [&b"\x82\xfe\x0f\xa0\0\0\0\0"[..], &[7; 4_000]].concat();
    let (begin, end) = (b"\x01\x85\0\0\0\0hello", b"\x80\x85\0\0\0\0hello");
    survives_each_failure(client(&[HANDSHAKE, &whole, begin, end, b"\x88\x80\0\0\0\0"]));
}

/// A client that has agreed on compression sends such a message in two pieces, and gets one.
#[test]
fn a_compressed_echo() {
    let text = std::format!("{:?}", (100..400).collect::<Vec<_>>());
    let compressed = wm_websockets::ws::deflate::compress(text.as_bytes(), 15).expect("shorter");
    let (begin, end) = compressed.split_at(100);
    let head = HANDSHAKE.strip_suffix(b"\r\n").expect("a head");
    let head = [head, b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"].concat();
    let length = u16::try_from(compressed.len()).expect("short").to_be_bytes();
    let begin = [&[0xC1, 0xFE, length[0], length[1], 0, 0, 0, 0][..], begin].concat();
    survives_each_failure(client(&[&head, &begin, end, b"\x88\x80\0\0\0\0"]));
}

/// Three clients get a broadcast of another task, and one of them reads slowly.
#[test]
fn a_broadcast() {
    survives_each_failure(|world| {
        let sockets: Vec<_> = (0..3).map(|_| world.peer.connect(PORT)).collect();
        for &socket in &sockets {
            world.peer.send(socket, HANDSHAKE);
        }
        world.run_for(Duration::from_millis(300));
        let handle = world.device.handle();
        for _ in 0..6 {
            let message = OwnedMessage::binary(&[7; 3_000]).expect("that is the other task's memory");
            handle.broadcast("/ws", message, SlowPolicy::Close).expect("room in the mailbox");
            world.run_for(Duration::from_millis(100));
            world.peer.recv(sockets[0]);
        }
        sockets
    });
}

/// A client that there is no memory for is let go at once, and not when something else happens.
#[test]
fn a_client_without_memory_need_not_wait_for_its_end() {
    let mut refused = 0;
    for failing in 0..24 {
        let (mut world, _) = server();
        heap::fail_once(failing);
        let socket = world.peer.connect(PORT);
        world.run_for(Duration::from_millis(20));
        heap::recover();
        if world.device.counters().refused_memory > 0 && world.peer.is_connected(socket) {
            refused += 1;
            assert!(world.peer.is_finished(socket), "allocation {failing}");
        }
    }
    assert!(refused > 0);
}

/// A failure of the server, and not of lwIP, is answered for, and counted.
#[test]
fn a_body_without_memory_is_answered_with_503() {
    let (mut world, _) = server();
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, "POST /echo HTTP/1.1\r\nHost: device\r\nContent-Length: 9000\r\n\r\n");
    world.run_for(Duration::from_millis(100));
    heap::fail_above(3_000);
    client.send(&mut world, [b'x'; 9_000]);
    let status = client.reply(&mut world).status;
    heap::recover();
    assert_eq!(status, 503);
    assert!(client.is_usable(&mut world));
}

#[test]
fn a_message_without_memory_closes_that_one_websocket() {
    let (mut world, journal) = server();
    let mut victim = WebSocketClient::open(&mut world, "/ws");
    let mut other = WebSocketClient::open(&mut world, "/ws");
    heap::fail_above(3_000);
    victim.send(&mut world, Frame::binary(vec![7; 10_000]));
    let code = victim.expect_close(&mut world);
    heap::recover();
    assert_eq!(code, Some(1013));
    assert_eq!(journal.closed().len(), 1);
    other.send(&mut world, Frame::text("still here"));
    assert_eq!(other.receive(&mut world), Frame::text("still here"));
}

/// A server that cannot start for want of memory says so, and leaves nothing behind.
#[test]
fn a_start_without_memory_is_an_error() {
    let mut failures = Vec::new();
    let _world = World::with(WireConfig::default(), |stack| {
        drop(stack);
        let before = heap::live();
        // The one allocation that cannot report its failure, the handle's `Arc`, is smaller than this.
        for largest in (100..).step_by(20) {
            heap::fail_above(largest);
            let context = start(Stack::new().expect("the stack before is gone"));
            heap::recover();
            match context {
                Ok(context) => return context,
                Err(error) => heap::of_simulation(|| failures.push((error, heap::live() - before))),
            }
        }
        unreachable!("some size is enough")
    });
    let expected = (StartError::NoMemory.to_string(), 0);
    assert!(failures.len() > 5 && failures.iter().all(|failure| *failure == expected), "{failures:?}");
}

/// Errors by their words: those of routes and those of the context are of different types.
fn start(stack: Stack) -> Result<Context, String> {
    let words = |error: &dyn std::fmt::Display| heap::of_simulation(|| error.to_string());
    let routes = Routes::new()
        .get("/devices/{id}", |_: &Request<'_>, response: &mut Response<'_>| response.text("x"))
        .and_then(|routes| routes.websocket("/ws", heap::of_simulation(Echo::default)))
        .map_err(|_no_memory| words(&StartError::NoMemory))?;
    let mut context = Context::new(stack, Limits::default()).map_err(|error| words(&error))?;
    context.listen(PORT, routes).map_err(|error| words(&error))?;
    Ok(context)
}
