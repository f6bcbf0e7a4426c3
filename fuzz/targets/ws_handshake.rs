//! Requests that may ask for a WebSocket.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wm_websockets::http::{HeadLimits, HeadParser, Method, Request, Version};
use wm_websockets::ws::handshake::{Refusal, Upgrade, is_websocket_request, verify_accept};

const SUPPORTED: [&str; 2] = ["chat", "echo-protocol"];

fuzz_target!(|data: &[u8]| {
    let Ok(Some((request, _))) = HeadParser::default().parse(data, &HeadLimits::default()) else { return };
    match Upgrade::from_request(&request) {
        Ok(upgrade) => is_sound(&request, &upgrade),
        Err(refusal) => {
            assert_eq!(refusal == Refusal::UpgradeRequired, !is_websocket_request(&request));
            assert!((400..500).contains(&refusal.status().code()));
        }
    }
});

/// RFC 6455 section 4.2.1.
fn is_sound(request: &Request<'_>, upgrade: &Upgrade<'_>) {
    assert!(request.method() == Method::Get && request.version() == Version::Http11);
    assert!(request.fields().has_token("Connection", "upgrade"));
    assert!(request.fields().has_token("Upgrade", "websocket"));
    assert_eq!(only(request, "Sec-WebSocket-Version"), b"13");
    let key = only(request, "Sec-WebSocket-Key");
    let accept = upgrade.accept();
    assert_eq!(tungstenite::handshake::derive_accept_key(key).as_bytes(), accept);
    assert!(verify_accept(key.try_into().expect("as long as it must be"), &accept));
    let chosen = upgrade.choose(&SUPPORTED);
    let offered = upgrade.protocols().find(|offered| SUPPORTED.contains(offered));
    assert_eq!(chosen, offered);
}

fn only<'a>(request: &Request<'a>, name: &str) -> &'a [u8] {
    let values: Vec<_> = request.fields().get_all(name).collect();
    assert_eq!(values.len(), 1, "{name}");
    values[0]
}
