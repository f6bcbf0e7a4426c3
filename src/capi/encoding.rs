//! Base64, hexadecimal, percent-encoding, SHA-1.

use core::ffi::{c_char, c_int, c_uchar};
use core::ptr;

use alloc::vec::Vec;
use sha1::Hash as Sha1;

use super::base64_stream::Decoder;
use super::boundary::{TextBuffer, bytes, int, length, text, zero_or_negative};
use super::export;

/// The two alphabets of base64: they differ in two digits (RFC 4648 sections 4 and 5).
#[derive(Clone, Copy, PartialEq)]
enum Alphabet {
    Standard,
    ForUrls,
}

/// Encodes into a buffer with a zero byte; the length, or -1 without room.
fn encode(alphabet: Alphabet, input: &[u8], output: &mut TextBuffer) -> c_int {
    for octets in input.chunks(3) {
        let mut group = [0; 4];
        crate::base64::encode(octets, &mut group);
        let for_urls = |digit| match digit {
            b'+' => b'-',
            b'/' => b'_',
            other => other,
        };
        if output.push(&if alphabet == Alphabet::ForUrls { group.map(for_urls) } else { group }).is_none() {
            return -1;
        }
    }
    int(output.len())
}

/// The bytes of C up to a zero byte, or `most`, read one at a time: they may be written to behind the place where they are read.
///
/// # Safety
/// `start` is NULL, or that many bytes may be read there while the result is in use.
unsafe fn read(start: *const c_char, most: usize) -> impl Iterator<Item = u8> {
    let most = if start.is_null() { 0 } else { most };
    // SAFETY: the caller vouches for what is in front of the zero byte and of `most`.
    (0..most).map(move |place| unsafe { start.cast::<u8>().add(place).read() }).take_while(|byte| *byte != 0)
}

/// Where decoded text goes, that may overwrite the text that it was: nothing is written but what was pushed, until it is finished.
struct Decoded {
    start: *mut u8,
    size: usize,
    used: usize,
}

impl Decoded {
    /// # Safety
    /// `start` is NULL, or `size` bytes there may be written.
    unsafe fn new(start: *mut c_char, size: usize) -> Self {
        Decoded { start: start.cast(), size: if start.is_null() { 0 } else { size }, used: 0 }
    }

    /// Appends bytes, all or none: `None` when they and the zero byte do not fit.
    fn push(&mut self, bytes: &[u8]) -> Option<()> {
        if bytes.len() >= self.size.saturating_sub(self.used) {
            return None;
        }
        // SAFETY: `used + bytes.len() < size`.
        unsafe { self.start.add(self.used).copy_from(bytes.as_ptr(), bytes.len()) };
        self.used += bytes.len();
        Some(())
    }

    /// Writes the zero byte; the length.
    fn finish(self) -> Option<usize> {
        if self.used >= self.size {
            return None;
        }
        // SAFETY: `used < size`.
        unsafe { self.start.add(self.used).write(0) };
        Some(self.used)
    }
}

/// Decodes base64, padded or not; -1 without room or if it is malformed.
fn decode(mut input: impl Iterator<Item = u8>, mut output: Decoded) -> c_int {
    let mut decoder = Decoder::default();
    let result = input
        .try_for_each(|byte| {
            decoder.push(byte)?;
            if decoder.is_full() { output.push(decoder.take()?.bytes()) } else { Some(()) }
        })
        .and_then(|()| output.push(decoder.take()?.bytes()));
    output.finish().and_then(|length| result.map(|()| int(length))).unwrap_or(-1)
}

/// A hexadecimal digit in lower case.
pub(super) fn digit(value: u8) -> u8 {
    if value < 10 { b'0' + value } else { b'a' + (value - 10) }
}

