//! A connection's way out: lwIP's send buffer first, a bounded queue behind it.

use core::{fmt, mem};

use wm_sys::Instant;
use wm_sys::heap::OutOfMemory;

use super::counters::Counters;
use super::send_queue::{Front, SendQueue};
use super::services::Shared;
use crate::net::{Core, TcpStream, WriteError};

/// Why something was not sent. Nothing of it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// No room: the peer is slower than the sender. Send again from `writable`, or do without.
    Full,
    /// Longer than buffer and queue can ever hold: send it in pieces, or raise [`Limits::queue`](super::Limits::queue).
    TooLong,
    /// The heap is exhausted. The connection ends if it was in the middle of something.
    NoMemory,
    /// The connection is closing or gone: give up.
    Closing,
    /// It does not fit what was sent before: a body longer than announced, a fragment of another message.
    OutOfOrder,
    /// A field name or value that HTTP does not allow, or a head longer than
    /// [`Limits::response_head`](super::Limits::response_head).
    BadHead,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SendError::Full => "no room yet: send again when writable",
            SendError::TooLong => "longer than the send queue: send it in pieces",
            SendError::NoMemory => "out of memory",
            SendError::Closing => "the connection is closing",
            SendError::OutOfOrder => "does not fit what was sent before",
            SendError::BadHead => "malformed or too long response head",
        })
    }
}

impl core::error::Error for SendError {}

/// The longest header of a frame that a server sends (RFC 6455 section 5.2).
const MAX_FRAME_HEADER: usize = 10;

/// A stream and what waits to be written to it.
pub(super) struct Transport {
    pub(super) stream: TcpStream,
    queue: SendQueue,
    /// When the peer last made room, or the queue was empty.
    pub(super) progress: Instant,
    /// Bytes accepted for sending, wrapping: enough to see that there were some.
    sent: u32,
    /// Bytes were lost between queue and lwIP: nothing sensible can follow.
    pub(super) broken: bool,
}

impl Transport {
    pub(super) fn new(stream: TcpStream, now: Instant) -> Self {
        Transport { stream, queue: SendQueue::default(), progress: now, sent: 0, broken: false }
    }

    /// Whether something waits for the peer. Then nothing is read from it: that is the back-pressure.
    pub(super) fn has_backlog(&self) -> bool {
        !self.queue.is_empty()
    }

    /// A number that changes when something is sent.
    pub(super) fn sent(&self) -> u32 {
        self.sent
    }

    /// Bytes that [`send`](Self::send) takes now.
    pub(super) fn capacity(&self, shared: &mut Shared) -> usize {
        let room = self.queue.room(shared.limits.queue);
        if self.has_backlog() {
            return room;
        }
        room.saturating_add(shared.stack.with_core(|core| self.stream.send_capacity(core)))
    }

    /// Sends pieces as one, all or nothing.
    pub(super) fn send(&mut self, shared: &mut Shared, pieces: &[&[u8]]) -> Result<(), SendError> {
        let total = pieces.iter().map(|piece| piece.len()).sum::<usize>();
        self.admit(shared, total)?;
        self.put(shared, pieces, total)
    }

    /// Sends a frame for which [`admit_frame`](Self::admit_frame) found room.
    pub(super) fn send_frame(
        &mut self,
        shared: &mut Shared,
        header: &[u8],
        payload: &[u8],
    ) -> Result<(), SendError> {
        self.put(shared, &[header, payload], header.len().saturating_add(payload.len()))
    }

    fn put(&mut self, shared: &mut Shared, pieces: &[&[u8]], total: usize) -> Result<(), SendError> {
        let mut joint = mem::take(&mut shared.joint);
        let result = match joined(&mut joint, pieces, total) {
            Some(bytes) => self.write(shared, bytes, false),
            None => self.write_each(shared, pieces),
        };
        shared.joint = joint;
        result?;
        self.count(shared, total);
        Ok(())
    }

    fn write_each(&mut self, shared: &mut Shared, pieces: &[&[u8]]) -> Result<(), SendError> {
        let Some((last, before)) = pieces.split_last() else { return Ok(()) };
        for piece in before {
            self.write(shared, piece, true)?;
        }
        self.write(shared, last, false)
    }

