//! The FIN of a connection, behind everything written.
//!
//! lwIP puts it on the last segment that has not left yet. Where the peer's window is smaller than that segment, the persist timer cuts it
//! (`tcp_split_unsent_seg`), and in lwIP 2.1.3 to 2.2.1 the first part keeps the FIN: the peer takes the connection for ended before it has
//! the rest. So the FIN of such a segment is queued as a segment of its own, which is never cut.

use core::ptr::NonNull;

use lwip_sys::{
    CLOSE_WAIT, ERR_MEM, ERR_OK, ESTABLISHED, TCP_FIN, TCP_RST, TCP_SYN, TF_CLOSEPEND, err_t, tcp_close,
    tcp_pcb, tcp_seg, tcp_shutdown, tcpflags_t, u16_t, u32_t,
};

use crate::lwip::TCP_WND;

/// `tcp_shutdown` of the sending side. An error: nothing has happened.
///
/// # Safety
///
/// lwIP may be entered, and the PCB is valid.
pub(super) unsafe fn send(pcb: NonNull<tcp_pcb>) -> err_t {
    // SAFETY: by contract. The segment that is marked is beyond the peer's window, so it neither leaves nor is freed until the mark is
    // taken off; and a PCB whose sending side alone is shut stays.
    unsafe {
        let last = last_beyond_window(pcb);
        // A segment with RST gets no FIN (`tcp_send_fin`).
        toggle(last, TCP_RST);
        let result = tcp_shutdown(pcb.as_ptr(), 0, 1);
        toggle(last, TCP_RST);
        // Without memory for it lwIP says that all is well, and tries again by itself: on the segment that is no longer marked.
        let flags = u32::from(pcb.as_ref().flags);
        if last.is_some() && flags & TF_CLOSEPEND != 0 {
            (*pcb.as_ptr()).flags = (flags & !TF_CLOSEPEND) as tcpflags_t;
            return ERR_MEM;
        }
        result
    }
}

/// `tcp_close`, which resets a connection that has unread bytes.
///
/// # Safety
///
/// lwIP may be entered, and the PCB is valid; if this succeeds it is lwIP's alone.
pub(super) unsafe fn close(pcb: NonNull<tcp_pcb>) -> err_t {
    // SAFETY: by contract.
    unsafe {
        if last_beyond_window(pcb).is_some() && !has_unread(pcb) {
            let result = send(pcb);
            if result != ERR_OK {
                return result;
            }
        }
        tcp_close(pcb.as_ptr())
    }
}

/// The last segment of an open connection, if it is one of data that the peer has no window for.
unsafe fn last_beyond_window(pcb: NonNull<tcp_pcb>) -> Option<NonNull<tcp_seg>> {
    // SAFETY: by contract of the callers. Segments in the queue are valid, and so are their headers.
    unsafe {
        let pcb = pcb.as_ref();
        let mut last = NonNull::new(pcb.unsent).filter(|_| matches!(pcb.state, ESTABLISHED | CLOSE_WAIT))?;
        while let Some(next) = NonNull::new(last.as_ref().next) {
            last = next;
        }
        let header = last.as_ref().tcphdr;
        let starts = u32_t::from_be((*header).seqno).wrapping_sub(pcb.lastack);
        let ends = starts.wrapping_add(u32_t::from(last.as_ref().len));
        let is_data =
            u32::from(u16_t::from_be((*header)._hdrlen_rsvd_flags)) & (TCP_SYN | TCP_FIN | TCP_RST) == 0;
        (is_data && ends > u32_t::from(pcb.snd_wnd)).then_some(last)
    }
}

/// As `tcp_close` sees it; but where the window is scaled, only what is left of it below 64 KB counts.
unsafe fn has_unread(pcb: NonNull<tcp_pcb>) -> bool {
    // SAFETY: by contract of the callers.
    let pcb = unsafe { pcb.as_ref() };
    !pcb.refused_data.is_null() || (pcb.rcv_wnd as usize) < TCP_WND.min(usize::from(u16::MAX))
}

unsafe fn toggle(segment: Option<NonNull<tcp_seg>>, flag: u32) {
    let Some(segment) = segment else { return };
    // SAFETY: by contract of the caller.
    unsafe { (*segment.as_ref().tcphdr)._hdrlen_rsvd_flags ^= (flag as u16_t).to_be() };
}
