//! Status codes (RFC 9110 section 15, 428 to 431 in RFC 6585).

use super::octets::split_once;
use super::write::padded_decimal;

/// A three-digit status code.
///
/// ```
/// use wm_websockets::http::Status;
///
/// assert_eq!((Status::NOT_FOUND.code(), Status::NOT_FOUND.reason()), (404, "Not Found"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Status(u16);

/// One line a status, so that constant, code and reason phrase cannot drift apart.
macro_rules! statuses {
    ($($name:ident = $code:literal $reason:literal,)*) => {
        impl Status {
            $(#[doc = concat!($code, " ", $reason)] pub const $name: Status = Status($code);)*
        }

        /// A line a status: its code and its reason phrase. Less flash than a table of slices.
        const LINES: &str = concat!($($code, " ", $reason, "\n",)*);
    };
}

// By code, the most frequent one excepted: the search for a reason phrase begins at the top.
statuses! {
    OK = 200 "OK",
    CONTINUE = 100 "Continue",
    SWITCHING_PROTOCOLS = 101 "Switching Protocols",
    CREATED = 201 "Created",
    ACCEPTED = 202 "Accepted",
    NO_CONTENT = 204 "No Content",
    PARTIAL_CONTENT = 206 "Partial Content",
    MOVED_PERMANENTLY = 301 "Moved Permanently",
    FOUND = 302 "Found",
    SEE_OTHER = 303 "See Other",
    NOT_MODIFIED = 304 "Not Modified",
    TEMPORARY_REDIRECT = 307 "Temporary Redirect",
    PERMANENT_REDIRECT = 308 "Permanent Redirect",
    BAD_REQUEST = 400 "Bad Request",
    UNAUTHORIZED = 401 "Unauthorized",
    FORBIDDEN = 403 "Forbidden",
    NOT_FOUND = 404 "Not Found",
    METHOD_NOT_ALLOWED = 405 "Method Not Allowed",
    NOT_ACCEPTABLE = 406 "Not Acceptable",
    REQUEST_TIMEOUT = 408 "Request Timeout",
    CONFLICT = 409 "Conflict",
    LENGTH_REQUIRED = 411 "Length Required",
    PRECONDITION_FAILED = 412 "Precondition Failed",
    CONTENT_TOO_LARGE = 413 "Content Too Large",
    URI_TOO_LONG = 414 "URI Too Long",
    UNSUPPORTED_MEDIA_TYPE = 415 "Unsupported Media Type",
    RANGE_NOT_SATISFIABLE = 416 "Range Not Satisfiable",
    EXPECTATION_FAILED = 417 "Expectation Failed",
    MISDIRECTED_REQUEST = 421 "Misdirected Request",
    UPGRADE_REQUIRED = 426 "Upgrade Required",
    PRECONDITION_REQUIRED = 428 "Precondition Required",
    TOO_MANY_REQUESTS = 429 "Too Many Requests",
    REQUEST_HEADER_FIELDS_TOO_LARGE = 431 "Request Header Fields Too Large",
    INTERNAL_SERVER_ERROR = 500 "Internal Server Error",
    NOT_IMPLEMENTED = 501 "Not Implemented",
    SERVICE_UNAVAILABLE = 503 "Service Unavailable",
    HTTP_VERSION_NOT_SUPPORTED = 505 "HTTP Version Not Supported",
}

impl Status {
    /// The status of that code; `None` outside 100 to 599, the range of RFC 9110 section 15.
    #[must_use]
    pub const fn from_code(code: u16) -> Option<Status> {
        if code >= 100 && code <= 599 { Some(Status(code)) } else { None }
    }

    /// The code, 100 to 599.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.0
    }

    /// The reason phrase that RFC 9110 registers; empty, as RFC 9112 section 4 allows, for a code unknown
    /// here.
    #[must_use]
    pub fn reason(self) -> &'static str {
        self.line(&mut [0; 4]).and_then(|line| line.get(4..)).unwrap_or_default()
    }

    /// Code and reason phrase as they stand in a status line. `None` for a code unknown here: `code`, which
    /// becomes the code and a space, is then all there is.
    pub(super) fn line(self, code: &mut [u8; 4]) -> Option<&'static str> {
        let [digits @ .., space] = code;
        padded_decimal(u32::from(self.0), digits);
        *space = b' ';
        let mut rest = Some(LINES);
        while let Some(lines) = rest {
            let line;
            (line, rest) = split_once(lines, b'\n');
            if line.as_bytes().starts_with(code) {
                return Some(line);
            }
        }
        None
    }

    /// Whether this is an interim response (1xx): another head follows it.
    #[must_use]
    pub const fn is_informational(self) -> bool {
        self.0 < 200
    }

    /// Whether a response of this status may carry a body. RFC 9112 section 6.3: 1xx, 204 and 304 end with
    /// their head.
    #[must_use]
    pub const fn allows_body(self) -> bool {
        !self.is_informational() && self.0 != Status::NO_CONTENT.0 && self.0 != Status::NOT_MODIFIED.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interim_and_bodiless_statuses_are_told_apart() {
        assert!(Status::CONTINUE.is_informational() && !Status::OK.is_informational());
        for status in
            [Status::CONTINUE, Status::SWITCHING_PROTOCOLS, Status::NO_CONTENT, Status::NOT_MODIFIED]
        {
            assert!(!status.allows_body(), "{status:?}");
        }
        assert!(Status::OK.allows_body() && Status::NOT_FOUND.allows_body());
    }

    #[test]
    fn only_three_digit_codes_below_600_are_statuses() {
        assert_eq!(Status::from_code(404), Some(Status::NOT_FOUND));
        assert_eq!(Status::from_code(99), None);
        assert_eq!(Status::from_code(600), None);
        assert_eq!(Status::from_code(299).map(Status::reason), Some(""));
    }
}
