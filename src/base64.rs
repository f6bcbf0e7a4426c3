//! Base64 (RFC 4648 section 4), a group of four characters at a time: the crate's own loop over long texts takes a kilobyte of flash.

use ::base64::{Engine, engine::general_purpose::STANDARD};

/// The length of the characters for `length` bytes.
pub(crate) const fn length(length: usize) -> usize {
    length.div_ceil(3).saturating_mul(4)
}

/// Encodes `bytes` to the front of `characters`, as far as there is room.
#[inline(never)]
pub(crate) fn encode(bytes: &[u8], characters: &mut [u8]) {
    let (groups, _) = characters.as_chunks_mut::<4>();
    for (octets, group) in bytes.chunks(3).zip(groups) {
        let three = match *octets {
            [a, b, c] => [a, b, c],
            [a, b] => [a, b, 0],
            [a] => [a, 0, 0],
            _ => continue,
        };
        let written = STANDARD.encode_slice(three, group);
        debug_assert_eq!(written, Ok(4));
        // What no octet stands behind.
        for place in group.iter_mut().skip(octets.len().saturating_add(1)) {
            *place = b'=';
        }
    }
}

/// Decodes padded characters to the front of `bytes`, which are as many at least; how many there are, `None` if it is no base64.
pub(crate) fn decode(characters: &[u8], bytes: &mut [u8]) -> Option<usize> {
    STANDARD.decode_slice(characters, bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648 section 10.
    #[test]
    fn the_vectors_of_the_rfc() {
        for (text, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            let mut characters = [0; 8];
            encode(text.as_bytes(), &mut characters);
            assert_eq!(&characters[..length(text.len())], expected.as_bytes());
            let mut bytes = [0; 8];
            let length = decode(expected.as_bytes(), &mut bytes).unwrap();
            assert_eq!(&bytes[..length], text.as_bytes());
        }
    }
}
