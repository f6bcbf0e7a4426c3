//! Numbers, words and strings of `lejp`.

use core::ffi::{CStr, c_char};

use super::abi::*;
use super::json_stream::{Parser, Refused, Taken, state};

/// Of strings, in `f`: it is the name of a member; a first half of a surrogate pair waits in `p` and `i`.
const IS_NAME: u8 = 1;
const HAS_HALF: u8 = 2;

const WORDS: [(&[u8], lejp_callbacks, &CStr); 3] =
    [(b"true", LEJPCB_VAL_TRUE, c"1"), (b"false", LEJPCB_VAL_FALSE, c"0"), (b"null", LEJPCB_VAL_NULL, c"")];

/// Numbers and words.
impl Parser {
    pub(super) fn begin_number(&mut self) -> Result<Taken, Refused> {
        self.begin_scalar(0);
        self.expects(LEJP_MP_VALUE_NUM_INT)?;
        Ok(Taken::No)
    }

    pub(super) fn begin_word(&mut self, first: u8) -> Result<Taken, Refused> {
        let word = WORDS.iter().position(|(word, ..)| word.first() == Some(&first));
        self.begin_scalar(word.ok_or(LEJP_REJECT_MP_DELIM_BAD_VALUE_START)? as u8);
        self.context().dcount = 1;
        self.expects(LEJP_MP_VALUE_TOK)
    }

    fn begin_scalar(&mut self, flags: u8) {
        let context = self.context();
        (context.npos, context.dcount, context.f) = (0, 0, flags);
        self.end_buffer();
    }

    /// Appends to the value, which has room for that and a zero byte.
    fn push_value(&mut self, byte: u8) -> Option<()> {
        let place = usize::from(self.context().npos);
        let room = self.context().buf.len() - 1;
        *self.context().buf.get_mut(..room)?.get_mut(place)? = byte as c_char;
        self.context().npos += 1;
        self.end_buffer();
        Some(())
    }

    fn end_buffer(&mut self) {
        let place = usize::from(self.context().npos);
        if let Some(end) = self.context().buf.get_mut(place) {
            *end = 0;
        }
    }

    pub(super) fn number(&mut self, byte: u8) -> Result<Taken, Refused> {
        let is_exponent = state(self.top()?) == LEJP_MP_VALUE_NUM_EXP;
        let context = self.context();
        let saw = |flag: num_flags| context.f & flag as u8 != 0;
        let (first, digits) = (context.npos == 0, context.dcount);
        let flags = match byte {
            b'-' if first => LEJP_SEEN_MINUS,
            b'+' | b'-' if is_exponent && digits == 0 && !ends_with_sign(context) => 0,
            b'0'..=b'9' => {
                context.dcount = digits.saturating_add(1);
                if saw(LEJP_SEEN_POINT) { LEJP_SEEN_POST_POINT } else { 0 }
            }
            b'.' if digits > 0 && !saw(LEJP_SEEN_POINT) && !is_exponent => LEJP_SEEN_POINT,
            b'e' | b'E' if digits > 0 && !is_exponent && has_fraction(context) => {
                context.dcount = 0;
                self.expects(LEJP_MP_VALUE_NUM_EXP)?;
                LEJP_SEEN_EXP
            }
            _ => return self.end_number(),
        };
        self.context().f |= flags as u8;
        self.push_value(byte).ok_or(LEJP_REJECT_NUM_TOO_LONG)?;
        Ok(Taken::Yes)
    }

    /// The number ended in front of this byte.
    fn end_number(&mut self) -> Result<Taken, Refused> {
        let is_exponent = state(self.top()?) == LEJP_MP_VALUE_NUM_EXP;
        let context = self.context();
        if !has_fraction(context) {
            return Err(LEJP_REJECT_MP_VAL_NUM_INT_NO_FRAC);
        }
        if context.dcount == 0 {
            return Err(if is_exponent {
                LEJP_REJECT_MP_VAL_NUM_EXP_BAD_EXP
            } else {
                LEJP_REJECT_MP_VAL_NUM_FORMAT
            });
        }
        let is_float = context.f & (LEJP_SEEN_POINT | LEJP_SEEN_EXP) as u8 != 0;
        self.expects(LEJP_MP_COMMA_OR_END)?;
        self.call(if is_float { LEJPCB_VAL_NUM_FLOAT } else { LEJPCB_VAL_NUM_INT })?;
        Ok(Taken::No)
    }

    pub(super) fn word(&mut self, byte: u8) -> Result<Taken, Refused> {
        let (which, place) = (usize::from(self.context().f), usize::from(self.context().dcount));
        let (word, reason, value) = WORDS.get(which).ok_or(LEJP_REJECT_UNKNOWN)?;
        if word.get(place) != Some(&byte) {
            return Err(LEJP_REJECT_MP_VAL_TOK_UNKNOWN);
        }
        self.context().dcount += 1;
        if place + 1 < word.len() {
            return Ok(Taken::Yes);
        }
        for &byte in value.to_bytes() {
            self.push_value(byte).ok_or(LEJP_REJECT_UNKNOWN)?;
        }
        self.expects(LEJP_MP_COMMA_OR_END)?;
        self.call(*reason)?;
        Ok(Taken::Yes)
    }
}

