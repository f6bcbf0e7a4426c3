//! What of the heap a context needs, known when the firmware is compiled.

use alloc::vec::Vec;
use core::mem::size_of;

use wm_sys::heap::{self, OutOfMemory};

use lwip_sys::{
    MEMP_NUM_TCP_PCB, TCP_OOSEQ_MAX_BYTES, TCP_OOSEQ_MAX_PBUFS, TCP_OVERSIZE, TCP_QUEUE_OOSEQ,
    TCP_SND_QUEUELEN, pbuf, tcp_pcb, tcp_seg,
};

use super::connection::Connection;
use super::limits::Limits;
use super::send_queue::SendQueue;
use super::table::Table;
use super::transport::Joint;
use crate::lwip::{TCP_SND_BUF, TCP_WND};
use crate::net::{MAX_QUEUED_PBUFS, RECORD_SIZE};

/// Bytes of heap that a context with certain [`Limits`] takes at most, lwIP's included: bounds, whatever peers do.
///
/// Not in it: what the application allocates, its handlers, sessions and routes among it, the certificates, what clients keep to
/// resume sessions of TLS, and the interface, which is half a kilobyte with DHCP. For each block of memory 16 bytes are counted for the
/// allocator. A connection that was closed while its peer takes nothing counts as a busy one until lwIP gives it up.
///
/// ```
/// use wm_websockets::server::Limits;
///
/// const LIMITS: Limits = Limits {
///     connections: 16,
///     message: 4096,
///     queue: 4096,
///     body: 4096,
/// #   #[cfg(feature = "security-tls12")]
///     tls_connections: 0,
///     ..Limits::DEFAULT
/// };
/// // Sixteen clients, of which two are at their worst at the same time: does it fit? The compiler says so.
/// const _: () = assert!(LIMITS.memory().total(2) <= 160 * 1024);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// From the start.
    pub start: usize,
    /// Of each connection that is idle, an open WebSocket for example.
    pub idle: usize,
    /// Of one in the worst case: its window full of segments of a byte and out of order, a message half assembled, and all that may wait for a
    /// peer that takes nothing.
    pub busy: usize,
    /// Of each connection that lwIP remembers (TIME_WAIT), or that was not accepted yet: there are as many as it has PCBs for.
    pub ended: usize,
    /// Of each client of ours, beside its connection.
    pub client: usize,
    /// Pairs of record buffers that are reserved from the start for handshakes, what those take beside, and where records are put together.
    pub tls_start: usize,
    /// Of each TLS connection that is idle, above a plain one.
    pub tls_idle: usize,
    /// Of a TLS connection that is active, above an idle one.
    pub tls_busy: usize,
    connections: usize,
    clients: usize,
    tls_connections: usize,
}

impl Memory {
    /// All connections open, and so many of them at their worst at the same time. Of those that speak TLS, the busy ones count first.
    pub const fn total(&self, busy: u16) -> usize {
        let busy = least(busy as usize, self.connections);
        let idle = self.connections.saturating_mul(self.idle);
        let above = busy.saturating_mul(self.busy.saturating_sub(self.idle));
        let ended = (MEMP_NUM_TCP_PCB as usize).saturating_sub(self.connections).saturating_mul(self.ended);
        let clients = self.clients.saturating_mul(self.client);
        let plain = self.start.saturating_add(idle).saturating_add(above).saturating_add(ended);
        let secure = self.tls_connections.saturating_mul(self.tls_idle);
        let active = least(busy, self.tls_connections).saturating_mul(self.tls_busy);
        plain
            .saturating_add(clients)
            .saturating_add(self.tls_start)
            .saturating_add(secure)
            .saturating_add(active)
    }
}

/// What an allocator takes for each block, its length rounded up.
pub(crate) const BLOCK: usize = 16;

/// In front of what a pbuf carries: Ethernet, IP with options or IPv6, TCP with options.
const HEADERS: usize = 14 + 60 + 60;

const PBUF: usize = size_of::<pbuf>() + HEADERS + BLOCK;
const SEGMENT: usize = size_of::<tcp_seg>() + BLOCK;
const ENDED: usize = size_of::<tcp_pcb>() + RECORD_SIZE + 2 * BLOCK;
const IDLE: usize = size_of::<Connection>() + BLOCK + ENDED;

/// Pbufs out of order that lwIP keeps of one peer, whose window can be full of single bytes if nothing else is said.
const OUT_OF_ORDER: usize = match (TCP_QUEUE_OOSEQ, TCP_OOSEQ_MAX_PBUFS, TCP_OOSEQ_MAX_BYTES as usize) {
    (0, ..) => 0,
    (_, 0, 0) => TCP_WND,
    (_, 0, bytes) => least(bytes, TCP_WND),
    (_, pbufs, _) => pbufs as usize,
};

/// What lwIP and a record hold of a peer that sends what it may; one pbuf waits in lwIP when the record is full.
const RECEIVED: usize = TCP_WND + (MAX_QUEUED_PBUFS as usize + 1) * PBUF + OUT_OF_ORDER * (PBUF + SEGMENT);

