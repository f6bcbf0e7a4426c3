//! Clients, and handlers, that take too long.

use std::time::Duration;

use wm_websockets::http::Request;
use wm_websockets::server::{Handler, Limits, Response};

use super::{HELLO, routes, server};
use crate::http_client::HttpClient;
use crate::world::{Tested, World};

/// How long the next response takes, in virtual time.
#[track_caller]
fn time_to_reply<D: Tested>(world: &mut World<D>, client: &mut HttpClient) -> (u16, Duration) {
    let start = world.elapsed();
    let status = client.reply(world).status;
    (status, world.elapsed() - start)
}

fn is_about(measured: Duration, expected: Duration) -> bool {
    measured >= expected - Duration::from_millis(100) && measured <= expected + Duration::from_millis(1_000)
}

#[test]
fn a_head_that_does_not_end_gets_408() {
    let limits = Limits::default();
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, "GET /hello HT");
    let (status, time) = time_to_reply(&mut world, &mut client);
    assert_eq!(status, 408);
    assert!(is_about(time, limits.head_timeout), "{time:?}");
    client.expect_end(&mut world);
}

#[test]
fn a_head_that_trickles_in_gets_408_all_the_same() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, "GET /hello HTTP/1.1\r\nX: ");
    world.run_until(|world| {
        if world.peer.unacknowledged(client.socket) == 0 && !world.peer.is_finished(client.socket) {
            world.peer.send(client.socket, b"x");
        }
        client.pump(world)
    });
    assert!(client.received.starts_with(b"HTTP/1.1 408 "));
    let limit = Limits::default().head_timeout;
    assert!(is_about(world.elapsed(), limit), "{:?}", world.elapsed());
}

#[test]
fn a_body_that_stops_gets_408() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, "POST /echo HTTP/1.1\r\nHost: device\r\nContent-Length: 9\r\n\r\nhalf");
    let (status, time) = time_to_reply(&mut world, &mut client);
    assert_eq!(status, 408);
    assert!(is_about(time, Limits::default().body_timeout), "{time:?}");
    client.expect_end(&mut world);
}

#[test]
fn a_slow_body_is_fine_as_long_as_it_goes_on() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, "POST /echo HTTP/1.1\r\nHost: device\r\nContent-Length: 5\r\n\r\n");
    for byte in b"hello" {
        world.run_for(Duration::from_secs(15));
        client.send(&mut world, [*byte]);
    }
    assert_eq!(client.reply(&mut world).text(), "hello");
}

#[test]
fn an_idle_connection_ends_without_a_word() {
    let limits = Limits::default();
    for requests in 0..2 {
        let mut world = server();
        let mut client = HttpClient::connected(&mut world);
        for _ in 0..requests {
            client.ask(&mut world, HELLO);
        }
        let start = world.elapsed();
        world.run_until(|world| client.pump(world));
        let time = world.elapsed() - start;
        assert!(is_about(time, limits.keep_alive_timeout), "{time:?}");
        client.expect_end(&mut world);
    }
}

#[test]
fn a_client_that_does_not_close_after_us_is_not_waited_for() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    client.ask(&mut world, "GET /hello HTTP/1.1\r\nHost: device\r\nConnection: close\r\n\r\n");
    assert_eq!(world.device.counters().connections, 1);
    world.run_until(|world| world.device.counters().connections == 0);
    assert!(world.elapsed() < Limits::default().linger_timeout + Duration::from_secs(1));
    world.run_until(|world| client.pump(world));
}

/// Promises an answer and never gives one.
struct Forgetful;

impl Handler for Forgetful {
    type Exchange = ();
    fn begin(&mut self, _request: &Request<'_>, response: &mut Response<'_>) -> Option<()> {
        response.defer();
        Some(())
    }
}

/// Starts an answer and never ends it.
struct Stuck;

impl Handler for Stuck {
    type Exchange = ();
    fn begin(&mut self, _request: &Request<'_>, response: &mut Response<'_>) -> Option<()> {
        response.start(wm_websockets::http::Status::OK).length(100).expect("room for a head");
        Some(())
    }
}

#[test]
fn a_handler_that_breaks_its_promise_is_answered_for_with_503() {
    let routes = routes().and_then(|routes| routes.get("/later", Forgetful)).expect("routes");
    let mut world = World::server(routes);
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, HELLO.replace("hello", "later"));
    let (status, time) = time_to_reply(&mut world, &mut client);
    assert_eq!(status, 503);
    assert!(is_about(time, Limits::default().response_timeout), "{time:?}");
    client.expect_end(&mut world);
}

#[test]
fn half_an_answer_is_broken_off_so_that_nobody_takes_it_for_whole() {
    let routes = routes().and_then(|routes| routes.get("/stuck", Stuck)).expect("routes");
    let mut world = World::server(routes);
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, HELLO.replace("hello", "stuck"));
    client.expect_reset(&mut world);
}

#[test]
fn a_handler_that_says_nothing_is_answered_for_with_500() {
    let silent = |_: &Request<'_>, _: &mut Response<'_>| {};
    let routes = routes().and_then(|routes| routes.get("/silent", silent)).expect("routes");
    let mut world = World::server(routes);
    let mut client = HttpClient::connected(&mut world);
    assert_eq!(client.ask(&mut world, HELLO.replace("hello", "silent")).status, 500);
    assert!(client.is_usable(&mut world));
}
