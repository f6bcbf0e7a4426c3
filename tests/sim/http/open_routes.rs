//! Routes that are added while their port is open.

use tungstenite::Message as Frame;
use wm_websockets::http::{Method, Request, RouteError, Status};
use wm_websockets::server::{Context, Protocol, Response, Socket};
use wm_websockets::ws::Message;

use super::{HELLO, server};
use crate::heap;
use crate::http_client::HttpClient;
use crate::websocket_client::WebSocketClient;
use crate::world::{PORT, World};

struct Echo;

impl Protocol for Echo {
    type Session = ();

    fn open(&mut self, _request: &Request<'_>) -> Result<(), Status> {
        Ok(())
    }
    fn message(&mut self, _session: &mut (), socket: &mut Socket<'_>, message: Message<'_>) {
        socket.send(message).ok();
    }
}

fn late(_: &Request<'_>, response: &mut Response<'_>) {
    response.text("better late");
}

const LATE: &str = "GET /late HTTP/1.1\r\nHost: device\r\n\r\n";

fn add(world: &mut World<Context>, pattern: &'static str) -> Result<(), RouteError> {
    heap::of_device(|| world.device.routes(PORT).expect("an open port").get(pattern, late))
}

#[test]
fn a_route_is_served_from_when_it_is_added_on_connections_that_stand_too() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    assert_eq!(client.ask(&mut world, LATE).status, 404);
    assert_eq!(add(&mut world, "/late"), Ok(()));
    assert_eq!(client.ask(&mut world, LATE).text(), "better late");
    assert_eq!(client.ask(&mut world, HELLO).text(), "hello");
    // The more specific one wins, whichever came first.
    assert_eq!(add(&mut world, "/devices/7"), Ok(()));
    assert_eq!(client.ask(&mut world, "GET /devices/7 HTTP/1.1\r\nHost: a\r\n\r\n").text(), "better late");
    assert_eq!(client.ask(&mut world, "GET /devices/8 HTTP/1.1\r\nHost: a\r\n\r\n").text(), "8");
}

#[test]
fn a_port_without_websockets_gets_one() {
    let mut world = server();
    let added =
        heap::of_device(|| world.device.routes(PORT).expect("an open port").websocket("/hello", Echo));
    assert_eq!(added, Ok(()));
    let mut client = WebSocketClient::open(&mut world, "/hello");
    client.send(&mut world, Frame::text("hi"));
    assert_eq!(client.receive(&mut world), Frame::text("hi"));
    let mut client = HttpClient::connected(&mut world);
    assert_eq!(client.ask(&mut world, HELLO).text(), "hello");
}

#[test]
fn what_cannot_be_added_changes_nothing() {
    let mut world = server();
    assert!(world.device.routes(PORT + 1).is_none());
    assert_eq!(add(&mut world, "late"), Err(RouteError::BadPattern));
    assert_eq!(add(&mut world, "/hello"), Err(RouteError::Duplicate));
    let mut client = HttpClient::connected(&mut world);
    assert_eq!(client.ask(&mut world, HELLO).text(), "hello");
}

#[test]
fn a_route_without_memory_changes_nothing_whichever_allocation_fails() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    let mut failures = 0;
    loop {
        heap::fail_once(failures);
        let added = heap::of_device(|| {
            world.device.routes(PORT).expect("an open port").route(
                Method::Put,
                "/late",
                |_: &Request<'_>, response: &mut Response<'_>| {
                    response.text("put");
                },
            )
        });
        heap::recover();
        assert_eq!(client.ask(&mut world, HELLO).text(), "hello");
        if added.is_ok() {
            break;
        }
        assert_eq!(added, Err(RouteError::NoMemory));
        failures += 1;
    }
    assert!(failures >= 2, "{failures} allocations");
    assert_eq!(add(&mut world, "/late"), Ok(()));
    assert_eq!(
        client.ask(&mut world, "PUT /late HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").text(),
        "put"
    );
    assert_eq!(client.ask(&mut world, LATE).text(), "better late");
}
