//! `wm_handshakes.h` in builds without TLS: there are none.

use core::ffi::c_int;

/// For C: refused.
#[unsafe(no_mangle)]
extern "C" fn wm_handshakes_begin(_: Option<extern "C" fn()>) -> c_int {
    -1
}

/// For C: none waits.
#[unsafe(no_mangle)]
extern "C" fn wm_handshakes_step() -> c_int {
    0
}

/// For C: there is nothing to end.
#[unsafe(no_mangle)]
extern "C" fn wm_handshakes_end() {}
