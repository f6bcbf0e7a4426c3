//! Why a context could not be made, a port not be opened, or a timer not be set.

use core::fmt;

use wm_sys::heap::OutOfMemory;

use crate::net::ListenError;

/// Why a context could not be made, a port not be opened, or a timer not be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartError {
    /// The heap is too small for what [`Limits`](super::Limits) asks for: lower `connections` or `response_head`.
    NoMemory,
    /// [`Limits::timers`](super::Limits::timers) are set already: raise that.
    TooManyTimers,
    /// lwIP refused the port.
    Listen(ListenError),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::NoMemory => f.write_str("out of memory: lower the limits"),
            StartError::TooManyTimers => f.write_str("too many timers: raise Limits::timers"),
            StartError::Listen(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for StartError {}

impl From<OutOfMemory> for StartError {
    fn from(OutOfMemory: OutOfMemory) -> Self {
        StartError::NoMemory
    }
}

impl From<ListenError> for StartError {
    fn from(error: ListenError) -> Self {
        StartError::Listen(error)
    }
}
