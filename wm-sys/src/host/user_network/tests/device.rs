//! A device on the network under test, and clients of this machine beside it.

use core::net::SocketAddr;
use core::time::Duration;
use std::net::TcpStream;
use std::sync::mpsc::{self, TryRecvError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use super::super::*;
use crate::host::{DEVICE_ADDRESS, Peer, install};

/// Longer than anything here takes on a busy machine: a test that needs it has failed.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// A device, driven by the thread that owns it. One at a time: a program has one platform to wait on.
pub(super) struct TestDevice {
    pub(super) stack: Peer<UserNetwork>,
    pub(super) forwarded: SocketAddr,
    _turn: MutexGuard<'static, ()>,
}

impl TestDevice {
    pub(super) fn start() -> Self {
        Self::start_with(CONNECT_TIMEOUT)
    }

    pub(super) fn start_with(connect_timeout: Duration) -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        install();
        let network = UserNetwork::start_with(connect_timeout).unwrap();
        let forwarded = network.forward("127.0.0.1:0", 80).unwrap();
        Self { stack: Peer::with_address(network, DEVICE_ADDRESS), forwarded, _turn: turn }
    }

    /// A client of this machine, connected to the forwarded port.
    pub(super) fn client(&self) -> TcpStream {
        let stream = TcpStream::connect(self.forwarded).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    pub(super) fn poll(&mut self) {
        self.stack.poll(crate::now());
    }

    pub(super) fn run_until(&mut self, mut done: impl FnMut(&mut Peer<UserNetwork>) -> bool) {
        let start = crate::now();
        loop {
            self.poll();
            if done(&mut self.stack) {
                return;
            }
            assert!(crate::now() < start + PATIENCE, "not done in time");
            let due = self.stack.poll_at().map_or(PATIENCE, |at| at.saturating_duration_since(crate::now()));
            crate::wait(due.min(PATIENCE));
        }
    }

    /// Runs the device beside a client that acts in a thread of its own; gives what the client found.
    pub(super) fn run_with<T: Send>(
        &mut self,
        act: impl FnOnce() -> T + Send,
        mut serve: impl FnMut(&mut Peer<UserNetwork>),
    ) -> T {
        let (sender, receiver) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(move || {
                let _wake = WakesOnDrop;
                let sender = sender; // dropped before the wake, whether `act` returns or panics
                let _ = sender.send(act());
            });
            let mut found = None;
            self.run_until(|stack| {
                serve(stack);
                found = match receiver.try_recv() {
                    Ok(found) => Some(found),
                    Err(TryRecvError::Empty) => None,
                    Err(TryRecvError::Disconnected) => panic!("the client has panicked"),
                };
                found.is_some()
            });
            found.expect("run_until returns once the client has found something")
        })
    }
}

struct WakesOnDrop;

impl Drop for WakesOnDrop {
    fn drop(&mut self) {
        crate::wake();
    }
}
