//! What LLVM has no instructions for on C-SKY, and calls functions for.
//!
//! Loads and stores of atomics are libatomic's, which firmware has not. These processors are one core, which does what a program says in its
//! order: an aligned load or store is atomic as it is, and whatever the order asked for. Calls keep the compiler from moving anything across.
//!
//! Products of 64 bits are libgcc's, in pieces of 16 bits. XT804 multiplies words to double words: a handshake takes a third fewer
//! instructions with that.

use core::arch::asm;
use core::ffi::c_int;

macro_rules! load_and_store {
    ($($type:ty: $load:ident, $store:ident;)*) => {$(
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $load(from: *const $type, _order: c_int) -> $type {
            // SAFETY: the compiler passes an atomic of this type, which is aligned and alive.
            unsafe { from.read_volatile() }
        }

        #[unsafe(no_mangle)]
        unsafe extern "C" fn $store(to: *mut $type, value: $type, _order: c_int) {
            // SAFETY: as above.
            unsafe { to.write_volatile(value) };
        }
    )*};
}

load_and_store! {
    u8: __atomic_load_1, __atomic_store_1;
    u16: __atomic_load_2, __atomic_store_2;
    u32: __atomic_load_4, __atomic_store_4;
}

/// The lower double word of a product. What the upper words add to is its upper half.
#[unsafe(no_mangle)]
extern "C" fn __muldi3(left: u64, right: u64) -> u64 {
    let (left_low, left_high) = (left as u32, (left >> 32) as u32);
    let (right_low, right_high) = (right as u32, (right >> 32) as u32);
    let cross = left_high.wrapping_mul(right_low).wrapping_add(left_low.wrapping_mul(right_high));
    let (low, high): (u32, u32);
    // SAFETY: it multiplies, and changes nothing but the pair of registers that are named.
    unsafe {
        asm!("mul.u32 r2, r0, r2", in("r0") left_low, inout("r2") right_low => low, out("r3") high,
            options(pure, nomem, nostack));
    }
    u64::from(high.wrapping_add(cross)) << 32 | u64::from(low)
}
