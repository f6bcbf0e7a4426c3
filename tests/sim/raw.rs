//! Protocols of the application's own, over the connections of the same context.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use wm_sys::host::WireConfig;
use wm_websockets::client::{ClientError, ClientStatus, Reconnect};
use wm_websockets::http::Request;
use wm_websockets::net::Keepalive;
use wm_websockets::server::{
    ConnectionId, Context, Limits, RawProtocol, RawSocket, Response, Routes, SendError,
};

use crate::client::{Events, accept, options, remove, status};
use crate::heap;
use crate::http_client::HttpClient;
#[cfg(feature = "security-tls12")]
use crate::secure_client::SecureClient;
use crate::world::{LAN, World};

/// Echoes what comes, greets who comes, and notes what happens. `quit` ends the connection.
#[derive(Clone, Default)]
struct Echo {
    events: Events,
    greeting: &'static str,
    turns_away: bool,
    keepalive: Option<Keepalive>,
    last: Rc<Cell<Option<ConnectionId>>>,
}

/// What waits for room.
type Waiting = Vec<u8>;

impl RawProtocol for Echo {
    type Session = Waiting;

    fn open(&mut self, socket: &mut RawSocket<'_>) -> Option<Waiting> {
        self.events.note(|| "opened".into());
        self.last.set(Some(socket.id()));
        if self.keepalive.is_some() {
            socket.set_keepalive(self.keepalive);
        }
        socket.send(self.greeting.as_bytes()).expect("room for a greeting");
        (!self.turns_away).then(Vec::new)
    }

    fn received(&mut self, waiting: &mut Waiting, socket: &mut RawSocket<'_>, bytes: &[u8]) {
        match bytes {
            b"quit" => return socket.hang_up(),
            b"stop" => return socket.set_receiving(false),
            _ => {}
        }
        if socket.send(bytes) == Err(SendError::Full) {
            waiting.extend_from_slice(bytes);
            socket.set_receiving(false);
            socket.notify_writable();
        }
    }

    fn writable(&mut self, waiting: &mut Waiting, socket: &mut RawSocket<'_>) {
        self.events.note(|| "writable".into());
        if !waiting.is_empty() && socket.send(waiting).is_ok() {
            *waiting = Vec::new();
            socket.set_receiving(true);
        }
    }

    fn notified(&mut self, _waiting: &mut Waiting, socket: &mut RawSocket<'_>) {
        socket.send(b"notified").expect("room");
    }

    fn closed(&mut self, _waiting: Waiting, _id: ConnectionId) {
        self.events.note(|| "closed".into());
    }

    fn failed(&mut self, error: &ClientError, retry: Option<Duration>) {
        self.events.note(|| format!("failed {:?}, retries: {}", error.cause, retry.is_some()));
    }
}

fn served(echo: &Echo, limits: Limits) -> World<Context> {
    World::limited(limits, Routes::new().raw(echo.clone()).expect("routes"))
}

/// Waits until the peer has so many bytes.
#[track_caller]
fn receive(world: &mut World<Context>, client: &mut HttpClient, count: usize) -> Vec<u8> {
    world.run_until(|world| client.pump(world) || client.received.len() >= count);
    std::mem::take(&mut client.received)
}

#[test]
fn bytes_go_both_ways_and_the_peers_end_is_the_sessions() {
    let echo = Echo { greeting: "220 ready\r\n", ..Echo::default() };
    let mut world = served(&echo, Limits::default());
    let mut client = HttpClient::connected(&mut world);
    assert_eq!(receive(&mut world, &mut client, 11), b"220 ready\r\n");
    // Not one of these is a request.
    for bytes in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"\0\xff\x80", b"\r\n"] {
        client.send(&mut world, bytes);
        assert_eq!(receive(&mut world, &mut client, bytes.len()), bytes);
    }
    world.peer.close(client.socket);
    client.expect_end(&mut world);
    assert_eq!(echo.events.all(), ["opened", "closed"]);
    world.expect_all_freed();
}

