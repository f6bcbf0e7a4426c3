//! A TCP connection.

mod append;
mod aside;

use core::marker::PhantomData;
use core::mem;
use core::net::SocketAddr;
use core::ptr::NonNull;
use core::time::Duration;

use lwip_sys::{
    ERR_OK, TCP_WRITE_FLAG_COPY, TCP_WRITE_FLAG_MORE, TF_ACK_DELAY, TF_ACK_NOW, tcp_abort,
    tcp_keepalive_disable, tcp_keepalive_enable, tcp_output, tcp_pcb, tcp_process_refused_data, tcp_recved,
    tcp_write_room, tcpflags_t,
};

use super::address;
use super::callbacks;
use super::error::{Disconnected, WriteError};
use super::fin;
use super::graveyard;
use super::ready::Key;
use super::record::Record;
use super::segment::Segment;
use super::token::Core;
use append::append;

/// When lwIP looks whether an idle peer is still there. Neither the silence before the first probe nor all probes together take longer than
/// 24 days.
///
/// ```
/// use core::time::Duration;
/// use wm_websockets::net::Keepalive;
/// let patient = Keepalive { idle: Duration::from_secs(600), ..Keepalive::default() };
/// # assert_eq!(patient.probes, 5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keepalive {
    /// Silence before the first probe.
    pub idle: Duration,
    /// Time between probes; lwIP's timer is good to half a second.
    pub interval: Duration,
    /// Unanswered probes after which the connection is [aborted](Disconnected::Aborted).
    pub probes: u8,
}

/// In milliseconds, before the first probe and for all of them: 24 days.
const LONGEST_SILENCE: u32 = u32::MAX / 2;

impl Default for Keepalive {
    /// One minute of silence, then 5 probes 10 s apart.
    fn default() -> Self {
        Keepalive { idle: Duration::from_secs(60), interval: Duration::from_secs(10), probes: 5 }
    }
}

/// A TCP connection, accepted by a [`TcpListener`](super::TcpListener) or begun by [`connect`](Self::connect).
///
/// Reading and writing never block: they take what is there and say how much that was. A stream that lost its connection keeps
/// what was received before; [`receive`](Self::receive) hands that out first. Dropping the handle closes the connection, when
/// the stack is next polled; a stream with unread bytes is reset, as RFC 9293 section 3.6.1 asks.
#[derive(Debug)]
pub struct TcpStream {
    record: NonNull<Record>,
    not_send: PhantomData<*mut ()>,
}

// SAFETY: what it leads to is reached with a token or through the stack, one at a time, from whichever thread; without either it can only be
// dropped, into lists that a critical section guards.
#[cfg(core_context = "message")]
unsafe impl Send for TcpStream {}

impl TcpStream {
    /// # Safety
    ///
    /// `record` is valid, and this becomes its only handle.
    pub(super) unsafe fn from_record(record: NonNull<Record>) -> Self {
        TcpStream { record, not_send: PhantomData }
    }

    /// Names the stream: [`Stack::next_ready`](super::Stack::next_ready) reports `key` when there is something to receive, room to
    /// write after a write that took less than all, or an end.
    pub fn set_key(&mut self, core: &mut Core<'_>, key: Key) {
        // SAFETY: the record is valid while the handle exists, and leaves the list before it is freed.
        unsafe { core.name(Record::node(self.record), key) };
    }

    /// Takes the oldest received segment. `Ok(None)`: nothing now, the stream will be ready when there is;
    /// see [`at_end`](Self::at_end).
    pub fn receive(&mut self, core: &mut Core<'_>) -> Result<Option<Segment>, Disconnected> {
        let record = self.record.as_ptr();
        // SAFETY: the record is valid while the handle exists; the token excludes the callbacks; the borrow ends before lwIP is entered.
        let (received, refused) = unsafe { ((*record).receive(), (*record).wants_refused()) };
        if refused {
            self.offer_again(core);
        }
        received
    }

    /// Lets lwIP offer again what the full record refused.
    fn offer_again(&self, _core: &mut Core<'_>) {
        let Some(pcb) = self.pcb() else { return };
        // SAFETY: the PCB is valid; no reference to its record is held. lwIP looks itself whether there is anything to offer,
        // and a PCB that it frees meanwhile is reported to `tcp_err`.
        unsafe {
            if !pcb.as_ref().refused_data.is_null() {
                tcp_process_refused_data(pcb.as_ptr());
            }
        }
    }

