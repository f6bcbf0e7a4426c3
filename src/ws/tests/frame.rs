//! Frame headers: RFC 6455 sections 5.2 and 5.7.

use super::super::frame::{MAX_HEADER, parse_header};
use super::*;

fn header(fin: bool, opcode: Opcode, mask: Option<[u8; 4]>, length: u64) -> FrameHeader {
    FrameHeader { fin, compressed: false, opcode, mask, length }
}

#[test]
fn examples_of_section_5_7() {
    let long = [0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0];
    let examples: &[(&[u8], FrameHeader)] = &[
        (&[0x81, 0x05], header(true, Opcode::Text, None, 5)),
        (&[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d], header(true, Opcode::Text, Some(KEY), 5)),
        (&[0x01, 0x03], header(false, Opcode::Text, None, 3)),
        (&[0x80, 0x02], header(true, Opcode::Continuation, None, 2)),
        (&[0x89, 0x05], header(true, Opcode::Ping, None, 5)),
        (&[0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d], header(true, Opcode::Pong, Some(KEY), 5)),
        (&[0x82, 0x7e, 0x01, 0x00], header(true, Opcode::Binary, None, 256)),
        (&long, header(true, Opcode::Binary, None, 65536)),
    ];
    for (bytes, header) in examples {
        assert_eq!(parse_header(bytes), Ok(Some((*header, bytes.len()))));
        assert_eq!(header.encode()[..], **bytes);
    }
}

#[test]
fn every_length_survives_the_wire_and_every_cut() {
    for length in [0, 1, 125, 126, 127, 255, 256, 65535, 65536, 1 << 32, (1 << 63) - 1] {
        for mask in [None, Some(KEY)] {
            let header = header(true, Opcode::Binary, mask, length);
            let bytes = header.encode();
            for cut in 0..bytes.len() {
                assert_eq!(parse_header(&bytes[..cut]), Ok(None), "{header:?} cut at {cut}");
            }
            let followed = [&bytes[..], b"payload"].concat();
            assert_eq!(parse_header(&followed), Ok(Some((header, bytes.len()))));
        }
    }
    assert_eq!(header(true, Opcode::Text, Some(KEY), 1 << 40).encode().len(), MAX_HEADER);
}

/// Refused with the last of these bytes, and not before.
fn assert_refused_at_last_byte(bytes: &[u8], violation: Violation) {
    for cut in 0..bytes.len() {
        assert_eq!(parse_header(&bytes[..cut]), Ok(None), "{bytes:02x?} cut at {cut}");
    }
    assert_eq!(parse_header(bytes), Err(violation), "{bytes:02x?}");
}

#[test]
fn reserved_bits_are_refused_by_the_first_byte() {
    for bits in 1..8 {
        assert_refused_at_last_byte(&[0x81 | bits << 4], Violation::ReservedBits);
    }
}

#[test]
fn reserved_opcodes_are_refused_by_the_first_byte() {
    for opcode in [0x3, 0x4, 0x5, 0x6, 0x7, 0xb, 0xc, 0xd, 0xe, 0xf] {
        assert_refused_at_last_byte(&[0x80 | opcode], Violation::UnknownOpcode);
        assert_refused_at_last_byte(&[opcode], Violation::UnknownOpcode);
    }
}

#[test]
fn control_frames_are_whole_and_short() {
    for opcode in [0x8, 0x9, 0xa] {
        assert_refused_at_last_byte(&[opcode], Violation::FragmentedControl);
        assert_refused_at_last_byte(&[0x80 | opcode, 126], Violation::ControlTooLong);
        assert_refused_at_last_byte(&[0x80 | opcode, 0x80 | 127], Violation::ControlTooLong);
        assert!(parse_header(&[0x80 | opcode, 125]).unwrap().is_some());
    }
}

#[test]
fn lengths_are_in_their_shortest_form() {
    assert_refused_at_last_byte(&[0x82, 126, 0, 125], Violation::LengthNotMinimal);
    assert_refused_at_last_byte(&[0x82, 0xfe, 0, 0], Violation::LengthNotMinimal);
    assert_refused_at_last_byte(&[0x82, 127, 0, 0, 0, 0, 0, 0], Violation::LengthNotMinimal);
    assert_refused_at_last_byte(&[0x82, 127, 0x80], Violation::LengthTooLarge);
}

#[test]
fn no_sixteen_bits_confuse_the_parser() {
    for start in 0..=u16::MAX {
        let bytes = [&start.to_be_bytes()[..], &[0x01; 12]].concat();
        let Ok(parsed) = parse_header(&bytes) else { continue };
        let (header, used) = parsed.expect("fourteen bytes are a header");
        assert_eq!(header.encode()[..], bytes[..used]);
    }
}
