//! lwIP's clock.

/// Milliseconds, wrapping after 49 days: lwIP compares by difference.
#[unsafe(no_mangle)]
extern "C" fn sys_now() -> u32 {
    wm_sys::now().as_millis() as u32
}
