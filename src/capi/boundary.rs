//! What crosses the border to C: pointers as references, slices and texts; buffers of C as writers.

use core::ffi::{CStr, c_char, c_int};
use core::slice;

use crate::http::write::{DECIMAL_LENGTH, decimal, padded_decimal};

/// The bytes of a C string, without its zero byte; `None` for NULL.
///
/// # Safety
/// `text` is NULL or a C string that lives and does not change for `'a`.
#[inline(never)]
pub(super) unsafe fn text<'a>(text: *const c_char) -> Option<&'a [u8]> {
    if text.is_null() {
        return None;
    }
    // SAFETY: the caller vouches for a C string.
    Some(unsafe { CStr::from_ptr(text) }.to_bytes())
}

/// `length` bytes at `start`; none if one of them is nothing.
///
/// # Safety
/// `start` is NULL, or `length` bytes there are initialised, live and do not change for `'a`.
pub(super) unsafe fn bytes<'a>(start: *const u8, length: usize) -> &'a [u8] {
    if start.is_null() || length == 0 || length > isize::MAX as usize {
        return &[];
    }
    // SAFETY: the caller vouches for the bytes.
    unsafe { slice::from_raw_parts(start, length) }
}

/// A length that C counts in `int`: negative ones are none.
pub(super) fn length(length: c_int) -> usize {
    usize::try_from(length).unwrap_or(0)
}

/// A number of bytes as C's `int`, which lengths below 2 GiB fit into.
pub(super) fn int(number: usize) -> c_int {
    c_int::try_from(number).unwrap_or(c_int::MAX)
}

/// A buffer of C for text, that is filled and ends with a zero byte.
pub(super) struct TextBuffer {
    start: *mut u8,
    size: usize,
    used: usize,
}

impl TextBuffer {
    /// # Safety
    /// `start` is NULL, or `size` bytes there may be written, by nobody else while the buffer is in use.
    pub(super) unsafe fn new(start: *mut c_char, size: usize) -> Self {
        let size = if start.is_null() { 0 } else { size.min(isize::MAX as usize) };
        let mut buffer = TextBuffer { start: start.cast(), size, used: 0 };
        buffer.terminate();
        buffer
    }

    /// Appends bytes, all or none: `None` when they and the zero byte do not fit.
    #[inline(never)]
    pub(super) fn push(&mut self, bytes: &[u8]) -> Option<()> {
        if bytes.len() >= self.size.saturating_sub(self.used) {
            return None;
        }
        // SAFETY: `used + bytes.len() < size`, and the buffer of C overlaps no Rust slice (`new`).
        unsafe { self.start.add(self.used).copy_from(bytes.as_ptr(), bytes.len()) };
        self.used += bytes.len();
        self.terminate();
        Some(())
    }

    /// Appends as many of the bytes as fit.
    pub(super) fn push_what_fits(&mut self, bytes: &[u8]) {
        let room = self.size.saturating_sub(self.used).saturating_sub(1);
        let _ = self.push(bytes.get(..room).unwrap_or(bytes));
    }

    /// Bytes so far, without the zero byte.
    pub(super) fn len(&self) -> usize {
        self.used
    }

    /// Fills the room behind the text with zero bytes.
    pub(super) fn fill(&mut self) {
        // SAFETY: `used <= size`; without a buffer both are 0.
        unsafe { self.start.wrapping_add(self.used).write_bytes(0, self.size - self.used) };
    }

    /// Leaves an empty text.
    pub(super) fn clear(&mut self) {
        self.used = 0;
        self.terminate();
    }

    fn terminate(&mut self) {
        if self.used < self.size {
            // SAFETY: `used < size`.
            unsafe { self.start.add(self.used).write(0) };
        }
    }
}

/// Numbers without `core::fmt`, which takes 2 KB of flash: a library without log lines needs it for nothing else.
impl TextBuffer {
    /// Appends a number in decimal, if it fits.
    pub(super) fn push_number(&mut self, number: u64) -> Option<()> {
        self.push(decimal(number, &mut [0; DECIMAL_LENGTH]))
    }

    /// Appends three digits of a number below 1,000.
    pub(super) fn push_thousandths(&mut self, number: u32) -> Option<()> {
        let mut digits = [0; 3];
        padded_decimal(number, &mut digits);
        self.push(&digits)
    }
}

impl core::fmt::Write for TextBuffer {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.push(text.as_bytes()).ok_or(core::fmt::Error)
    }
}

/// Writes at a pointer of C, which moves on, up to an end: how libwebsockets composes heads.
pub(super) struct Cursor {
    position: *mut *mut u8,
    end: *mut u8,
}

impl Cursor {
    /// `None` unless there are a position and an end.
    ///
    /// # Safety
    /// If neither is NULL, the bytes from `*position` up to `end` may be written, by nobody else while the cursor is in use.
    pub(super) unsafe fn new(position: *mut *mut u8, end: *mut u8) -> Option<Self> {
        // SAFETY: `position` is not NULL, and the caller vouches for it.
        let usable = !position.is_null() && !end.is_null() && !unsafe { *position }.is_null();
        usable.then_some(Cursor { position, end })
    }

    /// Writes the pieces, all or none.
    pub(super) fn push(&mut self, pieces: &[&[u8]]) -> Option<()> {
        let total = pieces.iter().map(|piece| piece.len()).sum::<usize>();
        // SAFETY: `new` was given valid pointers.
        let mut position = unsafe { *self.position };
        if total > self.end.addr().saturating_sub(position.addr()) {
            return None;
        }
        for piece in pieces {
            // SAFETY: all pieces together end at `end` at the latest.
            unsafe {
                position.copy_from(piece.as_ptr(), piece.len());
                position = position.add(piece.len());
            }
        }
        // SAFETY: as above.
        unsafe { *self.position = position };
        Some(())
    }
}

/// 0 for what worked, -1 for what did not: how callbacks and most functions answer.
pub(super) fn zero_or_negative(result: Option<()>) -> c_int {
    if result.is_some() { 0 } else { -1 }
}

/// 0 for what worked, 1 for what did not: how the functions that compose heads answer.
pub(super) fn zero_or_one(result: Option<()>) -> c_int {
    c_int::from(result.is_none())
}
