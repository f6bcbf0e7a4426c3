//! The two stacks: the application's (PSP) and that of interrupts and faults (MSP), each with a guard below it.
//!
//! The memory protection unit makes overflow a fault at once, instead of a variable that changes by itself; and because
//! faults have a stack of their own, their handler can still tell what happened.

use core::arch::asm;

use cortex_m::peripheral::MPU;

/// What unused stack holds; cortex-m-rt paints the application's.
const PAINT: u32 = cortex_m_rt::STACK_PAINT_VALUE;

// memory.in.x: a guard, the lowest address of the stack, the address above it.
unsafe extern "C" {
    static mut _stack_guard: u32;
    static mut _stack_end: u32;
    static mut _stack_start: u32;
    static mut _handler_stack_guard: u32;
    static mut _handler_stack_end: u32;
    static mut _handler_stack_start: u32;
}

/// A stack and how far it was used, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct StackUse {
    /// What the linker script gave it.
    pub size: usize,
    /// The most that was ever in use.
    pub peak: usize,
}

/// The application's stack.
pub fn application() -> StackUse {
    high_water(&raw const _stack_end, &raw const _stack_start)
}

/// The stack of interrupts and faults.
pub fn handlers() -> StackUse {
    high_water(&raw const _handler_stack_end, &raw const _handler_stack_start)
}

/// Whether `size` bytes at `address` lie in a stack.
pub(crate) fn contains(address: usize, size: usize) -> bool {
    let inside = |bottom: *const u32, top: *const u32| {
        address >= bottom.addr() && address.saturating_add(size) <= top.addr()
    };
    inside(&raw const _stack_end, &raw const _stack_start)
        || inside(&raw const _handler_stack_end, &raw const _handler_stack_start)
}

/// Moves interrupts and faults to their own stack, and turns on the guards. The caller's stack stays where it is and
/// becomes the process stack.
///
/// # Safety
/// To be called once, by the thread that the reset handler started, on the stack that it started with.
pub(crate) unsafe fn split(mpu: &MPU) {
    let (bottom, top) = (&raw mut _handler_stack_end, &raw mut _handler_stack_start);
    // SAFETY: memory.in.x reserves this region for us, nobody uses it yet, and both ends are aligned for words.
    unsafe { core::slice::from_raw_parts_mut(bottom, words(bottom, top)).fill(PAINT) };
    // SAFETY: thread mode goes on with the same value in the process stack pointer, so that compiled code sees no
    // change; only then the main stack pointer, now used by handlers alone, moves to the painted region.
    unsafe {
        asm!(
            "mrs {scratch}, MSP",
            "msr PSP, {scratch}",
            "mrs {scratch}, CONTROL",
            "orr {scratch}, {scratch}, #2",
            "msr CONTROL, {scratch}",
            "isb",
            "msr MSP, {top}",
            scratch = out(reg) _,
            top = in(reg) top,
            options(nostack)
        );
    }
    guard(mpu, 0, &raw const _stack_guard);
    guard(mpu, 1, &raw const _handler_stack_guard);
    // SAFETY: all memory but the guards stays as accessible as without the unit (PRIVDEFENA).
    unsafe { mpu.ctrl.write(MPU_ENABLE | DEFAULT_MAP_ELSEWHERE) };
    cortex_m::asm::dsb();
    cortex_m::asm::isb();
}

/// MPU_CTRL (ARMv7-M Architecture Reference Manual, B3.5.5).
const MPU_ENABLE: u32 = 1 << 0;
const DEFAULT_MAP_ELSEWHERE: u32 = 1 << 2;
/// MPU_RBAR: the region's number is in the low bits.
const REGION_VALID: u32 = 1 << 4;
/// MPU_RASR: enabled, 2^(7 + 1) bytes, no access for anyone.
const GUARD_OF_256_BYTES: u32 = 1 << 28 | 7 << 1 | 1 << 0;

fn guard(mpu: &MPU, region: u32, address: *const u32) {
    // SAFETY: the region is the guard's 256 bytes, in which nothing lies.
    unsafe {
        mpu.rbar.write(address.addr() as u32 | REGION_VALID | region);
        mpu.rasr.write(GUARD_OF_256_BYTES);
    }
}

fn high_water(bottom: *const u32, top: *const u32) -> StackUse {
    let words = words(bottom, top);
    // SAFETY: the region is a stack of this program, aligned and initialised. Only words below every stack pointer can
    // still hold paint, and nobody writes them while they are read.
    let painted = |word: &usize| unsafe { bottom.add(*word).read_volatile() } == PAINT;
    let untouched = (0..words).take_while(painted).count();
    StackUse { size: words * size_of::<u32>(), peak: (words - untouched) * size_of::<u32>() }
}

fn words(bottom: *const u32, top: *const u32) -> usize {
    (top.addr() - bottom.addr()) / size_of::<u32>()
}
