//! `lejp`: JSON that comes in pieces (RFC 8259), a callback for each name and value.
//!
//! Everything that is known of the text is in the context, which is the application's: it may look at it in its callbacks, and change some. So
//! no index in there is trusted. `st[..sp]` are the objects and arrays that are open, and `st[sp]` says what may come next.

use core::ffi::{CStr, c_char, c_int, c_uchar, c_void};

use super::abi::*;
use super::boundary::{bytes, length};
use super::export;

/// Why the text is refused: LEJP_REJECT_...
pub(super) type Refused = lejp_reasons;

/// Whether the byte was taken.
pub(super) enum Taken {
    Yes,
    /// It is to be looked at again: it ended what was before it.
    No,
    /// It was the last one.
    Last,
}

/// A context of C. It is borrowed for single accesses, never while a callback runs.
pub(super) struct Parser(*mut lejp_ctx);

impl Parser {
    /// # Safety
    /// `context` is NULL, or was constructed, and is used by nobody else but the callback.
    pub(super) unsafe fn from_c(context: *mut lejp_ctx) -> Option<Self> {
        (!context.is_null()).then_some(Parser(context))
    }

    pub(super) fn context(&mut self) -> &mut lejp_ctx {
        // SAFETY: `from_c` was given a valid context.
        unsafe { &mut *self.0 }
    }

    /// What may come next, and where in the text that is.
    pub(super) fn top(&mut self) -> Result<&mut _lejp_stack, Refused> {
        let depth = usize::from(self.context().sp);
        self.context().st.get_mut(depth).ok_or(LEJP_REJECT_STACK_OVERFLOW)
    }

    /// The object or array around; none at the root.
    fn around(&mut self) -> Option<&mut _lejp_stack> {
        let depth = usize::from(self.context().sp).checked_sub(1)?;
        self.context().st.get_mut(depth)
    }

    fn is_in_array(&mut self) -> bool {
        self.around().is_some_and(|around| state(around) == LEJP_MP_ARRAY_END)
    }

    /// This may come next.
    pub(super) fn expects(&mut self, next: lejp_states) -> Result<Taken, Refused> {
        self.top()?.s = next as c_char;
        Ok(Taken::Yes)
    }

    /// Calls the application; what it returns. Without a callback nothing is refused.
    pub(super) fn tell(&mut self, reason: lejp_callbacks) -> c_int {
        let place = usize::from(self.context().pst_sp);
        let callback = self.context().pst.get(place).and_then(|parsing| parsing.callback);
        // SAFETY: the application's function, with the context that it is for.
        callback.map_or(0, |call| unsafe { call(self.0, reason as c_char) }.into())
    }

    pub(super) fn call(&mut self, reason: lejp_callbacks) -> Result<(), Refused> {
        if self.tell(reason) == 0 { Ok(()) } else { Err(LEJP_REJECT_CALLBACK) }
    }
}

pub(super) fn state(level: &_lejp_stack) -> lejp_states {
    level.s as u8 as lejp_states
}

fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Between the values.
impl Parser {
    /// Takes bytes; how many are left behind the end, `None` when that has not come.
    fn parse(&mut self, text: &[u8]) -> Result<Option<usize>, Refused> {
        let top = self.top()?;
        if state(top) == LEJP_IDLE && top.i as u8 == 0 {
            top.i = 1;
            self.tell(LEJPCB_START);
        }
        for (place, &byte) in text.iter().enumerate() {
            if byte == b'\n' {
                self.context().line = self.context().line.wrapping_add(1);
            }
            while !self.skips(byte)? {
                match self.take(byte)? {
                    Taken::Yes => break,
                    Taken::No => {}
                    Taken::Last => return Ok(Some(text.len() - place - 1)),
                }
            }
        }
        Ok(None)
    }

    /// White space, and comments from `#` to the end of the line.
    fn skips(&mut self, byte: u8) -> Result<bool, Refused> {
        let top = self.top()?;
        let before = top.s as u8;
        if u32::from(before) & LEJP_FLAG_WS_KEEP != 0 {
            return Ok(false);
        }
        let comment = LEJP_FLAG_WS_COMMENTLINE as u8;
        let is_comment = before & comment != 0;
        if byte == b'#' {
            top.s = (before | comment) as c_char;
        } else if byte == b'\n' {
            top.s = (before & !comment) as c_char;
        }
        Ok(is_comment || byte == b'#' || is_white(byte))
    }

