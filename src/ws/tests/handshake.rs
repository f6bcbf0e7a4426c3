//! The opening handshake: RFC 6455 sections 1.3 and 4.

use super::super::handshake::{
    Refusal, Upgrade, accept_key, client_key, is_websocket_request, verify_accept,
};
use super::*;
use crate::http::{HeadLimits, HeadParser, Status};

const UPGRADE: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
const VERSION: &str = "Sec-WebSocket-Version: 13\r\n";
const SAMPLE_KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// Hands the request with these field lines to `judge`.
fn with_request<T>(line: &str, fields: &[&str], judge: impl FnOnce(&crate::http::Request<'_>) -> T) -> T {
    let head = [line, "\r\nHost: server.example.com\r\n", &fields.concat(), "\r\n"].concat();
    let parsed = HeadParser::default().parse(head.as_bytes(), &HeadLimits::default());
    let (request, _) = parsed.expect("sound").expect("complete");
    judge(&request)
}

fn refusal(line: &str, fields: &[&str]) -> Option<Refusal> {
    with_request(line, fields, |request| Upgrade::from_request(request).err())
}

fn refusal_of_get(fields: &[&str]) -> Option<Refusal> {
    refusal("GET /chat HTTP/1.1", fields)
}

#[test]
fn the_example_of_section_1_3() {
    let fields = [
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        "Origin: http://example.com\r\n",
        "Sec-WebSocket-Protocol: chat, superchat\r\nSec-WebSocket-Version: 13\r\n",
    ];
    with_request("GET /chat HTTP/1.1", &fields, |request| {
        assert!(is_websocket_request(request));
        let upgrade = Upgrade::from_request(request).unwrap();
        assert_eq!(&upgrade.accept(), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(upgrade.origin(), Some(&b"http://example.com"[..]));
        assert_eq!(upgrade.protocols().collect::<Vec<_>>(), ["chat", "superchat"]);
    });
}

#[test]
fn names_and_tokens_in_any_case_and_company() {
    let fields = ["UPGRADE: h2c, WebSocket\r\nconnection: keep-alive, UPGRADE\r\n", VERSION, SAMPLE_KEY];
    assert_eq!(refusal_of_get(&fields), None);
}

#[test]
fn a_request_for_a_page() {
    for fields in [&[][..], &["Upgrade: websocket\r\n"], &["Connection: Upgrade\r\n", VERSION, SAMPLE_KEY]] {
        assert_eq!(refusal_of_get(fields), Some(Refusal::UpgradeRequired));
    }
    let refused = refusal("GET / HTTP/1.0", &[UPGRADE, VERSION, SAMPLE_KEY]);
    assert_eq!(refused, Some(Refusal::UpgradeRequired));
    assert_eq!(Refusal::UpgradeRequired.status(), Status::UPGRADE_REQUIRED);
    assert!(Refusal::UpgradeRequired.fields().contains(&("Upgrade", "websocket")));
}

#[test]
fn only_get() {
    assert_eq!(refusal("POST /chat HTTP/1.1", &[UPGRADE, VERSION, SAMPLE_KEY]), Some(Refusal::Method));
    assert_eq!(Refusal::Method.status(), Status::METHOD_NOT_ALLOWED);
    assert_eq!(Refusal::Method.fields(), [("Allow", "GET")]);
}

#[test]
fn only_version_13() {
    for version in
        ["", "Sec-WebSocket-Version: 8\r\n", "Sec-WebSocket-Version: 13, 8\r\n", &VERSION.repeat(2)]
    {
        assert_eq!(refusal_of_get(&[UPGRADE, version, SAMPLE_KEY]), Some(Refusal::Version), "{version}");
    }
    assert_eq!(Refusal::Version.status(), Status::UPGRADE_REQUIRED);
    assert!(Refusal::Version.fields().contains(&("Sec-WebSocket-Version", "13")));
}

#[test]
fn one_key_of_sixteen_bytes() {
    let key = |key: &str| refusal_of_get(&[UPGRADE, VERSION, "Sec-WebSocket-Key: ", key, "\r\n"]);
    assert_eq!(key("AAAAAAAAAAAAAAAAAAAA/+=="), None);
    for bad in [
        "",
        "==",
        "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25jZQ=",
        "dGhlIHNhbXBsZSBub25jZQAA",
        "dGhlIHNhbXBsZSBub25jZ===",
        "dGhlIHNhbXBsZSBub25jZQA==",
        "dGhlIHNhbXBsZSBub25jZ-==",
        "dGhlIHNhbXBsZSB ub25jZ==",
    ] {
        assert_eq!(key(bad), Some(Refusal::Key), "{bad}");
    }
    assert_eq!(refusal_of_get(&[UPGRADE, VERSION]), Some(Refusal::Key));
    assert_eq!(refusal_of_get(&[UPGRADE, VERSION, SAMPLE_KEY, SAMPLE_KEY]), Some(Refusal::Key));
    assert_eq!(Refusal::Key.status(), Status::BAD_REQUEST);
}

#[test]
fn subprotocols_by_the_clients_preference() {
    let offers = "Sec-WebSocket-Protocol: v3, v2\r\nSec-WebSocket-Protocol: v1\r\n";
    with_request("GET /chat HTTP/1.1", &[UPGRADE, VERSION, SAMPLE_KEY, offers], |request| {
        let upgrade = Upgrade::from_request(request).unwrap();
        assert_eq!(upgrade.protocols().collect::<Vec<_>>(), ["v3", "v2", "v1"]);
        assert_eq!(upgrade.choose(&["v1", "v2"]), Some("v2"));
        assert_eq!(upgrade.choose(&["V2"]), None);
        assert_eq!(upgrade.choose(&[]), None);
    });
    let bad = "Sec-WebSocket-Protocol: fine, not fine\r\n";
    assert_eq!(refusal_of_get(&[UPGRADE, VERSION, SAMPLE_KEY, bad]), Some(Refusal::Protocol));
}

#[test]
fn a_client_recognises_its_server() {
    let key = client_key(*b"the sample nonce");
    assert_eq!(&key, b"dGhlIHNhbXBsZSBub25jZQ==");
    assert!(verify_accept(&key, b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    assert!(!verify_accept(&key, b"s3pPLMBiTxaQ9kYGzzhZRbK+xOO="));
    assert!(!verify_accept(&key, b""));
    assert_eq!(accept_key(&key).len(), 28);
}
