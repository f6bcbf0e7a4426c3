//! No memory at the worst moment.

use std::time::Duration;

use lwip_sys::{err_t, ethernet_input, netif, netif_default, pbuf, pbuf_free, pbuf_ref};
use wm_websockets::net::{Core, ListenError, ListenOptions, TcpListener, TcpStream, WriteError};

use super::{Pair, accept, listening, pattern};
use crate::heap;
use crate::segments::forger::{Forger, Segment};
use crate::world::{PORT, World};

#[test]
fn a_listener_without_memory_is_an_error_and_leaves_nothing() {
    let mut world = World::net();
    for failing in 0.. {
        let before = heap::live();
        heap::fail_once(failing);
        let listener = world.core(|core| TcpListener::bind(core, &ListenOptions::port(PORT)));
        heap::recover();
        match listener {
            Ok(_) => return assert!(failing > 0),
            Err(error) => assert_eq!((error, heap::live()), (ListenError::NoMemory, before)),
        }
    }
}

/// A SYN finds no memory at its `failing`-th allocation, and the next try of the peer does.
#[test]
fn a_connection_without_memory_is_counted_and_the_listener_goes_on() {
    for failing in 0..6 {
        let (mut world, mut listener) = listening(8);
        heap::fail_once(failing);
        let first = world.peer.connect(PORT);
        world.run_until(|world| world.peer.is_connected(first) || world.peer.is_closed(first));
        heap::recover();
        let second = world.peer.connect(PORT);
        world.run_until(|world| world.peer.is_connected(second));
        let mut stream = accept(&mut world, &mut listener);
        world.core(|core| {
            stream.write(core, b"welcome").unwrap();
            stream.flush(core);
        });
        world.run_until(|world| [first, second].iter().any(|&socket| world.peer.recv(socket) == b"welcome"));
    }
}

#[test]
fn no_memory_for_a_pcb_is_told_to_the_listener() {
    let (mut world, mut listener) = listening(8);
    // A PCB is larger than the frame that asks for it.
    heap::fail_above(120);
    let socket = world.peer.connect(PORT);
    world.run_for(Duration::from_secs(3));
    assert!(!world.peer.is_connected(socket));
    assert!(world.core(|core| listener.take_failures(core)).no_memory > 0);
    heap::recover();
    world.run_until(|world| world.peer.is_connected(socket));
    accept(&mut world, &mut listener);
}

#[test]
fn a_write_without_memory_takes_nothing_and_is_told_when_to_try_again() {
    let mut pair = Pair::new();
    let key = wm_websockets::net::Key::new(1).unwrap();
    pair.core(|core, stream| stream.set_key(core, key));
    while pair.world.device.next_ready().is_some() {}
    heap::fail_above(0);
    assert_eq!(pair.core(|core, stream| stream.write(core, b"bytes")), Ok(0));
    heap::recover();
    pair.world.run_until(|world| world.device.next_ready() == Some(key));
    assert_eq!(pair.core(|core, stream| stream.write(core, b"bytes")), Ok(5));
    pair.core(|core, stream| stream.flush(core));
    assert_eq!(pair.peer_receives(5), b"bytes");
}

#[test]
fn a_fin_without_memory_follows_when_there_is_some() {
    let mut pair = Pair::new();
    let socket = pair.socket;
    heap::fail_above(0);
    let shut = pair.core(|core, stream| stream.shutdown_write(core));
    pair.world.run_for(Duration::from_secs(1));
    assert!(!pair.world.peer.is_finished(socket));
    heap::recover();
    if shut.is_err() {
        pair.core(|core, stream| stream.shutdown_write(core)).unwrap();
    }
    pair.world.run_until(|world| world.peer.is_finished(socket));
}

#[test]
fn a_close_without_memory_is_made_up_for() {
    let Pair { mut world, stream, socket, .. } = Pair::new();
    heap::fail_above(0);
    let closed = world.core(|core| stream.close(core));
    world.run_for(Duration::from_secs(1));
    assert!(!world.peer.is_finished(socket));
    heap::recover();
    if let Err((stream, _)) = closed {
        world.core(|core| stream.close(core)).unwrap_or_else(|_| panic!("there is memory again"));
    }
    world.run_until(|world| world.peer.is_finished(socket));
    assert!(!world.peer.is_reset(socket));
}

