//! Close frames and the closing handshake: RFC 6455 sections 5.5.1, 7.1 and 7.4.

use super::super::control::Place;
use super::*;

#[test]
fn codes_for_the_wire() {
    let valid = |code| CloseCode(code).is_valid_on_wire();
    for code in
        [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]
    {
        assert!(valid(code), "{code}");
    }
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] {
        assert!(!valid(code), "{code}");
    }
}

fn parse(payload: &[u8]) -> Result<Option<CloseReason<'_>>, Violation> {
    CloseReason::parse(ControlPayload(Place::Lent(payload)))
}

#[test]
fn payloads() {
    assert_eq!(parse(&[]), Ok(None));
    assert_eq!(parse(&[0x03]), Err(Violation::CloseTooShort));
    assert_eq!(parse(&[0x03, 0xed]), Err(Violation::InvalidCloseCode));
    assert_eq!(parse(b"\x03\xe8\xce"), Err(Violation::InvalidUtf8));
    let close = parse(b"\x03\xe8bye").unwrap().unwrap();
    assert_eq!((close.code, close.reason()), (CloseCode::NORMAL, "bye"));
}

#[test]
fn violations_have_their_codes() {
    assert_eq!(Violation::ReservedBits.close_code(), CloseCode::PROTOCOL_ERROR);
    assert_eq!(Violation::InvalidCloseCode.close_code(), CloseCode::PROTOCOL_ERROR);
    assert_eq!(Violation::InvalidUtf8.close_code(), CloseCode::INVALID_PAYLOAD);
    assert_eq!(Violation::MessageTooBig.close_code(), CloseCode::MESSAGE_TOO_BIG);
    assert_eq!(Violation::OutOfMemory.close_code(), CloseCode::TRY_AGAIN_LATER);
}

fn feed(connection: &mut Connection, input: &[u8]) -> Vec<Heard> {
    let mut listener = Listener::default();
    listener.feed(connection, input).unwrap();
    listener.heard
}

#[test]
fn the_peer_closes() {
    let mut server = server();
    assert_eq!(feed(&mut server, &close_frame(4001, "enough")), [closed(4001, "enough")]);
    let state = server.close_state();
    assert!(state.is_closing() && !state.is_closed() && !state.may_send_data());
    assert_eq!(server.close_info(), (CloseCode(4001), false));

    assert_eq!(server.reply_close("enough", START, None).unwrap()[..], *b"\x88\x08\x0f\xa1enough");
    assert!(server.close_state().is_closed());
    assert_eq!(server.close_info(), (CloseCode(4001), true));
    assert_eq!(server.reply_close("", START, None).unwrap_err(), SendError::Closing);
}

#[test]
fn the_peer_closes_without_a_code() {
    let mut server = server();
    assert_eq!(feed(&mut server, &client_frame(0x88, &[])), [Heard::Close(None)]);
    assert_eq!(server.reply_close("", START, None).unwrap()[..], [0x88, 0]);
    assert_eq!(server.close_info(), (CloseCode::NO_STATUS, true));
}

#[test]
fn we_close() {
    let mut server = server();
    let frame = server.close(CloseCode::GOING_AWAY, "restart", START, None).unwrap();
    assert_eq!(frame[..], *b"\x88\x09\x03\xe9restart");
    let state = server.close_state();
    assert!(state.is_closing() && !state.is_closed() && !state.may_finish_message());
    assert_eq!(server.close_info(), (CloseCode::ABNORMAL, false));

    // What the peer sent before it saw our Close frame still counts.
    let rest = [client_frame(0x81, b"late"), close_frame(1001, "")].concat();
    assert_eq!(feed(&mut server, &rest), [text("late"), closed(1001, "")]);
    assert!(server.close_state().is_closed());
    assert_eq!(server.close_info(), (CloseCode::GOING_AWAY, true));
    assert_eq!(server.reply_close("", START, None).unwrap_err(), SendError::Closing);
}

#[test]
fn both_close_at_once() {
    let (mut server, mut client) = (server(), client());
    let from_server = server.close(CloseCode::NORMAL, "", START, None).unwrap();
    let from_client = client.close(CloseCode::GOING_AWAY, "", START, Some(KEY)).unwrap();
    assert_eq!(feed(&mut server, &from_client), [closed(1001, "")]);
    assert_eq!(feed(&mut client, &from_server), [closed(1000, "")]);
    assert_eq!(server.close_info(), (CloseCode::GOING_AWAY, true));
    assert_eq!(client.close_info(), (CloseCode::NORMAL, true));
}

#[test]
fn a_violation_is_answered_with_one_close_frame() {
    let mut server = server();
    let mut bad = *b"\xff";
    let violation = server.receive(START, &mut bad).unwrap_err();
    assert!(!server.close_state().may_send_data() && !server.close_state().is_closed());
    let frame = server.close(violation.close_code(), "", START, None).unwrap();
    assert_eq!(frame[..], [0x88, 2, 0x03, 0xea]);
    assert!(server.close_state().is_closed());
    assert_eq!(server.close(violation.close_code(), "", START, None).unwrap_err(), SendError::Closing);
    assert_eq!(server.close_info(), (CloseCode::ABNORMAL, false));
}

#[test]
fn a_violation_after_our_close_frame_ends_the_connection() {
    let mut server = server();
    server.close(CloseCode::NORMAL, "", START, None).unwrap();
    server.receive(START, &mut [0xff]).unwrap_err();
    assert!(server.close_state().is_closed());
}

#[test]
fn a_failure_found_outside_is_final() {
    let mut server = server();
    server.fail(Violation::MessageTooBig, START);
    let mut frame = client_frame(0x81, b"more");
    assert_eq!(server.receive(START, &mut frame).unwrap_err(), Violation::MessageTooBig);
    let frame = server.close(Violation::MessageTooBig.close_code(), "", START, None).unwrap();
    assert_eq!(frame[2..], 1009_u16.to_be_bytes());
}

#[test]
fn a_long_reason_is_cut_between_characters() {
    let frame = server().close(CloseCode::NORMAL, &"\u{20ac}".repeat(60), START, None).unwrap();
    let close = parse(&frame[2..]).unwrap().unwrap();
    assert_eq!(close.reason(), "\u{20ac}".repeat(41)); // 123 bytes

    let frame =
        server().close(CloseCode::NORMAL, &["x", &"\u{20ac}".repeat(60)].concat(), START, None).unwrap();
    assert_eq!(frame[1], 2 + 1 + 40 * 3);
}

#[test]
fn no_code_that_must_not_be_sent() {
    for code in [CloseCode::ABNORMAL, CloseCode::TLS_HANDSHAKE, CloseCode(999), CloseCode(2000)] {
        assert_eq!(server().close(code, "", START, None).unwrap_err(), SendError::InvalidCode);
    }
    assert_eq!(server().close(CloseCode::NO_STATUS, "unsaid", START, None).unwrap()[..], [0x88, 0]);
    assert_eq!(server().reply_close("", START, None).unwrap_err(), SendError::NoCloseReceived);
}
