//! The devices: simpler than the W800's, and those that `board.c` of the firmware drives.

use std::io::{Write, stdin, stdout};
use std::mem::MaybeUninit;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use wm_sys::Device;
use wm_sys::host::UserNetwork;

use crate::fault::Fault;
use crate::memory::Memory;
use crate::processor::Progress;

/// The first address of the devices.
pub(crate) const DEVICES: u32 = 0x4000_0000;

/// Registers, as offsets.
mod register {
    /// Write: a byte for the console.
    pub(super) const CONSOLE: u32 = 0x00;
    /// Write: the firmware ends, with this code.
    pub(super) const EXIT: u32 = 0x04;
    /// Read: milliseconds since the start; the upper half is of the last lower half that was read.
    pub(super) const CLOCK: u32 = 0x08;
    pub(super) const CLOCK_UPPER: u32 = 0x0c;
    /// Read: a random word.
    pub(super) const RANDOM: u32 = 0x10;
    /// Write: wait so many milliseconds, or until there is a frame.
    pub(super) const WAIT: u32 = 0x14;
    /// Read: seconds since 1970.
    pub(super) const UNIX_TIME: u32 = 0x18;
    /// Read: the next byte of the words that the firmware is started with, a zero byte behind each, and behind all of them.
    pub(super) const ARGUMENTS: u32 = 0x1c;
    /// Read: the length of the oldest frame, 0 if there is none. Write: where it is to be copied to.
    pub(super) const FRAME: u32 = 0x20;
    /// Write: the oldest frame is dropped.
    pub(super) const DISCARD: u32 = 0x24;
    /// Write: where the frame that leaves next lies.
    pub(super) const TRANSMIT_FROM: u32 = 0x28;
    /// Write: its length; it leaves. Read: 1 if it could not.
    pub(super) const TRANSMIT: u32 = 0x2c;
}

/// The longest frame, without its check sequence.
const FRAME_LENGTH: usize = 1514;
/// How often a wait looks for frames.
const LOOK: Duration = Duration::from_micros(100);

/// Console, clock, random numbers and Ethernet.
pub(crate) struct Board {
    network: UserNetwork,
    start: Instant,
    milliseconds: u64,
    transmit_from: u32,
    transmit_failed: bool,
    is_asked: Arc<AtomicBool>,
    arguments: std::vec::IntoIter<u8>,
    /// The code that the firmware ended with.
    pub(crate) exit: Option<u32>,
}

impl Board {
    pub(crate) fn new(network: UserNetwork, arguments: &[String]) -> Self {
        let arguments: Vec<u8> = arguments.iter().flat_map(|word| word.bytes().chain([0])).collect();
        Self {
            network,
            start: Instant::now(),
            milliseconds: 0,
            transmit_from: 0,
            transmit_failed: false,
            is_asked: questions(),
            arguments: arguments.into_iter(),
            exit: None,
        }
    }

    pub(crate) fn load(&mut self, address: u32) -> Result<u32, Fault> {
        Ok(match address - DEVICES {
            register::CLOCK => {
                self.milliseconds = self.start.elapsed().as_millis() as u64;
                self.milliseconds as u32
            }
            register::CLOCK_UPPER => (self.milliseconds >> 32) as u32,
            register::RANDOM => getrandom::u32().map_err(|_| Fault::Unmapped(address))?,
            register::UNIX_TIME => {
                SystemTime::UNIX_EPOCH.elapsed().map_or(0, |elapsed| elapsed.as_secs() as u32)
            }
            register::ARGUMENTS => self.arguments.next().unwrap_or(0).into(),
            register::FRAME => self.network.pending().map_or(0, |length| length as u32),
            register::TRANSMIT => u32::from(self.transmit_failed),
            _ => return Err(Fault::Unmapped(address)),
        })
    }

    pub(crate) fn store(
        &mut self,
        address: u32,
        value: u32,
        memory: &mut Memory,
        progress: Progress,
    ) -> Result<(), Fault> {
        match address - DEVICES {
            register::CONSOLE => self.print(value as u8),
            register::EXIT => self.exit = Some(value),
            register::WAIT => self.wait(Duration::from_millis(value.into()), progress),
            register::FRAME => self.receive(value, memory)?,
            register::DISCARD => self.network.discard(),
            register::TRANSMIT_FROM => self.transmit_from = value,
            register::TRANSMIT => {
                let frame = memory.ram(self.transmit_from, value as usize)?;
                self.transmit_failed = self.network.transmit(&[frame]).is_err();
            }
            _ => return Err(Fault::Unmapped(address)),
        }
        Ok(())
    }

    /// A console that is gone takes nothing more; the firmware does not mind.
    fn print(&mut self, byte: u8) {
        let mut console = stdout().lock();
        let _ = console.write_all(&[byte]);
        if byte == b'\n' {
            let _ = console.flush();
        }
    }

    fn wait(&mut self, limit: Duration, progress: Progress) {
        let start = Instant::now();
        while self.network.pending().is_none() {
            if self.is_asked.swap(false, Ordering::Relaxed) {
                println!("stack {}\ninstructions {}", progress.stack(), progress.instructions);
            }
            let left = limit.saturating_sub(start.elapsed());
            if left.is_zero() {
                break;
            }
            thread::sleep(LOOK.min(left));
        }
    }

    fn receive(&mut self, to: u32, memory: &mut Memory) -> Result<(), Fault> {
        let Some(length) = self.network.pending() else { return Ok(()) };
        let mut frame = [MaybeUninit::uninit(); FRAME_LENGTH];
        let Some(room) = frame.get_mut(..length) else {
            self.network.discard();
            return Ok(());
        };
        let received = self.network.receive(room);
        memory.ram_mut(to, received.len())?.copy_from_slice(received);
        Ok(())
    }
}

/// Every line of the console's input asks how much stack was in use, and how many instructions there were; it is answered while the firmware
/// waits.
fn questions() -> Arc<AtomicBool> {
    let is_asked = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&is_asked);
    thread::spawn(move || {
        for _ in stdin().lines() {
            asked.store(true, Ordering::Relaxed);
        }
    });
    is_asked
}
