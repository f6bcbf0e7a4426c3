//! The calendar of UTC: for the dates of HTTP and of certificates.

/// A second, by its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DateTime {
    pub(crate) year: u32,
    /// From 0 on.
    pub(crate) month: u32,
    /// From 1 on.
    pub(crate) day: u32,
    pub(crate) hour: u32,
    pub(crate) minute: u32,
    pub(crate) second: u32,
}

const SECONDS_PER_DAY: u32 = 86_400;

/// 9999-12-31T23:59:59 in Unix time, the last second that four digits of a year can name.
pub(crate) const LAST: u64 = 253_402_300_799;

/// The days from 0000-03-01 to 1970-01-01. Years are counted from March on, so that the leap day is their last.
const EPOCH: u32 = 719_468;

/// The days of 400 years, after which the calendar repeats.
const CYCLE: u32 = 146_097;

impl DateTime {
    /// The second of a Unix time, and the days since 1970. Times behind the year 9999 become its last second.
    pub(crate) fn from_unix(seconds: u64) -> (Self, u32) {
        let seconds = seconds.min(LAST);
        // A day has 128 times 675 seconds: so one division of 32 bits does, where one of 64 is a long loop.
        let days = (seconds >> 7) as u32 / 675;
        let second = (seconds as u32).wrapping_sub(days.wrapping_mul(SECONDS_PER_DAY));
        let (year, month, day) = calendar(days);
        let (minute, second) = div_rem(second, 60);
        let (hour, minute) = div_rem(minute, 60);
        (Self { year, month, day, hour, minute, second }, days)
    }

    /// Its Unix time, if it is one from 1970 to 9999.
    pub(crate) fn to_unix(self) -> Option<u64> {
        let days = days_before(self.year, self.month).wrapping_add(self.day).wrapping_sub(1);
        let minutes = self.hour.wrapping_mul(60).wrapping_add(self.minute);
        let second = minutes.wrapping_mul(60).wrapping_add(self.second);
        let seconds = u64::from(days).wrapping_mul(SECONDS_PER_DAY.into()).wrapping_add(second.into());
        // Whatever else it is, from a 25th hour to the 31st of June, this time has other names.
        (Self::from_unix(seconds).0 == self).then_some(seconds)
    }
}

/// Year, month from 0 on, and day from 1 on, of a day since 1970. Each division is by the mean length of what it
/// counts, in quarters and fifths of a day, whose remainder is brought to its end before the next one.
fn calendar(days: u32) -> (u32, u32, u32) {
    let (centuries, quarters) = div_rem(days.wrapping_add(EPOCH).wrapping_mul(4) | 3, CYCLE);
    let (years, quarters) = div_rem(quarters | 3, 4 * 365 + 1);
    let (months, fifths) = div_rem((quarters / 4).wrapping_mul(5).wrapping_add(2), 153);
    let year = centuries.wrapping_mul(100).wrapping_add(years);
    let day = (fifths / 5).wrapping_add(1);
    match months {
        10.. => (year.wrapping_add(1), months.wrapping_sub(10), day),
        _ => (year, months.wrapping_add(2), day),
    }
}

/// The days from 1970 to the beginning of a month, which counts from 0 on; a wrapped number before 1970.
fn days_before(year: u32, month: u32) -> u32 {
    let (year, months) = match month {
        0 | 1 => (year.wrapping_sub(1), month.wrapping_add(10)),
        _ => (year, month.wrapping_sub(2)),
    };
    let leap_days = (year / 4).wrapping_sub(year / 100).wrapping_add(year / 400);
    let days_of_months = months.wrapping_mul(153).wrapping_add(2) / 5;
    year.wrapping_mul(365).wrapping_add(leap_days).wrapping_add(days_of_months).wrapping_sub(EPOCH)
}

/// Out of line, so that it divides: multiplying by a reciprocal takes twice as much code, at each place.
#[inline(never)]
pub(crate) fn div_rem(number: u32, divisor: u32) -> (u32, u32) {
    match number.checked_div(divisor) {
        Some(quotient) => (quotient, number.wrapping_sub(quotient.wrapping_mul(divisor))),
        None => (0, number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_four_centuries_has_one_name() {
        for day in 0..u64::from(CYCLE) {
            let seconds = day * 86_400 + day % 86_400;
            assert_eq!(DateTime::from_unix(seconds).0.to_unix(), Some(seconds));
        }
    }

    #[test]
    fn the_days_that_programs_get_wrong_are_right() {
        // From `date -u -d @SECONDS`.
        for (seconds, year, month, day) in [
            (0, 1970, 1, 1),
            (951_782_399, 2000, 2, 28),
            (951_782_400, 2000, 2, 29),
            (951_868_800, 2000, 3, 1),
            (1_709_251_199, 2024, 2, 29),
            (4_107_542_400, 2100, 3, 1),
            (LAST, 9999, 12, 31),
            (u64::MAX, 9999, 12, 31),
        ] {
            let (found, _) = DateTime::from_unix(seconds);
            assert_eq!((found.year, found.month + 1, found.day), (year, month, day), "{seconds}");
        }
    }

    #[test]
    fn what_is_no_second_has_no_unix_time() {
        let midnight = DateTime { year: 1994, month: 10, day: 6, hour: 0, minute: 0, second: 0 };
        assert_eq!(midnight.to_unix(), Some(784_080_000));
        for wrong in [
            DateTime { hour: 24, ..midnight },
            DateTime { minute: 60, ..midnight },
            DateTime { second: 60, ..midnight },
            DateTime { day: 0, ..midnight },
            DateTime { day: 31, ..midnight },
            DateTime { month: 12, ..midnight },
            DateTime { year: 1969, ..midnight },
            DateTime { year: 10_000, ..midnight },
        ] {
            assert_eq!(wrong.to_unix(), None, "{wrong:?}");
        }
    }
}
