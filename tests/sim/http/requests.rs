//! Requests however they are cut into segments.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use wm_websockets::http::Request;
use wm_websockets::server::{ConnectionId, Context, Handler, Response, Routes};

use super::{HELLO, post, routes, server};
use crate::heap;
use crate::http_client::{Asked, HttpClient};
use crate::world::World;

#[test]
fn a_connection_serves_one_request_after_the_other() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    for _ in 0..3 {
        let reply = client.ask(&mut world, HELLO);
        assert_eq!((reply.status, reply.text()), (200, "hello"));
        assert_eq!(reply.field("Connection"), None);
    }
    assert_eq!(world.device.counters().accepted, 1);
}

#[test]
fn the_date_is_that_of_the_platforms_clock() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    let date = client.ask(&mut world, HELLO).field("Date").map(str::to_owned).expect("a Date");
    let time = httpdate(&date);
    assert!(wm_sys::unix_time().is_some_and(|now| now.abs_diff(time) <= 1), "{date}");
}

/// Seconds since 1970, of `Sun, 06 Nov 1994 08:49:37 GMT`.
fn httpdate(date: &str) -> u64 {
    let expected = wm_websockets::http::HttpDate::from_unix(wm_sys::unix_time().expect("a clock"));
    match date.as_bytes() == expected.as_bytes() {
        true => wm_sys::unix_time().expect("a clock"),
        false => 0,
    }
}

#[test]
fn requests_in_one_segment_are_answered_in_order() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    let requests = [post("one"), HELLO.to_owned(), post("three"), HELLO.to_owned()].concat();
    client.send(&mut world, requests);
    for expected in ["one", "hello", "three", "hello"] {
        assert_eq!(client.reply(&mut world).text(), expected);
    }
}

#[test]
fn a_hundred_pipelined_requests_are_all_answered() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, HELLO.repeat(100));
    for _ in 0..100 {
        assert_eq!(client.reply(&mut world).text(), "hello");
    }
}

#[test]
fn a_request_may_be_cut_anywhere() {
    let request = post("body");
    for cut in 1..request.len() {
        let mut world = server();
        let mut client = HttpClient::connected(&mut world);
        client.send(&mut world, &request[..cut]);
        world.run_for(Duration::from_millis(50));
        let reply = client.ask(&mut world, &request[cut..]);
        assert_eq!((reply.status, reply.text()), (200, "body"), "cut at {cut}");
        assert!(client.is_usable(&mut world), "cut at {cut}");
    }
}

#[test]
fn a_request_may_come_byte_by_byte() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    for byte in post("byte by byte").bytes() {
        client.send(&mut world, [byte]);
        world.run_for(Duration::from_millis(5));
    }
    assert_eq!(client.reply(&mut world).text(), "byte by byte");
}

#[test]
fn a_body_may_be_sent_in_chunks() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    let head = "POST /echo HTTP/1.1\r\nHost: device\r\nTransfer-Encoding: chunked\r\n\r\n";
    for piece in [head, "5\r\nhel", "lo\r\n6;x=y\r\n world", "\r\n0\r\nTrailer: t\r\n\r\n"] {
        client.send(&mut world, piece);
        world.run_for(Duration::from_millis(50));
    }
    assert_eq!(client.reply(&mut world).text(), "hello world");
    assert!(client.is_usable(&mut world));
}

#[test]
fn a_body_as_long_as_the_limit_is_taken() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    let body = "x".repeat(16 * 1024);
    assert_eq!(client.ask(&mut world, post(&body)).text(), body);
}

#[test]
fn a_client_that_waits_for_100_gets_it_before_it_sends_the_body() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    let head = "POST /echo HTTP/1.1\r\nHost: device\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n";
    assert_eq!(client.ask(&mut world, head).status, 100);
    assert_eq!(client.ask(&mut world, "body").text(), "body");
    assert!(client.is_usable(&mut world));
}

