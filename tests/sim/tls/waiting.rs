//! Clients, of a port and of ours, that wait for a slot or for their handshake.

use std::time::Duration;

use wm_sys::host::{PeerSocket, WireConfig};
use wm_websockets::client::ConnectOptions;
use wm_websockets::lwip::{TCP_MSS, TCP_WND};
use wm_websockets::server::{Context, Limits, TlsOverload};

use super::{HELLO, expect_hello, lan, world};
use crate::client::SERVICE;
use crate::heap;
use crate::secure_client::{SecureClient, TLS_PORT};
use crate::websocket_client::WebSocketClient;
use crate::world::{LAN, World};

#[test]
fn a_client_beyond_the_slots_waits_until_one_leaves() {
    let limits = Limits { tls_connections: 2, ..Limits::default() };
    let (mut world, config) = world(WireConfig::both(1, LAN), limits);
    let mut first: Vec<_> = (0..2).map(|_| SecureClient::connected(&mut world, &config)).collect();
    first.iter_mut().for_each(|client| client.upgrade(&mut world));
    let mut third = SecureClient::connect(&mut world, &config);
    for _ in 0..20 {
        world.run_for(Duration::from_millis(100));
        assert!(!third.pump(&mut world), "there is no slot");
    }
    first.pop().unwrap().close(&mut world);
    world.run_until(|world| third.pump(world));
    expect_hello(&mut world, &mut third);
    // An idle page makes way for the next.
    let mut fourth = SecureClient::connected(&mut world, &config);
    expect_hello(&mut world, &mut fourth);
    assert_eq!(world.device.counters().evicted, 1);
}

/// As much is kept of who waits as a client says first: there can be many of them, and each could fill a window.
#[test]
fn a_client_that_waits_for_a_slot_is_not_kept_whole() {
    let limits = Limits { tls_connections: 1, ..Limits::default() };
    let (mut world, config) = world(WireConfig::both(1, LAN), limits);
    let mut first = SecureClient::connected(&mut world, &config);
    first.upgrade(&mut world);
    world.run_for(Duration::from_secs(5));
    let before = heap::live();
    let waiting = world.peer.connect(TLS_PORT);
    world.peer.send(waiting, &[0x16; TCP_WND]);
    world.run_for(Duration::from_secs(2));
    let held = heap::live() - before;
    assert!(held < 3 * (TCP_MSS + 256) + 512, "{held} bytes");
    // It is read to its end, and what that is worth is said, when there is a slot.
    first.close(&mut world);
    world.run_until(|world| world.peer.is_finished(waiting) || world.peer.is_closed(waiting));
    assert_eq!(world.device.counters().tls_failures, 1);
}

/// All places are in use by others, who do not speak TLS.
#[test]
fn a_client_that_waits_for_a_place_has_it_when_anybody_leaves() {
    let limits = Limits { connections: 1, ..Limits::default() };
    let (mut world, config) = world(WireConfig::both(1, LAN), limits);
    let plain = WebSocketClient::open(&mut world, "/ws");
    let mut waiting = SecureClient::connect(&mut world, &config);
    for _ in 0..20 {
        world.run_for(Duration::from_millis(100));
        assert!(!waiting.pump(&mut world), "there is no place");
    }
    world.peer.abort(plain.socket);
    for _ in 0..20 {
        world.run_for(Duration::from_millis(100));
        waiting.pump(&mut world);
    }
    assert_eq!(world.device.counters().connections, 1, "there is a place for who waits");
    expect_hello(&mut world, &mut waiting);
}

/// Who came while everybody was busy need not wait until somebody leaves.
#[test]
fn a_client_that_waits_for_a_slot_has_that_of_a_page_that_becomes_idle() {
    let limits = Limits { tls_connections: 1, ..Limits::default() };
    let (mut world, config) = world(WireConfig::both(1, LAN), limits);
    let mut page = SecureClient::connected(&mut world, &config);
    let mut waiting = SecureClient::connect(&mut world, &config);
    world.run_for(Duration::from_secs(1));
    assert!(!waiting.pump(&mut world), "nobody is idle who was never served");
    page.send(&mut world, HELLO);
    for _ in 0..20 {
        world.run_for(Duration::from_millis(100));
        page.pump(&mut world);
        waiting.pump(&mut world);
    }
    assert_eq!(world.device.counters().evicted, 1, "an idle page makes way");
    expect_hello(&mut world, &mut waiting);
}

