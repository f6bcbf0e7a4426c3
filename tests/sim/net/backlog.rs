//! Connections before anybody accepts them: begun by half, reset, ended.

use std::time::Duration;

use wm_sys::host::GATEWAY_ADDRESS;
use wm_websockets::net::TcpStream;

use super::{accept, listening, take};
use crate::heap;
use crate::segments::forger::{ACK, FIN, Forger, RST, SYN, Segment};
use crate::world::{PORT, TIME_WAIT};

/// When lwIP gives up a connection that was begun by half, and its timer's half second.
const HALF_OPEN: Duration = Duration::from_millis(20_500);

/// lwIP's backlog counts them no longer, so nothing but memory would bound how many there are: where an application does not accept, as while
/// its TLS slots are taken, a single peer filled the heap.
#[test]
fn those_who_reset_over_and_over_again_do_not_pile_up() {
    let (mut world, mut listener) = listening(4);
    let mut forger = Forger::announce(&mut world);
    let mut held = Vec::new();
    for _ in 0..100 {
        forger.connect(&mut world);
        forger.send(&mut world, &Segment { payload: vec![7; 1_000], ..Segment::default() });
        world.run_for(Duration::from_millis(4));
        forger.send(&mut world, &Segment { flags: RST | ACK, ..Segment::default() });
        world.run_for(Duration::from_millis(4));
        held.push(heap::live());
    }
    assert!(held[99] <= held[0], "{} bytes of the first, {} of all", held[0], held[99]);
    world.peer.connect(PORT);
    world.run_for(Duration::from_millis(10));
    let stream = accept(&mut world, &mut listener);
    assert_eq!(world.core(|core| listener.take_failures(core)).gone, 100);
    world.core(|core| {
        stream.abort(core);
        listener.close(core);
    });
}

/// Those that are still there keep their order when others before, between and behind them are gone.
#[test]
fn who_is_still_there_is_accepted_in_order() {
    let (mut world, mut listener) = listening(8);
    let sockets: Vec<_> = (0..6u8)
        .map(|number| {
            let socket = world.peer.connect(PORT);
            world.run_until(|world| world.peer.is_connected(socket));
            world.peer.send(socket, &[number]);
            world.run_until(|world| world.peer.unacknowledged(socket) == 0);
            socket
        })
        .collect();
    for number in [0, 2, 3, 5] {
        world.peer.abort(sockets[number]);
    }
    world.run_for(Duration::from_millis(4));
    let last = world.peer.connect(PORT);
    world.peer.send(last, &[6]);
    world.run_until(|world| world.peer.unacknowledged(last) == 0);
    for number in [1, 4, 6] {
        let mut stream = accept(&mut world, &mut listener);
        assert_eq!(take(&mut world, &mut stream), Ok(vec![number]));
        world.core(|core| stream.abort(core));
    }
    assert_eq!(world.core(|core| listener.accept(core).map(drop)), None);
    assert_eq!(world.core(|core| listener.take_failures(core)).gone, 4);
    world.core(|core| listener.close(core));
}

/// A flood of SYNs takes as many PCBs as the backlog has places, and a client gets in when those are given up.
#[test]
fn a_flood_of_syns_takes_the_backlog_and_no_more() {
    let (mut world, mut listener) = listening(4);
    let mut forger = Forger::announce(&mut world);
    let before = heap::live();
    for _ in 0..200 {
        forger.begin(&mut world);
    }
    let each = lwip_sys::SIZEOF_TCP_PCB as usize + 256;
    assert!(heap::live() - before <= 4 * each, "{} bytes", heap::live() - before);
    let socket = world.peer.connect(PORT);
    world.run_for(Duration::from_secs(1));
    assert!(!world.peer.is_connected(socket));
    world.run_for(HALF_OPEN);
    let stream = accept(&mut world, &mut listener);
    world.core(|core| stream.abort(core));
    world.run_for(TIME_WAIT);
    assert_eq!(heap::live(), before);
    world.core(|core| listener.close(core));
}

