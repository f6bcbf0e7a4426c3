//! Compression against another DEFLATE, and against bytes that are none.

#![allow(clippy::arithmetic_side_effects, reason = "a test may panic")]

use alloc::borrow::ToOwned;
use alloc::vec;
use alloc::vec::Vec;

use miniz_oxide::deflate::core::CompressorOxide;
use miniz_oxide::deflate::stream::deflate;
use miniz_oxide::inflate::decompress_to_vec;
use miniz_oxide::{MZFlush, deflate::core::create_comp_flags_from_zip_params};
use proptest::prelude::*;

use super::{Agreement, Inflater, TAIL, compress};
use crate::ws::Violation;

const LIMIT: usize = 1 << 20;

/// What arrives in pieces of so many bytes, taken apart.
fn inflated(compressed: &[u8], piece: usize, limit: usize) -> Result<Vec<u8>, Violation> {
    let (mut inflater, mut message) = (Inflater::new(), Vec::new());
    for piece in compressed.chunks(piece) {
        inflater.push(piece, &mut message, limit)?;
        assert!(message.capacity() <= limit.max(8), "{} bytes of memory", message.capacity());
    }
    inflater.finish(&mut message, limit).map(|()| message)
}

/// The message as the other DEFLATE sends it, flushed as a WebSocket does.
fn deflated(message: &[u8], level: i32, strategy: i32) -> Vec<u8> {
    let mut compressor = CompressorOxide::new(create_comp_flags_from_zip_params(level, -15, strategy));
    let mut output = vec![0; message.len() + message.len() / 8 + 1024];
    let result = deflate(&mut compressor, message, &mut output, MZFlush::Sync);
    assert!(result.status.is_ok() && result.bytes_consumed == message.len());
    output.truncate(result.bytes_written);
    assert!(output.ends_with(&TAIL));
    output.truncate(output.len() - TAIL.len());
    output
}

/// What the other DEFLATE makes of ours.
fn inflated_elsewhere(compressed: &[u8]) -> Vec<u8> {
    let last_block = [0x01, 0x00, 0x00, 0xFF, 0xFF];
    decompress_to_vec(&[compressed, &TAIL, &last_block].concat()).expect("DEFLATE")
}

/// RFC 7692 sections 7.2.3.1 to 7.2.3.5.
#[test]
fn hello_in_every_way_of_the_rfc() {
    for compressed in [
        &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00][..],
        &[0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00],
        &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00],
        &[0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00],
    ] {
        for piece in 1..=compressed.len() {
            assert_eq!(inflated(compressed, piece, 5).as_deref(), Ok(&b"Hello"[..]), "{compressed:02x?}");
        }
        assert_eq!(inflated(compressed, 99, 4), Err(Violation::MessageTooBig));
    }
    // Section 7.2.3.6: nothing at all.
    assert_eq!(inflated(&[0x00], 1, 0).as_deref(), Ok(&b""[..]));
}

/// Bytes in which nothing repeats.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    core::iter::repeat_with(next).take(length).collect()
}

/// A text with little in it twice, one with much, one block of zeros, all bytes.
fn samples() -> Vec<Vec<u8>> {
    let readings: Vec<u8> = (0..400_u32)
        .flat_map(|i| std::format!("{{\"sensor\":{},\"celsius\":{}.5}}\n", i % 7, i * 7919 % 40).into_bytes())
        .collect();
    vec![
        b"Each message is compressed by itself".to_vec(),
        readings,
        vec![0; 100_000],
        (0..=255).collect(),
        noise(20_000),
    ]
}

#[test]
fn what_others_compress_is_read_however_it_is_cut() {
    for message in samples() {
        for level in [0, 1, 6, 9] {
            // The default, Huffman codes alone, runs of bytes, and fixed codes.
            for strategy in [0, 2, 3, 4] {
                let compressed = deflated(&message, level, strategy);
                for piece in [1, 7, 1460, usize::MAX] {
                    assert!(inflated(&compressed, piece, LIMIT).as_ref() == Ok(&message), "level {level}");
                }
            }
        }
    }
}

