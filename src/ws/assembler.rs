//! Whole messages out of fragments.

#[cfg(feature = "deflate")]
use alloc::boxed::Box;
use alloc::{borrow::Cow, vec::Vec};
use core::mem;

use wm_sys::heap;

use super::{Violation, opcode::Kind, receiver::Fragment};
#[cfg(feature = "deflate")]
use super::{deflate::Inflater, utf8::Validator};

/// A whole message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// Text.
    Text(&'a str),
    /// Bytes.
    Binary(&'a [u8]),
}

impl<'a> Message<'a> {
    /// The payload.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}

/// A message that [`Assembler::push`] completed. Memory it took is given back when this is dropped.
#[derive(Debug)]
pub struct Assembled<'a> {
    kind: Kind,
    bytes: Cow<'a, [u8]>,
}

impl Assembled<'_> {
    /// The message. A text that is not UTF-8, which no [`Connection`](super::Connection) delivers, is binary.
    ///
    /// Text is looked at twice: piece by piece as it arrives, so that bad text is refused at its first bad
    /// byte, and here as a whole, since only the standard library makes a `str` without `unsafe`. For ASCII
    /// the second look costs about as much as unmasking, some 9 instructions for 8 bytes on a Cortex-M3.
    #[must_use]
    pub fn message(&self) -> Message<'_> {
        match self.kind {
            Kind::Text => str::from_utf8(&self.bytes).map_or(Message::Binary(&self.bytes), Message::Text),
            Kind::Binary => Message::Binary(&self.bytes),
        }
    }
}

/// Puts fragments together to messages of at most a given size, for handlers that want them whole.
///
/// A message that arrives in one piece is not copied. Any other is gathered in one buffer, which is as large
/// as the first frame announces and at least doubles after that, never beyond the limit. Between messages
/// nothing is held.
///
/// ```
/// use wm_websockets::ws::{Assembler, Fragment, Kind, Message};
///
/// let mut hel = *b"Hel";
/// let mut lo = *b"lo";
/// let hel = Fragment { kind: Kind::Text, bytes: &mut hel, first: true, last: false, remaining: 2, compressed: false };
/// let lo = Fragment { kind: Kind::Text, bytes: &mut lo, first: false, last: true, remaining: 0, compressed: false };
///
/// let mut assembler = Assembler::new();
/// assert!(assembler.push(hel, 1024)?.is_none());
/// let whole = assembler.push(lo, 1024)?.expect("complete");
/// assert_eq!(whole.message(), Message::Text("Hello"));
/// # Ok::<(), wm_websockets::ws::Violation>(())
/// ```
#[derive(Debug, Default)]
pub struct Assembler {
    held: Held,
}

/// What is held of the message in progress.
#[derive(Debug)]
enum Held {
    Plain(Vec<u8>),
    #[cfg(feature = "deflate")]
    Compressed(Box<Decompressor>),
}

impl Default for Held {
    fn default() -> Self {
        Held::Plain(Vec::new())
    }
}

