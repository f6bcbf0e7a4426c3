//! TLS between a connection and its stream. Builds without TLS have `insecure.rs` in this place.

mod slots;
mod worker;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

use wm_sys::{Instant, heap};

use super::counters::Counters;
use super::send_error::SendError;
use super::services::{FAR, Shared};
use crate::net::{Disconnected, Segment, Stack, TcpStream};
use crate::tls::worker::Errand;
#[cfg(feature = "client")]
use crate::tls::{ClientConfig, ConfigError, SavedSession, ServerName};
use crate::tls::{Error, ErrorKind, Handshake, PeerCertificate, Read, Session, Wire};
pub(super) use crate::tls::{Plaintext, ServerConfig};

pub(super) use self::slots::Slots;
pub use self::worker::{HandshakeWorker, WorkerError};

/// Record buffers are given back when nothing was read or written for so long. At once would be too often for a client in the middle of
/// a conversation: to wake costs as much as a short record.
const PARK_AFTER: Duration = Duration::from_millis(250);

/// What a handshake takes from the heap on top of the record buffers, at most.
const HANDSHAKE_HEAP: usize = 12 * 1024;

/// What a record adds to what it carries, at most: header, nonce, tag, type.
pub(super) const RECORD_OVERHEAD: usize = 40;

/// Bytes that a record carries, at least, when there are enough; more in most builds.
const RECORD: usize = 4096;

/// The TLS of one connection.
pub(super) struct Secure(Box<Inner>);

struct Inner {
    /// `None` once it has failed: nothing is sent any more, and what arrives is dropped unread. And while it is away.
    session: Option<Session>,
    /// The worker has it.
    errand: Option<Errand>,
    /// It has read what has arrived, and needs more.
    starves: bool,
    /// It is looked at again when the worker is free, or done.
    waits: bool,
    /// When something was last read or written.
    used: Instant,
    /// It counts as a handshake under way.
    opening: bool,
    /// Why it has failed.
    #[cfg(feature = "client")]
    error: Option<Error>,
}

/// Exists where TLS does.
pub(super) struct Tls;

/// What came of a visit to a handshake.
pub(super) enum Progress {
    /// It goes on: at once, or when the stream has something, or when the worker has done something.
    Step,
    Waits,
    Done,
    Failed,
}

impl Secure {
    /// A session for a new client. An error now is better than one in the middle of its handshake: what that will need is asked for,
    /// and given back.
    pub(super) fn accept(config: &ServerConfig, now: Instant) -> Result<Secure, Error> {
        let session = Session::server(config)?;
        Vec::<u8>::new().try_reserve_exact(HANDSHAKE_HEAP).map_err(|_| NO_MEMORY)?;
        Ok(Secure::of(session, now)?)
    }

    fn of(session: Session, now: Instant) -> Result<Secure, heap::OutOfMemory> {
        let inner = Inner {
            session: Some(session),
            errand: None,
            starves: false,
            waits: false,
            used: now,
            opening: true,
            #[cfg(feature = "client")]
            error: None,
        };
        Ok(Secure(heap::try_box(inner)?))
    }

    /// A session with a server.
    #[cfg(feature = "client")]
    pub(super) fn connect(
        config: &ClientConfig,
        server: ServerName<'_>,
        saved: Option<&SavedSession>,
        now: Instant,
    ) -> Result<Secure, ConfigError> {
        let session = Session::client(config, server, saved)?;
        Secure::of(session, now).map_err(|_| ConfigError::NoMemory)
    }

    pub(super) fn tls(&self) -> Tls {
        Tls
    }

