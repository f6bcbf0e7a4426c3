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

/// Decodes padded characters to the front of `bytes`, which are as many at least; how many there are, `None` if it is no base64. The crate's
/// decoder takes 2 KB of flash: this one has the result encoded again, which is the input only if that was base64 to the last bit.
#[inline(never)]
pub(crate) fn decode(characters: &[u8], bytes: &mut [u8]) -> Option<usize> {
    let (groups, []) = characters.as_chunks::<4>() else { return None };
    let mut written = 0_usize;
    for group in groups {
        let octets = octets(*group)?;
        for octet in
            octets.iter().take(3_usize.saturating_sub(group.iter().filter(|each| **each == b'=').count()))
        {
            *bytes.get_mut(written)? = *octet;
            written = written.saturating_add(1);
        }
    }
    let mut rest = bytes.get(..written)?;
    for group in groups {
        let (octets, behind) = rest.split_at_checked(rest.len().min(3))?;
        let mut again = [0; 4];
        encode(octets, &mut again);
        if again != *group {
            return None;
        }
        rest = behind;
    }
    Some(written)
}

/// The three octets of a group; those for which it has no characters are 0.
fn octets(group: [u8; 4]) -> Option<[u8; 3]> {
    let mut bits = 0_u32;
    for character in group {
        bits = bits << 6 | u32::from(value(character)?);
    }
    let [_, octets @ ..] = bits.to_be_bytes();
    Some(octets)
}

/// The six bits of a character.
pub(crate) fn value(character: u8) -> Option<u8> {
    let (first, value) = match character {
        b'A'..=b'Z' => (b'A', 0),
        b'a'..=b'z' => (b'a', 26),
        b'0'..=b'9' => (b'0', 52),
        b'+' => (b'+', 62),
        b'/' => (b'/', 63),
        b'=' => (b'=', 0),
        _ => return None,
    };
    Some(character.wrapping_sub(first).wrapping_add(value))
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

    #[test]
    fn what_is_no_base64_is_refused_as_the_crate_does() {
        let pieces = ["A", "B", "/", "+", "-", "_", "=", "Zg", "Zh", "Zm9", "Zm9v", " ", "\n", "\u{E9}"];
        for one in pieces {
            for other in pieces {
                for third in pieces {
                    for fourth in ["", "=", "==", "==="] {
                        let text = [one, other, third, fourth].concat();
                        let mut bytes = [0; 32];
                        let found =
                            decode(text.as_bytes(), &mut bytes).map(|length| bytes[..length].to_vec());
                        let expected = ::base64::Engine::decode(&STANDARD, &text).ok();
                        assert_eq!(found, expected, "{text:?}");
                    }
                }
            }
        }
    }
}