#[test]
fn more_than_any_buffer_holds_comes_back_in_order() {
    let echo = Echo::default();
    let mut world = served(&echo, Limits { queue: 1_000, ..Limits::default() });
    let mut client = HttpClient::connected(&mut world);
    let bytes: Vec<u8> = (0..200_000_u32).map(|number| (number / 3) as u8).collect();
    let mut unsent = &bytes[..];
    world.run_until(|world| {
        let piece = &unsent[..unsent.len().min(8_000)];
        if world.peer.unacknowledged(client.socket) == 0 {
            world.peer.send(client.socket, piece);
            unsent = &unsent[piece.len()..];
        }
        client.pump(world) || client.received.len() == bytes.len()
    });
    assert!(client.received == bytes, "other bytes came back");
    client.received.clear();
    world.expect_all_freed_after(client.socket);
}

#[test]
fn who_vanishes_in_silence_is_found_out_if_the_protocol_asks_for_that() {
    let keepalive = Keepalive { idle: Duration::from_secs(30), interval: Duration::from_secs(5), probes: 3 };
    for (keepalive, expected) in [(Some(keepalive), &["opened", "closed"][..]), (None, &["opened"])] {
        let echo = Echo { keepalive, ..Echo::default() };
        let mut world = served(&echo, Limits::default());
        let alive = HttpClient::connected(&mut world);
        let vanished = HttpClient::connected(&mut world);
        world.run_for(Duration::from_secs(1));
        world.silence(vanished.socket);
        world.run_for(Duration::from_secs(60));
        let heard = echo.events.all();
        assert_eq!(heard[1..], *expected);
        assert_eq!(world.device.counters().connections, if keepalive.is_some() { 1 } else { 2 });
        assert!(world.peer.is_connected(alive.socket));
    }
}

#[test]
fn the_application_may_end_it_pause_it_or_not_want_it() {
    let echo = Echo { greeting: "hello", ..Echo::default() };
    let mut world = served(&echo, Limits::default());
    let mut client = HttpClient::connected(&mut world);
    assert_eq!(receive(&mut world, &mut client, 5), b"hello");
    client.send(&mut world, "stop");
    world.run_for(Duration::from_secs(1));
    client.send(&mut world, "unheard");
    world.run_for(Duration::from_secs(600));
    assert_eq!(receive_nothing(&mut world, &mut client), b"");
    world.peer.abort(client.socket);
    world.run_until(|_| echo.events.has("closed"));

    let mut client = HttpClient::connected(&mut world);
    assert_eq!(receive(&mut world, &mut client, 5), b"hello");
    client.send(&mut world, "quit");
    client.expect_end(&mut world);
    assert_eq!(echo.events.all(), ["opened", "closed", "opened", "closed"]);

    let echo = Echo { turns_away: true, greeting: "no", ..Echo::default() };
    drop(world.end());
    let mut world = served(&echo, Limits::default());
    let mut client = HttpClient::connected(&mut world);
    assert_eq!(receive(&mut world, &mut client, 2), b"no");
    client.expect_end(&mut world);
    assert_eq!(echo.events.all(), ["opened"]);
    world.expect_all_freed();
}

fn receive_nothing(world: &mut World<Context>, client: &mut HttpClient) -> Vec<u8> {
    assert!(!client.pump(world), "it ended");
    std::mem::take(&mut client.received)
}

#[test]
fn a_client_too_many_is_ended_without_a_word_of_http() {
    let echo = Echo { greeting: "hello", ..Echo::default() };
    let mut world = served(&echo, Limits { connections: 1, ..Limits::default() });
    let mut first = HttpClient::connected(&mut world);
    assert_eq!(receive(&mut world, &mut first, 5), b"hello");
    HttpClient::connected(&mut world).expect_end(&mut world);
    assert_eq!(world.device.counters().refused_busy, 1);
    first.send(&mut world, "still");
    assert_eq!(receive(&mut world, &mut first, 5), b"still");
}

