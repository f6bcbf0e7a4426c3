//! The heap record behind a stream's PCB: what lwIP told us, until somebody asks.
//!
//! Invariants:
//! - while `pcb` is not null, it is a valid PCB whose `tcp_arg` is this record and whose callbacks are ours;
//! - the record is freed when its handle is gone *and* `pcb` is null, never before;
//! - a record is reached through raw pointers, and no reference into it is held over a call into lwIP, because that call
//!   may run our callbacks on it.

use alloc::boxed::Box;
use core::ptr::{self, NonNull};

use lwip_sys::{
    PBUF_POOL_BUFSIZE, PBUF_POOL_SIZE, TCP_PRIO_MIN, pbuf, pbuf_free, tcp_arg, tcp_err, tcp_pcb, tcp_poll,
    tcp_recv, tcp_sent, tcp_setprio,
};

use super::callbacks::acknowledged_alone;
use super::error::Disconnected;
use super::put_off::PutOff;
use super::ready::ReadyNode;
use super::segment::Segment;
use super::token::{Core, exclusively};
use crate::lwip::{TCP_MSS, TCP_WND};

/// Pbufs of a segment of the longest kind, where a driver receives into those of the pool.
const PIECES: usize = match (PBUF_POOL_SIZE, PBUF_POOL_BUFSIZE as usize) {
    (0, _) | (_, 0) => 1,
    (_, length) => (TCP_MSS + HEADERS).div_ceil(length),
};

/// Of a received frame: Ethernet's, IPv4's and TCP's.
const HEADERS: usize = 14 + 20 + 20;

/// Pbufs that may wait in one record. The window bounds the bytes; this bounds the overhead when a peer sends many tiny
/// segments: further ones stay with lwIP, which stops the peer.
///
/// Of segments that are not tiny the window fits in twice. lwIP keeps one that finds no room, and drops those behind it: a peer that has filled
/// the window that it was given would have to repeat them for as long as nobody reads, and give up at last.
pub(crate) const MAX_QUEUED_PBUFS: u8 = match (2 * TCP_WND / TCP_MSS).saturating_mul(PIECES) {
    ..16 => 16,
    224.. => 224,
    pbufs => pbufs as u8,
};

/// Places that a connection may not use before it is accepted, where it may have to wait for that: two segments are as much as a client of TLS
/// says first.
pub(super) const KEPT_FREE: u8 = (MAX_QUEUED_PBUFS as usize).saturating_sub(2 * PIECES) as u8;

/// Bytes of a record.
pub(crate) const RECORD_SIZE: usize = size_of::<Record>();

#[repr(C)]
pub(super) struct Record {
    /// First, so that a pointer to the record is a pointer to its node.
    node: ReadyNode,
    /// Null once lwIP has freed the PCB or we have handed it back.
    pub(super) pcb: *mut tcp_pcb,
    /// Received and not yet taken, linked through `pbuf::next`; `tot_len` is meaningless in between.
    received_head: *mut pbuf,
    received_tail: *mut pbuf,
    /// Bytes of the first pbuf that were consumed before it was restored.
    head_offset: u16,
    queued_pbufs: u8,
    /// Why `pcb` is null.
    pub(super) gone: Disconnected,
    /// lwIP holds back a pbuf because the queue was full.
    pub(super) refused: bool,
    /// The peer sent FIN.
    pub(super) end_of_stream: bool,
    /// We sent FIN.
    pub(super) write_shut: bool,
    /// Someone waits for room in the send buffer.
    pub(super) wants_write: bool,
    /// The acknowledgement of what was received, if lwIP would have sent one.
    pub(super) put_off: PutOff,
    /// The accept queue while the record has no handle, the graveyard once it has none any more. Last: bytes within 32 of the start are
    /// reached by short Thumb instructions.
    pub(super) sibling: *mut Record,
}

impl Record {
    pub(super) fn new(pcb: NonNull<tcp_pcb>) -> Self {
        Record {
            node: ReadyNode::new(),
            pcb: pcb.as_ptr(),
            received_head: ptr::null_mut(),
            received_tail: ptr::null_mut(),
            sibling: ptr::null_mut(),
            head_offset: 0,
            queued_pbufs: 0,
            gone: Disconnected::Closed,
            refused: false,
            end_of_stream: false,
            write_shut: false,
            wants_write: false,
            put_off: PutOff::default(),
        }
    }

    /// Of a connection that is still to be accepted, which may use all places but these until then.
    pub(super) fn waiting(pcb: NonNull<tcp_pcb>, kept_free: u8) -> Self {
        Record { queued_pbufs: kept_free, ..Record::new(pcb) }
    }

    /// It is accepted, and may use these too.
    pub(super) fn free_places(&mut self, kept_free: u8) {
        self.queued_pbufs = self.queued_pbufs.saturating_sub(kept_free);
    }

    /// The record's place on the ready list.
    pub(super) fn node(record: NonNull<Record>) -> *mut ReadyNode {
        record.as_ptr().cast()
    }

    fn has_room(&self) -> bool {
        self.queued_pbufs < MAX_QUEUED_PBUFS
    }

    /// Whether the queue is full, and lwIP has to hold back what came.
    pub(super) fn refuses(&mut self) -> bool {
        let is_full = !self.has_room();
        self.refused |= is_full;
        is_full
    }

    /// Whether there is room again for what lwIP holds back; it is then to be offered.
    pub(super) fn wants_refused(&mut self) -> bool {
        self.has_room() && core::mem::take(&mut self.refused)
    }

