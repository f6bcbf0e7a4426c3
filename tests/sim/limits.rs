//! As many clients as there may be, and one more.

use std::time::Duration;

use tungstenite::Message as Frame;
use wm_sys::host::VirtualPlatform;
use wm_websockets::http::{Request, Status};
use wm_websockets::server::{Context, Limits, Protocol, Response, Routes, Socket};
use wm_websockets::ws::Message;

use crate::heap;
use crate::http_client::HttpClient;
use crate::websocket::Echo;
use crate::websocket_client::WebSocketClient;
use crate::world::{PORT, World};

const HELLO: &str = "GET /hello HTTP/1.1\r\nHost: device\r\n\r\n";

fn server() -> World<Context> {
    limited(Limits::default())
}

fn limited(limits: Limits) -> World<Context> {
    let routes = Routes::new().websocket("/ws", Echo::default()).and_then(|routes| {
        routes.get("/hello", |_: &Request<'_>, response: &mut Response<'_>| response.text("hello"))
    });
    World::limited(limits, routes.expect("routes"))
}

fn crowd(world: &mut World<Context>) -> Vec<WebSocketClient> {
    (0..Limits::default().connections).map(|_| WebSocketClient::open(world, "/ws")).collect()
}

fn part(world: &mut World<Context>, crowd: &mut [WebSocketClient]) {
    for client in &mut *crowd {
        client.send(world, Frame::Close(None));
    }
    for client in crowd {
        client.expect_close(world);
    }
}

#[test]
fn sixty_four_clients_echo_and_leave_not_a_byte_behind() {
    let mut world = server();
    let mut clients = crowd(&mut world);
    assert_eq!(world.device.counters().connections, 64);
    for round in 0..3 {
        for (number, client) in clients.iter_mut().enumerate() {
            client.send(&mut world, Frame::text(format!("{round} {number}")));
        }
        for (number, client) in clients.iter_mut().enumerate() {
            assert_eq!(client.receive(&mut world), Frame::text(format!("{round} {number}")));
        }
    }
    part(&mut world, &mut clients);
    assert_eq!(world.device.counters().connections_peak, 64);
    world.expect_all_freed();
}

/// As after a restart of the device: whose SYN finds no room repeats it after 1, 3, 7 and more seconds, and may have given up by then.
#[test]
fn those_who_come_at_the_same_instant_are_connected_at_once() {
    let mut world = server();
    let sockets: Vec<_> = (0..30).map(|_| world.peer.connect(PORT)).collect();
    world.run_for(Duration::from_millis(200));
    assert!(sockets.iter().all(|socket| world.peer.is_connected(*socket)));
    assert_eq!(world.device.counters().connections, 30);
    let others: Vec<_> = (30..64).map(|_| world.peer.connect(PORT)).collect();
    world.run_for(Duration::from_millis(1_200));
    assert!(others.iter().all(|socket| world.peer.is_connected(*socket)));
}

#[test]
fn one_more_is_told_to_come_back_later_and_the_others_do_not_notice() {
    let mut world = server();
    let mut clients = crowd(&mut world);
    let mut late = HttpClient::connected(&mut world);
    let reply = late.ask(&mut world, HELLO);
    assert_eq!((reply.status, reply.field("Retry-After")), (503, Some("1")));
    late.expect_end(&mut world);
    assert_eq!(world.device.counters().refused_busy, 1);
    for client in &mut clients {
        client.send(&mut world, Frame::text("still here"));
        assert_eq!(client.receive(&mut world), Frame::text("still here"));
    }
    part(&mut world, &mut clients[..1]);
    let mut later = HttpClient::connected(&mut world);
    assert_eq!(later.ask(&mut world, HELLO).status, 200, "a place is free again");
}

#[test]
fn an_idle_connection_makes_way() {
    let mut world = server();
    let mut idle = HttpClient::connected(&mut world);
    idle.ask(&mut world, HELLO);
    world.run_for(Duration::from_secs(1));
    let mut clients: Vec<_> = (1..64).map(|_| WebSocketClient::open(&mut world, "/ws")).collect();
    let mut late = HttpClient::connected(&mut world);
    assert_eq!(late.ask(&mut world, HELLO).status, 200);
    assert_eq!(world.device.counters().evicted, 1);
    idle.expect_end(&mut world);
    part(&mut world, &mut clients);
}

