//! Dates of HTTP (RFC 9110 section 5.6.7) in the one format that may be sent, IMF-fixdate.

use core::ops::Range;

use crate::calendar::{DateTime, div_rem};

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

/// 1970-01-01 was a Thursday.
const WEEKDAYS: &[u8; 21] = b"ThuFriSatSunMonTueWed";

const MONTHS: &[u8; 36] = b"JanFebMarAprMayJunJulAugSepOctNovDec";

impl HttpDate {
    /// The date of a Unix time in seconds. Times behind the year 9999 become its last second.
    #[must_use]
    pub fn from_unix(seconds: u64) -> Self {
        let (time, days) = DateTime::from_unix(seconds);
        let mut text = *b"Thu, 01 Jan 1970 00:00:00 GMT";
        put(&mut text, 0, name(WEEKDAYS, div_rem(days, 7).1));
        put_number(&mut text, 5, time.day);
        put(&mut text, 8, name(MONTHS, time.month));
        let (century, year) = div_rem(time.year, 100);
        put_number(&mut text, 12, century);
        put_number(&mut text, 14, year);
        put_number(&mut text, 17, time.hour);
        put_number(&mut text, 20, time.minute);
        put_number(&mut text, 23, time.second);
        Self(text)
    }

    /// The Unix time of an IMF-fixdate from 1970 on, in seconds; `None` for anything else.
    ///
    /// The two formats that RFC 9110 calls obsolete are not read. A date that is not understood makes
    /// `If-Modified-Since` ineffective (RFC 9110 section 13.1.3), so the client gets the whole
    /// representation.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<u64> {
        let month = (0..12).find(|&month| name(MONTHS, month).map(|name| &name[..]) == text.get(8..11))?;
        let time = DateTime {
            year: number(text, 12..16)?,
            month,
            day: number(text, 5..7)?,
            hour: number(text, 17..19)?,
            minute: number(text, 20..22)?,
            second: number(text, 23..25)?,
        };
        let seconds = time.to_unix()?;
        // Whatever is wrong with the text besides, it is not how this time is written.
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
    use crate::calendar::LAST;

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
