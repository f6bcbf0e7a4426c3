//! Sending: RFC 6455 sections 5.4 to 5.7.

use super::super::mask;
use super::*;

#[test]
fn a_message_in_one_frame() {
    let mut server = server();
    assert_eq!(server.send_header(Kind::Text, 5, true, true, None).unwrap()[..], [0x81, 5]);
    assert_eq!(server.send_header(Kind::Binary, 256, true, true, None).unwrap()[..], [0x82, 126, 1, 0]);
    assert_eq!(server.send_header(Kind::Binary, 0, true, true, None).unwrap()[..], [0x82, 0]);
}

#[test]
fn a_message_in_fragments() {
    let mut server = server();
    assert_eq!(server.send_header(Kind::Text, 3, true, false, None).unwrap()[..], [0x01, 3]);
    assert_eq!(server.ping(b"", None).unwrap()[..], [0x89, 0]);
    assert_eq!(server.send_header(Kind::Text, 1, false, false, None).unwrap()[..], [0x00, 1]);
    assert_eq!(server.send_header(Kind::Text, 2, false, true, None).unwrap()[..], [0x80, 2]);
}

#[test]
fn fragments_out_of_order() {
    let mut server = server();
    let wrong = Err(SendError::WrongFragment);
    let mut send = |kind, first, last| server.send_header(kind, 1, first, last, None).map(|_| ());
    assert_eq!(send(Kind::Text, false, true), wrong);
    assert_eq!(send(Kind::Text, true, false), Ok(()));
    assert_eq!(send(Kind::Text, true, true), wrong);
    assert_eq!(send(Kind::Binary, false, true), wrong);
    assert_eq!(send(Kind::Text, false, true), Ok(()));
    assert_eq!(send(Kind::Binary, true, true), Ok(()));
}

#[test]
fn control_frames() {
    assert_eq!(server().pong(b"Hello", None).unwrap()[..], *b"\x8a\x05Hello");
    assert_eq!(server().ping(&[1; 125], None).unwrap().len(), 127);
    assert_eq!(server().ping(&[1; 126], None).unwrap_err(), SendError::TooLong);
    // The masked Pong of section 5.7.
    let masked = [0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    assert_eq!(client().pong(b"Hello", Some(KEY)).unwrap()[..], masked);
    assert_eq!(client().ping(&[1; 125], Some(KEY)).unwrap().len(), 131);
}

#[test]
fn each_role_masks_as_it_must() {
    let wrong = SendError::WrongMask;
    assert_eq!(server().send_header(Kind::Text, 1, true, true, Some(KEY)).unwrap_err(), wrong);
    assert_eq!(client().send_header(Kind::Text, 1, true, true, None).unwrap_err(), wrong);
    assert_eq!(server().ping(b"", Some(KEY)).unwrap_err(), wrong);
    assert_eq!(client().pong(b"", None).unwrap_err(), wrong);
    assert_eq!(client().close(CloseCode::NORMAL, "", START, None).unwrap_err(), wrong);
}

#[test]
fn a_refused_frame_changes_nothing() {
    let mut client = client();
    client.send_header(Kind::Text, 1, true, false, None).unwrap_err();
    client.send_header(Kind::Text, 1 << 63, true, false, Some(KEY)).unwrap_err();
    client.close(CloseCode::NORMAL, "", START, None).unwrap_err();
    assert_eq!(client.close_state(), CloseState::Open);
    assert!(client.send_header(Kind::Binary, 1, true, true, Some(KEY)).is_ok());
}

#[test]
fn nothing_but_the_rest_of_a_message_follows_the_peers_close_frame() {
    let mut server = server();
    server.send_header(Kind::Text, 1, true, false, None).unwrap();
    server.receive(START, &mut close_frame(1000, "")).unwrap();
    assert_eq!(server.ping(b"", None).unwrap_err(), SendError::Closing);
    assert!(server.send_header(Kind::Text, 1, false, true, None).is_ok());
    assert_eq!(server.send_header(Kind::Text, 1, true, true, None).unwrap_err(), SendError::Closing);
}

#[test]
fn nothing_follows_our_close_frame() {
    let mut server = server();
    server.send_header(Kind::Text, 1, true, false, None).unwrap();
    server.close(CloseCode::NORMAL, "", START, None).unwrap();
    assert_eq!(server.send_header(Kind::Text, 1, false, true, None).unwrap_err(), SendError::Closing);
    assert_eq!(server.pong(b"", None).unwrap_err(), SendError::Closing);
}

#[test]
fn both_ends_understand_each_other() {
    let (mut server, mut client) = (server(), client());
    let mut payload = *b"from the client";
    let mut stream = client.send_header(Kind::Text, 15, true, true, Some(KEY)).unwrap().to_vec();
    mask::apply(KEY, 0, &mut payload);
    stream.extend(payload);
    stream.extend(&client.close(CloseCode::NORMAL, "done", START, Some(KEY)).unwrap()[..]);

    let mut listener = Listener::default();
    listener.feed(&mut server, &stream).unwrap();
    assert_eq!(listener.heard, [text("from the client"), closed(1000, "done")]);

    let reply = server.reply_close("", START, None).unwrap();
    Listener::default().feed(&mut client, &reply).unwrap();
    assert!(server.close_state().is_closed() && client.close_state().is_closed());
}