/// A reset of what was begun by half makes room at once.
#[test]
fn a_reset_before_the_connection_stands_gives_its_place_back() {
    let (mut world, mut listener) = listening(1);
    let mut forger = Forger::announce(&mut world);
    for _ in 0..20 {
        forger.begin(&mut world);
        forger.send(&mut world, &Segment { flags: RST | ACK, ..Segment::default() });
        world.run_for(Duration::from_millis(4));
    }
    let socket = world.peer.connect(PORT);
    world.run_for(Duration::from_millis(10));
    assert!(world.peer.is_connected(socket));
    let stream = accept(&mut world, &mut listener);
    assert_eq!(world.core(|core| listener.take_failures(core)).gone, 0);
    world.core(|core| {
        stream.abort(core);
        listener.close(core);
    });
}

/// The acknowledgement that completes the connection brings all that there is to say, and the end.
#[test]
fn a_client_may_say_everything_in_the_segment_that_completes_the_connection() {
    let (mut world, mut listener) = listening(1);
    let mut forger = Forger::announce(&mut world);
    forger.begin(&mut world);
    let everything = Segment { payload: b"everything".to_vec(), flags: FIN | ACK, ..Segment::default() };
    forger.send(&mut world, &everything);
    world.run_for(Duration::from_millis(4));
    let mut stream = accept(&mut world, &mut listener);
    assert_eq!(take(&mut world, &mut stream), Ok(b"everything".to_vec()));
    world.core(|core| {
        assert!(stream.at_end(core));
        assert_eq!(stream.write(core, b"answer"), Ok(6));
        assert!(stream.close(core).is_ok());
    });
    world.run_for(Duration::from_millis(4));
    assert_eq!(forger.hear(&mut world).iter().sum::<usize>(), 6);
    world.core(|core| listener.close(core));
}

/// What lies in a SYN is not kept before the connection stands; it comes again.
#[test]
fn bytes_in_a_syn_are_not_taken_twice() {
    let (mut world, mut listener) = listening(1);
    let mut forger = Forger::announce(&mut world);
    forger.begin_with(&mut world, &Segment { flags: SYN, payload: b"early".to_vec(), ..Segment::default() });
    forger.send(&mut world, &Segment { payload: b"early".to_vec(), ..Segment::default() });
    world.run_for(Duration::from_millis(4));
    let mut stream = accept(&mut world, &mut listener);
    assert_eq!(take(&mut world, &mut stream), Ok(b"early".to_vec()));
    world.core(|core| {
        stream.abort(core);
        listener.close(core);
    });
}

/// A port that closes while somebody is half in: nobody is left to accept, and lwIP resets the connection when it stands.
#[test]
fn who_is_half_in_when_the_port_closes_is_reset() {
    let (mut world, listener) = listening(4);
    let mut forger = Forger::announce(&mut world);
    let before = heap::live();
    forger.begin(&mut world);
    world.core(|core| listener.close(core));
    forger.send(&mut world, &Segment { payload: b"hello".to_vec(), ..Segment::default() });
    world.run_for(Duration::from_millis(4));
    assert!(forger.was_reset(&mut world));
    assert!(heap::live() <= before);
}

/// What we begin ourselves goes before what others have begun by half, when all PCBs are in use.
#[test]
fn a_flood_of_syns_leaves_a_pcb_for_a_connection_of_our_own() {
    let (mut world, listener) = listening(255);
    let mut forger = Forger::announce(&mut world);
    for _ in 0..lwip_sys::MEMP_NUM_TCP_PCB {
        forger.begin(&mut world);
    }
    let remote = (GATEWAY_ADDRESS, PORT).into();
    world.core(|core| {
        let stream = TcpStream::connect(core, remote).expect("half-open connections make way");
        stream.abort(core);
        listener.close(core);
    });
}
