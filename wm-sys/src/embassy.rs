//! Ethernet drivers of the Embassy project as a [`Device`].

use core::fmt;
use core::mem::MaybeUninit;
use core::task::{Context, RawWaker, RawWakerVTable, Waker};

use embassy_net_driver::{Driver, HardwareAddress, LinkState, RxToken, TxToken};

use crate::{Device, TransmitError};

/// The longest Ethernet frame, without its check sequence.
const MAX_FRAME: usize = 1514;

/// An Ethernet driver that was written for `embassy-net`: of a microcontroller's MAC, of a Wi-Fi chip, of a controller on SPI.
///
/// What the driver would wake a task of an executor by is [`wake`](crate::wake) here. A driver that comes with a task of its own
/// (a `Runner`) still needs an executor for it. Each received frame is copied once more than by a [`Device`] of one's own, through a
/// buffer of 1.5 KB in here.
///
/// ```
/// use embassy_net_driver::Driver;
/// use wm_sys::{Device, EmbassyDevice, NotEthernet};
///
/// fn interface(driver: impl Driver) -> Result<impl Device, NotEthernet> {
///     EmbassyDevice::new(driver)
/// }
/// ```
pub struct EmbassyDevice<D> {
    driver: D,
    hardware_address: [u8; 6],
    /// The oldest received frame, as far as it is `waiting`.
    frame: [u8; MAX_FRAME],
    waiting: usize,
}

/// The driver's medium is another: packets of IP alone, or IEEE 802.15.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotEthernet;

impl fmt::Display for NotEthernet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the driver is not one for Ethernet")
    }
}

impl core::error::Error for NotEthernet {}

impl<D: Driver> EmbassyDevice<D> {
    /// Takes the driver, with the hardware address that it has now.
    ///
    /// # Errors
    /// [`NotEthernet`].
    pub fn new(driver: D) -> Result<Self, NotEthernet> {
        match driver.hardware_address() {
            HardwareAddress::Ethernet(hardware_address) => {
                Ok(Self { driver, hardware_address, frame: [0; MAX_FRAME], waiting: 0 })
            }
            _ => Err(NotEthernet),
        }
    }
}

impl<D: Driver> Device for EmbassyDevice<D> {
    fn hardware_address(&self) -> [u8; 6] {
        self.hardware_address
    }

    fn transmit(&mut self, frame: &[&[u8]]) -> Result<(), TransmitError> {
        let length = frame.iter().map(|piece| piece.len()).sum();
        if length > self.driver.capabilities().max_transmission_unit {
            return Err(TransmitError::TooLong);
        }
        let token = self.driver.transmit(&mut Context::from_waker(&waker())).ok_or(TransmitError::Busy)?;
        token.consume(length, |buffer| {
            let mut rest = buffer;
            for piece in frame {
                // The token gave what it was asked for.
                let Some((place, behind)) = rest.split_at_mut_checked(piece.len()) else { break };
                place.copy_from_slice(piece);
                rest = behind;
            }
        });
        Ok(())
    }

    fn pending(&mut self) -> Option<usize> {
        while self.waiting == 0 {
            let (token, _reply) = self.driver.receive(&mut Context::from_waker(&waker()))?;
            // What is longer is no frame of Ethernet's, and dropped.
            self.waiting = token.consume(|bytes| match self.frame.get_mut(..bytes.len()) {
                Some(frame) => {
                    frame.copy_from_slice(bytes);
                    bytes.len()
                }
                None => 0,
            });
        }
        Some(self.waiting)
    }

    fn receive<'f>(&mut self, frame: &'f mut [MaybeUninit<u8>]) -> &'f mut [u8] {
        let length = core::mem::take(&mut self.waiting);
        match self.frame.get(..length) {
            Some(waiting) if length == frame.len() => frame.write_copy_of_slice(waiting),
            _ => &mut [],
        }
    }

    fn discard(&mut self) {
        self.waiting = 0;
    }

    fn is_link_up(&mut self) -> bool {
        self.driver.link_state(&mut Context::from_waker(&waker())) == LinkState::Up
    }
}

