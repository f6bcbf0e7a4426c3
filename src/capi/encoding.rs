//! Base64, hexadecimal, percent-encoding, SHA-1.

use core::ffi::{c_char, c_int, c_uchar};
use core::ptr;

use alloc::vec::Vec;
use sha1::Hash as Sha1;

use super::base64_stream::Decoder;
use super::boundary::{TextBuffer, bytes, int, length, text};
use super::export;
use crate::http::percent;

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

/// Decodes up to the end of the text, padded or not; -1 without room or if it is malformed.
fn decode(input: &[u8], output: &mut TextBuffer) -> c_int {
    let mut decoder = Decoder::default();
    for &byte in input.split(|&byte| byte == 0).next().unwrap_or_default() {
        if decoder.push(byte).is_none() || (decoder.is_full() && give(&mut decoder, output).is_none()) {
            return -1;
        }
    }
    give(&mut decoder, output).map_or(-1, |()| int(output.len()))
}

fn give(decoder: &mut Decoder, output: &mut TextBuffer) -> Option<()> {
    output.push(decoder.take()?.bytes())
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
        unsafe { decode(text(input).unwrap_or_default(), &mut TextBuffer::new(out, length(out_size))) }
    }

    fn lws_b64_decode_string_len(input: *const c_char, in_len: c_int, out: *mut c_char, out_size: c_int) -> c_int {
        // SAFETY: `in_len` and `out_size` bytes by contract.
        unsafe { decode(bytes(input.cast(), length(in_len)), &mut TextBuffer::new(out, length(out_size))) }
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
                _ => output.push(&[b'%', digit(byte >> 4), digit(byte & 15)]),
            };
            if pushed.is_none() {
                break;
            }
        }
        escaped
    }

    fn lws_urldecode(string: *mut c_char, escaped: *const c_char, len: c_int) -> c_int {
        // SAFETY: a C string and `len` bytes by contract.
        let (input, mut output) =
            unsafe { (text(escaped).unwrap_or_default(), TextBuffer::new(string, length(len))) };
        match decode_url(input, &mut output) {
            Some(()) => int(output.len()),
            None => -1,
        }
    }
}

/// Percent-encoding, and `+` for a space; `None` if it is malformed or does not fit.
fn decode_url(input: &[u8], output: &mut TextBuffer) -> Option<()> {
    let mut rest = input;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let mut decoded = byte;
        if byte == b'+' {
            decoded = b' ';
        } else if byte == b'%' {
            let mut triplet = [byte, *rest.first()?, *rest.get(1)?];
            decoded = *percent::decode_in_place(&mut triplet).ok()?.first()?;
            rest = rest.get(2..)?;
        }
        output.push(&[decoded])?;
    }
    Some(())
}

/// The same in memory of its own, as it is where it is malformed. `None` without memory.
pub(super) fn decoded_argument(encoded: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(encoded.len() + 1).ok()?;
    bytes.resize(encoded.len() + 1, 0);
    // SAFETY: the bytes are written through this buffer alone.
    let mut buffer = unsafe { TextBuffer::new(bytes.as_mut_ptr().cast(), bytes.len()) };
    match decode_url(encoded, &mut buffer).map(|()| buffer.len()) {
        Some(length) => bytes.truncate(length),
        None => {
            bytes.clear();
            // It has the room already.
            bytes.extend_from_slice(encoded);
        }
    }
    Some(bytes)
}
