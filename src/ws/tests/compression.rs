//! Compressed messages among others, in frames.

use super::super::deflate::{Agreement, compress};
use super::*;

/// "Hello" compressed, from RFC 7692 section 7.2.3.1.
const HELLO: [u8; 7] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

fn agreed(connection: Connection) -> Connection {
    connection.with_compression(Agreement::from_offer(b"permessage-deflate").unwrap())
}

/// What a server that agreed on compression makes of `stream`, with an assembler behind it.
fn hear(stream: &[u8], piece: usize) -> Result<Vec<Heard>, Violation> {
    let mut server = agreed(server());
    let (mut assembler, mut heard) = (Assembler::new(), Vec::new());
    for input in stream.chunks(piece) {
        let mut input = input.to_vec();
        let mut rest = &mut input[..];
        while !rest.is_empty() {
            let step = server.receive(START, rest)?;
            let consumed = step.consumed;
            match step.event {
                Some(Event::Fragment(fragment)) => {
                    let kind = fragment.kind;
                    if let Some(whole) = assembler.push(fragment, 1000)? {
                        heard.push(Heard::Message(kind, whole.message().as_bytes().to_vec()));
                    }
                }
                Some(Event::Ping(payload)) => heard.push(Heard::Ping(payload.to_vec())),
                other => assert_eq!(other, None),
            }
            rest = &mut rest[consumed..];
        }
    }
    assert_eq!(assembler.capacity(), 0, "memory is kept between messages");
    Ok(heard)
}

fn assert_heard_compressed(frames: &[Vec<u8>], expected: &[Heard]) {
    for piece in [1, 3, 8, usize::MAX] {
        assert_eq!(hear(&frames.concat(), piece).as_deref(), Ok(expected), "in inputs of {piece} bytes");
    }
}

#[test]
fn compressed_messages_stand_among_others() {
    assert_heard_compressed(
        &[client_frame(0xC1, &HELLO), client_frame(0x81, b"plain"), client_frame(0xC2, &HELLO)],
        &[text("Hello"), text("plain"), binary(b"Hello")],
    );
}

#[test]
fn a_compressed_message_may_come_in_frames_with_a_ping_between_them() {
    assert_heard_compressed(
        &[
            client_frame(0x41, &HELLO[..3]),
            client_frame(0x89, b"?"),
            client_frame(0x00, b""),
            client_frame(0x80, &HELLO[3..]),
        ],
        &[ping(b"?"), text("Hello")],
    );
}

/// RFC 7692 section 6: RSV1 is for the first frame of a message. RFC 6455 section 5.2: and for those who agreed.
#[test]
fn the_bit_has_one_place() {
    for first in [0x81_u8 | 0x40, 0x82 | 0x40] {
        assert_refused(&[client_frame(first, &HELLO)], Violation::ReservedBits);
    }
    for frames in [
        vec![client_frame(0x41, &HELLO[..3]), client_frame(0xC0, &HELLO[3..])],
        vec![client_frame(0xC9, b"")],
        vec![client_frame(0xC8, b"")],
        vec![client_frame(0xA1, b"")],
        vec![client_frame(0x91, b"")],
    ] {
        assert_eq!(hear(&frames.concat(), usize::MAX), Err(Violation::ReservedBits));
    }
}

#[test]
fn compressed_text_is_validated_too() {
    let bad = [&b"this is not UTF-8, this is not UTF-8: "[..], b"\xE2\x82"].concat();
    let compressed = compress(&bad, 15).unwrap();
    assert_eq!(hear(&client_frame(0xC1, &compressed), 5), Err(Violation::InvalidUtf8));
    assert_heard_compressed(&[client_frame(0xC2, &compressed)], &[binary(&bad)]);
}

#[test]
fn what_is_wrong_has_its_close_code() {
    assert_eq!(hear(&client_frame(0xC1, b"\xff"), 9), Err(Violation::InvalidCompression));
    assert_eq!(Violation::InvalidCompression.close_code(), CloseCode::INVALID_PAYLOAD);
    let zeros = compress(&[0; 1001], 15).unwrap();
    assert_eq!(hear(&client_frame(0xC2, &zeros), usize::MAX), Err(Violation::MessageTooBig));
}

#[test]
fn a_compressed_message_is_sent_where_it_was_agreed_on() {
    let mut server = agreed(server());
    assert_eq!(server.compression_window(), Some(15));
    let header = server.send_compressed_header(Kind::Text, 7, None).unwrap();
    assert_eq!(header[..], [0xC1, 7]);
    assert_eq!(server.send_header(Kind::Text, 5, true, true, None).unwrap()[..], [0x81, 5]);

    let mut plain = client();
    assert_eq!(plain.compression_window(), None);
    let refused = plain.send_compressed_header(Kind::Text, 7, Some(KEY)).unwrap_err();
    assert_eq!(refused, SendError::NoCompression);
}
