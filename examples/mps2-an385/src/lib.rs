//! QEMU's `mps2-an385`: an ARM Cortex-M3 at 25 MHz with 4 MB of code memory, 4 MB of RAM and a LAN9118.
//!
//! A template: the application does not know the board, and what is the board's is one subject per file here. README.md
//! says what to change for another one.
//!
//! | file | subject |
//! | --- | --- |
//! | `memory.in.x`, [`stack`], [`heap`] | where the memory lies, how much of it is used |
//! | [`clock`], `platform` | time, sleep, and the platform contract of `wm-sys` |
//! | [`lan9118`], [`lossy`] | the Ethernet driver, and a bad network to test with |
//! | `uart`, `logger`, [`report`] | the console: log out, questions in |
//! | `arguments` | options from the host |
//! | `address` | where the interface's address comes from |
//! | `executor` | the same as one task of several, on Embassy's executor |
//! | [`serve`] | from a started board to a serving application |
//! | `vectors`, `fault` | interrupts, and the end when something is wrong |

#![no_std]

extern crate alloc;

mod address;
mod arguments;
#[cfg(feature = "baseline")]
pub mod baseline;
pub mod clock;
#[cfg(feature = "embassy")]
pub mod executor;
mod fault;
pub mod heap;
pub mod lan9118;
mod logger;
pub mod lossy;
mod platform;
pub mod report;
mod serve;
pub mod stack;
#[cfg(feature = "tls12")]
mod tls;
mod uart;
mod vectors;

pub use arguments::Arguments;
pub use serve::{Bounds, listen, run, serve, started};
#[cfg(all(feature = "tls12", feature = "client"))]
pub use tls::trust_development;
pub use uart::Console;

use lan9118::{Lan9118, StartError};
use lossy::Lossy;

/// The board, started.
pub struct Board {
    /// What the host asked for.
    pub arguments: Arguments,
    /// The Ethernet interface.
    pub device: Lossy<Lan9118>,
}

impl Board {
    /// Starts the board: stacks, console, heap, log, clock, Ethernet.
    ///
    /// # Errors
    /// [`StartError`] when the Ethernet controller does not work.
    ///
    /// # Panics
    /// When called twice.
    pub fn start() -> Result<Self, StartError> {
        let core = cortex_m::Peripherals::take().expect("the board is started once");
        // SAFETY: `take` succeeds once, so this is the first call, and `main` runs on the stack of the reset handler.
        unsafe { stack::split(&core.MPU) };
        uart::enable();
        let arguments = Arguments::from_host();
        // SAFETY: as above, once; nothing has been allocated.
        unsafe { heap::enable(arguments.heap) };
        platform::BOARD.enable(core.SYST);
        wm_sys::install(&platform::BOARD).expect("the board installs the only platform");
        logger::enable(arguments.log);
        // SAFETY: as above, once.
        let controller = unsafe { Lan9118::start() }?;
        vectors::enable();
        Ok(Self { arguments, device: Lossy::new(controller, arguments.loss, arguments.seed) })
    }
}
