//! Masking (RFC 6455 section 5.3): byte i of the payload is XORed with byte i mod 4 of the key. Applying the
//! same key twice gives the payload back.

/// Masks or unmasks `bytes`, which start `offset` bytes into the payload of their frame.
///
/// ```
/// use wm_websockets::ws::mask;
///
/// let mut bytes = *b"\x7f\x9f\x4d\x51\x58";
/// mask::apply([0x37, 0xfa, 0x21, 0x3d], 0, &mut bytes);
/// assert_eq!(&bytes, b"Hello");
/// ```
pub fn apply(key: [u8; 4], offset: usize, bytes: &mut [u8]) {
    let key = rotated(key, offset);
    let word_key = u32::from_ne_bytes(key);
    // A small core is quickest with four words a step, a large one takes them at once.
    let (blocks, rest) = bytes.as_chunks_mut::<16>();
    let wide_key = u64::from(word_key) << 32 | u64::from(word_key);
    let block_key = u128::from(wide_key) << 64 | u128::from(wide_key);
    for block in blocks {
        *block = (u128::from_ne_bytes(*block) ^ block_key).to_ne_bytes();
    }
    // At most three of four bytes, then at most three bytes: short messages are mostly rest.
    let (words, rest) = rest.as_chunks_mut::<4>();
    for word in words {
        *word = (u32::from_ne_bytes(*word) ^ word_key).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(key) {
        *byte ^= key;
    }
}

/// The key as seen from `offset` bytes into the payload.
pub(crate) fn rotated(key: [u8; 4], offset: usize) -> [u8; 4] {
    let turns = (offset & 3) as u32;
    u32::from_be_bytes(key).rotate_left(turns << 3).to_be_bytes()
}
