#![doc = include_str!("../README.md")]
#![no_std]

#[cfg(port_threads)]
extern crate std;

#[allow(missing_docs, non_camel_case_types, non_snake_case, non_upper_case_globals, unreachable_pub)]
#[allow(clippy::all, clippy::undocumented_unsafe_blocks, clippy::missing_safety_doc)]
mod bindings {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}
mod checksum;
mod error;
#[cfg(not(feature = "external"))]
mod port;
mod sequence_number;
mod unguessable;

pub use bindings::*;
pub use error::*;
