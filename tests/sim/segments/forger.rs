//! A host that makes its TCP segments by hand.

use std::net::SocketAddr;
use std::ops::BitOr;
use std::time::Duration;

use wm_sys::Device;

use crate::world::{PORT, Tested, World};

const DEVICE: [u8; 4] = [10, 0, 2, 15];
const FORGER: [u8; 4] = [10, 0, 2, 77];
const HARDWARE: [u8; 6] = [0x52, 0x55, 0x0a, 0x00, 0x02, 0x4d];
const BROADCAST: [u8; 6] = [0xff; 6];
const ROUND_TRIP: Duration = Duration::from_millis(4);

const ETHERNET: usize = 14;
const IP: usize = 20;

/// The control bits of a TCP header.
#[derive(Clone, Copy)]
pub struct Flags(pub u8);

pub const FIN: Flags = Flags(0x01);
pub const SYN: Flags = Flags(0x02);
pub const RST: Flags = Flags(0x04);
pub const ACK: Flags = Flags(0x10);
pub const URG: Flags = Flags(0x20);

impl BitOr for Flags {
    type Output = Flags;

    fn bitor(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
}

/// What is asked of a segment; numbers are relative to those that would be right.
#[derive(Clone)]
pub struct Segment {
    pub sequence: i32,
    pub acknowledgement: i32,
    pub flags: Flags,
    pub window: u16,
    pub options: Vec<u8>,
    /// What the header says of its own length; `None`: the truth.
    pub header_words: Option<u8>,
    pub payload: Vec<u8>,
}

impl Default for Segment {
    fn default() -> Self {
        Segment {
            sequence: 0,
            acknowledgement: 0,
            flags: ACK,
            window: 8_000,
            options: Vec::new(),
            header_words: None,
            payload: Vec::new(),
        }
    }
}

/// The forger's side of its connection.
pub struct Forger {
    port: u16,
    /// The device's port.
    remote: u16,
    /// The number of the next byte that it sends, if all before were taken.
    next: u32,
    /// The number of the next byte that the device sends.
    expected: u32,
    /// The number of the next byte that the device expects.
    acknowledged: u32,
}

impl Forger {
    /// Tells the device where it lives.
    pub fn announce<D: Tested>(world: &mut World<D>) -> Self {
        world.overhear(FORGER);
        let request = [
            &BROADCAST[..],
            &HARDWARE,
            &[0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1],
            &HARDWARE,
            &FORGER,
            &[0; 6],
            &DEVICE,
        ];
        world.wire.peer_end().transmit(&request).expect("a short frame");
        world.run_for(ROUND_TRIP);
        Forger { port: 40_000, remote: PORT, next: 0, expected: 0, acknowledged: 0 }
    }

    /// Opens a connection as one should.
    pub fn connect<D: Tested>(&mut self, world: &mut World<D>) {
        self.connect_with(world, Segment::default().window, Vec::new());
    }

    /// The same with a window of this size, and these options in the SYN.
    pub fn connect_with<D: Tested>(&mut self, world: &mut World<D>, window: u16, options: Vec<u8>) {
        self.begin_with(world, &Segment { flags: SYN, window, options, ..Segment::default() });
        self.hear(world);
        self.transmit(world, &Segment { window, ..Segment::default() });
        world.run_for(ROUND_TRIP);
    }

    /// Sends a SYN from another port, and leaves it at that.
    pub fn begin<D: Tested>(&mut self, world: &mut World<D>) {
        self.begin_with(world, &Segment { flags: SYN, ..Segment::default() });
    }

    /// The same with a SYN that says more; its payload does not count as sent.
    pub fn begin_with<D: Tested>(&mut self, world: &mut World<D>, syn: &Segment) {
        self.port += 1;
        self.next = 1_000;
        self.transmit(world, syn);
        self.next += 1;
        world.run_for(ROUND_TRIP);
    }

    /// Where the device can connect to.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((FORGER, self.port))
    }

    /// Answers the device's SYN, with a window of this size and these options.
    pub fn accept<D: Tested>(&mut self, world: &mut World<D>, window: u16, options: Vec<u8>) {
        self.hear_syn(world);
        self.answer(world, window, options);
    }

    /// Sends a SYN that crosses the device's on its way. To be followed by [`answer`](Self::answer).
    pub fn cross<D: Tested>(&mut self, world: &mut World<D>) {
        self.hear_syn(world);
        self.transmit(world, &Segment { flags: SYN, ..Segment::default() });
        world.run_for(ROUND_TRIP);
    }

    /// Acknowledges the SYN that was heard, by one.
    pub fn answer<D: Tested>(&mut self, world: &mut World<D>, window: u16, options: Vec<u8>) {
        self.transmit(world, &Segment { flags: SYN | ACK, window, options, ..Segment::default() });
        self.next += 1;
        world.run_for(ROUND_TRIP);
    }

