//! Responses that the handler composes itself, or that go on out of turn.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use wm_websockets::http::{Method, MethodSet, Request};
use wm_websockets::server::{ConnectionId, Context, Handler, Limits, Response, Routes};

use crate::heap;
use crate::http_client::HttpClient;
use crate::world::World;

const HELLO: &str = "GET /hello HTTP/1.1\r\nHost: device\r\n\r\n";

/// Sends pieces verbatim as soon as the request is complete.
struct Verbatim(&'static [&'static str]);

impl Handler for Verbatim {
    type Exchange = ();
    fn begin(&mut self, _request: &Request<'_>, _response: &mut Response<'_>) -> Option<()> {
        Some(())
    }
    fn end(&mut self, _exchange: &mut (), response: &mut Response<'_>) {
        for piece in self.0 {
            // What follows the end is out of order, and not sent.
            response.verbatim(piece.as_bytes()).ok();
        }
    }
}

fn serving(pieces: &'static [&'static str]) -> World<Context> {
    let methods = MethodSet::from(Method::Get).with(Method::Post).with(Method::Head);
    World::server(Routes::new().route(methods, "/hello", Verbatim(pieces)).expect("a route"))
}

#[test]
fn a_response_that_says_its_length_keeps_the_connection() {
    let mut world =
        serving(&["HTTP/1.1 200 OK\r\nContent-", "Length: 5\r\n\r\nhe", "llo", "HTTP/1.1 200 OK\r\n\r\n"]);
    let mut client = HttpClient::connected(&mut world);
    for _ in 0..3 {
        assert_eq!(client.ask(&mut world, HELLO).text(), "hello");
    }
    assert!(client.received.is_empty());
}

#[test]
fn a_response_that_says_close_ends_it() {
    let mut world = serving(&["HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"]);
    let mut client = HttpClient::connected(&mut world);
    assert_eq!(client.ask(&mut world, HELLO).text(), "hi");
    client.expect_end(&mut world);
}

#[test]
fn one_that_says_nothing_ends_with_the_connection_when_its_time_is_up() {
    let mut world = serving(&["HTTP/1.1 200 OK\r\n\r\nhi"]);
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, HELLO);
    world.run_for(Limits::default().response_timeout + Duration::from_secs(1));
    client.pump(&mut world);
    assert!(client.received.ends_with(b"hi"));
    client.received.clear();
    client.expect_end(&mut world);
}

/// Ends the connection in the middle of a body.
struct HangsUp;

impl Handler for HangsUp {
    type Exchange = ();
    fn begin(&mut self, _request: &Request<'_>, _response: &mut Response<'_>) -> Option<()> {
        Some(())
    }
    fn body(&mut self, _exchange: &mut (), _piece: &[u8], response: &mut Response<'_>) {
        response.hang_up();
    }
}

#[test]
fn hanging_up_needs_no_response_and_no_end_of_the_request() {
    let mut world = World::server(Routes::new().post("/hello", HangsUp).expect("a route"));
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, "POST /hello HTTP/1.1\r\nHost: device\r\nContent-Length: 100\r\n\r\nhalf");
    client.expect_end(&mut world);
    assert!(client.received.is_empty());
}

/// Begins a stream of events that goes on whenever somebody has one.
struct Events(Rc<RefCell<Option<ConnectionId>>>);

impl Handler for Events {
    type Exchange = ();
    fn begin(&mut self, _request: &Request<'_>, response: &mut Response<'_>) -> Option<()> {
        let id = response.defer();
        heap::of_simulation(|| *self.0.borrow_mut() = Some(id));
        response.without_timeout();
        response.verbatim(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n").expect("room");
        Some(())
    }
}

#[test]
fn a_stream_of_events_goes_on_from_outside_at_any_time() {
    let id = Rc::new(RefCell::new(None));
    let mut world = World::server(Routes::new().get("/hello", Events(Rc::clone(&id))).expect("a route"));
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, HELLO);
    world.run_for(Duration::from_secs(300));
    let id = id.borrow().expect("the handler was called");
    for event in [&b"data: 1\n\n"[..], b"data: 2\n\n"] {
        let sent = world.device.services().with_response(id, |response| response.verbatim(event));
        sent.expect("the request is being served").expect("room");
        world.run_until(|world| {
            client.pump(world);
            client.received.ends_with(event)
        });
    }
    world.device.services().with_response(id, |response| response.finish()).expect("still").expect("started");
    client.received.clear();
    client.expect_end(&mut world);
}

/// Answers when it is asked, which it wants to be at once.
struct Asked;

impl Handler for Asked {
    type Exchange = ();
    fn begin(&mut self, _request: &Request<'_>, response: &mut Response<'_>) -> Option<()> {
        response.defer();
        response.notify_writable();
        Some(())
    }
    fn writable(&mut self, _exchange: &mut (), response: &mut Response<'_>) {
        response.text("asked once");
    }
}

#[test]
fn a_deferred_answer_may_go_on_as_soon_as_there_is_room() {
    let mut world = World::server(Routes::new().get("/hello", Asked).expect("a route"));
    let mut client = HttpClient::connected(&mut world);
    for _ in 0..2 {
        assert_eq!(client.ask(&mut world, HELLO).text(), "asked once");
    }
}
