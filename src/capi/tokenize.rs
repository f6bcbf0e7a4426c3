//! `lws_tokenize`: words, numbers and delimiters of a text, one at a time, where they lie.

use core::ffi::{c_char, c_int};
use core::ptr;

use super::abi::{
    LWS_TOKENIZE_F_AGG_COLON, LWS_TOKENIZE_F_ASTERISK_NONTERM, LWS_TOKENIZE_F_COMMA_SEP_LIST,
    LWS_TOKENIZE_F_DOT_NONTERM, LWS_TOKENIZE_F_EQUALS_NONTERM, LWS_TOKENIZE_F_HASH_COMMENT,
    LWS_TOKENIZE_F_MINUS_NONTERM, LWS_TOKENIZE_F_NO_FLOATS, LWS_TOKENIZE_F_NO_INTEGERS,
    LWS_TOKENIZE_F_RFC7230_DELIMS, LWS_TOKENIZE_F_SLASH_NONTERM, LWS_TOKZE_DELIMITER, LWS_TOKZE_ENDED,
    LWS_TOKZE_ERR_BROKEN_UTF8, LWS_TOKZE_ERR_COMMA_LIST, LWS_TOKZE_ERR_MALFORMED_FLOAT,
    LWS_TOKZE_ERR_NUM_ON_LHS, LWS_TOKZE_ERR_UNTERM_STRING, LWS_TOKZE_FLOAT, LWS_TOKZE_INTEGER,
    LWS_TOKZE_QUOTED_STRING, LWS_TOKZE_TOKEN, LWS_TOKZE_TOKEN_NAME_COLON, LWS_TOKZE_TOKEN_NAME_EQUALS,
    LWSTZ_DT_NEED_DELIM, LWSTZ_DT_NEED_FIRST_CONTENT, LWSTZ_DT_NEED_NEXT_CONTENT, lws_tokenize as State,
    lws_tokenize_delimiter_tracking, lws_tokenize_elem,
};
use super::boundary::{TextBuffer, bytes, zero_or_one};
use super::export;

/// The most bytes of a text whose length is not known.
const UNTIL_ZERO: usize = i32::MAX as usize;

/// Text of C: as many bytes, or up to a zero byte. Nothing behind that is looked at.
#[derive(Clone, Copy)]
struct Text {
    at: *const u8,
    left: usize,
}

impl Text {
    /// The next byte.
    fn peek(self) -> Option<u8> {
        if self.at.is_null() || self.left == 0 {
            return None;
        }
        // SAFETY: by the contract of `lws_tokenize` the text goes on for `left` bytes, or up to a zero byte, which `step` never passes.
        Some(unsafe { *self.at }).filter(|&byte| byte != 0)
    }

    fn step(&mut self) {
        if self.peek().is_some() {
            // SAFETY: the byte belongs to the text, so its end is at most one past the end.
            self.at = unsafe { self.at.add(1) };
            self.left -= 1;
        }
    }

    fn skip_while(&mut self, skips: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&skips) {
            self.step();
        }
    }

    /// The next character, that is passed; `None` at the end.
    fn character(&mut self) -> Option<Result<char, lws_tokenize_elem>> {
        let mut image = [self.peek()?, 0, 0, 0];
        self.step();
        // The first byte says how many follow.
        let length = image[0].leading_ones().clamp(1, 4) as usize;
        for place in &mut image[1..length] {
            match self.peek() {
                Some(byte @ 0x80..0xC0) => *place = byte,
                _ => return Some(Err(LWS_TOKZE_ERR_BROKEN_UTF8)),
            }
            self.step();
        }
        let text = core::str::from_utf8(&image[..length]).map_err(|_| LWS_TOKZE_ERR_BROKEN_UTF8);
        Some(text.map(|text| text.chars().next().unwrap_or_default()))
    }

    /// Bytes from here to a later place in the same text.
    fn distance(self, later: Text) -> usize {
        later.at.addr() - self.at.addr()
    }
}

#[derive(Clone, Copy)]
struct Flags(u32);

