//! A socket of this machine that the gateway's event queue watches for as long as it is open.

use std::fmt;
use std::io;
use std::ops::Deref;
use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;

use polling::{Event, PollMode};

use super::link::Link;

/// A socket, watched from `new` to `drop`. Each change to readable or writable is reported once, under its key.
pub(super) struct Watched<S: AsFd> {
    source: S,
    link: Arc<Link>,
}

impl<S: AsFd> Watched<S> {
    pub(super) fn new(source: S, key: usize, link: Arc<Link>) -> io::Result<Self> {
        let descriptor = source.as_fd().as_raw_fd();
        // SAFETY: the descriptor stays open until `drop`, which takes it off the queue first: `source` is private
        // and lent out by shared reference only.
        unsafe { link.poller().add_with_mode(descriptor, Event::all(key), PollMode::Edge) }?;
        Ok(Self { source, link })
    }
}

impl<S: AsFd> Deref for Watched<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.source
    }
}

impl<S: AsFd> Drop for Watched<S> {
    fn drop(&mut self) {
        if let Err(error) = self.link.poller().delete(self.source.as_fd()) {
            log::warn!("cannot take a socket off the event queue: {error}");
        }
    }
}

impl<S: AsFd + fmt::Debug> fmt::Debug for Watched<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}
