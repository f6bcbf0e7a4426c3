//! A connection that is fed any segment at any time: data out of order, sequence and acknowledgement numbers from nowhere, flags that
//! exclude each other, options that are none. It may end, but nothing else: no other client notices, and nothing is left.
//!
//! The seeds are those of `networks`: `SIM_SEEDS=7` plays one again.

pub mod forger;

use std::time::Duration;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use wm_sys::host::WireConfig;
use wm_websockets::http::{Request, Status};
use wm_websockets::net::TcpStream;
use wm_websockets::server::{Context, Limits, Response, Routes};
use wm_websockets::ws::Opcode;

use crate::heap;
use crate::networks::{self, ALL_DEADLINES, HANDSHAKE, LWIP_GIVES_UP};
use crate::websocket::frame;
use crate::websocket_client::WebSocketClient;
use crate::world::{LAN, World};
use forger::{Flags, Forger, Segment};

#[test]
fn any_segment_at_any_time() {
    networks::each_seed("segments::any_segment", play);
}

/// The peer closes its window before it acknowledges an answer, and acknowledges it, the window still closed, once lwIP is about to repeat
/// it. lwIP's timer asserted that such a window has something behind it.
#[test]
fn a_window_that_stays_closed_although_everything_has_arrived() {
    let (mut world, mut forger) = connected();
    let request = b"GET /hello HTTP/1.1\r\nHost: device\r\n\r\n".to_vec();
    forger.send(&mut world, &Segment { payload: request, ..Segment::default() });
    world.run_for(Duration::from_millis(4));
    let closed = Segment { window: 0, ..Segment::default() };
    forger.send_unaware(&mut world, &closed);
    world.run_for(Duration::from_secs(10));
    forger.send(&mut world, &closed);
    world.run_for(Duration::from_secs(10));
    networks::next_is_served(&mut world);
}

/// A peer whose window was closed from the start opens it a little. Half of the largest window bounds lwIP's segments, and an assertion of
/// `tcp_write` then found one that waits longer than that.
#[test]
fn a_window_that_was_closed_from_the_start_and_opens_a_little() {
    for window in [1, 2, 3, 100] {
        let (mut world, _) = networks::server(WireConfig::both(1, LAN));
        let mut forger = Forger::announce(&mut world);
        forger.connect_with(&mut world, 0, Vec::new());
        let payload = b"GET /hello HTTP/1.1\r\nHost: device\r\n\r\n".to_vec();
        for window in [0, window] {
            forger.send(&mut world, &Segment { payload: payload.clone(), window, ..Segment::default() });
            world.run_for(Duration::from_millis(4));
        }
        world.run_for(Duration::from_secs(10));
        networks::next_is_served(&mut world);
    }
}

/// Until a server has said how long its segments may be, lwIP makes them as long as they are anywhere. Assertions of `tcp_write` and of
/// lwIP's timer, which cuts what the window is too small for, then found some that are longer.
#[test]
fn a_server_whose_segments_are_shorter_than_those_that_wait_for_it() {
    for window in [100, 300, 400, 500, 2_000] {
        let mut world = World::net();
        let mut forger = Forger::announce(&mut world);
        let mut stream = world.core(|core| {
            let mut stream = TcpStream::connect(core, forger.address()).expect("a SYN can be sent");
            assert_eq!(stream.write(core, &[7; 1_000]), Ok(1_000));
            stream
        });
        forger.accept(&mut world, window, vec![2, 4, 1, 0]);
        world.core(|core| stream.write(core, &[7; 10]).expect("a connection"));
        world.run_for(Duration::from_secs(10));
        world.core(|core| stream.abort(core));
        world.expect_all_freed();
    }
}

/// What lwIP has allocated behind the last segment, for what is said to follow at once, is more than a segment may have since the window has
/// opened a little. Another assertion of `tcp_write` found that; without assertions what is not copied is then taken for such room.
#[test]
fn room_that_was_set_aside_before_segments_became_shorter() {
    for (window, length) in [(100, 546), (300, 600), (600, 776), (300, 700)] {
        let mut world = World::net();
        let mut forger = Forger::announce(&mut world);
        let mut stream =
            world.core(|core| TcpStream::connect(core, forger.address()).expect("a SYN can be sent"));
        forger.accept(&mut world, 0, Vec::new());
        world.core(|core| assert_eq!(stream.write_more(core, &vec![7; length]), Ok(length)));
        for window in [window, 0] {
            forger.send(&mut world, &Segment { window, ..Segment::default() });
            world.run_for(Duration::from_millis(4));
        }
        world.core(|core| stream.write(core, &[7; 400]).expect("a connection"));
        world.core(|core| stream.write_static(core, &[8; 400]).expect("a connection"));
        world.run_for(Duration::from_secs(10));
        world.core(|core| stream.write(core, &[7; 400]).expect("a connection"));
        world.core(|core| stream.abort(core));
        world.expect_all_freed();
    }
}

