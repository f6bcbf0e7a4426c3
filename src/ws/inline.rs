//! Bytes that fit in a value: frame headers and control frames live on the stack.

use core::{fmt, ops::Deref};

/// At most `N` bytes (up to 255), stored inline; aligned, so that a small core moves it by words.
#[derive(Clone)]
#[repr(C, align(4))]
pub struct Inline<const N: usize> {
    // First, so that they are aligned too.
    bytes: [u8; N],
    length: u8,
}

impl<const N: usize> Inline<N> {
    pub(crate) const fn new() -> Self {
        Self::from_front([0; N], 0)
    }

    /// The first `length` bytes of `bytes`.
    pub(crate) const fn from_front(bytes: [u8; N], length: u8) -> Self {
        const { assert!(N <= u8::MAX as usize) };
        Self { bytes, length }
    }

    /// Appends as much of `bytes` as there is room for.
    pub(crate) fn append(&mut self, bytes: &[u8]) {
        append(&mut self.bytes, &mut self.length, bytes);
    }

    /// The bytes behind the first `from`.
    pub(crate) fn tail_mut(&mut self, from: usize) -> &mut [u8] {
        self.bytes.get_mut(from..self.length.into()).unwrap_or_default()
    }
}

/// One copy of the code for every `N`.
#[inline(never)]
fn append(storage: &mut [u8], length: &mut u8, bytes: &[u8]) {
    let room = storage.get_mut(usize::from(*length)..).unwrap_or_default();
    let count = bytes.len().min(room.len());
    if let (Some(slot), Some(bytes)) = (room.get_mut(..count), bytes.get(..count)) {
        slot.copy_from_slice(bytes);
        *length = length.wrapping_add(count as u8);
    }
}

impl<const N: usize> Deref for Inline<N> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.length.into()).unwrap_or_default()
    }
}

impl<const N: usize> AsRef<[u8]> for Inline<N> {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl<const N: usize> fmt::Debug for Inline<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_left_out() {
        let mut inline = Inline::<4>::new();
        for (bytes, held) in [(&b"ab"[..], &b"ab"[..]), (b"", b"ab"), (b"cde", b"abcd"), (b"f", b"abcd")] {
            inline.append(bytes);
            assert_eq!(&inline[..], held);
        }
        assert_eq!(inline.tail_mut(3), b"d");
        assert_eq!(&Inline::from_front(*b"abcd", 2)[..], b"ab");
    }
}
