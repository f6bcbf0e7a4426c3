//! Bytes that fit in a value: frame headers and control frames live on the stack.

use core::{fmt, ops::Deref};

/// At most `N` bytes (up to 255), stored inline; aligned, so that a small core moves it by words.
#[derive(Clone)]
#[repr(align(4))]
pub struct Inline<const N: usize> {
    length: u8,
    bytes: [u8; N],
}

impl<const N: usize> Inline<N> {
    pub(crate) const fn new() -> Self {
        const { assert!(N <= u8::MAX as usize) };
        Self { length: 0, bytes: [0; N] }
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
fn append(storage: &mut [u8], length: &mut u8, bytes: &[u8]) {
    for (slot, byte) in storage.iter_mut().skip((*length).into()).zip(bytes) {
        *slot = *byte;
        *length = length.saturating_add(1);
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
