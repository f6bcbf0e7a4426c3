//! lwIP's `SYS_ARCH_PROTECT`: the critical section of the platform.

use core::mem::MaybeUninit;

use critical_section::RestoreState;

/// `sys_prot_t` of `port/include/arch/cc.h`.
type Protection = usize;

const _: () = assert!(
    size_of::<RestoreState>() <= size_of::<Protection>()
        && align_of::<RestoreState>() <= align_of::<Protection>(),
    "critical-section's restore state does not fit into sys_prot_t: widen it in arch/cc.h and here"
);

/// A restore state in the room of a `sys_prot_t`: what is behind it stays zero.
#[repr(C)]
union Slot {
    word: Protection,
    state: MaybeUninit<RestoreState>,
}

#[unsafe(no_mangle)]
extern "C" fn sys_arch_protect() -> Protection {
    let mut slot = Slot { word: 0 };
    // SAFETY: lwIP pairs each call with one of `sys_arch_unprotect`, in reverse order when they nest.
    slot.state = MaybeUninit::new(unsafe { critical_section::acquire() });
    // SAFETY: `word` was initialised as a whole. Writing the smaller `state` over its beginning leaves no
    // byte uninitialised: `RestoreState` is a transparent integer, a bool or nothing, and has no padding.
    unsafe { slot.word }
}

/// # Safety
/// `protection` comes from the latest `sys_arch_protect` that has not been undone yet.
#[unsafe(no_mangle)]
unsafe extern "C" fn sys_arch_unprotect(protection: Protection) {
    let slot = Slot { word: protection };
    // SAFETY: the caller's promise: the beginning of `protection` is the state that was stored there.
    let state = unsafe { slot.state.assume_init() };
    // SAFETY: the caller's promise: the state is that of the matching `acquire`.
    unsafe { critical_section::release(state) }
}