/// Whether digits follow the point, if there is one.
fn has_fraction(context: &lejp_ctx) -> bool {
    let both = (LEJP_SEEN_POINT | LEJP_SEEN_POST_POINT) as u8;
    context.f & both != LEJP_SEEN_POINT as u8
}

fn ends_with_sign(context: &lejp_ctx) -> bool {
    let last = context.buf.get(usize::from(context.npos).wrapping_sub(1));
    last.is_some_and(|last| matches!(*last as u8, b'+' | b'-'))
}

/// Strings.
impl Parser {
    pub(super) fn begin_name(&mut self) -> Result<Taken, Refused> {
        self.begin_string(IS_NAME)
    }

    pub(super) fn begin_text(&mut self) -> Result<Taken, Refused> {
        self.begin_string(0)?;
        self.call(LEJPCB_VAL_STR_START)?;
        Ok(Taken::Yes)
    }

    fn begin_string(&mut self, flags: u8) -> Result<Taken, Refused> {
        self.begin_scalar(flags);
        self.expects(LEJP_MP_STRING)
    }

    pub(super) fn string(&mut self, byte: u8) -> Result<Taken, Refused> {
        if byte != b'\\' {
            self.end_half()?;
        }
        match byte {
            b'"' => self.end_string(),
            b'\\' => self.expects(LEJP_MP_STRING_ESC),
            0..0x20 => Err(LEJP_REJECT_MP_ILLEGAL_CTRL),
            _ => self.push(byte),
        }
    }

    fn end_string(&mut self) -> Result<Taken, Refused> {
        if self.context().f & IS_NAME != 0 {
            return self.expects(LEJP_MP_DELIM);
        }
        self.expects(LEJP_MP_COMMA_OR_END)?;
        // As with libwebsockets only a negative result refuses here.
        if self.tell(LEJPCB_VAL_STR_END) < 0 { Err(LEJP_REJECT_CALLBACK) } else { Ok(Taken::Yes) }
    }

    /// A byte of the name or of the value; a value is told of in pieces.
    fn push(&mut self, byte: u8) -> Result<Taken, Refused> {
        if self.context().f & IS_NAME != 0 {
            self.push_path(byte)?;
            return Ok(Taken::Yes);
        }
        self.push_value(byte).ok_or(LEJP_REJECT_UNKNOWN)?;
        if usize::from(self.context().npos) == self.context().buf.len() - 1 {
            self.call(LEJPCB_VAL_STR_CHUNK)?;
            self.context().npos = 0;
            self.end_buffer();
        }
        Ok(Taken::Yes)
    }

    pub(super) fn escape(&mut self, byte: u8) -> Result<Taken, Refused> {
        if byte == b'u' {
            self.context().uni = 0;
            return self.expects(LEJP_MP_STRING_ESC_U1);
        }
        self.end_half()?;
        self.expects(LEJP_MP_STRING)?;
        self.push(match byte {
            b'"' | b'\\' | b'/' => byte,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            _ => return Err(LEJP_REJECT_MP_STRING_ESC_ILLEGAL_ESC),
        })
    }

    /// A digit of `\u....`; with the last one the code unit is complete.
    pub(super) fn code_unit(&mut self, byte: u8, next: lejp_states) -> Result<Taken, Refused> {
        let digit = char::from(byte).to_digit(16).ok_or(LEJP_REJECT_ILLEGAL_HEX)?;
        self.context().uni = self.context().uni << 4 | digit as u16;
        self.expects(next)?;
        if next != LEJP_MP_STRING {
            return Ok(Taken::Yes);
        }
        let unit = self.context().uni;
        if matches!(unit, 0xdc00..=0xdfff) && self.context().f & HAS_HALF != 0 {
            let half = self.half()?;
            self.context().f &= !HAS_HALF;
            let pair = char::decode_utf16([half, unit]).next().and_then(Result::ok);
            return self.push_character(pair.unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        self.end_half()?;
        if matches!(unit, 0xd800..=0xdbff) {
            let [low, high] = unit.to_le_bytes();
            let top = self.top()?;
            (top.p, top.i) = (low as c_char, high as c_char);
            self.context().f |= HAS_HALF;
            return Ok(Taken::Yes);
        }
        let alone = char::from_u32(unit.into()).unwrap_or(char::REPLACEMENT_CHARACTER);
        self.push_character(alone)
    }

    fn half(&mut self) -> Result<u16, Refused> {
        let top = self.top()?;
        Ok(u16::from_le_bytes([top.p as u8, top.i as u8]))
    }

    /// A first half of a surrogate pair without a second is no character.
    fn end_half(&mut self) -> Result<(), Refused> {
        if self.context().f & HAS_HALF != 0 {
            self.context().f &= !HAS_HALF;
            self.push_character(char::REPLACEMENT_CHARACTER)?;
        }
        Ok(())
    }

    fn push_character(&mut self, character: char) -> Result<Taken, Refused> {
        for &byte in character.encode_utf8(&mut [0; 4]).as_bytes() {
            self.push(byte)?;
        }
        Ok(Taken::Yes)
    }
}
