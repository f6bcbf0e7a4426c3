//! Short writes, put together: one `tcp_write` is cheaper than two.
//!
//! Where lwIP has a thread of its own, what was put together is kept until the [flush](Transport::flush) that ends every visit: writing and
//! flushing are then one message to that thread, or one turn with its lock.

use alloc::boxed::Box;
use core::mem;
use core::num::NonZeroUsize;

use wm_sys::heap::OutOfMemory;

use super::{Transport, Write, hand_over};
use crate::lwip::TCP_MSS;
use crate::net::{Core, TcpStream};
use crate::server::context::zeroed;
use crate::server::secure::RECORD_OVERHEAD;
use crate::server::send_error::SendError;
use crate::server::services::Shared;

/// Whether entering lwIP costs something.
pub(super) const KEEPS: bool = cfg!(keeps_writes);

/// The buffer of all connections. One stream at a time keeps bytes in it.
pub(in crate::server) struct Joint {
    bytes: Box<[u8]>,
    /// How many are kept.
    kept: usize,
    /// For which stream.
    owner: Option<NonZeroUsize>,
}

impl Joint {
    /// Writes of up to so many bytes are put together.
    pub(in crate::server) const SIZE: usize = 256;

    /// What the buffer has room for once something longer is sent in records: as much as one has that fills a segment.
    pub(in crate::server) const SECURE_SIZE: usize = {
        let record = TCP_MSS.saturating_sub(RECORD_OVERHEAD);
        if record > Joint::SIZE { record } else { Joint::SIZE }
    };

    pub(in crate::server) fn new() -> Result<Self, OutOfMemory> {
        Ok(Joint { bytes: zeroed(Joint::SIZE)?, kept: 0, owner: None })
    }

    /// Bytes that are kept for this stream.
    fn kept(&self, stream: &TcpStream) -> usize {
        if KEEPS && self.owner == Some(stream.identity()) { self.kept } else { 0 }
    }

    /// A place behind what this stream has here already, if nobody else has anything.
    fn place(&mut self, stream: &TcpStream, length: usize) -> Option<&mut [u8]> {
        let start = self.kept(stream);
        let end = start.saturating_add(length);
        let is_free = !KEEPS || self.kept == start;
        self.bytes.get_mut(start..end).filter(|_| is_free && end <= Joint::SIZE)
    }

    /// Takes the buffer to put records together in, as large as can be had. Empty: a stream has something in it.
    pub(super) fn take_buffer(&mut self) -> Box<[u8]> {
        if self.kept > 0 {
            return Box::default();
        }
        if self.bytes.len() < Joint::SECURE_SIZE
            && let Ok(longer) = zeroed(Joint::SECURE_SIZE)
        {
            self.bytes = longer;
        }
        mem::take(&mut self.bytes)
    }

    pub(super) fn put_back(&mut self, buffer: Box<[u8]>) {
        self.bytes = buffer;
    }

    fn keep(&mut self, stream: &TcpStream, more: usize) {
        self.kept = self.kept.saturating_add(more);
        self.owner = Some(stream.identity());
    }

    /// The first bytes of so many are this stream's: they are to be sent now, or not at all.
    fn take(&mut self, stream: &TcpStream) -> usize {
        let kept = self.kept(stream);
        if kept > 0 {
            (self.kept, self.owner) = (0, None);
        }
        kept
    }
}

impl Transport {
    /// Bytes that wait for the flush.
    pub(super) fn kept(&self, shared: &Shared) -> usize {
        shared.joint.kept(&self.stream)
    }

    /// Where to put bytes that are to be sent by [`send_placed`](Self::send_placed); `None`: they are too many.
    pub(super) fn place<'s>(
        &mut self,
        shared: &'s mut Shared,
        length: usize,
    ) -> Result<Option<&'s mut [u8]>, SendError> {
        if self.kept(shared).saturating_add(length) > Joint::SIZE {
            self.send_kept(shared)?;
        }
        Ok(shared.joint.place(&self.stream, length))
    }

    /// Sends what was put there, or keeps it for the flush.
    pub(super) fn send_placed(&mut self, shared: &mut Shared, length: usize) -> Result<(), SendError> {
        if KEEPS && self.secure.is_none() && !self.has_backlog() {
            self.progress = shared.now;
            shared.joint.keep(&self.stream, length);
            return Ok(());
        }
        self.with_joint(shared, length, |transport, shared, bytes| {
            transport.write(shared, Write::Last(bytes))
        })
    }

    /// Sends what waits for the flush: something follows that cannot.
    #[inline]
    pub(super) fn send_kept(&mut self, shared: &mut Shared) -> Result<(), SendError> {
        match shared.joint.take(&self.stream) {
            0 => Ok(()),
            kept => self.send_first(shared, kept),
        }
    }

    /// Sends the first bytes of the buffer, whatever else waits.
    #[inline(never)]
    fn send_first(&mut self, shared: &mut Shared, length: usize) -> Result<(), SendError> {
        self.with_joint(shared, length, |transport, shared, bytes| {
            let taken = transport.enqueue(shared, Write::Last(bytes))?;
            transport.queue(shared, bytes.get(taken..).unwrap_or_default())
        })
    }

    /// It will not be sent.
    pub(super) fn forget_kept(&mut self, shared: &mut Shared) {
        shared.joint.take(&self.stream);
    }

    /// Opens the window by what was consumed, and sends what was written.
    pub(in crate::server) fn flush(&mut self, shared: &mut Shared) {
        if !mem::take(&mut self.is_flushed) {
            self.let_out(shared, false);
        }
    }

    /// The same, and FIN behind it if that is all: in one entry.
    pub(super) fn let_out(&mut self, shared: &mut Shared, ends: bool) {
        let kept = shared.joint.take(&self.stream);
        if kept == 0 {
            return shared.stack.enter(|core| self.let_out_in(core, ends));
        }
        self.with_joint(shared, kept, |transport, shared, bytes| {
            let taken = shared.stack.enter(|core| {
                let taken = hand_over(core, &mut transport.stream, Write::Last(bytes));
                transport.let_out_in(core, ends && taken == Ok(bytes.len()));
                taken
            });
            // If the connection is gone, its next visit learns why.
            let taken = taken.unwrap_or(bytes.len());
            transport.queue(shared, bytes.get(taken..).unwrap_or_default())
        })
        .ok();
    }

    fn let_out_in(&mut self, core: &mut Core<'_>, ends: bool) {
        self.open_window(core);
        if ends {
            // Without memory for it the stream is ready again later.
            self.stream.shutdown_write(core).ok();
        }
        self.stream.flush(core);
    }

    /// Lends the first bytes of the buffer together with everything else.
    fn with_joint(
        &mut self,
        shared: &mut Shared,
        length: usize,
        act: impl FnOnce(&mut Self, &mut Shared, &[u8]) -> Result<(), SendError>,
    ) -> Result<(), SendError> {
        let buffer = mem::take(&mut shared.joint.bytes);
        let result = act(self, shared, buffer.get(..length).unwrap_or_default());
        shared.joint.bytes = buffer;
        result
    }
}
