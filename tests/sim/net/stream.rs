//! Bytes in, bytes out, ends of both directions.

use std::time::Duration;

use wm_sys::host::{DEVICE_ADDRESS, GATEWAY_ADDRESS};
use wm_websockets::lwip::{TCP_MSS, TCP_SND_BUF, TCP_WND};
use wm_websockets::net::{
    Core, Disconnected, InterfaceConfig, InterfaceName, Keepalive, Key, ListenError, ListenOptions, Stack,
    TcpListener, TcpStream, WriteError,
};

use super::{Pair, accept, listening, pattern, take};
use crate::heap;
use crate::world::{LAN, PORT, PULLED, TIME_WAIT, World};

#[test]
fn bytes_arrive_and_an_answer_goes_back() {
    let mut pair = Pair::new();
    pair.deliver(b"question");
    assert_eq!(pair.receive(8), b"question");
    pair.core(|core, stream| {
        assert_eq!(stream.write(core, b"answer"), Ok(6));
        stream.flush(core);
    });
    assert_eq!(pair.peer_receives(6), b"answer");
}

#[test]
fn a_segment_can_be_changed_in_place_and_put_back_in_part() {
    let mut pair = Pair::new();
    pair.deliver(b"abcdef");
    pair.core(|core, stream| {
        let mut segment = stream.receive(core).unwrap().unwrap();
        segment.bytes_mut().make_ascii_uppercase();
        segment.advance(2);
        stream.consumed(core, 2);
        stream.restore(core, segment);
        let rest = stream.receive(core).unwrap().unwrap();
        assert_eq!(rest.bytes(), b"CDEF");
        stream.restore(core, rest);
    });
    pair.deliver(b"gh");
    assert_eq!(pair.receive(6), b"CDEFgh");
}

#[test]
fn a_reader_that_stops_stops_the_peer_and_a_reader_that_goes_on_lets_it_go_on() {
    let mut pair = Pair::new();
    let bytes = pattern(5 * TCP_WND);
    let (socket, all) = (pair.socket, bytes.len());
    pair.world.peer.send(socket, &bytes);
    pair.world.run_for(Duration::from_secs(20));
    assert_eq!(pair.world.peer.unacknowledged(socket), all - TCP_WND);
    assert!(pair.receive(all) == bytes);
}

/// Whoever takes the bytes acknowledges them with what they have to say. If they say nothing, lwIP does.
#[test]
fn what_nobody_takes_is_acknowledged_all_the_same() {
    let mut pair = Pair::new();
    pair.world.peer.send(pair.socket, &pattern(2 * TCP_MSS));
    pair.world.run_for(Duration::from_millis(4));
    assert_eq!(
        pair.world.peer.unacknowledged(pair.socket),
        2 * TCP_MSS,
        "acknowledged by a segment of its own"
    );
    pair.world.run_for(Duration::from_millis(500));
    assert_eq!(pair.world.peer.unacknowledged(pair.socket), 0);
}

#[test]
fn a_flush_without_an_answer_acknowledges() {
    let mut pair = Pair::new();
    pair.world.peer.send(pair.socket, &pattern(2 * TCP_MSS));
    pair.world.run_for(Duration::from_millis(4));
    pair.core(|core, stream| stream.flush(core));
    pair.world.run_for(Duration::from_millis(4));
    assert_eq!(pair.world.peer.unacknowledged(pair.socket), 0);
}

/// A handler that takes its time must not make the peer repeat what has arrived.
#[test]
fn a_slow_reader_leaves_it_to_lwip_to_acknowledge() {
    let mut pair = Pair::new();
    let bytes = pattern(2 * TCP_MSS);
    for (pause, left) in [(40, 2 * TCP_MSS), (60, 2 * TCP_MSS), (60, 0)] {
        pair.world.peer.send(pair.socket, &bytes);
        pair.world.run_for(Duration::from_millis(pause));
        assert_eq!(pair.world.peer.unacknowledged(pair.socket), left, "before the flush");
        pair.core(|core, stream| stream.flush(core));
        assert!(pair.receive(bytes.len()) == bytes);
        pair.world.run_for(Duration::from_millis(4));
        assert_eq!(pair.world.peer.unacknowledged(pair.socket), 0);
    }
}