/// lwIP would acknowledge every second segment by itself. The visit that follows acknowledges them all, with the window that it opens.
#[test]
fn segments_that_come_together_are_acknowledged_together() {
    assert_eq!(answer_to_post(3_000, [900, 900, 900]), [0]);
}

/// An answer carries the acknowledgement of what it answers: there is no segment besides.
#[test]
fn an_answer_acknowledges_all_of_its_request() {
    let heard = answer_to_post(1_000, [500, 500]);
    assert!(heard.iter().sum::<usize>() > 1_000 && !heard.contains(&0), "{heard:?}");
}

/// A forger on a connection of its own.
fn connected() -> (World<Context>, Forger) {
    let (mut world, _) = networks::server(WireConfig::both(1, LAN));
    let mut forger = Forger::announce(&mut world);
    forger.connect(&mut world);
    forger.hear(&mut world);
    (world, forger)
}

/// Sends the head of a request with a body of `length` bytes, and `pieces` of that, at once: how many bytes each segment of the answer
/// carries, all of which acknowledge everything in the end.
fn answer_to_post<const N: usize>(length: usize, pieces: [usize; N]) -> Vec<usize> {
    let (mut world, mut forger) = connected();
    let head = format!("POST /echo HTTP/1.1\r\nHost: device\r\nContent-Length: {length}\r\n\r\n");
    let body = pieces.map(|piece| vec![b'x'; piece]);
    for payload in [head.into_bytes()].into_iter().chain(body) {
        forger.send(&mut world, &Segment { payload, ..Segment::default() });
    }
    world.run_for(Duration::from_millis(4));
    let heard = forger.hear(&mut world);
    assert!(forger.is_acknowledged());
    heard
}

/// One after the other; those before may still be remembered.
const CONNECTIONS: usize = 3;

#[test]
fn any_segment_at_any_time_in_little_memory() {
    networks::each_seed("segments::any_segment_at_any_time_in_little_memory", play_in_little_memory);
}

fn play_in_little_memory(seed: u64) {
    let mut chance = Xoshiro256PlusPlus::seed_from_u64(seed);
    let (mut world, journal) = networks::server(WireConfig::both(seed, LAN));
    let mut forger = Forger::announce(&mut world);
    heap::fail_one_in(chance.random_range(3..40));
    for _ in 0..CONNECTIONS {
        let (window, options) = beginning(&mut chance);
        forger.connect_with(&mut world, window, options);
        for _ in 0..chance.random_range(1..40) {
            let segment = segment(&mut chance);
            forger.send(&mut world, &segment);
            world.run_for(pause(&mut chance));
        }
    }
    heap::recover();
    world.run_for(ALL_DEADLINES);
    assert_eq!(world.device.counters().connections, 0, "a connection outlives every deadline");
    assert_eq!(journal.begun(), journal.closed().len());
    networks::next_is_served(&mut world);
    wait_for_lwip(&mut world);
    world.expect_all_freed();
}

fn play(seed: u64) {
    let mut chance = Xoshiro256PlusPlus::seed_from_u64(seed);
    let (mut world, journal) = networks::server(WireConfig::both(seed, LAN));
    let mut bystander = WebSocketClient::open(&mut world, "/ws");
    let mut forger = Forger::announce(&mut world);
    let before = heap::live();
    let peak = heap::peak_of(|| {
        for _ in 0..CONNECTIONS {
            let (window, options) = beginning(&mut chance);
            forger.connect_with(&mut world, window, options);
            for _ in 0..chance.random_range(1..40) {
                let segment = segment(&mut chance);
                forger.send(&mut world, &segment);
                world.run_for(pause(&mut chance));
                // It answers Pings.
                while let Some(heard) = bystander.poll(&mut world) {
                    assert!(heard.is_ok(), "another client was cut off: {heard:?}");
                }
            }
        }
    });
    let most = CONNECTIONS * Limits::DEFAULT.memory().busy;
    assert!(peak <= before + most, "{} bytes, at most {most} are promised", peak - before);
    bystander.send(&mut world, "still here".into());
    while bystander.receive(&mut world) != "still here".into() {}
    world.peer.abort(bystander.socket);
    world.run_for(ALL_DEADLINES);
    assert_eq!(world.device.counters().connections, 0, "a connection outlives every deadline");
    assert_eq!(journal.begun(), journal.closed().len());
    networks::next_is_served(&mut world);
    wait_for_lwip(&mut world);
    world.expect_all_freed();
}

/// A forger that acknowledges late makes lwIP believe in a slow network: what it then leaves unacknowledged is repeated at intervals
/// that double from there.
fn wait_for_lwip(world: &mut World<Context>) {
    for _ in 0..64 {
        if world.held_after_all_left() == 0 {
            break;
        }
        world.run_for(LWIP_GIVES_UP);
    }
}

