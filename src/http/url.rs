//! The URLs that a client is given (RFC 3986, as far as RFC 9110 section 4.2 and RFC 6455 section 3 use it).

use core::fmt;

use nom::Parser;
use nom::combinator::opt;
use nom::sequence::preceded;

use super::grammar::{octet, octets};
use super::octets::DIGIT;
use super::target::{path_and_query, uri_host};

/// What a URL begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `http`: port 80.
    Http,
    /// `https`: port 443, with TLS.
    Https,
    /// `ws`: port 80.
    Ws,
    /// `wss`: port 443, with TLS.
    Wss,
}

impl Scheme {
    /// Whether TLS lies below.
    #[must_use]
    pub const fn is_secure(self) -> bool {
        matches!(self, Scheme::Https | Scheme::Wss)
    }

    /// Whether it is a WebSocket that is asked for.
    #[must_use]
    pub const fn is_websocket(self) -> bool {
        matches!(self, Scheme::Ws | Scheme::Wss)
    }

    /// The port where the URL names none.
    #[must_use]
    pub const fn default_port(self) -> u16 {
        if self.is_secure() { 443 } else { 80 }
    }

    const ALL: [(&'static str, Scheme); 4] =
        [("http:", Scheme::Http), ("https:", Scheme::Https), ("ws:", Scheme::Ws), ("wss:", Scheme::Wss)];

    /// Cuts the scheme off, its colon included.
    fn split(url: &str) -> Option<(Scheme, &str)> {
        Scheme::ALL.iter().find_map(|(prefix, scheme)| {
            let (start, rest) = url.split_at_checked(prefix.len())?;
            start.eq_ignore_ascii_case(prefix).then_some((*scheme, rest))
        })
    }
}

/// Why a text is no URL that a client can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlError {
    /// It does not begin with `http://`, `https://`, `ws://` or `wss://`.
    Scheme,
    /// What follows the scheme is no `host [ ":" port ]`. User names are refused here: credentials are given apart from the URL,
    /// where they do not end up in logs (RFC 3986 section 3.2.1).
    Authority,
    /// The port is zero or above 65,535.
    Port,
    /// The path or the query has an octet that must be percent-encoded, or a fragment follows (RFC 6455 section 3).
    Target,
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            UrlError::Scheme => "a URL begins with http://, https://, ws:// or wss://",
            UrlError::Authority => "no host, or a user name, in the URL",
            UrlError::Port => "no such port",
            UrlError::Target => "path or query of the URL is not percent-encoded, or a fragment follows",
        })
    }
}

impl core::error::Error for UrlError {}

/// A URL in its parts.
///
/// ```
/// use wm_websockets::http::{Scheme, Url};
///
/// let url = Url::parse("ws://broker.example:8080/chat?room=1")?;
/// assert_eq!((url.scheme(), url.host(), url.port()), (Scheme::Ws, "broker.example", 8080));
/// assert_eq!((url.authority(), url.target()), ("broker.example:8080", "/chat?room=1"));
/// assert_eq!(Url::parse("ws://[fe80::1]")?.target(), "/");
/// # Ok::<(), wm_websockets::http::UrlError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Url<'a> {
    scheme: Scheme,
    authority: &'a str,
    host: &'a str,
    port: u16,
    target: &'a str,
}

