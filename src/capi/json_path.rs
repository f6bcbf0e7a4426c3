//! Where in a JSON text `lejp` is, and which of the application's paths that is.

use core::ffi::{c_char, c_int, c_uchar, c_void};

use super::abi::*;
use super::boundary::{TextBuffer, int, length, text};
use super::export;
use super::json_stream::Parser;

/// The path.
impl Parser {
    fn parsing(&mut self) -> Option<&mut _lejp_parsing_stack> {
        let place = usize::from(self.context().pst_sp);
        self.context().pst.get_mut(place)
    }

    /// How long the path is for whoever is in charge.
    pub(super) fn path_length(&mut self) -> u8 {
        self.parsing().map_or(0, |parsing| parsing.ppos)
    }

    /// Cuts the path. It is never longer than there is room for.
    pub(super) fn set_path_length(&mut self, length: u8) {
        if let Some(parsing) = self.parsing() {
            parsing.ppos = length;
        }
        if let Some(end) = self.context().path.get_mut(usize::from(length)) {
            *end = 0;
        }
    }

    /// Appends to the path.
    pub(super) fn push_path(&mut self, byte: u8) -> Result<(), lejp_reasons> {
        let length = self.path_length();
        let room = self.context().path.len() - 1;
        let place = self.context().path.get_mut(..room).and_then(|path| path.get_mut(usize::from(length)));
        *place.ok_or(LEJP_REJECT_STACK_OVERFLOW)? = byte as c_char;
        self.set_path_length(length + 1);
        Ok(())
    }

    /// Goes back to a shorter path; what matched as far as there, or behind, matches no more.
    pub(super) fn leave_path(&mut self, length: u8) {
        self.set_path_length(length);
        if length <= self.context().path_match_len {
            self.context().path_match = 0;
        }
    }

    fn path(&mut self) -> ([u8; LEJP_MAX_PATH as usize], usize) {
        let length = usize::from(self.path_length()).min(self.context().path.len());
        (self.context().path.map(|byte| byte as u8), length)
    }

    /// Looks for the path among those of the application, unless one was found above.
    pub(super) fn check_path(&mut self) {
        if self.context().path_match != 0 {
            return;
        }
        let (path, length) = self.path();
        let path = path.get(..length).unwrap_or_default();
        let mut found = Wildcards::default();
        let mut which = 0;
        for number in 0..self.parsing().map_or(0, |parsing| parsing.count_paths) {
            let Some(pattern) = self.pattern(number) else { continue };
            if let Some(wildcards) = fit(path, pattern) {
                (found, which) = (wildcards, number.saturating_add(1));
                break;
            }
        }
        let context = self.context();
        context.path_match = which;
        context.path_match_len = int(length) as u8;
        context.wildcount = found.count;
        let places = context.wild.len().min(found.starts.len());
        context.wild[..places].copy_from_slice(&found.starts[..places]);
    }

    /// One of the application's paths.
    fn pattern<'a>(&mut self, number: u8) -> Option<&'a [u8]> {
        let stride = match self.context().path_stride {
            0 => size_of::<*const c_char>(),
            stride => stride,
        };
        let paths = self.parsing()?.paths;
        if paths.is_null() {
            return None;
        }
        // SAFETY: the table has `count_paths` pointers, so many bytes apart, by contract.
        unsafe { text(paths.byte_add(stride * usize::from(number)).read()) }
    }
}

/// Where in a path the wildcards of a pattern begin.
#[derive(Default)]
struct Wildcards {
    starts: [u16; LEJP_MAX_INDEX_DEPTH as usize],
    count: u8,
}

/// Whether a path is what a pattern says: `*` stands for the rest of a name, at the pattern's end for all the rest, but not for nothing.
fn fit(path: &[u8], pattern: &[u8]) -> Option<Wildcards> {
    let mut wildcards = Wildcards::default();
    let mut at = 0;
    for (place, &wanted) in pattern.iter().enumerate() {
        let rest = path.get(at..).filter(|rest| !rest.is_empty())?;
        if wanted != b'*' {
            at += usize::from(rest.first() == Some(&wanted));
            if rest.first() != Some(&wanted) {
                return None;
            }
            continue;
        }
        *wildcards.starts.get_mut(usize::from(wildcards.count))? = u16::try_from(at).ok()?;
        wildcards.count += 1;
        let is_last = place + 1 == pattern.len();
        at += if is_last {
            rest.len()
        } else {
            rest.iter().position(|&byte| byte == b'.').unwrap_or(rest.len())
        };
    }
    (at == path.len()).then_some(wildcards)
}

export! {
    fn lejp_get_wildcard(ctx: *mut lejp_ctx, wildcard: c_int, dest: *mut c_char, len: c_int) -> c_int {
        // SAFETY: NULL or constructed by contract, `len` bytes at `dest`.
        let (parser, mut buffer) = unsafe { (Parser::from_c(ctx), TextBuffer::new(dest, length(len))) };
        let (Some(mut parser), Ok(number)) = (parser, usize::try_from(wildcard)) else { return 0 };
        let starts = parser.context().wild;
        let start = starts.get(..usize::from(parser.context().wildcount).min(starts.len())).unwrap_or_default();
        let (path, end) = parser.path();
        let Some(rest) = start.get(number).and_then(|start| path.get(usize::from(*start)..end)) else { return 0 };
        if dest.is_null() || len <= 0 {
            return 0;
        }
        buffer.push_what_fits(rest.split(|&byte| byte == b'.').next().unwrap_or_default());
        int(buffer.len() + 1)
    }

    fn lejp_parser_push(
        ctx: *mut lejp_ctx,
        user: *mut c_void,
        paths: *const *const c_char,
        paths_count: c_uchar,
        lejp_cb: lejp_callback,
    ) -> c_int {
        // SAFETY: NULL or constructed by contract.
        let Some(mut parser) = (unsafe { Parser::from_c(ctx) }) else { return -1 };
        parser.check_path();
        let matched = parser.context().path_match;
        if let Some(parsing) = parser.parsing() {
            parsing.path_match = matched;
        }
        let place = usize::from(parser.context().pst_sp) + 1;
        let Some(parsing) = parser.context().pst.get_mut(place) else { return -1 };
        *parsing = _lejp_parsing_stack {
            user,
            callback: lejp_cb,
            paths,
            count_paths: paths_count,
            ppos: 0,
            path_match: 0,
        };
        parser.context().pst_sp += 1;
        parser.context().path_match = 0;
        0
    }

    fn lejp_parser_pop(ctx: *mut lejp_ctx) -> c_int {
        // SAFETY: NULL or constructed by contract.
        let Some(mut parser) = (unsafe { Parser::from_c(ctx) }) else { return -1 };
        let Some(place) = parser.context().pst_sp.checked_sub(1) else { return -1 };
        parser.context().pst_sp = place;
        parser.context().path_match = parser.parsing().map_or(0, |parsing| parsing.path_match);
        0
    }
}
