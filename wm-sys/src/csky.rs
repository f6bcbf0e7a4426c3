//! Loads and stores of atomics on C-SKY: LLVM has no instructions for them there and calls libatomic, which firmware has not.
//!
//! These processors are one core, which does what a program says in its order: an aligned load or store is atomic as it is, and whatever
//! the order asked for. Calls keep the compiler from moving anything across.

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
