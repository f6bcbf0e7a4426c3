//! Pings, and peers that vanish.

use std::time::Duration;

use tungstenite::Message as Frame;
use wm_websockets::server::Limits;

use super::server;
use crate::websocket_client::WebSocketClient;
use crate::world::PULLED;

#[test]
fn a_ping_of_the_client_is_answered_with_its_payload() {
    let (mut world, _) = server();
    let mut client = WebSocketClient::open(&mut world, "/ws");
    client.send(&mut world, Frame::Ping(vec![7; 125].into()));
    assert_eq!(client.receive(&mut world), Frame::Pong(vec![7; 125].into()));
}

#[test]
fn a_ping_of_the_protocol_comes_back_to_it() {
    let (mut world, journal) = server();
    let mut client = WebSocketClient::open(&mut world, "/ws");
    client.send(&mut world, Frame::text("ping"));
    assert_eq!(client.receive(&mut world), Frame::Ping("are you there".into()));
    world.run_until(|world| {
        let _ = client.poll(world);
        !journal.0.borrow().pongs.is_empty()
    });
    assert_eq!(journal.0.borrow().pongs, [b"are you there"]);
}

#[test]
fn a_silent_client_is_pinged_and_stays_as_long_as_it_answers() {
    let (mut world, journal) = server();
    let mut client = WebSocketClient::open(&mut world, "/ws");
    let interval = Limits::default().websocket.ping_interval.expect("pings are on");
    for _ in 0..5 {
        let start = world.elapsed();
        assert_eq!(client.receive(&mut world), Frame::Ping("".into()));
        let time = world.elapsed() - start;
        assert!(
            time >= interval - Duration::from_secs(1) && time < interval + Duration::from_secs(1),
            "{time:?}"
        );
        let _pong_is_sent = client.poll(&mut world);
    }
    assert_eq!(journal.closed(), []);
}

#[test]
fn a_client_that_does_not_answer_a_ping_is_dead() {
    let (mut world, journal) = server();
    let _silent = WebSocketClient::open(&mut world, "/ws");
    world.run_until(|_| !journal.closed().is_empty());
    assert_eq!(journal.closed(), [(1006, false)]);
    let timeouts = Limits::default().websocket;
    let limit = timeouts.ping_interval.expect("pings are on") + timeouts.pong_timeout;
    let time = world.elapsed();
    assert!(time >= limit && time < limit + Duration::from_secs(1), "{time:?}");
    assert_eq!(world.device.counters().timeouts, 1);
}

#[test]
fn a_client_whose_cable_was_pulled_is_dead() {
    let (mut world, journal) = server();
    let mut client = WebSocketClient::open(&mut world, "/ws");
    client.send(&mut world, Frame::text("hello"));
    assert_eq!(client.receive(&mut world), Frame::text("hello"));
    world.wire.impair(PULLED, PULLED);
    world.run_until(|_| !journal.closed().is_empty());
    assert_eq!(journal.closed(), [(1006, false)]);
    world.expect_all_freed();
}
