//! lwIP's clock.

/// Milliseconds, wrapping after 49 days: lwIP compares by difference.
#[unsafe(no_mangle)]
extern "C" fn sys_now() -> u32 {
    wm_sys::now().as_millis() as u32
}

/// What a time server has answered.
#[cfg(feature = "sntp")]
#[unsafe(no_mangle)]
extern "C" fn lwip_port_set_unix_time(seconds: u32) {
    wm_sys::set_unix_time(seconds.into());
}
