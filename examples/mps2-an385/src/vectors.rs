//! The chip's part of the vector table.

use crate::{lan9118, uart};

type Handler = unsafe extern "C" fn();

unsafe extern "C" {
    fn DefaultHandler();
}

/// UART 0, receive.
const UART0: usize = 0;
/// LAN9118.
pub(crate) const ETHERNET: usize = 13;

/// Interrupts 0 to 13; the board has more, none of which is enabled.
#[unsafe(link_section = ".vector_table.interrupts")]
#[unsafe(no_mangle)]
pub static __INTERRUPTS: [Handler; ETHERNET + 1] = {
    let mut table = [DefaultHandler as Handler; ETHERNET + 1];
    table[UART0] = uart::interrupt;
    table[ETHERNET] = lan9118::interrupt;
    table
};

/// An interrupt line of the chip, for the NVIC.
#[derive(Clone, Copy)]
pub(crate) struct Line(pub(crate) usize);

// SAFETY: the numbers are those of the board's interrupt map, constant.
unsafe impl cortex_m::interrupt::InterruptNumber for Line {
    fn number(self) -> u16 {
        self.0 as u16
    }
}

/// Lets the UART and the Ethernet controller interrupt.
pub(crate) fn enable() {
    for line in [UART0, ETHERNET] {
        // SAFETY: no critical section of this program relies on a masked line; they use PRIMASK.
        unsafe { cortex_m::peripheral::NVIC::unmask(Line(line)) };
    }
}
