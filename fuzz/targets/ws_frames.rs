//! WebSocket frames, however they are cut, to both ends of a connection.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wm_sys::Instant;
use wm_websockets::ws::frame::parse_header;
use wm_websockets::ws::{Assembler, Connection, Event, Fragment, Kind, Message, Role, Violation, mask};
use wm_websockets_fuzz::Input;

const NOW: Instant = Instant::from_millis(1_000);
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

fuzz_target!(|data: &[u8]| {
    let input = Input::new(data);
    for role in [Role::Server, Role::Client] {
        let at_once = hear(Connection::new(role, NOW), [input.bytes]);
        assert_eq!(hear(Connection::new(role, NOW), input.pieces()), at_once, "the cuts make a difference");
    }
    header_survives(input.bytes);
    message_survives(input);
});

#[derive(Debug, PartialEq)]
enum Heard {
    Message(Kind, Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<(u16, String)>),
}

/// Everything that is heard, and how it ends.
fn hear<'a>(
    mut connection: Connection,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Heard>, Option<Violation>) {
    let (mut heard, mut message) = (Vec::new(), None);
    let violation = pieces.into_iter().try_for_each(|piece| {
        let mut piece = piece.to_vec();
        let mut rest = &mut piece[..];
        while !rest.is_empty() {
            let step = connection.receive(NOW, rest)?;
            assert!(step.consumed > 0, "no progress");
            let consumed = step.consumed;
            heard.extend(step.event.and_then(|event| complete(&mut message, event)));
            rest = &mut rest[consumed..];
        }
        Ok(())
    });
    if let Err(violation) = violation {
        assert_eq!(connection.receive(NOW, &mut [0x82]).err(), Some(violation), "a violation went away");
    }
    (heard, violation.err())
}

/// What an event completes; the pieces of a message wait in `message`.
fn complete(message: &mut Option<(Kind, Vec<u8>)>, event: Event<'_>) -> Option<Heard> {
    Some(match event {
        Event::Ping(payload) => Heard::Ping(payload.to_vec()),
        Event::Pong(payload) => Heard::Pong(payload.to_vec()),
        Event::Close(reason) => Heard::Close(reason.map(|close| (close.code.0, close.reason().to_owned()))),
        Event::Fragment(Fragment { kind, bytes, first, last, remaining, .. }) => {
            assert_eq!(first, message.is_none(), "first piece out of order");
            assert!(!last || remaining == 0, "the last piece announces more");
            let (begun_as, mut whole) = message.take().unwrap_or((kind, Vec::new()));
            assert_eq!(begun_as, kind, "the kind changes within a message");
            whole.extend_from_slice(bytes);
            if !last {
                *message = Some((kind, whole));
                return None;
            }
            assert!(kind == Kind::Binary || core::str::from_utf8(&whole).is_ok(), "text that is none");
            Heard::Message(kind, whole)
        }
    })
}

/// There is one way to write a header, and the parser takes no other.
fn header_survives(bytes: &[u8]) {
    if let Ok(Some((header, used))) = parse_header(bytes) {
        assert_eq!(header.encode()[..], bytes[..used]);
    }
}

/// The input as the message of a client, a frame for each piece, arrives at a server.
fn message_survives(input: Input<'_>) {
    let mut client = Connection::new(Role::Client, NOW);
    let mut server = Connection::new(Role::Server, NOW);
    let (mut assembler, mut arrived) = (Assembler::new(), None);
    let last = input.pieces().count() - 1;
    for (index, piece) in input.pieces().enumerate() {
        let (first, last) = (index == 0, index == last);
        let header = client.send_header(Kind::Binary, piece.len() as u64, first, last, Some(KEY));
        let mut frame = [&header.expect("in order")[..], piece].concat();
        let payload = frame.len() - piece.len();
        mask::apply(KEY, 0, &mut frame[payload..]);
        let step = server.receive(NOW, &mut frame).expect("a sound frame");
        let Some(Event::Fragment(fragment)) = step.event else { continue };
        let whole = assembler.push(fragment, input.bytes.len()).expect("within the limit");
        arrived = whole.map(|whole| {
            let Message::Binary(bytes) = whole.message() else { panic!("became text") };
            bytes.to_vec()
        });
    }
    assert_eq!(arrived.as_deref(), Some(input.bytes));
}
