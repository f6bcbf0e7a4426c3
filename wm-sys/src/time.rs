//! The monotonic clock's unit.

use core::fmt;
use core::ops::{Add, AddAssign, Sub};
use core::time::Duration;

/// A point in time: milliseconds since the platform started.
///
/// Arithmetic saturates, and durations are rounded down to whole milliseconds. Sixty-four bits do not wrap in
/// the life of a device, so two instants always compare as they happened.
///
/// ```
/// use core::time::Duration;
/// use wm_sys::Instant;
///
/// let accepted = Instant::from_millis(1_500);
/// let deadline = accepted + Duration::from_secs(5);
/// assert_eq!(deadline.as_millis(), 6_500);
/// assert_eq!(deadline.saturating_duration_since(accepted), Duration::from_secs(5));
/// assert_eq!(accepted.saturating_duration_since(deadline), Duration::ZERO);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The platform's start.
    pub const ZERO: Self = Self(0);

    /// The instant `millis` milliseconds after the platform's start.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the platform's start.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub const fn saturating_duration_since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    #[inline(never)]
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(whole_millis(duration)))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(whole_millis(duration)))
    }
}

impl fmt::Display for Instant {
    /// Seconds with three decimals, as logs and captures show them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03} s", self.0 / 1_000, self.0 % 1_000)
    }
}

/// Kept out of line, and off `Duration::as_millis` with its 128 bits: deadlines are computed in many places.
#[inline(never)]
pub(crate) fn whole_millis(duration: Duration) -> u64 {
    let millis = u64::from(duration.subsec_millis());
    match u32::try_from(duration.as_secs()) {
        // One multiplication of words, where a small core takes four and looks for an overflow.
        Ok(seconds) => u64::from(seconds) * 1_000 + millis,
        Err(_) => duration.as_secs().saturating_mul(1_000).saturating_add(millis),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        assert_eq!(Instant::from_millis(5) - Duration::from_secs(1), Instant::ZERO);
        assert_eq!(Instant::from_millis(5) + Duration::MAX, Instant::from_millis(u64::MAX));
    }

    #[test]
    fn fractions_of_a_millisecond_are_rounded_down() {
        assert_eq!(Instant::ZERO + Duration::from_micros(1_999), Instant::from_millis(1));
    }

    #[test]
    fn displays_as_seconds() {
        assert_eq!(Instant::from_millis(61_007).to_string(), "61.007 s");
    }
}
