//! The WinnerMicro IoT SDK, for firmware whose `main` is Rust: it starts Wi-Fi as the SDK's examples in C do, and waits for the address.
//!
//! ```no_run
//! use core::time::Duration;
//! use wm_sys::sdk;
//!
//! fn start() -> Result<(), sdk::Error> {
//!     wm_sys::c_port::install(log::LevelFilter::Info).expect("installed once, first thing in main");
//!     sdk::start_wifi_station(c"a network", Some(c"its password"))?;
//!     sdk::wait_for_address(Duration::from_secs(30))?;
//!     log::info!("the network is there"); // now a server may listen, a client connect
//!     Ok(())
//! }
//! ```
//!
//! The platform is [`port/wm_iot_sdk.c`][port], which the firmware compiles and [`c_port::install`](crate::c_port::install) takes: clock,
//! entropy, wait, log and heap are the SDK's then. lwIP's interface is the SDK's too.
//!
//! Everything else of the SDK that has to do with this is in [`raw`], by the names of its documentation; [`check`] turns its status
//! into a `Result`. Events come in the SDK's own task, so that what a callback shares has to be atomic:
//!
//! ```no_run
//! use core::ffi::{c_int, c_void};
//! use core::sync::atomic::{AtomicBool, Ordering};
//! use wm_sys::sdk::{self, raw};
//!
//! static LOST: AtomicBool = AtomicBool::new(false);
//!
//! extern "C" fn network(_: raw::wm_event_group_t, event: c_int, _: *mut c_void, _: *mut c_void) {
//!     if event == raw::WM_NM_WIFI_STA_LOST_IP as c_int {
//!         LOST.store(true, Ordering::Relaxed);
//!     }
//! }
//!
//! fn watch() -> Result<(), sdk::Error> {
//!     // SAFETY: the group is the SDK's own, the callback takes what the SDK passes and uses no pointer.
//!     let status = unsafe {
//!         raw::wm_event_add_callback(raw::WM_NM_EV, raw::WM_EVENT_ANY_TYPE, Some(network), core::ptr::null_mut())
//!     };
//!     sdk::check(status)
//! }
//! ```
//!
//! # Where the SDK is
//!
//! | variable | default | names |
//! | --- | --- | --- |
//! | `WM_SDK_DIR` | none | a checkout of the SDK, the folder that has `components` |
//! | `WM_SDK_CONFIG_DIR` | `build/config` in it | the folder of the `wmsdk_config.h` that the project's build generates |
//! | `WM_SDK_INCLUDE_DIR` | | further include folders, searched first; a list like `PATH` |
//! | `WM_SDK_DEFINES` | | macros, `NAME` or `NAME=VALUE`, separated by spaces |
//! | `CC_<target>`, `CFLAGS_<target>` | what the crate `cc` finds | the C compiler of the target, and flags for it |
//! | `LIBCLANG_PATH`, `BINDGEN_EXTRA_CLANG_ARGS` | | libclang, which reads the headers |
//!
//! [port]: https://docs.rs/crate/wm-sys/latest/source/port/wm_iot_sdk.c

use core::ffi::{CStr, c_int};
use core::fmt;
use core::num::NonZero;
use core::ptr;
use core::time::Duration;

use crate::time::whole_millis;

/// The SDK's own functions, types and constants, as bindgen reads them from its headers.
#[allow(missing_docs, non_camel_case_types, non_snake_case, non_upper_case_globals, unreachable_pub)]
#[allow(clippy::all, clippy::undocumented_unsafe_blocks, clippy::missing_safety_doc)]
pub mod raw {
    include!(concat!(env!("OUT_DIR"), "/sdk.rs"));
}

/// How often [`wait_for_address`] looks.
const LOOK: Duration = Duration::from_millis(100);

/// What a function of the SDK returns instead of `WM_ERR_SUCCESS`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Error(NonZero<c_int>);

impl Error {
    /// The SDK's number, one of `raw::WM_ERR_*`.
    pub const fn code(self) -> c_int {
        self.0.get()
    }

    /// What that number means, and what to do about it.
    fn meaning(self) -> &'static str {
        match self.code() {
            raw::WM_ERR_NO_MEM => "no memory: free some, or try again later",
            raw::WM_ERR_INVALID_PARAM => "an argument is not valid: check name and password",
            raw::WM_ERR_BUSY => "busy: try again later",
            raw::WM_ERR_TIMEOUT => "not in time: is the network in reach, the password right?",
            raw::WM_ERR_NO_SUPPORT => "not in this SDK's configuration: turn it on there",
            raw::WM_ERR_NO_INITED => "not initialised: call this after the SDK has started",
            _ => "failed: see wm_error.h",
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (SDK error {})", self.meaning(), self.code())
    }
}

impl core::error::Error for Error {}

/// A status of the SDK as a `Result`.
///
/// # Errors
/// Every status but `WM_ERR_SUCCESS`, which is zero.
pub fn check(status: c_int) -> Result<(), Error> {
    NonZero::new(status).map_or(Ok(()), |code| Err(Error(code)))
}

/// Starts Wi-Fi as a station of the network `ssid`, and asks it for an address. `None` is for a network without a password.
///
/// Returns at once: [`wait_for_address`] waits. The network manager connects again when the connection is lost, if the SDK's
/// configuration says so.
///
/// # Errors
/// What the network manager says, `WM_ERR_INVALID_PARAM` for a name or a password of a length that Wi-Fi does not allow.
pub fn start_wifi_station(ssid: &CStr, password: Option<&CStr>) -> Result<(), Error> {
    let mut configuration = raw::wm_nm_wifi_station_cfg_t {
        ssid: ssid.as_ptr(),
        password: password.map_or(ptr::null(), CStr::as_ptr),
    };
    // SAFETY: the strings outlive the call, which copies them into a message to the network manager's task.
    check(unsafe { raw::wm_nm_start_wifi_station(&raw mut configuration) })
}

/// Leaves the network.
///
/// # Errors
/// What the network manager says.
pub fn stop_wifi_station() -> Result<(), Error> {
    // SAFETY: takes nothing, and sends a message to the network manager's task.
    check(unsafe { raw::wm_nm_stop_wifi_station() })
}

/// How far the station is: one of `raw::WM_NM_*`.
pub fn wifi_station_state() -> raw::wm_nm_state_e {
    // SAFETY: takes nothing, and reads one variable.
    unsafe { raw::wm_nm_get_wifi_station_state() }
}

/// Waits until the station has an address, of IPv4 or of IPv6; other tasks run meanwhile.
///
/// # Errors
/// `WM_ERR_TIMEOUT` when it has none after `timeout`. The network manager goes on trying.
pub fn wait_for_address(timeout: Duration) -> Result<(), Error> {
    let mut left = timeout;
    loop {
        if matches!(wifi_station_state(), raw::WM_NM_WIFI_STA_GOT_IP | raw::WM_NM_WIFI_STA_GOT_IP6) {
            return Ok(());
        }
        if left.is_zero() {
            return check(raw::WM_ERR_TIMEOUT);
        }
        let step = left.min(LOOK);
        delay(step);
        left = left.saturating_sub(step);
    }
}

/// Lets other tasks run for `time`, rounded to the RTOS's ticks.
pub fn delay(time: Duration) {
    let milliseconds = u32::try_from(whole_millis(time)).unwrap_or(u32::MAX);
    // SAFETY: called by a task, as everything in this module: a delay in an interrupt would be an error of the RTOS's, not of memory.
    unsafe { raw::wm_os_internal_time_delay_ms(milliseconds) }
}
