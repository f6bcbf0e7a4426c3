//! UTF-8 in pieces: RFC 6455 section 8.1, and failing at the first byte that is wrong.

use std::collections::HashSet;

use super::super::utf8::{InvalidUtf8, Validator};
use super::*;

/// Index of the first byte that the validator refuses when it gets one at a time.
fn refused_at(bytes: &[u8]) -> Option<usize> {
    let mut validator = Validator::new();
    bytes.iter().position(|byte| validator.push(&[*byte]).is_err())
}

fn is_text(bytes: &[u8]) -> bool {
    let mut validator = Validator::new();
    validator.push(bytes).and_then(|()| validator.finish()).is_ok()
}

/// Every beginning of every encoded character.
fn beginnings() -> HashSet<Vec<u8>> {
    let mut beginnings = HashSet::new();
    for character in '\0'..=char::MAX {
        let mut buffer = [0; 4];
        let encoded = character.encode_utf8(&mut buffer).as_bytes();
        for end in (1..encoded.len()).rev() {
            if !beginnings.insert(encoded[..end].to_vec()) {
                break; // so are the shorter ones
            }
        }
    }
    beginnings
}

/// Decided by what characters there are, not by a validator.
fn first_impossible_byte(bytes: &[u8], beginnings: &HashSet<Vec<u8>>) -> Option<usize> {
    let mut begun = Vec::new();
    for (index, byte) in bytes.iter().enumerate() {
        begun.push(*byte);
        if core::str::from_utf8(&begun).is_ok() {
            begun.clear();
        } else if !beginnings.contains(&begun) {
            return Some(index);
        }
    }
    None
}

fn assert_judged_rightly(bytes: &[u8], beginnings: &HashSet<Vec<u8>>) {
    assert_eq!(refused_at(bytes), first_impossible_byte(bytes, beginnings), "{bytes:02x?}");
    assert_eq!(is_text(bytes), core::str::from_utf8(bytes).is_ok(), "{bytes:02x?}");
}

#[test]
fn all_sequences_of_two_bytes() {
    let beginnings = beginnings();
    for bytes in 0..=u16::MAX {
        assert_judged_rightly(&bytes.to_be_bytes(), &beginnings);
    }
}

#[test]
fn four_bytes_around_every_boundary() {
    const BOUNDARIES: [u8; 20] = [
        0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf1,
        0xf4, 0xf5, 0xff,
    ];
    let beginnings = beginnings();
    for a in BOUNDARIES {
        for b in BOUNDARIES {
            for c in BOUNDARIES {
                for d in BOUNDARIES {
                    assert_judged_rightly(&[a, b, c, d], &beginnings);
                }
            }
        }
    }
}

#[test]
fn fails_within_a_code_point() {
    assert_eq!(refused_at(&[0xf4, 0x90, 0x80, 0x80]), Some(1)); // above U+10FFFF
    assert_eq!(refused_at(&[0xed, 0xa0, 0x80]), Some(1)); // a surrogate
    assert_eq!(refused_at(&[0xe0, 0x9f]), Some(1)); // overlong
    assert_eq!(refused_at(&[0xc0]), Some(0));
}

#[test]
fn every_cut_of_a_text_is_the_same_text() {
    let text = "ASCII of some length, \u{3ba}\u{1f79}\u{3c3}\u{3bc}\u{3b5}, \u{20ac}, \u{1f600}".as_bytes();
    for first in 0..text.len() {
        for second in first..text.len() {
            let mut validator = Validator::new();
            for piece in [&text[..first], &text[first..second], &text[second..]] {
                assert_eq!(validator.push(piece), Ok(()));
            }
            assert_eq!(validator.finish(), Ok(()));
        }
    }
}

#[test]
fn an_unfinished_text_leaves_nothing_behind() {
    let mut validator = Validator::new();
    validator.push(&[0xe2, 0x82]).unwrap();
    assert_eq!(validator.finish(), Err(InvalidUtf8));
    assert_eq!(validator.push(b"next"), Ok(()));
    assert_eq!(validator.finish(), Ok(()));
}