    fn hear_syn<D: Tested>(&mut self, world: &mut World<D>) {
        world.run_for(ROUND_TRIP);
        let frames = world.overheard();
        let mut segments =
            frames.iter().filter(|frame| frame[ETHERNET + 9] == 6).map(|frame| &frame[ETHERNET + IP..]);
        let syn = segments.find(|tcp| tcp[13] & SYN.0 != 0).expect("a SYN");
        self.remote = u16::from_be_bytes([syn[0], syn[1]]);
        self.expected = u32::from_be_bytes([syn[4], syn[5], syn[6], syn[7]]).wrapping_add(1);
        self.next = 1_000;
    }

    /// Sends a segment; its payload counts as sent if it is where it should be.
    pub fn send<D: Tested>(&mut self, world: &mut World<D>, segment: &Segment) {
        self.hear(world);
        self.transmit(world, segment);
        if segment.sequence == 0 && segment.header_words.is_none() {
            self.next = self.next.wrapping_add(u32::try_from(segment.payload.len()).expect("a segment"));
        }
    }

    /// Sends a segment without payload that acknowledges nothing of what has arrived since the last one.
    pub fn send_unaware<D: Tested>(&self, world: &mut World<D>, segment: &Segment) {
        self.transmit(world, segment);
    }

    /// Takes note of what the device has sent on this connection: how many bytes each segment carried.
    pub fn hear<D: Tested>(&mut self, world: &mut World<D>) -> Vec<usize> {
        let mut heard = Vec::new();
        for frame in world.overheard() {
            let (ip, tcp) = frame[ETHERNET..].split_at(IP);
            let length = usize::from(u16::from_be_bytes([ip[2], ip[3]])) - IP;
            let header = usize::from(tcp[12] >> 4) * 4;
            if ip[9] == 6 && u16::from_be_bytes([tcp[2], tcp[3]]) == self.port {
                let sequence = u32::from_be_bytes([tcp[4], tcp[5], tcp[6], tcp[7]]);
                let counted = (length - header) as u32 + u32::from(tcp[13] & 1) + u32::from(tcp[13] >> 1 & 1);
                let end = sequence.wrapping_add(counted);
                let is_news = end.wrapping_sub(self.expected).cast_signed() > 0;
                if is_news || tcp[13] & SYN.0 != 0 {
                    self.expected = end;
                }
                self.acknowledged = u32::from_be_bytes([tcp[8], tcp[9], tcp[10], tcp[11]]);
                heard.push(length - header);
            }
        }
        heard
    }

    /// Whether the device has reset the connection since the last time that somebody listened.
    pub fn was_reset<D: Tested>(&self, world: &mut World<D>) -> bool {
        let is_reset = |frame: &Vec<u8>| {
            let (ip, tcp) = frame[ETHERNET..].split_at(IP);
            ip[9] == 6 && u16::from_be_bytes([tcp[2], tcp[3]]) == self.port && tcp[13] & RST.0 != 0
        };
        world.overheard().iter().any(is_reset)
    }

    /// Whether the device has acknowledged everything that was sent.
    pub fn is_acknowledged(&self) -> bool {
        self.acknowledged == self.next
    }

    fn transmit<D: Tested>(&self, world: &mut World<D>, segment: &Segment) {
        let tcp = self.tcp(segment);
        let mut ip = [0; IP];
        ip[0] = 0x45;
        let total = u16::try_from(IP + tcp.len()).expect("a frame");
        ip[2..4].copy_from_slice(&total.to_be_bytes());
        (ip[8], ip[9]) = (64, 6);
        ip[12..16].copy_from_slice(&FORGER);
        ip[16..20].copy_from_slice(&DEVICE);
        let sum = checksum(&[&ip]);
        ip[10..12].copy_from_slice(&sum);
        let device = world.wire.device_end().hardware_address();
        let frame = [&device[..], &HARDWARE, &[0x08, 0x00], &ip, &tcp];
        world.wire.peer_end().transmit(&frame).expect("a frame of a length that there is");
    }

    fn tcp(&self, segment: &Segment) -> Vec<u8> {
        let words = u8::try_from(5 + segment.options.len() / 4).expect("at most ten words of options");
        let mut tcp = Vec::new();
        tcp.extend(self.port.to_be_bytes());
        tcp.extend(self.remote.to_be_bytes());
        tcp.extend(self.next.wrapping_add_signed(segment.sequence).to_be_bytes());
        tcp.extend(self.expected.wrapping_add_signed(segment.acknowledgement).to_be_bytes());
        tcp.extend([segment.header_words.unwrap_or(words) << 4, segment.flags.0]);
        tcp.extend(segment.window.to_be_bytes());
        tcp.extend([0; 4]);
        tcp.extend(&segment.options);
        tcp.extend(&segment.payload);
        let length = u16::try_from(tcp.len()).expect("a segment").to_be_bytes();
        let sum = checksum(&[&FORGER, &DEVICE, &[0, 6], &length, &tcp]);
        tcp[16..18].copy_from_slice(&sum);
        tcp
    }
}

/// The Internet checksum (RFC 1071) over pieces of which all but the last are even.
fn checksum(pieces: &[&[u8]]) -> [u8; 2] {
    let bytes = pieces.concat();
    let word = |pair: &[u8]| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0));
    let mut sum: u32 = bytes.chunks(2).map(word).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    (!(sum as u16)).to_be_bytes()
}