/// Wakes the task that serves.
fn waker() -> Waker {
    const VTABLE: RawWakerVTable = RawWakerVTable::new(|_| RAW, |_| crate::wake(), |_| crate::wake(), |_| {});
    const RAW: RawWaker = RawWaker::new(core::ptr::null(), &VTABLE);
    // SAFETY: the functions use no data; `wake` may be called from any thread or interrupt, and does not block.
    unsafe { Waker::from_raw(RAW) }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;
    use std::vec;

    use embassy_net_driver::Capabilities;

    use super::*;

    /// A driver that sends to itself, and holds two frames.
    struct Loopback {
        frames: Vec<Vec<u8>>,
        medium: HardwareAddress,
        link: LinkState,
    }

    const ADDRESS: [u8; 6] = [2, 0, 0, 0, 0, 1];

    fn loopback() -> Loopback {
        Loopback { frames: vec![], medium: HardwareAddress::Ethernet(ADDRESS), link: LinkState::Up }
    }

    struct Received(Vec<u8>);

    impl RxToken for Received {
        fn consume<R, F: FnOnce(&mut [u8]) -> R>(mut self, f: F) -> R {
            f(&mut self.0)
        }
    }

    struct Room<'a>(&'a mut Vec<Vec<u8>>);

    impl TxToken for Room<'_> {
        fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, f: F) -> R {
            let mut frame = vec![0; length];
            let result = f(&mut frame);
            self.0.push(frame);
            result
        }
    }

    impl Driver for Loopback {
        type RxToken<'a> = Received;
        type TxToken<'a> = Room<'a>;

        fn receive(&mut self, _: &mut Context<'_>) -> Option<(Received, Room<'_>)> {
            if self.frames.is_empty() {
                return None;
            }
            let oldest = self.frames.remove(0);
            Some((Received(oldest), Room(&mut self.frames)))
        }
        fn transmit(&mut self, _: &mut Context<'_>) -> Option<Room<'_>> {
            (self.frames.len() < 2).then_some(Room(&mut self.frames))
        }
        fn link_state(&mut self, _: &mut Context<'_>) -> LinkState {
            self.link
        }
        fn capabilities(&self) -> Capabilities {
            let mut capabilities = Capabilities::default();
            capabilities.max_transmission_unit = MAX_FRAME;
            capabilities
        }
        fn hardware_address(&self) -> HardwareAddress {
            self.medium
        }
    }

    fn take(device: &mut impl Device) -> Option<Vec<u8>> {
        let mut frame = vec![MaybeUninit::new(0xee); device.pending()?];
        assert_eq!(device.pending(), Some(frame.len()), "asking twice takes nothing");
        Some(device.receive(&mut frame).to_vec())
    }

    #[test]
    fn frames_arrive_as_they_were_sent_in_pieces() {
        let mut device = EmbassyDevice::new(loopback()).unwrap();
        assert_eq!((device.hardware_address(), device.pending()), (ADDRESS, None));
        device.transmit(&[b"head", b"", b"body"]).unwrap();
        device.transmit(&[&[7; MAX_FRAME]]).unwrap();
        assert_eq!(device.transmit(&[b"third"]), Err(TransmitError::Busy));
        assert_eq!(take(&mut device).as_deref(), Some(&b"headbody"[..]));
        assert_eq!(take(&mut device), Some(vec![7; MAX_FRAME]));
        assert_eq!(take(&mut device), None);
    }

    #[test]
    fn what_is_too_long_is_not_sent_and_what_is_discarded_or_overlong_is_gone() {
        let mut device = EmbassyDevice::new(loopback()).unwrap();
        assert_eq!(device.transmit(&[&[0; MAX_FRAME], b"x"]), Err(TransmitError::TooLong));
        device.driver.frames = vec![vec![1; MAX_FRAME + 1], vec![2; 60], vec![3; 61]];
        assert_eq!(device.pending(), Some(60));
        device.discard();
        assert_eq!(take(&mut device), Some(vec![3; 61]));
    }

    #[test]
    fn the_link_and_the_medium_are_the_drivers() {
        let mut device = EmbassyDevice::new(loopback()).unwrap();
        assert!(device.is_link_up());
        device.driver.link = LinkState::Down;
        assert!(!device.is_link_up());
        let packets = Loopback { medium: HardwareAddress::Ip, ..loopback() };
        assert_eq!(EmbassyDevice::new(packets).err(), Some(NotEthernet));
    }
}