#[test]
fn a_client_beyond_the_slots_is_told_at_once_if_the_policy_says_so() {
    let limits = Limits { tls_connections: 2, tls_overload: TlsOverload::Refuse, ..Limits::default() };
    let (mut world, config) = world(WireConfig::both(1, LAN), limits);
    let mut first: Vec<_> = (0..2).map(|_| SecureClient::connected(&mut world, &config)).collect();
    first.iter_mut().for_each(|client| client.upgrade(&mut world));
    for refused in 1..=3 {
        let begin = world.now();
        let mut third = SecureClient::connect(&mut world, &config);
        world.run_until(|world| third.pump(world));
        assert_eq!(
            third.error.and_then(|error| error.alert).map(|alert| alert.name()),
            Some("internal_error")
        );
        assert!(world.now().saturating_duration_since(begin) < Duration::from_secs(1));
        world.run_until(|world| world.peer.is_finished(third.socket) || world.peer.is_closed(third.socket));
        assert_eq!(world.device.counters().refused_busy, refused);
    }
    // One that never speaks and never closes holds nothing up.
    let silent = world.peer.connect(TLS_PORT);
    world.run_until(|world| world.peer.is_connected(silent));
    // There is a slot again, and an idle page that makes way.
    first.pop().unwrap().close(&mut world);
    let mut fourth = SecureClient::connected(&mut world, &config);
    expect_hello(&mut world, &mut fourth);
    let mut fifth = SecureClient::connected(&mut world, &config);
    expect_hello(&mut world, &mut fifth);
    assert_eq!((world.device.counters().evicted, world.device.counters().refused_busy), (1, 4));
}

/// A client of ours that waits for its turn has it at once, and asks nobody meanwhile.
#[test]
fn a_client_that_waits_for_its_handshake_is_woken() {
    let (mut world, config) = lan();
    let slots = usize::from(Limits::default().tls_handshakes);
    let servers: Vec<_> = (0..=slots).map(|_| world.peer.listen(SERVICE)).collect();
    for _ in &servers {
        let options = ConnectOptions::new(&format!("wss://10.0.2.2:{SERVICE}/")).expect("a URL").tls(&config);
        crate::client::connect(&mut world, options, &crate::client::Recorder::default());
    }
    world.run_until(|world| servers.iter().all(|server| world.peer.is_connected(*server)));
    world.run_for(Duration::from_millis(100));
    let heard = |world: &mut World<Context>| {
        let has_spoken = |server: &&PeerSocket| !world.peer.recv(**server).is_empty();
        servers.iter().filter(has_spoken).copied().collect::<Vec<_>>()
    };
    let first = heard(&mut world);
    assert_eq!(first.len(), slots);
    let passes = world.passes();
    world.run_for(Duration::from_secs(5));
    let took = world.passes() - passes;
    assert!(took < 80, "{took} passes in five seconds");
    world.peer.abort(first[0]);
    let start = world.elapsed();
    world.run_until(|world| !heard(world).is_empty());
    let took = world.elapsed() - start;
    assert!(took < Duration::from_millis(10), "{took:?}");
}

/// A connection that TCP has not made yet has nothing of TLS under way.
#[test]
fn servers_that_never_answer_a_client_hold_up_nobodys_handshake() {
    let (mut world, config) = lan();
    for _ in 0..Limits::default().tls_handshakes {
        let options = ConnectOptions::new("wss://10.0.2.99/").expect("a URL").tls(&config);
        crate::client::connect(&mut world, options, &crate::client::Recorder::default());
    }
    world.run_for(Duration::from_millis(100));
    let before = world.elapsed();
    SecureClient::connected(&mut world, &config);
    let took = world.elapsed() - before;
    assert!(took < Duration::from_secs(1), "a handshake took {took:?}");
}
