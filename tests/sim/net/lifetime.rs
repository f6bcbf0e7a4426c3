//! Handles that end without a token, and stacks that end before their handles.

use std::time::Duration;

use wm_websockets::net::{ListenError, ListenOptions, Stack, StackInUse, TcpListener};

use super::{Pair, accept, listening, take};
use crate::world::{PORT, World};

#[test]
fn a_dropped_stream_is_closed_in_good_order() {
    let Pair { mut world, stream, socket, .. } = Pair::new();
    drop(stream);
    world.run_until(|world| world.peer.is_finished(socket));
    assert!(!world.peer.is_reset(socket));
}

#[test]
fn a_dropped_stream_with_unread_bytes_is_reset() {
    let mut pair = Pair::new();
    pair.deliver(b"unread");
    let Pair { mut world, stream, socket, listener } = pair;
    drop(stream);
    world.run_until(|world| world.peer.is_reset(socket));
    drop(listener);
}

#[test]
fn a_dropped_listener_refuses_and_resets_whom_nobody_accepted() {
    let (mut world, listener) = listening(8);
    let waiting = world.peer.connect(PORT);
    world.run_until(|world| world.peer.is_connected(waiting));
    drop(listener);
    world.run_until(|world| world.peer.is_reset(waiting));
    let late = world.peer.connect(PORT);
    world.run_until(|world| world.peer.is_reset(late));
}

#[test]
fn everything_dropped_without_a_token_is_freed_by_the_next_poll() {
    let mut world = World::net();
    let mut listener =
        world.core(|core| TcpListener::bind(core, &ListenOptions::port(PORT))).expect("a free port");
    let socket = world.peer.connect(PORT);
    let mut stream = accept(&mut world, &mut listener);
    world.peer.send(socket, b"held");
    world.run_until(|world| world.peer.unacknowledged(socket) == 0);
    let segment = world.core(|core| stream.receive(core)).unwrap().unwrap();
    drop((segment, stream, listener));
    world.expect_all_freed();
}

#[test]
fn a_stack_may_end_before_its_streams() {
    let Pair { world, stream, listener, .. } = Pair::new();
    let turn = world.end();
    drop(stream);
    drop(listener);
    drop(turn);
    let mut pair = Pair::new();
    pair.deliver(b"again");
    assert_eq!(take(&mut pair.world, &mut pair.stream), Ok(b"again".to_vec()));
}

#[test]
fn there_is_one_stack_at_a_time() {
    let _world = World::net();
    assert!(matches!(Stack::new(), Err(StackInUse)));
}

#[test]
fn a_port_has_one_listener_until_that_is_closed() {
    let (mut world, listener) = listening(8);
    let options = ListenOptions::port(PORT);
    let second = world.core(|core| TcpListener::bind(core, &options).err());
    assert_eq!(second, Some(ListenError::AddressInUse));
    world.core(|core| listener.close(core));
    assert!(world.core(|core| TcpListener::bind(core, &options).is_ok()));
}

/// A server that closed its connections and restarts is not kept out by their TIME_WAIT.
#[test]
fn a_port_can_be_listened_on_again_while_its_connections_still_close() {
    let Pair { mut world, listener, stream, socket, .. } = Pair::new();
    world.core(|core| {
        assert!(stream.close(core).is_ok());
        listener.close(core);
    });
    world.run_until(|world| world.peer.is_finished(socket));
    world.peer.close(socket);
    world.run_for(Duration::from_secs(1));
    assert!(world.core(|core| TcpListener::bind(core, &ListenOptions::port(PORT)).is_ok()));
}

#[test]
fn lwip_chooses_a_port_where_none_is_given() {
    let mut world = World::net();
    let port = world.core(|core| {
        let listener = TcpListener::bind(core, &ListenOptions::port(0)).expect("a free port");
        listener.local_address(core).port()
    });
    assert_ne!(port, 0);
}

#[test]
fn connections_beyond_the_backlog_wait_until_there_is_room() {
    let (mut world, mut listener) = listening(2);
    let sockets = [(); 3].map(|()| world.peer.connect(PORT));
    world.run_for(Duration::from_millis(500));
    let connected = sockets.iter().filter(|&&socket| world.peer.is_connected(socket)).count();
    assert_eq!(connected, 2);
    let _first = accept(&mut world, &mut listener);
    world.run_until(|world| sockets.iter().all(|&socket| world.peer.is_connected(socket)));
}
