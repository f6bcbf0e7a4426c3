//! What the device's thread and the gateway's thread share: two bounded queues of frames, and a bell for the gateway.

use std::collections::VecDeque;
use std::io;
use std::mem;
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::vec::Vec;

use polling::Poller;

use crate::TransmitError;

/// Frames in one queue at most: a third of a megabyte each way.
pub(super) const QUEUE: usize = 256;

/// A listener that the gateway is to serve.
#[derive(Debug)]
pub(super) struct Forward {
    pub(super) listener: TcpListener,
    pub(super) device_port: u16,
}

#[derive(Debug)]
pub(super) struct Link {
    from_device: FrameQueue,
    to_device: FrameQueue,
    forwards: Mutex<Vec<Forward>>,
    stopping: AtomicBool,
    poller: Poller,
}

/// The device's side.
impl Link {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            from_device: FrameQueue::default(),
            to_device: FrameQueue::default(),
            forwards: Mutex::default(),
            stopping: AtomicBool::new(false),
            poller: Poller::new()?,
        })
    }

    pub(super) fn send_from_device(&self, frame: Vec<u8>) -> Result<(), TransmitError> {
        let before = self.from_device.push(frame)?;
        if before == 0 {
            self.ring(); // otherwise the gateway has the frames before this one still to fetch
        }
        Ok(())
    }

    pub(super) fn pending_for_device(&self) -> Option<usize> {
        self.to_device.lock().front().map(Vec::len)
    }

    pub(super) fn take_for_device(&self) -> Option<Vec<u8>> {
        let (frame, left) = self.to_device.pop()?;
        if left == QUEUE / 2 {
            self.ring(); // the gateway may have stopped at a full queue
        }
        Some(frame)
    }

    pub(super) fn add_forward(&self, forward: Forward) {
        lock(&self.forwards).push(forward);
        self.ring();
    }

    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.ring();
    }

    /// Ends the gateway's wait.
    pub(super) fn ring(&self) {
        if let Err(error) = self.poller.notify() {
            log::warn!("the gateway cannot be woken: {error}");
        }
    }
}

/// The gateway's side.
impl Link {
    pub(super) fn poller(&self) -> &Poller {
        &self.poller
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    pub(super) fn new_forwards(&self) -> Vec<Forward> {
        mem::take(&mut *lock(&self.forwards))
    }

    pub(super) fn has_from_device(&self) -> bool {
        !self.from_device.lock().is_empty()
    }

    pub(super) fn take_from_device(&self) -> Option<Vec<u8>> {
        self.from_device.pop().map(|(frame, _)| frame)
    }

    /// Whether the device must fetch frames before it can be sent more.
    pub(super) fn is_congested(&self) -> bool {
        self.to_device.lock().len() >= QUEUE
    }

    pub(super) fn send_to_device(&self, frame: Vec<u8>) -> Result<(), TransmitError> {
        self.to_device.push(frame).map(|_| ())
    }
}

#[derive(Debug, Default)]
struct FrameQueue(Mutex<VecDeque<Vec<u8>>>);

impl FrameQueue {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Vec<u8>>> {
        lock(&self.0)
    }

    /// Appends a frame; tells how many there were before.
    fn push(&self, frame: Vec<u8>) -> Result<usize, TransmitError> {
        let mut frames = self.lock();
        let before = frames.len();
        if before >= QUEUE {
            return Err(TransmitError::Busy);
        }
        frames.push_back(frame);
        Ok(before)
    }

    /// Takes the oldest frame; tells how many are left.
    fn pop(&self) -> Option<(Vec<u8>, usize)> {
        let mut frames = self.lock();
        let frame = frames.pop_front()?;
        Some((frame, frames.len()))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
