//! Messages of every length, in every number of frames.

use std::time::Duration;

use tungstenite::Message as Frame;
use wm_websockets::server::{Limits, Routes};
use wm_websockets::ws::Opcode;

use super::{Echo, FragmentEcho, binary, frame, server};
use crate::heap;
use crate::websocket_client::WebSocketClient;
use crate::world::World;

const LENGTHS: [usize; 12] = [0, 1, 125, 126, 127, 1_459, 1_460, 1_461, 16_383, 65_535, 65_536, 100_000];

#[test]
fn messages_of_every_length_come_back() {
    let limits = Limits { message: 100_000, queue: 100_000, ..Limits::default() };
    let mut world = World::limited(limits, Routes::new().websocket("/ws", Echo::default()).expect("a route"));
    let mut client = WebSocketClient::open(&mut world, "/ws");
    for length in LENGTHS {
        client.send(&mut world, binary(length));
        assert_eq!(client.receive(&mut world), binary(length), "{length} bytes");
        let text = "é".repeat(length / 2);
        client.send(&mut world, Frame::text(text.clone()));
        assert_eq!(client.receive(&mut world), Frame::text(text), "{length} bytes");
    }
}

#[test]
fn fragments_of_every_length_come_back_in_little_memory() {
    let mut world = World::server(Routes::new().websocket("/ws", FragmentEcho).expect("a route"));
    let mut client = WebSocketClient::open(&mut world, "/ws");
    let before = heap::live();
    let peak = heap::peak_of(|| {
        for length in LENGTHS {
            client.send(&mut world, binary(length));
            assert_eq!(client.receive(&mut world), binary(length), "{length} bytes");
        }
    });
    assert!(peak - before < 30_000, "{} bytes", peak - before);
}

#[test]
fn a_message_may_come_in_frames_with_control_frames_between() {
    let (mut world, _) = server();
    for path in ["/ws", "/fragments"] {
        let mut client = WebSocketClient::open(&mut world, path);
        let frames = [
            frame(Opcode::Text, false, b"one "),
            frame(Opcode::Ping, true, b"ping"),
            frame(Opcode::Continuation, false, b""),
            frame(Opcode::Continuation, false, "zw\u{f6}".as_bytes()),
            frame(Opcode::Continuation, true, b"lf"),
        ];
        client.send_raw(&mut world, &frames.concat());
        assert_eq!(client.receive(&mut world), Frame::Pong("ping".into()));
        assert_eq!(client.receive(&mut world), Frame::text("one zwölf"));
    }
}

#[test]
fn frames_may_be_cut_anywhere() {
    let bytes =
        [frame(Opcode::Text, false, "zw\u{f6}".as_bytes()), frame(Opcode::Continuation, true, &[b'x'; 200])]
            .concat();
    for cut in 1..bytes.len() {
        let (mut world, _) = server();
        let mut client = WebSocketClient::open(&mut world, "/ws");
        client.send_raw(&mut world, &bytes[..cut]);
        world.run_for(Duration::from_millis(20));
        client.send_raw(&mut world, &bytes[cut..]);
        assert_eq!(
            client.receive(&mut world),
            Frame::text(format!("zwö{}", "x".repeat(200))),
            "cut at {cut}"
        );
    }
}

#[test]
fn many_small_messages_at_once_all_come_back_in_order() {
    let (mut world, _) = server();
    let mut client = WebSocketClient::open(&mut world, "/ws");
    for number in 0..1_000 {
        client.send(&mut world, Frame::text(number.to_string()));
    }
    for number in 0..1_000 {
        assert_eq!(client.receive(&mut world), Frame::text(number.to_string()));
    }
}

/// A client that sends and does not read: the server stops reading, and the client's window closes.
#[test]
fn a_client_that_does_not_read_is_not_read_from() {
    let (mut world, journal) = server();
    world.peer.set_buffer(2_000);
    let mut client = WebSocketClient::open(&mut world, "/ws");
    let before = heap::live();
    let messages = 200;
    let peak = heap::peak_of(|| {
        for _ in 0..messages {
            world.peer.send(client.socket, &frame(Opcode::Binary, true, &[7; 1_000]));
        }
        world.run_for(Duration::from_secs(10));
    });
    assert!(peak - before < 30_000, "{} bytes", peak - before);
    assert!(world.peer.unacknowledged(client.socket) > 150_000);
    for _ in 0..messages {
        assert_eq!(client.receive(&mut world), Frame::binary(vec![7; 1_000]));
    }
    assert_eq!(journal.closed(), []);
}

#[test]
fn a_client_that_never_reads_is_given_up_after_the_send_timeout() {
    let (mut world, journal) = server();
    world.peer.set_buffer(2_000);
    let client = WebSocketClient::open(&mut world, "/ws");
    for _ in 0..200 {
        world.peer.send(client.socket, &frame(Opcode::Binary, true, &[7; 1_000]));
    }
    world.run_until(|_| !journal.closed().is_empty());
    assert_eq!(journal.closed(), [(1006, false)]);
    let limit = Limits::default().send_timeout;
    let time = world.elapsed();
    assert!(time >= limit && time < limit + Duration::from_secs(5), "{time:?}");
}
