//! Receiving: where payload lies, how it is cut, what is kept.

use super::super::control::Place;
use super::*;

#[test]
fn payload_is_lent_from_the_input() {
    let mut server = server();
    let mut input = client_frame(0x81, b"Hello");
    let payload = input[6..].as_ptr();
    let step = server.receive(START, &mut input).unwrap();
    assert_eq!(step.consumed, 11);
    let Some(Event::Fragment(fragment)) = step.event else { panic!() };
    assert_eq!(*fragment.bytes, *b"Hello");
    assert_eq!(fragment.bytes.as_ptr(), payload);
}

#[test]
fn a_whole_control_frame_is_lent_and_a_cut_one_is_held() {
    let mut server = server();
    let mut input = client_frame(0x89, b"ping");
    assert!(matches!(
        server.receive(START, &mut input).unwrap().event,
        Some(Event::Ping(ControlPayload(Place::Lent(b"ping"))))
    ));

    let mut input = client_frame(0x89, b"ping");
    let (head, tail) = input.split_at_mut(8);
    assert_eq!(server.receive(START, head).unwrap().event, None);
    let Some(Event::Ping(payload)) = server.receive(START, tail).unwrap().event else { panic!() };
    assert!(matches!(payload.0, Place::Held(_)));
    assert_eq!(*payload, *b"ping");
}

#[test]
fn pieces_announce_what_is_still_to_come() {
    let mut server = server();
    let mut input = client_frame(0x82, &[7; 1000]);
    let (head, tail) = input.split_at_mut(8 + 300);
    let Some(Event::Fragment(fragment)) = server.receive(START, head).unwrap().event else { panic!() };
    assert_eq!((fragment.first, fragment.last, fragment.remaining), (true, false, 700));
    let Some(Event::Fragment(fragment)) = server.receive(START, tail).unwrap().event else { panic!() };
    assert_eq!((fragment.first, fragment.last, fragment.remaining), (false, true, 0));
}

#[test]
fn a_message_may_be_larger_than_any_memory() {
    let mut server = server();
    let length = (1_u64 << 63) - 1;
    let mut header =
        FrameHeader { fin: true, compressed: false, opcode: Opcode::Binary, mask: Some(KEY), length }
            .encode()
            .to_vec();
    assert_eq!(server.receive(START, &mut header).unwrap().consumed, 14);
    let mut piece = [0; 100];
    for sent in 1..=10 {
        let Some(Event::Fragment(fragment)) = server.receive(START, &mut piece).unwrap().event else {
            panic!()
        };
        assert_eq!(fragment.remaining, length - 100 * sent);
    }
}

#[test]
fn nothing_comes_of_nothing() {
    assert_eq!(server().receive(START, &mut []).unwrap().consumed, 0);
}

#[test]
fn everything_after_a_close_frame_is_ignored() {
    let mut server = server();
    let mut listener = Listener::default();
    let after = [client_frame(0x89, b""), client_frame(0x81, b"late"), vec![0xff; 100]].concat();
    listener.feed(&mut server, &[close_frame(1000, ""), after].concat()).unwrap();
    assert_eq!(listener.heard, [closed(1000, "")]);
}

#[test]
fn a_failed_connection_stays_failed() {
    let mut server = server();
    assert_eq!(server.receive(START, &mut [0x83]).unwrap_err(), Violation::UnknownOpcode);
    let mut fine = client_frame(0x81, b"fine");
    assert_eq!(server.receive(START, &mut fine).unwrap_err(), Violation::UnknownOpcode);
    assert_eq!(server.receive(START, &mut []).unwrap_err(), Violation::UnknownOpcode);
}

#[test]
fn the_size_of_an_idle_connection() {
    assert!(size_of::<Connection>() <= 64, "{}", size_of::<Connection>());
    assert!(size_of::<Assembler>() <= 3 * size_of::<usize>());
    assert!(size_of::<EncodedHeader>() <= 16);
    assert!(size_of::<ControlFrame>() <= 132);
}
