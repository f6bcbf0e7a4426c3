//! An Ethernet interface, as a driver offers it.

use core::error::Error;
use core::fmt;
use core::mem::MaybeUninit;

/// An Ethernet interface. Frames start with the destination address and carry no frame check sequence. With IPv6, those to multicast addresses
/// have to come too: by these hosts ask for the device's.
///
/// A driver that learns of a frame in an interrupt calls [`wake`](crate::wake); the frame is fetched from the
/// application's task afterwards. Nothing here blocks.
pub trait Device {
    /// The interface's own MAC address, constant for its life.
    fn hardware_address(&self) -> [u8; 6];

    /// Sends one frame, given as consecutive pieces. The pieces are not needed after the return.
    ///
    /// # Errors
    /// [`TransmitError::Busy`] when the transmit queue is full, [`TransmitError::TooLong`] when the frame
    /// exceeds what the interface carries (1514 bytes on plain Ethernet). Nothing was sent then.
    fn transmit(&mut self, frame: &[&[u8]]) -> Result<(), TransmitError>;

    /// Length in bytes of the oldest received frame, `None` when there is none.
    ///
    /// After `Some(length)` the caller calls [`receive`](Self::receive) or [`discard`](Self::discard) once.
    fn pending(&mut self) -> Option<usize>;

    /// Moves the oldest received frame into `frame`, which has exactly the length that
    /// [`pending`](Self::pending) told, and returns what it wrote; nothing if no frame waits.
    ///
    /// The memory comes as it was allocated: a driver writes it without anybody having cleared it before, and proves
    /// that it did by the result, which is that memory. The frame is dropped if it is any other.
    fn receive<'f>(&mut self, frame: &'f mut [MaybeUninit<u8>]) -> &'f mut [u8];

    /// Drops the oldest received frame: the caller had no memory for it.
    fn discard(&mut self);

    /// Whether something is at the other end of the cable. Asked whenever no frame is [pending](Self::pending), and so often: a driver
    /// answers what it knows, and calls [`wake`](crate::wake) when it learns of a change.
    fn is_link_up(&mut self) -> bool {
        true
    }
}

/// Why a frame was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransmitError {
    /// The transmit queue is full: drop the frame (TCP sends it again) or try again later.
    Busy,
    /// Longer than the interface carries: the interface's MTU is configured too large.
    TooLong,
}

impl fmt::Display for TransmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Busy => "the transmit queue is full",
            Self::TooLong => "the frame is longer than the interface carries",
        })
    }
}

impl Error for TransmitError {}
