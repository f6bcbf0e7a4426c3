//! One direction of a wire: frames under way, and what befalls them.

use core::time::Duration;
use std::collections::BTreeMap;
use std::vec::Vec;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use crate::Instant;

/// What befalls the frames of one direction. Probabilities are from 0.0 (never) to 1.0 (always).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Impairments {
    /// How long every frame is under way.
    pub delay: Duration,
    /// Up to this much more, evenly distributed: frames overtake each other once it exceeds their distance.
    pub jitter: Duration,
    /// The chance that a frame vanishes.
    pub loss: f64,
    /// The chance that a frame arrives twice; each copy has a delay of its own.
    pub duplication: f64,
    /// The chance that one bit of an IP packet is inverted, header or payload: damage that the checksums of IP and
    /// TCP detect and an Ethernet card does not. ARP, which has no checksum, is spared.
    pub corruption: f64,
    /// How many frames may be under way at once; further ones are lost.
    pub queue: usize,
}

impl Default for Impairments {
    /// A perfect wire: no delay, no loss, room for 1024 frames.
    fn default() -> Self {
        Self {
            delay: Duration::ZERO,
            jitter: Duration::ZERO,
            loss: 0.0,
            duplication: 0.0,
            corruption: 0.0,
            queue: 1024,
        }
    }
}

/// What happened to the frames of one direction so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Frames that the sender handed over.
    pub sent: u64,
    /// Frames that vanished by chance.
    pub lost: u64,
    /// Frames that vanished because the queue was full.
    pub overflowed: u64,
    /// Frames of which a second copy was made.
    pub duplicated: u64,
    /// Frames with an inverted bit; duplicates counted one by one.
    pub corrupted: u64,
    /// Frames that arrive before one that was sent earlier.
    pub reordered: u64,
    /// Frames that the receiver has taken out.
    pub delivered: u64,
}

#[derive(Debug)]
pub(super) struct Direction {
    impairments: Impairments,
    chance: Xoshiro256PlusPlus,
    /// By time of arrival, and for the same time in the order of sending.
    under_way: BTreeMap<(Instant, u64), Vec<u8>>,
    latest_arrival: Instant,
    record: Record,
    /// Numbers the frames put under way.
    sequence: u64,
}

impl Direction {
    pub(super) fn new(impairments: Impairments, seed: u64) -> Self {
        Self {
            impairments,
            chance: Xoshiro256PlusPlus::seed_from_u64(seed),
            under_way: BTreeMap::new(),
            latest_arrival: Instant::ZERO,
            record: Record::default(),
            sequence: 0,
        }
    }

    pub(super) fn impair(&mut self, impairments: Impairments) {
        self.impairments = impairments;
    }

    pub(super) fn record(&self) -> Record {
        self.record
    }

    pub(super) fn send(&mut self, frame: Vec<u8>, now: Instant) {
        self.record.sent += 1;
        if self.happens(self.impairments.loss) {
            self.record.lost += 1;
            return;
        }
        if self.happens(self.impairments.duplication) {
            self.record.duplicated += 1;
            self.put_under_way(frame.clone(), now);
        }
        self.put_under_way(frame, now);
    }

    pub(super) fn next_arrival(&self) -> Option<Instant> {
        self.under_way.keys().next().map(|&(arrival, _)| arrival)
    }

    /// The oldest frame that has arrived by `now`.
    pub(super) fn arrived(&self, now: Instant) -> Option<&Vec<u8>> {
        let (&(arrival, _), frame) = self.under_way.first_key_value()?;
        (arrival <= now).then_some(frame)
    }

    /// Takes out the frame that [`arrived`](Self::arrived) showed.
    pub(super) fn take(&mut self) -> Option<Vec<u8>> {
        let (_, frame) = self.under_way.pop_first()?;
        self.record.delivered += 1;
        Some(frame)
    }

    fn put_under_way(&mut self, mut frame: Vec<u8>, now: Instant) {
        if self.under_way.len() >= self.impairments.queue {
            self.record.overflowed += 1;
            return;
        }
        if self.happens(self.impairments.corruption) {
            self.corrupt(&mut frame);
        }
        let arrival = now + self.impairments.delay + self.jitter();
        if arrival < self.latest_arrival {
            self.record.reordered += 1;
        }
        self.latest_arrival = self.latest_arrival.max(arrival);
        self.sequence += 1;
        self.under_way.insert((arrival, self.sequence), frame);
    }

    fn corrupt(&mut self, frame: &mut [u8]) {
        let Some(packet) = ip_packet(frame) else { return };
        let bit = self.chance.random_range(0..packet.len() * 8);
        packet[bit / 8] ^= 1 << (bit % 8);
        self.record.corrupted += 1;
    }

    fn jitter(&mut self) -> Duration {
        let longest = u64::try_from(self.impairments.jitter.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(self.chance.random_range(0..=longest))
    }

    fn happens(&mut self, probability: f64) -> bool {
        self.chance.random_bool(probability.clamp(0.0, 1.0))
    }
}

/// The IP packet in an Ethernet frame, padding left out: checksums do not cover that.
fn ip_packet(frame: &mut [u8]) -> Option<&mut [u8]> {
    const HEADER: usize = 14;
    const IPV4: [u8; 2] = [0x08, 0x00];
    const IPV6: [u8; 2] = [0x86, 0xdd];

    let (header, payload) = frame.split_at_mut_checked(HEADER)?;
    let length = match *header.last_chunk()? {
        IPV4 => u16::from_be_bytes([*payload.get(2)?, *payload.get(3)?]).into(),
        IPV6 => payload.len(),
        _ => return None,
    };
    payload.get_mut(..length).filter(|packet| !packet.is_empty())
}
