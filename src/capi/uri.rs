//! `lws_parse_uri`: a URI cut up in place.

use core::ffi::{c_char, c_int};

use super::boundary::text;
use super::export;
use super::text::find;

/// Where the parts of `scheme://host:port/path` lie.
struct Parts {
    /// Length of the scheme; none without "://".
    scheme: Option<usize>,
    host: (usize, usize),
    port: Option<u16>,
    /// Where the path begins, behind its slash.
    path: usize,
}

fn parts(uri: &[u8]) -> Option<Parts> {
    let scheme = find(uri, b"://");
    let start = scheme.map_or(0, |length| length + 3);
    let rest = uri.get(start..)?;
    let authority = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
    let path = (start + authority + 1).min(uri.len());
    let (open, host_length) = host(rest.get(..authority)?)?;
    let behind = rest.get(open + host_length..authority)?;
    let behind = behind.strip_prefix(b"]").unwrap_or(behind);
    let port = match behind.strip_prefix(b":") {
        // RFC 3986 section 3.2.3 has a port without digits.
        Some(b"") => None,
        Some(digits) => Some(core::str::from_utf8(digits).ok()?.parse().ok()?),
        None => None,
    };
    Some(Parts { scheme, host: (start + open, host_length), port, path })
}

/// Where the host begins and how long it is; an IPv6 address stands in brackets.
fn host(authority: &[u8]) -> Option<(usize, usize)> {
    match authority.strip_prefix(b"[") {
        Some(address) => Some((1, address.iter().position(|&byte| byte == b']')?)),
        None => Some((0, authority.iter().position(|&byte| byte == b':').unwrap_or(authority.len()))),
    }
}

/// The port of a scheme that is known.
fn default_port(scheme: &[u8]) -> Option<u16> {
    match scheme {
        b"http" | b"ws" => Some(80),
        b"https" | b"wss" => Some(443),
        _ => None,
    }
}

/// What stands for the path of a URI without one.
const ROOT: &core::ffi::CStr = c"/";

export! {
    fn lws_parse_uri(
        p: *mut c_char,
        prot: *mut *const c_char,
        ads: *mut *const c_char,
        port: *mut c_int,
        path: *mut *const c_char,
    ) -> c_int {
        if prot.is_null() || ads.is_null() || port.is_null() || path.is_null() {
            return 1;
        }
        // SAFETY: a C string by contract.
        let Some(uri) = (unsafe { text(p) }) else { return 1 };
        let (length, Some(found)) = (uri.len(), parts(uri)) else { return 1 };
        let scheme = found.scheme.and_then(|end| uri.get(..end)).unwrap_or_default();
        let number = found.port.or_else(|| default_port(scheme));
        // SAFETY: all places lie within the text or at its zero byte; none of the pointers is NULL. The borrow of the text has ended.
        unsafe {
            let end = p.add(length);
            prot.write(if found.scheme.is_some() { p } else { end });
            ads.write(p.add(found.host.0));
            if let Some(number) = number {
                port.write(c_int::from(number));
            }
            path.write(if found.path < length { p.add(found.path) } else { ROOT.as_ptr() });
            for place in [found.scheme, Some(found.host.0 + found.host.1)].into_iter().flatten() {
                p.add(place).write(0);
            }
        }
        0
    }
}
