//! `net` alone: streams and listeners against another TCP.

mod backlog;
mod clock;
mod connect;
mod device;
mod dhcp;
mod lifetime;
mod memory;
mod reset;
mod resolver;
mod stream;
mod unusual;

use wm_sys::host::PeerSocket;
use wm_websockets::net::{Core, Disconnected, ListenOptions, Stack, TcpListener, TcpStream};

use crate::heap;
use crate::world::{PORT, World};

/// A world with a listener.
fn listening(backlog: u8) -> (World<Stack>, TcpListener) {
    let mut world = World::net();
    let options = ListenOptions { backlog, ..ListenOptions::port(PORT) };
    let listener = world.core(|core| TcpListener::bind(core, &options)).expect("a free port");
    (world, listener)
}

/// Waits for a connection.
#[track_caller]
fn accept(world: &mut World<Stack>, listener: &mut TcpListener) -> TcpStream {
    let mut accepted = None;
    world.run_until(|world| {
        accepted = world.core(|core| listener.accept(core));
        accepted.is_some()
    });
    accepted.expect("the simulation ran until there was one")
}

/// A connection, seen from both its ends.
struct Pair {
    stream: TcpStream,
    socket: PeerSocket,
    listener: TcpListener,
    world: World<Stack>,
}

impl Pair {
    #[track_caller]
    fn new() -> Self {
        Self::with_buffer(65_535)
    }

    /// With a peer that has room for so many bytes.
    #[track_caller]
    fn with_buffer(bytes: usize) -> Self {
        let (mut world, mut listener) = listening(8);
        world.peer.set_buffer(bytes);
        let socket = world.peer.connect(PORT);
        let stream = accept(&mut world, &mut listener);
        world.run_until(|world| world.peer.is_connected(socket));
        Pair { stream, socket, listener, world }
    }

    fn core<R>(&mut self, run: impl FnOnce(&mut Core<'_>, &mut TcpStream) -> R) -> R {
        self.world.core(|core| run(core, &mut self.stream))
    }

    #[track_caller]
    fn run_until(&mut self, mut done: impl FnMut(&mut World<Stack>, &mut TcpStream) -> bool) {
        let Pair { world, stream, .. } = self;
        world.run_until(|world| done(world, stream));
    }

    /// Sends from the peer, and waits until lwIP has acknowledged it.
    #[track_caller]
    fn deliver(&mut self, bytes: &[u8]) {
        let socket = self.socket;
        self.world.peer.send(socket, bytes);
        self.world.run_until(|world| world.peer.unacknowledged(socket) == 0);
    }

    /// Waits for the peer's FIN.
    #[track_caller]
    fn finish_peer(&mut self) {
        self.world.peer.close(self.socket);
        self.run_until(|world, stream| world.core(|core| stream.at_end(core)));
    }

    /// Takes `count` bytes, and opens the window for them.
    #[track_caller]
    fn receive(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.run_until(|world, stream| {
            bytes.extend(take(world, stream).expect("a connection"));
            bytes.len() >= count
        });
        bytes
    }

    /// What the peer received, once it is `count` bytes.
    #[track_caller]
    fn peer_receives(&mut self, count: usize) -> Vec<u8> {
        let socket = self.socket;
        let mut bytes = Vec::new();
        self.world.run_until(|world| {
            bytes.extend(world.peer.recv(socket));
            bytes.len() >= count
        });
        bytes
    }
}

/// Takes everything that arrived, and opens the window for it.
fn take(world: &mut World<Stack>, stream: &mut TcpStream) -> Result<Vec<u8>, Disconnected> {
    let mut bytes = Vec::new();
    world.core(|core| {
        while let Some(segment) = stream.receive(core)? {
            heap::of_simulation(|| bytes.extend_from_slice(segment.bytes()));
            stream.consumed(core, segment.bytes().len());
            segment.release(core);
        }
        Ok(bytes)
    })
}

/// Bytes of which each tells its place.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * 31 + n / 253) as u8).collect()
}
