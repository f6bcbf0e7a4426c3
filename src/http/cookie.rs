//! Cookies (RFC 6265), as clients send them.

use super::Request;
use super::octets::{find, trim};

impl<'a> Request<'a> {
    /// The value of a cookie, as it came. Of several with one name the first, which is the one whose path is the longest (RFC 6265
    /// section 5.4). A response sets one by the field Set-Cookie.
    ///
    /// ```
    /// use wm_websockets::http::{HeadLimits, HeadParser};
    ///
    /// let head = b"GET / HTTP/1.1\r\nHost: a\r\nCookie: session=31d4; theme=dark\r\n\r\n";
    /// let (request, _) = HeadParser::default().parse(head, &HeadLimits::default())?.expect("complete");
    /// assert_eq!(request.cookie("theme"), Some(&b"dark"[..]));
    /// assert_eq!(request.cookie("Theme"), None);
    /// # Ok::<(), wm_websockets::http::Fault>(())
    /// ```
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&'a [u8]> {
        cookie(self.fields().get_all("Cookie"), name.as_bytes())
    }
}

/// The value of the first cookie of that name in these values of the field Cookie.
pub(crate) fn cookie<'a>(mut lines: impl Iterator<Item = &'a [u8]>, name: &[u8]) -> Option<&'a [u8]> {
    lines.find_map(|line| {
        let mut pairs = line.split(|&octet| octet == b';').filter_map(split);
        pairs.find(|(each, _)| *each == name).map(|(_, value)| value)
    })
}

/// Name and value of a pair.
fn split(pair: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, value) = pair.split_at_checked(find(pair, b'=')?)?;
    Some((trim(name), trim(value.get(1..)?)))
}

#[cfg(test)]
mod tests {
    use std::format;

    use crate::http::{HeadLimits, HeadParser};

    #[test]
    fn cookies_are_found_in_all_lines_and_by_their_whole_name() {
        for (lines, expected) in [
            ("", None),
            ("Cookie: a=1\r\n", Some("1")),
            ("Cookie: aa=0; a=1;a=2\r\n", Some("1")),
            ("Cookie: b=a=0; a\r\nCookie:  a = \"x=y\" ;\r\n", Some("\"x=y\"")),
            ("Cookie: a=\r\n", Some("")),
            ("Cookie: A=1; ;=;a\r\n", None),
        ] {
            let head = format!("GET / HTTP/1.1\r\nHost: h\r\n{lines}\r\n");
            let parsed = HeadParser::default().parse(head.as_bytes(), &HeadLimits::default());
            let (request, _) = parsed.unwrap().unwrap();
            assert_eq!(request.cookie("a"), expected.map(str::as_bytes), "{lines}");
        }
    }
}
