//! How lwIP's core context is entered, in each of lwIP's three threading modes. `build.rs` finds out which one lwIP was configured for.
//!
//! | `core_context` | lwipopts.h | lwIP runs in |
//! | --- | --- | --- |
//! | `"direct"` | `NO_SYS=1` | the task that owns the [`Stack`](super::Stack) |
//! | `"lock"` | `NO_SYS=0`, `LWIP_TCPIP_CORE_LOCKING=1` | whichever task has the core lock |
//! | `"message"` | `NO_SYS=0`, `LWIP_TCPIP_CORE_LOCKING=0` | the tcpip thread, which is sent what it is to run |

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
/// Without memory for a semaphore lwIP cannot be asked. There is no answer that the caller could give then, so it asks again until other
/// tasks have freed some.
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

#[cfg(core_context = "message")]
mod message {
    use core::ffi::c_void;
    use core::mem::{ManuallyDrop, MaybeUninit};
    use core::time::Duration;

    use lwip_sys::{ERR_OK, err_t, tcpip_api_call, tcpip_api_call_data};

    use super::Core;

    /// How long other tasks have for freeing memory.
    const PATIENCE: Duration = Duration::from_millis(5);

    /// A closure on its way to lwIP's thread, and its result on the way back.
    pub(super) struct Call<F, R> {
        pub(super) enter: ManuallyDrop<F>,
        pub(super) result: MaybeUninit<R>,
    }

    /// Runs the closure in lwIP's thread.
    ///
    /// What it has borrowed or owns need not be `Send`: the task that it comes from stands still in `tcpip_api_call` meanwhile, and the
    /// message and the semaphore order what both see.
    ///
    /// # Safety
    ///
    /// `call` is a call of these types, whose closure has not run.
    pub(super) unsafe fn run<F: FnOnce(&mut Core<'_>) -> R, R>(call: *mut c_void, core: &mut Core<'_>) {
        // SAFETY: by contract.
        let call = unsafe { &mut *call.cast::<Call<F, R>>() };
        // SAFETY: by contract.
        let enter = unsafe { ManuallyDrop::take(&mut call.enter) };
        call.result.write(enter(core));
    }

    /// What lwIP's thread is sent. One for all closures: a firmware has forty.
    #[repr(C)]
    struct Message {
        /// lwIP's own part. First: lwIP passes a pointer to it on.
        header: MaybeUninit<tcpip_api_call_data>,
        run: unsafe fn(*mut c_void, &mut Core<'_>),
        call: *mut c_void,
    }

    /// Has lwIP's thread do `run(call)`, once, and waits until that is done; before that, while lwIP has no memory for a semaphore.
    ///
    /// # Safety
    ///
    /// As for [`with`](super::with) and `run`.
    #[inline(never)]
    pub(super) unsafe fn send(run: unsafe fn(*mut c_void, &mut Core<'_>), call: *mut c_void) {
        let mut message = Message { header: MaybeUninit::uninit(), run, call };
        let mut has_waited = false;
        // SAFETY: lwIP is initialised, because there is a stack. The message outlives its way: `tcpip_api_call` returns after `open` has, or
        // without having sent it.
        while unsafe { tcpip_api_call(Some(open), (&raw mut message).cast()) } != ERR_OK {
            has_waited = true;
            wm_sys::wait(PATIENCE);
        }
        if has_waited {
            // A wake during the wait was perhaps for the next one.
            wm_sys::wake();
        }
    }

    /// Called in lwIP's thread.
    unsafe extern "C" fn open(header: *mut tcpip_api_call_data) -> err_t {
        // SAFETY: the header is the first field of the message that `send` passes, and `send` does not touch it until this returns. lwIP's
        // thread is the core context, and runs none of our callbacks now.
        unsafe {
            let Message { run, call, .. } = *header.cast::<Message>();
            run(call, &mut Core::enter());
        }
        ERR_OK
    }
}
