//! Pings, dead peers and the end of patience.

use core::time::Duration;

use super::*;

const TIMEOUTS: Timeouts = Timeouts {
    ping_interval: Some(Duration::from_secs(20)),
    pong_timeout: Duration::from_secs(5),
    close_timeout: Duration::from_secs(3),
};

fn after(seconds: u64) -> Instant {
    START + Duration::from_secs(seconds)
}

#[test]
fn a_silent_peer_is_pinged_and_then_dead() {
    let mut server = server();
    assert_eq!(server.deadline(&TIMEOUTS), Some(after(20)));
    assert_eq!(server.on_timer(after(19), &TIMEOUTS), None);
    assert_eq!(server.on_timer(after(20), &TIMEOUTS), Some(Due::SendPing));
    assert_eq!(server.on_timer(after(20), &TIMEOUTS), None);
    assert_eq!(server.deadline(&TIMEOUTS), Some(after(25)));
    assert_eq!(server.on_timer(after(25), &TIMEOUTS), Some(Due::PeerDead));
    assert_eq!(server.on_timer(after(26), &TIMEOUTS), Some(Due::PeerDead));
}

#[test]
fn any_byte_is_life() {
    let mut server = server();
    assert_eq!(server.on_timer(after(20), &TIMEOUTS), Some(Due::SendPing));
    server.receive(after(24), &mut [0x8a]).unwrap(); // not even a whole Pong
    assert_eq!(server.on_timer(after(25), &TIMEOUTS), None);
    assert_eq!(server.deadline(&TIMEOUTS), Some(after(44)));
}

#[test]
fn acknowledged_bytes_are_life() {
    let mut server = server();
    server.peer_alive(after(7));
    assert_eq!(server.deadline(&TIMEOUTS), Some(after(27)));
}

#[test]
fn an_empty_input_is_no_life() {
    let mut server = server();
    server.receive(after(10), &mut []).unwrap();
    assert_eq!(server.deadline(&TIMEOUTS), Some(after(20)));
}

#[test]
fn without_an_interval_nothing_is_due() {
    let mut server = server();
    let timeouts = Timeouts { ping_interval: None, ..TIMEOUTS };
    assert_eq!(server.deadline(&timeouts), None);
    assert_eq!(server.on_timer(after(1_000_000), &timeouts), None);
}

#[test]
fn the_closing_handshake_has_one_deadline() {
    let mut server = server();
    server.receive(after(1), &mut close_frame(1000, "")).unwrap();
    assert_eq!(server.deadline(&TIMEOUTS), Some(after(4)));
    server.reply_close("", after(2), None).unwrap();
    server.receive(after(3), &mut [0xff]).unwrap();
    server.peer_alive(after(3));
    assert_eq!(server.on_timer(after(3), &TIMEOUTS), None);
    assert_eq!(server.on_timer(after(4), &TIMEOUTS), Some(Due::CloseTimeout));
}

#[test]
fn a_peer_that_never_answers_our_close_frame_is_dropped() {
    let mut server = server();
    server.close(CloseCode::NORMAL, "", after(10), None).unwrap();
    server.receive(after(12), &mut client_frame(0x81, b"still talking")).unwrap();
    assert_eq!(server.on_timer(after(13), &TIMEOUTS), Some(Due::CloseTimeout));
}

#[test]
fn a_failed_connection_does_not_linger() {
    let mut server = server();
    server.receive(after(1), &mut [0xff]).unwrap_err();
    assert_eq!(server.on_timer(after(4), &TIMEOUTS), Some(Due::CloseTimeout));
}
