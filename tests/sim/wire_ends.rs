//! Both ends of the wire, with what befalls frames there.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::mem::MaybeUninit;
use std::rc::Rc;

use wm_sys::host::WireEnd;
use wm_sys::{Device, TransmitError};

use crate::heap;

/// The device's end: it allocates from the simulation's heap, and may be too busy to send.
pub struct Foreign {
    end: WireEnd,
    /// Frames that it will refuse.
    busy: Rc<Cell<u32>>,
    unplugged: Rc<Cell<bool>>,
}

impl Foreign {
    pub fn new(end: WireEnd, busy: Rc<Cell<u32>>, unplugged: Rc<Cell<bool>>) -> Self {
        Foreign { end, busy, unplugged }
    }
}

impl Device for Foreign {
    fn hardware_address(&self) -> [u8; 6] {
        self.end.hardware_address()
    }
    fn transmit(&mut self, frame: &[&[u8]]) -> Result<(), TransmitError> {
        if let Some(less) = self.busy.get().checked_sub(1) {
            self.busy.set(less);
            return Err(TransmitError::Busy);
        }
        heap::of_simulation(|| self.end.transmit(frame))
    }
    fn pending(&mut self) -> Option<usize> {
        heap::of_simulation(|| self.end.pending())
    }
    fn receive<'f>(&mut self, frame: &'f mut [MaybeUninit<u8>]) -> &'f mut [u8] {
        heap::of_simulation(|| self.end.receive(frame))
    }
    fn discard(&mut self) {
        heap::of_simulation(|| self.end.discard());
    }
    fn is_link_up(&mut self) -> bool {
        !self.unplugged.get()
    }
}

/// TCP ports of the peer from which nothing arrives any more.
#[derive(Clone, Default)]
pub struct Silent(Rc<RefCell<BTreeSet<u16>>>);

impl Silent {
    pub fn add(&self, port: Option<u16>) {
        self.0.borrow_mut().extend(port);
    }
}

/// Frames to an address on the peer's end that is not the peer's own.
#[derive(Clone, Default)]
pub struct Overheard(Rc<RefCell<Kept>>);

#[derive(Default)]
struct Kept {
    address: Option<[u8; 4]>,
    frames: Vec<Vec<u8>>,
}

impl Overheard {
    pub fn listen(&self, address: [u8; 4]) {
        self.0.borrow_mut().address = Some(address);
    }

    pub fn take(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.0.borrow_mut().frames)
    }

    fn note(&self, frame: &[u8]) {
        let Kept { address, frames } = &mut *self.0.borrow_mut();
        if address.is_some() && frame.get(30..34) == address.as_ref().map(|address| &address[..]) {
            frames.push(frame.to_vec());
        }
    }
}

/// The peer's end, on which many clients live; some have vanished.
pub struct Crowd {
    end: WireEnd,
    silent: Silent,
    overheard: Overheard,
}

impl Crowd {
    pub fn new(end: WireEnd, silent: Silent, overheard: Overheard) -> Self {
        Crowd { end, silent, overheard }
    }
}

impl Device for Crowd {
    fn hardware_address(&self) -> [u8; 6] {
        self.end.hardware_address()
    }
    fn transmit(&mut self, frame: &[&[u8]]) -> Result<(), TransmitError> {
        let vanished =
            source_port(&frame.concat()).is_some_and(|port| self.silent.0.borrow().contains(&port));
        if vanished { Ok(()) } else { self.end.transmit(frame) }
    }
    fn pending(&mut self) -> Option<usize> {
        self.end.pending()
    }
    fn receive<'f>(&mut self, frame: &'f mut [MaybeUninit<u8>]) -> &'f mut [u8] {
        let frame = self.end.receive(frame);
        self.overheard.note(frame);
        frame
    }
    fn discard(&mut self) {
        self.end.discard();
    }
}

/// The TCP port that a frame comes from.
fn source_port(frame: &[u8]) -> Option<u16> {
    const IPV4: [u8; 2] = [0x08, 0x00];
    const TCP: u8 = 6;
    let (ethernet, packet) = frame.split_at_checked(14)?;
    if ethernet[12..] != IPV4 || *packet.get(9)? != TCP {
        return None;
    }
    let words = usize::from(packet.first()? & 0x0f);
    Some(u16::from_be_bytes(*packet.get(4 * words..)?.first_chunk()?))
}
