//! What the interface does with frames, and with a device that cannot take them.

use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use wm_sys::host::{DEVICE_ADDRESS, GATEWAY_ADDRESS};
use wm_sys::{Device, TransmitError};
use wm_websockets::lwip::TCP_WND;
use wm_websockets::net::{InterfaceConfig, Stack};

use super::{Pair, accept, pattern, take};
use crate::world::{PORT, World};

/// Of the device, and of somebody.
const ADDRESSES: [u8; 12] = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56, 2, 2, 2, 2, 2, 2];

/// Puts a frame on the wire, past the peer.
fn inject(world: &World<Stack>, frame: &[&[u8]]) {
    world.wire.peer_end().transmit(frame).expect("no longer than Ethernet's longest");
}

/// The same noise each time.
struct Noise(u32);

impl Noise {
    fn byte(&mut self) -> u8 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.0.to_be_bytes()[0]
    }
    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.byte()).collect()
    }
    /// One of these.
    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::from(self.byte()) % choices.len()]
    }
}

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

#[cfg(feature = "ipv6")]
#[test]
fn an_interface_has_an_address_of_its_own_on_the_link() {
    let mut world = World::net();
    // fe80::/64 and the hardware address, with ff:fe in the middle (RFC 4291 appendix A).
    let expected: std::net::Ipv6Addr = "fe80::5054:ff:fe12:3456".parse().unwrap();
    assert_eq!(world.device.ipv6_addresses().collect::<Vec<_>>(), [expected]);
}

/// Frames of every length and type, runts included, addressed to the device and made of noise.
#[test]
fn noise_is_survived() {
    let mut pair = Pair::new();
    let mut noise = Noise(1);
    let types: [&[u8]; 5] = [&[8, 0], &[8, 6], &[0x86, 0xdd], &[8, 0, 0x45, 0], &[0x81, 0]];
    for length in (0..1_500).step_by(3) {
        for kind in types {
            let rest = noise.bytes(length);
            inject(&pair.world, &[&ADDRESSES, kind, &rest[kind.len().min(length)..]]);
        }
        pair.world.run_for(Duration::from_millis(2));
    }
    for runt in 0..14 {
        inject(&pair.world, &[&[0xff; 14][..runt]]);
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

/// Segments that pass every checksum and make no sense: any flags, numbers, windows and options, before, in and after a
/// connection. What they reset is reset; the next connection is served.
#[test]
fn segments_of_a_liar_are_survived() {
    let mut noise = Noise(7);
    for _ in 0..60 {
        let mut pair = Pair::new();
        pair.deliver(b"some");
        for _ in 0..40 {
            inject(&pair.world, &[&ADDRESSES, &[8, 0], &lie(&mut noise)]);
            pair.world.run_for(Duration::from_millis(u64::from(noise.byte())));
            let _reset_perhaps = take(&mut pair.world, &mut pair.stream);
        }
        let Pair { mut world, mut listener, stream, .. } = pair;
        drop(stream);
        world.replace_peer();
        world.peer.connect(PORT);
        let mut stream = accept(&mut world, &mut listener);
        world.core(|core| {
            assert_eq!(stream.write(core, b"welcome"), Ok(7));
            stream.abort(core);
            listener.close(core);
        });
        world.run_for(Duration::from_secs(1));
    }
}

/// A device with one frame, and behind that one for which it returns other bytes than it was asked to write.
struct Shirker {
    frame: Option<Vec<u8>>,
    other: Option<&'static mut [u8]>,
    sent: Arc<AtomicUsize>,
}

impl Device for Shirker {
    fn hardware_address(&self) -> [u8; 6] {
        [0x52, 0x54, 0, 0x12, 0x34, 0x56]
    }
    fn transmit(&mut self, _: &[&[u8]]) -> Result<(), TransmitError> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
    fn pending(&mut self) -> Option<usize> {
        self.frame.as_ref().map(Vec::len).or(self.other.as_ref().map(|other| other.len()))
    }
    fn receive<'f>(&mut self, frame: &'f mut [MaybeUninit<u8>]) -> &'f mut [u8] {
        match self.frame.take() {
            Some(received) => frame.write_copy_of_slice(&received),
            None => self.other.take().unwrap_or_default(),
        }
    }
    fn discard(&mut self) {
        self.frame = None;
    }
}

/// What lies there is a question for the device's hardware address, from the frame before: nobody has asked it a second time.
#[test]
fn memory_that_a_device_has_not_written_to_is_no_frame() {
    let question = [
        &[0xff; 6][..],
        &[2, 2, 2, 2, 2, 2, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 2, 2, 2, 2, 2],
        &GATEWAY_ADDRESS.octets(),
        &[0; 6],
        &DEVICE_ADDRESS.octets(),
        &[0; 17],
    ];
    let question = question.concat();
    let other = ptr::from_mut(Box::leak(vec![0; question.len()].into_boxed_slice()));
    let mut world = World::net();
    let sent = Arc::new(AtomicUsize::new(0));
    // SAFETY: nobody else has it before the end of the test.
    let device = Shirker { frame: Some(question), other: Some(unsafe { &mut *other }), sent: sent.clone() };
    world.device.attach(Box::new(device), &InterfaceConfig::USER_NETWORK).unwrap();
    let greetings = sent.load(Ordering::Relaxed);
    while world.device.poll() {}
    assert_eq!(sent.load(Ordering::Relaxed), greetings + 1, "one question, one answer");
    drop(world);
    // SAFETY: it came from a box, and whom it was lent to is gone.
    drop(unsafe { Box::from_raw(other) });
}

/// An IP packet from the peer's first connection to the device.
fn lie(noise: &mut Noise) -> Vec<u8> {
    let options = usize::from(noise.pick(&[0u8, 0, 1, 3, 10]));
    let length = noise.pick(&[0, 0, 1, 100, 1_400]);
    let mut tcp = [&49_152u16.to_be_bytes()[..], &PORT.to_be_bytes(), &noise.bytes(8)].concat();
    let claimed = noise.pick(&[5 + options as u8, 5 + options as u8, 0, 4, 15]);
    tcp.extend([claimed << 4, noise.byte()]);
    tcp.extend(noise.bytes(2));
    tcp.extend([0; 4]);
    tcp.extend(noise.bytes(4 * options + length));
    let (from, to) = (GATEWAY_ADDRESS.octets(), DEVICE_ADDRESS.octets());
    let size = (tcp.len() as u16).to_be_bytes();
    let sum = checksum(&[&from[..], &to, &[0, 6], &size, &tcp].concat());
    tcp[16..18].copy_from_slice(&sum);
    let total = (tcp.len() as u16 + 20).to_be_bytes();
    let mut ip = [&[0x45, 0][..], &total, &[0, 0, 0, 0, 64, 6, 0, 0], &from, &to].concat();
    let sum = checksum(&ip);
    ip[10..12].copy_from_slice(&sum);
    [ip, tcp].concat()
}

/// The Internet checksum (RFC 1071).
fn checksum(bytes: &[u8]) -> [u8; 2] {
    let words = bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0)));
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    (!(sum as u16)).to_be_bytes()
}
