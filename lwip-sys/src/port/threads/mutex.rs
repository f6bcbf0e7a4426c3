//! `sys_mutex_t`: who takes one waits until nobody has it. lwIP's are not recursive.

use core::cell::Cell;
use std::sync::{Condvar, Mutex};
use std::thread_local;

use super::{hand_out, lock, take_back, wait_while};
use crate::{ERR_OK, err_t};

struct LwipMutex {
    is_taken: Mutex<bool>,
    released: Condvar,
}

thread_local! {
    /// How many of lwIP's mutexes this thread has. The core lock is the only one in a configuration whose heap is not lwIP's.
    static HELD: Cell<u32> = const { Cell::new(0) };
}

/// Whether this thread has the core lock.
pub(super) fn is_any_held() -> bool {
    HELD.get() > 0
}

/// # Safety
/// `mutex` points to a variable of C's.
#[unsafe(no_mangle)]
unsafe extern "C" fn sys_mutex_new(mutex: *mut *mut LwipMutex) -> err_t {
    let object = LwipMutex { is_taken: Mutex::new(false), released: Condvar::new() };
    // SAFETY: the caller's promise.
    unsafe { hand_out(mutex, object) };
    ERR_OK
}

/// # Safety
/// `mutex` holds a mutex of [`sys_mutex_new`].
#[unsafe(no_mangle)]
unsafe extern "C" fn sys_mutex_lock(mutex: *mut *mut LwipMutex) {
    // SAFETY: the caller's promise.
    let mutex = unsafe { &**mutex };
    if let Some(mut is_taken) = wait_while(&mutex.released, lock(&mutex.is_taken), 0, |is_taken| *is_taken) {
        *is_taken = true;
    }
    HELD.set(HELD.get() + 1);
}

/// # Safety
/// `mutex` holds a mutex of [`sys_mutex_new`], which this thread has locked.
#[unsafe(no_mangle)]
unsafe extern "C" fn sys_mutex_unlock(mutex: *mut *mut LwipMutex) {
    // SAFETY: the caller's promise.
    let mutex = unsafe { &**mutex };
    HELD.set(HELD.get() - 1);
    *lock(&mutex.is_taken) = false;
    mutex.released.notify_one();
}

/// # Safety
/// `mutex` holds a mutex of [`sys_mutex_new`] that nobody uses any more.
#[unsafe(no_mangle)]
unsafe extern "C" fn sys_mutex_free(mutex: *mut *mut LwipMutex) {
    // SAFETY: the caller's promise.
    unsafe { take_back(mutex) };
}
