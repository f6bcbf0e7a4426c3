//! Whom routes behind a name and a password serve.

use wm_websockets::http::{Credentials, Request, Status};
use wm_websockets::server::{BasicAuth, Context, Protocol, Response, Routes, Socket, WholeBody};
use wm_websockets::ws::Message;

use super::echo;
use crate::http_client::HttpClient;
use crate::world::World;

/// `admin:correct horse`.
const ADMIN: &str = "Authorization: Basic YWRtaW46Y29ycmVjdCBob3JzZQ==\r\n";
/// `admin:wrong`.
const WRONG: &str = "Authorization: Basic YWRtaW46d3Jvbmc=\r\n";

fn is_admin(credentials: &Credentials) -> bool {
    credentials.are("admin", "correct horse")
}

struct Guarded;

impl Protocol for Guarded {
    type Session = ();

    fn open(&mut self, request: &Request<'_>) -> Result<(), Status> {
        match Credentials::of(request) {
            Ok(credentials) if is_admin(&credentials) => Ok(()),
            _ => Err(Status::UNAUTHORIZED),
        }
    }

    fn message(&mut self, (): &mut (), _: &mut Socket<'_>, _: Message<'_>) {}
}

fn guarded() -> World<Context> {
    let page = |_: &Request<'_>, response: &mut Response<'_>| response.text("settings");
    let routes = Routes::new()
        .get("/settings", BasicAuth::new("pump 3", is_admin, page))
        .and_then(|routes| routes.post("/echo", BasicAuth::new("pump 3", is_admin, WholeBody(echo))))
        .and_then(|routes| routes.get("/broken", BasicAuth::new("pump \"3\"", is_admin, page)))
        .and_then(|routes| routes.websocket("/ws", Guarded));
    World::server(routes.expect("routes"))
}

fn get(path: &str, line: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: device\r\n{line}\r\n")
}

#[test]
fn a_client_gets_a_challenge_and_with_the_right_credentials_the_page() {
    let mut world = guarded();
    let mut client = HttpClient::connected(&mut world);
    for (line, expected) in [
        ("", 401),
        (WRONG, 401),
        (ADMIN, 200),
        ("Authorization: Bearer x\r\n", 401),
        ("Authorization: Basic x\r\n", 400),
    ] {
        let reply = client.ask(&mut world, get("/settings", line));
        assert_eq!(reply.status, expected, "{line:?}");
        let challenge = reply.field("WWW-Authenticate");
        let expected = (expected == 401).then_some("Basic realm=\"pump 3\", charset=\"UTF-8\"");
        assert_eq!(challenge, expected, "{line:?}");
        assert_eq!(reply.text() == "settings", line == ADMIN, "{line:?}");
    }
    // Which of two counts would be for each server to say.
    let reply = client.ask(&mut world, get("/settings", &[ADMIN, WRONG].concat()));
    assert_eq!(reply.status, 400);
}

#[test]
fn what_a_stranger_uploads_is_not_kept_and_the_connection_persists() {
    let mut world = guarded();
    let mut client = HttpClient::connected(&mut world);
    for (line, status, body) in [("", 401, "Unauthorized"), (ADMIN, 200, "body")] {
        let request = format!("POST /echo HTTP/1.1\r\nHost: device\r\n{line}Content-Length: 4\r\n\r\nbody");
        let reply = client.ask(&mut world, request);
        assert_eq!((reply.status, reply.text()), (status, body));
    }
    assert_eq!(world.device.counters().accepted, 1);
}

#[test]
fn a_realm_that_cannot_be_sent_lets_nobody_in() {
    let mut world = guarded();
    let mut client = HttpClient::connected(&mut world);
    assert_eq!(client.ask(&mut world, get("/broken", "")).status, 500);
}

#[test]
fn a_websocket_that_is_refused_for_its_credentials_is_told_of_the_scheme() {
    let upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for (line, status) in [("", 401), (WRONG, 401), (ADMIN, 101)] {
        let mut world = guarded();
        let mut client = HttpClient::connected(&mut world);
        client.send(&mut world, get("/ws", &[upgrade, line].concat()));
        let reply = client.reply(&mut world);
        assert_eq!(reply.status, status, "{line:?}");
        assert_eq!(reply.field("WWW-Authenticate").is_some(), status == 401);
    }
}