    /// The certificate that the peer has shown.
    pub(super) fn peer_certificate(&self) -> Option<PeerCertificate<'_>> {
        self.0.session.as_ref()?.peer_certificate()
    }

    /// Why it has failed, if it has.
    #[cfg(feature = "client")]
    pub(super) fn error(&self) -> Option<Error> {
        self.0.error
    }

    /// What the next session with the same server can resume from.
    #[cfg(feature = "client")]
    pub(super) fn saved(&self) -> Option<SavedSession> {
        self.0.session.as_ref()?.saved().ok()
    }

    /// Does a step of the handshake, or has it done.
    pub(super) fn open(&mut self, shared: &mut Shared, stream: &mut TcpStream) -> Progress {
        match worker::open_by() {
            Some(open) => open(self, shared, stream),
            None => self.step(shared, stream),
        }
    }

    fn step(&mut self, shared: &mut Shared, stream: &mut TcpStream) -> Progress {
        let Some(session) = &mut self.0.session else { return Progress::Failed };
        let result = session.handshake_step(&mut StreamWire { stack: &mut shared.stack, stream });
        self.progress(shared, stream, result)
    }

    /// It is looked at again when the worker is free, or done.
    fn wait(&mut self, slots: &Slots) -> Progress {
        self.0.waits = true;
        slots.wait_for_worker();
        Progress::Waits
    }

    /// Whether the client's hello has been read, all of it.
    pub(super) fn has_heard_hello(&self) -> bool {
        self.0.session.as_ref().is_some_and(Session::has_heard_hello)
    }

    /// Whether the worker is waited for.
    pub(super) fn waits(&self) -> bool {
        self.0.waits
    }

    /// Whether the worker was waited for, which is free or done.
    pub(super) fn take_wait(&mut self) -> bool {
        core::mem::take(&mut self.0.waits)
    }

    fn progress(
        &mut self,
        shared: &mut Shared,
        stream: &mut TcpStream,
        result: Result<Handshake, Error>,
    ) -> Progress {
        match result {
            Ok(Handshake::Step) => Progress::Step,
            Ok(Handshake::NeedsInput | Handshake::NeedsRoom) => Progress::Waits,
            Ok(Handshake::Done) => {
                Counters::count(&mut shared.counters.tls_handshakes);
                self.0.used = shared.now;
                self.leave_opening(&mut shared.slots);
                Progress::Done
            }
            Err(error) => {
                self.fail(shared, stream, error);
                Progress::Failed
            }
        }
    }

    /// The next record's plaintext, if there is one.
    pub(super) fn receive(
        &mut self,
        shared: &mut Shared,
        stream: &mut TcpStream,
    ) -> Result<Option<Plaintext>, Disconnected> {
        while let Some(session) = &mut self.0.session {
            if !session.may_read() {
                self.wait(&shared.slots);
                return Ok(None);
            }
            match session.read(&mut StreamWire { stack: &mut shared.stack, stream }) {
                Ok(Read::Plaintext(plaintext)) => {
                    shared.slots.step();
                    self.0.used = shared.now;
                    return Ok(Some(plaintext));
                }
                Ok(Read::Ticket) => {}
                Ok(Read::NeedsInput | Read::NeedsRoom) => {
                    let gone = shared.stack.enter(|core| stream.disconnected(core));
                    return gone.map_or(Ok(None), Err);
                }
                Ok(Read::Closed) => return Ok(None),
                Err(error) => self.fail(shared, stream, error),
            }
        }
        Ok(None)
    }

    /// Gives back what `receive` took.
    pub(super) fn restore(&mut self, plaintext: Plaintext) {
        if let Some(session) = &mut self.0.session {
            session.restore(plaintext);
        }
    }

    /// Says how many bytes are on their way, in records.
    pub(super) fn write(
        &mut self,
        shared: &mut Shared,
        stream: &mut TcpStream,
        bytes: &[u8],
    ) -> Result<usize, SendError> {
        let Some(session) = &mut self.0.session else { return Err(SendError::Closing) };
        self.0.used = shared.now;
        match session.write(&mut StreamWire { stack: &mut shared.stack, stream }, bytes) {
            Ok(taken) => Ok(taken),
            Err(error) => {
                self.fail(shared, stream, error);
                Err(if error.kind == ErrorKind::NoMemory { SendError::NoMemory } else { SendError::Closing })
            }
        }
    }

    /// Moves the rest of a record into lwIP, and says whether there was room for some of it.
    pub(super) fn flush(&mut self, stack: &mut Stack, stream: &mut TcpStream) -> bool {
        let Some(session) = &mut self.0.session else { return false };
        let before = session.pending_output();
        session.flush(&mut StreamWire { stack, stream }).ok();
        session.pending_output() < before
    }

    /// Tells the peer that nothing follows; false: there is no room for that yet.
    pub(super) fn close(&mut self, stack: &mut Stack, stream: &mut TcpStream) -> bool {
        let Some(session) = &mut self.0.session else { return true };
        session.close(&mut StreamWire { stack, stream }).unwrap_or(true)
    }

    /// Whether a part of a record waits for room.
    pub(super) fn has_pending(&self) -> bool {
        self.0.session.as_ref().is_some_and(Session::has_pending_output)
    }

    /// Whether it has failed.
    pub(super) fn has_failed(&self) -> bool {
        self.0.session.is_none() && self.0.errand.is_none()
    }

    /// Whether the peer has said that nothing follows, or can say nothing any more, and everything before that was read.
    pub(super) fn at_end(&self, stream_at_end: bool) -> bool {
        match &self.0.session {
            Some(session) => (stream_at_end || session.is_closed_by_peer()) && !session.has_plaintext(),
            None => stream_at_end && self.0.errand.is_none(),
        }
    }

    /// Whether the peer has not said that nothing follows: at an end, anybody on the way may have made that.
    #[cfg(feature = "client")]
    pub(super) fn is_cut_off(&self) -> bool {
        self.0.session.as_ref().is_none_or(|session| !session.is_closed_by_peer())
    }

    /// What of `room` in the stream is left for plaintext. Where it goes in more records than that, the end of the last one waits here.
    pub(super) fn capacity(&self, room: usize) -> usize {
        if self.has_pending() {
            return 0;
        }
        room.saturating_sub((room / RECORD).saturating_add(1).saturating_mul(RECORD_OVERHEAD))
    }

    /// When the record buffers can be given back.
    pub(super) fn park_at(&self) -> Instant {
        match &self.0.session {
            Some(session) if session.is_established() && !session.is_parked() => self.0.used + PARK_AFTER,
            _ => FAR,
        }
    }

    /// Gives them back if it is time for that.
    pub(super) fn park(&mut self, now: Instant) {
        if now < self.park_at() {
            return;
        }
        if let Some(session) = &mut self.0.session
            && !session.park()
        {
            // A part of a record has arrived, or waits to leave.
            self.0.used = now;
        }
    }

    /// The session is over, and its memory free; an alert that it has for the peer is sent if there is room.
    #[cold]
    fn fail(&mut self, shared: &mut Shared, stream: &mut TcpStream, error: Error) {
        log_line!(Info, "TLS failed: {error}");
        Counters::count(&mut shared.counters.tls_failures);
        if error.kind == ErrorKind::NoMemory {
            Counters::count(&mut shared.counters.allocation_failures);
        }
        self.flush(&mut shared.stack, stream);
        #[cfg(feature = "client")]
        {
            self.0.error = Some(error);
        }
        self.0.session = None;
        self.leave_opening(&mut shared.slots);
    }

    fn leave_opening(&mut self, slots: &mut Slots) {
        if core::mem::take(&mut self.0.opening) {
            slots.opening = slots.opening.saturating_sub(1);
            slots.free();
        }
    }

    /// The connection ends.
    pub(super) fn leave(mut self, slots: &mut Slots) {
        self.leave_opening(slots);
        slots.open = slots.open.saturating_sub(1);
        slots.free();
    }
}

