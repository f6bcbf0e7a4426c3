//! `sys_thread_new`.

use core::ffi::{CStr, c_char, c_int, c_void};
use std::string::ToString;
use std::thread;

/// What a thread of lwIP's runs, and with what.
struct Task {
    function: unsafe extern "C" fn(*mut c_void),
    argument: *mut c_void,
}

// SAFETY: lwIP makes the argument for the thread that gets it.
unsafe impl Send for Task {}

/// Starts a thread, with the stack and the priority that threads have here. It is never joined: lwIP's run for ever. The result is 1,
/// or 0 when there is none.
///
/// # Safety
/// `name` ends with a NUL, and `function` may be called with `argument` in another thread.
#[unsafe(no_mangle)]
unsafe extern "C" fn sys_thread_new(
    name: *const c_char,
    function: unsafe extern "C" fn(*mut c_void),
    argument: *mut c_void,
    _stack_size: c_int,
    _priority: c_int,
) -> c_int {
    // SAFETY: the caller's promise.
    let name = unsafe { CStr::from_ptr(name) }.to_string_lossy().to_string();
    let task = Task { function, argument };
    let started = thread::Builder::new().name(name).spawn(move || {
        let task = task;
        // SAFETY: the caller's promise.
        unsafe { (task.function)(task.argument) };
    });
    match started {
        Ok(_) => 1,
        Err(error) => {
            log::error!(target: "lwip", "no thread for lwIP: {error}");
            0
        }
    }
}
