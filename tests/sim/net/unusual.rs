//! What a peer may do and few do, and what befalls connections from below: the link, the interface, routers.

use std::time::Duration;

use wm_sys::Device;
use wm_sys::host::{DEVICE_ADDRESS, GATEWAY_ADDRESS};
use wm_websockets::net::{Disconnected, InterfaceConfig, Stack, TcpListener, TcpStream};

use super::{Pair, accept, listening, take};
use crate::heap;
use crate::segments::forger::{ACK, FIN, Forger, RST, SYN, Segment, URG};
use crate::world::{PORT, World};

const ROUND_TRIP: Duration = Duration::from_millis(4);

/// A connection with a forger.
fn with_forger() -> (World<Stack>, Forger, TcpListener, TcpStream) {
    let (mut world, mut listener) = listening(8);
    let mut forger = Forger::announce(&mut world);
    forger.connect(&mut world);
    let stream = accept(&mut world, &mut listener);
    (world, forger, listener, stream)
}

fn send(world: &mut World<Stack>, forger: &mut Forger, segment: Segment) {
    forger.send(world, &segment);
    world.run_for(ROUND_TRIP);
}

fn end(mut world: World<Stack>, listener: TcpListener, stream: TcpStream) {
    world.core(|core| {
        stream.abort(core);
        listener.close(core);
    });
}

/// The segment with the end comes before the one with the beginning; where lwIP keeps nothing that is out of order it comes again.
#[test]
fn an_end_that_overtakes_what_is_before_it_waits_for_that() {
    let (mut world, mut forger, listener, mut stream) = with_forger();
    let early = Segment { sequence: 5, payload: b"world".to_vec(), flags: ACK | FIN, ..Segment::default() };
    send(&mut world, &mut forger, early.clone());
    assert_eq!(take(&mut world, &mut stream), Ok(Vec::new()));
    assert!(!world.core(|core| stream.at_end(core)));
    send(&mut world, &mut forger, Segment { payload: b"hello".to_vec(), ..Segment::default() });
    send(&mut world, &mut forger, Segment { sequence: 0, ..early });
    assert_eq!(take(&mut world, &mut stream), Ok(b"helloworld".to_vec()));
    assert!(world.core(|core| stream.at_end(core)));
    end(world, listener, stream);
}

/// lwIP has no urgent data beside the stream: it is in its place in that.
#[test]
fn urgent_bytes_are_in_their_place() {
    let (mut world, mut forger, listener, mut stream) = with_forger();
    for (flags, payload) in [(ACK, b"one "), (ACK | URG, b"two "), (ACK, b"tree")] {
        send(&mut world, &mut forger, Segment { flags, payload: payload.to_vec(), ..Segment::default() });
    }
    assert_eq!(take(&mut world, &mut stream), Ok(b"one two tree".to_vec()));
    end(world, listener, stream);
}

/// A byte that was acknowledged already, by which peers ask whether we are still there (RFC 9293 section 3.8.4).
#[test]
fn a_probe_of_the_peer_is_answered_and_brings_no_bytes() {
    let (mut world, mut forger, listener, mut stream) = with_forger();
    send(&mut world, &mut forger, Segment { payload: b"some".to_vec(), ..Segment::default() });
    assert_eq!(take(&mut world, &mut stream), Ok(b"some".to_vec()));
    world.run_for(Duration::from_secs(1));
    for payload in [vec![0], Vec::new()] {
        forger.hear(&mut world);
        send(&mut world, &mut forger, Segment { sequence: -1, payload, ..Segment::default() });
        assert_eq!(forger.hear(&mut world), [0]);
        assert!(forger.is_acknowledged());
    }
    assert_eq!(take(&mut world, &mut stream), Ok(Vec::new()));
    end(world, listener, stream);
}

/// Somebody off the path guesses (RFC 5961): only the reset with the very next number ends the connection.
#[test]
fn resets_and_syns_that_were_guessed_end_nothing() {
    let (mut world, mut forger, listener, mut stream) = with_forger();
    for sequence in [1, 100, 5_000, -1, -100_000, 100_000] {
        for flags in [RST, RST | ACK, SYN, SYN | ACK] {
            send(&mut world, &mut forger, Segment { sequence, flags, ..Segment::default() });
            assert_eq!(world.core(|core| stream.disconnected(core)), None, "{sequence}");
        }
    }
    send(&mut world, &mut forger, Segment { payload: b"unharmed".to_vec(), ..Segment::default() });
    assert_eq!(take(&mut world, &mut stream), Ok(b"unharmed".to_vec()));
    send(&mut world, &mut forger, Segment { flags: RST, ..Segment::default() });
    assert_eq!(world.core(|core| stream.disconnected(core)), Some(Disconnected::Reset));
    end(world, listener, stream);
}