    /// Whether [`receive`](Self::receive) or [`at_end`](Self::at_end) has something to say at once. If not, the stream will be ready when
    /// that changes.
    pub fn has_news(&self, _core: &mut Core<'_>) -> bool {
        // SAFETY: the record is valid while the handle exists; the token excludes the callbacks.
        unsafe { (*self.record.as_ptr()).has_news() }
    }

    /// Puts back a segment that could not be used up: the next [`receive`](Self::receive) returns its rest.
    pub fn restore(&mut self, _core: &mut Core<'_>, segment: Segment) {
        // SAFETY: the record is valid while the handle exists; the token excludes the callbacks.
        unsafe { (*self.record.as_ptr()).put_back(segment) };
    }

    /// Opens the peer's window by `count` bytes that were received and are no longer needed.
    ///
    /// Bytes that are not reported stay in the window: a reader that stops stops the peer.
    pub fn consumed(&mut self, _core: &mut Core<'_>, count: usize) {
        let Some(pcb) = self.pcb() else { return };
        let mut rest = count.min(crate::lwip::TCP_WND);
        while rest > 0 {
            let step = rest.min(usize::from(u16::MAX));
            // SAFETY: the PCB is valid (record invariant), the token says that lwIP may be entered.
            unsafe { tcp_recved(pcb.as_ptr(), step as u16) };
            rest = rest.saturating_sub(step);
        }
    }

    /// Whether the peer has sent FIN and everything before it was received.
    pub fn at_end(&self, _core: &mut Core<'_>) -> bool {
        // SAFETY: the record is valid while the handle exists; the token excludes the callbacks.
        unsafe { (*self.record.as_ptr()).is_at_end() }
    }

    /// Why the connection is gone, if it is.
    pub fn disconnected(&self, _core: &mut Core<'_>) -> Option<Disconnected> {
        // SAFETY: as in `at_end`.
        unsafe { (*self.record.as_ptr()).disconnected() }
    }

    /// Copies bytes into the send buffer and says how many it took: less than all when the buffer is full or memory is short,
    /// and then the stream is ready again when there is room. [`flush`](Self::flush) sends them.
    pub fn write(&mut self, core: &mut Core<'_>, bytes: &[u8]) -> Result<usize, WriteError> {
        self.enqueue(core, bytes, TCP_WRITE_FLAG_COPY)
    }

    /// [`write`](Self::write), with the word that more follows at once: lwIP then neither sets PSH nor cuts the segment short.
    pub fn write_more(&mut self, core: &mut Core<'_>, bytes: &[u8]) -> Result<usize, WriteError> {
        self.enqueue(core, bytes, TCP_WRITE_FLAG_COPY | TCP_WRITE_FLAG_MORE)
    }

    /// [`write`](Self::write) without a copy: lwIP refers to the bytes until they are acknowledged, which `'static` allows.
    pub fn write_static(&mut self, core: &mut Core<'_>, bytes: &'static [u8]) -> Result<usize, WriteError> {
        self.enqueue(core, bytes, 0)
    }

    fn enqueue(&mut self, core: &mut Core<'_>, bytes: &[u8], flags: u8) -> Result<usize, WriteError> {
        let pcb = self.writable_pcb()?;
        let mut rest = bytes;
        while !rest.is_empty() {
            let step = append(core, pcb, rest, flags);
            if step == 0 {
                self.notify_writable(core);
                break;
            }
            rest = rest.get(step..).unwrap_or_default();
        }
        Ok(bytes.len().saturating_sub(rest.len()))
    }

    /// Sends what was written, as far as the peer's window allows, and with it or without acknowledges what was received. Nagle's algorithm
    /// is off unless [`set_nagle`](Self::set_nagle) turned it on.
    ///
    /// To be called when what has come was dealt with, also if that gave no answer: several segments are acknowledged by one. Without it
    /// lwIP acknowledges later, within a quarter of a second. Where that once took longer than 50 ms, lwIP acknowledges by itself from then
    /// on, so that no peer repeats what has arrived.
    pub fn flush(&mut self, _core: &mut Core<'_>) {
        let Some(pcb) = self.pcb() else { return };
        // SAFETY: record and PCB are valid while the handle exists, the token excludes the callbacks and says that lwIP may be entered. A
        // failure is a want of memory, after which lwIP's own timer sends.
        unsafe {
            let is_due = (*self.record.as_ptr()).put_off.end();
            let flags = u32::from(pcb.as_ref().flags);
            // Unless a segment has gone out since, and acknowledged everything.
            if is_due && flags & TF_ACK_DELAY != 0 {
                (*pcb.as_ptr()).flags = (flags | TF_ACK_NOW) as tcpflags_t;
            }
            tcp_output(pcb.as_ptr());
        }
    }

