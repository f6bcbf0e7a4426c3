//! The contract as C implements it (`port.c` beside this file), seen from Rust.
//!
//! One test function, because a program has one platform and this C machine does not know of threads.

use std::ffi::{CStr, c_char, c_int};
use std::time::Duration;

use log::LevelFilter;
use wm_sys::{AlreadyInstalled, EntropyError};

unsafe extern "C" {
    safe fn test_critical_depth() -> u32;
    safe fn test_last_level() -> c_int;
    safe fn test_last_line() -> *const c_char;
    #[cfg(feature = "c-heap")]
    safe fn test_blocks() -> std::ffi::c_long;
}

#[test]
fn the_c_firmware_is_the_platform() {
    before_install();
    wm_sys::c_port::install(LevelFilter::Info).unwrap();
    assert_eq!(wm_sys::c_port::install(LevelFilter::Info), Err(AlreadyInstalled));
    clock_wait_and_wake();
    entropy();
    critical_sections_nest();
    log_lines();
    #[cfg(feature = "c-heap")]
    rust_allocates_from_c();
}

fn before_install() {
    assert_eq!(wm_sys::now().as_millis(), 0);
    assert_eq!(wm_sys::unix_time(), None);
    assert_eq!(wm_sys::entropy(&mut [0; 4]), Err(EntropyError::NoPlatform));
    wm_sys::wait(Duration::MAX);
    wm_sys::wake();
}

fn clock_wait_and_wake() {
    assert_eq!(wm_sys::now().as_millis(), 1_000);
    wm_sys::wake();
    assert_eq!(wm_sys::now().as_millis(), 1_001);
    assert_eq!(wm_sys::unix_time(), None);
    wm_sys::wait(Duration::from_secs(5));
    assert_eq!(wm_sys::now().as_millis(), 6_001);
    assert_eq!(wm_sys::unix_time(), Some(1_700_000_000));
    wm_sys::wait(Duration::MAX);
    assert_eq!(wm_sys::now().as_millis(), 6_001 + u64::from(u32::MAX));
}

fn entropy() {
    let mut bytes = [0; 8];
    assert_eq!(wm_sys::entropy(&mut bytes), Ok(()));
    assert_eq!(bytes, [0x5a; 8]);
    assert_eq!(wm_sys::entropy(&mut [0; 65]), Err(EntropyError::Unavailable));
}

fn critical_sections_nest() {
    critical_section::with(|_| {
        assert_eq!(test_critical_depth(), 1);
        critical_section::with(|_| assert_eq!(test_critical_depth(), 2));
        assert_eq!(test_critical_depth(), 1);
    });
    assert_eq!(test_critical_depth(), 0);
}

fn log_lines() {
    log::info!(target: "http", "listening on {}", 80);
    assert_eq!((test_last_level(), last_line()), (3, "http: listening on 80"));
    log::debug!(target: "http", "below the level");
    assert_eq!(last_line(), "http: listening on 80");
    log::error!(target: "http", "{}", "\u{e4}".repeat(200));
    assert_eq!(test_last_level(), 1);
    assert_eq!(last_line().len(), wm_sys::c_port::LOG_LINE);
}

fn last_line() -> &'static str {
    // SAFETY: `port.c` keeps a terminated line in static memory, and nothing logs while the test looks at it.
    unsafe { CStr::from_ptr(test_last_line()) }.to_str().expect("lines are cut between characters")
}

#[cfg(feature = "c-heap")]
fn rust_allocates_from_c() {
    #[repr(align(64))]
    struct CacheLine(u8);

    let before = test_blocks();
    let small = Box::new(1u64);
    let lines: Vec<Box<CacheLine>> = (0..16).map(|n| Box::new(CacheLine(n))).collect();
    let zeroed = vec![0u8; 512];
    assert_eq!(test_blocks() - before, 19);
    assert!(
        lines.iter().enumerate().all(|(n, line)| (&raw const **line).addr() % 64 == 0 && line.0 == n as u8)
    );
    assert!(zeroed.iter().all(|&byte| byte == 0));
    drop((small, lines, zeroed));
    assert_eq!(test_blocks(), before);
}