impl Flags {
    fn has(self, flag: u32) -> bool {
        self.0 & flag != 0
    }

    /// Whether a character is a part of tokens.
    fn joins(self, character: char) -> bool {
        match character {
            '-' => self.has(LWS_TOKENIZE_F_MINUS_NONTERM),
            '.' => self.has(LWS_TOKENIZE_F_DOT_NONTERM),
            '/' => self.has(LWS_TOKENIZE_F_SLASH_NONTERM),
            '=' => self.has(LWS_TOKENIZE_F_EQUALS_NONTERM),
            '*' => self.has(LWS_TOKENIZE_F_ASTERISK_NONTERM | LWS_TOKENIZE_F_RFC7230_DELIMS),
            '_' => true,
            '#' if self.has(LWS_TOKENIZE_F_HASH_COMMENT) => false,
            '!' | '#' | '$' | '%' | '&' | '\'' | '+' | '^' | '`' | '|' | '~' => {
                self.has(LWS_TOKENIZE_F_RFC7230_DELIMS)
            }
            other => other.is_ascii_alphanumeric() || !other.is_ascii(),
        }
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'\x0c')
}

/// An element, where it lies, and where the text goes on.
struct Element {
    kind: lws_tokenize_elem,
    start: Text,
    length: usize,
    rest: Text,
}

impl Element {
    fn error(kind: lws_tokenize_elem, at: Text) -> Self {
        Element { kind, start: at, length: 0, rest: at }
    }
}

/// The next element.
fn next(mut text: Text, flags: Flags) -> Element {
    text.skip_while(is_space);
    while flags.has(LWS_TOKENIZE_F_HASH_COMMENT) && text.peek() == Some(b'#') {
        text.skip_while(|byte| byte != b'\n');
        text.skip_while(is_space);
    }
    let (start, mut rest) = (text, text);
    match rest.character() {
        None => Element::error(LWS_TOKZE_ENDED, start),
        Some(Err(error)) => Element::error(error, start),
        Some(Ok('"')) => quoted(rest),
        Some(Ok(character)) if flags.joins(character) => run(start, flags),
        Some(Ok(_)) => Element { kind: LWS_TOKZE_DELIMITER, start, length: start.distance(rest), rest },
    }
}

/// What stands between quotes, from behind the first one on.
fn quoted(start: Text) -> Element {
    let mut rest = start;
    loop {
        let end = rest;
        match rest.character() {
            None => return Element::error(LWS_TOKZE_ERR_UNTERM_STRING, start),
            Some(Err(error)) => return Element::error(error, end),
            Some(Ok('"')) => {
                return Element { kind: LWS_TOKZE_QUOTED_STRING, start, length: start.distance(end), rest };
            }
            Some(Ok(_)) => {}
        }
    }
}

/// A token or a number, and what stands behind it if that makes it a name.
fn run(start: Text, flags: Flags) -> Element {
    let mut end = start;
    let mut kind = if flags.has(LWS_TOKENIZE_F_NO_INTEGERS) { LWS_TOKZE_TOKEN } else { LWS_TOKZE_INTEGER };
    let mut behind = end;
    loop {
        let character = match behind.character() {
            None => break,
            Some(Err(error)) => return Element::error(error, end),
            Some(Ok(character)) => character,
        };
        kind = match (kind, character) {
            (LWS_TOKZE_INTEGER, '.') if !flags.has(LWS_TOKENIZE_F_NO_FLOATS) && start.at != end.at => {
                LWS_TOKZE_FLOAT
            }
            (LWS_TOKZE_FLOAT, '.') => return Element::error(LWS_TOKZE_ERR_MALFORMED_FLOAT, end),
            (LWS_TOKZE_INTEGER | LWS_TOKZE_FLOAT, '0'..='9') => kind,
            (_, character) if flags.joins(character) => LWS_TOKZE_TOKEN,
            _ => break,
        };
        end = behind;
    }
    named(Element { kind, start, length: start.distance(end), rest: end }, flags)
}

