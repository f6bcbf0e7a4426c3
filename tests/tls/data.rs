//! Data both ways, parking in between, and the end.

use wm_websockets::tls::{Alert, ErrorKind, Read};

use crate::pair::{Cuts, VERSIONS, World};
use crate::platform::turn;

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 7 + i / 251) as u8).collect()
}

#[test]
fn data_arrives_whole_whatever_the_cuts_and_the_parking() {
    let _turn = turn();
    let world = World::new();
    for version in VERSIONS {
        for seed in 0..12 {
            let mut pair = world.established(version, Cuts::Random(seed));
            for length in [1, 2, 100, 4095, 4096, 4097, 16_384, 40_000] {
                pair.ask_server(&pattern(length)).unwrap();
                pair.server.park();
                pair.tell_client(&pattern(length)).unwrap();
                pair.server.park();
                pair.client.park();
            }
        }
    }
}

#[test]
fn an_idle_session_parks_and_wakes_for_either_side() {
    let _turn = turn();
    let world = World::new();
    for version in VERSIONS {
        let mut pair = world.established(version, Cuts::Never);
        for round in 0..50u32 {
            assert!(pair.server.park(), "round {round}");
            assert!(pair.client.park(), "round {round}");
            match round % 2 {
                0 => pair.ask_server(&round.to_be_bytes()).unwrap(),
                _ => pair.tell_client(&round.to_be_bytes()).unwrap(),
            }
        }
    }
}

#[test]
fn close_notify_both_ways_from_parked_sessions() {
    let _turn = turn();
    let world = World::new();
    for version in VERSIONS {
        let mut pair = world.established(version, Cuts::Never);
        assert!(pair.server.park() && pair.client.park());
        assert!(pair.close_server().unwrap());
        assert!(matches!(pair.read_client().unwrap(), Read::Closed));
        // What the peer still says can be read; it has not closed its side.
        pair.ask_server(b"last words").unwrap();
        assert!(pair.close_client().unwrap());
        assert!(matches!(pair.read_server().unwrap(), Read::Closed));
        assert_eq!(pair.write_server(b"too late").unwrap_err().kind, ErrorKind::Ended);
    }
}

#[test]
fn a_record_that_is_not_taken_is_flushed_later_and_not_sent_twice() {
    let _turn = turn();
    let world = World::new();
    for version in VERSIONS {
        let mut pair = world.established(version, Cuts::Never);
        pair.down.full = true;
        assert_eq!(pair.write_server(b"first").unwrap(), 5, "it waits as a record");
        assert!(pair.server.has_pending_output());
        assert_eq!(pair.write_server(b"second").unwrap(), 0);
        assert!(!pair.server.park(), "half of it is in use");
        pair.down.full = false;
        pair.flush();
        assert_eq!(pair.write_server(b"second").unwrap(), 6);
        for expected in [&b"first"[..], b"second"] {
            let Read::Plaintext(mut plaintext) = pair.read_client().unwrap() else { panic!("no data") };
            assert_eq!(plaintext.bytes(), expected);
            plaintext.advance(usize::MAX);
            pair.client.restore(plaintext);
        }
        assert!(matches!(pair.read_client().unwrap(), Read::NeedsInput));
    }
}

#[test]
fn a_session_writes_while_its_plaintext_is_lent() {
    let _turn = turn();
    let world = World::new();
    for version in VERSIONS {
        let mut pair = world.established(version, Cuts::Never);
        for message in [&b"one"[..], b"another"] {
            pair.write_client(message).unwrap();
            let Read::Plaintext(mut plaintext) = pair.read_server().unwrap() else { panic!("no data") };
            assert!(pair.read_server().is_err(), "the input is away");
            assert!(!pair.server.park());
            plaintext.bytes_mut().make_ascii_uppercase();
            pair.write_server(plaintext.bytes()).unwrap();
            plaintext.advance(usize::MAX);
            pair.server.restore(plaintext);
            let Read::Plaintext(answer) = pair.read_client().unwrap() else { panic!("no data") };
            assert_eq!(answer.bytes(), message.to_ascii_uppercase());
            pair.client.restore({
                let mut answer = answer;
                answer.advance(99);
                answer
            });
        }
    }
}

#[test]
fn a_plaintext_outlives_its_session() {
    let _turn = turn();
    let world = World::new();
    let mut pair = world.established(VERSIONS[1], Cuts::Never);
    pair.write_client(b"words").unwrap();
    let Read::Plaintext(plaintext) = pair.read_server().unwrap() else { panic!("no data") };
    drop(pair);
    assert_eq!(plaintext.bytes(), b"words");
}

#[test]
fn a_changed_record_ends_the_session_with_the_right_alert() {
    let _turn = turn();
    let world = World::new();
    for version in VERSIONS {
        for parked in [false, true] {
            let mut pair = world.established(version, Cuts::Never);
            if parked {
                assert!(pair.server.park());
            }
            pair.write_client(b"some words").unwrap();
            let last = pair.up.bytes.len() - 1;
            pair.up.bytes[last] ^= 1;
            let error = pair.read_server().err().unwrap();
            assert_eq!((error.kind, error.alert), (ErrorKind::BadRecord, Some(Alert::Sent(20))), "{error}");
            let error = pair.read_client().err().unwrap();
            assert_eq!(
                (error.kind, error.alert),
                (ErrorKind::RefusedByPeer, Some(Alert::Received(20))),
                "{error}"
            );
            assert_eq!(pair.read_server().err().unwrap().kind, ErrorKind::Ended);
        }
    }
}

#[test]
fn plain_text_is_no_tls() {
    let _turn = turn();
    let world = World::new();
    let mut pair = world.pair(&world.server(VERSIONS[1]), &world.client(), Cuts::Never);
    pair.up.bytes.extend(b"GET / HTTP/1.1\r\nHost: device\r\n\r\n");
    let error = loop {
        match pair.server_step() {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind, ErrorKind::Protocol, "{error}");
}
