//! Dates of HTTP (RFC 9110 section 5.6.7) in the one format that may be sent, IMF-fixdate.

use core::ops::Range;

/// `Sun, 06 Nov 1994 08:49:37 GMT`: a `Date` or `Last-Modified` value, ready to be sent.
///
/// ```
/// use wm_websockets::http::HttpDate;
///
/// let date = HttpDate::from_unix(784_111_777);
/// assert_eq!(date.as_bytes(), b"Sun, 06 Nov 1994 08:49:37 GMT");
/// assert_eq!(HttpDate::parse(date.as_bytes()), Some(784_111_777));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpDate([u8; 29]);

const SECONDS_PER_DAY: u32 = 86_400;

/// 9999-12-31T23:59:59, the last second that four digits of a year can name.
const LAST: u64 = 253_402_300_799;

/// The days from 0000-03-01 to 1970-01-01. Years are counted from March on, so that the leap day is their last.
const EPOCH: u32 = 719_468;

/// The days of 400 years, after which the calendar repeats.
const CYCLE: u32 = 146_097;

/// 1970-01-01 was a Thursday.
const WEEKDAYS: &[u8; 21] = b"ThuFriSatSunMonTueWed";

const MONTHS: &[u8; 36] = b"JanFebMarAprMayJunJulAugSepOctNovDec";

impl HttpDate {
    /// The date of a Unix time in seconds. Times behind the year 9999 become its last second.
    #[must_use]
    pub fn from_unix(seconds: u64) -> Self {
        let seconds = seconds.min(LAST);
        // A day has 128 times 675 seconds: so one division of 32 bits does, where one of 64 is a long loop.
        let days = (seconds >> 7) as u32 / 675;
        let second = (seconds as u32).wrapping_sub(days.wrapping_mul(SECONDS_PER_DAY));
        let (year, month, day) = calendar(days);
        let mut text = *b"Thu, 01 Jan 1970 00:00:00 GMT";
        put(&mut text, 0, name(WEEKDAYS, div_rem(days, 7).1));
        put_number(&mut text, 5, day);
        put(&mut text, 8, name(MONTHS, month));
        let (century, year) = div_rem(year, 100);
        put_number(&mut text, 12, century);
        put_number(&mut text, 14, year);
        let (minute, second) = div_rem(second, 60);
        let (hour, minute) = div_rem(minute, 60);
        put_number(&mut text, 17, hour);
        put_number(&mut text, 20, minute);
        put_number(&mut text, 23, second);
        Self(text)
    }

    /// The Unix time of an IMF-fixdate from 1970 on, in seconds; `None` for anything else.
    ///
    /// The two formats that RFC 9110 calls obsolete are not read. A date that is not understood makes
    /// `If-Modified-Since` ineffective (RFC 9110 section 13.1.3), so the client gets the whole
    /// representation.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<u64> {
        let year = number(text, 12..16)?;
        let month = (0..12).find(|&month| name(MONTHS, month).map(|name| &name[..]) == text.get(8..11))?;
        let days = days_before(year, month).wrapping_add(number(text, 5..7)?).wrapping_sub(1);
        let minutes = number(text, 17..19)?.wrapping_mul(60).wrapping_add(number(text, 20..22)?);
        let second = minutes.wrapping_mul(60).wrapping_add(number(text, 23..25)?);
        let seconds = u64::from(days).wrapping_mul(SECONDS_PER_DAY.into()).wrapping_add(u64::from(second));
        // Whatever is wrong with the text, from the weekday to the 31st of June, it is not how this time is
        // written.
        (Self::from_unix(seconds).0 == text).then_some(seconds)
    }

    /// The value of the field.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 29] {
        &self.0
    }
}

impl AsRef<[u8]> for HttpDate {
    fn as_ref(&self) -> &[u8] {
        &self.0
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
fn div_rem(number: u32, divisor: u32) -> (u32, u32) {
    match number.checked_div(divisor) {
        Some(quotient) => (quotient, number.wrapping_sub(quotient.wrapping_mul(divisor))),
        None => (0, number),
    }
}

/// The three letters of a weekday or month.
fn name(names: &[u8], index: u32) -> Option<&[u8; 3]> {
    names.get(index.wrapping_mul(3) as usize..)?.first_chunk()
}

/// Writes into `text` from `at` on.
fn put<const N: usize>(text: &mut [u8; 29], at: usize, letters: Option<&[u8; N]>) {
    if let (Some(slot), Some(letters)) = (text.get_mut(at..).and_then(<[u8]>::first_chunk_mut), letters) {
        *slot = *letters;
    }
}

/// Writes a number below 100.
#[inline(never)]
fn put_number(text: &mut [u8; 29], at: usize, number: u32) {
    let (tens, ones) = div_rem(number, 10);
    put(text, at, Some(&[b'0' | tens as u8, b'0' | ones as u8]));
}

fn number(text: &[u8], place: Range<usize>) -> Option<u32> {
    text.get(place)?.iter().try_fold(0_u32, |number, digit| {
        let digit = digit.is_ascii_digit().then_some(digit & 0xF)?;
        Some(number.wrapping_mul(10).wrapping_add(u32::from(digit)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds and dates from `date -u -d @SECONDS`.
    const KNOWN: [(u64, &[u8; 29]); 7] = [
        (0, b"Thu, 01 Jan 1970 00:00:00 GMT"),
        (784_111_777, b"Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_400, b"Tue, 29 Feb 2000 00:00:00 GMT"),
        (1_735_689_599, b"Tue, 31 Dec 2024 23:59:59 GMT"),
        (4_107_542_400, b"Mon, 01 Mar 2100 00:00:00 GMT"),
        (4_294_967_296, b"Sun, 07 Feb 2106 06:28:16 GMT"),
        (LAST, b"Fri, 31 Dec 9999 23:59:59 GMT"),
    ];

    #[test]
    fn known_dates_are_written_and_read() {
        for (seconds, text) in KNOWN {
            assert_eq!(HttpDate::from_unix(seconds).as_bytes(), text);
            assert_eq!(HttpDate::parse(text), Some(seconds));
        }
        assert_eq!(HttpDate::from_unix(u64::MAX), HttpDate::from_unix(LAST));
    }

    #[test]
    fn every_day_of_four_centuries_reads_back() {
        for day in 0..146_097 {
            let seconds = day * 86_400 + day % 86_400;
            assert_eq!(HttpDate::parse(HttpDate::from_unix(seconds).as_bytes()), Some(seconds));
        }
    }

    #[test]
    fn what_is_no_fixdate_is_refused() {
        for text in [
            "",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Mon, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:60:37 GMT",
            "Sun, 06 Nov 1994 08:49:60 GMT",
            "Sun, 31 Jun 1994 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, +6 Nov 1994 08:49:37 GMT",
            "Wed, 31 Dec 1969 23:59:59 GMT",
            "Sat, 01 Jan 0000 00:00:00 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT ",
        ] {
            assert_eq!(HttpDate::parse(text.as_bytes()), None, "{text}");
        }
    }
}
