//! What the host may ask over the serial line: one letter in, one line out.
//!
//! The line is read where the application goes to sleep, outside of lwIP, and needs no connection: asking does not
//! change what is measured.

use core::fmt::Write as _;

use crate::platform::BOARD;
use crate::uart::{self, Console};
use crate::{heap, stack};

/// Prints how heap, stacks and time stand, as `report key=value ...` on one line.
///
/// Bytes, and ticks of 40 ns ([`TICKS_PER_SECOND`](crate::clock::TICKS_PER_SECOND)).
pub fn print() {
    let (heap, spent) = (heap::heap_use(), BOARD.meter.read());
    let (application, handlers) = (stack::application(), stack::handlers());
    _ = writeln!(
        Console,
        "report heap_used={} heap_peak={} heap_size={} heap_refused={} stack_peak={} stack_size={} \
         handler_stack_peak={} handler_stack_size={} busy_ticks={} asleep_ticks={} wakeups={} \
         longest_pass_ticks={}",
        heap.used,
        heap.peak,
        heap.size,
        heap.refused,
        application.peak,
        application.size,
        handlers.peak,
        handlers.size,
        spent.busy,
        spent.asleep,
        spent.wakeups,
        spent.longest_pass
    );
}

/// Reports, and ends the firmware with `code`. The host sees 0 as success.
pub fn exit(code: i32) -> ! {
    print();
    semihosting::process::exit(code)
}

/// Does what the host asked since the last time: `r` report, `z` start counting anew, `q` quit.
pub(crate) fn serve_console() {
    match uart::take_received() {
        Some(b'r') => print(),
        Some(b'z') => start_anew(),
        Some(b'q') => exit(0),
        _ => {}
    }
}

/// The heap's peak starts from what is in use, the time account from nothing.
fn start_anew() {
    heap::reset_peak();
    _ = writeln!(Console, "counting anew");
    BOARD.meter.reset();
}