#[test]
fn a_client_that_waits_for_100_in_vain_gets_the_final_answer_and_the_end() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    let head = "POST /none HTTP/1.1\r\nHost: device\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n";
    let reply = client.ask(&mut world, head);
    assert_eq!((reply.status, reply.field("Connection")), (404, Some("close")));
    client.expect_end(&mut world);
}

#[test]
fn head_is_get_without_the_body() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, HELLO.replace("GET", "HEAD"));
    let reply = client.reply_to(&mut world, Asked::Head);
    assert_eq!((reply.status, reply.field("Content-Length")), (200, Some("5")));
    assert!(client.is_usable(&mut world));
    assert!(client.received.starts_with(b"HTTP/1.1 200"), "no body came in between");
}

#[test]
fn head_of_what_is_not_there_has_no_body_either() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, "HEAD /none HTTP/1.1\r\nHost: device\r\n\r\n");
    assert_eq!(client.reply_to(&mut world, Asked::Head).status, 404);
    assert!(client.is_usable(&mut world));
    assert!(client.received.starts_with(b"HTTP/1.1 200"), "no body came in between");
}

#[test]
fn options_tells_the_methods_of_a_path_and_answers_for_the_server() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    let reply = client.ask(&mut world, HELLO.replace("GET", "OPTIONS"));
    assert_eq!((reply.status, reply.field("Allow")), (204, Some("GET, HEAD, OPTIONS")));
    let reply = client.ask(&mut world, "OPTIONS * HTTP/1.1\r\nHost: device\r\n\r\n");
    assert_eq!(reply.status, 204);
    assert!(client.is_usable(&mut world));
}

#[test]
fn a_target_may_be_absolute() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    let reply = client.ask(&mut world, "GET http://device/devices/7?x=1 HTTP/1.1\r\nHost: device\r\n\r\n");
    assert_eq!((reply.status, reply.text()), (200, "7"));
}

#[test]
fn http_1_0_ends_after_the_response_unless_asked_to_stay() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    let reply = client.ask(&mut world, "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert_eq!((reply.status, reply.field("Connection")), (200, Some("keep-alive")));
    let reply = client.ask(&mut world, "GET /hello HTTP/1.0\r\n\r\n");
    assert_eq!((reply.status, reply.field("Connection")), (200, Some("close")));
    client.expect_end(&mut world);
}

#[test]
fn connection_close_is_obeyed() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    let reply = client.ask(&mut world, "GET /hello HTTP/1.1\r\nHost: device\r\nConnection: close\r\n\r\n");
    assert_eq!((reply.status, reply.field("Connection")), (200, Some("close")));
    client.expect_end(&mut world);
}

#[test]
fn what_was_asked_before_the_fin_is_answered() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, [HELLO, &post("last")].concat());
    world.peer.close(client.socket);
    assert_eq!(client.reply(&mut world).text(), "hello");
    assert_eq!(client.reply(&mut world).text(), "last");
    client.expect_end(&mut world);
}

#[test]
fn a_client_that_leaves_without_a_word_is_no_trouble() {
    let mut world = server();
    for bytes in ["", "GET /hel", "POST /echo HTTP/1.1\r\nHost: device\r\nContent-Length: 9\r\n\r\nhalf"] {
        for politely in [true, false] {
            let client = HttpClient::connected(&mut world);
            client.send(&mut world, bytes);
            world.run_for(Duration::from_millis(50));
            match politely {
                true => world.peer.close(client.socket),
                false => world.peer.abort(client.socket),
            }
            world.run_for(Duration::from_millis(50));
        }
    }
    assert_eq!(world.device.counters().connections, 0);
    world.expect_all_freed();
}

/// A handler that answers before the body has come: what comes is dropped.
#[test]
fn a_body_that_nobody_wants_is_read_and_dropped() {
    let answer = |_: &Request<'_>, response: &mut Response<'_>| response.text("no need");
    let mut world = World::server(routes().and_then(|routes| routes.post("/now", answer)).expect("routes"));
    let mut client = HttpClient::connected(&mut world);
    let reply = client.ask(&mut world, post(&"x".repeat(10_000)).replace("/echo", "/now"));
    assert_eq!(reply.text(), "no need");
    assert!(client.is_usable(&mut world));
}

