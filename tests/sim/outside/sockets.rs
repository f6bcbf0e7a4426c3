//! WebSocket clients that the application reaches out of turn.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use tungstenite::Message as Frame;
use wm_websockets::http::{Request, ResponseError, ResponseHead, Status};
use wm_websockets::server::{Closed, Context, Protocol, Routes, Socket};
use wm_websockets::ws::{CloseCode, CloseReason, Kind, Message};

use crate::heap;
use crate::http_client::HttpClient;
use crate::networks::HANDSHAKE;
use crate::websocket::{Echo, Journal};
use crate::websocket_client::WebSocketClient;
use crate::world::World;

fn echoing() -> (World<Context>, Journal) {
    let journal = Journal::default();
    let routes = Routes::new().websocket("/ws", Echo(journal.clone())).expect("a route");
    (World::server(routes), journal)
}

fn opened(
    world: &mut World<Context>,
    journal: &Journal,
) -> (WebSocketClient, wm_websockets::server::ConnectionId) {
    let client = WebSocketClient::open(world, "/ws");
    world.run_until(|_| !journal.opened().is_empty());
    (client, journal.opened()[0])
}

/// Does something to a client as the application's loop would.
fn act<R>(
    world: &mut World<Context>,
    id: wm_websockets::server::ConnectionId,
    act: impl FnOnce(&mut Socket<'_>) -> R,
) -> R {
    world.device.services().with_socket(id, act).expect("the client is there")
}

#[test]
fn fragments_pings_and_closing_from_outside() {
    let (mut world, journal) = echoing();
    let (mut client, id) = opened(&mut world, &journal);
    act(&mut world, id, |socket| socket.send_fragment(Kind::Text, b"from ", true, false)).expect("room");
    act(&mut world, id, |socket| socket.send_fragment(Kind::Text, b"outside", false, true)).expect("room");
    assert_eq!(client.receive(&mut world), Frame::text("from outside"));
    act(&mut world, id, |socket| socket.pong(b"alive")).expect("room");
    assert_eq!(client.receive(&mut world), Frame::Pong(b"alive"[..].into()));
    act(&mut world, id, |socket| socket.close(CloseCode::GOING_AWAY, "update")).expect("room");
    assert_eq!(client.expect_close(&mut world), Some(1001));
    world.run_until(|_| journal.closed() == [(1001, true)]);
    assert!(world.device.services().with_socket(id, |_| ()).is_none(), "the name is stale");
}

#[test]
fn hanging_up_sends_what_was_sent_and_no_close_frame() {
    let (mut world, journal) = echoing();
    let (mut client, id) = opened(&mut world, &journal);
    act(&mut world, id, |socket| {
        socket.send(Message::Text("last words")).expect("room");
        socket.hang_up();
    });
    assert_eq!(client.receive(&mut world), Frame::text("last words"));
    assert!(client.next(&mut world).is_err());
    assert_eq!(journal.closed(), [(1006, false)]);
}

#[test]
fn a_client_waits_while_nothing_is_received_from_it_and_loses_nothing() {
    let (mut world, journal) = echoing();
    let (mut client, id) = opened(&mut world, &journal);
    act(&mut world, id, |socket| socket.set_receiving(false));
    for number in 0..20 {
        client.send(&mut world, Frame::text(format!("message {number}")));
    }
    world.run_for(Duration::from_secs(120));
    assert!(client.poll(&mut world).is_none());
    act(&mut world, id, |socket| socket.set_receiving(true));
    for number in 0..20 {
        assert_eq!(client.receive(&mut world), Frame::text(format!("message {number}")));
    }
}

#[test]
fn abort_resets_whoever_it_is() {
    let (mut world, journal) = echoing();
    let (mut client, id) = opened(&mut world, &journal);
    world.device.services().abort(id);
    assert!(client.next(&mut world).is_err());
    assert_eq!(journal.closed(), [(1006, false)]);
}

/// Counts its sessions, and cannot say what it has to.
#[derive(Clone, Default)]
struct Speechless(Rc<RefCell<Sessions>>);

#[derive(Default)]
struct Sessions {
    begun: u32,
    closed: Vec<(u32, Closed)>,
}

impl Protocol for Speechless {
    type Session = u32;
    fn open(&mut self, _request: &Request<'_>) -> Result<u32, Status> {
        let mut sessions = self.0.borrow_mut();
        sessions.begun += 1;
        Ok(sessions.begun)
    }
    fn accepting(&mut self, _session: &mut u32, head: &mut ResponseHead<'_>) -> Result<(), ResponseError> {
        head.field("Set-Cookie", "two\nlines")
    }
    fn closed(&mut self, session: u32, closed: Closed) {
        heap::of_simulation(|| self.0.borrow_mut().closed.push((session, closed)));
    }
}

#[test]
fn a_session_that_was_opened_is_closed_even_if_its_client_is_not_accepted() {
    let protocol = Speechless::default();
    let mut world = World::server(Routes::new().websocket("/ws", protocol.clone()).expect("a route"));
    let mut client = HttpClient::connected(&mut world);
    let reply = client.ask(&mut world, HANDSHAKE);
    assert_eq!(reply.status, 500);
    let sessions = protocol.0.borrow();
    let closed: Vec<_> = sessions.closed.iter().map(|(session, closed)| (*session, closed.code.0)).collect();
    assert_eq!((sessions.begun, closed), (1, vec![(1, 1006)]));
}

/// Adds a field to the handshake, and does not answer the close code 4000.
struct Stubborn;

impl Protocol for Stubborn {
    type Session = ();
    fn open(&mut self, _request: &Request<'_>) -> Result<(), Status> {
        Ok(())
    }
    fn accepting(&mut self, _session: &mut (), head: &mut ResponseHead<'_>) -> Result<(), ResponseError> {
        head.field("Set-Cookie", "seen=1")
    }
    fn closing(
        &mut self,
        _session: &mut (),
        _socket: &mut Socket<'_>,
        reason: Option<&CloseReason<'_>>,
    ) -> bool {
        reason.is_none_or(|reason| reason.code != CloseCode(4000) || reason.reason() != "bye")
    }
}

#[test]
fn a_protocol_may_add_fields_and_decides_whether_a_close_is_answered() {
    use tungstenite::protocol::CloseFrame;
    for (code, answered) in [(4000, false), (4001, true)] {
        let routes = Routes::new().websocket("/ws", Stubborn).expect("a route");
        let mut world = World::server(routes);
        let mut client = WebSocketClient::open_with(&mut world, "/ws", &[]);
        client.send(&mut world, Frame::Close(Some(CloseFrame { code: code.into(), reason: "bye".into() })));
        match client.next(&mut world) {
            Ok(Frame::Close(Some(frame))) => assert!(answered && u16::from(frame.code) == code),
            other => assert!(!answered, "{other:?}"),
        }
    }
}

#[test]
fn the_field_is_in_the_response_to_the_handshake() {
    let mut world = World::server(Routes::new().websocket("/ws", Stubborn).expect("a route"));
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, HANDSHAKE);
    world.run_until(|world| {
        client.pump(world);
        client.received.ends_with(b"\r\n\r\n")
    });
    let head = String::from_utf8(client.received.clone()).expect("text");
    assert!(head.starts_with("HTTP/1.1 101 ") && head.contains("\r\nSet-Cookie: seen=1\r\n"), "{head}");
}

/// A client from which nothing is received cannot answer a Close either: that has its deadline all the same.
#[test]
fn a_client_that_is_closed_while_nothing_is_received_from_it_is_gone_in_time() {
    let (mut world, journal) = echoing();
    let (_client, id) = opened(&mut world, &journal);
    act(&mut world, id, |socket| {
        socket.set_receiving(false);
        socket.close(CloseCode::GOING_AWAY, "").expect("room");
    });
    world.run_for(Duration::from_secs(60));
    assert_eq!(world.device.counters().connections, 0);
    assert_eq!(journal.closed().len(), 1);
}
