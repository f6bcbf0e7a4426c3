//! A client that ends at every byte of what it says, and at every step of what it hears.

use std::time::Duration;

use wm_sys::host::{PeerSocket, WireConfig};
use wm_websockets::server::{Context, Limits};
use wm_websockets::ws::Opcode;

use super::cast::HANDSHAKE;
use super::{ALL_DEADLINES, LWIP_GIVES_UP, next_is_served, server};
use crate::websocket::{Journal, frame};
use crate::world::{LAN, PORT, World};

/// How a client ends.
const ENDS: [fn(&mut World<Context>, PeerSocket); 3] = [
    |world, socket| world.peer.close(socket),
    |world, socket| world.peer.abort(socket),
    |world, socket| world.silence(socket),
];

/// So many at once: the listener's backlog, so that no SYN has to be repeated.
const BATCH: usize = 8;

/// For what was sent to arrive, and for the answer.
const ROUND_TRIP: Duration = Duration::from_millis(20);

#[test]
fn a_page_and_an_upload() {
    let get = "GET /page HTTP/1.1\r\nHost: device\r\n\r\n";
    let head = "POST /echo HTTP/1.1\r\nHost: device\r\nTransfer-Encoding: chunked\r\n\r\n";
    end_at_every_byte(format!("{get}{head}5\r\nhello\r\n0\r\nX: y\r\n\r\n{get}").as_bytes());
}

#[test]
fn a_websocket() {
    let mut script = HANDSHAKE.to_vec();
    script.extend(frame(Opcode::Text, false, b"one "));
    script.extend(frame(Opcode::Ping, true, b"ping"));
    script.extend(frame(Opcode::Continuation, true, "zw\u{f6}lf".as_bytes()));
    script.extend(frame(Opcode::Binary, true, &[7; 130]));
    script.extend(frame(Opcode::Close, true, &1000u16.to_be_bytes()));
    let closed = end_at_every_byte(&script);
    // Only those who sent their whole Close frame went in good order.
    assert_eq!(closed.iter().filter(|closed| **closed == (1000, true)).count(), ENDS.len());
    assert_eq!(closed.iter().filter(|closed| **closed == (1006, false)).count(), closed.len() - ENDS.len());
    assert_eq!(
        closed.len(),
        ENDS.len() * (script.len() + 1 - HANDSHAKE.len()),
        "one for each that was opened"
    );
}

/// Gives the ends that the WebSocket's protocol was told of.
fn end_at_every_byte(script: &[u8]) -> Vec<(u16, bool)> {
    let (mut world, journal) = server(WireConfig::both(1, LAN));
    for end in ENDS {
        let lengths: Vec<usize> = (0..=script.len()).collect();
        for batch in lengths.chunks(BATCH) {
            let sockets: Vec<_> = batch.iter().map(|_| world.peer.connect(PORT)).collect();
            for (socket, length) in sockets.iter().zip(batch) {
                world.peer.send(*socket, &script[..*length]);
            }
            world.run_for(ROUND_TRIP);
            sockets.iter().for_each(|socket| end(&mut world, *socket));
            expect_forgotten(&mut world, &journal, &sockets);
        }
    }
    journal.closed()
}

#[test]
fn while_a_page_arrives() {
    let (mut world, journal) = server(WireConfig::both(1, LAN));
    world.peer.set_buffer(1_000);
    for end in ENDS {
        for heard in 0..30 {
            let socket = world.peer.connect(PORT);
            world.peer.send(socket, b"GET /page HTTP/1.1\r\nHost: device\r\n\r\n");
            for _ in 0..heard {
                world.run_for(ROUND_TRIP);
                world.peer.recv(socket);
            }
            end(&mut world, socket);
            expect_forgotten(&mut world, &journal, &[socket]);
        }
    }
}

/// They ask for the last time and vanish, more of them than lwIP has PCBs: their answers are never acknowledged, but they lock nobody
/// out.
#[test]
fn a_crowd_that_vanishes_makes_way() {
    let (mut world, _) = server(WireConfig::both(1, LAN));
    for _ in 0..24 {
        let start = world.elapsed();
        let sockets = [(); BATCH].map(|()| world.peer.connect(PORT));
        world.run_until(|world| sockets.iter().all(|socket| world.peer.is_connected(*socket)));
        assert!(world.elapsed() - start < Duration::from_secs(1), "locked out for a while");
        for socket in sockets {
            world.peer.send(socket, b"GET /hello HTTP/1.1\r\nHost: device\r\nConnection: close\r\n\r\n");
        }
        world.run_for(Duration::from_millis(1));
        sockets.iter().for_each(|socket| world.silence(*socket));
        world.run_for(2 * Limits::default().linger_timeout);
    }
    assert_eq!(world.device.counters().requests, 24 * BATCH as u32);
}

/// These clients are gone, each was told of once, and the next is served.
#[track_caller]
fn expect_forgotten(world: &mut World<Context>, journal: &Journal, sockets: &[PeerSocket]) {
    world.run_for(ALL_DEADLINES + LWIP_GIVES_UP);
    assert_eq!(world.device.counters().connections, 0, "a connection outlives every deadline");
    assert_eq!(journal.begun(), journal.closed().len());
    let next = next_is_served(world);
    world.expect_all_freed();
    sockets.iter().chain([&next]).for_each(|socket| world.peer.remove(*socket));
}