/// Both begin at the same time (RFC 9293 section 3.5): their SYNs cross.
#[test]
fn connections_that_both_begin_become_one() {
    let mut world = World::net();
    let mut forger = Forger::announce(&mut world);
    let mut stream =
        world.core(|core| TcpStream::connect(core, forger.address()).expect("a SYN can be sent"));
    forger.cross(&mut world);
    assert!(!world.core(|core| stream.is_connected(core)));
    forger.answer(&mut world, 8_000, Vec::new());
    assert!(world.core(|core| stream.is_connected(core)));
    send(&mut world, &mut forger, Segment { payload: b"hello".to_vec(), ..Segment::default() });
    assert_eq!(take(&mut world, &mut stream), Ok(b"hello".to_vec()));
    world.core(|core| stream.abort(core));
    world.expect_all_freed();
}

/// A router that does not know the way for a while says so of a segment of ours: no reason to end (RFC 1122 section 4.2.3.9).
#[test]
fn an_unreachable_network_ends_nothing() {
    let mut pair = Pair::new();
    let device = pair.world.wire.device_end().hardware_address();
    let port = pair.world.peer.local_port(pair.socket).expect("it is connected").to_be_bytes();
    let (from, to) = (GATEWAY_ADDRESS.octets(), DEVICE_ADDRESS.octets());
    let ours = [&[0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0][..], &to, &from, &PORT.to_be_bytes(), &port];
    for code in 0..6 {
        let message = [&[3, code, 0, 0, 0, 0, 0, 0], &ours.concat()[..], &[0; 4]].concat();
        let total = (20 + message.len() as u16).to_be_bytes();
        let ip = [&[0x45, 0][..], &total, &[0, 0, 0, 0, 64, 1, 0, 0], &from, &to].concat();
        let frame = [&device[..], &[2; 6], &[8, 0], &summed(ip, 10), &summed(message, 2)];
        pair.world.wire.peer_end().transmit(&frame).expect("a short frame");
        pair.world.run_for(ROUND_TRIP);
    }
    pair.deliver(b"still here");
    assert_eq!(pair.receive(10), b"still here");
}

/// With the Internet checksum (RFC 1071) at this place.
fn summed(mut bytes: Vec<u8>, at: usize) -> Vec<u8> {
    let word = |pair: &[u8]| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0));
    let mut sum: u32 = bytes.chunks(2).map(word).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    bytes[at..at + 2].copy_from_slice(&(!(sum as u16)).to_be_bytes());
    bytes
}

/// Nobody does anything when the link comes back: lwIP sends by itself what could not leave.
#[test]
fn what_is_written_while_the_link_is_down_leaves_when_it_is_back() {
    for down in [1, 10, 100] {
        let mut pair = Pair::new();
        pair.world.plug(false);
        pair.world.run_for(Duration::from_secs(1));
        pair.core(|core, stream| {
            assert_eq!(stream.write(core, b"patience"), Ok(8));
            stream.flush(core);
        });
        pair.world.run_for(Duration::from_secs(down));
        pair.world.plug(true);
        assert_eq!(pair.peer_receives(8), b"patience", "after {down} s");
    }
}

/// The interface is made anew, as after a change of the driver: connections over the old one end, the port stays open.
#[test]
fn connections_end_with_their_interface_and_ports_stay() {
    let Pair { mut world, mut listener, mut stream, .. } = Pair::new();
    let waiting = world.peer.connect(PORT);
    world.run_until(|world| world.peer.is_connected(waiting));
    world.run_for(ROUND_TRIP);
    world.core(|core| assert_eq!(stream.write(core, b"lost"), Ok(4)));
    heap::of_device(|| {
        let end = world.device_end();
        world.device.attach(end, &InterfaceConfig::USER_NETWORK).expect("there is memory");
    });
    assert_eq!(world.core(|core| stream.disconnected(core)), Some(Disconnected::Aborted));
    assert!(world.core(|core| stream.write(core, b"lost")).is_err());
    let socket = world.peer.connect(PORT);
    let mut second = accept(&mut world, &mut listener);
    world.peer.send(socket, b"hello");
    world.run_until(|world| world.peer.unacknowledged(socket) == 0);
    assert_eq!(take(&mut world, &mut second), Ok(b"hello".to_vec()));
    assert_eq!(world.core(|core| listener.take_failures(core)).gone, 1);
    world.core(|core| {
        stream.abort(core);
        second.abort(core);
        listener.close(core);
    });
    world.expect_all_freed();
}