    /// Sends a head that is copied and a body that is not. The body may be of any length.
    pub(super) fn send_static(
        &mut self,
        shared: &mut Shared,
        head: &[u8],
        body: &'static [u8],
    ) -> Result<(), SendError> {
        self.admit(shared, head.len().saturating_add(1))?;
        self.write(shared, head, true)?;
        let mut taken = 0;
        if !self.has_backlog() {
            taken = written(shared.stack.with_core(|core| self.stream.write_static(core, body)))?;
        }
        self.queue.push_static(body.get(taken..).unwrap_or_default());
        self.count(shared, head.len().saturating_add(body.len()));
        Ok(())
    }

    fn count(&mut self, shared: &mut Shared, bytes: usize) {
        self.sent = self.sent.wrapping_add(bytes as u32);
        Counters::add(&mut shared.counters.bytes_sent, bytes);
    }

    /// Whether a frame with `payload` bytes would be taken now.
    pub(super) fn admit_frame(&self, shared: &mut Shared, payload: usize) -> Result<(), SendError> {
        self.admit(shared, payload.saturating_add(MAX_FRAME_HEADER))
    }

    fn admit(&self, shared: &mut Shared, total: usize) -> Result<(), SendError> {
        if self.broken {
            return Err(SendError::Closing);
        }
        if total <= self.capacity(shared) {
            return Ok(());
        }
        let most = shared.limits.queue.saturating_add(crate::lwip::TCP_SND_BUF);
        Err(if total > most { SendError::TooLong } else { SendError::Full })
    }

    /// Writes to lwIP as far as that goes, and queues the rest.
    fn write(&mut self, shared: &mut Shared, bytes: &[u8], more: bool) -> Result<(), SendError> {
        let mut taken = 0;
        if !self.has_backlog() {
            self.progress = shared.now;
            let result = shared.stack.with_core(|core| match more {
                true => self.stream.write_more(core, bytes),
                false => self.stream.write(core, bytes),
            });
            taken = written(result)?;
        }
        let rest = bytes.get(taken..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(());
        }
        // lwIP may take less than its buffer has room for, for want of memory: the queue's bound holds all the same.
        if rest.len() > self.queue.room(shared.limits.queue) {
            return Err(self.lose(shared));
        }
        if let Err(OutOfMemory) = self.queue.push(rest, shared.limits.queue) {
            return Err(self.lose(shared));
        }
        Counters::raise(&mut shared.counters.queue_peak, self.queue.len());
        Ok(())
    }

    /// Part of something was sent, and the rest cannot be: the peer would read nonsense.
    fn lose(&mut self, shared: &mut Shared) -> SendError {
        Counters::count(&mut shared.counters.allocation_failures);
        self.broken = true;
        shared.stack.with_core(|core| self.stream.wake(core));
        SendError::NoMemory
    }

    /// Moves the queue into lwIP as far as there is room; says whether the peer made some.
    pub(super) fn drain(&mut self, core: &mut Core<'_>, now: Instant) -> bool {
        let mut moved = false;
        while !self.queue.is_empty() {
            let result = match self.queue.front() {
                Front::Copied(bytes) => self.stream.write(core, bytes),
                Front::Static(bytes) => self.stream.write_static(core, bytes),
            };
            match written(result) {
                Ok(0) | Err(_) => break,
                Ok(taken) => self.queue.consume(taken),
            }
            moved = true;
            self.progress = now;
        }
        moved
    }
}

fn written(result: Result<usize, WriteError>) -> Result<usize, SendError> {
    match result {
        Ok(taken) => Ok(taken),
        Err(WriteError::NoMemory) => Ok(0),
        Err(WriteError::ShutDown | WriteError::Disconnected(_)) => Err(SendError::Closing),
    }
}

/// The pieces in one, if they are short.
fn joined<'b>(buffer: &'b mut [u8], pieces: &[&[u8]], total: usize) -> Option<&'b [u8]> {
    let joint = buffer.get_mut(..total)?;
    let mut rest = &mut *joint;
    for piece in pieces {
        let (start, end) = rest.split_at_mut_checked(piece.len())?;
        start.copy_from_slice(piece);
        rest = end;
    }
    Some(joint)
}
