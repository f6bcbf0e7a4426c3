//! Requests that are refused: with which status, and whether the connection can be used further.

use wm_websockets::http::Request;
use wm_websockets::server::{Handler, Limits, Response};

use super::server;
use crate::http_client::HttpClient;
use crate::world::World;

/// What becomes of the connection.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Usable,
    Closed,
}
use Fate::{Closed, Usable};

const HOST: &str = "Host: device\r\n\r\n";

fn cases() -> Vec<(String, u16, Fate)> {
    let long = |length| "x".repeat(length);
    [
        (format!("GET /none HTTP/1.1\r\n{HOST}"), 404, Usable),
        (format!("POST /none HTTP/1.1\r\nContent-Length: 4\r\n{HOST}body"), 404, Usable),
        (format!("DELETE /hello HTTP/1.1\r\n{HOST}"), 405, Usable),
        (format!("GET /echo HTTP/1.1\r\n{HOST}"), 405, Usable),
        (format!("POST /echo HTTP/1.1\r\nContent-Length: 16385\r\n{HOST}"), 413, Closed),
        (format!("GET /{} HTTP/1.1\r\n{HOST}", long(1024)), 414, Closed),
        (format!("GET /hello HTTP/1.1\r\nExpect: a-miracle\r\n{HOST}"), 417, Closed),
        (format!("GET /hello HTTP/1.1\r\nX: {}\r\n{HOST}", long(4096)), 431, Closed),
        (format!("BREW /pot HTTP/1.1\r\n{HOST}"), 501, Closed),
        (format!("POST /echo HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n{HOST}"), 501, Closed),
        (format!("GET /hello HTTP/2.0\r\n{HOST}"), 505, Closed),
        ("GET /hello HTTP/1.1\r\n\r\n".to_owned(), 400, Closed),
        (format!("GET /hello\r\n{HOST}"), 400, Closed),
        (format!("GET /hello HTTP/1.1\r\nHost: other\r\n{HOST}"), 400, Closed),
        (format!("GET /hello HTTP/1.1\r\nX : y\r\n{HOST}"), 400, Closed),
        (format!("GET /hello HTTP/1.1\r\nX: y\r\n folded\r\n{HOST}"), 400, Closed),
        (format!("GET /hello HTTP/1.1\r\nX: a\rb\r\n{HOST}"), 400, Closed),
        (format!("GET /hello HTTP/1.1\r\nX: a\0b\r\n{HOST}"), 400, Closed),
        (format!("POST /echo HTTP/1.1\r\nContent-Length: +4\r\n{HOST}body"), 400, Closed),
        (format!("POST /echo HTTP/1.1\r\nContent-Length: 4, 4\r\n{HOST}body"), 400, Closed),
        (
            format!("POST /echo HTTP/1.1\r\nContent-Length: 4\r\nContent-Length: 5\r\n{HOST}body!"),
            400,
            Closed,
        ),
        (
            format!(
                "POST /echo HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n{HOST}0\r\n\r\n"
            ),
            400,
            Closed,
        ),
        (format!("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n{HOST}4x\r\nbody"), 400, Closed),
        (format!("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n{HOST}4\r\nbodyX"), 400, Closed),
        (format!("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n{HOST}4001\r\n"), 413, Closed),
    ]
    .into()
}

#[test]
fn each_fault_has_the_status_and_the_fate_that_the_rfcs_name() {
    for (request, status, fate) in cases() {
        let mut world = server();
        let mut client = HttpClient::connected(&mut world);
        let reply = client.ask(&mut world, &request);
        let shown = &request[..request.len().min(60)];
        assert_eq!(reply.status, status, "{shown:?}");
        let announced = if reply.field("Connection") == Some("close") { Closed } else { Usable };
        assert_eq!(announced, fate, "{shown:?}");
        match fate {
            Usable => assert!(client.is_usable(&mut world), "{shown:?}"),
            Closed => client.expect_end(&mut world),
        }
        world.expect_all_freed_after(client.socket);
    }
}

#[test]
fn a_method_that_a_path_does_not_have_is_told_which_it_has() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    let reply = client.ask(&mut world, format!("DELETE /hello HTTP/1.1\r\n{HOST}"));
    assert_eq!((reply.status, reply.field("Allow")), (405, Some("GET, HEAD, OPTIONS")));
}

#[test]
fn nothing_behind_a_refused_request_is_taken_for_a_request() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    let smuggled = format!("POST /echo HTTP/1.1\r\nContent-Length: x\r\n{HOST}GET /hello HTTP/1.1\r\n{HOST}");
    assert_eq!(client.ask(&mut world, smuggled).status, 400);
    client.expect_end(&mut world);
    assert_eq!(world.device.counters().requests, 0);
}

/// The client sends on while it is refused. Were the connection reset at once, the answer would be lost with it.
#[test]
fn the_answer_to_an_oversized_upload_reaches_a_client_that_is_still_sending() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    let head = format!("POST /echo HTTP/1.1\r\nContent-Length: 200000\r\n{HOST}");
    client.send(&mut world, [head.as_bytes(), &[b'x'; 200_000]].concat());
    assert_eq!(client.reply(&mut world).status, 413);
    client.expect_end(&mut world);
}

#[test]
fn the_answer_to_an_endless_chunked_upload_reaches_the_client() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, format!("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n{HOST}"));
    client.send(
        &mut world,
        b"400\r\n".iter().chain(&[b'x'; 1_024]).chain(b"\r\n").copied().collect::<Vec<_>>().repeat(100),
    );
    assert_eq!(client.reply(&mut world).status, 413);
    client.expect_end(&mut world);
}

/// Wants to know beforehand how much will come.
struct Careful;

impl Handler for Careful {
    type Exchange = ();
    fn begin(&mut self, _request: &Request<'_>, _response: &mut Response<'_>) -> Option<()> {
        Some(())
    }
    fn end(&mut self, _exchange: &mut (), response: &mut Response<'_>) {
        response.text("taken");
    }
    fn body_limit(&self, _limits: &Limits) -> u64 {
        1 << 30
    }
    fn requires_length(&self) -> bool {
        true
    }
}

#[test]
fn a_handler_may_want_the_length_beforehand_and_take_more_than_the_limit() {
    let routes = super::routes().and_then(|routes| routes.post("/image", Careful)).expect("routes");
    let mut world = World::server(routes);
    let mut client = HttpClient::connected(&mut world);
    let head = format!("POST /image HTTP/1.1\r\nContent-Length: 100000\r\n{HOST}");
    client.send(&mut world, head);
    assert_eq!(client.ask(&mut world, [7; 100_000]).text(), "taken");
    let reply =
        client.ask(&mut world, format!("POST /image HTTP/1.1\r\nTransfer-Encoding: chunked\r\n{HOST}"));
    assert_eq!(reply.status, 411);
    client.expect_end(&mut world);
}
