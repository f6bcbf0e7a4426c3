//! A simulated cable: two ends, virtual time, seeded misfortune.

use std::cell::{RefCell, RefMut};
use std::mem::MaybeUninit;
use std::rc::Rc;

use super::{DEVICE_HARDWARE_ADDRESS, GATEWAY_HARDWARE_ADDRESS};
use crate::{Device, Instant, TransmitError};

mod direction;
pub(super) mod peer;
#[cfg(test)]
mod tests;

use direction::Direction;
pub use direction::{Impairments, Record};

/// How a [`Wire`] treats the frames of each direction.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WireConfig {
    /// What all randomness of the wire follows from: the same seed and the same frames give the same run.
    pub seed: u64,
    /// From the device to the peer.
    pub from_device: Impairments,
    /// From the peer to the device.
    pub from_peer: Impairments,
}

impl WireConfig {
    /// The same impairments in both directions.
    pub fn both(seed: u64, impairments: Impairments) -> Self {
        Self { seed, from_device: impairments, from_peer: impairments }
    }
}

/// A simulated cable between a device and a peer, in one thread and on virtual time.
///
/// The wire knows no time but what [`advance_to`](Self::advance_to) tells it: a frame sent now arrives at the end
/// of its delay, and is pending at the other end once time has got there. A simulation asks everybody for their
/// next event, moves time to the earliest, and lets everybody work:
///
/// ```
/// use core::time::Duration;
/// use wm_sys::host::{Impairments, Wire, WireConfig};
/// use wm_sys::{Device, Instant};
///
/// let slow = Impairments { delay: Duration::from_millis(20), ..Impairments::default() };
/// let wire = Wire::new(WireConfig::both(1, slow));
/// let (mut device, mut peer) = (wire.device_end(), wire.peer_end());
///
/// device.transmit(&[&[0xff; 14], b"hello"]).unwrap();
/// assert_eq!(peer.pending(), None);
/// assert_eq!(wire.next_event(), Some(Instant::from_millis(20)));
///
/// wire.advance_to(Instant::from_millis(20));
/// assert_eq!(peer.pending(), Some(19));
/// ```
#[derive(Clone, Debug)]
pub struct Wire(Rc<RefCell<Ends>>);

#[derive(Debug)]
struct Ends {
    now: Instant,
    from_device: Direction,
    from_peer: Direction,
}

impl Wire {
    /// A wire at [`Instant::ZERO`] with nothing on it.
    pub fn new(config: WireConfig) -> Self {
        Self(Rc::new(RefCell::new(Ends {
            now: Instant::ZERO,
            from_device: Direction::new(config.from_device, config.seed),
            // Its own sequence of chances: what one side sends does not change the other side's luck.
            from_peer: Direction::new(config.from_peer, !config.seed),
        })))
    }

    /// The end for the stack under test.
    pub fn device_end(&self) -> WireEnd {
        WireEnd { wire: self.clone(), side: Side::Device }
    }

    /// The other end, for a [`Peer`](super::Peer).
    pub fn peer_end(&self) -> WireEnd {
        WireEnd { wire: self.clone(), side: Side::Peer }
    }

    /// Moves the wire's time forward to `now`; a time that has passed already changes nothing.
    pub fn advance_to(&self, now: Instant) {
        let mut ends = self.0.borrow_mut();
        ends.now = ends.now.max(now);
    }

    /// When the next frame arrives at either end, `None` when none is under way.
    ///
    /// A time that has passed means that a frame waits at an end to be received.
    pub fn next_event(&self) -> Option<Instant> {
        let ends = self.0.borrow();
        [ends.from_device.next_arrival(), ends.from_peer.next_arrival()].into_iter().flatten().min()
    }

    /// The time that [`advance_to`](Self::advance_to) told last.
    pub fn now(&self) -> Instant {
        self.0.borrow().now
    }

    /// What happened so far to the frames from the device.
    pub fn record_from_device(&self) -> Record {
        self.0.borrow().from_device.record()
    }

    /// What happened so far to the frames from the peer.
    pub fn record_from_peer(&self) -> Record {
        self.0.borrow().from_peer.record()
    }

    /// Replaces the impairments from now on; frames under way keep their fate. A cable pulled out is
    /// `Impairments { loss: 1.0, .. }` in both directions.
    pub fn impair(&self, from_device: Impairments, from_peer: Impairments) {
        let mut ends = self.0.borrow_mut();
        ends.from_device.impair(from_device);
        ends.from_peer.impair(from_peer);
    }
}

#[derive(Clone, Copy, Debug)]
enum Side {
    Device,
    Peer,
}

/// One end of a [`Wire`].
#[derive(Debug)]
pub struct WireEnd {
    wire: Wire,
    side: Side,
}

impl WireEnd {
    fn outgoing(&self) -> RefMut<'_, Direction> {
        RefMut::map(self.wire.0.borrow_mut(), |ends| match self.side {
            Side::Device => &mut ends.from_device,
            Side::Peer => &mut ends.from_peer,
        })
    }

    fn incoming(&self) -> RefMut<'_, Direction> {
        RefMut::map(self.wire.0.borrow_mut(), |ends| match self.side {
            Side::Device => &mut ends.from_peer,
            Side::Peer => &mut ends.from_device,
        })
    }
}

impl Device for WireEnd {
    fn hardware_address(&self) -> [u8; 6] {
        match self.side {
            Side::Device => DEVICE_HARDWARE_ADDRESS,
            Side::Peer => GATEWAY_HARDWARE_ADDRESS,
        }
    }

    fn transmit(&mut self, frame: &[&[u8]]) -> Result<(), TransmitError> {
        let frame = super::gather(frame)?;
        let now = self.wire.now();
        self.outgoing().send(frame, now);
        Ok(())
    }

    fn pending(&mut self) -> Option<usize> {
        let now = self.wire.now();
        self.incoming().arrived(now).map(|frame| frame.len())
    }

    fn receive<'f>(&mut self, frame: &'f mut [MaybeUninit<u8>]) -> &'f mut [u8] {
        match self.incoming().take() {
            Some(arrived) => frame.write_copy_of_slice(&arrived),
            None => &mut [],
        }
    }

    fn discard(&mut self) {
        self.incoming().take();
    }
}
