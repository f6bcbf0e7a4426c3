//! Driver of the LAN9118 Ethernet controller: FIFOs accessed word by word, one interrupt.
//!
//! The interrupt says that frames are waiting, turns itself off and wakes the application, which drains the FIFO through
//! [`Device::pending`] and turns it on again when there is nothing left. However many frames arrive in between, they
//! interrupt once. So does the PHY, when the cable is pulled out or plugged in.
//!
//! QEMU answers every access at once. The silicon wants some time between certain accesses (data sheet, tables 6.1 and
//! 6.2); a slow bus supplies it, a fast one needs reads of `byte_test` in between.

mod registers;

use core::error::Error;
use core::fmt;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicBool, Ordering};

use registers::*;
use wm_sys::{Device, TransmitError};

const BASE: usize = 0x4020_0000;
/// Ethernet's longest frame without its check sequence.
const LONGEST_FRAME: usize = 1514;
/// The check sequence, which the controller leaves at the end of a frame.
const CHECK_SEQUENCE: usize = 4;
/// An Ethernet header: what is shorter is no frame.
const HEADER: usize = 14;
/// The transmit commands in front of each piece of a frame.
const COMMANDS: usize = 8;
/// How often a bit is looked at before the controller counts as broken.
const PATIENCE: u32 = 100_000;

/// The interrupt is off: [`interrupt`] turned it off, [`Lan9118::rearm`] turns it on.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// The controller, for whoever owns this.
pub struct Lan9118 {
    registers: MmioRegisters<'static>,
    address: [u8; 6],
    /// Length of the oldest frame, when its status was taken and its data was not; check sequence included.
    oldest: Option<usize>,
    /// As the PHY last said.
    is_link_up: bool,
}

/// Why the controller cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartError {
    /// Nothing answers at its address: start QEMU with `-nic ...,model=lan9118`.
    NotFound,
    /// It answers, and does not finish what it was told: a hardware fault.
    NotReady,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "no LAN9118 at its address",
            Self::NotReady => "the LAN9118 does not become ready",
        })
    }
}

impl Error for StartError {}

impl Lan9118 {
    /// Resets the controller and starts it, with the MAC address that its EEPROM gave it.
    ///
    /// # Errors
    /// [`StartError`] when there is no controller or it does not work.
    ///
    /// # Safety
    /// To be called once: two drivers would read each other's frames.
    pub unsafe fn start() -> Result<Self, StartError> {
        // SAFETY: the block lies at this address on this board. The caller vouches that this is the only driver; the
        // interrupt handler writes one register, and only while the interrupt is on.
        let registers = unsafe { Registers::new_mmio_at(BASE) };
        let mut driver = Self { registers, address: [0; 6], oldest: None, is_link_up: false };
        driver.identify()?;
        driver.reset()?;
        driver.address = driver.read_address()?;
        driver.configure()?;
        Ok(driver)
    }

    fn identify(&self) -> Result<(), StartError> {
        let found = self.registers.read_byte_test() == BYTE_TEST
            && self.registers.read_id_revision() >> 16 == LAN9118;
        if found { Ok(()) } else { Err(StartError::NotFound) }
    }

    fn reset(&mut self) -> Result<(), StartError> {
        self.registers.write_hardware_config(SOFT_RESET);
        eventually(|| self.registers.read_hardware_config() & SOFT_RESET == 0)?;
        self.registers.write_hardware_config(STORE_AND_FORWARD | TRANSMIT_FIFO_5K);
        Ok(())
    }

    fn configure(&mut self) -> Result<(), StartError> {
        self.write_phy(PHY_BASIC_CONTROL, NEGOTIATE)?;
        self.write_phy(PHY_INTERRUPT_MASK, LINK_EVENTS)?;
        self.look_at_link()?;
        self.write_mac(MAC_CONTROL, FULL_DUPLEX | ALL_MULTICASTS | MAC_TRANSMIT | MAC_RECEIVE)?;
        self.registers.write_transmit_config(TRANSMIT_ON | STATUS_MAY_OVERRUN);
        self.registers.write_receive_config(0);
        self.registers.write_fifo_levels(0);
        self.registers.write_interrupt_config(PIN_ON_ACTIVE_HIGH);
        self.registers.write_interrupt_status(u32::MAX);
        self.registers.write_interrupt_enable(FRAME_WAITING | PHY_EVENT);
        Ok(())
    }

