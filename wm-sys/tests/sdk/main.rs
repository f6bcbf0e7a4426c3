//! Wi-Fi started from Rust, on a machine that has the SDK's functions (`stand_in.c`) behind its headers (`stand_in`).

use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use wm_sys::sdk::{self, raw};

static LAST_EVENT: AtomicI32 = AtomicI32::new(-1);

extern "C" fn network(group: raw::wm_event_group_t, event: c_int, _: *mut c_void, _: *mut c_void) {
    // SAFETY: a constant of C's that nobody writes.
    assert_eq!(group, unsafe { raw::WM_NM_EV });
    LAST_EVENT.store(event, Ordering::Relaxed);
}

/// One function, because the machine has one Wi-Fi and does not know of threads.
#[test]
fn the_station_gets_an_address() {
    // SAFETY: the callback takes what C passes, and uses no pointer.
    let status = unsafe {
        raw::wm_event_add_callback(raw::WM_NM_EV, raw::WM_EVENT_ANY_TYPE, Some(network), ptr::null_mut())
    };
    sdk::check(status).unwrap();

    let nameless = sdk::start_wifi_station(c"", None).unwrap_err();
    assert_eq!(nameless.code(), raw::WM_ERR_INVALID_PARAM);
    assert!(nameless.to_string().contains("name and password"), "{nameless}");

    sdk::start_wifi_station(c"network", Some(c"another")).unwrap();
    let error = sdk::wait_for_address(Duration::from_secs(1)).unwrap_err();
    assert_eq!(error.code(), raw::WM_ERR_TIMEOUT);
    // SAFETY: takes nothing.
    assert_eq!(unsafe { raw::wm_os_internal_get_time_ms() }, 1000);
    sdk::stop_wifi_station().unwrap();

    sdk::start_wifi_station(c"network", Some(c"password")).unwrap();
    assert_eq!(sdk::wifi_station_state(), raw::WM_NM_WIFI_STA_CONNECTING);
    sdk::wait_for_address(Duration::from_secs(30)).unwrap();
    assert_eq!(LAST_EVENT.load(Ordering::Relaxed), raw::WM_NM_WIFI_STA_GOT_IP as c_int);
    the_heap_is_the_sdks();
}

/// Macros in C, functions here.
fn the_heap_is_the_sdks() {
    // SAFETY: blocks of the heap, freed once.
    unsafe {
        let block = raw::wm_os_internal_malloc(16);
        assert!(!block.is_null());
        let block = raw::wm_os_internal_realloc(block, 32);
        assert!(!block.is_null());
        raw::wm_os_internal_free(block);
    }
}
