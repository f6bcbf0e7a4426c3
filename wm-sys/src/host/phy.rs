//! Any [`Device`] as a smoltcp one.

use std::mem::MaybeUninit;
use std::vec;
use std::vec::Vec;

use smoltcp::phy::{self, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

use super::MAX_FRAME;
use crate::Device;

/// Lets smoltcp drive a [`Device`].
///
/// smoltcp asks for room before it builds a frame and a [`Device`] tells after it was offered one, so a frame that
/// finds the transmit queue full is lost, as on a real interface; TCP sends it again.
#[derive(Debug)]
pub struct Phy<D>(
    /// The device that smoltcp drives.
    pub D,
);

impl<D: Device> phy::Device for Phy<D> {
    type RxToken<'a>
        = Received
    where
        D: 'a;
    type TxToken<'a>
        = Transmit<'a, D>
    where
        D: 'a;

    fn receive(&mut self, _: Instant) -> Option<(Received, Transmit<'_, D>)> {
        let mut frame = vec![MaybeUninit::uninit(); self.0.pending()?];
        let frame = self.0.receive(&mut frame).to_vec();
        Some((Received(frame), Transmit(&mut self.0)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Transmit<'_, D>> {
        Some(Transmit(&mut self.0))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        ethernet()
    }
}

/// What the virtual interfaces of this port can do: plain Ethernet.
pub(super) fn ethernet() -> DeviceCapabilities {
    let mut capabilities = DeviceCapabilities::default();
    capabilities.medium = Medium::Ethernet;
    capabilities.max_transmission_unit = MAX_FRAME;
    capabilities
}

/// One received frame.
#[derive(Debug)]
pub struct Received(pub(super) Vec<u8>);

impl phy::RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, process: F) -> R {
        process(&self.0)
    }
}

/// The permission to send one frame.
#[derive(Debug)]
pub struct Transmit<'a, D>(&'a mut D);

impl<D: Device> phy::TxToken for Transmit<'_, D> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, build: F) -> R {
        let mut frame = vec![0; length];
        let result = build(&mut frame);
        if let Err(error) = self.0.transmit(&[&frame]) {
            log::debug!("frame of {length} bytes not sent: {error}");
        }
        result
    }
}