/// What is said first bounds the segments that lwIP makes: mostly a window and an MSS as they are anywhere.
fn beginning(chance: &mut Xoshiro256PlusPlus) -> (u16, Vec<u8>) {
    let window = match chance.random_range(0..6) {
        0 => 0,
        1 => chance.random_range(0..3),
        2 => chance.random_range(0..3_000),
        _ => Segment::default().window,
    };
    let mss: u16 = match chance.random_range(0..6) {
        0 => chance.random_range(0..3),
        1 => chance.random_range(0..2_000),
        _ => return (window, Vec::new()),
    };
    (window, [&[2, 4][..], &mss.to_be_bytes()].concat())
}

/// Mostly one that could be, and one field of it off.
fn segment(chance: &mut Xoshiro256PlusPlus) -> Segment {
    let mut segment = Segment { payload: payload(chance), ..Segment::default() };
    match chance.random_range(0..10) {
        0 => segment.sequence = chance.random_range(-3_000..3_000),
        1 => segment.sequence = chance.random(),
        2 => segment.acknowledgement = chance.random_range(-3_000..3_000),
        3 => segment.acknowledgement = chance.random(),
        4 => segment.flags = Flags(chance.random_range(0..64)),
        5 => segment.window = chance.random_range(0..3),
        8 => segment.window = chance.random_range(0..3_000),
        6 => segment.options = (0..chance.random_range(1..=10) * 4).map(|_| chance.random()).collect(),
        7 => segment.header_words = Some(chance.random_range(0..16)),
        _ => {}
    }
    segment
}

fn payload(chance: &mut Xoshiro256PlusPlus) -> Vec<u8> {
    match chance.random_range(0..9) {
        5 => b"GET /page HTTP/1.1\r\nHost: device\r\n\r\n".to_vec(),
        0 => b"GET /hello HTTP/1.1\r\nHost: device\r\n\r\n".to_vec(),
        1 => b"POST /echo HTTP/1.1\r\nHost: device\r\nContent-Length: 9\r\n\r\nhello".to_vec(),
        2 => HANDSHAKE.to_vec(),
        3 => frame(Opcode::Binary, true, &vec![7; chance.random_range(0..1_300)]),
        4 => (0..chance.random_range(1..200)).map(|_| chance.random()).collect(),
        _ => Vec::new(),
    }
}

fn pause(chance: &mut Xoshiro256PlusPlus) -> Duration {
    Duration::from_millis(match chance.random_range(0..10) {
        0 => chance.random_range(0..8_000),
        1..4 => chance.random_range(0..500),
        _ => 0,
    })
}

/// A server whose answer is longer than a window, and who asks for it.
fn with_a_long_answer() -> (World<Context>, Forger) {
    let page = |_: &Request<'_>, response: &mut Response<'_>| {
        response.send(Status::OK, "text/plain", &[b'x'; 8_000]);
    };
    let hello = |_: &Request<'_>, response: &mut Response<'_>| response.text("hello");
    let routes = Routes::new().get("/page", page).and_then(|routes| routes.get("/hello", hello));
    let mut world = World::server(routes.expect("routes"));
    let forger = Forger::announce(&mut world);
    (world, forger)
}

/// The same from outside: a client whose window is closed when it asks for something long.
#[test]
fn a_window_that_opens_a_little_when_a_long_answer_waits() {
    for window in (900..1_100).step_by(10) {
        let (mut world, mut forger) = with_a_long_answer();
        forger.connect_with(&mut world, 0, Vec::new());
        let payload = b"GET /page HTTP/1.1\r\nHost: device\r\n\r\n".to_vec();
        forger.send(&mut world, &Segment { payload, window: 0, ..Segment::default() });
        for _ in 0..20 {
            world.run_for(Duration::from_millis(4));
            forger.send(&mut world, &Segment { window, ..Segment::default() });
        }
        world.run_for(Duration::from_secs(10));
        networks::next_is_served(&mut world);
    }
}

/// Clients that want their segments short and acknowledge none: each has as many on the way as may be queued, and all of them together left no
/// segment for anybody else, not even to answer a SYN.
#[test]
fn many_short_segments_on_the_way_to_some_leave_some_for_others() {
    let (mut world, mut forger) = with_a_long_answer();
    for _ in 0..40 {
        forger.connect_with(&mut world, 8_000, vec![2, 4, 0, 88]);
        let payload = b"GET /page HTTP/1.1\r\nHost: device\r\n\r\n".to_vec();
        forger.send(&mut world, &Segment { payload, ..Segment::default() });
        world.run_for(Duration::from_millis(4));
    }
    let start = world.elapsed();
    networks::next_is_served(&mut world);
    let took = world.elapsed() - start;
    assert!(took < Duration::from_secs(1), "{took:?}");
}
