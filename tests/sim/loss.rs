//! The same on a wire that loses, reorders, doubles and damages frames.

use std::time::Duration;

use tungstenite::Message as Frame;
use wm_sys::Instant;
use wm_sys::host::{Impairments, Record, WireConfig};
use wm_websockets::http::{Request, Status};
use wm_websockets::server::{Context, Limits, Response, Routes, WholeBody};

use crate::http_client::HttpClient;
use crate::websocket::Echo;
use crate::websocket_client::WebSocketClient;
use crate::world::World;

/// One frame in twenty is lost, one in fifty comes twice, one in fifty is damaged, and they overtake each other.
const BAD_DAY: Impairments = Impairments {
    delay: Duration::from_millis(10),
    jitter: Duration::from_millis(4),
    loss: 0.05,
    duplication: 0.02,
    corruption: 0.02,
    queue: 1_024,
};

static PAGE: [u8; 100_000] = [0x5a; 100_000];

fn server(seed: u64) -> World<Context> {
    let echo = |body: &[u8], response: &mut Response<'_>| response.send(Status::OK, "text/plain", body);
    let routes = Routes::new()
        .websocket("/ws", Echo::default())
        .and_then(|routes| {
            routes.get("/page", |_: &Request<'_>, response: &mut Response<'_>| response.html(&PAGE))
        })
        .and_then(|routes| routes.post("/echo", WholeBody(echo)));
    World::over(WireConfig::both(seed, BAD_DAY), Limits::default(), routes.expect("routes"))
}

fn text(length: usize, seed: u64) -> String {
    (0..length).map(|n| char::from(b'a' + ((n as u64 * 7 + n as u64 / 23 + seed) % 26) as u8)).collect()
}

/// A page, an upload and an echo; gives the time it took and what the wire did to it.
fn bad_day(seed: u64) -> (Duration, (Record, Record)) {
    served(server(seed), seed)
}

fn served(mut world: World<Context>, seed: u64) -> (Duration, (Record, Record)) {
    let mut http = HttpClient::connected(&mut world);
    assert!(http.ask(&mut world, "GET /page HTTP/1.1\r\nHost: device\r\n\r\n").body == PAGE);
    let body = text(16_000, seed);
    let upload =
        format!("POST /echo HTTP/1.1\r\nHost: device\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    assert!(http.ask(&mut world, upload).text() == body);
    let mut websocket = WebSocketClient::open(&mut world, "/ws");
    for length in [0, 5, 125, 126, 3_000, 16_000] {
        let message = Frame::text(text(length, seed));
        websocket.send(&mut world, message.clone());
        assert!(websocket.receive(&mut world) == message, "seed {seed}, {length} bytes");
    }
    websocket.send(&mut world, Frame::Close(None));
    websocket.expect_close(&mut world);
    let result = (world.elapsed(), world.record());
    world.expect_all_freed_after(http.socket);
    result
}

#[test]
fn everything_arrives_in_order_and_nothing_is_left() {
    let mut worst = Record::default();
    for seed in 1..=12 {
        let (_, (device, peer)) = bad_day(seed);
        for record in [device, peer] {
            worst.lost = worst.lost.max(record.lost);
            worst.duplicated = worst.duplicated.max(record.duplicated);
            worst.corrupted = worst.corrupted.max(record.corrupted);
            worst.reordered = worst.reordered.max(record.reordered);
        }
    }
    assert!(
        worst.lost > 5 && worst.duplicated > 2 && worst.corrupted > 2 && worst.reordered > 10,
        "{worst:?}"
    );
}

#[test]
fn the_same_seed_is_the_same_run() {
    assert_eq!(http_only(5), http_only(5));
    assert_ne!(http_only(5), http_only(6));
}

/// Without WebSocket, whose masks come from this machine's entropy.
fn http_only(seed: u64) -> (Duration, (Record, Record)) {
    let mut world = server(seed);
    let mut http = HttpClient::connected(&mut world);
    assert!(http.ask(&mut world, "GET /page HTTP/1.1\r\nHost: device\r\n\r\n").body == PAGE);
    (world.elapsed(), world.record())
}

#[test]
fn a_crowd_on_a_bad_day_is_served() {
    let mut world = server(77);
    let mut clients: Vec<_> = (0..16).map(|_| WebSocketClient::open(&mut world, "/ws")).collect();
    for (number, client) in clients.iter_mut().enumerate() {
        client.send(&mut world, Frame::text(text(2_000, number as u64)));
    }
    for (number, client) in clients.iter_mut().enumerate() {
        assert!(client.receive(&mut world) == Frame::text(text(2_000, number as u64)));
    }
}

/// Milliseconds after which lwIP's clock, of 32 bits, begins anew: 49 days and 17 hours.
const TURN: u64 = 1 << 32;

/// Lets time pass until lwIP's clock is about to begin anew. lwIP compares times that lie half a turn apart at most: somebody has to
/// look in between.
fn until_before_the_turn(world: &mut World<Context>, left: Duration) -> Instant {
    let turn = Instant::from_millis((world.now().as_millis() / TURN + 1) * TURN);
    let time = turn.saturating_duration_since(world.now()) - left;
    for _ in 0..3 {
        world.skip(time / 3);
        world.run_for(Duration::ZERO);
    }
    turn
}

#[test]
fn lwips_clock_begins_anew_after_49_days_and_nobody_notices() {
    for (seed, left) in (1..).zip([50, 700, 2_000]) {
        let mut world = server(seed);
        let turn = until_before_the_turn(&mut world, Duration::from_millis(left));
        let begin = world.elapsed();
        let (end, _) = served(world, seed);
        let time = end - begin;
        assert!(time > Duration::from_millis(left), "seed {seed}: over before the turn at {turn:?}");
        assert!(time < Duration::from_secs(120), "seed {seed}: {time:?}");
    }
}
