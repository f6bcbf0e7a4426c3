//! Text with `${name}` in it, and text with `*` in it.

use core::ffi::{c_char, c_int, c_void};

use super::abi::{self, lws_strexp, lws_strexp_expand_cb};
use super::boundary::bytes;
use super::export;

// C's enumerators, whose type is the smallest that they fit into on some machines.
const DONE: c_int = abi::LSTRX_DONE as c_int;
const FILLED_OUT: c_int = abi::LSTRX_FILLED_OUT as c_int;
const NAME_TOO_LONG: c_int = abi::LSTRX_FATAL_NAME_TOO_LONG as c_int;
const NAME_UNKNOWN: c_int = abi::LSTRX_FATAL_NAME_UNKNOWN as c_int;

/// What a `lws_strexp` has seen last.
mod state {
    pub(super) const TEXT: u8 = 0;
    pub(super) const DOLLAR: u8 = 1;
    pub(super) const NAME: u8 = 2;
}

/// Appends a byte, if there is room.
fn put(exp: &mut lws_strexp, byte: u8) -> Option<()> {
    if exp.pos >= exp.olen {
        return None;
    }
    if !exp.out.is_null() {
        // SAFETY: `out` has `olen` bytes by contract.
        unsafe { exp.out.add(exp.pos).cast::<u8>().write(byte) };
    }
    exp.pos += 1;
    Some(())
}

/// Takes one byte; an error is what `lws_strexp_expand` is to return, with the byte not taken.
fn take(exp: &mut lws_strexp, byte: u8) -> Result<(), c_int> {
    let filled = Err(FILLED_OUT);
    exp.state = match (exp.state as u8, byte) {
        (state::NAME, b'}') => {
            expand(exp)?;
            state::TEXT
        }
        (state::NAME, byte) => {
            // The last byte stays zero.
            let room = exp.name.len() - 1;
            let place = exp.name[..room].get_mut(usize::from(exp.name_pos)).ok_or(NAME_TOO_LONG)?;
            *place = byte as c_char;
            exp.name_pos += 1;
            state::NAME
        }
        (state::DOLLAR, b'{') => {
            exp.name.fill(0);
            (exp.name_pos, exp.exp_ofs) = (0, 0);
            state::NAME
        }
        (state::DOLLAR, byte) => {
            // It was no more than a dollar.
            put(exp, b'$').map_or(filled, Ok)?;
            exp.state = state::TEXT as c_char;
            return take(exp, byte);
        }
        (_, b'$') => state::DOLLAR,
        (_, byte) => {
            put(exp, byte).map_or(filled, Ok)?;
            state::TEXT
        }
    } as c_char;
    Ok(())
}

/// Has C write the value, or what fits of it.
fn expand(exp: &mut lws_strexp) -> Result<(), c_int> {
    let expand = exp.cb.ok_or(NAME_UNKNOWN)?;
    // SAFETY: C's callback, called as it was agreed; `name` ends with a zero byte.
    let result = unsafe {
        expand(exp.priv_, exp.name.as_ptr(), exp.out, &raw mut exp.pos, exp.olen, &raw mut exp.exp_ofs)
    };
    if result == DONE { Ok(()) } else { Err(result) }
}

/// Whether `text` is what `pattern` says. After a star that matched too little it goes on with one byte more, so the last star alone is
/// remembered, and the time is bounded by the product of the lengths.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut place, mut star) = (0, 0, None);
    while place < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, place));
                at += 1;
            }
            Some(byte) if *byte == text[place] => (at, place) = (at + 1, place + 1),
            _ => match star {
                Some((behind, from)) => {
                    star = Some((behind, from + 1));
                    (at, place) = (behind + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(at).all(|byte| *byte == b'*')
}

export! {
    fn lws_strexp_init(exp: *mut lws_strexp, priv_: *mut c_void, cb: lws_strexp_expand_cb, out: *mut c_char, olen: usize) {
        // SAFETY: NULL or valid by contract, here and in the functions below.
        if let Some(exp) = unsafe { exp.as_mut() } {
            *exp = lws_strexp {
                name: [0; 32],
                cb,
                priv_,
                out,
                olen,
                pos: 0,
                exp_ofs: 0,
                name_pos: 0,
                state: state::TEXT as c_char,
            };
        }
    }

    fn lws_strexp_reset_out(exp: *mut lws_strexp, out: *mut c_char, olen: usize) {
        // SAFETY: as above.
        if let Some(exp) = unsafe { exp.as_mut() } {
            (exp.out, exp.olen, exp.pos) = (out, olen, 0);
        }
    }

    fn lws_strexp_expand(
        exp: *mut lws_strexp,
        in_: *const c_char,
        len: usize,
        pused_in: *mut usize,
        pused_out: *mut usize,
    ) -> c_int {
        // SAFETY: as above; `in` has `len` bytes by contract.
        let (Some(exp), input) = (unsafe { (exp.as_mut(), bytes(in_.cast(), len)) }) else {
            return NAME_UNKNOWN;
        };
        let mut used = 0;
        let mut result = DONE;
        for byte in input {
            if let Err(stopped) = take(exp, *byte) {
                result = stopped;
                break;
            }
            used += 1;
        }
        // A text without room for its zero byte is not done: whoever takes it for a string would read beyond it.
        if result == DONE && exp.pos >= exp.olen {
            result = FILLED_OUT;
        }
        if !exp.out.is_null() && exp.pos < exp.olen {
            // SAFETY: `out` has `olen` bytes by contract.
            unsafe { exp.out.add(exp.pos).write(0) };
        }
        // SAFETY: NULL or valid by contract.
        unsafe {
            if let Some(place) = pused_in.as_mut() {
                *place = used;
            }
            if let Some(place) = pused_out.as_mut() {
                *place = exp.pos;
            }
        }
        result
    }

    fn lws_strcmp_wildcard(wildcard: *const c_char, wlen: usize, check: *const c_char, clen: usize) -> c_int {
        // SAFETY: both have their bytes by contract.
        let (pattern, text) = unsafe { (bytes(wildcard.cast(), wlen), bytes(check.cast(), clen)) };
        c_int::from(!matches(pattern, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "ac", true),
            ("a*c", "acb", false),
            ("*.html", "x.html.html", true),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b*", "xxbxxaxx", false),
            ("abc", "ab", false),
            ("ab", "abc", false),
            ("a**", "a", true),
        ] {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
    }
}
