//! Who becomes a WebSocket, and who is told what is missing.

use std::time::Duration;

use super::server;
use crate::http_client::HttpClient;
use crate::websocket_client::WebSocketClient;

#[test]
fn the_first_subprotocol_of_the_client_that_the_server_speaks_is_chosen() {
    for (offered, chosen) in
        [("x, other, echo-protocol", Some("other")), ("echo-protocol", Some("echo-protocol"))]
    {
        let (mut world, _) = server();
        let client = WebSocketClient::open_with(&mut world, "/ws", &[("Sec-WebSocket-Protocol", offered)]);
        let answer = client.response.headers().get("Sec-WebSocket-Protocol");
        assert_eq!(answer.map(|value| value.to_str().expect("ASCII")), chosen);
    }
}

#[test]
fn a_client_without_a_subprotocol_is_served_without_one() {
    let (mut world, _) = server();
    let client = WebSocketClient::open(&mut world, "/ws");
    assert_eq!(client.response.status(), 101);
    assert!(client.response.headers().get("Sec-WebSocket-Protocol").is_none());
}

/// A handshake with one line replaced.
fn request(line: &str, replacement: &str) -> String {
    let request = "GET /ws HTTP/1.1\r\nHost: device\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    assert!(request.contains(line));
    request.replace(line, replacement)
}

#[test]
fn what_is_missing_is_told_by_status_and_fields() {
    let cases = [
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "", 400, None),
        ("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZQ==", 400, None),
        ("Version: 13", "Version: 8", 426, Some("13")),
        ("Sec-WebSocket-Version: 13\r\n", "", 426, Some("13")),
        ("Upgrade: websocket\r\n", "", 426, None),
        ("GET /ws", "GET /none", 404, None),
        ("GET /ws", "GET /ws?forbidden", 403, None),
    ];
    for (line, replacement, status, version) in cases {
        let (mut world, journal) = server();
        let mut client = HttpClient::connected(&mut world);
        let reply = client.ask(&mut world, request(line, replacement));
        assert_eq!(reply.status, status, "{replacement:?} for {line:?}");
        assert_eq!(reply.field("Sec-WebSocket-Version"), version, "{replacement:?} for {line:?}");
        if status == 426 {
            assert_eq!(reply.field("Upgrade"), Some("websocket"));
        }
        assert_eq!(journal.opened(), []);
        world.expect_all_freed_after(client.socket);
    }
}

#[test]
fn the_answer_is_the_one_of_rfc_6455() {
    let (mut world, _) = server();
    let mut client = HttpClient::connected(&mut world);
    let reply = client.ask(&mut world, request("GET", "GET"));
    assert_eq!(reply.status, 101);
    assert_eq!(reply.field("Sec-WebSocket-Accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
}

#[test]
fn frames_may_follow_the_handshake_in_the_same_segment() {
    let (mut world, _) = server();
    let mut client = HttpClient::connected(&mut world);
    let hello = super::frame(super::Opcode::Text, true, b"hello");
    let reply = client.ask(&mut world, [request("GET", "GET").as_bytes(), &hello].concat());
    assert_eq!(reply.status, 101);
    world.run_until(|world| {
        client.pump(world);
        client.received == b"\x81\x05hello"
    });
}

#[test]
fn a_handshake_may_be_cut_anywhere() {
    let request = request("GET", "GET");
    for cut in 1..request.len() {
        let (mut world, journal) = server();
        let mut client = HttpClient::connected(&mut world);
        client.send(&mut world, &request[..cut]);
        world.run_for(Duration::from_millis(20));
        assert_eq!(client.ask(&mut world, &request[cut..]).status, 101, "cut at {cut}");
        assert_eq!(journal.opened().len(), 1);
    }
}

/// RFC 9110 section 8.6: that is no content, said aloud.
#[test]
fn a_handshake_may_say_that_it_has_no_body() {
    for (line, status) in [("Content-Length: 0", 101), ("Content-Length: 1", 400)] {
        let (mut world, _) = server();
        let mut client = HttpClient::connected(&mut world);
        let line = format!("Upgrade: websocket\r\n{line}\r\n");
        let reply = client.ask(&mut world, request("Upgrade: websocket\r\n", &line));
        assert_eq!(reply.status, status, "{line}");
    }
}
