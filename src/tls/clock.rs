//! The platform's clocks in Mbed TLS's form: one for lifetimes of tickets and cached sessions, one for dates of certificates.

use super::raw;
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

const SECONDS_PER_DAY: u64 = 86_400;

/// UTC; only the fields that Mbed TLS reads. `None`: beyond what they hold.
fn broken_down(unix_time: u64) -> Option<raw::tm> {
    let days = i64::try_from(unix_time / SECONDS_PER_DAY).ok()?;
    let second = (unix_time % SECONDS_PER_DAY) as i32;
    let (year, month, day) = civil_date(days)?;
    Some(raw::tm {
        tm_year: i32::try_from(year.checked_sub(1900)?).ok()?,
        tm_mon: month - 1,
        tm_mday: day,
        tm_hour: second / 3600,
        tm_min: second / 60 % 60,
        tm_sec: second % 60,
        ..Default::default()
    })
}

/// Year, month and day in the Gregorian calendar of the day that lies `days` after 1970-01-01. Years begin in March here, so that
/// the leap day comes last.
fn civil_date(days: i64) -> Option<(i64, i32, i32)> {
    const DAYS_BEFORE_1970: i64 = 719_468; // since 0000-03-01
    const DAYS_PER_ERA: i64 = 146_097; // 400 years
    let days = days.checked_add(DAYS_BEFORE_1970)?;
    let (era, day) = (days / DAYS_PER_ERA, days % DAYS_PER_ERA);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    Some((era * 400 + year + next_year, month as i32, day_of_month as i32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (unix_time, expected) in [
            (0, (1970, 1, 1, 0, 0, 0)),
            (951_782_399, (2000, 2, 28, 23, 59, 59)),
            (951_782_400, (2000, 2, 29, 0, 0, 0)),
            (951_868_800, (2000, 3, 1, 0, 0, 0)),
            (1_709_251_199, (2024, 2, 29, 23, 59, 59)),
            (4_107_542_400, (2100, 3, 1, 0, 0, 0)),
            (253_402_300_799, (9999, 12, 31, 23, 59, 59)),
        ] {
            let tm = broken_down(unix_time).unwrap();
            let found = (tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
            assert_eq!(found, expected, "{unix_time}");
        }
    }

    #[test]
    fn times_beyond_the_calendar_are_no_times() {
        assert!(broken_down(u64::MAX).is_none());
    }
}
