//! Whom routes behind a name and a password serve.

use hmac_sha256::Hash;
use wm_websockets::http::{Credentials, DigestCredentials, Request, Status};
use wm_websockets::server::{
    BasicAuth, Context, DigestAuth, Files, Protocol, Response, RomFile, Routes, Socket, WholeBody,
};
use wm_websockets::ws::Message;

use super::echo;
use crate::http_client::{HttpClient, Reply};
use crate::world::World;

/// `admin:correct horse`.
const ADMIN: &str = "Authorization: Basic YWRtaW46Y29ycmVjdCBob3JzZQ==\r\n";
/// `admin:wrong`.
const WRONG: &str = "Authorization: Basic YWRtaW46d3Jvbmc=\r\n";

fn is_admin(credentials: &Credentials) -> bool {
    credentials.are("admin", "correct horse")
}

fn knows_password(shown: &DigestCredentials<'_>) -> bool {
    shown.are("admin", "correct horse")
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
        .and_then(|routes| routes.get("/secret", DigestAuth::new("pump 3", knows_password, page)))
        .and_then(|routes| routes.post("/secret", DigestAuth::new("pump 3", knows_password, WholeBody(echo))))
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

/// To the routes an encoded slash separates nothing, so that one of them sees a path that the guarded ones do not: it must not lead to their
/// files.
#[test]
fn an_encoded_slash_leads_around_no_guard() {
    const fn file(path: &'static str) -> RomFile {
        RomFile { path, media_type: "text/html", entity_tag: "\"1\"", coding: None, content: b"settings" }
    }
    static WEB: [RomFile; 2] = [file("admin/index.html"), file("admin/wifi.html")];
    let guarded = BasicAuth::new("pump 3", is_admin, Files::new(&WEB));
    let routes = Routes::new()
        .get("/{*path}", Files::new(&WEB))
        .and_then(|routes| routes.get("/admin/{*rest}", guarded))
        .expect("routes");
    let mut world = World::server(routes);
    let mut client = HttpClient::connected(&mut world);
    for (path, expected) in [
        ("/admin/wifi.html", 401),
        ("/admin/", 401),
        ("/%61dmin/wifi.html", 401),
        ("/admin%2Fwifi.html", 404),
        ("/admin%2fwifi.html", 404),
        ("/admin%2F", 404),
    ] {
        assert_eq!(client.ask(&mut world, get(path, "")).status, expected, "{path}");
    }
    assert_eq!(client.ask(&mut world, get("/admin/wifi.html", ADMIN)).text(), "settings");
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

/// SHA-256 in hexadecimal digits.
fn sha256(text: &str) -> String {
    Hash::hash(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The nonce of a challenge, and whether only that was wrong before.
fn challenge(reply: &Reply) -> (String, bool) {
    assert_eq!(reply.status, 401);
    let field = reply.field("WWW-Authenticate").expect("a challenge");
    let nonce = field
        .strip_prefix("Digest realm=\"pump 3\", qop=\"auth\", algorithm=SHA-256, charset=UTF-8, nonce=\"")
        .and_then(|rest| rest.split_once('"'))
        .unwrap_or_else(|| panic!("{field}"));
    (nonce.0.to_owned(), nonce.1 == ", stale=true")
}

/// The field of a client that knows this password (RFC 7616 section 3.4.1).
fn digest(method: &str, target: &str, password: &str, nonce: &str, count: u32) -> String {
    let secret = sha256(&format!("admin:pump 3:{password}"));
    let what = sha256(&format!("{method}:{target}"));
    let response = sha256(&format!("{secret}:{nonce}:{count:08x}:mine:auth:{what}"));
    format!(
        "Authorization: Digest username=\"admin\", realm=\"pump 3\", nonce=\"{nonce}\", uri=\"{target}\", \
         algorithm=SHA-256, qop=auth, nc={count:08x}, cnonce=\"mine\", response=\"{response}\"\r\n"
    )
}

#[test]
fn who_knows_the_password_is_served_and_what_was_heard_is_no_use() {
    let mut world = guarded();
    let mut client = HttpClient::connected(&mut world);
    let (nonce, _) = challenge(&client.ask(&mut world, get("/secret", "")));
    let line = digest("GET", "/secret", "correct horse", &nonce, 1);
    let reply = client.ask(&mut world, get("/secret", &line));
    assert_eq!((reply.status, reply.text()), (200, "settings"));
    // Again, by somebody who has listened: the user is not to be asked, for the password was right.
    let (next, stale) = challenge(&client.ask(&mut world, get("/secret", &line)));
    assert!(stale && next != nonce);
    // For another request.
    assert_eq!(client.ask(&mut world, get("/secret?all", &line)).status, 400);
    let counted = digest("GET", "/secret", "correct horse", &nonce, 2);
    let post = format!("POST /secret HTTP/1.1\r\nHost: device\r\n{counted}Content-Length: 4\r\n\r\nbody");
    assert!(!challenge(&client.ask(&mut world, post)).1);
    // Nobody has used that count yet.
    assert_eq!(client.ask(&mut world, get("/secret", &counted)).status, 200);
    let line = digest("POST", "/secret", "correct horse", &nonce, 3);
    let post = format!("POST /secret HTTP/1.1\r\nHost: device\r\n{line}Content-Length: 4\r\n\r\nbody");
    assert_eq!(client.ask(&mut world, post).text(), "body");
}

#[test]
fn who_does_not_know_it_is_asked_again() {
    let mut world = guarded();
    let mut client = HttpClient::connected(&mut world);
    let (nonce, _) = challenge(&client.ask(&mut world, get("/secret", "")));
    for line in [digest("GET", "/secret", "wrong", &nonce, 1), ADMIN.to_owned()] {
        assert!(!challenge(&client.ask(&mut world, get("/secret", &line))).1, "{line}");
    }
    let forged = digest("GET", "/secret", "correct horse", &nonce.replace('0', "1"), 1);
    assert!(challenge(&client.ask(&mut world, get("/secret", &forged))).1, "a nonce that is none of ours");
    let line = "Authorization: Digest username=\"admin\"\r\n";
    assert_eq!(client.ask(&mut world, get("/secret", line)).status, 400);
}

#[test]
fn a_nonce_grows_old_and_is_replaced_without_asking() {
    let mut world = guarded();
    let mut client = HttpClient::connected(&mut world);
    let (nonce, _) = challenge(&client.ask(&mut world, get("/secret", "")));
    world.run_for(std::time::Duration::from_secs(301));
    let mut client = HttpClient::connected(&mut world);
    let line = digest("GET", "/secret", "correct horse", &nonce, 1);
    let (nonce, stale) = challenge(&client.ask(&mut world, get("/secret", &line)));
    assert!(stale);
    let line = digest("GET", "/secret", "correct horse", &nonce, 1);
    assert_eq!(client.ask(&mut world, get("/secret", &line)).status, 200);
}