#[test]
fn a_peer_that_takes_nothing_is_given_up() {
    let echo = Echo::default();
    let mut world = served(&echo, Limits::default());
    world.peer.set_buffer(4_000);
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, "a");
    receive(&mut world, &mut client, 1);
    // From here on it reads nothing, and what comes back to it fills its window and lwIP's buffer.
    let mut unsent = 20_000;
    world.run_until(|world| {
        if unsent > 0 && world.peer.unacknowledged(client.socket) == 0 {
            world.peer.send(client.socket, &[b'x'; 2_000]);
            unsent -= 2_000;
        }
        echo.events.has("closed")
    });
    assert_eq!(world.device.counters().timeouts, 1);
}

#[test]
fn another_task_may_have_it_called() {
    let echo = Echo::default();
    let mut world = served(&echo, Limits::default());
    let handle = world.device.handle();
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, "a");
    receive(&mut world, &mut client, 1);
    handle.notify(echo.last.get().expect("it was opened")).expect("room for a letter");
    assert_eq!(receive(&mut world, &mut client, 8), b"notified");
}

#[test]
fn a_client_speaks_it_too_and_comes_back() {
    let echo = Echo { greeting: "EHLO device\r\n", ..Echo::default() };
    let mut world: World<Context> = crate::client::over(WireConfig::both(1, LAN));
    let policy = Reconnect { first: Duration::from_secs(1), cap: Duration::from_secs(2), attempts: None };
    let protocol = echo.clone();
    let id = heap::of_device(|| {
        world.device.services().connect_raw(options().reconnect(policy), protocol).expect("a client")
    });
    world.run_until(|_| echo.events.count("failed Refused, retries: true") == 1);
    for round in 1..=2 {
        let socket = accept(&mut world);
        let mut server = HttpClient { socket, received: Vec::new() };
        assert_eq!(receive(&mut world, &mut server, 13), b"EHLO device\r\n");
        assert_eq!(status(&mut world, id), ClientStatus::Open);
        server.send(&mut world, "250 hello\r\n");
        assert_eq!(receive(&mut world, &mut server, 11), b"250 hello\r\n");
        world.peer.abort(socket);
        world.run_until(|_| echo.events.count("closed") == round);
    }
    remove(&mut world, id);
    world.expect_all_freed();
}

#[test]
fn a_client_that_hangs_up_stays_away() {
    let echo = Echo { greeting: "hi", ..Echo::default() };
    let mut world: World<Context> = crate::client::over(WireConfig::both(1, LAN));
    let protocol = echo.clone();
    let id = heap::of_device(|| {
        let options = options().reconnect(Reconnect::default());
        world.device.services().connect_raw(options, protocol).expect("a client")
    });
    let socket = accept(&mut world);
    let mut server = HttpClient { socket, received: Vec::new() };
    assert_eq!(receive(&mut world, &mut server, 2), b"hi");
    server.send(&mut world, "quit");
    server.expect_end(&mut world);
    world.run_for(Duration::from_secs(120));
    assert_eq!(echo.events.all(), ["opened", "closed"]);
    assert_eq!(status(&mut world, id), ClientStatus::Resting);
}

#[cfg(feature = "security-tls12")]
#[test]
fn over_tls_it_is_the_same() {
    let echo = Echo { greeting: "220 ready\r\n", ..Echo::default() };
    let routes = || Routes::new().raw(echo.clone()).expect("routes");
    let (mut world, config) = crate::tls::serving(WireConfig::both(1, LAN), Limits::default(), routes);
    let mut client = SecureClient::connected(&mut world, &config);
    assert_eq!(client.receive(&mut world, 11), b"220 ready\r\n");
    let bytes: Vec<u8> = (0..20_000_u32).map(|number| (number / 3) as u8).collect();
    client.send(&mut world, &bytes);
    assert!(client.receive(&mut world, bytes.len()) == bytes, "other bytes came back");
    client.close(&mut world);
    world.run_until(|_| echo.events.has("closed"));
    assert_eq!(echo.events.count("opened"), 1);
}

/// A port of HTTP with a protocol for those who do not speak it.
fn mixed(echo: &Echo) -> World<Context> {
    let routes = Routes::new()
        .get("/hello", |_: &Request<'_>, response: &mut Response<'_>| response.text("hello"))
        .and_then(|routes| routes.raw_fallback(echo.clone()));
    World::server(routes.expect("routes"))
}

