//! The functions that lwIP calls. Each notes a fact, puts the endpoint on the ready list and returns; none runs user code,
//! and none calls back into what it was called from. Where lwIP has a thread, they run in that: what they note they note [exclusively].

use core::ffi::c_void;
use core::ptr::NonNull;

use lwip_sys::{
    ERR_ABRT, ERR_CLSD, ERR_MEM, ERR_OK, ERR_RST, ERR_VAL, ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2,
    PBUF_FLAG_PUSH, PBUF_RAM, PBUF_RAW, TCP_PRIO_NORMAL, TF_ACK_DELAY, TF_ACK_NOW, TIME_WAIT, err_t, pbuf,
    pbuf_alloc, pbuf_copy, pbuf_free, tcp_abort, tcp_arg, tcp_backlog_delayed, tcp_err, tcp_nagle_disable,
    tcp_pcb, tcp_poll, tcp_recv, tcp_sent, tcp_setprio, tcpflags_t, u8_t, u16_t,
};

use super::error::Disconnected;
use super::listener::ListenerRecord;
use super::ready::ReadyList;
use super::record::Record;
use super::token::{Core, exclusively};

/// How often lwIP asks whether a stream that found no memory wants to try again, in half seconds.
const RETRY_INTERVAL: u8_t = 1;

/// Makes a record the `tcp_arg` of its PCB.
///
/// # Safety
///
/// `record` is valid until its PCB is detached or gone, and `pcb` is its PCB.
pub(super) unsafe fn install(_core: &mut Core<'_>, record: NonNull<Record>, pcb: NonNull<tcp_pcb>) {
    let pcb = pcb.as_ptr();
    // SAFETY: `pcb` is valid by contract and no listening PCB (those are smaller); the token says that lwIP may be entered.
    unsafe {
        tcp_arg(pcb, record.as_ptr().cast());
        tcp_recv(pcb, Some(received));
        tcp_sent(pcb, Some(acknowledged));
        tcp_err(pcb, Some(failed));
        // After a close that failed, `detach` had lowered it.
        tcp_setprio(pcb, TCP_PRIO_NORMAL);
        // What is written is complete: it is not to wait for the acknowledgement of what was written before.
        tcp_nagle_disable(pcb);
    }
}

/// Asks lwIP to call again in half a second: memory may have been freed by then, and no acknowledgement will tell.
///
/// # Safety
///
/// `pcb` is valid and belongs to a record.
pub(super) unsafe fn retry_later(_core: &mut Core<'_>, pcb: *mut tcp_pcb) {
    // SAFETY: valid by contract.
    unsafe { tcp_poll(pcb, Some(polled), RETRY_INTERVAL) };
}

/// Bytes came, or the peer's FIN (`chain` is null).
unsafe extern "C" fn received(arg: *mut c_void, pcb: *mut tcp_pcb, chain: *mut pbuf, _err: err_t) -> err_t {
    let record = arg.cast::<Record>();
    // SAFETY: lwIP calls in its core context with the `tcp_arg` that `install` set: a valid record, to which no reference
    // is held while lwIP runs. The pbuf is ours once we return ERR_OK.
    unsafe {
        let mut core = Core::enter();
        if chain.as_ref().is_some_and(|first| first.flags & PBUF_FLAG_PUSH != 0) {
            core.ready(ReadyList::note_pushed);
        }
        match NonNull::new(chain) {
            None => end_of_stream(&mut core, record, pcb),
            Some(_) if may_refuse(pcb) && exclusively(|| (*record).refuses()) => return ERR_MEM,
            Some(chain) => match exclusive(chain) {
                Some(chain) => {
                    exclusively(|| (*record).append(chain));
                    put_off_acknowledgement(record, pcb);
                }
                None if may_refuse(pcb) => return ERR_MEM,
                None => {
                    // Nobody would close the PCB any more, nor free it in CLOSE_WAIT.
                    pbuf_free(chain.as_ptr());
                    Record::detach(record, &mut core, Disconnected::Aborted);
                    tcp_abort(pcb);
                    core.announce(record.cast());
                    return ERR_ABRT;
                }
            },
        }
        core.announce(record.cast());
    }
    ERR_OK
}

