//! Semaphores, mutexes, mailboxes and threads for lwIP with `NO_SYS=0`, over the standard library's: for a host.
//!
//! C holds a pointer to each object, in the variable whose address it passes here (`port/include/arch/sys_arch.h`).

use core::ffi::{c_char, c_int};
use core::time::Duration;
use std::boxed::Box;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Instant;

use super::diagnostics::lwip_port_assert_failed;

mod mailbox;
mod mutex;
mod semaphore;
mod thread_new;

/// What the waiting functions return when time is over, and the trying ones when there is nothing.
const SYS_ARCH_TIMEOUT: u32 = u32::MAX;

/// Before everything else: nothing has to be prepared.
#[unsafe(no_mangle)]
extern "C" fn sys_init() {}

/// The thread that `tcpip_init` started.
static TCPIP_THREAD: OnceLock<ThreadId> = OnceLock::new();

/// lwIP's `LWIP_MARK_TCPIP_THREAD`.
#[unsafe(no_mangle)]
extern "C" fn lwip_port_mark_tcpip_thread() {
    let _ = TCPIP_THREAD.set(thread::current().id());
}

/// lwIP's `LWIP_ASSERT_CORE_LOCKED`: ends the program when lwIP is entered outside its core context, which is what the holder of the
/// core lock runs, or lwIP's thread where there is no lock. Before there is a thread, initialisation runs.
///
/// # Safety
/// `file` ends with a NUL.
#[unsafe(no_mangle)]
unsafe extern "C" fn lwip_port_assert_core_locked(file: *const c_char, line: c_int) {
    let in_context = match TCPIP_THREAD.get() {
        None => true,
        Some(_) if crate::LWIP_TCPIP_CORE_LOCKING != 0 => mutex::is_any_held(),
        Some(thread) => *thread == thread::current().id(),
    };
    if !in_context {
        // SAFETY: literals end with a NUL, and so does `file`.
        unsafe { lwip_port_assert_failed(c"lwIP was entered outside its core context".as_ptr(), file, line) };
    }
}

/// The value, also after a panic of another holder: none leaves it half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits as long as `blocked` holds, `timeout` milliseconds at the longest, or without end with 0. `None`: time is over.
fn wait_while<'m, T>(
    changed: &Condvar,
    guard: MutexGuard<'m, T>,
    timeout: u32,
    blocked: impl FnMut(&mut T) -> bool,
) -> Option<MutexGuard<'m, T>> {
    if timeout == 0 {
        return Some(changed.wait_while(guard, blocked).unwrap_or_else(PoisonError::into_inner));
    }
    let limit = Duration::from_millis(timeout.into());
    let waited = changed.wait_timeout_while(guard, limit, blocked);
    let (guard, outcome) = waited.unwrap_or_else(PoisonError::into_inner);
    (!outcome.timed_out()).then_some(guard)
}

/// How long a wait took, as lwIP wants it.
fn milliseconds_since(start: Instant) -> u32 {
    u32::try_from(start.elapsed().as_millis()).unwrap_or(SYS_ARCH_TIMEOUT).min(SYS_ARCH_TIMEOUT - 1)
}

/// Makes an object and leaves it to C.
///
/// # Safety
/// `variable` points to a variable of C's.
unsafe fn hand_out<T>(variable: *mut *mut T, object: T) {
    // SAFETY: the caller's promise.
    unsafe { *variable = Box::into_raw(Box::new(object)) };
}

/// Frees an object that C is done with.
///
/// # Safety
/// `variable` holds what [`hand_out`] stored there, and nobody uses it any more.
unsafe fn take_back<T>(variable: *mut *mut T) {
    // SAFETY: the caller's promise: the object came from `Box::into_raw` and was not freed.
    drop(unsafe { Box::from_raw(*variable) });
}