    /// What was received first, and why there is nothing more to come. An orderly end is no error.
    pub(super) fn receive(&mut self) -> Result<Option<Segment>, Disconnected> {
        match self.take() {
            Some(segment) => Ok(Some(segment)),
            None if self.pcb.is_null() && !self.end_of_stream => Err(self.gone),
            None => Ok(None),
        }
    }

    /// Whether the peer has ended, and everything before that was taken.
    pub(super) fn is_at_end(&self) -> bool {
        self.end_of_stream && !self.has_received()
    }

    /// Why there is no PCB, if there is none.
    pub(super) fn disconnected(&self) -> Option<Disconnected> {
        self.pcb.is_null().then_some(self.gone)
    }

    /// Whether something was received that was not taken yet, or there is an end.
    pub(super) fn has_news(&self) -> bool {
        self.has_received() || self.end_of_stream || self.pcb.is_null()
    }

    /// The PCB is lwIP's alone, or freed. Returns what it was.
    pub(super) fn forget_pcb(&mut self, why: Disconnected) -> Option<NonNull<tcp_pcb>> {
        let pcb = NonNull::new(core::mem::replace(&mut self.pcb, ptr::null_mut()))?;
        self.gone = why;
        Some(pcb)
    }

    /// Appends a chain of pbufs, whose ownership passes to the record.
    ///
    /// # Safety
    ///
    /// Each pbuf of the chain has reference count 1 and belongs to the caller.
    pub(super) unsafe fn append(&mut self, chain: NonNull<pbuf>) {
        let mut last = chain.as_ptr();
        let mut count: u8 = 1;
        // SAFETY: a chain given by lwIP ends with a null `next`; `received_tail` is owned by the record.
        unsafe {
            while !(*last).next.is_null() {
                last = (*last).next;
                count = count.saturating_add(1);
            }
            if self.received_tail.is_null() {
                self.received_head = chain.as_ptr();
            } else {
                (*self.received_tail).next = chain.as_ptr();
            }
        }
        self.received_tail = last;
        self.queued_pbufs = self.queued_pbufs.saturating_add(count);
    }

    /// Takes the oldest pbuf that holds bytes.
    pub(super) fn take(&mut self) -> Option<Segment> {
        let first = NonNull::new(self.received_head)?;
        let offset = core::mem::take(&mut self.head_offset);
        // SAFETY: the record owns its chain, each pbuf with reference count 1 (`append`); unlinked, the pbuf is the
        // segment's alone, and its `tot_len` is made true again.
        unsafe {
            let pbuf = first.as_ptr();
            self.received_head = (*pbuf).next;
            if self.received_head.is_null() {
                self.received_tail = ptr::null_mut();
            }
            (*pbuf).next = ptr::null_mut();
            (*pbuf).tot_len = (*pbuf).len;
            self.queued_pbufs = self.queued_pbufs.saturating_sub(1);
            Some(Segment::from_raw(first, offset))
        }
    }

    /// Puts a segment back in front.
    pub(super) fn put_back(&mut self, segment: Segment) {
        let (pbuf, offset) = segment.into_raw();
        // SAFETY: the pbuf was the segment's alone and is unlinked.
        unsafe { (*pbuf.as_ptr()).next = self.received_head };
        if self.received_head.is_null() {
            self.received_tail = pbuf.as_ptr();
        }
        self.received_head = pbuf.as_ptr();
        self.head_offset = offset;
        self.queued_pbufs = self.queued_pbufs.saturating_add(1);
    }

    pub(super) fn has_received(&self) -> bool {
        !self.received_head.is_null()
    }

    /// Takes our callbacks off the PCB, all that know the record, and returns it: it is then lwIP's alone. What closes by itself gets the lowest
    /// priority: when PCBs run out, lwIP gives it up for a new connection, rather than refuse that.
    ///
    /// # Safety
    ///
    /// `record` is valid, and no reference to it is held.
    pub(super) unsafe fn detach(
        record: *mut Record,
        _core: &mut Core<'_>,
        why: Disconnected,
    ) -> Option<NonNull<tcp_pcb>> {
        // SAFETY: valid by contract. The PCB was valid (record invariant) and the token says that lwIP may be entered.
        unsafe {
            let pcb = exclusively(|| (*record).forget_pcb(why))?;
            tcp_arg(pcb.as_ptr(), ptr::null_mut());
            tcp_recv(pcb.as_ptr(), None);
            tcp_sent(pcb.as_ptr(), Some(acknowledged_alone));
            tcp_err(pcb.as_ptr(), None);
            tcp_poll(pcb.as_ptr(), None, 0);
            tcp_setprio(pcb.as_ptr(), TCP_PRIO_MIN);
            Some(pcb)
        }
    }

    /// Frees the record and what it has received.
    ///
    /// # Safety
    ///
    /// `record` came from `Box::into_raw`, its PCB is detached or gone, and no handle points to it.
    pub(super) unsafe fn free(core: &mut Core<'_>, record: NonNull<Record>) {
        // SAFETY: by contract the record is valid and nobody else points to it; it leaves the ready list first.
        unsafe {
            core.ready(|list| list.remove(Record::node(record)));
            let record = Box::from_raw(record.as_ptr());
            let mut next = record.received_head;
            while !next.is_null() {
                let pbuf = next;
                next = (*pbuf).next;
                (*pbuf).next = ptr::null_mut();
                pbuf_free(pbuf);
            }
        }
    }
}
