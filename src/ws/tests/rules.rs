//! The rules that conformance suites check, in the order in which the Autobahn cases number them (sections 1
//! to 7). Each stream is received whole and cut into inputs of several sizes.

use super::*;

// 1: framing.

#[test]
fn messages_of_every_length_class() {
    for length in [0, 1, 125, 126, 127, 128, 65535, 65536] {
        let payload = vec![b'*'; length];
        assert_heard(&[client_frame(0x81, &payload)], &[Heard::Message(Kind::Text, payload.clone())]);
        assert_heard(&[client_frame(0x82, &payload)], &[binary(&payload)]);
    }
}

// 2: pings and pongs.

#[test]
fn pings_of_every_length() {
    for length in [0, 1, 124, 125] {
        let payload = vec![0xfe; length];
        assert_heard(&[client_frame(0x89, &payload)], &[ping(&payload)]);
    }
    assert_refused(&[client_frame(0x89, &[0xfe; 126])], Violation::ControlTooLong);
}

#[test]
fn unasked_pongs() {
    assert_heard(
        &[client_frame(0x8a, b""), client_frame(0x8a, b"unasked"), client_frame(0x89, b"ping")],
        &[pong(b""), pong(b"unasked"), ping(b"ping")],
    );
}

#[test]
fn many_pings_in_one_input() {
    let frames: Vec<_> = (0..10).map(|i| client_frame(0x89, &[i; 3])).collect();
    let expected: Vec<_> = (0..10).map(|i| ping(&[i; 3])).collect();
    assert_heard(&frames, &expected);
}

// 3: reserved bits.

#[test]
fn reserved_bits() {
    for bits in 1..8 {
        for opcode in [0x1, 0x2, 0x8, 0x9, 0xa] {
            assert_refused(&[client_frame(0x80 | bits << 4 | opcode, b"")], Violation::ReservedBits);
        }
    }
    let (heard, violation) = hear(&[client_frame(0x81, b"before"), client_frame(0xc1, b"after")].concat());
    assert_eq!((heard, violation), (vec![text("before")], Some(Violation::ReservedBits)));
}

// 4: opcodes.

#[test]
fn reserved_opcodes() {
    for opcode in [0x3, 0x4, 0x5, 0x6, 0x7, 0xb, 0xc, 0xd, 0xe, 0xf] {
        assert_refused(&[client_frame(0x80 | opcode, b"?")], Violation::UnknownOpcode);
    }
}

// 5: fragmentation.

#[test]
fn control_frames_are_never_fragmented() {
    for opcode in [0x8, 0x9, 0xa] {
        assert_refused(&[client_frame(opcode, b""), client_frame(0x80, b"")], Violation::FragmentedControl);
    }
}

#[test]
fn a_message_in_fragments() {
    let frames = [client_frame(0x01, b"frag"), client_frame(0x00, b"men"), client_frame(0x80, b"ted")];
    assert_heard(&frames, &[text("fragmented")]);
}

#[test]
fn control_frames_between_fragments() {
    assert_heard(
        &[
            client_frame(0x01, b"frag"),
            client_frame(0x89, b"first"),
            client_frame(0x00, b"ment"),
            client_frame(0x8a, b"second"),
            client_frame(0x80, b"ed"),
        ],
        &[ping(b"first"), pong(b"second"), text("fragmented")],
    );
}

#[test]
fn empty_fragments() {
    assert_heard(&[client_frame(0x01, b""), client_frame(0x00, b""), client_frame(0x80, b"")], &[text("")]);
    assert_heard(
        &[client_frame(0x02, b""), client_frame(0x00, b"x"), client_frame(0x80, b"")],
        &[binary(b"x")],
    );
}

#[test]
fn a_continuation_continues_something() {
    for first in [0x80, 0x00] {
        assert_refused(&[client_frame(first, b"stray")], Violation::UnexpectedContinuation);
        assert_refused(
            &[client_frame(0x81, b"whole"), client_frame(first, b"stray")],
            Violation::UnexpectedContinuation,
        );
    }
}

#[test]
fn a_message_is_not_interrupted_by_another() {
    for first in [0x81, 0x01, 0x82, 0x02] {
        assert_refused(
            &[client_frame(0x01, b"one"), client_frame(first, b"two")],
            Violation::InterruptedMessage,
        );
        assert_refused(&[client_frame(0x01, b""), client_frame(first, b"")], Violation::InterruptedMessage);
    }
}

// 6: UTF-8.

#[test]
fn text_cut_within_code_points() {
    let greek = "\u{3ba}\u{1f79}\u{3c3}\u{3bc}\u{3b5}";
    let frames: Vec<_> = greek.bytes().map(|byte| client_frame(0x00, &[byte])).collect();
    assert_heard(
        &[vec![client_frame(0x01, b"")], frames, vec![client_frame(0x80, b"")]].concat(),
        &[text(greek)],
    );
}