#[test]
fn what_we_compress_is_read_by_others_and_shorter() {
    for message in samples() {
        for window_bits in 8..=15 {
            let Some(compressed) = compress(&message, window_bits) else { continue };
            assert!(compressed.len() < message.len());
            assert!(inflated_elsewhere(&compressed) == message);
            assert!(inflated(&compressed, 100, LIMIT) == Ok(message.clone()));
        }
    }
    let [_, readings, zeros, ..] = &samples()[..] else { unreachable!() };
    let compressed = compress(readings, 15).expect("shorter");
    assert!(compressed.len() * 3 < readings.len(), "{} of {}", compressed.len(), readings.len());
    assert!(compress(zeros, 8).expect("shorter").len() < 1000);
}

/// What the peer has forgotten is not referred to.
#[test]
fn references_stay_within_the_window() {
    let half = noise(300);
    let message = [half.clone(), half].concat();
    assert_eq!(compress(&message, 8), None, "300 bytes back in a window of 256");
    assert!(compress(&message, 9).expect("shorter").len() < 450);
}

#[test]
fn what_gets_no_shorter_is_not_compressed() {
    assert_eq!(compress(b"", 15), None);
    assert_eq!(compress(b"a", 15), None);
    assert_eq!(compress(&(0..=255).collect::<Vec<u8>>(), 15), None);
}

/// A thousandfold message costs no more memory than its limit.
#[test]
fn a_bomb_is_refused_at_the_limit() {
    let bomb = deflated(&vec![0; LIMIT], 9, 0);
    assert!(bomb.len() < 2_000, "{}", bomb.len());
    assert_eq!(inflated(&bomb, 100, 4_096), Err(Violation::MessageTooBig));
}

/// Bits as they stand in RFC 1951: numbers with the lowest bit first, codes with the highest.
fn bits(text: &str) -> Vec<u8> {
    let bits: Vec<u8> = text.bytes().filter(|bit| matches!(bit, b'0' | b'1')).map(|bit| bit & 1).collect();
    bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |all, bit| all << 1 | bit)).collect()
}

#[test]
fn what_is_not_deflate_is_refused() {
    // 257 lengths of literals, one of a distance, 19 of lengths: of 1 (one bit) and of 18, which repeats zeros.
    let codes = |lengths: &str| std::format!("0 01 | 00000 00000 1111 | {lengths}");
    for (reason, compressed) in [
        ("a reserved type of block", bits("0 11")),
        ("a stored block whose length is not confirmed", vec![0x00, 0x05, 0x00, 0xfa, 0xfe]),
        ("a distance before the start", bits("0 10 | 00110000 | 0000001 00001")),
        ("a reserved length", bits("0 10 | 00110000 | 11000110 00000")),
        ("a reserved distance", bits("0 10 | 00110000 | 0000001 11110")),
        ("287 lengths of literals", bits("0 01 | 01111 00000 0000")),
        ("31 lengths of distances", bits("0 01 | 00000 01111 0000")),
        ("no code for lengths", bits(&codes(&"000".repeat(19)))),
        ("a code for lengths with too many", bits(&codes(&"100".repeat(19)))),
        ("a repetition of nothing", bits(&codes(&("100".to_owned() + &"000".repeat(18) + "0")))),
        (
            "more lengths than there are",
            bits(&codes(&("000 000 100".to_owned() + &"000".repeat(16) + "0 1111111 0 1111111"))),
        ),
        (
            "no end of a block",
            bits(&codes(&("000 000 100".to_owned() + &"000".repeat(16) + "0 1111111 0 0010011 "))),
        ),
    ] {
        let whole = [compressed, vec![0; 40]].concat();
        assert_eq!(inflated(&whole, usize::MAX, LIMIT), Err(Violation::InvalidCompression), "{reason}");
    }
}

#[test]
fn a_message_that_is_cut_is_refused() {
    let message = &samples()[1];
    let compressed = deflated(message, 9, 0);
    for length in 1..compressed.len() {
        assert!(inflated(&compressed[..length], 99, LIMIT).is_err(), "cut at {length}");
    }
}

