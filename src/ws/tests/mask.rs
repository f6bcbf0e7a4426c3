//! Masking: RFC 6455 section 5.3.

use super::super::mask::apply;
use super::*;

/// Section 5.3 word for word.
fn transformed(key: [u8; 4], offset: usize, bytes: &[u8]) -> Vec<u8> {
    bytes.iter().enumerate().map(|(i, byte)| byte ^ key[(offset + i) % 4]).collect()
}

#[test]
fn every_alignment_offset_and_length() {
    let original: Vec<u8> = (0..64_u8).map(|i| i.wrapping_mul(37)).collect();
    for start in 0..8 {
        for offset in 0..9 {
            for length in 0..40 {
                let mut bytes = original.clone();
                apply(KEY, offset, &mut bytes[start..start + length]);
                assert_eq!(
                    bytes[start..start + length],
                    transformed(KEY, offset, &original[start..start + length])
                );
                assert_eq!(bytes[..start], original[..start]);
                assert_eq!(bytes[start + length..], original[start + length..]);
            }
        }
    }
}

#[test]
fn twice_is_nothing() {
    let mut bytes = *b"a payload";
    apply(KEY, 3, &mut bytes);
    assert_ne!(&bytes, b"a payload");
    apply(KEY, 3, &mut bytes);
    assert_eq!(&bytes, b"a payload");
}
