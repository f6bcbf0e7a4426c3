//! One message to many, some of whom are slow.

use std::time::Duration;

use tungstenite::Message as Frame;
use wm_websockets::http::{Request, Status};
use wm_websockets::server::{Audience, Context, Protocol, Routes, SlowPolicy, Socket};
use wm_websockets::ws::Message;

use super::{Echo, Journal};
use crate::websocket_client::WebSocketClient;
use crate::world::World;

/// Sends every message to the others, or to all if it is text.
struct Chat(SlowPolicy);

impl Protocol for Chat {
    type Session = ();
    fn open(&mut self, _request: &Request<'_>) -> Result<(), Status> {
        Ok(())
    }
    fn message(&mut self, _session: &mut (), socket: &mut Socket<'_>, message: Message<'_>) {
        let audience =
            if matches!(message, Message::Text(_)) { Audience::Everyone } else { Audience::Others };
        socket.broadcast(message, audience, self.0);
    }
}

fn chat(slow: SlowPolicy) -> World<Context> {
    let routes = Routes::new()
        .websocket("/chat", Chat(slow))
        .and_then(|routes| routes.websocket("/ws", Echo::default()));
    World::server(routes.expect("routes"))
}

#[test]
fn everyone_or_the_others_of_a_route_get_it_and_nobody_else() {
    let mut world = chat(SlowPolicy::Close);
    let mut clients = [(); 3].map(|()| WebSocketClient::open(&mut world, "/chat"));
    let mut stranger = WebSocketClient::open(&mut world, "/ws");
    clients[0].send(&mut world, Frame::binary(&b"others"[..]));
    clients[0].send(&mut world, Frame::text("everyone"));
    for client in &mut clients[1..] {
        assert_eq!(client.receive(&mut world), Frame::binary(&b"others"[..]));
    }
    for client in &mut clients {
        assert_eq!(client.receive(&mut world), Frame::text("everyone"));
    }
    assert!(stranger.poll(&mut world).is_none());
}

/// Lengths that fit together into one write, or do not, or not even alone.
const LENGTHS: [usize; 8] = [1, 200, 50, 3, 300, 120, 120, 2_000];

/// Answers its client and tells the others, by turns.
struct Crier;

impl Protocol for Crier {
    type Session = ();
    fn open(&mut self, _request: &Request<'_>) -> Result<(), Status> {
        Ok(())
    }
    fn message(&mut self, _session: &mut (), socket: &mut Socket<'_>, message: Message<'_>) {
        for length in LENGTHS {
            let answer = "a".repeat(length);
            socket.send(Message::Text(&answer)).expect("room");
            socket.broadcast(message, Audience::Others, SlowPolicy::Close);
        }
    }
}

#[test]
fn what_a_handler_sends_to_its_client_and_to_others_by_turns_keeps_its_order() {
    let mut world = World::server(Routes::new().websocket("/crier", Crier).expect("a route"));
    let [mut first, mut second] = [(); 2].map(|()| WebSocketClient::open(&mut world, "/crier"));
    for question in ["?", "??"] {
        first.send(&mut world, Frame::text(question));
        for length in LENGTHS {
            assert_eq!(first.receive(&mut world), Frame::text("a".repeat(length)));
            assert_eq!(second.receive(&mut world), Frame::text(question));
        }
    }
}

/// Sends a hundred numbered messages of a thousand bytes from `clients[0]`; `clients[1]` reads all of them at once,
/// `clients[2]` nothing. Gives the longest that one took.
fn flood(world: &mut World<Context>, clients: &mut [WebSocketClient; 3]) -> Duration {
    let mut longest = Duration::ZERO;
    for number in 0..100u8 {
        let start = world.elapsed();
        clients[0].send(world, Frame::binary(vec![number; 1_000]));
        assert_eq!(clients[1].receive(world), Frame::binary(vec![number; 1_000]));
        longest = longest.max(world.elapsed() - start);
    }
    longest
}

fn flooded(slow: SlowPolicy) -> (World<Context>, [WebSocketClient; 3]) {
    let mut world = chat(slow);
    let first = [(); 2].map(|()| WebSocketClient::open(&mut world, "/chat"));
    world.peer.set_buffer(2_000);
    let [sender, reader] = first;
    let mut clients = [sender, reader, WebSocketClient::open(&mut world, "/chat")];
    let longest = flood(&mut world, &mut clients);
    assert!(longest < Duration::from_millis(20), "the others waited {longest:?} for the slow one");
    (world, clients)
}

#[test]
fn a_slow_client_may_miss_messages() {
    let (mut world, mut clients) = flooded(SlowPolicy::Drop);
    let dropped = world.device.counters().messages_dropped;
    assert!(dropped > 50 && dropped < 100, "{dropped}");
    for _ in dropped..100 {
        let Frame::Binary(bytes) = clients[2].receive(&mut world) else { panic!("a binary message") };
        assert!(bytes.len() == 1_000 && bytes.iter().all(|byte| *byte == bytes[0]), "whole messages");
    }
    assert_eq!(world.device.counters().connections, 3);
}

#[test]
fn a_slow_client_may_be_closed() {
    let (mut world, clients) = flooded(SlowPolicy::Close);
    assert_eq!(world.device.counters().slow_closed, 1);
    assert_eq!(world.device.counters().connections, 2);
    world.run_until(|world| {
        world.peer.recv(clients[2].socket);
        world.peer.is_reset(clients[2].socket)
    });
}

/// Sends more than fits, and the rest when told to.
struct Stream(Journal);

impl Protocol for Stream {
    type Session = u32;
    fn open(&mut self, _request: &Request<'_>) -> Result<u32, Status> {
        Ok(0)
    }
    fn opened(&mut self, sent: &mut u32, socket: &mut Socket<'_>) {
        self.writable(sent, socket);
    }
    fn writable(&mut self, sent: &mut u32, socket: &mut Socket<'_>) {
        while *sent < 50 {
            if socket.send(Message::Binary(&[*sent as u8; 10_000])).is_err() {
                return socket.notify_writable();
            }
            *sent += 1;
        }
    }
    fn closed(&mut self, _session: u32, closed: wm_websockets::server::Closed) {
        self.0.note(|entries| entries.closed.push(closed));
    }
}

#[test]
fn a_protocol_can_send_more_than_fits_by_waiting_for_room() {
    let mut world =
        World::server(Routes::new().websocket("/ws", Stream(Journal::default())).expect("a route"));
    world.peer.set_buffer(4_000);
    let mut client = WebSocketClient::open(&mut world, "/ws");
    for number in 0..50u8 {
        assert_eq!(client.receive(&mut world), Frame::binary(vec![number; 10_000]));
    }
    assert!(world.elapsed() < Duration::from_secs(20), "{:?}", world.elapsed());
}

/// Who is about to part misses nothing that it was to have, and is not slow.
#[test]
fn a_broadcast_does_not_cut_a_closing_handshake_short() {
    let (mut world, journal) = super::server();
    let mut client = WebSocketClient::open(&mut world, "/ws");
    client.send(&mut world, Frame::text("close"));
    world.run_for(Duration::from_millis(100));
    let reached = world.device.services().broadcast("/ws", Message::Text("news"), SlowPolicy::Close);
    assert_eq!(reached, 0);
    assert_eq!(client.expect_close(&mut world), Some(4001));
    world.run_until(|_| !journal.closed().is_empty());
    assert_eq!(journal.closed(), [(4001, true)]);
    assert_eq!(world.device.counters().slow_closed, 0);
}
