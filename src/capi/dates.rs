//! Dates of HTTP, and when a server wants to be asked again.

use core::ffi::{c_char, c_int};

use super::abi::{lws, lws_usec_t, time_t};
use super::boundary::{TextBuffer, bytes, zero_or_negative, zero_or_one};
use super::export;
use super::head::with_head;
use crate::http::HttpDate;

const MICROSECONDS: u64 = 1_000_000;

/// The microseconds of a Retry-After field (RFC 9110 section 10.2.3).
fn retry_after(value: &[u8]) -> Option<u64> {
    let seconds = match HttpDate::parse(value) {
        Some(date) => date.checked_sub(wm_sys::unix_time()?)?,
        None => core::str::from_utf8(value).ok()?.parse().ok()?,
    };
    seconds.checked_mul(MICROSECONDS)
}

export! {
    fn lws_http_date_render_from_unix(buf: *mut c_char, len: usize, t: *const time_t) -> c_int {
        // SAFETY: NULL or valid by contract, `len` bytes at `buf`.
        let (mut buffer, time) = unsafe { (TextBuffer::new(buf, len), t.as_ref()) };
        let date = time.and_then(|time| u64::try_from(*time).ok()).map(HttpDate::from_unix);
        zero_or_negative(date.and_then(|date| buffer.push(date.as_bytes())))
    }

    fn lws_http_date_parse_unix(b: *const c_char, len: usize, t: *mut time_t) -> c_int {
        // SAFETY: NULL or valid by contract, `len` bytes at `b`.
        let (value, time) = unsafe { (bytes(b.cast(), len), t.as_mut()) };
        let date = HttpDate::parse(value).and_then(|seconds| time_t::try_from(seconds).ok());
        zero_or_negative(time.zip(date).map(|(time, seconds)| *time = seconds))
    }

    fn lws_http_check_retry_after(wsi: *mut lws, us_interval_in_out: *mut lws_usec_t) -> c_int {
        // SAFETY: NULL or valid by contract.
        let (asked, interval) = unsafe {
            let asked = with_head(wsi, |head| head.value(b"retry-after").and_then(retry_after)).flatten();
            (asked.and_then(|asked| lws_usec_t::try_from(asked).ok()), us_interval_in_out.as_mut())
        };
        zero_or_one(interval.zip(asked).map(|(interval, asked)| *interval = asked.max(*interval)))
    }
}
