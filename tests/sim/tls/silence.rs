//! Clients that have a place among handshakes, and say nothing.

use std::time::Duration;

use wm_sys::host::{PeerSocket, WireConfig};
use wm_websockets::client::ConnectOptions;
use wm_websockets::server::{Context, Limits, TlsOverload};

use super::{expect_hello, lan, world};
use crate::secure_client::{SecureClient, TLS_PORT};
use crate::world::{LAN, World};

/// Somebody who is connected, and no more.
fn silent(world: &mut World<Context>) -> PeerSocket {
    let socket = world.peer.connect(TLS_PORT);
    world.run_until(|world| world.peer.is_connected(socket));
    socket
}

#[test]
fn silent_clients_make_way_for_those_who_speak() {
    let (mut world, config) = lan();
    // Those behind the first two wait in the backlog, in front of who speaks.
    let silent: Vec<_> = (0..6).map(|_| silent(&mut world)).collect();
    let begin = world.elapsed();
    let mut page = SecureClient::connected(&mut world, &config);
    let took = world.elapsed() - begin;
    assert!(took < Duration::from_secs(4), "a handshake took {took:?}");
    expect_hello(&mut world, &mut page);
    world.run_for(Duration::from_secs(12));
    assert!(silent.iter().all(|&socket| world.peer.is_finished(socket) || world.peer.is_reset(socket)));
    assert_eq!(world.device.counters().evicted, 5);
    assert_eq!(world.device.counters().connections, 1);
}

/// A first byte, or a part of a hello, is not what a place is for; and who says the rest bit by bit has no more time.
#[test]
fn who_does_not_say_the_whole_of_its_hello_makes_way() {
    for hello in [&b"\x16"[..], b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"] {
        let (mut world, config) = lan();
        let halting: Vec<_> = (0..6).map(|_| silent(&mut world)).collect();
        halting.iter().for_each(|&socket| world.peer.send(socket, hello));
        let begin = world.elapsed();
        let mut page = SecureClient::connect(&mut world, &config);
        let mut next = begin;
        world.run_until(|world| {
            if world.elapsed() >= next {
                next = world.elapsed() + Duration::from_millis(300);
                halting.iter().for_each(|&socket| world.peer.send(socket, b"\0"));
            }
            page.pump(world)
        });
        let took = world.elapsed() - begin;
        assert!(took < Duration::from_secs(4), "a handshake took {took:?}");
        expect_hello(&mut world, &mut page);
    }
}

/// Nobody else wants its place.
#[test]
fn half_a_hello_that_nobody_waits_for_has_its_time() {
    let (mut world, config) = lan();
    let mut late = SecureClient::connect(&mut world, &config);
    late.quota = 100;
    late.pump(&mut world);
    world.run_for(Duration::from_secs(9));
    late.quota = usize::MAX;
    world.run_until(|world| late.pump(world));
    expect_hello(&mut world, &mut late);
    assert_eq!(world.device.counters().evicted, 0);
}

/// A client of the device waits with the others.
#[test]
fn silent_clients_make_way_for_ours() {
    let (mut world, config) = lan();
    let listener = world.peer.listen(443);
    silent(&mut world);
    silent(&mut world);
    world.run_for(Duration::from_secs(5));
    let options = ConnectOptions::new("wss://10.0.2.2/").expect("a URL").tls(&config);
    crate::client::connect(&mut world, options, &crate::client::Recorder::default());
    let begin = world.elapsed();
    world.run_until(|world| !world.peer.recv(listener).is_empty());
    let took = world.elapsed() - begin;
    assert!(took < Duration::from_secs(2), "a hello took {took:?}");
}

/// Nobody else wants its place.
#[test]
fn a_silent_client_has_its_time() {
    let (mut world, config) = lan();
    let mut late = SecureClient::connect(&mut world, &config);
    world.run_for(Duration::from_secs(9));
    world.run_until(|world| late.pump(world));
    expect_hello(&mut world, &mut late);
    assert_eq!(world.device.counters().evicted, 0);
}

/// Several connections of a browser for example, whose hellos come behind all of them.
#[test]
fn who_has_been_silent_for_a_moment_keeps_its_place() {
    let (mut world, config) = lan();
    let mut clients: Vec<_> = (0..6).map(|_| SecureClient::connect(&mut world, &config)).collect();
    world.run_for(Duration::from_millis(800));
    world.run_until(|world| clients.iter_mut().map(|client| u32::from(client.pump(world))).sum::<u32>() == 6);
    clients.iter_mut().for_each(|client| expect_hello(&mut world, client));
    assert_eq!(world.device.counters().evicted, 0);
}

/// They have the slots, too, or the places of all connections; and who waits is told to come back until they make way.
#[test]
fn silent_clients_hold_no_slots_and_no_places() {
    for limits in [
        Limits { tls_connections: 2, ..Limits::default() },
        Limits { connections: 2, ..Limits::default() },
        Limits { tls_connections: 2, tls_overload: TlsOverload::Refuse, ..Limits::default() },
    ] {
        let refuses = limits.tls_overload == TlsOverload::Refuse;
        let (mut world, config) = world(WireConfig::both(1, LAN), limits);
        silent(&mut world);
        silent(&mut world);
        let mut early = SecureClient::connect(&mut world, &config);
        world.run_until(|world| early.pump(world));
        assert_eq!(early.error.is_some(), refuses);
        world.run_for(Duration::from_secs(1));
        let mut page = SecureClient::connected(&mut world, &config);
        expect_hello(&mut world, &mut page);
        assert_eq!(world.device.counters().evicted, if refuses { 1 } else { 2 });
    }
}
