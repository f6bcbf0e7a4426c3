//! The peer's reset between any two calls, and ours.

use wm_sys::host::PeerSocket;
use wm_websockets::net::{Core, Disconnected, TcpStream, WriteError};

use super::{Pair, take};
use crate::heap;
use crate::world::PORT;

#[test]
fn abort_is_a_reset_for_the_peer() {
    let Pair { mut world, stream, socket, .. } = Pair::new();
    world.core(|core| stream.abort(core));
    world.run_until(|world| world.peer.is_reset(socket));
}

#[test]
fn bytes_that_came_before_the_reset_can_still_be_read() {
    let mut pair = Pair::new();
    pair.deliver(b"before");
    reset(&mut pair);
    assert_eq!(pair.receive_rest(), (b"before".to_vec(), Disconnected::Reset));
}

impl Pair {
    /// What is left, and why there is no more.
    fn receive_rest(&mut self) -> (Vec<u8>, Disconnected) {
        let mut bytes = Vec::new();
        let end = self.world.core(|core| {
            loop {
                match self.stream.receive(core) {
                    Ok(Some(segment)) => {
                        heap::of_simulation(|| bytes.extend_from_slice(segment.bytes()));
                        segment.release(core);
                    }
                    Ok(None) => panic!("neither bytes nor an end"),
                    Err(end) => return end,
                }
            }
        });
        (bytes, end)
    }
}

/// Lets the peer reset the connection, and waits until that has arrived.
fn reset(pair: &mut Pair) {
    pair.world.peer.abort(pair.socket);
    pair.run_until(|world, stream| world.core(|core| stream.disconnected(core)) == Some(Disconnected::Reset));
}

/// Calls of a stream's life, in order. The peer may reset before any of them.
const CALLS: [fn(&mut Core<'_>, &mut TcpStream); 9] = [
    |core, stream| {
        if let Ok(Some(segment)) = stream.receive(core) {
            stream.restore(core, segment);
        }
    },
    |core, stream| {
        if let Ok(Some(segment)) = stream.receive(core) {
            segment.release(core);
        }
    },
    |core, stream| stream.consumed(core, 4),
    |core, stream| stream.write(core, b"answer").map(drop).unwrap_or_default(),
    |core, stream| stream.flush(core),
    |core, stream| stream.write_static(core, b"more").map(drop).unwrap_or_default(),
    |core, stream| stream.notify_writable(core),
    |core, stream| stream.set_nagle(core, true),
    |core, stream| stream.shutdown_write(core).unwrap_or_default(),
];

/// How a stream's life ends.
const ENDS: [fn(&mut Core<'_>, TcpStream); 3] = [
    |core, stream| assert!(stream.close(core).is_ok()),
    |core, stream| stream.abort(core),
    |_core, stream| drop(stream),
];

#[test]
fn a_reset_between_any_two_calls_is_survived_and_nothing_is_lost() {
    for end in ENDS {
        for reset_before in 0..=CALLS.len() {
            let mut pair = Pair::new();
            pair.deliver(b"data");
            for (number, call) in CALLS.iter().enumerate() {
                if number == reset_before {
                    reset(&mut pair);
                }
                pair.core(call);
            }
            if reset_before == CALLS.len() {
                pair.world.peer.abort(pair.socket);
                pair.world.run_until(|world| world.record().1.sent == world.record().1.delivered);
            }
            let Pair { mut world, stream, listener, .. } = pair;
            world.core(|core| {
                end(core, stream);
                listener.close(core);
            });
            world.expect_all_freed();
        }
    }
}

#[test]
fn what_a_reset_leaves_of_a_stream_says_so() {
    let mut pair = Pair::new();
    reset(&mut pair);
    pair.core(|core, stream| {
        let gone = Err(WriteError::Disconnected(Disconnected::Reset));
        assert_eq!(stream.write(core, b"x"), gone);
        assert_eq!(stream.write_static(core, b"x"), gone);
        assert_eq!(stream.shutdown_write(core).map(|()| 0), gone);
        assert_eq!(stream.send_capacity(core), 0);
        assert_eq!((stream.peer_address(core), stream.local_address(core)), (None, None));
        assert!(!stream.at_end(core));
    });
    assert_eq!(take(&mut pair.world, &mut pair.stream), Err(Disconnected::Reset));
}

#[test]
fn a_connection_reset_before_it_is_accepted_is_counted_and_never_seen() {
    let (mut world, mut listener) = super::listening(8);
    let sockets: [PeerSocket; 2] = [(); 2].map(|()| world.peer.connect(PORT));
    world.run_until(|world| sockets.iter().all(|&socket| world.peer.is_connected(socket)));
    world.peer.abort(sockets[0]);
    world.peer.send(sockets[1], b"second");
    world.run_until(|world| world.peer.unacknowledged(sockets[1]) == 0);
    let mut stream = super::accept(&mut world, &mut listener);
    assert_eq!(take(&mut world, &mut stream), Ok(b"second".to_vec()));
    assert_eq!(world.core(|core| listener.take_failures(core)).gone, 1);
}