#[test]
fn more_refused_clients_than_may_linger_are_reset() {
    let mut world = limited(Limits { linger_timeout: Duration::from_secs(60), ..Limits::default() });
    let mut clients = crowd(&mut world);
    let late: Vec<_> = (0..12).map(|_| world.peer.connect(PORT)).collect();
    world.run_for(Duration::from_secs(10));
    let told = late.iter().filter(|&&socket| world.peer.recv(socket).starts_with(b"HTTP/1.1 503 ")).count();
    let reset = late.iter().filter(|&&socket| world.peer.is_reset(socket)).count();
    assert_eq!((told, reset), (usize::from(Limits::default().lingering), 4));
    assert_eq!(world.device.counters().refused_memory, 4);
    part(&mut world, &mut clients);
    world.expect_all_freed();
}

#[test]
fn a_flood_of_short_connections_is_served_to_the_last() {
    let mut world = server();
    for _ in 0..300 {
        let mut client = HttpClient::connected(&mut world);
        let reply = client.ask(&mut world, HELLO.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
        assert_eq!(reply.status, 200);
        client.expect_end(&mut world);
    }
    world.expect_all_freed();
}

/// Takes messages, and says nothing.
struct Sink;

impl Protocol for Sink {
    type Session = ();

    fn open(&mut self, _request: &Request<'_>) -> Result<(), Status> {
        Ok(())
    }
    fn message(&mut self, _session: &mut (), _socket: &mut Socket<'_>, _message: Message<'_>) {}
}

#[test]
fn messages_of_many_clients_that_come_at_one_instant_are_held_one_at_a_time() {
    const MESSAGE: usize = 1_000;
    let mut world = World::server(Routes::new().websocket("/ws", Sink).expect("routes"));
    let mut clients: Vec<_> = (0..12).map(|_| WebSocketClient::open(&mut world, "/ws")).collect();
    world.run_for(Duration::from_secs(1));
    let before = heap::live();
    for client in &mut clients {
        client.send(&mut world, Frame::binary(vec![7; MESSAGE]));
    }
    let peak = heap::peak_of(|| world.run_for(Duration::from_millis(5)));
    assert!(
        (MESSAGE..4 * MESSAGE).contains(&(peak - before)),
        "{} bytes for messages of {MESSAGE}",
        peak - before
    );
}

/// A handler that keeps everybody waiting, as one does that erases a page of flash.
fn blocking(_request: &Request<'_>, response: &mut Response<'_>) {
    VirtualPlatform::install().advance_to(wm_sys::now() + Duration::from_millis(70));
    response.text("done");
}

#[test]
fn a_handler_that_blocks_is_found_by_the_longest_pass() {
    let routes = Routes::new().get("/slow", blocking).and_then(|routes| {
        routes.get("/hello", |_: &Request<'_>, response: &mut Response<'_>| response.text("hello"))
    });
    let mut world = World::limited(Limits::default(), routes.expect("routes"));
    let mut client = HttpClient::connected(&mut world);
    let slow = "GET /slow HTTP/1.1\r\nHost: device\r\n\r\n";
    client.ask(&mut world, slow);
    assert_eq!(world.device.counters().longest_pass, 0, "nobody asked");
    world.device.time_passes();
    client.ask(&mut world, HELLO);
    assert!(world.device.counters().longest_pass < 70);
    client.ask(&mut world, slow);
    assert!((70..1_000).contains(&world.device.counters().longest_pass));
    world.device.time_passes();
    client.ask(&mut world, HELLO);
    assert!(world.device.counters().longest_pass < 70, "it begins anew");
}

/// A connection whose next request has arrived is idle no more, though nobody has looked at it yet.
#[test]
fn a_connection_with_a_request_that_waits_does_not_make_way() {
    let mut world = limited(Limits { connections: 1, ..Limits::default() });
    let mut idle = HttpClient::connected(&mut world);
    idle.ask(&mut world, HELLO);
    world.run_for(Duration::from_secs(1));
    let late = HttpClient::connected(&mut world);
    // The end of the handshake is on its way; the request comes with it.
    idle.send(&mut world, HELLO);
    world.skip(Duration::from_millis(5));
    assert_eq!(idle.reply(&mut world).status, 200);
    drop(late);
}