impl<'a> Url<'a> {
    /// Takes a URL apart.
    ///
    /// # Errors
    ///
    /// [`UrlError`]
    pub fn parse(url: &'a str) -> Result<Self, UrlError> {
        let (scheme, rest) = Scheme::split(url).ok_or(UrlError::Scheme)?;
        let rest = rest.strip_prefix("//").ok_or(UrlError::Scheme)?;
        let authority = (uri_host, opt(preceded(octet(b':'), octets(DIGIT))));
        let (target, (host, port)) = { authority }.parse(rest.as_bytes()).map_err(|_| UrlError::Authority)?;
        let port = match port {
            None | Some([]) => scheme.default_port(),
            Some(digits) => decimal(digits).filter(|port| *port > 0).ok_or(UrlError::Port)?,
        };
        let length = rest.len().saturating_sub(target.len());
        let (text, target) = rest.split_at_checked(length).ok_or(UrlError::Authority)?;
        let host = core::str::from_utf8(host).unwrap_or_default();
        if host.is_empty() || !matches!(target.as_bytes(), [] | [b'/' | b'?' | b'#', ..]) {
            return Err(UrlError::Authority);
        }
        Ok(Url { scheme, authority: text, host, port, target: check_target(target)? })
    }

    /// What it begins with.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The value of `Host`: the host, and the port where the URL names one.
    #[must_use]
    pub fn authority(&self) -> &'a str {
        self.authority
    }

    /// The name or the address; an IPv6 address without its brackets.
    #[must_use]
    pub fn host(&self) -> &'a str {
        self.host
    }

    /// The TCP port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Path and query, as they stand in a request line.
    #[must_use]
    pub fn target(&self) -> &'a str {
        self.target
    }

    /// Whether both are served by the same scheme, host and port: what may see the same credentials (RFC 9110 section 4.3.1). `ws`
    /// counts as `http`.
    #[must_use]
    pub fn same_origin(&self, other: &Url<'_>) -> bool {
        self.scheme.is_secure() == other.scheme.is_secure()
            && self.port == other.port
            && self.host.eq_ignore_ascii_case(other.host)
    }
}

/// An empty path is `/`; a query without a path is refused, for it could not stand in a request line as it is.
fn check_target(target: &str) -> Result<&str, UrlError> {
    if target.is_empty() {
        return Ok("/");
    }
    if !target.starts_with('/') {
        return Err(UrlError::Target);
    }
    match path_and_query(target.as_bytes()) {
        Ok(([], _)) => Ok(target),
        _ => Err(UrlError::Target),
    }
}

fn decimal(digits: &[u8]) -> Option<u16> {
    core::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_told_apart() {
        for (url, host, port, authority) in [
            ("http://a", "a", 80, "a"),
            ("HTTPS://a.b/", "a.b", 443, "a.b"),
            ("wss://10.0.2.2:9001/x", "10.0.2.2", 9001, "10.0.2.2:9001"),
            ("ws://[fe80::1]:81/", "fe80::1", 81, "[fe80::1]:81"),
            ("ws://a:/x", "a", 80, "a:"),
        ] {
            let parsed = Url::parse(url).unwrap();
            assert_eq!((parsed.host(), parsed.port(), parsed.authority()), (host, port, authority), "{url}");
        }
    }

    #[test]
    fn what_is_no_url_is_refused_with_its_reason() {
        for (url, error) in [
            ("", UrlError::Scheme),
            ("ftp://a", UrlError::Scheme),
            ("http:/a", UrlError::Scheme),
            ("ws://", UrlError::Authority),
            ("ws:///x", UrlError::Authority),
            ("ws://user:pw@a/", UrlError::Authority),
            ("ws://a b/", UrlError::Authority),
            ("ws://[fe80::1/", UrlError::Authority),
            ("ws://a:0/", UrlError::Port),
            ("ws://a:70000/", UrlError::Port),
            ("ws://a/b c", UrlError::Target),
            ("ws://a/\r\nX: y", UrlError::Target),
            ("ws://a/%zz", UrlError::Target),
            ("ws://a/b#c", UrlError::Target),
            ("ws://a?b", UrlError::Target),
        ] {
            assert_eq!(Url::parse(url), Err(error), "{url:?}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let url = |text| Url::parse(text).unwrap();
        assert!(url("ws://A/x").same_origin(&url("http://a:80/y")));
        assert!(!url("ws://a/").same_origin(&url("wss://a/")));
        assert!(!url("ws://a/").same_origin(&url("ws://b/")));
    }
}