const NO_MEMORY: Error = Error { kind: ErrorKind::NoMemory, alert: None, code: 0 };

/// The stream as a session sees it.
struct StreamWire<'w> {
    stack: &'w mut Stack,
    stream: &'w mut TcpStream,
}

impl StreamWire<'_> {
    /// Gives back a segment of which so much was read.
    fn give_back(&mut self, segment: Segment, read: usize) {
        self.stack.enter(|core| {
            self.stream.consumed(core, read);
            match segment.is_empty() {
                true => segment.release(core),
                false => self.stream.restore(core, segment),
            }
        });
    }
}

impl Wire for StreamWire<'_> {
    fn receive(&mut self, buffer: &mut [u8]) -> usize {
        let Ok(Some(mut segment)) = self.stream.receive_in(self.stack).0 else { return 0 };
        let moved = buffer.len().min(segment.bytes().len());
        if let (Some(room), Some(bytes)) = (buffer.get_mut(..moved), segment.bytes().get(..moved)) {
            room.copy_from_slice(bytes);
        }
        segment.advance(moved);
        self.give_back(segment, moved);
        moved
    }

    /// A stream that is gone takes nothing, and is noticed elsewhere.
    fn send(&mut self, bytes: &[u8]) -> usize {
        self.stack.enter(|core| self.stream.write(core, bytes)).unwrap_or(0)
    }
}