/// What lwIP holds for a peer that acknowledges nothing.
const SENT: usize = TCP_SND_BUF + TCP_SND_QUEUELEN as usize * (PBUF + SEGMENT + TCP_OVERSIZE as usize);

/// In the table, and its generation for other tasks.
const PLACE: usize = Table::PLACE + size_of::<u32>();

/// A letter, a timer or a client of ours without what belongs to the application, at most, in words.
const LETTER: usize = 8;
const TIMER: usize = 8;
const CLIENT: usize = 80;
const WORD: usize = size_of::<usize>();

/// A control frame in pieces, a head's fields, and other small things of one connection.
const SMALL: usize = 512;

impl Limits {
    /// What these limits come to in memory.
    pub const fn memory(&self) -> Memory {
        let places = (self.connections as usize).saturating_add(self.lingering as usize);
        let (tls_start, tls_connections) = self.tls();
        Memory {
            start: self.start(places),
            idle: IDLE,
            busy: self.busy(),
            ended: ENDED,
            client: CLIENT * WORD,
            tls_start,
            tls_idle: TLS_IDLE,
            tls_busy: RECORDS,
            connections: places,
            #[cfg(feature = "client")]
            clients: self.clients as usize,
            #[cfg(not(feature = "client"))]
            clients: 0,
            tls_connections,
        }
    }

    /// The most bytes that can be sent at once: with nothing else on the way.
    pub(super) const fn longest_sent(&self) -> usize {
        self.queue.saturating_add(TCP_SND_BUF)
    }

    const fn start(&self, places: usize) -> usize {
        let table = places.saturating_mul(PLACE);
        let letters = self.mailbox.saturating_mul(LETTER * WORD);
        let timers = self.timers.saturating_mul(TIMER * WORD + BLOCK);
        table
            .saturating_add(letters)
            .saturating_add(timers)
            .saturating_add(self.response_head)
            .saturating_add(Joint::SIZE + SMALL + 8 * BLOCK)
    }

    const fn busy(&self) -> usize {
        let body = if self.body > usize::MAX as u64 { usize::MAX } else { self.body as usize };
        let most = greatest(self.head.head, greatest(self.message, body));
        // While it grows it is there twice. Nothing is read while the queue has something, which may have been compressed; what the
        // application sends by itself may be longer than what is received.
        let growing = most.saturating_mul(2);
        let sent = greatest(most, self.longest_sent());
        let compressed = if cfg!(feature = "deflate") { sent.saturating_add(4_096) } else { 0 };
        let telling = most.saturating_add(compressed).saturating_add(SendQueue::most(self.queue, BLOCK));
        // An answer of HTTP may wait as a whole behind the one before, which lwIP has: it comes at once, and so in pieces as long as they can be.
        let answering = most.saturating_add(SendQueue::most_at_once(self.longest_sent(), BLOCK));
        let own = greatest(growing, greatest(telling, answering)).saturating_add(SMALL);
        own.saturating_add(IDLE + RECEIVED + SENT)
    }

    /// What is reserved for handshakes, and for how many connections.
    #[cfg(feature = "security-tls12")]
    const fn tls(&self) -> (usize, usize) {
        if self.tls_connections == 0 {
            return (0, 0);
        }
        let handshakes = (self.tls_handshakes as usize).saturating_mul(RECORDS + HANDSHAKE);
        (handshakes.saturating_add(ENGINE + Joint::SECURE_SIZE + BLOCK), self.tls_connections as usize)
    }

    #[cfg(not(feature = "security-tls12"))]
    const fn tls(&self) -> (usize, usize) {
        (0, 0)
    }
}

/// Of Mbed TLS, measured, for it does not say: a session without its record buffers, a handshake, what all sessions share. A word of
/// this machine makes the difference.
#[cfg(feature = "security-tls12")]
const TLS_IDLE: usize = if WORD == 4 { 1_900 } else { 2_800 };
#[cfg(feature = "security-tls12")]
const HANDSHAKE: usize = 4_096 * WORD;
#[cfg(feature = "security-tls12")]
const ENGINE: usize = 1_536 * WORD;
/// Both record buffers of a session.
#[cfg(feature = "security-tls12")]
const RECORDS: usize = crate::tls::RECORD_BUFFERS + 2 * BLOCK;

#[cfg(not(feature = "security-tls12"))]
const TLS_IDLE: usize = 0;
#[cfg(not(feature = "security-tls12"))]
const RECORDS: usize = 0;

/// Appends to what is collected, of `limit` bytes at most. It is copied to twice the room when there is none left, as a vector does by itself,
/// but to no more than the limit: then both together are what [`Limits::memory`] says.
pub(super) fn extend(bytes: &mut Vec<u8>, more: &[u8], limit: usize) -> Result<(), OutOfMemory> {
    let size = bytes.len().saturating_add(more.len());
    if size > bytes.capacity() {
        let room = bytes.capacity().saturating_mul(2).min(limit).max(size);
        bytes.try_reserve_exact(room.saturating_sub(bytes.len())).map_err(|_| OutOfMemory)?;
    }
    heap::try_extend(bytes, more)
}

const fn least(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

const fn greatest(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}
