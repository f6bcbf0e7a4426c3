use core::time::Duration;
use std::vec::Vec;

use super::*;
use crate::host::{DEVICE_ADDRESS, Peer, PeerSocket};

/// An Ethernet frame that carries an IPv4 packet of 1400 bytes.
fn ip_frame(number: u16) -> Vec<u8> {
    let mut frame = [&[0; 12][..], &[0x08, 0x00, 0x45, 0x00], &1_400u16.to_be_bytes(), &[0; 1_396]].concat();
    frame[20..22].copy_from_slice(&number.to_be_bytes());
    frame
}

fn send_numbered(end: &mut WireEnd, count: u16) {
    for number in 0..count {
        end.transmit(&[&ip_frame(number)]).unwrap();
    }
}

fn receive_all(end: &mut WireEnd) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    while let Some(length) = end.pending() {
        let mut frame = std::vec![std::mem::MaybeUninit::uninit(); length];
        frames.push(end.receive(&mut frame).to_vec());
    }
    frames
}

/// What arrives of 1000 frames within ten seconds, and what the wire says about it.
fn run(seed: u64, impairments: Impairments) -> (Vec<Vec<u8>>, Record) {
    let wire = Wire::new(WireConfig::both(seed, impairments));
    let mut device = wire.device_end();
    send_numbered(&mut device, 1_000);
    wire.advance_to(Instant::from_millis(10_000));
    (receive_all(&mut wire.peer_end()), wire.record_from_device())
}

#[test]
fn a_perfect_wire_delivers_everything_in_order_both_ways() {
    let wire = Wire::new(WireConfig::default());
    let (mut device, mut peer) = (wire.device_end(), wire.peer_end());
    send_numbered(&mut device, 10);
    send_numbered(&mut peer, 10);
    let expected: Vec<_> = (0..10).map(ip_frame).collect();
    assert_eq!(receive_all(&mut peer), expected);
    assert_eq!(receive_all(&mut device), expected);
    assert_eq!(wire.record_from_peer(), Record { sent: 10, delivered: 10, ..Record::default() });
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_seed_another() {
    let everything = Impairments {
        delay: Duration::from_millis(20),
        jitter: Duration::from_millis(10),
        loss: 0.1,
        duplication: 0.1,
        corruption: 0.1,
        ..Impairments::default()
    };
    assert_eq!(run(7, everything), run(7, everything));
    assert_ne!(run(7, everything).0, run(8, everything).0);
}

#[test]
fn loss_is_near_its_rate() {
    let (frames, record) = run(1, Impairments { loss: 0.2, ..Impairments::default() });
    assert!((150..250).contains(&record.lost), "{record:?}");
    assert_eq!(frames.len() as u64, 1_000 - record.lost);
}

#[test]
fn duplicates_arrive_besides_their_originals() {
    let (frames, record) = run(1, Impairments { duplication: 0.2, queue: 2_000, ..Impairments::default() });
    assert!((150..250).contains(&record.duplicated), "{record:?}");
    assert_eq!(frames.len() as u64, 1_000 + record.duplicated);
}

#[test]
fn corruption_inverts_one_bit_behind_the_ethernet_header() {
    let (frames, record) = run(1, Impairments { corruption: 1.0, ..Impairments::default() });
    assert_eq!(record.corrupted, 1_000);
    for (number, frame) in (0..).zip(&frames) {
        let sent = ip_frame(number);
        let inverted: u32 = sent.iter().zip(frame).map(|(a, b)| (a ^ b).count_ones()).sum();
        assert_eq!(inverted, 1);
        assert_eq!(frame[..14], sent[..14]);
    }
}

#[test]
fn corruption_spares_arp_and_padding() {
    let wire = Wire::new(WireConfig::both(1, Impairments { corruption: 1.0, ..Impairments::default() }));
    let arp = [&[0xff; 12][..], &[0x08, 0x06], &[0; 46]].concat();
    let padded = [&[0; 12][..], &[0x08, 0x00, 0x45, 0x00, 0, 20], &[0; 42]].concat();
    for _ in 0..100 {
        wire.device_end().transmit(&[&arp]).unwrap();
        wire.device_end().transmit(&[&padded]).unwrap();
    }
    for (sent, frame) in [arp, padded].iter().cycle().zip(receive_all(&mut wire.peer_end())) {
        assert_eq!(sent[34..], frame[34..]);
        assert_eq!(sent[..14], frame[..14]);
    }
    assert_eq!(wire.record_from_device().corrupted, 100);
}

#[test]
fn jitter_lets_frames_overtake_each_other() {
    let (frames, record) = run(1, Impairments { jitter: Duration::from_millis(5), ..Impairments::default() });
    assert!(record.reordered > 0);
    assert_eq!(frames.len(), 1_000);
    assert!(!frames.is_sorted());
}

#[test]
fn a_full_queue_loses_frames() {
    let (frames, record) = run(1, Impairments { queue: 16, ..Impairments::default() });
    assert_eq!((frames.len(), record.overflowed), (16, 984));
}

#[test]
fn a_pulled_cable_delivers_nothing_more() {
    let wire = Wire::new(WireConfig::default());
    let pulled = Impairments { loss: 1.0, ..Impairments::default() };
    send_numbered(&mut wire.device_end(), 1);
    wire.impair(pulled, pulled);
    send_numbered(&mut wire.device_end(), 1);
    assert_eq!(receive_all(&mut wire.peer_end()).len(), 1);
}

#[test]
fn frames_longer_than_ethernet_carries_are_refused() {
    let mut end = Wire::new(WireConfig::default()).device_end();
    assert_eq!(end.transmit(&[&[0; 1_514]]), Ok(()));
    assert_eq!(end.transmit(&[&[0; 1_000], &[0; 515]]), Err(TransmitError::TooLong));
}

/// Two smoltcp stacks on one wire: the stack under test is not needed to test the wire and the peer.
struct World {
    wire: Wire,
    client: Peer<WireEnd>,
    server: Peer<WireEnd>,
    now: Instant,
}

impl World {
    fn new(config: WireConfig) -> Self {
        let wire = Wire::new(config);
        let client = Peer::new(wire.peer_end());
        let server = Peer::with_address(wire.device_end(), DEVICE_ADDRESS);
        Self { wire, client, server, now: Instant::ZERO }
    }

    /// Lets time pass until `done`, or for ten virtual minutes.
    fn run_until(&mut self, mut done: impl FnMut(&mut Self) -> bool) {
        loop {
            self.client.poll(self.now);
            self.server.poll(self.now);
            if done(self) {
                return;
            }
            let events = [self.wire.next_event(), self.client.poll_at(), self.server.poll_at()];
            self.now = events.into_iter().flatten().min().expect("something goes on").max(self.now);
            assert!(self.now < Instant::from_millis(600_000), "not done in time");
            self.wire.advance_to(self.now);
        }
    }

    fn connected(config: WireConfig) -> (Self, PeerSocket, PeerSocket) {
        let mut world = Self::new(config);
        let accepted = world.server.listen(80);
        let socket = world.client.connect(80);
        world.run_until(|world| world.client.is_connected(socket) && world.server.is_connected(accepted));
        (world, socket, accepted)
    }
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * 31 + n / 253) as u8).collect()
}