    /// Bytes that [`write`](Self::write) would take now, memory permitting.
    pub fn send_capacity(&self, _core: &mut Core<'_>) -> usize {
        // SAFETY: a PCB in a record is valid, and the token says that lwIP may be entered.
        self.writable_pcb().map_or(0, |pcb| unsafe { usize::from(tcp_write_room(pcb.as_ptr())) })
    }

    /// Bytes that the send buffer has room for, whatever else bounds what is taken now.
    pub(crate) fn send_buffer(&self, _core: &mut Core<'_>) -> usize {
        // SAFETY: as above.
        self.writable_pcb().map_or(0, |pcb| unsafe { pcb.as_ref().snd_buf as usize })
    }

    /// Asks to be ready when the peer acknowledges something, or in half a second if nothing is in flight.
    pub fn notify_writable(&mut self, core: &mut Core<'_>) {
        let Some(pcb) = self.pcb() else { return };
        // SAFETY: record and PCB are valid while the handle exists.
        unsafe {
            (*self.record.as_ptr()).wants_write = true;
            callbacks::retry_later(core, pcb.as_ptr());
        }
    }

    /// Puts the stream on the ready list, as if something had happened to it.
    pub fn wake(&mut self, core: &mut Core<'_>) {
        // SAFETY: the record is valid while the handle exists, and leaves the list before it is freed.
        unsafe { core.announce(Record::node(self.record)) };
    }

    /// Sends FIN after everything written. Receiving goes on until the peer ends too; set a deadline, for lwIP sets none.
    ///
    /// [`WriteError::NoMemory`]: nothing happened, try again when the stream is ready.
    pub fn shutdown_write(&mut self, core: &mut Core<'_>) -> Result<(), WriteError> {
        let pcb = self.writable_pcb()?;
        // SAFETY: the PCB is valid (record invariant), the token says that lwIP may be entered.
        let result = unsafe { fin::send(pcb) };
        if result != ERR_OK {
            self.notify_writable(core);
            return Err(WriteError::NoMemory);
        }
        // SAFETY: the record is valid; lwIP has returned. With both FINs under way the PCB ends in LAST_ACK or TIME_WAIT, and
        // lwIP frees it there without telling: it is lwIP's from here.
        unsafe {
            let record = self.record.as_ptr();
            (*record).write_shut = true;
            if (*record).end_of_stream {
                Record::detach(record, core, Disconnected::Closed);
            }
        }
        Ok(())
    }

    /// Closes both directions. Unread bytes make it a reset. On [`WriteError::NoMemory`] the stream comes back: try again when
    /// it is ready, or [`abort`](Self::abort).
    pub fn close(self, core: &mut Core<'_>) -> Result<(), (TcpStream, WriteError)> {
        let record = self.record;
        mem::forget(self);
        // SAFETY: the handle is gone: this is the record's one owner, or a new handle is on failure.
        unsafe {
            if let Err(error) = close(core, record) {
                let mut stream = TcpStream::from_record(record);
                stream.notify_writable(core);
                return Err((stream, error));
            }
            Record::free(core, record);
            Ok(())
        }
    }

    /// Sends RST and forgets what was not sent.
    pub fn abort(self, core: &mut Core<'_>) {
        let record = self.record;
        mem::forget(self);
        // SAFETY: the handle is gone: this is the record's one owner.
        unsafe { abort(core, record) };
    }

    /// Switches Nagle's algorithm (RFC 9293 section 3.7.4). New streams have it off: an answer should not wait for the
    /// acknowledgement of the one before.
    pub fn set_nagle(&mut self, _core: &mut Core<'_>, on: bool) {
        let Some(pcb) = self.pcb() else { return };
        // SAFETY: the PCB is valid (record invariant).
        unsafe {
            if on {
                lwip_sys::tcp_nagle_enable(pcb.as_ptr())
            } else {
                lwip_sys::tcp_nagle_disable(pcb.as_ptr())
            }
        };
    }

