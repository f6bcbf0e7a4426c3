//! Ends badly on purpose: `how=panic`, `how=fault` or `how=overflow`. Tests that a broken firmware cannot pass.

#![no_std]
#![no_main]

use core::hint::black_box;

use board::Board;
use semihosting::experimental::env;

#[cortex_m_rt::entry]
fn main() -> ! {
    Board::start().expect("the Ethernet controller starts");
    let words = env::args::<256>().expect("a host is there");
    for word in (&words).flatten() {
        match word.strip_prefix("how=") {
            Some("fault") => read_where_nothing_is(),
            Some("overflow") => _ = recurse(0),
            _ => {}
        }
    }
    panic!("as asked")
}

fn read_where_nothing_is() {
    // SAFETY: none. No memory is there; the processor faults, which is what this is for.
    black_box(unsafe { core::ptr::read_volatile(0x9000_0000 as *const u32) });
}

fn recurse(depth: u32) -> u32 {
    let frame = black_box([depth; 16]);
    let deeper = if black_box(true) { recurse(depth + 1) } else { 0 };
    deeper + black_box(&frame)[0]
}
