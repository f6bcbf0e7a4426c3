//! The platform's clocks in Mbed TLS's form: one for lifetimes of tickets and cached sessions, one for dates of certificates.

use super::raw;
use crate::calendar::{self, DateTime};
use mbedtls::hook::timer::{MbedtlsTimer, hook_timer};
use mbedtls::hook::wall_clock::{MbedtlsWallClock, hook_wall_clock};

struct PlatformClock;

static CLOCK: PlatformClock = PlatformClock;

/// Installs them, before anything asks for the time.
pub(super) fn install() {
    // SAFETY: the clock is a static, and no session exists yet.
    unsafe {
        hook_timer(Some(&CLOCK));
        hook_wall_clock(Some(&CLOCK));
    }
}

impl MbedtlsTimer for PlatformClock {
    fn now(&self) -> raw::mbedtls_ms_time_t {
        wm_sys::now().as_millis() as raw::mbedtls_ms_time_t
    }
}

impl MbedtlsWallClock for PlatformClock {
    /// While nobody has told the device the time it is the beginning of 1900: no certificate is valid yet. What that means is for
    /// [`Verifier`](super::verify::Verifier) to say; without any time Mbed TLS would not ask it.
    fn instant(&self) -> Option<raw::tm> {
        match wm_sys::unix_time() {
            Some(unix_time) => broken_down(unix_time),
            None => Some(raw::tm { tm_mday: 1, ..Default::default() }),
        }
    }
}

/// UTC; only the fields that Mbed TLS reads. `None`: beyond the year 9999, where dates of certificates end too (RFC 5280 section
/// 4.1.2.5).
fn broken_down(unix_time: u64) -> Option<raw::tm> {
    if unix_time > calendar::LAST {
        return None;
    }
    let (time, _) = DateTime::from_unix(unix_time);
    Some(raw::tm {
        tm_year: i32::try_from(time.year).ok()?.checked_sub(1900)?,
        tm_mon: time.month as i32,
        tm_mday: time.day as i32,
        tm_hour: time.hour as i32,
        tm_min: time.minute as i32,
        tm_sec: time.second as i32,
        ..Default::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_counted_as_c_does() {
        let tm = broken_down(951_782_399).unwrap();
        let found = (tm.tm_year, tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
        assert_eq!(found, (100, 1, 28, 23, 59, 59));
    }

    #[test]
    fn times_beyond_the_calendar_are_no_times() {
        assert!(broken_down(calendar::LAST).is_some());
        assert!(broken_down(calendar::LAST + 1).is_none());
    }
}
