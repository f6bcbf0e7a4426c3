//! How lwIP's core context is entered, in each of lwIP's three threading modes. `build.rs` finds out which one lwIP was configured for.
//!
//! | `core_context` | lwipopts.h | lwIP runs in |
//! | --- | --- | --- |
//! | `"direct"` | `NO_SYS=1` | the task that owns the [`Stack`](super::Stack) |
//! | `"lock"` | `NO_SYS=0`, `LWIP_TCPIP_CORE_LOCKING=1` | whichever task has the core lock |
//! | `"message"` | `NO_SYS=0`, `LWIP_TCPIP_CORE_LOCKING=0` | the tcpip thread, which is sent what it is to run |

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
pub(super) unsafe fn with<R>(enter: impl FnOnce(&mut Core<'_>) -> R) -> R {
    let mut call = message::Call::new(enter);
    loop {
        // SAFETY: by contract.
        if let Some(result) = unsafe { call.send() } {
            return result;
        }
    }
}

#[cfg(core_context = "message")]
mod message {
    use core::mem::MaybeUninit;
    use core::time::Duration;

    use lwip_sys::{ERR_OK, err_t, tcpip_api_call, tcpip_api_call_data, tcpip_api_call_fn};

    use super::Core;

    /// How long other tasks have for freeing memory.
    const PATIENCE: Duration = Duration::from_millis(5);

    /// A closure on its way to lwIP's thread, and its result on the way back.
    #[repr(C)]
    pub(super) struct Call<F, R> {
        /// lwIP's own part. First: lwIP passes a pointer to it on.
        header: MaybeUninit<tcpip_api_call_data>,
        enter: Option<F>,
        result: Option<R>,
    }

    impl<F: FnOnce(&mut Core<'_>) -> R, R> Call<F, R> {
        pub(super) fn new(enter: F) -> Self {
            Call { header: MaybeUninit::uninit(), enter: Some(enter), result: None }
        }

        /// Sends the closure, unless it has run, and waits until it has; then there is a result.
        ///
        /// # Safety
        ///
        /// As for [`with`](super::with).
        pub(super) unsafe fn send(&mut self) -> Option<R> {
            // SAFETY: lwIP is initialised, because there is a stack. The call outlives the message: `tcpip_api_call` returns after
            // `run` has, or without having sent it.
            unsafe { send(Some(run::<F, R>), (&raw mut *self).cast()) };
            self.result.take()
        }
    }

    /// What all calls have in common. Waits while lwIP has no memory for a semaphore: nothing has happened then.
    ///
    /// # Safety
    ///
    /// As for `tcpip_api_call`.
    #[inline(never)]
    unsafe fn send(run: tcpip_api_call_fn, header: *mut tcpip_api_call_data) {
        let mut has_waited = false;
        // SAFETY: by contract.
        while unsafe { tcpip_api_call(run, header) } != ERR_OK {
            has_waited = true;
            wm_sys::wait(PATIENCE);
        }
        if has_waited {
            // A wake during the wait was perhaps for the next one.
            wm_sys::wake();
        }
    }

    /// Runs in lwIP's thread.
    ///
    /// What the closure has borrowed or owns need not be `Send`: the task that it comes from stands still in `tcpip_api_call` meanwhile, and
    /// the message and the semaphore order what both see.
    unsafe extern "C" fn run<F: FnOnce(&mut Core<'_>) -> R, R>(header: *mut tcpip_api_call_data) -> err_t {
        let call = header.cast::<Call<F, R>>();
        // SAFETY: the header is the first field of the call that `send` passes, with these types, and `send` does not touch it until this
        // returns. lwIP's thread is the core context, and runs none of our callbacks now.
        unsafe {
            if let Some(enter) = (*call).enter.take() {
                (*call).result = Some(enter(&mut Core::enter()));
            }
        }
        ERR_OK
    }
}