    fn take(&mut self, byte: u8) -> Result<Taken, Refused> {
        match state(self.top()?) {
            LEJP_IDLE => self.root(byte),
            LEJP_MEMBERS if byte == b'}' => self.close(LEJPCB_OBJECT_END),
            LEJP_MEMBERS | LEJP_M_P => self.name(byte),
            LEJP_MP_DELIM => self.delimiter(byte),
            LEJP_MP_VALUE => self.value(byte),
            LEJP_MP_COMMA_OR_END => self.behind_value(byte),
            LEJP_MP_STRING => self.string(byte),
            LEJP_MP_STRING_ESC => self.escape(byte),
            LEJP_MP_STRING_ESC_U1 => self.code_unit(byte, LEJP_MP_STRING_ESC_U2),
            LEJP_MP_STRING_ESC_U2 => self.code_unit(byte, LEJP_MP_STRING_ESC_U3),
            LEJP_MP_STRING_ESC_U3 => self.code_unit(byte, LEJP_MP_STRING_ESC_U4),
            LEJP_MP_STRING_ESC_U4 => self.code_unit(byte, LEJP_MP_STRING),
            LEJP_MP_VALUE_NUM_INT | LEJP_MP_VALUE_NUM_EXP => self.number(byte),
            LEJP_MP_VALUE_TOK => self.word(byte),
            _ => Err(LEJP_REJECT_UNKNOWN),
        }
    }

    fn root(&mut self, byte: u8) -> Result<Taken, Refused> {
        match byte {
            b'{' => self.open_object(),
            b'[' => {
                self.context().outer_array = 1;
                self.open_array()
            }
            _ => Err(LEJP_REJECT_IDLE_NO_BRACE),
        }
    }

    fn name(&mut self, byte: u8) -> Result<Taken, Refused> {
        if byte != b'"' {
            return Err(LEJP_REJECT_MP_NO_OPEN_QUOTE);
        }
        let prefix = self.around().map_or(0, |around| around.p as u8);
        self.leave_path(prefix);
        // A member's name is judged for itself, whatever is around it.
        self.context().path_match = 0;
        if prefix > 0 {
            self.push_path(b'.')?;
        }
        self.begin_name()
    }

    fn delimiter(&mut self, byte: u8) -> Result<Taken, Refused> {
        if byte != b':' {
            return Err(LEJP_REJECT_MP_DELIM_MISSING_COLON);
        }
        self.check_path();
        self.call(LEJPCB_PAIR_NAME)?;
        self.expects(LEJP_MP_VALUE)
    }

    fn value(&mut self, byte: u8) -> Result<Taken, Refused> {
        match byte {
            b'{' => self.open_object(),
            b'[' => self.open_array(),
            b']' if self.is_in_array() => self.close(LEJPCB_ARRAY_END),
            b']' => Err(LEJP_REJECT_MP_C_OR_E_NOTARRAY),
            b'"' => self.begin_text(),
            b'-' | b'0'..=b'9' => self.begin_number(),
            _ => self.begin_word(byte),
        }
    }

    fn behind_value(&mut self, byte: u8) -> Result<Taken, Refused> {
        let is_array = self.is_in_array();
        match byte {
            b',' => {
                let prefix = self.around().map_or(0, |around| around.p as u8);
                self.leave_path(prefix);
                if is_array {
                    self.next_index();
                    self.check_path();
                }
                self.expects(if is_array { LEJP_MP_VALUE } else { LEJP_M_P })
            }
            b']' if is_array => self.close(LEJPCB_ARRAY_END),
            b']' => Err(LEJP_REJECT_MP_C_OR_E_NOTARRAY),
            b'}' if !is_array => self.close(LEJPCB_OBJECT_END),
            b'}' => Err(LEJP_REJECT_MP_ARRAY_END_MISSING),
            _ => Err(LEJP_REJECT_MP_C_OR_E_NEITHER),
        }
    }
}

/// Objects and arrays.
impl Parser {
    fn open_object(&mut self) -> Result<Taken, Refused> {
        self.check_path();
        self.call(LEJPCB_OBJECT_START)?;
        self.open(LEJP_MEMBERS, LEJP_MEMBERS)
    }

    fn open_array(&mut self) -> Result<Taken, Refused> {
        self.push_path(b'[')?;
        self.push_path(b']')?;
        self.check_path();
        self.call(LEJPCB_ARRAY_START)?;
        self.open(LEJP_MP_ARRAY_END, LEJP_MP_VALUE)?;
        let place = usize::from(self.context().ipos);
        *self.context().i.get_mut(place).ok_or(LEJP_REJECT_MP_DELIM_ISTACK)? = 0;
        self.context().ipos += 1;
        Ok(Taken::Yes)
    }

    /// `level` is open from now on, and `next` may come in there.
    fn open(&mut self, level: lejp_states, next: lejp_states) -> Result<Taken, Refused> {
        let (path, indices) = (self.path_length(), self.context().ipos);
        let top = self.top()?;
        (top.s, top.p, top.i) = (level as c_char, path as c_char, indices as c_char);
        self.context().sp = self.context().sp.checked_add(1).ok_or(LEJP_REJECT_STACK_OVERFLOW)?;
        let top = self.top()?;
        *top = _lejp_stack { s: next as c_char, p: 0, i: 0, b: 0 };
        Ok(Taken::Yes)
    }