#[test]
fn who_does_not_begin_as_http_does_is_raw() {
    for bytes in
        [&b"\x05"[..], b"hello\r\n", b"get / HTTP/1.1\r\n", b"GET\r\n", b"POKE", b"\r\n", b"\x16\x03\x01"]
    {
        let echo = Echo { greeting: "220 ready\r\n", ..Echo::default() };
        let mut world = mixed(&echo);
        let mut client = HttpClient::connected(&mut world);
        // Who says nothing is not greeted.
        world.run_for(Duration::from_millis(100));
        assert_eq!(receive_nothing(&mut world, &mut client), b"");
        client.send(&mut world, bytes);
        let expected = [b"220 ready\r\n", bytes].concat();
        assert_eq!(receive(&mut world, &mut client, expected.len()), expected);
        client.send(&mut world, "GET /hello HTTP/1.1\r\n");
        assert_eq!(receive(&mut world, &mut client, 21), b"GET /hello HTTP/1.1\r\n");
        world.peer.close(client.socket);
        client.expect_end(&mut world);
        assert_eq!(echo.events.all(), ["opened", "closed"]);
        world.expect_all_freed();
    }
}

#[test]
fn who_begins_as_http_does_is_held_to_it() {
    let echo = Echo::default();
    let mut world = mixed(&echo);
    let mut client = HttpClient::connected(&mut world);
    for piece in ["G", "ET /he", "llo HTTP/1.1\r\nHost: device\r\n\r\n"] {
        client.send(&mut world, piece);
        world.run_for(Duration::from_millis(10));
    }
    assert_eq!(client.reply(&mut world).text(), "hello");
    // Not even behind a good request.
    client.send(&mut world, "\x05\r\n\r\n");
    assert_eq!(client.reply(&mut world).status, 400);
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, "GET nothing\r\n\r\n");
    assert_eq!(client.reply(&mut world).status, 400);
    assert_eq!(echo.events.all(), [""; 0]);
}

#[test]
fn a_protocol_may_turn_away_whom_it_hears() {
    let echo = Echo { turns_away: true, greeting: "no", ..Echo::default() };
    let mut world = mixed(&echo);
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, "\x05");
    assert_eq!(receive(&mut world, &mut client, 2), b"no");
    client.expect_end(&mut world);
    assert_eq!(echo.events.all(), ["opened"]);
    world.expect_all_freed();
}

/// Sends so many short pieces, and as much as there is room for behind them.
#[derive(Clone, Default)]
struct Pieces {
    number: usize,
    sent: Rc<Cell<usize>>,
    last: Rc<Cell<Option<Result<(), SendError>>>>,
}

impl RawProtocol for Pieces {
    type Session = ();

    fn open(&mut self, socket: &mut RawSocket<'_>) -> Option<()> {
        for _ in 0..self.number {
            socket.send(&[b'x'; 300]).expect("room for a piece");
        }
        let rest = socket.capacity();
        self.last.set(Some(socket.send(&vec![b'x'; rest])));
        self.sent.set(self.number * 300 + rest);
        Some(())
    }

    fn received(&mut self, (): &mut (), _socket: &mut RawSocket<'_>, _bytes: &[u8]) {}
}

/// lwIP's buffer is full when it holds so many pbufs, however short.
#[test]
fn as_much_is_taken_as_there_is_said_to_be_room_for() {
    for number in 0..20 {
        let pieces = Pieces { number, ..Pieces::default() };
        let limits = Limits { queue: 2_048, ..Limits::default() };
        let mut world = World::limited(limits, Routes::new().raw(pieces.clone()).expect("a route"));
        let socket = world.peer.connect(crate::world::PORT);
        let mut received = 0;
        world.run_until(|world| {
            received += world.peer.recv(socket).len();
            let expected = pieces.sent.get();
            world.peer.is_reset(socket) || expected > 0 && received >= expected
        });
        assert_eq!(pieces.last.get(), Some(Ok(())), "behind {number} pieces");
        assert_eq!(received, pieces.sent.get());
    }
}
