//! A network that loses frames, to test with.

use core::mem::MaybeUninit;
use wm_sys::{Device, TransmitError};

/// Loses a share of the frames of the device inside it, in both directions, always the same for the same seed.
pub struct Lossy<D> {
    device: D,
    percent: u8,
    random: u32,
    admitted: bool,
}

impl<D: Device> Lossy<D> {
    /// Loses `percent` of 100 frames. `seed` chooses which.
    pub fn new(device: D, percent: u8, seed: u32) -> Self {
        // Xorshift never leaves zero.
        Self { device, percent, random: seed.max(1), admitted: false }
    }

    /// Draws whether this frame is lost.
    fn loses(&mut self) -> bool {
        if self.percent == 0 {
            return false;
        }
        // Marsaglia's xorshift32.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        self.random % 100 < u32::from(self.percent)
    }
}

impl<D: Device> Device for Lossy<D> {
    fn hardware_address(&self) -> [u8; 6] {
        self.device.hardware_address()
    }

    fn transmit(&mut self, frame: &[&[u8]]) -> Result<(), TransmitError> {
        if self.loses() { Ok(()) } else { self.device.transmit(frame) }
    }

    fn pending(&mut self) -> Option<usize> {
        loop {
            let length = self.device.pending()?;
            if self.admitted || !self.loses() {
                // Asking again before taking the frame does not draw again.
                self.admitted = true;
                return Some(length);
            }
            self.device.discard();
        }
    }

    fn receive<'f>(&mut self, frame: &'f mut [MaybeUninit<u8>]) -> &'f mut [u8] {
        self.admitted = false;
        self.device.receive(frame)
    }

    fn discard(&mut self) {
        self.admitted = false;
        self.device.discard();
    }

    fn is_link_up(&mut self) -> bool {
        self.device.is_link_up()
    }
}
