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

/// How many bytes so many digits of the last four make; one alone is malformed.
fn bytes_of(digits: usize) -> Option<usize> {
    match digits {
        0 => Some(0),
        1 => None,
        _ => Some(digits - 1),
    }
}

/// Four digits on their way; the state of C holds them.
struct Decoder<'s> {
    state: &'s mut lws_b64state,
}

impl Decoder<'_> {
    /// The member `quad`, by its place: there are C libraries that have a macro of that name.
    fn quad(&mut self) -> &mut [u8; 4] {
        // SAFETY: the first member, four bytes: tests/capi compares the layout.
        unsafe { &mut *ptr::from_mut(self.state).cast() }
    }

    fn held(&self) -> usize {
        usize::try_from(self.state.i).unwrap_or(0).min(4)
    }

    /// Whether padding has begun: nothing but more of it may follow.
    fn is_padded(&self) -> bool {
        self.state.c != 0
    }

    /// Takes one byte in; `None` if it has no place here.
    fn push(&mut self, byte: u8) -> Option<()> {
        if byte.is_ascii_whitespace() {
            return Some(());
        }
        if byte == b'=' {
            self.state.c = self.state.c.saturating_add(1);
            return (self.held() >= 2 && self.state.c <= 2).then_some(());
        }
        let digit = value(byte).filter(|_| !self.is_padded())?;
        let place = self.held();
        *self.quad().get_mut(place)? = digit;
        self.state.i += 1;
        Some(())
    }

    /// The bytes that the digits held make, and how many these are; it begins anew.
    fn take(&mut self) -> Option<([u8; 3], usize)> {
        let count = bytes_of(self.held())?;
        let mut quad = *self.quad();
        quad.iter_mut().skip(self.held()).for_each(|digit| *digit = 0);
        let [a, b, c, d] = quad;
        self.state.i = 0;
        self.state.done = self.state.done.saturating_add(count);
        Some(([a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d], count))
    }
}

/// Decodes; how many bytes were taken and given, or `None` for what is malformed.
///
/// # Safety
/// `room` bytes at `out` may be written.
unsafe fn decode(
    state: &mut lws_b64state,
    input: &[u8],
    out: *mut u8,
    room: usize,
    last: bool,
) -> Option<(usize, usize)> {
    let mut decoder = Decoder { state };
    let (mut taken, mut given) = (0, 0);
    // Three bytes and the zero byte must fit whenever four digits are complete.
    while room - given > 3 {
        let byte = input.get(taken).copied().filter(|byte| *byte != 0);
        if let Some(byte) = byte {
            decoder.push(byte)?;
            taken += 1;
        }
        if decoder.held() == 4 || (byte.is_none() && last) {
            let (bytes, count) = decoder.take()?;
            // SAFETY: `given + 3 < room`.
            unsafe { out.add(given).copy_from(bytes.as_ptr(), count) };
            given += count;
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
            let Some((taken, given)) = decode(state, bytes(input.cast(), *in_len), out, *out_size, last != 0) else {
                return -1;
            };
            (*in_len, *out_size) = (taken, given);
        }
        0
    }
}
