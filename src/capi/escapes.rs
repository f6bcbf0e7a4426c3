//! Text of others as part of JSON and of SQL.

use core::ffi::{c_char, c_int};
use core::ptr;

use super::boundary::{TextBuffer, int, length, text};
use super::encoding::digit;
use super::export;

/// What a byte becomes: itself, or up to six others.
struct Escape {
    bytes: [u8; 6],
    length: usize,
}

impl Escape {
    fn of(text: &[u8]) -> Self {
        let mut bytes = [0; 6];
        let length = text.len().min(bytes.len());
        bytes.iter_mut().zip(text).for_each(|(place, byte)| *place = *byte);
        Escape { bytes, length }
    }

    /// RFC 8259 section 7.
    fn json(byte: u8) -> Self {
        match byte {
            b'\t' => Escape::of(b"\\t"),
            b'\n' => Escape::of(b"\\n"),
            b'\r' => Escape::of(b"\\r"),
            b'\\' => Escape::of(b"\\\\"),
            b'"' => Escape::of(b"\\\""),
            0..0x20 => Escape::of(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)]),
            _ => Escape::of(&[byte]),
        }
    }

    fn sql(byte: u8) -> Self {
        if byte == b'\'' { Escape::of(b"''") } else { Escape::of(&[byte]) }
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// Writes as much as fits; how many bytes of the text that is.
fn escape(text: &[u8], to: &mut TextBuffer, escape: fn(u8) -> Escape) -> usize {
    text.iter().take_while(|byte| to.push(escape(**byte).bytes()).is_some()).count()
}

/// How many bytes all of it takes.
fn escaped_length(text: &[u8], escape: fn(u8) -> Escape) -> c_int {
    int(text.iter().map(|byte| escape(*byte).length).sum())
}

export! {
    fn lws_json_purify(escaped: *mut c_char, string: *const c_char, len: c_int, in_used: *mut c_int) -> *const c_char {
        // SAFETY: a C string and `len` bytes by contract.
        let (input, mut output) =
            unsafe { (text(string).unwrap_or_default(), TextBuffer::new(escaped, length(len))) };
        let used = escape(input, &mut output, Escape::json);
        if !in_used.is_null() {
            // SAFETY: not NULL, and valid by contract.
            unsafe { *in_used = int(used) };
        }
        if escaped.is_null() { ptr::null() } else { escaped }
    }

    fn lws_json_purify_len(string: *const c_char) -> c_int {
        // SAFETY: NULL or a C string by contract.
        escaped_length(unsafe { text(string) }.unwrap_or_default(), Escape::json)
    }

    fn lws_sql_purify(escaped: *mut c_char, string: *const c_char, len: usize) -> *const c_char {
        // SAFETY: a C string and `len` bytes by contract.
        let (input, mut output) = unsafe { (text(string).unwrap_or_default(), TextBuffer::new(escaped, len)) };
        escape(input, &mut output, Escape::sql);
        escaped
    }

    fn lws_sql_purify_len(p: *const c_char) -> c_int {
        // SAFETY: NULL or a C string by contract.
        escaped_length(unsafe { text(p) }.unwrap_or_default(), Escape::sql)
    }
}
