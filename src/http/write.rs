//! Writing into a caller's buffer without an allocator and without `core::fmt`, which costs kilobytes of
//! flash. What has many callers is kept out of line for the same reason.

/// A buffer and how much of it is written.
pub(super) struct Cursor<'b> {
    buffer: &'b mut [u8],
    length: usize,
}

impl<'b> Cursor<'b> {
    pub(super) fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, length: 0 }
    }

    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// Forgets what was written behind the first `length` bytes.
    pub(super) fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    /// Appends `bytes`; `None`, and nothing is written, when they do not fit.
    #[inline(never)]
    pub(super) fn put(&mut self, bytes: &[u8]) -> Option<()> {
        let end = self.length.checked_add(bytes.len())?;
        self.buffer.get_mut(self.length..end)?.copy_from_slice(bytes);
        self.length = end;
        Some(())
    }

    /// What was written.
    pub(super) fn finish(self) -> &'b [u8] {
        self.buffer.get(..self.length).unwrap_or_default()
    }
}

/// The most digits a `u64` has.
pub(super) const DECIMAL_LENGTH: usize = 20;

/// `value` in decimal, written to the end of `buffer`.
pub(super) fn decimal(mut value: u64, buffer: &mut [u8; DECIMAL_LENGTH]) -> &[u8] {
    let mut start = 0;
    for (index, digit) in buffer.iter_mut().enumerate().rev() {
        *digit = b'0' | (value % 10) as u8;
        value /= 10;
        start = index;
        if value == 0 {
            break;
        }
    }
    buffer.get(start..).unwrap_or_default()
}

/// Writes `value` into `buffer` as decimal digits, zero-padded to its length; higher digits are cut off.
#[inline(never)]
pub(super) fn padded_decimal(mut value: u32, buffer: &mut [u8]) {
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
        assert_eq!(cursor.put(b"ab"), Some(()));
        assert_eq!(cursor.put(b"cd"), None);
        assert_eq!(cursor.finish(), b"ab");
    }
}
