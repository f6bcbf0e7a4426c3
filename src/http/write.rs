//! Writing into a caller's buffer without an allocator and without `core::fmt`, which costs kilobytes of
//! flash. What has many callers is kept out of line for the same reason.

/// The end of a line.
pub(super) const CRLF: [u8; 2] = *b"\r\n";

/// A buffer and how much of it is written.
pub(crate) struct Cursor<'b> {
    buffer: &'b mut [u8],
    length: usize,
}

impl<'b> Cursor<'b> {
    pub(crate) fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, length: 0 }
    }

    /// Goes on behind `length` bytes; `None` unless there is room for `spare` bytes more.
    pub(super) fn behind(buffer: &'b mut [u8], length: usize, spare: usize) -> Option<Self> {
        let room = buffer.len().checked_sub(length)?;
        (room >= spare).then_some(Self { buffer, length })
    }

    /// How many bytes were written.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// Appends `parts`, one behind the other; `None`, and nothing counts as written, unless they fit and leave
    /// room for `spare` bytes more.
    #[inline(never)]
    pub(crate) fn put(&mut self, parts: &[&[u8]], spare: usize) -> Option<()> {
        let whole = self.buffer.len();
        let mut room = self.buffer.get_mut(self.length..)?;
        for part in parts {
            let (slot, behind) = room.split_at_mut_checked(part.len())?;
            slot.copy_from_slice(part);
            room = behind;
        }
        let left = room.len();
        if left < spare {
            return None;
        }
        self.length = whole.wrapping_sub(left);
        Some(())
    }

    /// Appends CRLF; `None` when it does not fit. A store where [`Cursor::put`] would make a call.
    pub(super) fn put_crlf(&mut self) -> Option<()> {
        *self.buffer.get_mut(self.length..)?.first_chunk_mut()? = CRLF;
        self.length = self.length.wrapping_add(CRLF.len());
        Some(())
    }

    /// What was written.
    pub(crate) fn finish(self) -> &'b [u8] {
        self.buffer.get(..self.length).unwrap_or_default()
    }
}

/// The most digits a `u64` has.
pub(crate) const DECIMAL_LENGTH: usize = 20;

/// `value` in decimal, written to the end of `buffer`.
pub(crate) fn decimal(mut value: u64, buffer: &mut [u8; DECIMAL_LENGTH]) -> &[u8] {
    let mut start = 0;
    for (index, digit) in buffer.iter_mut().enumerate().rev() {
        let last;
        (value, last) = split_digit(value);
        *digit = b'0' | last;
        start = index;
        if value == 0 {
            break;
        }
    }
    buffer.get(start..).unwrap_or_default()
}

/// All digits but the last, and the last. A small core divides 32 bits, but not 64, in hardware.
fn split_digit(value: u64) -> (u64, u8) {
    match u32::try_from(value) {
        Ok(short) => (u64::from(short / 10), (short % 10) as u8),
        Err(_) => (value / 10, (value % 10) as u8),
    }
}

/// Writes `value` into `buffer` as decimal digits, zero-padded to its length; higher digits are cut off.
#[inline(never)]
pub(crate) fn padded_decimal(mut value: u32, buffer: &mut [u8]) {
    for digit in buffer.iter_mut().rev() {
        *digit = b'0' | (value % 10) as u8;
        value /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_writes_every_magnitude() {
        for (value, text) in
            [(0, "0"), (7, "7"), (10, "10"), (1234, "1234"), (u64::MAX, "18446744073709551615")]
        {
            assert_eq!(decimal(value, &mut [0; DECIMAL_LENGTH]), text.as_bytes());
        }
    }

    #[test]
    fn a_full_cursor_keeps_what_it_has() {
        let mut buffer = [0; 3];
        let mut cursor = Cursor::new(&mut buffer);
        assert_eq!(cursor.put(&[b"a", b""], 2), Some(()));
        assert_eq!(cursor.put(&[b"b"], 2), None);
        assert_eq!(cursor.put(&[b"b", b"cd"], 0), None);
        assert_eq!(cursor.put(&[b"b"], 1), Some(()));
        assert_eq!(cursor.put_crlf(), None);
        assert_eq!(cursor.finish(), b"ab");
    }
}