    /// Switches keep-alive probes (RFC 9293 section 3.8.4), off at first.
    pub fn set_keepalive(&mut self, _core: &mut Core<'_>, keepalive: Option<Keepalive>) {
        let Some(pcb) = self.pcb() else { return };
        // SAFETY: the PCB is valid (record invariant), the token excludes lwIP's timers.
        unsafe {
            match keepalive {
                None => tcp_keepalive_disable(pcb.as_ptr()),
                Some(Keepalive { idle, interval, probes }) => {
                    // lwIP adds up what all probes take, in 32 bits.
                    let probes = u32::from(probes);
                    let longest = LONGEST_SILENCE.checked_div(probes).unwrap_or(LONGEST_SILENCE);
                    let idle = milliseconds(idle).min(LONGEST_SILENCE);
                    let interval = milliseconds(interval).min(longest);
                    tcp_keepalive_enable(pcb.as_ptr(), idle, interval, probes);
                }
            }
        }
    }

    /// The peer's address and port; `None` once the connection is gone.
    pub fn peer_address(&self, _core: &mut Core<'_>) -> Option<SocketAddr> {
        // SAFETY: the PCB is valid (record invariant).
        self.pcb().map(|pcb| unsafe {
            SocketAddr::new(address::from_lwip(&pcb.as_ref().remote_ip), pcb.as_ref().remote_port)
        })
    }

    /// The local address and port; `None` once the connection is gone.
    pub fn local_address(&self, _core: &mut Core<'_>) -> Option<SocketAddr> {
        // SAFETY: the PCB is valid (record invariant).
        self.pcb().map(|pcb| unsafe {
            SocketAddr::new(address::from_lwip(&pcb.as_ref().local_ip), pcb.as_ref().local_port)
        })
    }

    pub(super) fn pcb(&self) -> Option<NonNull<tcp_pcb>> {
        // SAFETY: the record is valid while the handle exists.
        NonNull::new(unsafe { (*self.record.as_ptr()).pcb })
    }

    fn writable_pcb(&self) -> Result<NonNull<tcp_pcb>, WriteError> {
        // SAFETY: the record is valid while the handle exists.
        let (write_shut, gone) =
            unsafe { ((*self.record.as_ptr()).write_shut, (*self.record.as_ptr()).gone) };
        match self.pcb() {
            _ if write_shut => Err(WriteError::ShutDown),
            Some(pcb) => Ok(pcb),
            None => Err(WriteError::Disconnected(gone)),
        }
    }
}

impl Drop for TcpStream {
    #[inline(never)]
    fn drop(&mut self) {
        graveyard::bury_stream(self.record);
    }
}

/// Closes a stream that lost its handle; resets it where lwIP has no memory for a FIN.
///
/// # Safety
///
/// `record` is valid and has no handle.
pub(super) unsafe fn close_or_abort(core: &mut Core<'_>, record: NonNull<Record>) {
    // SAFETY: by contract.
    unsafe {
        match close(core, record) {
            Ok(()) => Record::free(core, record),
            Err(_) => abort(core, record),
        }
    }
}

/// After it the PCB is lwIP's alone. On failure it is still ours, callbacks and all.
unsafe fn close(core: &mut Core<'_>, record: NonNull<Record>) -> Result<(), WriteError> {
    // SAFETY: the record is valid and, while its PCB is not null, so is that. Callbacks are detached before the call, because
    // `tcp_close` frees a PCB with unread data at once, and installed again if it fails.
    unsafe {
        let Some(pcb) = Record::detach(record.as_ptr(), core, Disconnected::Closed) else { return Ok(()) };
        if fin::close(pcb) == ERR_OK {
            return Ok(());
        }
        (*record.as_ptr()).pcb = pcb.as_ptr();
        callbacks::install(core, record, pcb);
    }
    Err(WriteError::NoMemory)
}

unsafe fn abort(core: &mut Core<'_>, record: NonNull<Record>) {
    // SAFETY: as in `close`; detached first, because `tcp_abort` calls `tcp_err`.
    unsafe {
        if let Some(pcb) = Record::detach(record.as_ptr(), core, Disconnected::Aborted) {
            tcp_abort(pcb.as_ptr());
        }
        Record::free(core, record);
    }
}

fn milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}