#[test]
fn invalid_text() {
    let invalid: &[&[u8]] = &[
        b"\xce\xba\xed\xa0\x80edited", // a surrogate
        b"\xf4\x90\x80\x80",           // above U+10FFFF
        b"\xf8\x88\x80\x80\x80",       // five bytes
        b"\xc0\xaf",                   // overlong
        b"\xe0\x80\xaf",
        b"\xf0\x80\x80\xaf",
        b"\x80",
        b"text\xff",
        b"\xfe",
        b"\xce", // incomplete at the end of the message
        b"text\xf0\x90\x80",
    ];
    for payload in invalid {
        assert_refused(&[client_frame(0x81, payload)], Violation::InvalidUtf8);
        assert_heard(&[client_frame(0x82, payload)], &[binary(payload)]);
    }
}

#[test]
fn noncharacters_are_characters() {
    assert_heard(
        &[client_frame(0x81, "\u{fffe}\u{ffff}\u{10ffff}\u{0}".as_bytes())],
        &[text("\u{fffe}\u{ffff}\u{10ffff}\0")],
    );
}

#[test]
fn invalid_text_fails_before_its_frame_is_complete() {
    let mut server = server();
    let stream = client_frame(0x01, b"\xce\xba\xf4\x90 and so on");
    let bad = 6 + 3;
    Listener::default().feed(&mut server, &stream[..bad]).unwrap();
    assert_eq!(server.receive(START, &mut [stream[bad]]).unwrap_err(), Violation::InvalidUtf8);
}

#[test]
fn messages_are_validated_each_by_itself() {
    assert_refused(&[client_frame(0x81, b"\xce"), client_frame(0x81, b"\xba")], Violation::InvalidUtf8);
    let mixed = [client_frame(0x02, b"\xce"), client_frame(0x80, b""), client_frame(0x81, b"ok")];
    assert_heard(&mixed, &[binary(b"\xce"), text("ok")]);
}

// 7: closing.

#[test]
fn close_payloads() {
    assert_heard(&[client_frame(0x88, b"")], &[Heard::Close(None)]);
    assert_refused(&[client_frame(0x88, b"\x03")], Violation::CloseTooShort);
    assert_heard(&[close_frame(1000, "")], &[closed(1000, "")]);
    assert_heard(&[close_frame(1000, "Hello")], &[closed(1000, "Hello")]);
    let longest = "*".repeat(123);
    assert_heard(&[close_frame(1000, &longest)], &[closed(1000, &longest)]);
    assert_refused(&[close_frame(1000, &"*".repeat(124))], Violation::ControlTooLong);
    assert_refused(&[client_frame(0x88, b"\x03\xe8\xce\xba\xed\xa0\x80")], Violation::InvalidUtf8);
}

#[test]
fn close_codes() {
    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999] {
        assert_heard(&[close_frame(code, "")], &[closed(code, "")]);
    }
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] {
        assert_refused(&[close_frame(code, "")], Violation::InvalidCloseCode);
    }
}

#[test]
fn frames_after_a_close_frame_are_ignored() {
    for after in
        [client_frame(0x81, b"late"), client_frame(0x89, b"late"), close_frame(1000, "again"), vec![0xff]]
    {
        assert_heard(&[close_frame(1000, ""), after], &[closed(1000, "")]);
    }
}

#[test]
fn a_close_frame_within_a_message_ends_it() {
    let frames = [client_frame(0x01, b"frag"), close_frame(1000, ""), client_frame(0x80, b"ment")];
    assert_heard(&frames, &[closed(1000, "")]);
}

// And what section 5.1 demands of both ends.

#[test]
fn clients_mask() {
    assert_refused(&[b"\x81\x05Hello".to_vec()], Violation::Unmasked);
    assert_refused(&[b"\x89\x00".to_vec()], Violation::Unmasked);
}

#[test]
fn a_zero_key_masks_too() {
    assert_heard(&[b"\x81\x85\0\0\0\0Hello".to_vec()], &[text("Hello")]);
}

#[test]
fn servers_do_not_mask() {
    let (heard, violation) = hear_pieces(client(), b"\x01\x03Hel\x89\x00\x80\x02lo\x82\x00", 1);
    assert_eq!((heard, violation), (vec![ping(b""), text("Hello"), binary(b"")], None));
    let (_, violation) = hear_pieces(client(), &client_frame(0x81, b"Hello"), usize::MAX);
    assert_eq!(violation, Some(Violation::Masked));
}