fn value(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

export! {
    fn lws_b64_encode_string(input: *const c_char, in_len: c_int, out: *mut c_char, out_size: c_int) -> c_int {
        // SAFETY: `in_len` and `out_size` bytes by contract.
        unsafe { encode(Alphabet::Standard, bytes(input.cast(), length(in_len)), &mut TextBuffer::new(out, length(out_size))) }
    }

    fn lws_b64_encode_string_url(input: *const c_char, in_len: c_int, out: *mut c_char, out_size: c_int) -> c_int {
        // SAFETY: `in_len` and `out_size` bytes by contract.
        unsafe { encode(Alphabet::ForUrls, bytes(input.cast(), length(in_len)), &mut TextBuffer::new(out, length(out_size))) }
    }

    fn lws_b64_decode_string(input: *const c_char, out: *mut c_char, out_size: c_int) -> c_int {
        // SAFETY: a C string and `out_size` bytes by contract.
        unsafe { decode(read(input, usize::MAX), Decoded::new(out, length(out_size))) }
    }

    fn lws_b64_decode_string_len(input: *const c_char, in_len: c_int, out: *mut c_char, out_size: c_int) -> c_int {
        // SAFETY: `in_len` and `out_size` bytes by contract.
        unsafe { decode(read(input, length(in_len)), Decoded::new(out, length(out_size))) }
    }

    fn lws_hex_from_byte_array(src: *const u8, slen: usize, dest: *mut c_char, len: usize) {
        // SAFETY: `slen` and `len` bytes by contract.
        let (input, mut output) = unsafe { (bytes(src, slen), TextBuffer::new(dest, len)) };
        for byte in input {
            output.push_what_fits(&[digit(byte >> 4), digit(byte & 15)]);
        }
    }

    fn lws_hex_to_byte_array(h: *const c_char, dest: *mut u8, max: c_int) -> c_int {
        // SAFETY: a C string by contract.
        let Some(input) = (unsafe { text(h) }) else { return -1 };
        let count = input.len() / 2;
        if !input.len().is_multiple_of(2) || count > length(max) || dest.is_null() {
            return -1;
        }
        for (place, pair) in input.chunks_exact(2).enumerate() {
            let [Some(high), Some(low)] = [value(pair[0]), value(pair[1])] else { return -1 };
            // SAFETY: `place < count <= max`, and `dest` has `max` bytes by contract.
            unsafe { dest.add(place).write(high << 4 | low) };
        }
        int(count)
    }

    fn lws_SHA1(d: *const c_uchar, n: usize, md: *mut c_uchar) -> *mut c_uchar {
        if md.is_null() {
            return ptr::null_mut();
        }
        // SAFETY: `n` bytes and room for 20 by contract.
        unsafe {
            let digest = Sha1::hash(bytes(d, n));
            md.copy_from(digest.as_ptr(), digest.len());
        }
        md
    }

    fn lws_urlencode(escaped: *mut c_char, string: *const c_char, len: c_int) -> *const c_char {
        // SAFETY: a C string and `len` bytes by contract.
        let (input, mut output) =
            unsafe { (text(string).unwrap_or_default(), TextBuffer::new(escaped, length(len))) };
        for &byte in input {
            let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            let pushed = match byte {
                b' ' => output.push(b"+"),
                _ if plain => output.push(&[byte]),
                _ => output.push(&[b'%', digit(byte >> 4), digit(byte & 15)].map(|digit| digit.to_ascii_uppercase())),
            };
            if pushed.is_none() {
                break;
            }
        }
        escaped
    }

    fn lws_urldecode(string: *mut c_char, escaped: *const c_char, len: c_int) -> c_int {
        // SAFETY: a C string and `len` bytes by contract.
        let (input, mut output) = unsafe { (read(escaped, usize::MAX), Decoded::new(string, length(len))) };
        let result = decode_url(input, |byte| output.push(&[byte]));
        zero_or_negative(output.finish().and(result))
    }
}

/// Percent-encoding, and `+` for a space; `None` if it is malformed or does not fit.
fn decode_url(mut input: impl Iterator<Item = u8>, mut put: impl FnMut(u8) -> Option<()>) -> Option<()> {
    while let Some(byte) = input.next() {
        put(match byte {
            b'+' => b' ',
            b'%' => value(input.next()?)? << 4 | value(input.next()?)?,
            other => other,
        })?;
    }
    Some(())
}

/// The same in memory of its own, as it is where it is malformed. `None` without memory.
pub(super) fn decoded_argument(encoded: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(encoded.len()).ok()?;
    // It has the room already, here and below.
    let decoded = decode_url(encoded.iter().copied(), |byte| {
        bytes.extend_from_slice(&[byte]);
        Some(())
    });
    if decoded.is_none() {
        bytes.clear();
        bytes.extend_from_slice(encoded);
    }
    Some(bytes)
}
