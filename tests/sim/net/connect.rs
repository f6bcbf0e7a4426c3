//! Connections that the device begins.

use std::net::SocketAddr;

use wm_sys::host::GATEWAY_ADDRESS;
use wm_websockets::net::{ConnectError, Core, Disconnected, Key, Stack, TcpStream};

use super::take;
use crate::heap;
use crate::world::{LAN, PULLED, World};

const SERVICE: u16 = 9000;

fn remote(port: u16) -> SocketAddr {
    SocketAddr::from((GATEWAY_ADDRESS, port))
}

fn begin(world: &mut World<Stack>, port: u16) -> TcpStream {
    world.core(|core| TcpStream::connect(core, remote(port))).expect("a SYN can be sent")
}

#[test]
fn a_connection_that_is_accepted_carries_bytes_both_ways() {
    let mut world = World::net();
    let socket = world.peer.listen(SERVICE);
    let mut stream = begin(&mut world, SERVICE);
    assert!(!world.core(|core| stream.is_connected(core)), "nobody has answered yet");
    world.run_until(|world| world.core(|core| stream.is_connected(core)));
    assert_eq!(world.core(|core| stream.peer_address(core)), Some(remote(SERVICE)));
    world.core(|core| {
        assert_eq!(stream.write(core, b"question"), Ok(8));
        stream.flush(core);
    });
    world.peer.send(socket, b"answer");
    let (mut asked, mut answered) = (Vec::new(), Vec::new());
    world.run_until(|world| {
        asked.extend(world.peer.recv(socket));
        answered.extend(take(world, &mut stream).expect("a connection"));
        asked == b"question" && answered == b"answer"
    });
    world.core(|core| stream.abort(core));
    world.expect_all_freed();
}

#[test]
fn what_is_written_before_the_answer_follows_it() {
    let mut world = World::net();
    let socket = world.peer.listen(SERVICE);
    let mut stream = begin(&mut world, SERVICE);
    assert_eq!(world.core(|core| stream.write(core, b"early")), Ok(5));
    let mut received = Vec::new();
    world.run_until(|world| {
        received.extend(world.peer.recv(socket));
        received == b"early"
    });
}

#[test]
fn success_and_refusal_are_news_and_are_told_apart() {
    let mut world = World::net();
    world.peer.listen(SERVICE);
    let mut good = begin(&mut world, SERVICE);
    let mut bad = begin(&mut world, SERVICE + 1);
    let name = |number| Key::new(number).expect("a key");
    world.core(|core| {
        good.set_key(core, name(1));
        bad.set_key(core, name(2));
    });
    let mut news = Vec::new();
    world.run_until(|world| {
        news.extend(world.device.next_ready().map(Key::get));
        news.len() == 2
    });
    news.sort_unstable();
    assert_eq!(news, [1, 2]);
    world.core(|core| {
        assert!(good.is_connected(core) && good.disconnected(core).is_none());
        assert!(!bad.is_connected(core));
        assert_eq!(bad.disconnected(core), Some(Disconnected::Reset));
    });
}

#[test]
fn nobody_there_is_given_up_by_lwip_at_last() {
    let mut world = World::net();
    world.wire.impair(PULLED, PULLED);
    let stream = begin(&mut world, SERVICE);
    world.run_until(|world| world.core(|core| stream.disconnected(core)).is_some());
    assert_eq!(world.core(|core| stream.disconnected(core)), Some(Disconnected::Aborted));
    drop(stream);
    world.expect_all_freed();
}

#[test]
fn a_handle_dropped_before_the_answer_leaves_nothing() {
    for end in [
        (|core, stream| assert!(TcpStream::close(stream, core).is_ok())) as fn(&mut Core<'_>, TcpStream),
        |core, stream| stream.abort(core),
        |_core, stream| drop(stream),
    ] {
        let mut world = World::net();
        let socket = world.peer.listen(SERVICE);
        let stream = begin(&mut world, SERVICE);
        world.core(|core| end(core, stream));
        world.run_for(std::time::Duration::from_secs(1));
        assert!(!world.peer.is_connected(socket));
        world.expect_all_freed();
    }
}

#[test]
fn a_connection_that_cannot_be_begun_says_why_and_costs_nothing() {
    let mut world = World::net();
    for nowhere in [SocketAddr::from(([0, 0, 0, 0], 80)), remote(0)] {
        let refused = world.core(|core| TcpStream::connect(core, nowhere)).err();
        assert_eq!(refused, Some(ConnectError::BadAddress));
    }
    let v6 = SocketAddr::from(([0xfe80, 0, 0, 0, 0, 0, 0, 1], 80));
    if !cfg!(feature = "ipv6") {
        assert_eq!(world.core(|core| TcpStream::connect(core, v6)).err(), Some(ConnectError::Unsupported));
    }
    for failing in 0..3 {
        heap::fail_from(failing);
        assert_eq!(
            world.core(|core| TcpStream::connect(core, remote(SERVICE))).err(),
            Some(ConnectError::NoMemory)
        );
        heap::recover();
    }
    world.wire.impair(LAN, LAN);
    world.expect_all_freed();
}