/// lwIP is about to acknowledge by a segment of its own, as it does at every second one. The task that takes the bytes will have something to
/// say, and a window to open: [`TcpStream::flush`](super::TcpStream::flush) acknowledges with that. Without it lwIP's fast timer does, in a
/// quarter of a second, as for every acknowledgement that it delays.
unsafe fn put_off_acknowledgement(record: *mut Record, pcb: *mut tcp_pcb) {
    // SAFETY: as in `received`. In other states FIN is on its way, and to be acknowledged at once.
    unsafe {
        let flags = u32::from((*pcb).flags);
        let put_off = &mut (*record).put_off;
        if (*pcb).state == ESTABLISHED && flags & TF_ACK_NOW != 0 && put_off.may_begin() {
            (*pcb).flags = (flags & !TF_ACK_NOW | TF_ACK_DELAY) as tcpflags_t;
            put_off.begin();
        }
    }
}

/// Whether lwIP will offer a refused chain again. Once the peer has ended, the PCB may be freed with all that it holds back,
/// from TIME_WAIT even without a word; so the last chain, which came with the FIN, is taken although the queue is full.
unsafe fn may_refuse(pcb: *mut tcp_pcb) -> bool {
    // SAFETY: lwIP calls with a valid PCB.
    matches!(unsafe { (*pcb).state }, ESTABLISHED | FIN_WAIT_1 | FIN_WAIT_2)
}

/// The peer will send no more. If we have sent FIN too, the PCB is on its way to TIME_WAIT, from where lwIP frees it without a
/// word: it must be forgotten now.
unsafe fn end_of_stream(core: &mut Core<'_>, record: *mut Record, pcb: *mut tcp_pcb) {
    // SAFETY: as in `received`.
    unsafe {
        exclusively(|| (*record).end_of_stream = true);
        if (*record).write_shut || (*pcb).state == TIME_WAIT {
            Record::detach(record, core, Disconnected::Closed);
        }
    }
}

/// The chain itself if nobody else refers to its pbufs, else a copy: a [`Segment`](super::Segment) may be changed in place.
unsafe fn exclusive(chain: NonNull<pbuf>) -> Option<NonNull<pbuf>> {
    // SAFETY: the chain is valid and ends with a null `next`; what was copied is freed once, its copy is ours.
    unsafe {
        let mut pbuf = chain.as_ptr();
        while !pbuf.is_null() {
            if (*pbuf).ref_ != 1 {
                let copy = NonNull::new(pbuf_alloc(PBUF_RAW, chain.as_ref().tot_len, PBUF_RAM))?;
                pbuf_copy(copy.as_ptr(), chain.as_ptr());
                pbuf_free(chain.as_ptr());
                return Some(copy);
            }
            pbuf = (*pbuf).next;
        }
    }
    Some(chain)
}

/// The peer acknowledged bytes: there is room in the send buffer.
unsafe extern "C" fn acknowledged(arg: *mut c_void, pcb: *mut tcp_pcb, _count: u16_t) -> err_t {
    // SAFETY: as in `received`; the PCB is the one whose bytes were acknowledged.
    unsafe {
        stop_probing(pcb);
        wake_writer(arg.cast())
    }
}

/// The same once the PCB is lwIP's alone.
pub(super) unsafe extern "C" fn acknowledged_alone(
    _arg: *mut c_void,
    pcb: *mut tcp_pcb,
    _count: u16_t,
) -> err_t {
    // SAFETY: lwIP calls with a valid PCB.
    unsafe { stop_probing(pcb) };
    ERR_OK
}

