//! The console: UART 0 of the CMSDK (Cortex-M System Design Kit).
//!
//! A serial line rather than semihosting's `SYS_WRITE0`, because a semihosting call stops the processor and needs a
//! debugger: this way the log works on a board on a desk too, and costs the same there.

use core::fmt;
use core::sync::atomic::{AtomicU8, Ordering};

/// Register block (ARM DDI 0479, section 4.3).
#[derive(derive_mmio::Mmio)]
#[repr(C)]
struct Registers {
    #[mmio(Read, Write)]
    data: u32,
    #[mmio(PureRead)]
    state: u32,
    #[mmio(Write)]
    control: u32,
    #[mmio(Write)]
    interrupt_clear: u32,
    #[mmio(Write)]
    baud_divider: u32,
}

const BASE: usize = 0x4000_4000;
const TRANSMIT_FULL: u32 = 1 << 0;
const ENABLE_TRANSMIT_RECEIVE: u32 = 0b11;
const ENABLE_RECEIVE_INTERRUPT: u32 = 1 << 3;
const RECEIVE_INTERRUPT: u32 = 1 << 1;
/// 25 MHz / 217 = 115,200 baud.
const BAUD_DIVIDER: u32 = 217;

/// The last byte received that nobody took; 0 is none.
static RECEIVED: AtomicU8 = AtomicU8::new(0);

fn registers() -> MmioRegisters<'static> {
    // SAFETY: the block lies at this address on this chip. Its registers may be accessed from any context: each
    // access is one word, and nothing here reads, changes and writes back.
    unsafe { Registers::new_mmio_at(BASE) }
}

/// Turns the line on. Received bytes interrupt; their vector is [`interrupt`].
pub(crate) fn enable() {
    let mut uart = registers();
    uart.write_baud_divider(BAUD_DIVIDER);
    uart.write_control(ENABLE_TRANSMIT_RECEIVE | ENABLE_RECEIVE_INTERRUPT);
}

/// A byte arrived.
pub(crate) extern "C" fn interrupt() {
    let mut uart = registers();
    uart.write_interrupt_clear(RECEIVE_INTERRUPT);
    RECEIVED.store(uart.read_data() as u8, Ordering::Relaxed);
    wm_sys::wake();
}

/// The last byte that was received since the last call.
pub(crate) fn take_received() -> Option<u8> {
    match RECEIVED.load(Ordering::Relaxed) {
        0 => None,
        byte => {
            RECEIVED.store(0, Ordering::Relaxed);
            Some(byte)
        }
    }
}

/// Writes to the line and waits until the last byte is on its way. For `write!` and `writeln!`.
pub struct Console;

impl fmt::Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut uart = registers();
        for byte in text.bytes() {
            while uart.read_state() & TRANSMIT_FULL != 0 {}
            uart.write_data(byte.into());
        }
        Ok(())
    }
}
