//! lwIP's messages and failed assertions.

use core::ffi::{CStr, c_char, c_int};
use core::slice;

/// One line of lwIP's debug output, without its end. Called by `port/diag.c`.
///
/// # Safety
/// `line` points to `length` initialised bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn lwip_port_log(line: *const c_char, length: usize) {
    // SAFETY: the caller's promise.
    let line = unsafe { slice::from_raw_parts(line.cast::<u8>(), length) };
    log::debug!(target: "lwip", "{}", line.escape_ascii());
}

/// A failed `LWIP_ASSERT`: an invariant of lwIP is broken, and nothing that runs on can be trusted.
///
/// The panic cannot unwind into lwIP: a panic that would leave an `extern "C"` function aborts instead. On a
/// device it ends in the firmware's `#[panic_handler]`, which decides between reset, breakpoint and halt; on
/// a host, in the abort of the process.
///
/// # Safety
/// Both strings end with a NUL.
#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn lwip_port_assert_failed(
    message: *const c_char,
    file: *const c_char,
    line: c_int,
) -> ! {
    // SAFETY: the caller's promise.
    let (message, file) = unsafe { (text(message), text(file)) };
    log::error!(target: "lwip", "assertion failed: {message}, {file}:{line}");
    panic!("lwIP assertion failed: {message}, {file}:{line}");
}

/// # Safety
/// `string` ends with a NUL and lives as long as the program, as literals do.
unsafe fn text(string: *const c_char) -> &'static str {
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(string) }.to_str().unwrap_or("(not UTF-8)")
}
