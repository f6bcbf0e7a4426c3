//! Who speaks plain HTTP at a port with TLS, or TLS at one without.

use std::time::Duration;

use wm_sys::host::WireConfig;
use wm_websockets::server::{Context, Limits, PlainHttp};

use super::{HELLO, expect_hello, expect_text, lan, routes, serving};
use crate::http_client::{HttpClient, Reply};
use crate::secure_client::{SecureClient, TLS_PORT};
use crate::world::{LAN, PORT, World};

#[test]
fn who_knocks_at_the_wrong_port_is_told() {
    let (mut world, config) = lan();
    let mut plain = HttpClient { socket: world.peer.connect(TLS_PORT), received: Vec::new() };
    let reply = plain.ask(&mut world, HELLO);
    assert_eq!(reply.status, 400);
    assert!(reply.text().contains("https://"), "{}", reply.text());
    world.run_until(|world| world.peer.is_finished(plain.socket));
    // No method: nothing that could be told.
    let garbage = world.peer.connect(TLS_PORT);
    world.run_until(|world| world.peer.is_connected(garbage));
    world.peer.send(garbage, b"\x00\x01\x02");
    world.run_until(|world| world.peer.is_finished(garbage) || world.peer.is_closed(garbage));
    // A hello on the plain port is refused at once.
    let mut hello = SecureClient::connect(&mut world, &config);
    hello.socket = world.peer.connect(PORT);
    let begin = world.now();
    world.run_until(|world| hello.pump(world));
    assert!(hello.error.is_some());
    assert!(world.now().saturating_duration_since(begin) < Duration::from_secs(1));
    SecureClient::connected(&mut world, &config);
}

/// Asks the TLS port without TLS.
fn ask_plainly(world: &mut World<Context>, request: impl AsRef<[u8]>) -> (HttpClient, Reply) {
    let mut plain = HttpClient { socket: world.peer.connect(TLS_PORT), received: Vec::new() };
    let reply = plain.ask(world, request);
    (plain, reply)
}

#[test]
fn plain_http_is_sent_to_https_where_that_is_wanted() {
    let redirecting = || routes().without_tls(PlainHttp::Redirect);
    let (mut world, config) = serving(WireConfig::both(1, LAN), Limits::default(), redirecting);
    for (request, location) in [
        (
            "GET /a/b?c=d HTTP/1.1\r\nHost: pump.lan:8443\r\nCookie: e\r\n\r\n",
            "https://pump.lan:8443/a/b?c=d",
        ),
        ("POST / HTTP/1.1\r\nHost: [fe80::1]\r\nContent-Length: 2\r\n\r\nok", "https://[fe80::1]/"),
        ("GET http://pump/x HTTP/1.1\r\nHost: pump\r\n\r\n", "https://pump/x"),
    ] {
        let (plain, reply) = ask_plainly(&mut world, request);
        assert_eq!((reply.status, reply.field("Location")), (308, Some(location)));
        world.run_until(|world| world.peer.is_finished(plain.socket));
    }
    // What does not say where is refused: no host, no path, no request, not all of it.
    for request in [
        "GET / HTTP/1.0\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n",
    ] {
        assert_eq!(ask_plainly(&mut world, request).1.status, 400, "{request:?}");
    }
    let mut secure = SecureClient::connected(&mut world, &config);
    expect_hello(&mut world, &mut secure);
    assert_eq!(world.device.counters().requests, 1, "the others reached no handler");
}

#[test]
fn plain_http_is_served_where_that_is_wanted() {
    let serving_all = || routes().without_tls(PlainHttp::Serve);
    let (mut world, config) = serving(WireConfig::both(1, LAN), Limits::default(), serving_all);
    let (mut plain, reply) = ask_plainly(&mut world, HELLO);
    assert_eq!((reply.status, reply.text()), (200, "hello"));
    let is_secure = "GET /secure HTTP/1.1\r\nHost: device\r\n\r\n";
    assert_eq!(plain.ask(&mut world, is_secure).text(), "no");
    let mut secure = SecureClient::connected(&mut world, &config);
    expect_hello(&mut world, &mut secure);
    expect_text(&mut world, &mut secure, is_secure.as_bytes(), b"\r\n\r\nyes");
    // Who speaks neither is refused, as ever.
    let garbage = world.peer.connect(TLS_PORT);
    world.run_until(|world| world.peer.is_connected(garbage));
    world.peer.send(garbage, b"\x00\x01\x02");
    world.run_until(|world| world.peer.is_finished(garbage) || world.peer.is_closed(garbage));
}