    /// The object or array around ends: with the path that it began with.
    fn close(&mut self, reason: lejp_callbacks) -> Result<Taken, Refused> {
        let around = *self.around().ok_or(LEJP_REJECT_MP_C_OR_E_UNDERF)?;
        self.context().sp -= 1;
        self.context().ipos = around.i as u8;
        self.leave_path(around.p as u8);
        self.check_path();
        let is_root = self.context().sp == 0;
        self.expects(if is_root { LEJP_IDLE } else { LEJP_MP_COMMA_OR_END })?;
        self.call(reason)?;
        if !is_root {
            return Ok(Taken::Yes);
        }
        self.top()?.i = 0;
        self.leave_path(0);
        self.call(LEJPCB_COMPLETE)?;
        Ok(Taken::Last)
    }

    fn next_index(&mut self) {
        let place = usize::from(self.context().ipos).wrapping_sub(1);
        if let Some(index) = self.context().i.get_mut(place) {
            *index = index.wrapping_add(1);
        }
    }
}

export! {
    fn lejp_construct(
        ctx: *mut lejp_ctx,
        callback: lejp_callback,
        user: *mut c_void,
        paths: *const *const c_char,
        paths_count: c_uchar,
    ) {
        if ctx.is_null() {
            return;
        }
        // SAFETY: valid by contract; zeros are a value of every member.
        unsafe {
            ctx.write_bytes(0, 1);
            (*ctx).user = user;
            (*ctx).line = 1;
            (*ctx).count_paths = paths_count;
            (*ctx).pst[0] =
                _lejp_parsing_stack { user, callback, paths, count_paths: paths_count, ppos: 0, path_match: 0 };
            Parser(ctx).tell(LEJPCB_CONSTRUCTED);
        }
    }

    fn lejp_destruct(ctx: *mut lejp_ctx) {
        // SAFETY: NULL or constructed by contract, here and in all functions below.
        if let Some(mut parser) = unsafe { Parser::from_c(ctx) } {
            parser.tell(LEJPCB_DESTRUCTED);
        }
    }

    fn lejp_parse(ctx: *mut lejp_ctx, json: *const c_uchar, len: c_int) -> c_int {
        // SAFETY: as above; `len` bytes by contract.
        let (parser, text) = unsafe { (Parser::from_c(ctx), bytes(json, length(len))) };
        let Some(mut parser) = parser else { return LEJP_REJECT_UNKNOWN as c_int };
        match parser.parse(text) {
            Ok(None) => LEJP_CONTINUE as c_int,
            Ok(Some(left)) => super::boundary::int(left),
            Err(refused) => {
                parser.tell(LEJPCB_FAILED);
                refused as c_int
            }
        }
    }

    fn lejp_change_callback(ctx: *mut lejp_ctx, callback: lejp_callback) {
        // SAFETY: as above.
        let Some(mut parser) = (unsafe { Parser::from_c(ctx) }) else { return };
        parser.tell(LEJPCB_DESTRUCTED);
        let place = usize::from(parser.context().pst_sp);
        if let Some(parsing) = parser.context().pst.get_mut(place) {
            parsing.callback = callback;
        }
        parser.tell(LEJPCB_CONSTRUCTED);
        parser.tell(LEJPCB_START);
    }

    fn lejp_error_to_string(e: c_int) -> *const c_char {
        const TEXTS: [&CStr; 24] = [
            c"",
            c"more is to come",
            c"it begins neither with { nor with [",
            c"an object does not end",
            c"a name does not begin with a quote",
            c"a string is nowhere",
            c"a control character in a string",
            c"an unknown escape in a string",
            c"a digit that is not hexadecimal",
            c"no colon behind a name",
            c"this is no value",
            c"no digits behind a point",
            c"a number is malformed",
            c"an exponent is malformed",
            c"an unknown word",
            c"more ends than there were beginnings",
            c"a ] where no array is open",
            c"an array does not end",
            c"too deep",
            c"too many arrays in arrays",
            c"a number is too long",
            c"neither a comma nor an end behind a value",
            c"no context, or one that was overwritten",
            c"the application refused",
        ];
        let text = usize::try_from(e.saturating_neg()).ok().and_then(|place| TEXTS.get(place).copied());
        text.unwrap_or(c"an unknown error").as_ptr()
    }

    fn lejp_check_path_match(ctx: *mut lejp_ctx) {
        // SAFETY: as above.
        if let Some(mut parser) = unsafe { Parser::from_c(ctx) } {
            parser.check_path();
        }
    }
}