/// lwIP puts off a FIN without memory, and then puts it on the last segment, which it cuts where the window is smaller: the peer would take
/// the connection for ended before it has the rest.
#[test]
fn an_end_without_memory_does_not_overtake_what_the_peer_has_no_room_for() {
    type End = fn(&mut Core<'_>, TcpStream) -> Option<TcpStream>;
    fn shut_write(core: &mut Core<'_>, mut stream: TcpStream) -> Option<TcpStream> {
        assert!(matches!(
            stream.shutdown_write(core),
            Ok(()) | Err(WriteError::NoMemory | WriteError::ShutDown)
        ));
        Some(stream)
    }
    fn close(core: &mut Core<'_>, stream: TcpStream) -> Option<TcpStream> {
        stream.close(core).err().map(|(stream, _)| stream)
    }
    for end in [shut_write as End, close] {
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
        heap::fail_above(0);
        let mut stream = world.core(|core| end(core, stream));
        heap::recover();
        for _ in 0..20 {
            world.run_for(Duration::from_millis(500));
            stream = stream.and_then(|stream| world.core(|core| end(core, stream)));
        }
        let mut received = Vec::new();
        world.run_until(|world| {
            received.extend(world.peer.recv(socket));
            world.peer.is_finished(socket)
        });
        assert!(received == bytes, "{} bytes of {}", received.len(), bytes.len());
        drop((stream, listener));
    }
}

/// As a driver does that looks at a frame again after lwIP had it.
unsafe extern "C" fn keep_frame(frame: *mut pbuf, netif: *mut netif) -> err_t {
    // SAFETY: lwIP's input, with a frame that it takes over and we keep.
    unsafe {
        pbuf_ref(frame);
        let result = ethernet_input(frame, netif);
        pbuf_free(frame);
        result
    }
}

/// What cannot be copied is lost, and the connection with it; so is what lwIP has of that.
#[test]
fn last_words_in_a_frame_of_the_drivers_without_memory_for_a_copy_leave_nothing() {
    for failing in 0..8 {
        let mut pair = Pair::new();
        pair.core(|_core, _stream| {
            // SAFETY: this is the core context, and there is an interface.
            unsafe { (*netif_default).input = Some(keep_frame) };
        });
        pair.world.peer.send(pair.socket, b"last words");
        pair.world.peer.close(pair.socket);
        heap::fail_once(failing);
        pair.world.run_for(Duration::from_secs(5));
        heap::recover();
        let Pair { mut world, stream, listener, .. } = pair;
        drop((stream, listener));
        world.expect_all_freed();
    }
}

/// Frames that find no memory are as good as lost: TCP sends them again.
#[test]
fn a_transfer_survives_every_single_failure() {
    let bytes = pattern(4_000);
    let mut failing = 0;
    loop {
        let mut pair = Pair::new();
        let before = heap::allocations();
        heap::fail_once(failing);
        pair.world.peer.send(pair.socket, &bytes);
        assert!(pair.receive(bytes.len()) == bytes, "allocation {failing}");
        if heap::allocations() - before <= failing {
            return;
        }
        failing += 1;
    }
}

#[test]
fn after_any_failure_everything_is_freed() {
    for failing in 0..20 {
        let mut world = World::net();
        heap::fail_once(failing);
        let listener = world.core(|core| TcpListener::bind(core, &ListenOptions::port(PORT)));
        let socket = world.peer.connect(PORT);
        world.peer.send(socket, b"bytes");
        world.run_for(Duration::from_secs(5));
        heap::recover();
        world.peer.abort(socket);
        drop(listener);
        world.expect_all_freed();
    }
}

/// What a peer has sent ahead of a gap is kept in segments of the pool that everybody sends from. Some fifty connections filled it for good,
/// with a byte each in six places, and nobody was sent anything any more.
#[test]
fn what_is_out_of_order_makes_way_for_what_is_sent() {
    let Pair { mut world, mut listener, mut stream, socket } = Pair::new();
    let mut forger = Forger::announce(&mut world);
    let others: Vec<_> = (0..70)
        .map(|_| {
            forger.connect(&mut world);
            let other = accept(&mut world, &mut listener);
            for sequence in [10, 20, 30, 40, 50, 60] {
                forger.send(&mut world, &Segment { sequence, payload: vec![7], ..Segment::default() });
            }
            other
        })
        .collect();
    world.run_for(Duration::from_millis(4));
    world.core(|core| {
        assert_eq!(stream.write(core, b"heard"), Ok(5));
        stream.flush(core);
    });
    world.run_for(Duration::from_millis(4));
    assert_eq!(world.peer.recv(socket), b"heard");
    world.core(|core| {
        others.into_iter().for_each(|other| other.abort(core));
        stream.abort(core);
        listener.close(core);
    });
    world.expect_all_freed();
}
