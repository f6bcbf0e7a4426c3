//! `sys_mbox_t`: queues of messages, which are pointers, with a bound.

use core::ffi::{c_int, c_void};
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};
use std::time::Instant;

use super::{SYS_ARCH_TIMEOUT, hand_out, lock, milliseconds_since, take_back, wait_while};
use crate::{ERR_MEM, ERR_OK, err_t};

/// Messages of a mailbox whose size lwipopts.h does not say (`TCPIP_MBOX_SIZE` is 0).
const DEFAULT_SIZE: usize = 16;

struct Mailbox {
    messages: Mutex<VecDeque<*mut c_void>>,
    size: usize,
    arrived: Condvar,
    taken: Condvar,
}

impl Mailbox {
    fn is_full(&self, messages: &VecDeque<*mut c_void>) -> bool {
        messages.len() >= self.size
    }
}

/// # Safety
/// `mailbox` points to a variable of C's.
#[unsafe(no_mangle)]
unsafe extern "C" fn sys_mbox_new(mailbox: *mut *mut Mailbox, size: c_int) -> err_t {
    let size = usize::try_from(size).ok().filter(|size| *size > 0).unwrap_or(DEFAULT_SIZE);
    let messages = Mutex::new(VecDeque::with_capacity(size));
    let object = Mailbox { messages, size, arrived: Condvar::new(), taken: Condvar::new() };
    // SAFETY: the caller's promise.
    unsafe { hand_out(mailbox, object) };
    ERR_OK
}

/// Waits for room.
///
/// # Safety
/// `mailbox` holds a mailbox of [`sys_mbox_new`].
#[unsafe(no_mangle)]
unsafe extern "C" fn sys_mbox_post(mailbox: *mut *mut Mailbox, message: *mut c_void) {
    // SAFETY: the caller's promise.
    let mailbox = unsafe { &**mailbox };
    let room = wait_while(&mailbox.taken, lock(&mailbox.messages), 0, |messages| mailbox.is_full(messages));
    if let Some(mut messages) = room {
        messages.push_back(message);
        mailbox.arrived.notify_one();
    }
}

/// # Safety
/// `mailbox` holds a mailbox of [`sys_mbox_new`].
#[unsafe(no_mangle)]
unsafe extern "C" fn sys_mbox_trypost(mailbox: *mut *mut Mailbox, message: *mut c_void) -> err_t {
    // SAFETY: the caller's promise.
    let mailbox = unsafe { &**mailbox };
    let mut messages = lock(&mailbox.messages);
    if mailbox.is_full(&messages) {
        return ERR_MEM;
    }
    messages.push_back(message);
    mailbox.arrived.notify_one();
    ERR_OK
}

/// A host has no interrupts.
///
/// # Safety
/// As for [`sys_mbox_trypost`].
#[unsafe(no_mangle)]
unsafe extern "C" fn sys_mbox_trypost_fromisr(mailbox: *mut *mut Mailbox, message: *mut c_void) -> err_t {
    // SAFETY: the caller's promise.
    unsafe { sys_mbox_trypost(mailbox, message) }
}

/// # Safety
/// `mailbox` holds a mailbox of [`sys_mbox_new`]; `message` is NULL or points to a variable of C's.
#[unsafe(no_mangle)]
unsafe extern "C" fn sys_arch_mbox_fetch(
    mailbox: *mut *mut Mailbox,
    message: *mut *mut c_void,
    timeout: u32,
) -> u32 {
    // SAFETY: the caller's promise.
    let mailbox = unsafe { &**mailbox };
    let start = Instant::now();
    match wait_while(&mailbox.arrived, lock(&mailbox.messages), timeout, |messages| messages.is_empty()) {
        None => SYS_ARCH_TIMEOUT,
        Some(mut messages) => {
            // SAFETY: the caller's promise.
            unsafe { deliver(mailbox, &mut messages, message) };
            milliseconds_since(start)
        }
    }
}