    fn read_address(&mut self) -> Result<[u8; 6], StartError> {
        let [a, b, c, d] = self.read_mac(MAC_ADDRESS_LOW)?.to_le_bytes();
        let [e, f, ..] = self.read_mac(MAC_ADDRESS_HIGH)?.to_le_bytes();
        Ok([a, b, c, d, e, f])
    }

    fn read_mac(&mut self, register: u32) -> Result<u32, StartError> {
        self.registers.write_mac_command(MAC_BUSY | MAC_READ | register);
        self.mac_settles()?;
        Ok(self.registers.read_mac_data())
    }

    fn write_mac(&mut self, register: u32, value: u32) -> Result<(), StartError> {
        self.registers.write_mac_data(value);
        self.registers.write_mac_command(MAC_BUSY | register);
        self.mac_settles()
    }

    fn mac_settles(&self) -> Result<(), StartError> {
        eventually(|| self.registers.read_mac_command() & MAC_BUSY == 0)
    }

    fn read_phy(&mut self, register: u32) -> Result<u32, StartError> {
        self.access_phy(register << MII_REGISTER)?;
        self.read_mac(MII_DATA)
    }

    fn write_phy(&mut self, register: u32, value: u32) -> Result<(), StartError> {
        self.write_mac(MII_DATA, value)?;
        self.access_phy(register << MII_REGISTER | MII_WRITE)
    }

    /// The PHY is slow: an access takes some microseconds.
    fn access_phy(&mut self, what: u32) -> Result<(), StartError> {
        self.write_mac(MII_ACCESS, MII_INTERNAL_PHY | what | MII_BUSY)?;
        for _ in 0..PATIENCE {
            if self.read_mac(MII_ACCESS)? & MII_BUSY == 0 {
                return Ok(());
            }
        }
        Err(StartError::NotReady)
    }

    /// Asks the PHY, and takes its interrupt back.
    fn look_at_link(&mut self) -> Result<(), StartError> {
        self.read_phy(PHY_INTERRUPT_SOURCE)?;
        // That it was lost for a moment does not matter.
        self.read_phy(PHY_BASIC_STATUS)?;
        self.is_link_up = self.read_phy(PHY_BASIC_STATUS)? & LINK != 0;
        Ok(())
    }

    /// Number of frames in the FIFO.
    fn waiting(&self) -> u32 {
        self.registers.read_receive_fifo_info() >> 16 & 0xff
    }

    /// Turns the interrupt on again when it went off, and tells whether it had.
    fn rearm(&mut self) -> bool {
        if !INTERRUPTED.load(Ordering::Relaxed) {
            return false;
        }
        INTERRUPTED.store(false, Ordering::Relaxed);
        if self.registers.read_interrupt_status() & PHY_EVENT != 0 {
            // A PHY that does not answer leaves the link as it was.
            self.look_at_link().ok();
        }
        self.registers.write_interrupt_status(FRAME_WAITING | PHY_EVENT);
        self.registers.write_interrupt_enable(FRAME_WAITING | PHY_EVENT);
        true
    }

    /// Whether a frame is in the FIFO. A frame that came before the acknowledgement in `rearm` does not interrupt any
    /// more, therefore the second look.
    fn is_frame_waiting(&mut self) -> bool {
        self.waiting() > 0 || self.rearm() && self.waiting() > 0
    }

    fn write_word(&mut self, word: [u8; 4]) {
        self.registers.write_transmit_data(u32::from_le_bytes(word));
    }

    fn read_word(&mut self) -> [u8; 4] {
        self.registers.read_receive_data().to_le_bytes()
    }

    /// Reads `words` words of frame data that nobody wants.
    fn skip(&mut self, words: usize) {
        for _ in 0..words {
            _ = self.registers.read_receive_data();
        }
    }

