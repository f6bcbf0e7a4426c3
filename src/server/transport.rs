//! A connection's way out and in: lwIP's send buffer first, a bounded queue behind it; received segments.
//!
//! Nobody else in the server touches the stream. TLS stands between the two: in [`enqueue`](Transport::enqueue) on the way out, where
//! bytes become records, and in [`receive`](Transport::receive) and [`consumed`](Transport::consumed) on the way in, where records become
//! plaintext. What waits in the queue is plaintext.

mod inward;
mod joint;
#[cfg(feature = "client")]
mod masked;
mod records;
mod tls;

use core::net::SocketAddr;

use wm_sys::Instant;
use wm_sys::heap::OutOfMemory;

use super::counters::Counters;
use super::secure::Secure;
use super::send_error::SendError;
use super::send_queue::{Front, SendQueue};
use super::services::Shared;
use crate::net::{Core, Disconnected, Keepalive, TcpStream, WriteError};

pub(super) use self::joint::Joint;

/// A stream and what waits to be written to it.
pub(super) struct Transport {
    stream: TcpStream,
    /// What makes records of bytes, if anything does.
    secure: Option<Secure>,
    queue: SendQueue,
    /// Received bytes that were consumed, and by which the window is still to be opened: once in a visit, so that what the visit sends
    /// carries the news.
    consumed: usize,
    /// When the peer last made room, or the queue was empty.
    pub(super) progress: Instant,
    /// Bytes accepted for sending, wrapping: enough to see that there were some.
    sent: u32,
    /// Bytes were lost between queue and lwIP: nothing sensible can follow.
    pub(super) broken: bool,
    /// Nothing was behind the segment that was received last, and no end: what comes after it makes the connection ready again. It spares
    /// two questions, which are messages to lwIP's thread where it has one.
    is_drained: bool,
    /// The end of this visit has nothing to flush any more.
    is_flushed: bool,
}

