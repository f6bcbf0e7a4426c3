//! Messages that travel compressed (RFC 7692), on the wire.

use miniz_oxide::inflate::decompress_to_vec;
use tungstenite::Message as Frame;
use wm_sys::host::PeerSocket;
use wm_websockets::http::{Request, Status};
use wm_websockets::server::{Audience, Context, Protocol, Routes, SlowPolicy, Socket};
use wm_websockets::ws::deflate::compress;
use wm_websockets::ws::{FrameHeader, Kind, Message, Opcode};

use super::{Echo, FragmentEcho, Journal};
use crate::http_client::HttpClient;
use crate::websocket_client::WebSocketClient;
use crate::world::World;

const READINGS: &[u8] =
    b"[{\"celsius\":21.5,\"room\":1},{\"celsius\":21.5,\"room\":2},{\"celsius\":21.5,\"room\":3}]";

/// Sends every message to all.
struct Chat;

impl Protocol for Chat {
    type Session = ();
    fn open(&mut self, _request: &Request<'_>) -> Result<(), Status> {
        Ok(())
    }
    fn message(&mut self, _session: &mut (), socket: &mut Socket<'_>, message: Message<'_>) {
        socket.broadcast(message, Audience::Everyone, SlowPolicy::Close);
    }
}

/// Has secrets.
struct Plain;

impl Protocol for Plain {
    type Session = ();
    fn compresses(&self) -> bool {
        false
    }
    fn open(&mut self, _request: &Request<'_>) -> Result<(), Status> {
        Ok(())
    }
}

fn server() -> (World<Context>, Journal) {
    let journal = Journal::default();
    let routes = Routes::new()
        .websocket("/ws", Echo(journal.clone()))
        .and_then(|routes| routes.websocket("/fragments", FragmentEcho))
        .and_then(|routes| routes.websocket("/plain", Plain))
        .and_then(|routes| routes.websocket("/chat", Chat));
    (World::server(routes.expect("routes")), journal)
}

/// A client that offers compression, and what the server answers to that.
fn open(world: &mut World<Context>, path: &str, offer: &str) -> (HttpClient, Option<String>) {
    let mut client = HttpClient::connected(world);
    let reply = client.ask(
        world,
        format!(
            "GET {path} HTTP/1.1\r\nHost: device\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Extensions: {offer}\r\n\r\n"
        ),
    );
    assert_eq!(reply.status, 101);
    (client, reply.field("Sec-WebSocket-Extensions").map(ToOwned::to_owned))
}

/// A frame of a client, whose mask changes nothing.
fn frame(kind: Kind, compressed: bool, payload: &[u8]) -> Vec<u8> {
    let (opcode, length) = (kind.opcode(), payload.len() as u64);
    let header = FrameHeader { fin: true, compressed, opcode, mask: Some([0; 4]), length };
    [&header.encode()[..], payload].concat()
}

/// The payload of the next frame, whose first byte is to be this.
fn payload(world: &mut World<Context>, socket: PeerSocket, first: u8) -> Vec<u8> {
    let mut received = Vec::new();
    world.run_until(|world| {
        received.extend(world.peer.recv(socket));
        received.len() >= 2 && received.len() >= 2 + usize::from(received[1])
    });
    assert_eq!((received[0], received.len()), (first, 2 + usize::from(received[1])), "{received:02x?}");
    received.split_off(2)
}

/// Takes a message apart with somebody else's DEFLATE.
pub fn inflated(payload: &[u8]) -> Vec<u8> {
    const TAIL_AND_LAST_BLOCK: [u8; 9] = [0, 0, 0xFF, 0xFF, 1, 0, 0, 0xFF, 0xFF];
    decompress_to_vec(&[payload, &TAIL_AND_LAST_BLOCK].concat()).expect("DEFLATE")
}