#[test]
fn an_inflater_takes_no_more_than_it_says() {
    assert!(size_of::<Inflater>() <= 1_108, "{}", size_of::<Inflater>());
}

#[test]
fn offers_are_accepted_by_the_book() {
    for (offer, window_bits) in [
        ("permessage-deflate", Some(15)),
        ("Permessage-Deflate; client_max_window_bits", Some(15)),
        ("permessage-deflate;client_max_window_bits=10", Some(15)),
        ("permessage-deflate; server_max_window_bits=8", Some(8)),
        ("permessage-deflate ; server_max_window_bits = 8", None),
        ("permessage-deflate; server_max_window_bits=\"12\"; server_no_context_takeover", Some(12)),
        ("permessage-deflate; server_max_window_bits", None),
        ("permessage-deflate; server_max_window_bits=7", None),
        ("permessage-deflate; server_max_window_bits=16", None),
        ("permessage-deflate; server_max_window_bits=08", None),
        ("permessage-deflate; client_max_window_bits=1", None),
        ("permessage-deflate; server_no_context_takeover=1", None),
        ("permessage-deflate; server_no_context_takeover; server_no_context_takeover", None),
        ("permessage-deflate; client_max_window_bits=9; client_max_window_bits=9", None),
        ("permessage-deflate; unheard_of", None),
        ("permessage-deflate;", None),
        ("permessage-deflate-2", None),
        ("x-webkit-deflate-frame", None),
    ] {
        let agreed = Agreement::from_offer(offer.as_bytes());
        assert_eq!(agreed.map(Agreement::window_bits), window_bits, "{offer}");
    }
}

#[test]
fn answers_must_keep_to_the_offer() {
    let both = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    for (answer, window_bits) in [
        (both, Some(15)),
        ("permessage-deflate; server_no_context_takeover", Some(15)),
        ("permessage-deflate; server_no_context_takeover; client_max_window_bits=9", Some(9)),
        ("permessage-deflate; server_no_context_takeover; server_max_window_bits=9", Some(15)),
        ("permessage-deflate; server_no_context_takeover; client_max_window_bits", None),
        ("permessage-deflate; client_no_context_takeover", None),
        ("permessage-deflate; server_no_context_takeover, permessage-deflate", None),
        ("x", None),
    ] {
        let agreed = Agreement::from_answer(answer.as_bytes());
        assert_eq!(agreed.map(Agreement::window_bits), window_bits, "{answer}");
    }
    assert_eq!(Agreement::from_offer(Agreement::OFFER.as_bytes()).unwrap().answer()[..], *both.as_bytes());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Words of few letters, so that much stands in it twice.
    #[test]
    fn every_message_survives(
        message in proptest::collection::vec(prop_oneof![4 => 97..101_u8, 1 => any::<u8>()], 0..3000),
        window_bits in 8..=15_u8,
        level in 0..10_i32,
        piece in 1..2000_usize,
    ) {
        let elsewhere = deflated(&message, level, 0);
        prop_assert_eq!(inflated(&elsewhere, piece, 3000), Ok(message.clone()));
        if let Some(ours) = compress(&message, window_bits) {
            prop_assert_eq!(&inflated_elsewhere(&ours), &message);
            prop_assert_eq!(inflated(&ours, piece, 3000), Ok(message.clone()));
        }
    }

    /// Whatever arrives, in whatever pieces: the same message or refusal, within the limit.
    #[test]
    fn no_bytes_do_harm(
        mut bytes in proptest::collection::vec(any::<u8>(), 0..300),
        start in 0..4_u8,
        piece in 1..50_usize,
    ) {
        // A quarter each begins with a block of either type.
        if let Some(first) = bytes.first_mut() {
            *first = *first & !7 | start << 1;
        }
        prop_assert_eq!(inflated(&bytes, piece, 2000), inflated(&bytes, usize::MAX, 2000));
    }
}
