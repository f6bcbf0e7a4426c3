//! What the interface does with frames, and with a device that cannot take them.

use std::time::Duration;

use wm_sys::Device;
use wm_websockets::lwip::TCP_WND;

use super::{Pair, pattern};

#[test]
fn frames_that_a_busy_device_refuses_are_sent_again() {
    let bytes = pattern(10_000);
    for refused in 1..6 {
        let mut pair = Pair::new();
        pair.world.refuse_frames(refused);
        pair.core(|core, stream| {
            stream.write(core, b"hello").unwrap();
            stream.flush(core);
        });
        assert_eq!(pair.peer_receives(5), b"hello", "{refused} refused");
        pair.world.refuse_frames(refused);
        pair.world.peer.send(pair.socket, &bytes);
        assert!(pair.receive(bytes.len()) == bytes, "{refused} refused");
    }
}

/// A segment of many pieces, each in flash: more than the device is handed at once.
#[test]
fn a_frame_of_many_pieces_arrives_whole() {
    static PIECES: [&[u8]; 10] = [b"a", b"bc", b"def", b"g", b"h", b"i", b"jkl", b"m", b"n", b"o"];
    let mut pair = Pair::new();
    pair.core(|core, stream| {
        for piece in PIECES {
            assert_eq!(stream.write_static(core, piece), Ok(piece.len()));
        }
        stream.flush(core);
    });
    assert_eq!(pair.peer_receives(15), PIECES.concat());
}

/// Frames of every length and type, addressed to the device and made of noise.
#[test]
fn noise_is_survived() {
    let mut pair = Pair::new();
    let mut noise = 1u32;
    let mut byte = move || {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise.to_be_bytes()[0]
    };
    let types: [&[u8]; 5] = [&[8, 0], &[8, 6], &[0x86, 0xdd], &[8, 0, 0x45, 0], &[0x81, 0]];
    for length in (0..1_500).step_by(3) {
        for kind in types {
            let address = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56];
            let rest: Vec<u8> = (0..length).map(|_| byte()).collect();
            pair.world
                .wire
                .peer_end()
                .transmit(&[&address, &[2; 6], kind, &rest[kind.len().min(rest.len())..]])
                .unwrap();
        }
        pair.world.run_for(Duration::from_millis(2));
    }
    for runt in 0..14 {
        pair.world.wire.peer_end().transmit(&[&[0xff; 14][..runt]]).unwrap();
    }
    pair.deliver(b"still there");
    assert_eq!(pair.receive(11), b"still there");
}

#[test]
fn reporting_more_than_was_received_is_harmless() {
    let mut pair = Pair::new();
    let bytes = pattern(3 * TCP_WND);
    pair.core(|core, stream| stream.consumed(core, usize::MAX));
    pair.world.peer.send(pair.socket, &bytes);
    assert!(pair.receive(bytes.len()) == bytes);
}