#[test]
fn a_write_takes_what_the_buffer_holds_and_the_stream_is_ready_when_there_is_room() {
    let mut pair = Pair::with_buffer(1_000);
    let key = Key::new(7).unwrap();
    let bytes = pattern(3 * TCP_SND_BUF);
    let mut taken = pair.core(|core, stream| {
        stream.set_key(core, key);
        stream.write(core, &bytes).unwrap()
    });
    assert_eq!(taken, TCP_SND_BUF);
    assert_eq!(pair.core(|core, stream| stream.send_capacity(core)), 0);
    pair.core(|core, stream| stream.flush(core));
    let (mut received, socket) = (Vec::new(), pair.socket);
    pair.run_until(|world, stream| {
        received.extend(world.peer.recv(socket));
        if world.device.next_ready() == Some(key) {
            taken += world.core(|core| {
                let taken = stream.write(core, &bytes[taken..]).unwrap();
                stream.flush(core);
                taken
            });
        }
        received.len() == bytes.len()
    });
    assert!(received == bytes);
}

#[test]
fn static_bytes_are_not_copied() {
    static PAGE: [u8; 4 * 1_024] = [0x55; 4 * 1_024];
    let mut pair = Pair::new();
    let peak = |pair: &mut Pair, write: fn(&mut Pair)| {
        let before = heap::live();
        heap::peak_of(|| write(pair)) - before
    };
    let fixed = peak(&mut pair, |pair| {
        pair.core(|core, stream| {
            assert_eq!(stream.write_static(core, &PAGE), Ok(PAGE.len()));
        })
    });
    assert!(fixed < PAGE.len() / 2, "{fixed} bytes for headers alone");
    pair.core(|core, stream| stream.flush(core));
    assert!(pair.peer_receives(PAGE.len()) == PAGE);
}

#[test]
fn the_peer_may_end_first_and_still_gets_everything() {
    let mut pair = Pair::new();
    pair.world.peer.send(pair.socket, b"last words");
    pair.world.peer.close(pair.socket);
    assert_eq!(pair.receive(10), b"last words");
    pair.run_until(|world, stream| world.core(|core| stream.at_end(core)));
    assert_eq!(pair.core(|core, stream| stream.disconnected(core)), None);
    let bytes = pattern(4_000);
    pair.core(|core, stream| {
        assert_eq!(stream.write(core, &bytes), Ok(4_000));
        stream.shutdown_write(core).unwrap();
    });
    let socket = pair.socket;
    assert!(pair.peer_receives(4_000) == bytes);
    pair.world.run_until(|world| world.peer.is_finished(socket));
    assert!(!pair.world.peer.is_reset(socket));
}

#[test]
fn we_may_end_first_and_still_get_everything() {
    let mut pair = Pair::new();
    let socket = pair.socket;
    pair.core(|core, stream| stream.shutdown_write(core).unwrap());
    pair.world.run_until(|world| world.peer.is_finished(socket));
    pair.core(|core, stream| {
        assert_eq!(stream.write(core, b"too late"), Err(WriteError::ShutDown));
        assert_eq!(stream.shutdown_write(core), Err(WriteError::ShutDown));
    });
    let bytes = pattern(3 * TCP_WND);
    pair.world.peer.send(socket, &bytes);
    assert!(pair.receive(bytes.len()) == bytes);
    pair.finish_peer();
    pair.core(|core, stream| {
        assert!(matches!(stream.receive(core), Ok(None)));
        assert_eq!(stream.disconnected(core), Some(Disconnected::Closed));
    });
}

/// Milliseconds in 32 bits have an end, and so have lwIP's sums of them.
#[test]
fn a_keepalive_that_is_never_due_ends_nothing() {
    let never = [
        Keepalive { idle: Duration::MAX, ..Keepalive::default() },
        Keepalive { interval: Duration::MAX, ..Keepalive::default() },
        Keepalive { interval: Duration::from_secs(86_400), probes: 50, ..Keepalive::default() },
    ];
    for keepalive in never {
        let mut pair = Pair::new();
        pair.core(|core, stream| stream.set_keepalive(core, Some(keepalive)));
        pair.world.run_for(Duration::from_secs(600));
        assert_eq!(pair.core(|core, stream| stream.disconnected(core)), None, "{keepalive:?}");
    }
}

