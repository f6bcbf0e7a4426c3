//! The end of the firmware when something is wrong: say what, then exit with a code that is not zero.

use core::fmt::Write as _;
use core::panic::PanicInfo;

use cortex_m::peripheral::SCB;
use cortex_m_rt::{ExceptionFrame, exception};
use semihosting::process;

use crate::stack;
use crate::uart::Console;

/// Exit code after a panic; the one of a Rust program on a host.
const PANICKED: i32 = 101;
/// Exit code after a fault, an unexpected interrupt included.
const FAULTED: i32 = 102;
/// Configurable fault status: the stack could not take an exception frame (STKERR, MSTKERR).
const STACKING_FAILED: u32 = 1 << 12 | 1 << 4;

#[panic_handler]
fn panicked(info: &PanicInfo<'_>) -> ! {
    cortex_m::interrupt::disable();
    _ = writeln!(Console, "{info}");
    process::exit(PANICKED)
}

#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    _ = writeln!(Console, "HardFault");
    let status = write_status();
    if stack::contains(core::ptr::from_ref(frame).addr(), size_of::<ExceptionFrame>()) {
        write_frame(frame);
    } else {
        _ = writeln!(Console, "sp={frame:p}: outside of the stacks, no registers were saved");
    }
    if status & STACKING_FAILED != 0 {
        _ = writeln!(Console, "stack overflow: make STACK or HANDLERS in memory.in.x larger");
    }
    process::exit(FAULTED)
}

/// Interrupts that nobody asked for.
#[exception]
unsafe fn DefaultHandler(number: i16) -> ! {
    _ = writeln!(Console, "unexpected exception or interrupt {number}");
    process::exit(FAULTED)
}

/// Tells the configurable fault status.
fn write_status() -> u32 {
    // SAFETY: reading the fault status has no effect, and nothing else runs any more.
    let scb = unsafe { &*SCB::PTR };
    let status = scb.cfsr.read();
    _ = writeln!(
        Console,
        "cfsr={status:#010x} hfsr={:#010x} mmfar={:#010x} bfar={:#010x}",
        scb.hfsr.read(),
        scb.mmfar.read(),
        scb.bfar.read()
    );
    status
}

fn write_frame(frame: &ExceptionFrame) {
    _ = writeln!(
        Console,
        "r0={:#010x} r1={:#010x} r2={:#010x} r3={:#010x}\nr12={:#010x} lr={:#010x} pc={:#010x} xpsr={:#010x}",
        frame.r0(),
        frame.r1(),
        frame.r2(),
        frame.r3(),
        frame.r12(),
        frame.lr(),
        frame.pc(),
        frame.xpsr()
    );
}
