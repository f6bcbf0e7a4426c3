//! GCM (NIST SP 800-38D) behind Mbed TLS's names, for processors without carry-less multiplication.
//!
//! Mbed TLS reaches GCM through nine functions. They are defined here, and [`install`] sees to it that a linker, which takes the members of
//! a library only for what is undefined so far, finds these before it comes to Mbed TLS's own. Nobody else looks into a context: there the
//! cipher is where Mbed TLS has a table, and takes no memory of its own.
//!
//! | module | subject |
//! | --- | --- |
//! | `ghash` | the hash, by the crate `polyval` |
//! | `context` | a context's key, counter and hash, and texts that pass in pieces |
//! | `functions` | the nine functions |
#![no_std]

mod context;
mod functions;
mod ghash;

pub use functions::install;