impl Assembler {
    /// Holds nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { held: Held::Plain(Vec::new()) }
    }

    /// Bytes of memory held for the message in progress.
    #[must_use]
    pub fn capacity(&self) -> usize {
        match &self.held {
            Held::Plain(message) => message.capacity(),
            #[cfg(feature = "deflate")]
            Held::Compressed(decompressor) => {
                decompressor.message.capacity().saturating_add(size_of::<Decompressor>())
            }
        }
    }

    /// Takes the next fragment; gives the message if it was the last one. `limit` bounds the message, and so
    /// the memory, in bytes.
    ///
    /// # Errors
    /// [`Violation::MessageTooBig`] as soon as the fragment, or what its frame announces, exceeds the limit;
    /// [`Violation::OutOfMemory`]. What was gathered is dropped. Hand the violation to
    /// [`Connection::fail`](super::Connection::fail). Of a compressed message also
    /// [`Violation::InvalidCompression`] and [`Violation::InvalidUtf8`].
    pub fn push<'a>(
        &mut self,
        fragment: Fragment<'a>,
        limit: usize,
    ) -> Result<Option<Assembled<'a>>, Violation> {
        #[cfg(feature = "deflate")]
        if fragment.compressed {
            return self.decompress(fragment, limit);
        }
        let Fragment { kind, bytes, first, last, remaining, .. } = fragment;
        let mut held = match mem::take(&mut self.held) {
            Held::Plain(held) if !first => held,
            _ => Vec::new(),
        };
        let announced = size_after(held.len(), bytes.len(), remaining, limit)?;
        if last && held.is_empty() {
            return Ok(Some(Assembled { kind, bytes: Cow::Borrowed(bytes) }));
        }
        grow(&mut held, announced, limit)?;
        heap::try_extend(&mut held, bytes).map_err(|_| Violation::OutOfMemory)?;
        if last {
            return Ok(Some(Assembled { kind, bytes: Cow::Owned(held) }));
        }
        self.held = Held::Plain(held);
        Ok(None)
    }
}

#[cfg(feature = "deflate")]
impl Assembler {
    /// Takes the next fragment of a compressed message.
    fn decompress(
        &mut self,
        fragment: Fragment<'_>,
        limit: usize,
    ) -> Result<Option<Assembled<'static>>, Violation> {
        let Fragment { kind, bytes, first, last, .. } = fragment;
        let mut decompressor = match mem::take(&mut self.held) {
            Held::Compressed(decompressor) if !first => decompressor,
            _ => heap::try_box(Decompressor::new()).map_err(|_| Violation::OutOfMemory)?,
        };
        decompressor.push(kind, bytes, last, limit)?;
        if last {
            return Ok(Some(Assembled { kind, bytes: Cow::Owned(decompressor.message) }));
        }
        self.held = Held::Compressed(decompressor);
        Ok(None)
    }
}

/// One compressed message, as far as it has arrived.
#[cfg(feature = "deflate")]
#[derive(Debug)]
struct Decompressor {
    message: Vec<u8>,
    inflater: Inflater,
    utf8: Validator,
}

#[cfg(feature = "deflate")]
impl Decompressor {
    const fn new() -> Self {
        Decompressor { message: Vec::new(), inflater: Inflater::new(), utf8: Validator::new() }
    }

    fn push(&mut self, kind: Kind, bytes: &[u8], last: bool, limit: usize) -> Result<(), Violation> {
        let message = &mut self.message;
        let before = message.len();
        // It becomes longer than what arrives, else it would not be compressed.
        grow(message, before.saturating_add(bytes.len().saturating_mul(2)).min(limit), limit)?;
        self.inflater.push(bytes, message, limit)?;
        if last {
            self.inflater.finish(message, limit)?;
        }
        if kind == Kind::Text {
            self.utf8.push(message.get(before..).unwrap_or_default())?;
            if last {
                self.utf8.finish()?;
            }
        }
        Ok(())
    }
}

/// Size of the message when the frame that `bytes` belongs to has arrived.
fn size_after(held: usize, bytes: usize, remaining: u64, limit: usize) -> Result<usize, Violation> {
    let remaining = usize::try_from(remaining).unwrap_or(usize::MAX);
    match held.saturating_add(bytes).saturating_add(remaining) {
        size if size <= limit => Ok(size),
        _ => Err(Violation::MessageTooBig),
    }
}

/// Makes room for a message of `size` bytes: exactly as much for its first frame, at least twice as much as
/// before for each further one.
pub(crate) fn grow(held: &mut Vec<u8>, size: usize, limit: usize) -> Result<(), Violation> {
    if size <= held.capacity() {
        return Ok(());
    }
    let capacity = held.capacity().saturating_mul(2).min(limit).max(size);
    held.try_reserve_exact(capacity.saturating_sub(held.len())).map_err(|_| Violation::OutOfMemory)
}
