//! Command lines, as libwebsockets' examples have them.

use core::ffi::{c_char, c_int};
use core::ptr;

use super::abi::lws_context_creation_info;
use super::boundary::{length, text};
use super::export;
use super::log::lws_set_log_level;

/// The argument number `index`.
///
/// # Safety
/// `argv` has more arguments than `index`.
unsafe fn argument(argv: *mut *const c_char, index: usize) -> *const c_char {
    // SAFETY: the caller vouches for it.
    unsafe { *argv.add(index) }
}

/// What follows an option, as a number.
///
/// # Safety
/// `argv` has `argc` C strings.
unsafe fn number(argc: c_int, argv: *mut *const c_char, option: &core::ffi::CStr) -> Option<c_int> {
    // SAFETY: the caller vouches for the arguments.
    let value = unsafe { text(lws_cmdline_option(argc, argv, option.as_ptr())) }?;
    core::str::from_utf8(value).ok()?.parse().ok()
}

export! {
    fn lws_cmdline_option(argc: c_int, argv: *mut *const c_char, val: *const c_char) -> *const c_char {
        // SAFETY: `argc` C strings by contract, here and below.
        let Some(option) = (unsafe { text(val) }) else { return ptr::null() };
        for index in (1..if argv.is_null() { 0 } else { length(argc) }).rev() {
            // SAFETY: as above.
            let word = unsafe { argument(argv, index) };
            // SAFETY: as above.
            let Some(rest) = (unsafe { text(word) }).and_then(|word| word.strip_prefix(option)) else { continue };
            // SAFETY: the option is a prefix of the word, so its end is within, or at the zero byte.
            let behind = unsafe { word.add(option.len() + usize::from(rest.starts_with(b"="))) };
            if !rest.is_empty() || index + 1 >= length(argc) {
                return behind;
            }
            // SAFETY: as above.
            return unsafe { argument(argv, index + 1) };
        }
        ptr::null()
    }

    fn lws_cmdline_option_handle_builtin(
        argc: c_int,
        argv: *mut *const c_char,
        info: *mut lws_context_creation_info,
    ) {
        // SAFETY: `argc` C strings by contract.
        let levels = unsafe { number(argc, argv, c"-d") }.unwrap_or(super::log::DEFAULT_LEVELS);
        // SAFETY: without a sink it keeps the one there is.
        unsafe { lws_set_log_level(levels, None) };
        // SAFETY: NULL or valid by contract.
        let (info, seconds) = unsafe { (info.as_mut(), number(argc, argv, c"--timeout")) };
        if let (Some(info), Some(seconds)) = (info, seconds) {
            info.timeout_secs = seconds.unsigned_abs();
        }
    }
}