#[test]
fn compression_is_agreed_on_where_whole_messages_are_taken() {
    let (mut world, _) = server();
    let both = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    let narrow = format!("{both}; server_max_window_bits=9");
    for (path, offer, answer) in [
        ("/ws", "permessage-deflate; client_max_window_bits", Some(both)),
        ("/ws", "permessage-deflate; server_max_window_bits=9", Some(&narrow)),
        ("/ws", "x-unknown, permessage-deflate; unknown, permessage-deflate", Some(both)),
        ("/ws", "permessage-deflate; unknown", None),
        ("/fragments", "permessage-deflate", None),
        ("/plain", "permessage-deflate", None),
    ] {
        let (client, agreed) = open(&mut world, path, offer);
        assert_eq!(agreed.as_deref(), answer, "{path} {offer}");
        world.peer.abort(client.socket);
    }
    let mut without = WebSocketClient::open(&mut world, "/ws");
    assert!(without.response.headers().get("Sec-WebSocket-Extensions").is_none());
    without.send(&mut world, Frame::binary(READINGS));
    assert_eq!(without.receive(&mut world), Frame::binary(READINGS));
}

#[test]
fn a_message_comes_and_goes_compressed() {
    let (mut world, _) = server();
    let (client, _) = open(&mut world, "/ws", "permessage-deflate");
    for compressed in [true, false] {
        let bytes = if compressed { compress(READINGS, 15).expect("shorter") } else { READINGS.to_vec() };
        client.send(&mut world, frame(Kind::Text, compressed, &bytes));
        let echo = payload(&mut world, client.socket, 0xC1);
        assert!(echo.len() < READINGS.len());
        assert_eq!(inflated(&echo), READINGS);
    }
    // What is too short to be compressed is not.
    client.send(&mut world, frame(Kind::Binary, false, b"short"));
    assert_eq!(payload(&mut world, client.socket, 0x82), b"short");
    world.peer.abort(client.socket);
    world.expect_all_freed();
}

#[test]
fn a_broadcast_reaches_each_client_as_it_can_read_it() {
    let (mut world, _) = server();
    let (wide, _) = open(&mut world, "/chat", "permessage-deflate");
    let (narrow, _) = open(&mut world, "/chat", "permessage-deflate; server_max_window_bits=8");
    let mut without = WebSocketClient::open(&mut world, "/chat");
    without.send(&mut world, Frame::binary(READINGS));
    assert_eq!(without.receive(&mut world), Frame::binary(READINGS));
    for client in [&wide, &narrow] {
        assert_eq!(inflated(&payload(&mut world, client.socket, 0xC2)), READINGS);
    }
}

#[test]
fn bad_compression_is_closed_with_its_code() {
    let bomb = compress(&[0; 100_000], 15).expect("shorter");
    for (payload, code) in [(&b"\xff\xff"[..], 1007), (&bomb, 1009)] {
        let (mut world, journal) = server();
        let (client, _) = open(&mut world, "/ws", "permessage-deflate");
        client.send(&mut world, frame(Kind::Binary, true, payload));
        let mut close = Vec::new();
        world.run_until(|world| {
            close.extend(world.peer.recv(client.socket));
            close.len() >= 4
        });
        assert_eq!(close[..4], [&[0x88, 2][..], &u16::to_be_bytes(code)].concat());
        assert_eq!(journal.closed().len(), 1);
        world.expect_all_freed_after(client.socket);
    }
}

/// Between two pieces of a compressed message its client may leave: nothing is kept.
#[test]
fn half_a_compressed_message_leaves_nothing_behind() {
    let (mut world, _) = server();
    let (client, _) = open(&mut world, "/ws", "permessage-deflate");
    let bytes = compress(READINGS, 15).expect("shorter");
    let header = FrameHeader {
        fin: false,
        compressed: true,
        opcode: Opcode::Text,
        mask: Some([0; 4]),
        length: bytes.len() as u64,
    };
    client.send(&mut world, [&header.encode()[..], &bytes[..20]].concat());
    world.run_for(core::time::Duration::from_millis(100));
    world.peer.abort(client.socket);
    world.expect_all_freed();
}