/// lwIP cuts the last segment where the window is smaller, and left the FIN on its first part.
#[test]
fn a_peer_without_room_for_the_last_segment_gets_all_of_it_before_the_end() {
    let ends: [fn(&mut Core<'_>, TcpStream) -> Option<TcpStream>; 3] = [
        |core, mut stream| {
            stream.shutdown_write(core).expect("there is memory");
            Some(stream)
        },
        |core, stream| {
            stream.close(core).map_err(|(_, error)| error).expect("there is memory");
            None
        },
        |_, stream| {
            drop(stream);
            None
        },
    ];
    for end in ends {
        let mut pair = Pair::with_buffer(1_000);
        let bytes = pattern(1_200);
        let (first, last) = bytes.split_at(800);
        pair.core(|core, stream| {
            assert_eq!(stream.write(core, first), Ok(first.len()));
            stream.flush(core);
        });
        pair.world.run_for(Duration::from_secs(1));
        pair.core(|core, stream| assert_eq!(stream.write(core, last), Ok(last.len())));
        let Pair { mut world, stream, socket, listener } = pair;
        let stream = world.core(|core| end(core, stream));
        // Longer than lwIP waits for a larger window.
        world.run_for(Duration::from_secs(10));
        let mut received = Vec::new();
        world.run_until(|world| {
            received.extend(world.peer.recv(socket));
            world.peer.is_finished(socket)
        });
        assert!(received == bytes, "{} bytes of {}", received.len(), bytes.len());
        drop((stream, listener));
    }
}

#[test]
fn a_stream_in_time_wait_is_forgotten_and_safe_to_touch_ever_after() {
    let mut pair = Pair::new();
    pair.core(|core, stream| stream.shutdown_write(core).unwrap());
    pair.world.peer.send(pair.socket, b"rest");
    pair.world.peer.close(pair.socket);
    pair.world.run_for(2 * TIME_WAIT);
    assert_eq!(take(&mut pair.world, &mut pair.stream), Ok(b"rest".to_vec()));
    pair.core(|core, stream| {
        assert!(stream.at_end(core));
        assert_eq!(stream.write(core, b"x"), Err(WriteError::ShutDown));
        stream.consumed(core, 100);
        stream.flush(core);
        assert_eq!(stream.peer_address(core), None);
    });
}

#[test]
fn many_tiny_segments_are_held_back_and_come_again() {
    let mut pair = Pair::new();
    for byte in 0..100u8 {
        pair.world.peer.send(pair.socket, &[byte]);
        pair.world.run_for(Duration::from_millis(5));
    }
    let before = heap::live();
    assert!(before < 20_000, "{before} bytes for a hundred");
    pair.world.peer.close(pair.socket);
    assert_eq!(pair.receive(100), (0..100).collect::<Vec<u8>>());
    pair.run_until(|world, stream| world.core(|core| stream.at_end(core)));
}

/// The segment that is held back carries the FIN, after ours: the PCB enters TIME_WAIT while its data is still offered.
#[test]
fn held_back_bytes_survive_the_end_of_both_directions() {
    let mut pair = Pair::new();
    for byte in 0..16u8 {
        pair.deliver(&[byte]);
    }
    pair.core(|core, stream| stream.shutdown_write(core).unwrap());
    pair.world.peer.send(pair.socket, &[16]);
    pair.world.peer.close(pair.socket);
    pair.world.run_for(2 * TIME_WAIT);
    assert_eq!(pair.receive(17), (0..17).collect::<Vec<u8>>());
    assert!(pair.core(|core, stream| stream.at_end(core)));
}

#[test]
fn held_back_bytes_survive_our_end_after_the_peers() {
    let mut pair = Pair::new();
    for byte in 0..16u8 {
        pair.deliver(&[byte]);
    }
    pair.world.peer.send(pair.socket, &[16]);
    pair.world.peer.close(pair.socket);
    pair.world.run_for(Duration::from_secs(1));
    pair.core(|core, stream| stream.shutdown_write(core).unwrap());
    pair.world.run_for(2 * TIME_WAIT);
    assert_eq!(pair.receive(17), (0..17).collect::<Vec<u8>>());
    assert!(pair.core(|core, stream| stream.at_end(core)));
}

#[test]
fn keepalive_finds_out_that_a_peer_vanished() {
    let mut pair = Pair::new();
    let keepalive = Keepalive { idle: Duration::from_secs(10), interval: Duration::from_secs(2), probes: 3 };
    pair.core(|core, stream| stream.set_keepalive(core, Some(keepalive)));
    pair.world.run_for(Duration::from_secs(60));
    assert_eq!(pair.core(|core, stream| stream.disconnected(core)), None, "the peer answers");
    pair.world.wire.impair(PULLED, PULLED);
    pair.world.run_for(Duration::from_secs(20));
    assert_eq!(pair.core(|core, stream| stream.disconnected(core)), Some(Disconnected::Aborted));
}

#[test]
fn without_keepalive_silence_is_no_reason_to_end() {
    let mut pair = Pair::new();
    pair.world.wire.impair(PULLED, PULLED);
    pair.world.run_for(Duration::from_secs(500));
    assert_eq!(pair.core(|core, stream| stream.disconnected(core)), None);
    pair.world.wire.impair(LAN, LAN);
    pair.deliver(b"still there");
    assert_eq!(pair.receive(11), b"still there");
}

#[test]
fn addresses_are_those_of_the_wire() {
    let mut pair = Pair::new();
    let (peer, local) =
        pair.core(|core, stream| (stream.peer_address(core).unwrap(), stream.local_address(core).unwrap()));
    assert_eq!((peer.ip(), peer.port()), (GATEWAY_ADDRESS.into(), 49_152));
    assert_eq!(local, (DEVICE_ADDRESS, PORT).into());
}

/// How many frames ten small writes make, each flushed before the one before is acknowledged; on a new stream with `None`.
fn frames_of_small_writes(nagle: Option<bool>) -> u64 {
    let mut pair = Pair::new();
    let before = pair.world.record().0.sent;
    pair.core(|core, stream| {
        if let Some(on) = nagle {
            stream.set_nagle(core, on);
        }
        for _ in 0..10 {
            stream.write(core, b"small").unwrap();
            stream.flush(core);
        }
    });
    assert_eq!(pair.peer_receives(50).len(), 50);
    pair.world.record().0.sent - before
}

#[test]
fn nagles_algorithm_joins_small_writes_and_is_off_at_first() {
    assert_eq!(frames_of_small_writes(None), 10);
    assert_eq!(frames_of_small_writes(Some(true)), 2);
    assert_eq!(frames_of_small_writes(Some(false)), 10);
}

#[test]
fn connections_are_accepted_in_order() {
    let (mut world, mut listener) = listening(8);
    let sockets = [(); 3].map(|()| world.peer.connect(PORT));
    for socket in sockets {
        let mut stream = accept(&mut world, &mut listener);
        world.core(|core| {
            stream.write(core, b"hi").unwrap();
            stream.flush(core);
        });
        world.run_until(|world| world.peer.recv(socket) == b"hi");
    }
}

#[test]
fn a_port_may_be_of_one_interface_alone() {
    let mut world = World::net();
    let name = world.device.interface().expect("there is one");
    let bind = |world: &mut World<Stack>, interface| {
        let options = ListenOptions { interface, ..ListenOptions::port(PORT) };
        world.core(|core| TcpListener::bind(core, &options))
    };
    assert_eq!(bind(&mut world, InterfaceName::new("xx0")).err(), Some(ListenError::NoInterface));
    assert_eq!(bind(&mut world, InterfaceName::new("wm200")).err(), Some(ListenError::NoInterface));
    let mut listener = bind(&mut world, Some(name)).expect("a free port");
    world.peer.connect(PORT);
    let stream = accept(&mut world, &mut listener);
    drop(stream);
    // The same wire by another interface.
    let end = Box::new(world.wire.device_end());
    heap::of_device(|| world.device.attach(end, &InterfaceConfig::USER_NETWORK)).expect("there is memory");
    assert_ne!(world.device.interface(), Some(name));
    let socket = world.peer.connect(PORT);
    world.run_until(|world| world.peer.is_reset(socket));
    world.core(|core| listener.close(core));
    let mut listener = bind(&mut world, None).expect("a free port");
    world.peer.connect(PORT);
    accept(&mut world, &mut listener);
}