    fn write_piece(&mut self, piece: &[u8], flags: u32, frame_length: usize) {
        self.registers.write_transmit_data(flags | piece.len() as u32);
        self.registers.write_transmit_data(frame_length as u32);
        let (words, tail) = piece.as_chunks::<4>();
        // Four at a time: counting takes as long as moving.
        let (blocks, rest) = words.as_chunks::<4>();
        for &[a, b, c, d] in blocks {
            self.write_word(a);
            self.write_word(b);
            self.write_word(c);
            self.write_word(d);
        }
        rest.iter().for_each(|&word| self.write_word(word));
        if !tail.is_empty() {
            let mut word = [0; 4];
            word.iter_mut().zip(tail).for_each(|(to, &from)| *to = from);
            self.write_word(word);
        }
    }
}

impl Device for Lan9118 {
    fn hardware_address(&self) -> [u8; 6] {
        self.address
    }

    fn transmit(&mut self, frame: &[&[u8]]) -> Result<(), TransmitError> {
        let pieces = || frame.iter().filter(|piece| !piece.is_empty());
        let length = pieces().map(|piece| piece.len()).sum();
        if length > LONGEST_FRAME {
            return Err(TransmitError::TooLong);
        }
        let needed: usize = pieces().map(|piece| COMMANDS + piece.len().next_multiple_of(4)).sum();
        if needed > (self.registers.read_transmit_fifo_info() & 0xffff) as usize {
            return Err(TransmitError::Busy);
        }
        let mut pieces = pieces().peekable();
        let mut flags = FIRST_SEGMENT;
        while let Some(piece) = pieces.next() {
            flags |= if pieces.peek().is_none() { LAST_SEGMENT } else { 0 };
            self.write_piece(piece, flags, length);
            flags = 0;
        }
        Ok(())
    }

    fn pending(&mut self) -> Option<usize> {
        while self.oldest.is_none() {
            if !self.is_frame_waiting() {
                return None;
            }
            let status = self.registers.read_receive_status();
            let length = (status >> 16 & 0x3fff) as usize;
            if status & RECEIVE_ERROR == 0 && length >= HEADER + CHECK_SEQUENCE {
                self.oldest = Some(length);
            } else {
                self.skip(length.div_ceil(4));
            }
        }
        self.oldest.map(|length| length - CHECK_SEQUENCE)
    }

    fn receive<'f>(&mut self, frame: &'f mut [MaybeUninit<u8>]) -> &'f mut [u8] {
        let Some(length) = self.oldest.take() else { return &mut [] };
        let used = frame.len().div_ceil(4);
        let (words, tail) = frame.as_chunks_mut::<4>();
        let (blocks, rest) = words.as_chunks_mut::<4>();
        for [a, b, c, d] in blocks {
            *a = self.read_word().map(MaybeUninit::new);
            *b = self.read_word().map(MaybeUninit::new);
            *c = self.read_word().map(MaybeUninit::new);
            *d = self.read_word().map(MaybeUninit::new);
        }
        rest.iter_mut().for_each(|word| *word = self.read_word().map(MaybeUninit::new));
        if !tail.is_empty() {
            tail.iter_mut().zip(self.read_word()).for_each(|(to, from)| *to = MaybeUninit::new(from));
        }
        self.skip(length.div_ceil(4).saturating_sub(used));
        // SAFETY: blocks, rest and tail are all of `frame`, and each byte of them was written.
        unsafe { frame.assume_init_mut() }
    }

    fn discard(&mut self) {
        if let Some(length) = self.oldest.take() {
            self.skip(length.div_ceil(4));
        }
    }

    fn is_link_up(&mut self) -> bool {
        self.is_link_up
    }
}

/// Frames are waiting, or the PHY has something to say. Silent until [`Lan9118::rearm`].
pub(crate) extern "C" fn interrupt() {
    // SAFETY: the block lies at this address on this board. This writes the one register that the driver writes only
    // while this interrupt is off.
    unsafe { Registers::new_mmio_at(BASE) }.write_interrupt_enable(0);
    INTERRUPTED.store(true, Ordering::Relaxed);
    wm_sys::wake();
}

/// Looks at `condition` until it holds.
fn eventually(condition: impl Fn() -> bool) -> Result<(), StartError> {
    if (0..PATIENCE).any(|_| condition()) { Ok(()) } else { Err(StartError::NotReady) }
}
