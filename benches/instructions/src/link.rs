//! A cable without loss or delay: a queue each way.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::mem::MaybeUninit;
use std::rc::Rc;

use smoltcp::phy::{self, DeviceCapabilities, Medium};
use smoltcp::time::Instant;
use wm_sys::{Device, TransmitError};

use crate::measure::outside;

pub const DEVICE_ADDRESS: [u8; 6] = [0x02, 0, 0, 0, 0, 1];
pub const PEER_ADDRESS: [u8; 6] = [0x02, 0, 0, 0, 0, 2];

#[derive(Clone, Default)]
pub struct Link(Rc<RefCell<Queues>>);

#[derive(Default)]
struct Queues {
    to_device: VecDeque<Vec<u8>>,
    to_peer: VecDeque<Vec<u8>>,
}

impl Link {
    /// What the device sends.
    pub fn send(&self, frame: Vec<u8>) {
        self.0.borrow_mut().to_peer.push_back(frame);
    }

    pub fn waits_for_device(&self) -> bool {
        !self.0.borrow().to_device.is_empty()
    }
}

/// The device's driver.
impl Device for Link {
    fn hardware_address(&self) -> [u8; 6] {
        DEVICE_ADDRESS
    }
    fn transmit(&mut self, frame: &[&[u8]]) -> Result<(), TransmitError> {
        outside(|| self.send(frame.concat()));
        Ok(())
    }
    fn pending(&mut self) -> Option<usize> {
        outside(|| self.0.borrow().to_device.front().map(Vec::len))
    }
    fn receive<'f>(&mut self, frame: &'f mut [MaybeUninit<u8>]) -> &'f mut [u8] {
        outside(|| {
            let arrived = self.0.borrow_mut().to_device.pop_front().expect("one was pending");
            frame.write_copy_of_slice(&arrived)
        })
    }
    fn discard(&mut self) {
        outside(|| self.0.borrow_mut().to_device.pop_front());
    }
}

/// The peer's.
impl phy::Device for Link {
    type RxToken<'a> = Received;
    type TxToken<'a> = Sending;

    fn receive(&mut self, _now: Instant) -> Option<(Received, Sending)> {
        let frame = self.0.borrow_mut().to_peer.pop_front()?;
        Some((Received(frame), Sending(self.clone())))
    }
    fn transmit(&mut self, _now: Instant) -> Option<Sending> {
        Some(Sending(self.clone()))
    }
    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = 1514;
        capabilities
    }
}

pub struct Received(Vec<u8>);

impl phy::RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(&self.0)
    }
}

pub struct Sending(Link);

impl phy::TxToken for Sending {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let mut frame = vec![0; length];
        let result = write(&mut frame);
        self.0.0.borrow_mut().to_device.push_back(frame);
        result
    }
}