/// An element, or the name that it is because of what stands behind it.
fn named(element: Element, flags: Flags) -> Element {
    let mut rest = element.rest;
    rest.skip_while(is_space);
    let kind = match rest.character() {
        Some(Ok('=')) if !flags.has(LWS_TOKENIZE_F_EQUALS_NONTERM) => LWS_TOKZE_TOKEN_NAME_EQUALS,
        Some(Ok(':')) if flags.has(LWS_TOKENIZE_F_AGG_COLON) => LWS_TOKZE_TOKEN_NAME_COLON,
        Some(Err(error)) => return Element::error(error, element.rest),
        _ => return element,
    };
    // A number has no value; but a time has colons.
    if kind == LWS_TOKZE_TOKEN_NAME_EQUALS && element.kind != LWS_TOKZE_TOKEN {
        return Element { kind: LWS_TOKZE_ERR_NUM_ON_LHS, ..element };
    }
    Element { kind, rest, ..element }
}

/// What a list needs next after an element of this kind, which starts there; `None`: the element is not what it needed.
fn follow(
    needs: lws_tokenize_delimiter_tracking,
    kind: lws_tokenize_elem,
    start: Text,
) -> Option<lws_tokenize_delimiter_tracking> {
    match (kind, needs) {
        (LWS_TOKZE_DELIMITER, _) if start.peek() != Some(b',') => None,
        (LWS_TOKZE_ENDED, LWSTZ_DT_NEED_NEXT_CONTENT) => None,
        (LWS_TOKZE_DELIMITER, LWSTZ_DT_NEED_DELIM) => Some(LWSTZ_DT_NEED_NEXT_CONTENT),
        (LWS_TOKZE_DELIMITER, _) => None,
        (LWS_TOKZE_TOKEN_NAME_EQUALS | LWS_TOKZE_TOKEN_NAME_COLON, needs) => {
            (needs != LWSTZ_DT_NEED_DELIM).then_some(LWSTZ_DT_NEED_NEXT_CONTENT)
        }
        (kind, LWSTZ_DT_NEED_DELIM) if kind > 0 => None,
        (kind, _) if kind > 0 => Some(LWSTZ_DT_NEED_DELIM),
        (_, needs) => Some(needs),
    }
}

export! {
    fn lws_tokenize_init(ts: *mut State, start: *const c_char, flags: c_int) {
        // SAFETY: NULL or valid by contract, here and in the functions below.
        if let Some(ts) = unsafe { ts.as_mut() } {
            *ts = State {
                start,
                token: ptr::null(),
                len: UNTIL_ZERO,
                token_len: 0,
                flags: flags as u16,
                delim: LWSTZ_DT_NEED_FIRST_CONTENT as u8,
                e: 0,
            };
        }
    }

    fn lws_tokenize_cstr(ts: *mut State, str: *mut c_char, max: usize) -> c_int {
        // SAFETY: as above; `str` has `max` bytes by contract.
        let (ts, mut buffer) = unsafe { (ts.as_ref(), TextBuffer::new(str, max)) };
        // SAFETY: the element lies in the text.
        let element = ts.map(|ts| unsafe { bytes(ts.token.cast(), ts.token_len) });
        zero_or_one(element.and_then(|element| buffer.push(element)))
    }

    fn lws_tokenize(ts: *mut State) -> lws_tokenize_elem {
        // SAFETY: as above.
        let Some(ts) = (unsafe { ts.as_mut() }) else { return LWS_TOKZE_ENDED };
        let flags = Flags(ts.flags.into());
        let mut element = next(Text { at: ts.start.cast(), left: ts.len }, flags);
        if flags.has(LWS_TOKENIZE_F_COMMA_SEP_LIST) {
            match follow(ts.delim.into(), element.kind, element.start) {
                Some(needs) => ts.delim = needs as u8,
                None => element.kind = LWS_TOKZE_ERR_COMMA_LIST,
            }
        }
        (ts.token, ts.token_len) = (element.start.at.cast(), element.length);
        // An error stays: the text goes on where it is.
        if element.kind >= 0 {
            (ts.start, ts.len) = (element.rest.at.cast(), element.rest.left);
        }
        element.kind
    }
}
