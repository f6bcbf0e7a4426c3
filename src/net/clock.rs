//! The time from a server (SNTP, RFC 4330), by lwIP's client.

use core::ffi::CStr;
use core::ptr::{self, NonNull};

use lwip_sys::{
    SNTP_OPMODE_POLL, sntp_init, sntp_setoperatingmode, sntp_setservername, sntp_stop, udp_new, udp_remove,
};

use super::error::ClockError;
use super::token::Core;

/// Begins to ask this server, in place of one that was asked before.
pub(super) fn start(core: &mut Core<'_>, server: &'static CStr) -> Result<(), ClockError> {
    stop(core);
    expect_memory(core)?;
    // SAFETY: the token says that lwIP may be entered, which refers to the name for ever. The client does not run, as its mode demands.
    unsafe {
        sntp_setoperatingmode(SNTP_OPMODE_POLL as u8);
        sntp_setservername(0, server.as_ptr());
        sntp_init();
    }
    Ok(())
}

/// Asks nobody any more.
pub(super) fn stop(_core: &mut Core<'_>) {
    // SAFETY: the token says that lwIP may be entered. A client that does not run is left alone. One that waits for an address goes on
    // when it comes, and then finds no server.
    unsafe {
        sntp_stop();
        sntp_setservername(0, ptr::null());
    }
}

/// Without memory for its PCB lwIP's client fails an assertion, so the memory is looked for first.
fn expect_memory(_core: &mut Core<'_>) -> Result<(), ClockError> {
    // SAFETY: the token says that lwIP may be entered; the PCB is ours alone.
    unsafe {
        let pcb = NonNull::new(udp_new()).ok_or(ClockError::NoMemory)?;
        udp_remove(pcb.as_ptr());
    }
    Ok(())
}
