//! Base64 that comes in pieces, of both alphabets (RFC 4648 sections 4 and 5).

use core::ffi::{c_char, c_int};
use core::ptr;

use super::abi::lws_b64state;
use super::boundary::bytes;
use super::export;

/// What a digit of either alphabet stands for.
fn value(digit: u8) -> Option<u8> {
    crate::base64::value(match digit {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    })
}

/// Four digits on their way.
#[derive(Clone, Copy, Default)]
pub(super) struct Decoder {
    quad: [u8; 4],
    held: usize,
    /// Where it has begun, nothing but more of it may follow.
    padding: u8,
}

/// Up to three bytes.
pub(super) struct Octets {
    bytes: [u8; 3],
    count: usize,
}

impl Octets {
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.count).unwrap_or_default()
    }
}

impl Decoder {
    /// Takes one byte in; `None` if it has no place here.
    pub(super) fn push(&mut self, byte: u8) -> Option<()> {
        if byte.is_ascii_whitespace() {
            return Some(());
        }
        if byte == b'=' {
            self.padding = self.padding.saturating_add(1);
            return (self.held >= 2 && self.padding <= 2).then_some(());
        }
        let digit = value(byte).filter(|_| self.padding == 0)?;
        *self.quad.get_mut(self.held)? = digit;
        self.held += 1;
        Some(())
    }

    pub(super) fn is_full(&self) -> bool {
        self.held == self.quad.len()
    }

    /// The bytes that the digits held make; `None` if there is one digit too much, or too few.
    pub(super) fn take(&mut self) -> Option<Octets> {
        let count = match self.held {
            0 => 0,
            1 => return None,
            digits => digits - 1,
        };
        let mut quad = self.quad;
        quad.iter_mut().skip(self.held).for_each(|digit| *digit = 0);
        let [a, b, c, d] = quad;
        self.held = 0;
        Some(Octets { bytes: [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d], count })
    }
}

/// The state of C: `i` digits held, `c` pads, `done` bytes given.
impl lws_b64state {
    /// The member `quad`, by its place: there are C libraries that have a macro of that name.
    fn digits(&mut self) -> &mut [u8; 4] {
        // SAFETY: the first member, four bytes: tests/capi compares the layout.
        unsafe { &mut *ptr::from_mut(self).cast() }
    }

    fn decoder(&mut self) -> Decoder {
        let held = usize::try_from(self.i).unwrap_or(0).min(4);
        Decoder { quad: *self.digits(), held, padding: u8::try_from(self.c).unwrap_or(u8::MAX) }
    }

    fn keep(&mut self, decoder: Decoder, given: usize) {
        *self.digits() = decoder.quad;
        (self.i, self.c) = (decoder.held as c_int, decoder.padding.into());
        self.done = self.done.saturating_add(given);
    }
}

/// Decodes; how many bytes were taken and given, or `None` for what is malformed.
///
/// # Safety
/// `room` bytes at `out` may be written.
unsafe fn decode(
    decoder: &mut Decoder,
    input: &[u8],
    out: *mut u8,
    room: usize,
    last: bool,
) -> Option<(usize, usize)> {
    let (mut taken, mut given) = (0, 0);
    // Three bytes and the zero byte must fit whenever four digits are complete.
    while room - given > 3 {
        let byte = input.get(taken).copied().filter(|byte| *byte != 0);
        if let Some(byte) = byte {
            decoder.push(byte)?;
            taken += 1;
        }
        if decoder.is_full() || (byte.is_none() && last) {
            let octets = decoder.take()?;
            // SAFETY: `given + 3 < room`.
            unsafe { out.add(given).copy_from(octets.bytes.as_ptr(), octets.count) };
            given += octets.count;
        }
        if byte.is_none() {
            break;
        }
    }
    if room > given {
        // SAFETY: within the room.
        unsafe { out.add(given).write(0) };
    }
    Some((taken, given))
}

export! {
    fn lws_b64_decode_state_init(state: *mut lws_b64state) {
        if !state.is_null() {
            // SAFETY: valid by contract.
            unsafe { state.write_bytes(0, 1) };
        }
    }

    fn lws_b64_decode_stateful(
        s: *mut lws_b64state,
        input: *const c_char,
        in_len: *mut usize,
        out: *mut u8,
        out_size: *mut usize,
        last: c_int,
    ) -> c_int {
        if in_len.is_null() || out_size.is_null() || out.is_null() {
            return -1;
        }
        // SAFETY: NULL or valid by contract, `*in_len` bytes at `input` and room for `*out_size` at `out`.
        unsafe {
            let Some(state) = s.as_mut() else { return -1 };
            let mut decoder = state.decoder();
            let decoded = decode(&mut decoder, bytes(input.cast(), *in_len), out, *out_size, last != 0);
            let Some((taken, given)) = decoded else { return -1 };
            state.keep(decoder, given);
            (*in_len, *out_size) = (taken, given);
        }
        0
    }
}
