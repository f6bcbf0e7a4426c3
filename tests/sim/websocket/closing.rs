//! The closing handshake, and every way around it.

use std::time::Duration;

use tungstenite::Message as Frame;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;
use wm_websockets::server::Limits;
use wm_websockets::ws::Opcode;

use super::{Journal, frame, server};
use crate::websocket_client::WebSocketClient;
use crate::world::{Tested, World};

/// Whether the protocol heard of one end, with this code and in this order.
#[track_caller]
fn expect_closed<D: Tested>(world: &mut World<D>, journal: &Journal, code: u16, clean: bool) {
    world.run_until(|_| !journal.closed().is_empty());
    world.expect_all_freed();
    assert_eq!(journal.closed(), [(code, clean)]);
}

#[test]
fn the_client_closes_and_gets_its_own_code_and_reason_back() {
    for code in [1000, 1001, 1011, 3000, 4999] {
        let (mut world, journal) = server();
        let mut client = WebSocketClient::open(&mut world, "/ws");
        let close = CloseFrame { code: CloseCode::from(code), reason: "enough".into() };
        client.send(&mut world, Frame::Close(Some(close.clone())));
        assert_eq!(client.expect_close_frame(&mut world), Some(close));
        expect_closed(&mut world, &journal, code, true);
    }
}

#[test]
fn a_close_without_a_code_is_answered_without_one() {
    let (mut world, journal) = server();
    let mut client = WebSocketClient::open(&mut world, "/ws");
    client.send(&mut world, Frame::Close(None));
    assert_eq!(client.expect_close(&mut world), None);
    expect_closed(&mut world, &journal, 1005, true);
}

#[test]
fn the_server_closes_and_waits_for_the_answer() {
    let (mut world, journal) = server();
    let mut client = WebSocketClient::open(&mut world, "/ws");
    client.send(&mut world, Frame::text("close"));
    assert_eq!(client.expect_close(&mut world), Some(4001));
    expect_closed(&mut world, &journal, 4001, true);
}

#[test]
fn a_client_that_does_not_answer_a_close_is_cut_off() {
    let (mut world, journal) = server();
    let client = WebSocketClient::open(&mut world, "/ws");
    world.peer.send(client.socket, &frame(Opcode::Text, true, b"close"));
    let start = world.elapsed();
    world.run_until(|_| !journal.closed().is_empty());
    let limit = Limits::default().websocket.close_timeout;
    let time = world.elapsed() - start;
    assert!(time >= limit && time < limit + Duration::from_secs(1), "{time:?}");
    expect_closed(&mut world, &journal, 1006, false);
}

#[test]
fn each_breach_has_its_code() {
    let unmasked = b"\x81\x05hello".to_vec();
    let reserved_bit = [&[0xc1, 0x80][..], &[0; 4]].concat();
    let reserved_opcode = [&[0x83, 0x80][..], &[0; 4]].concat();
    let long_length = [&[0x82, 0xfe, 0, 1][..], &[0; 4], b"x"].concat();
    let cases = [
        (unmasked, 1002),
        (reserved_bit, 1002),
        (reserved_opcode, 1002),
        (long_length, 1002),
        (frame(Opcode::Ping, false, b""), 1002),
        (frame(Opcode::Ping, true, &[0; 126]), 1002),
        (frame(Opcode::Continuation, true, b"x"), 1002),
        ([frame(Opcode::Text, false, b"x"), frame(Opcode::Text, true, b"x")].concat(), 1002),
        (frame(Opcode::Close, true, b"x"), 1002),
        (frame(Opcode::Close, true, &1005u16.to_be_bytes()), 1002),
        (frame(Opcode::Close, true, b"\x03\xe8\xff"), 1007),
        (frame(Opcode::Text, true, b"\xff"), 1007),
        (frame(Opcode::Text, true, b"\xc3"), 1007),
        ([frame(Opcode::Text, false, b"\xed"), frame(Opcode::Continuation, false, b"\xa0")].concat(), 1007),
        (frame(Opcode::Binary, true, &[0; 16_385]), 1009),
        (
            [frame(Opcode::Binary, false, &[0; 16_384]), frame(Opcode::Continuation, true, b"x")].concat(),
            1009,
        ),
    ];
    for (bytes, code) in cases {
        let (mut world, journal) = server();
        let mut client = WebSocketClient::open(&mut world, "/ws");
        client.send_raw(&mut world, &bytes);
        let shown = &bytes[..bytes.len().min(12)];
        assert_eq!(client.expect_close(&mut world), Some(code), "{shown:x?}");
        assert_eq!(world.device.counters().violations, 1, "{shown:x?}");
        expect_closed(&mut world, &journal, 1006, false);
    }
}

/// RFC 6455 section 5.5.1 forbids data after a Close frame, and section 7.1.1 lets the server end first.
#[test]
fn nothing_is_delivered_after_a_close() {
    let (mut world, journal) = server();
    let mut client = WebSocketClient::open(&mut world, "/ws");
    let bytes = [frame(Opcode::Close, true, b"\x03\xe8"), frame(Opcode::Text, true, b"late")].concat();
    client.send_raw(&mut world, &bytes);
    assert_eq!(client.expect_close(&mut world), Some(1000));
    assert_eq!(world.device.counters().messages_received, 0);
    expect_closed(&mut world, &journal, 1000, true);
}

#[test]
fn a_client_that_ends_without_a_close_is_1006() {
    for (reset, bytes) in [(false, &b""[..]), (true, b""), (true, &frame(Opcode::Text, true, b"half")[..7])] {
        let (mut world, journal) = server();
        let mut client = WebSocketClient::open(&mut world, "/ws");
        client.send_raw(&mut world, bytes);
        world.run_for(Duration::from_millis(10));
        if reset {
            world.peer.abort(client.socket);
        } else {
            world.peer.close(client.socket);
        }
        world.run_for(Duration::from_millis(10));
        assert_eq!(journal.closed(), [(1006, false)]);
        expect_closed(&mut world, &journal, 1006, false);
    }
}

#[test]
fn a_reset_while_much_waits_for_the_client_is_noticed_at_once() {
    let (mut world, journal) = server();
    world.peer.set_buffer(2_000);
    let client = WebSocketClient::open(&mut world, "/ws");
    for _ in 0..50 {
        world.peer.send(client.socket, &frame(Opcode::Binary, true, &[7; 1_000]));
    }
    world.run_for(Duration::from_secs(1));
    world.peer.abort(client.socket);
    world.run_for(Duration::from_millis(100));
    assert_eq!(journal.closed(), [(1006, false)]);
    world.expect_all_freed();
}

#[test]
fn a_server_that_ends_tells_its_protocols() {
    let (mut world, journal) = server();
    let _client = WebSocketClient::open(&mut world, "/ws");
    drop(world);
    assert_eq!(journal.closed(), [(1006, false)]);
}