fn bad_day(seed: u64) -> WireConfig {
    let impairments = Impairments {
        delay: Duration::from_millis(10),
        jitter: Duration::from_millis(3),
        loss: 0.05,
        duplication: 0.02,
        corruption: 0.02,
        ..Impairments::default()
    };
    WireConfig::both(seed, impairments)
}

/// Sends 200 kB over a bad wire; gives what it took in virtual time and on the wire.
fn transfer_on_a_bad_day(seed: u64) -> (Instant, Record) {
    let bytes = pattern(200_000);
    let (mut world, socket, accepted) = World::connected(bad_day(seed));
    world.client.send(socket, &bytes);
    world.client.close(socket);
    let mut received = Vec::new();
    world.run_until(|world| {
        received.extend(world.server.recv(accepted));
        world.server.is_finished(accepted)
    });
    assert!(received == bytes);
    (world.now, world.wire.record_from_peer())
}

#[test]
fn tcp_survives_a_bad_wire_and_the_run_repeats() {
    let (end, record) = transfer_on_a_bad_day(3);
    assert!(record.lost > 0 && record.duplicated > 0 && record.corrupted > 0 && record.reordered > 0);
    assert_eq!(transfer_on_a_bad_day(3), (end, record));
}

#[test]
fn half_close_leaves_the_other_direction_open() {
    let (mut world, socket, accepted) = World::connected(WireConfig::default());
    world.client.close(socket);
    world.run_until(|world| world.server.is_finished(accepted));
    world.server.send(accepted, b"still here");
    world.server.close(accepted);
    let mut received = Vec::new();
    world.run_until(|world| {
        received.extend(world.client.recv(socket));
        world.client.is_finished(socket) && world.server.is_closed(accepted)
    });
    assert_eq!(received, b"still here");
    assert!(!world.server.is_reset(accepted) && !world.client.is_reset(socket));
}

#[test]
fn abort_and_refusal_are_resets() {
    let (mut world, socket, accepted) = World::connected(WireConfig::default());
    world.client.abort(socket);
    world.run_until(|world| world.server.is_reset(accepted));
    assert!(!world.client.is_reset(socket), "its own doing");

    let refused = world.client.connect(81);
    world.run_until(|world| world.client.is_reset(refused));
}

#[test]
fn who_only_waits_hears_by_a_keep_alive_that_the_other_side_is_gone() {
    let (mut world, socket, accepted) = World::connected(WireConfig::default());
    world.server.remove(accepted);
    world.client.keep_alive(socket, Duration::from_secs(1));
    world.run_until(|world| world.client.is_reset(socket));
}

#[test]
fn who_does_not_receive_closes_the_window() {
    let (mut world, socket, accepted) = World::connected(WireConfig::default());
    world.client.send(socket, &pattern(200_000));
    world.run_until(|world| world.now > Instant::from_millis(5_000));
    assert_eq!(world.client.unacknowledged(socket), 200_000 - 65_535);
    let mut received = 0;
    world.run_until(|world| {
        received += world.server.recv(accepted).len();
        received == 200_000
    });
}

#[test]
fn many_sockets_at_once() {
    let mut world = World::new(WireConfig::default());
    let pairs: Vec<_> = (0..50).map(|n| (world.server.listen(80), world.client.connect(80), n)).collect();
    for &(_, socket, n) in &pairs {
        world.client.send(socket, &[n; 100]);
    }
    world.run_until(|world| pairs.iter().all(|&(_, socket, _)| world.client.unacknowledged(socket) == 0));
    let mut received: Vec<_> = pairs.iter().map(|&(accepted, ..)| world.server.recv(accepted)).collect();
    received.sort();
    assert!(received.iter().zip(0..50).all(|(bytes, n)| *bytes == [n; 100]));
}
