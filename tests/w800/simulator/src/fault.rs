//! Why a run ends before the firmware ends it.

use std::fmt;

/// What no firmware does on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing is at this address.
    Unmapped(u32),
    /// The address is not a multiple of what is read or written there: compilers for this processor never let it come to that.
    Misaligned(u32),
    /// Flash is not written by a store.
    ReadOnly(u32),
    /// The processor has no such instruction, or this simulator does not know it.
    Unknown(u32),
    /// `bkpt`, which compilers put where no program comes.
    Breakpoint,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unmapped(address) => write!(f, "nothing is at {address:#010x}"),
            Self::Misaligned(address) => write!(f, "{address:#010x} is not aligned"),
            Self::ReadOnly(address) => write!(f, "{address:#010x} is in flash, and was to be written"),
            Self::Unknown(instruction) => write!(f, "instruction {instruction:#x} is unknown"),
            Self::Breakpoint => write!(f, "a breakpoint, where no program comes"),
        }
    }
}

impl std::error::Error for Fault {}
