//! The URL of a client: C gives its parts.

use alloc::vec::Vec;

use super::boundary::TextBuffer;
use super::callback::append;
use super::text::find;
use crate::http::{Scheme, Url};

/// The URL, in bytes: `host` is a name or an address, of IPv6 with or without brackets, and may have a port of its own; `port` is where to
/// connect. The scheme's own port is left out.
pub(super) fn compose(scheme: Scheme, host: &str, port: u16, path: &str) -> Option<Vec<u8>> {
    let start = match scheme {
        Scheme::Http => "http://",
        Scheme::Https => "https://",
        Scheme::Ws => "ws://",
        Scheme::Wss => "wss://",
    };
    let colons = host.bytes().filter(|octet| *octet == b':').count();
    let is_bare = colons > 1 && !host.starts_with('[');
    let (open, close) = if is_bare { ("[", "]") } else { ("", "") };
    let has_port = colons > 0 && !is_bare && !host.ends_with(']');
    let mut digits = [0; 7];
    let port = if has_port || port == scheme.default_port() { "" } else { suffix(port, &mut digits) };
    let slash = if path.starts_with('/') { "" } else { "/" };
    let mut url = Vec::new();
    for part in [start, open, host, close, port, slash, path] {
        append(&mut url, part.as_bytes())?;
    }
    Some(url)
}

/// What the Origin field says (RFC 6454 section 7). `origin` is mostly a name alone, and the scheme is left to the library. Who names the
/// server itself, by `host`, means the page that the server has, at the server's port.
pub(super) fn origin(url: &Url<'_>, host: &str, origin: &str) -> Option<Vec<u8>> {
    let scheme = match url.scheme() {
        _ if find(origin.as_bytes(), b"://").is_some() => "",
        Scheme::Http | Scheme::Ws => "http://",
        Scheme::Https | Scheme::Wss => "https://",
    };
    let name = if origin == host { url.authority() } else { origin };
    let mut field = Vec::new();
    append(&mut field, scheme.as_bytes())?;
    append(&mut field, name.as_bytes())?;
    Some(field)
}

/// A port behind a colon.
fn suffix(port: u16, digits: &mut [u8; 7]) -> &str {
    // SAFETY: the array is written through this buffer alone.
    let mut buffer = unsafe { TextBuffer::new(digits.as_mut_ptr().cast(), digits.len()) };
    let _ = buffer.push(b":").and_then(|()| buffer.push_number(port.into()));
    let length = buffer.len();
    core::str::from_utf8(&digits[..length]).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_come_with_brackets_and_ports_or_without() {
        for (scheme, host, port, path, url) in [
            (Scheme::Ws, "a.example", 65535, "/", "ws://a.example:65535/"),
            (Scheme::Ws, "a.example", 80, "", "ws://a.example/"),
            (Scheme::Wss, "a.example", 80, "b?c", "wss://a.example:80/b?c"),
            (Scheme::Http, "a.example:81", 8080, "/", "http://a.example:81/"),
            (Scheme::Https, "fe80::1", 8443, "/", "https://[fe80::1]:8443/"),
            (Scheme::Https, "[fe80::1]", 443, "/", "https://[fe80::1]/"),
            (Scheme::Https, "[fe80::1]:1", 443, "/", "https://[fe80::1]:1/"),
        ] {
            assert_eq!(compose(scheme, host, port, path).as_deref(), Some(url.as_bytes()), "{url}");
        }
    }

    #[test]
    fn an_origin_has_a_scheme_and_the_port_of_the_server() {
        for (url, host, given, field) in [
            ("ws://a.example/", "a.example", "a.example", "http://a.example"),
            ("wss://a.example:8443/", "a.example", "a.example", "https://a.example:8443"),
            ("http://[fe80::1]:81/", "fe80::1", "fe80::1", "http://[fe80::1]:81"),
            ("ws://a.example:81/", "a.example", "b.example", "http://b.example"),
            ("ws://a.example/", "a.example", "https://b.example:8443", "https://b.example:8443"),
        ] {
            let field_line = origin(&Url::parse(url).unwrap(), host, given);
            assert_eq!(field_line.as_deref(), Some(field.as_bytes()), "{url} {given}");
        }
    }
}
