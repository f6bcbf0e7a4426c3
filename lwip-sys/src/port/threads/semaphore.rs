//! `sys_sem_t`: counting semaphores.

use std::sync::{Condvar, Mutex};
use std::time::Instant;

use super::{SYS_ARCH_TIMEOUT, hand_out, lock, milliseconds_since, take_back, wait_while};
use crate::{ERR_OK, err_t};

struct Semaphore {
    count: Mutex<u32>,
    raised: Condvar,
}

/// # Safety
/// `semaphore` points to a variable of C's.
#[unsafe(no_mangle)]
unsafe extern "C" fn sys_sem_new(semaphore: *mut *mut Semaphore, count: u8) -> err_t {
    let object = Semaphore { count: Mutex::new(count.into()), raised: Condvar::new() };
    // SAFETY: the caller's promise.
    unsafe { hand_out(semaphore, object) };
    ERR_OK
}

/// # Safety
/// `semaphore` holds a semaphore of [`sys_sem_new`].
#[unsafe(no_mangle)]
unsafe extern "C" fn sys_sem_signal(semaphore: *mut *mut Semaphore) {
    // SAFETY: the caller's promise.
    let semaphore = unsafe { &**semaphore };
    let mut count = lock(&semaphore.count);
    *count += 1;
    // While the count is locked: once it is not, who waits may take it and free the semaphore.
    semaphore.raised.notify_one();
}

/// # Safety
/// `semaphore` holds a semaphore of [`sys_sem_new`].
#[unsafe(no_mangle)]
unsafe extern "C" fn sys_arch_sem_wait(semaphore: *mut *mut Semaphore, timeout: u32) -> u32 {
    // SAFETY: the caller's promise.
    let semaphore = unsafe { &**semaphore };
    let start = Instant::now();
    match wait_while(&semaphore.raised, lock(&semaphore.count), timeout, |count| *count == 0) {
        None => SYS_ARCH_TIMEOUT,
        Some(mut count) => {
            *count -= 1;
            milliseconds_since(start)
        }
    }
}

/// # Safety
/// `semaphore` holds a semaphore of [`sys_sem_new`] that nobody uses any more.
#[unsafe(no_mangle)]
unsafe extern "C" fn sys_sem_free(semaphore: *mut *mut Semaphore) {
    // Whoever raised it last has let go of the count.
    // SAFETY: the caller's promise.
    drop(lock(unsafe { &(**semaphore).count }));
    // SAFETY: the caller's promise.
    unsafe { take_back(semaphore) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::ptr;

    #[test]
    fn counts_and_gives_up_when_time_is_over() {
        let mut semaphore = ptr::null_mut();
        // SAFETY: the semaphore is made first and freed last.
        unsafe {
            assert_eq!(sys_sem_new(&mut semaphore, 1), ERR_OK);
            assert_ne!(sys_arch_sem_wait(&mut semaphore, 0), SYS_ARCH_TIMEOUT);
            assert_eq!(sys_arch_sem_wait(&mut semaphore, 1), SYS_ARCH_TIMEOUT);
            sys_sem_signal(&mut semaphore);
            sys_sem_signal(&mut semaphore);
            assert_ne!(sys_arch_sem_wait(&mut semaphore, 1000), SYS_ARCH_TIMEOUT);
            assert_ne!(sys_arch_sem_wait(&mut semaphore, 1000), SYS_ARCH_TIMEOUT);
            assert_eq!(sys_arch_sem_wait(&mut semaphore, 1), SYS_ARCH_TIMEOUT);
            sys_sem_free(&mut semaphore);
        }
    }
}
