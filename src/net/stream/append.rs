//! What of a write lwIP takes.

use core::ptr::NonNull;

use lwip_sys::{
    ERR_MEM, ERR_OK, MEMP_NUM_TCP_PCB, MEMP_NUM_TCP_SEG, TCP_WRITE_FLAG_MORE, tcp_pcb,
    tcp_segments_are_short, tcp_write, tcp_write_room,
};

use crate::net::token::Core;

/// lwIP's macro `tcp_sndbuf`, which is a call into C otherwise.
///
/// # Safety
/// The PCB is valid, and lwIP may be entered.
#[allow(clippy::useless_conversion, reason = "32 bits with LWIP_WND_SCALE")]
unsafe fn send_buffer(pcb: NonNull<tcp_pcb>) -> u16 {
    // SAFETY: by contract.
    let free = unsafe { pcb.as_ref().snd_buf };
    u16::try_from(free).unwrap_or(u16::MAX)
}

/// Pbufs that a connection may have queued however many segments others have.
const SHARE: u16 = match MEMP_NUM_TCP_SEG / MEMP_NUM_TCP_PCB {
    ..2 => 2,
    share => share as u16,
};

/// Bytes that a connection may queue now. All take their segments from one pool: a few that vanished, or that take nothing, would leave none
/// for those who read, nor for the answer to a SYN, until their time is up.
#[cold]
fn share(pcb: &tcp_pcb) -> usize {
    // SAFETY: looks at a counter.
    if unsafe { tcp_segments_are_short() } == 0 {
        return usize::MAX;
    }
    usize::from(SHARE.saturating_sub(pcb.snd_queuelen)).saturating_mul(usize::from(pcb.mss))
}

/// Appends as much as send buffer and memory allow, and says how much.
pub(super) fn append(_core: &mut Core<'_>, pcb: NonNull<tcp_pcb>, bytes: &[u8], flags: u8) -> usize {
    // SAFETY: the PCB is valid (record invariant), the token says that lwIP may be entered. Only what waits unsent can be too long for what is
    // added to it: most often nothing does.
    let room = unsafe {
        usize::from(match pcb.as_ref().unsent.is_null() {
            true => send_buffer(pcb),
            false => tcp_write_room(pcb.as_ptr()),
        })
    };
    let mut length = bytes.len().min(room);
    // SAFETY: as above.
    let pcb_now = unsafe { pcb.as_ref() };
    if pcb_now.snd_queuelen >= SHARE || length > usize::from(pcb_now.mss) {
        length = length.min(share(pcb_now));
    }
    while length > 0 {
        // More follows if only the buffer's end cuts the write.
        let flags = if length < bytes.len() { flags | TCP_WRITE_FLAG_MORE } else { flags };
        // SAFETY: `length <= bytes.len()` and `length <= room`, a u16. Without the copy flag the bytes are `'static`
        // (`write_static`).
        let result = unsafe { tcp_write(pcb.as_ptr(), bytes.as_ptr().cast(), length as u16, flags) };
        if result == ERR_OK {
            return length;
        }
        if result != ERR_MEM {
            return 0;
        }
        // Out of memory or of segments: a smaller piece may still fit. lwIP took nothing.
        length /= 2;
    }
    0
}
