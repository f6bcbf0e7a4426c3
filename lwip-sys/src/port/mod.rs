//! What lwIP expects of a system with `NO_SYS=1`, on the platform contract: C calls these functions by name.
//!
//! Semaphores, mailboxes and threads of `NO_SYS=0` would be further modules here, with their types in
//! `port/include/arch/sys_arch.h`.

mod clock;
mod diagnostics;
mod protect;
mod random;
