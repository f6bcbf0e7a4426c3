//! How lwIP's core context is entered, in each of lwIP's three threading modes. `build.rs` finds out which one lwIP was configured for.
//!
//! | `core_context` | lwipopts.h | lwIP runs in |
//! | --- | --- | --- |
//! | `"direct"` | `NO_SYS=1` | the task that owns the [`Stack`](super::Stack) |
//! | `"lock"` | `NO_SYS=0`, `LWIP_TCPIP_CORE_LOCKING=1` | whichever task has the core lock |
//! | `"message"` | `NO_SYS=0`, `LWIP_TCPIP_CORE_LOCKING=0` | the tcpip thread, which is sent what it is to run |

#[cfg(core_context = "message")]
mod message;

#[cfg(core_context = "message")]
use core::mem::{ManuallyDrop, MaybeUninit};

use super::token::Core;

/// lwIP's timers and callbacks run in a thread of their own.
pub(super) const IS_THREADED: bool = cfg!(not(core_context = "direct"));

/// Initialises lwIP. With the feature `external` and `NO_SYS=0`, the firmware has done so: whoever brings lwIP's thread starts it.
///
/// # Safety
///
/// Once per process, before anything else of lwIP's.
pub(super) unsafe fn initialize() {
    #[cfg(core_context = "direct")]
    // SAFETY: by contract.
    unsafe {
        lwip_sys::lwip_init();
    }
    #[cfg(not(any(core_context = "direct", feature = "external")))]
    // SAFETY: by contract. lwIP is initialised when this returns; what the thread is sent waits until it runs.
    unsafe {
        lwip_sys::tcpip_init(None, core::ptr::null_mut());
    }
    #[cfg(core_context = "message")]
    // SAFETY: lwIP is initialised. Without memory now, `send` tries again.
    unsafe {
        message::prepare();
    }
}

/// Runs lwIP's timers that are due. Its thread does so by itself.
#[inline]
pub(super) fn check_timeouts(_core: &mut Core<'_>) {
    #[cfg(core_context = "direct")]
    // SAFETY: the token says that lwIP may be entered.
    unsafe {
        lwip_sys::sys_check_timeouts();
    }
}

/// Runs `enter` in the core context.
///
/// # Safety
///
/// The caller is the task that owns the stack, and no token is in use in it.
#[cfg(core_context = "direct")]
#[inline]
pub(super) unsafe fn with<R>(enter: impl FnOnce(&mut Core<'_>) -> R) -> R {
    // SAFETY: with NO_SYS=1 the core context is the one task that owns the stack.
    enter(&mut unsafe { Core::enter() })
}

/// Runs `enter` under the core lock.
///
/// # Safety
///
/// The caller is the task that owns the stack, and no token is in use in it: the lock is not recursive.
#[cfg(core_context = "lock")]
pub(super) unsafe fn with<R>(enter: impl FnOnce(&mut Core<'_>) -> R) -> R {
    struct Locked;

    impl Drop for Locked {
        fn drop(&mut self) {
            // SAFETY: this task has locked it.
            unsafe { lwip_sys::UNLOCK_TCPIP_CORE() };
        }
    }

    // SAFETY: lwIP is initialised, because there is a stack; by contract this task does not have the lock.
    unsafe { lwip_sys::LOCK_TCPIP_CORE() };
    let _locked = Locked;
    // SAFETY: the lock keeps everybody else out, lwIP's thread included.
    enter(&mut unsafe { Core::enter() })
}

/// Has lwIP's thread run `enter`, and waits for that.
///
/// # Safety
///
/// The caller is the task that owns the stack, and no token is in use in it: lwIP's thread would wait for itself.
#[cfg(core_context = "message")]
pub(super) unsafe fn with<F: FnOnce(&mut Core<'_>) -> R, R>(enter: F) -> R {
    let mut call = message::Call { enter: ManuallyDrop::new(enter), result: MaybeUninit::uninit() };
    // SAFETY: by contract. `send` runs the closure once, which gives a result.
    unsafe {
        message::send(message::run::<F, R>, (&raw mut call).cast());
        call.result.assume_init()
    }
}
