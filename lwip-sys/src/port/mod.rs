//! What lwIP expects of a system, on the platform contract: C calls these functions by name.

mod clock;
mod diagnostics;
mod protect;
mod random;
#[cfg(port_threads)]
mod threads;