/// Stops the probes of a closed window when nothing waits behind it. lwIP does so when it sends, but not when the peer acknowledges what
/// is to be repeated and keeps its window closed: an assertion of lwIP's timer (`persist ticking with empty send buffer`) would then
/// let any peer end the program.
unsafe fn stop_probing(pcb: *mut tcp_pcb) {
    // SAFETY: the callers pass a valid PCB, in the core context.
    unsafe {
        if (*pcb).unsent.is_null() {
            (*pcb).persist_backoff = 0;
        }
    }
}

/// Half a second has passed since memory was short.
unsafe extern "C" fn polled(arg: *mut c_void, pcb: *mut tcp_pcb) -> err_t {
    // SAFETY: as in `received`; the PCB is the one that lwIP polls.
    unsafe {
        tcp_poll(pcb, None, 0);
        wake_writer(arg.cast())
    }
}

unsafe fn wake_writer(record: *mut Record) -> err_t {
    // SAFETY: as in `received`.
    unsafe {
        if exclusively(|| core::mem::take(&mut (*record).wants_write)) {
            Core::enter().announce(record.cast());
        }
    }
    ERR_OK
}

/// lwIP has freed the PCB, or does so right after: this is the one place that forgets it.
unsafe extern "C" fn failed(arg: *mut c_void, err: err_t) {
    let record = arg.cast::<Record>();
    // SAFETY: as in `received`; the PCB is not touched.
    unsafe {
        let why = match err {
            ERR_RST => Disconnected::Reset,
            ERR_CLSD => Disconnected::Closed,
            _ => Disconnected::Aborted,
        };
        exclusively(|| (*record).forget_pcb(why));
        Core::enter().announce(record.cast());
    }
}

/// The peer answered our SYN. A refusal comes to [`failed`].
pub(super) unsafe extern "C" fn connected(arg: *mut c_void, pcb: *mut tcp_pcb, _err: err_t) -> err_t {
    // SAFETY: as in `received`; `install` set the argument before the SYN was sent.
    unsafe {
        lengthen_segments(pcb);
        Core::enter().announce(arg.cast());
    }
    ERR_OK
}

/// What was written before the peer said how long its segments may be is in segments as long as they may be anywhere, 536 bytes (RFC 9293
/// section 3.7.1). If the peer wants shorter ones, lwIP sends those all the same; but its timer asserts, when the window is too small for
/// one, that none is longer than the MSS (`split <= mss`), and that would let a peer end the program.
unsafe fn lengthen_segments(pcb: *mut tcp_pcb) {
    // SAFETY: lwIP calls with a valid PCB, whose segments are valid.
    unsafe {
        let mut segment = (*pcb).unsent;
        while !segment.is_null() {
            (*pcb).mss = (*pcb).mss.max((*segment).len);
            segment = (*segment).next;
        }
    }
}

/// A connection is established, or (`pcb` is null) could not be for want of memory.
pub(super) unsafe extern "C" fn accepted(arg: *mut c_void, pcb: *mut tcp_pcb, err: err_t) -> err_t {
    let listener = arg.cast::<ListenerRecord>();
    // SAFETY: `arg` is the listener's record, which outlives its PCB; the new PCB inherited it as its own argument, which
    // `install` replaces before any callback is set. ERR_MEM and ERR_VAL make lwIP abort the PCB, which has no error callback.
    unsafe {
        let mut core = Core::enter();
        let Some(pcb) = NonNull::new(pcb).filter(|_| err == ERR_OK) else {
            ListenerRecord::note_no_memory(listener, &mut core);
            return ERR_VAL;
        };
        ListenerRecord::forget_gone(listener, &mut core);
        let Ok(record) = wm_sys::heap::try_box(Record::waiting(pcb, (*listener).kept_free)) else {
            tcp_arg(pcb.as_ptr(), core::ptr::null_mut());
            ListenerRecord::note_no_memory(listener, &mut core);
            return ERR_MEM;
        };
        let record = NonNull::from(alloc::boxed::Box::leak(record));
        install(&mut core, record, pcb);
        tcp_backlog_delayed(pcb.as_ptr());
        ListenerRecord::enqueue(listener, &mut core, record);
    }
    ERR_OK
}