/// How bytes are handed to lwIP.
#[derive(Clone, Copy)]
enum Write<'b> {
    /// Copied.
    Last(&'b [u8]),
    /// Copied, and more follows at once.
    More(&'b [u8]),
    /// Referred to until they are acknowledged.
    Static(&'static [u8]),
}

impl Transport {
    pub(super) fn new(stream: TcpStream, secure: Option<Secure>, now: Instant) -> Self {
        let queue = SendQueue::default();
        Transport {
            stream,
            secure,
            queue,
            consumed: 0,
            progress: now,
            sent: 0,
            broken: false,
            is_drained: false,
            is_flushed: false,
        }
    }

    /// Whether something waits for the peer. Then nothing is read from it: that is the back-pressure.
    pub(super) fn has_backlog(&self) -> bool {
        !self.queue.is_empty() || self.secure.as_ref().is_some_and(Secure::has_pending)
    }

    #[inline(never)]
    pub(super) fn set_keepalive(&mut self, shared: &mut Shared, keepalive: Option<Keepalive>) {
        shared.stack.enter(|core| self.stream.set_keepalive(core, keepalive));
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
        let stream = self.free(shared);
        room.saturating_add(self.secure.as_ref().map_or(stream, |secure| secure.capacity(stream)))
    }

    /// Bytes that lwIP's buffer has room for.
    fn free(&self, shared: &mut Shared) -> usize {
        let capacity = shared.stack.enter(|core| self.stream.send_capacity(core));
        capacity.saturating_sub(self.kept(shared))
    }

    /// Whether `total` bytes would be taken now. What the queue has room for can be said without asking lwIP.
    #[inline(never)]
    pub(super) fn admit(&self, shared: &mut Shared, total: usize) -> Result<(), SendError> {
        if self.broken {
            return Err(SendError::Closing);
        }
        if total <= self.queue.room(shared.limits.queue) || total <= self.capacity(shared) {
            return Ok(());
        }
        Err(if total > shared.limits.longest_sent() { SendError::TooLong } else { SendError::Full })
    }

    /// Sends pieces as one, all or nothing.
    pub(super) fn send(&mut self, shared: &mut Shared, pieces: &[&[u8]]) -> Result<(), SendError> {
        self.admit(shared, length(pieces))?;
        self.send_admitted(shared, pieces)
    }

    /// Sends pieces for which [`admit`](Self::admit) found room.
    pub(super) fn send_admitted(&mut self, shared: &mut Shared, pieces: &[&[u8]]) -> Result<(), SendError> {
        let total = length(pieces);
        let place = match pieces {
            // One piece is one write as it is.
            [_] if !joint::KEEPS => None,
            _ => self.place(shared, total)?,
        };
        match place {
            Some(place) => {
                copy(pieces, place);
                self.send_placed(shared, total)?;
            }
            None if self.is_secure() && pieces.len() > 1 => self.write_records(shared, pieces)?,
            None => self.write_each(shared, pieces)?,
        }
        self.count(shared, total);
        Ok(())
    }

    /// Lets what is sent wait behind what is under way, as long as it may be if nothing is.
    #[cold]
    pub(super) fn with_longer_queue<R>(
        &mut self,
        shared: &mut Shared,
        send: impl FnOnce(&mut Self, &mut Shared) -> R,
    ) -> R {
        let longest = shared.limits.longest_sent();
        let queue = core::mem::replace(&mut shared.limits.queue, longest);
        let result = send(self, shared);
        shared.limits.queue = queue;
        result
    }

    fn write_each(&mut self, shared: &mut Shared, pieces: &[&[u8]]) -> Result<(), SendError> {
        let Some((last, before)) = pieces.split_last() else { return Ok(()) };
        for piece in before {
            self.write(shared, Write::More(piece))?;
        }
        self.write(shared, Write::Last(last))
    }

    /// Sends a head that is copied and a body that is not. The body may be of any length.
    pub(super) fn send_static(
        &mut self,
        shared: &mut Shared,
        head: &[u8],
        body: &'static [u8],
    ) -> Result<(), SendError> {
        self.admit(shared, head.len().saturating_add(1))?;
        let (start, body) = self.split_for_record(shared, head, body);
        match start {
            [] => self.write(shared, Write::More(head))?,
            start => self.write_records(shared, &[head, start])?,
        }
        self.count(shared, start.len());
        let mut taken = 0;
        if !self.has_backlog() {
            taken = self.enqueue(shared, Write::Static(body))?;
        }
        self.queue.push_static(body.get(taken..).unwrap_or_default());
        self.count(shared, head.len().saturating_add(body.len()));
        Ok(())
    }

    fn count(&mut self, shared: &mut Shared, bytes: usize) {
        self.sent = self.sent.wrapping_add(bytes as u32);
        Counters::add(&mut shared.counters.bytes_sent, bytes);
    }

    /// Writes to lwIP as far as that goes, and queues the rest.
    fn write(&mut self, shared: &mut Shared, write: Write<'_>) -> Result<(), SendError> {
        self.send_kept(shared)?;
        let mut taken = 0;
        if !self.has_backlog() {
            self.progress = shared.now;
            taken = self.enqueue(shared, write)?;
        }
        self.queue(shared, write.bytes().get(taken..).unwrap_or_default())
    }

    /// Queues what lwIP has not taken.
    fn queue(&mut self, shared: &mut Shared, rest: &[u8]) -> Result<(), SendError> {
        if rest.is_empty() {
            return Ok(());
        }
        // lwIP may take less than it has room for, for want of memory, or of pbufs when it is written to in pieces. What it has not taken may be
        // beyond the queue's bound, and takes no more memory here than it would there.
        if let Err(OutOfMemory) = self.queue.push(rest, shared.limits.queue) {
            return Err(self.lose(shared));
        }
        Counters::raise(&mut shared.counters.queue_peak, self.queue.len());
        Ok(())
    }

    /// Part of something was sent, and the rest cannot be: the peer would read nonsense.
    #[cold]
    fn lose(&mut self, shared: &mut Shared) -> SendError {
        Counters::count(&mut shared.counters.allocation_failures);
        self.broken = true;
        self.wake(shared);
        SendError::NoMemory
    }

    /// Moves the queue into lwIP as far as there is room.
    pub(super) fn drain(&mut self, shared: &mut Shared) {
        if let Some(secure) = self.secure.as_mut().filter(|secure| secure.has_pending())
            && secure.flush(&mut shared.stack, &mut self.stream)
        {
            self.progress = shared.now;
        }
        while !self.queue.is_empty() {
            let write = match self.queue.front() {
                Front::Copied(bytes) => Write::Last(bytes),
                Front::Static(bytes) => Write::Static(bytes),
            };
            match enqueue(shared, &mut self.stream, &mut self.secure, write) {
                Ok(0) | Err(_) => break,
                Ok(taken) => self.queue.consume(taken),
            }
            self.progress = shared.now;
        }
    }

    fn enqueue(&mut self, shared: &mut Shared, write: Write<'_>) -> Result<usize, SendError> {
        enqueue(shared, &mut self.stream, &mut self.secure, write)
    }
}

/// Hands bytes to lwIP, in records or as they are, and says how many it took.
fn enqueue(
    shared: &mut Shared,
    stream: &mut TcpStream,
    secure: &mut Option<Secure>,
    write: Write<'_>,
) -> Result<usize, SendError> {
    match secure {
        Some(secure) => secure.write(shared, stream, write.bytes()),
        None => shared.stack.enter(|core| hand_over(core, stream, write)),
    }
}

fn hand_over(core: &mut Core<'_>, stream: &mut TcpStream, write: Write<'_>) -> Result<usize, SendError> {
    let result = match write {
        Write::Last(bytes) => stream.write(core, bytes),
        Write::More(bytes) => stream.write_more(core, bytes),
        Write::Static(bytes) => stream.write_static(core, bytes),
    };
    match result {
        Ok(taken) => Ok(taken),
        Err(WriteError::NoMemory) => Ok(0),
        Err(WriteError::ShutDown | WriteError::Disconnected(_)) => Err(SendError::Closing),
    }
}

/// The stream, for those who do not send.
impl Transport {
    /// Has the connection visited again, as if something had happened to it.
    // Where lwIP has a thread of its own it takes a critical section.
    #[cfg_attr(keeps_writes, inline(never))]
    pub(super) fn wake(&mut self, shared: &mut Shared) {
        self.stream.wake_in(&mut shared.stack);
    }

    /// Has the connection visited when the peer acknowledges something.
    pub(super) fn wake_when_writable(&mut self, shared: &mut Shared) {
        shared.stack.enter(|core| self.stream.notify_writable(core));
    }

    /// Whether nothing waits for the peer, and what is under way leaves half of lwIP's buffer free: a sender that waited for every
    /// acknowledgement would send once in a round trip.
    pub(super) fn has_room(&mut self, shared: &mut Shared) -> bool {
        let free = shared.stack.enter(|core| self.stream.send_buffer(core));
        let free = free.saturating_sub(self.kept(shared));
        !self.has_backlog() && free >= crate::lwip::TCP_SND_BUF / 2
    }

    /// Why there is nobody at the other end any more, if so.
    pub(super) fn disconnected(&self, shared: &mut Shared) -> Option<Disconnected> {
        self.stream.disconnected_in(&mut shared.stack)
    }

    /// Says that nothing more is sent. Without memory for the FIN the connection is ready again later; a second call does nothing.
    pub(super) fn end(&mut self, shared: &mut Shared) {
        if let Some(secure) = &mut self.secure
            && !secure.close(&mut shared.stack, &mut self.stream)
        {
            return; // there will be room for the close_notify
        }
        self.let_out(shared, true);
        self.is_flushed = true;
    }

    /// Whether the peer has answered our SYN.
    #[cfg(feature = "client")]
    pub(super) fn is_connected(&self, shared: &mut Shared) -> bool {
        shared.stack.enter(|core| self.stream.is_connected(core))
    }

    pub(super) fn peer_address(&self, shared: &mut Shared) -> Option<SocketAddr> {
        shared.stack.enter(|core| self.stream.peer_address(core))
    }

    /// Closes both directions, without waiting for the peer.
    pub(super) fn close(mut self, shared: &mut Shared) {
        self.send_kept(shared).ok();
        if let Some(mut secure) = self.secure.take() {
            secure.close(&mut shared.stack, &mut self.stream);
            secure.leave(&mut shared.slots);
        }
        shared.stack.enter(|core| {
            // To lwIP, bytes behind a closed window are unread, and closing would be a reset.
            self.open_window(core);
            // Without memory for a FIN only a RST is left.
            self.stream.close(core).unwrap_or_else(|(stream, _)| stream.abort(core));
        });
    }

    /// Sends RST.
    pub(super) fn abort(mut self, shared: &mut Shared) {
        self.forget_kept(shared);
        if let Some(secure) = self.secure.take() {
            secure.leave(&mut shared.slots);
        }
        shared.stack.enter(|core| self.stream.abort(core));
    }
}

impl<'b> Write<'b> {
    fn bytes(self) -> &'b [u8] {
        match self {
            Write::Last(bytes) | Write::More(bytes) | Write::Static(bytes) => bytes,
        }
    }
}

fn length(pieces: &[&[u8]]) -> usize {
    pieces.iter().map(|piece| piece.len()).sum()
}

/// Puts the pieces one behind the other.
fn copy(pieces: &[&[u8]], mut place: &mut [u8]) {
    for piece in pieces {
        let Some((start, end)) = place.split_at_mut_checked(piece.len()) else { return };
        match (*piece, &mut *start) {
            // The header of a short frame takes less than the call to copy it.
            ([one, two], [first, second]) => (*first, *second) = (*one, *two),
            _ => start.copy_from_slice(piece),
        }
        place = end;
    }
}