/// # Safety
/// As for [`sys_arch_mbox_fetch`].
#[unsafe(no_mangle)]
unsafe extern "C" fn sys_arch_mbox_tryfetch(mailbox: *mut *mut Mailbox, message: *mut *mut c_void) -> u32 {
    // SAFETY: the caller's promise.
    let mailbox = unsafe { &**mailbox };
    // SAFETY: the caller's promise.
    if unsafe { deliver(mailbox, &mut lock(&mailbox.messages), message) } { 0 } else { SYS_ARCH_TIMEOUT }
}

/// Takes the oldest message out; false when there is none.
///
/// # Safety
/// `message` is NULL or points to a variable of C's.
unsafe fn deliver(
    mailbox: &Mailbox,
    messages: &mut VecDeque<*mut c_void>,
    message: *mut *mut c_void,
) -> bool {
    let Some(oldest) = messages.pop_front() else { return false };
    mailbox.taken.notify_one();
    if !message.is_null() {
        // SAFETY: the caller's promise.
        unsafe { *message = oldest };
    }
    true
}

/// # Safety
/// `mailbox` holds a mailbox of [`sys_mbox_new`] that nobody uses any more.
#[unsafe(no_mangle)]
unsafe extern "C" fn sys_mbox_free(mailbox: *mut *mut Mailbox) {
    // SAFETY: the caller's promise.
    unsafe { take_back(mailbox) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::ptr;
    use std::thread;

    /// A message is a pointer that nobody follows here.
    fn message(number: usize) -> *mut c_void {
        ptr::without_provenance_mut(number)
    }

    #[test]
    fn keeps_order_and_refuses_what_it_has_no_room_for() {
        let (mut mailbox, mut fetched) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: the mailbox is made first and freed last.
        unsafe {
            assert_eq!(sys_mbox_new(&mut mailbox, 2), ERR_OK);
            assert_eq!(sys_arch_mbox_tryfetch(&mut mailbox, &mut fetched), SYS_ARCH_TIMEOUT);
            assert_eq!(sys_arch_mbox_fetch(&mut mailbox, &mut fetched, 1), SYS_ARCH_TIMEOUT);
            assert_eq!(sys_mbox_trypost(&mut mailbox, message(1)), ERR_OK);
            assert_eq!(sys_mbox_trypost_fromisr(&mut mailbox, message(2)), ERR_OK);
            assert_eq!(sys_mbox_trypost(&mut mailbox, message(3)), ERR_MEM);
            for number in 1..=2 {
                assert_eq!(sys_arch_mbox_tryfetch(&mut mailbox, &mut fetched), 0);
                assert_eq!(fetched, message(number));
            }
            assert_eq!(sys_arch_mbox_tryfetch(&mut mailbox, ptr::null_mut()), SYS_ARCH_TIMEOUT);
            sys_mbox_free(&mut mailbox);
        }
    }

    #[test]
    fn who_posts_waits_for_room_and_who_fetches_for_a_message() {
        struct Shared(*mut Mailbox);
        // SAFETY: a mailbox is made for several threads.
        unsafe impl Sync for Shared {}

        let mut shared = Shared(ptr::null_mut());
        // SAFETY: the mailbox is made first and freed last.
        unsafe { sys_mbox_new(&mut shared.0, 1) };
        let shared_by_both = &shared;
        thread::scope(|scope| {
            scope.spawn(move || {
                let mut mailbox = shared_by_both.0;
                // SAFETY: as above.
                (1..=100).for_each(|number| unsafe { sys_mbox_post(&mut mailbox, message(number)) });
            });
            let (mut mailbox, mut fetched) = (shared_by_both.0, ptr::null_mut());
            for number in 1..=100 {
                // SAFETY: as above.
                unsafe { sys_arch_mbox_fetch(&mut mailbox, &mut fetched, 0) };
                assert_eq!(fetched, message(number));
            }
        });
        // SAFETY: as above.
        unsafe { sys_mbox_free(&mut shared.0) };
    }
}