/// RFC 9110 section 10.1.1: who answers instead of reading the body says that the connection ends with that.
#[test]
fn a_handler_that_answers_in_place_of_100_says_that_the_connection_ends() {
    let answer = |_: &Request<'_>, response: &mut Response<'_>| response.text("no need");
    let mut world = World::server(routes().and_then(|routes| routes.post("/now", answer)).expect("routes"));
    let mut client = HttpClient::connected(&mut world);
    let head = "POST /now HTTP/1.1\r\nHost: device\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n";
    let reply = client.ask(&mut world, head);
    assert_eq!((reply.text(), reply.field("Connection")), ("no need", Some("close")));
    client.expect_end(&mut world);
}

/// RFC 9112 section 2.2: old clients send one behind a body. It is no request that could come too late.
#[test]
fn an_empty_line_behind_a_body_begins_nothing() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    assert_eq!(client.ask(&mut world, post("body")).text(), "body");
    client.send(&mut world, "\r\n");
    world.run_for(Duration::from_secs(30));
    client.pump(&mut world);
    assert_eq!(String::from_utf8_lossy(&client.received), "");
    // A head that comes in pieces has its own time.
    let (start, end) = HELLO.split_at(9);
    client.send(&mut world, start);
    world.run_for(Duration::from_secs(5));
    assert_eq!(client.ask(&mut world, end).text(), "hello");
    assert!(client.is_usable(&mut world));
}

/// Takes nothing of a body until it is told to; then says how long it was.
#[derive(Clone, Default)]
struct Later {
    id: Rc<Cell<Option<ConnectionId>>>,
    taken: Rc<Cell<usize>>,
}

impl Handler for Later {
    type Exchange = ();

    fn begin(&mut self, _: &Request<'_>, response: &mut Response<'_>) -> Option<()> {
        response.set_receiving(false);
        self.id.set(Some(response.id()));
        Some(())
    }
    fn body(&mut self, (): &mut (), piece: &[u8], _: &mut Response<'_>) {
        self.taken.update(|taken| taken + piece.len());
    }
    fn end(&mut self, (): &mut (), response: &mut Response<'_>) {
        if !response.is_started() {
            response.text(&self.taken.get().to_string());
        }
    }
}

fn server_of_later() -> (World<Context>, Later) {
    let later = Later::default();
    let world = World::server(Routes::new().post("/echo", later.clone()).expect("a route"));
    (world, later)
}

#[test]
fn nothing_of_a_body_is_delivered_to_who_stops_it_at_once() {
    let (mut world, later) = server_of_later();
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, post("in the same segment"));
    world.run_for(Duration::from_secs(1));
    assert_eq!(later.taken.get(), 0);
    let id = later.id.get().expect("a request");
    heap::of_device(|| world.device.services().with_response(id, |response| response.set_receiving(true)));
    assert_eq!(client.reply(&mut world).text(), "19");
}

/// Behind the answer the body is of no interest, and stops nobody.
#[test]
fn a_body_that_was_stopped_is_dropped_behind_the_answer() {
    let (mut world, later) = server_of_later();
    let mut client = HttpClient::connected(&mut world);
    let request = post(&"x".repeat(10_000));
    client.send(&mut world, &request[..100]);
    world.run_for(Duration::from_secs(1));
    let id = later.id.get().expect("a request");
    heap::of_device(|| world.device.services().with_response(id, |response| response.text("no need")));
    client.send(&mut world, &request[100..]);
    assert_eq!(client.reply(&mut world).text(), "no need");
    world.run_for(Duration::from_secs(1));
    assert_eq!(client.ask(&mut world, post("").replace("/echo", "/none")).status, 404);
}
