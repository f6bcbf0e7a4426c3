//! Strings and memory.

use core::ffi::{c_char, c_int, c_void};
use core::ptr;

use super::boundary::{TextBuffer, bytes, text};
use super::export;

/// Where `needle` begins in `text`.
pub(super) fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    if needle.is_empty() {
        return Some(0);
    }
    text.windows(needle.len()).position(|window| window == needle)
}

export! {
    fn lws_strncpy(dest: *mut c_char, src: *const c_char, size: usize) -> *mut c_char {
        // SAFETY: `dest` has `size` bytes by contract.
        let mut buffer = unsafe { TextBuffer::new(dest, size) };
        let mut length = 0;
        // SAFETY: reads up to the zero byte, or as far as there is room: `src` may end there without one.
        while !src.is_null() && length < size.saturating_sub(1) && unsafe { *src.add(length) } != 0 {
            length += 1;
        }
        // SAFETY: those bytes were just read.
        buffer.push_what_fits(unsafe { bytes(src.cast(), length) });
        buffer.fill();
        dest
    }

    fn lws_nstrstr(buf: *const c_char, len: usize, name: *const c_char, nl: usize) -> *const c_char {
        // SAFETY: both have their bytes by contract.
        let (text, needle) = unsafe { (bytes(buf.cast(), len), bytes(name.cast(), nl)) };
        match find(text, needle) {
            // SAFETY: the place lies within the text.
            Some(place) if !buf.is_null() => unsafe { buf.add(place) },
            _ => ptr::null(),
        }
    }

    fn lws_filename_purify_inplace(filename: *mut c_char) {
        // SAFETY: NULL or a C string that may be written, by contract.
        let length = unsafe { text(filename) }.map_or(0, <[u8]>::len);
        let mut before = 0;
        for offset in 0..length {
            // SAFETY: within the string.
            let place = unsafe { &mut *filename.cast::<u8>().add(offset) };
            // What leads out of a folder, or means something to a shell or to a file system.
            let is_bad = matches!(*place, b'/' | b'\\' | b':' | b'$' | b'%') || *place < b' ';
            if is_bad || *place == b'.' && matches!(before, 0 | b'.' | b'_') {
                *place = b'_';
            }
            before = *place;
        }
    }

    fn lws_timingsafe_bcmp(a: *const c_void, b: *const c_void, len: u32) -> c_int {
        // SAFETY: both have `len` bytes by contract.
        let (one, other) = unsafe { (bytes(a.cast(), len as usize), bytes(b.cast(), len as usize)) };
        c_int::from(!crate::http::are_same(one, other))
    }

    fn lws_explicit_bzero(p: *mut c_void, len: usize) {
        for offset in 0..if p.is_null() { 0 } else { len } {
            // SAFETY: `len` bytes by contract. Volatile: the compiler keeps it.
            unsafe { p.cast::<u8>().add(offset).write_volatile(0) };
        }
    }
}
