//! Bytes to DEFLATE (RFC 1951), a message at a time.

use alloc::vec::Vec;

use wm_sys::heap;

use super::symbols::{self, Coded, END_OF_BLOCK, MAX_MATCH, MIN_MATCH};

/// As many places are remembered of the words of a message as it has bytes, up to so many.
const MOST_PLACES: usize = 1024;

/// The header of a block with fixed codes that is not the last one (RFC 1951 section 3.2.3), lowest bit first.
const FIXED_BLOCK: u32 = 0b010;

/// The fixed code of a distance, in bits.
const DISTANCE_BITS: u8 = 5;

/// The message compressed, as RFC 7692 section 7.2.1 wants it; `None` when that is no shorter, or there is no memory.
///
/// It refers at most `1 << window_bits` bytes back (8 to 15), and has fixed Huffman codes: what a message of a device has to say twice, the
/// names in its JSON, goes by reference; codes of its own would cost a second pass, and more than they save in most short messages.
///
/// ```
/// use wm_websockets::ws::deflate::compress;
///
/// let report = br#"[{"pin":1,"level":0},{"pin":2,"level":0},{"pin":3,"level":1},{"pin":4,"level":1}]"#;
/// assert_eq!((report.len(), compress(report, 15).map(|bytes| bytes.len())), (81, Some(39)));
/// assert_eq!(compress(b"brief", 15), None);
/// ```
#[must_use]
pub fn compress(message: &[u8], window_bits: u8) -> Option<Vec<u8>> {
    compress_within(message, window_bits, usize::MAX)
}

/// The same in at most so many bytes; `None` also where those do not do.
#[must_use]
pub(crate) fn compress_within(message: &[u8], window_bits: u8, most: usize) -> Option<Vec<u8>> {
    let mut places = Places::new(message.len())?;
    let window = 1_usize << window_bits.clamp(8, 15);
    let mut bits = BitWriter::new(message.len().saturating_sub(1).min(most))?;
    bits.put(FIXED_BLOCK, 3)?;
    let mut at = 0;
    while let Some(literal) = message.get(at) {
        let found = places.remember(message, at).and_then(|place| repeated(message, at, place, window));
        match found {
            Some((length, distance)) => {
                bits.symbol(symbols::length(length), literal_or_length)?;
                bits.symbol(symbols::distance(distance), |symbol| (symbol, DISTANCE_BITS))?;
                let end = at.saturating_add(length.into());
                for within in at.saturating_add(1)..end {
                    places.remember(message, within);
                }
                at = end;
            }
            None => {
                bits.code(literal_or_length(u16::from(*literal)))?;
                at = at.saturating_add(1);
            }
        }
    }
    bits.code(literal_or_length(END_OF_BLOCK))?;
    // The header of the stored block whose rest, the tail, is left out.
    bits.put(0, 3)?;
    bits.finish()
}

/// Where words of the message stood last, by their hash.
struct Places {
    /// The lower half of their positions.
    table: Vec<u16>,
    /// By how many bits a hash is too long.
    shift: u32,
}

impl Places {
    fn new(message: usize) -> Option<Self> {
        let length = message.clamp(16, MOST_PLACES).next_power_of_two();
        Some(Places { table: zeros(length)?, shift: u32::BITS.wrapping_sub(length.trailing_zeros()) })
    }

    /// Remembers the word at `at`, and gives where one of its hash stood last, which may be wrong: it is to be compared.
    fn remember(&mut self, message: &[u8], at: usize) -> Option<usize> {
        let [a, b, c] = message.get(at..)?.first_chunk()?;
        let word = u32::from_le_bytes([*a, *b, *c, 0]);
        let hash = word.wrapping_mul(0x9E37_79B1) >> self.shift;
        let slot = self.table.get_mut(hash as usize)?;
        let distance = (at as u16).wrapping_sub(*slot);
        *slot = at as u16;
        at.checked_sub(distance.into()).filter(|place| *place != at)
    }
}

/// How many bytes of the message repeat at `at` what stands at `place`, and how far that lies back; `None` when the reference would not
/// pay, or lies outside of the window.
fn repeated(message: &[u8], at: usize, place: usize, window: usize) -> Option<(u16, u16)> {
    let distance = at.wrapping_sub(place);
    if distance > window {
        return None;
    }
    let (here, there) = (message.get(at..)?, message.get(place..)?);
    let length = here.iter().zip(there).take(MAX_MATCH.into()).take_while(|(a, b)| a == b).count() as u16;
    (length >= MIN_MATCH).then_some((length, distance as u16))
}

/// The fixed code of a symbol (RFC 1951 section 3.2.6), highest bit first, and its length.
fn literal_or_length(symbol: u16) -> (u16, u8) {
    match symbol {
        0..144 => (symbol.wrapping_add(0x30), 8),
        144..256 => (symbol.wrapping_add(0x190 - 144), 9),
        256..280 => (symbol.wrapping_sub(256), 7),
        _ => (symbol.wrapping_add(0xC0).wrapping_sub(280), 8),
    }
}

/// Bits into a buffer in which they have to fit.
struct BitWriter {
    buffer: Vec<u8>,
    written: usize,
    /// Bits that do not make a byte yet, the first one lowest.
    bits: u32,
    held: u8,
}

impl BitWriter {
    /// At most `length` bytes are written.
    fn new(length: usize) -> Option<Self> {
        Some(BitWriter { buffer: zeros(length)?, written: 0, bits: 0, held: 0 })
    }

    /// Up to 16 bits, the first one lowest; `None` when the buffer is full.
    fn put(&mut self, bits: u32, count: u8) -> Option<()> {
        self.bits |= bits << self.held;
        self.held = self.held.wrapping_add(count);
        while self.held >= 8 {
            *self.buffer.get_mut(self.written)? = self.bits as u8;
            self.written = self.written.wrapping_add(1);
            self.bits >>= 8;
            self.held = self.held.wrapping_sub(8);
        }
        Some(())
    }

    /// A Huffman code, whose first bit is the highest.
    fn code(&mut self, (code, count): (u16, u8)) -> Option<()> {
        let reversed = u32::from(code).reverse_bits() >> u32::BITS.wrapping_sub(count.into());
        self.put(reversed, count)
    }

    /// A symbol and its extra bits.
    fn symbol(&mut self, coded: Coded, code_of: impl Fn(u16) -> (u16, u8)) -> Option<()> {
        self.code(code_of(coded.symbol))?;
        self.put(coded.extra.into(), coded.extra_bits)
    }

    /// Fills the last byte up.
    fn finish(mut self) -> Option<Vec<u8>> {
        self.put(0, 7)?;
        self.buffer.truncate(self.written);
        Some(self.buffer)
    }
}

fn zeros<T: Copy + Default>(length: usize) -> Option<Vec<T>> {
    heap::try_slice(length, |_| T::default()).ok().map(Vec::from)
}
