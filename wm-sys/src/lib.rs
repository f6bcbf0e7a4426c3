//! The platform contract: what this component needs from the machine below it, and nothing else.
//!
//! - [`Platform`] is clock, entropy, wait and wake. A firmware implements it and [`install`]s it once, as it
//!   would a logger; the free functions [`now`], [`entropy`], [`wait`] and [`wake`] reach the installed one.
//! - [`Device`] is an Ethernet interface. Drivers of the Embassy project become one by `EmbassyDevice` (feature `embassy-net-driver`).
//! - [`heap`] joins Rust's heap and C's: lwIP and Rust allocate from one and the same.
//! - Critical sections are the crate [`critical-section`](critical_section): the chip's HAL supplies them.
//! - Log records go to the crate [`log`]: the firmware picks its own sink.
//!
//! A firmware whose platform layer is written in C implements the functions of `include/wm_port.h` instead, and
//! turns on the feature `c-port` (critical sections and log included) and, when the heap is C's too, `c-heap`
//! with the default features off.
//!
//! On the WinnerMicro IoT SDK that platform layer is `port/wm_iot_sdk.c`. The feature `wm-iot-sdk` adds the module `sdk`, which starts
//! Wi-Fi from Rust.
//!
//! The feature `host` is the port to a Linux machine, for tests and for developing without a board.

#![no_std]
// Its core library is compiled along, by a compiler that takes unstable features.
#![cfg_attr(target_arch = "csky", feature(asm_experimental_arch))]

extern crate alloc;
#[cfg(any(test, feature = "host"))]
extern crate std;

#[cfg(all(feature = "host", feature = "c-port"))]
compile_error!("the features `host` and `c-port` are two ports to two machines: choose one");
#[cfg(all(feature = "rust-heap", feature = "c-heap"))]
compile_error!(
    "the features `rust-heap` and `c-heap` are each other's heap: choose one (default-features = false)"
);

#[cfg(feature = "c-port")]
pub mod c_port;
#[cfg(all(feature = "c-port", target_arch = "csky"))]
mod csky;
mod device;
#[cfg(feature = "embassy-net-driver")]
mod embassy;
pub mod heap;
#[cfg(feature = "host")]
pub mod host;
mod platform;
#[cfg(feature = "wm-iot-sdk")]
pub mod sdk;
mod time;

pub use device::{Device, TransmitError};
#[cfg(feature = "embassy-net-driver")]
pub use embassy::{EmbassyDevice, NotEthernet};
pub use platform::{
    AlreadyInstalled, EntropyError, Platform, entropy, install, now, set_unix_time, unix_time, wait,
    wait_milliseconds, wake,
};
pub use time::Instant;
