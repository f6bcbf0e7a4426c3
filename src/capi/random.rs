//! Random numbers.

use core::ffi::{c_char, c_int, c_void};

use super::abi::lws_context;
use super::boundary::TextBuffer;
use super::encoding::digit;
use super::export;

export! {
    fn lws_get_random(context: *mut lws_context, buf: *mut c_void, len: usize) -> usize {
        let _ = context;
        if buf.is_null() || len == 0 || len > isize::MAX as usize {
            return 0;
        }
        // SAFETY: `len` bytes by contract, which are initialised first.
        let bytes = unsafe {
            buf.cast::<u8>().write_bytes(0, len);
            core::slice::from_raw_parts_mut(buf.cast::<u8>(), len)
        };
        match wm_sys::entropy(bytes) {
            Ok(()) => len,
            Err(_) => 0,
        }
    }

    fn lws_hex_random(context: *mut lws_context, dest: *mut c_char, len: usize) -> c_int {
        let _ = context;
        // SAFETY: `len` bytes by contract.
        let mut output = unsafe { TextBuffer::new(dest, len) };
        for _ in 1..len {
            let mut byte = [0];
            if wm_sys::entropy(&mut byte).is_err() || output.push(&[digit(byte[0] & 15)]).is_none() {
                return 1;
            }
        }
        c_int::from(len == 0 || dest.is_null())
    }
}
