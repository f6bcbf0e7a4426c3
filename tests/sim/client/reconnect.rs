//! A server that goes and comes back.

use std::time::Duration;

use tungstenite::Message as Frame;
use wm_websockets::client::{ClientStatus, Reconnect, WhileAway};
use wm_websockets::server::SendError;
use wm_websockets::ws::Message;

use super::{Recorder, Server, connect, options, remove, status, world};
use crate::heap;

const POLICY: Reconnect =
    Reconnect { first: Duration::from_secs(1), cap: Duration::from_secs(8), attempts: None };

#[test]
fn attempts_are_farther_and_farther_apart_up_to_the_cap() {
    let mut world = world();
    let recorder = Recorder::default();
    let id = connect(&mut world, options().reconnect(POLICY), &recorder);
    let mut times = Vec::new();
    for attempt in 1..=6 {
        world.run_until(|_| recorder.events.count("Connect Refused, retries") == attempt);
        times.push(world.elapsed().as_millis());
        assert_eq!(status(&mut world, id), ClientStatus::Waiting);
    }
    let delays: Vec<u128> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (delay, whole) in delays.into_iter().zip([1_000, 2_000, 4_000, 8_000, 8_000]) {
        assert!((whole / 2..=whole + 10).contains(&delay), "{delay} of {whole}");
    }
}

#[test]
fn a_server_that_comes_back_is_found_again() {
    let mut world = world();
    let recorder = Recorder::default();
    let id = connect(&mut world, options().reconnect(POLICY), &recorder);
    for round in 1..=3 {
        let server = Server::open(&mut world);
        world.run_until(|_| recorder.events.count("opened") == round);
        world.peer.abort(server.socket);
        world.run_until(|_| recorder.events.count("closed 1006 false") == round);
        world.run_until(|_| recorder.events.count("Connect Refused") >= round);
    }
    assert_eq!(world.device.client(id).expect("a client").counters().opened, 3);
    remove(&mut world, id);
    world.expect_all_freed();
}

#[test]
fn after_so_many_failures_it_gives_up_until_it_is_told() {
    let mut world = world();
    let recorder = Recorder::default();
    let policy = Reconnect { attempts: Some(2), ..POLICY };
    let id = connect(&mut world, options().reconnect(policy), &recorder);
    world.run_until(|_| recorder.events.has("Connect Refused"));
    world.run_for(Duration::from_secs(60));
    assert_eq!(
        recorder.events.all(),
        ["Connect Refused, retries", "Connect Refused, retries", "Connect Refused"]
    );
    assert_eq!(status(&mut world, id), ClientStatus::Resting);
    world.device.client(id).expect("a client").reconnect();
    let _server = Server::open(&mut world);
    world.run_until(|_| recorder.events.has("opened"));
}

#[test]
fn stopped_it_stays_away() {
    let mut world = world();
    let recorder = Recorder::default();
    let id = connect(&mut world, options().reconnect(POLICY), &recorder);
    world.run_until(|_| recorder.events.has("Connect Refused, retries"));
    world.device.client(id).expect("a client").stop();
    world.run_for(Duration::from_secs(60));
    assert_eq!(recorder.events.all().len(), 1);
    assert_eq!(status(&mut world, id), ClientStatus::Resting);
}

#[test]
fn messages_wait_for_the_connection_as_the_policy_says() {
    for (policy, sent, received) in [
        (WhileAway::Refuse, [Err(SendError::Closing); 4], &[][..]),
        (WhileAway::KeepOldest(6), [Ok(()), Ok(()), Ok(()), Err(SendError::Full)], &["m0", "m1", "m2"]),
        (WhileAway::KeepNewest(6), [Ok(()); 4], &["m1", "m2", "m3"]),
    ] {
        let mut world = world();
        let recorder = Recorder { greeting: Some("login"), ..Recorder::default() };
        let id = connect(&mut world, options().reconnect(POLICY).while_away(policy), &recorder);
        world.run_until(|_| recorder.events.has("Connect Refused, retries"));
        for (number, expected) in sent.into_iter().enumerate() {
            let text = format!("m{number}");
            let result =
                heap::of_device(|| world.device.client(id).expect("a client").send(Message::Text(&text)));
            assert_eq!(result, expected, "{policy:?} {number}");
        }
        let mut server = Server::open(&mut world);
        for expected in ["login"].iter().chain(received) {
            assert_eq!(server.read(&mut world), Frame::text(*expected), "{policy:?}");
        }
        remove(&mut world, id);
        world.expect_all_freed();
    }
}

#[test]
fn more_than_the_window_waits_and_arrives_whole_and_in_order() {
    let mut world = world();
    let recorder = Recorder::default();
    let options = options().reconnect(POLICY).while_away(WhileAway::KeepOldest(60_000));
    let id = connect(&mut world, options, &recorder);
    world.run_until(|_| recorder.events.has("Connect Refused, retries"));
    let messages: Vec<Vec<u8>> = (0..50).map(|n| vec![n; 1_000]).collect();
    for message in &messages {
        let mut client = world.device.client(id).expect("a client");
        assert_eq!(heap::of_device(|| client.send(Message::Binary(message))), Ok(()));
    }
    let mut server = Server::open(&mut world);
    for message in messages {
        assert_eq!(server.read(&mut world), Frame::binary(message));
    }
    assert_eq!(world.device.client(id).expect("a client").counters().dropped, 0);
}
