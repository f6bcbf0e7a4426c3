//! Where a client connects to, with what, and what it does when that fails.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use wm_sys::heap;

use super::error::OptionsError;
use super::state;
use crate::http::{
    Credentials, CredentialsError, RequestHead, ResponseError, Url, UrlError, check_field, is_token,
};
use crate::ws::Timeouts;

/// How a client comes back after a failure or a loss: at first after [`first`](Self::first), then after twice as long each time.
///
/// Half of each delay is drawn at random, so that the clients of a server that restarts do not all come at once. A connection that lasted
/// longer than the delay before it starts the row anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reconnect {
    /// The first delay.
    pub first: Duration,
    /// The longest delay.
    pub cap: Duration,
    /// Failures in a row after which the client stops; `None`: never.
    pub attempts: Option<u16>,
}

impl Default for Reconnect {
    /// After 1 s, 2 s, 4 s, ... up to a minute, for ever.
    fn default() -> Self {
        Reconnect { first: Duration::from_secs(1), cap: Duration::from_secs(60), attempts: None }
    }
}

/// A [`Reconnect`] as each client keeps it, in milliseconds: 2^32 of them are 49 days.
#[derive(Clone, Copy)]
pub(super) struct Backoff {
    first: u32,
    cap: u32,
    pub(super) attempts: Option<u16>,
}

impl From<Reconnect> for Backoff {
    fn from(Reconnect { first, cap, attempts }: Reconnect) -> Self {
        let milliseconds = |duration: Duration| u32::try_from(duration.as_millis()).unwrap_or(u32::MAX);
        Backoff { first: milliseconds(first), cap: milliseconds(cap), attempts }
    }
}

impl Backoff {
    /// The delay after so many failures before this one. `luck` is drawn at random.
    pub(super) fn delay(self, failures: u16, luck: u32) -> Duration {
        let whole = match self.first.checked_shl(u32::from(failures)) {
            Some(doubled) if doubled >> failures == self.first => doubled.min(self.cap),
            _ => self.cap,
        };
        let half = whole / 2;
        // A 32-bit fraction of the other half.
        let drawn = (u64::from(half).wrapping_mul(u64::from(luck)) >> 32) as u32;
        Duration::from_millis(u64::from(whole.saturating_sub(half).saturating_add(drawn)))
    }
}

/// What becomes of messages that are sent through [`Client::send`](super::Client::send) while the connection is away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhileAway {
    /// They are refused.
    #[default]
    Refuse,
    /// They wait, up to so many bytes; what does not fit is refused. For orders.
    KeepOldest(usize),
    /// They wait, up to so many bytes; the oldest make way. For readings.
    KeepNewest(usize),
}

struct Destination {
    /// A name, or an address: of IPv6 without brackets.
    host: Box<str>,
    port: u16,
}

/// Where to, with what, and how often.
///
/// ```
/// use wm_websockets::client::{ConnectOptions, Reconnect, WhileAway};
///
/// let options = ConnectOptions::new("ws://broker.example:8080/rooms/7")?
///     .subprotocol("chat")?
///     .field("X-Device", "pump-3")?
///     .credentials("pump-3", "secret")?
///     .reconnect(Reconnect::default())
///     .while_away(WhileAway::KeepNewest(4096));
/// # let _ = options;
/// # Ok::<(), wm_websockets::client::OptionsError>(())
/// ```
pub struct ConnectOptions {
    pub(super) url: Box<str>,
    /// Where to connect to in place of the URL's host and port.
    destination: Option<Box<Destination>>,
    /// Field lines, each with its CRLF.
    lines: Vec<u8>,
    /// As `Sec-WebSocket-Protocol` lists them.
    pub(super) subprotocols: Box<str>,
    pub(super) reconnect: Option<Backoff>,
    pub(super) while_away: WhileAway,
    pub(super) redirects: u8,
    pub(super) timeouts: Option<Box<Timeouts>>,
    #[cfg(feature = "security-tls12")]
    pub(super) tls: Option<crate::tls::ClientConfig>,
}

/// Shows where to; not the path and the fields, for passwords and tokens are in them.
impl fmt::Debug for ConnectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut output = f.debug_struct("ConnectOptions");
        if let Ok(url) = Url::parse(&self.url) {
            output.field("scheme", &url.scheme()).field("host", &url.host()).field("port", &url.port());
        }
        output.finish_non_exhaustive()
    }
}

impl ConnectOptions {
    /// A URL, and nothing else: no reconnecting, no redirects, nothing queued.
    ///
    /// # Errors
    /// [`OptionsError::Url`], [`OptionsError::NoMemory`]
    pub fn new(url: &str) -> Result<Self, OptionsError> {
        Url::parse(url).map_err(OptionsError::Url)?;
        Ok(ConnectOptions {
            url: copied(&[url]).ok_or(OptionsError::NoMemory)?,
            destination: None,
            lines: Vec::new(),
            subprotocols: Box::default(),
            reconnect: None,
            while_away: WhileAway::default(),
            redirects: 0,
            timeouts: None,
            #[cfg(feature = "security-tls12")]
            tls: None,
        })
    }

    /// Connects to this name or address, and this port, whatever the URL says. The URL's host is then what the server is called: in the
    /// Host field, in SNI, and in the certificate that is asked of it. A redirect to another origin is followed to where it points.
    ///
    /// ```
    /// use wm_websockets::client::ConnectOptions;
    ///
    /// // The broker of the shop floor, whose certificate is for its public name.
    /// let options = ConnectOptions::new("wss://broker.example/rooms/7")?.connect_to("192.168.7.2", 8443)?;
    /// # let _ = options;
    /// # Ok::<(), wm_websockets::client::OptionsError>(())
    /// ```
    ///
    /// # Errors
    /// [`OptionsError::Url`] when the port is 0, [`OptionsError::NoMemory`]. What is no name is found when it is looked up.
    pub fn connect_to(mut self, host: &str, port: u16) -> Result<Self, OptionsError> {
        if port == 0 {
            return Err(OptionsError::Url(UrlError::Port));
        }
        let host = copied(&[host]).ok_or(OptionsError::NoMemory)?;
        let destination = heap::try_box(Destination { host, port }).map_err(|_| OptionsError::NoMemory)?;
        self.destination = Some(destination);
        Ok(self)
    }

    /// The name or address to connect to for `url`, and the port.
    pub(super) fn destination<'a>(&'a self, url: &Url<'a>) -> (&'a str, u16) {
        match &self.destination {
            Some(destination) if self.is_for(url) => (&destination.host, destination.port),
            _ => (url.host(), url.port()),
        }
    }

    /// Whether `url` is of the origin that the options are for.
    pub(super) fn is_for(&self, url: &Url<'_>) -> bool {
        Url::parse(&self.url).is_ok_and(|own| own.same_origin(url))
    }

    /// Adds a field to every request. It stays with the URL's own host: a redirect elsewhere does not get it.
    ///
    /// # Errors
    /// [`OptionsError::Field`], [`OptionsError::NoMemory`]
    pub fn field(mut self, name: &str, value: &str) -> Result<Self, OptionsError> {
        self.add_field(name, value)?;
        Ok(self)
    }

    // Builders hand on a hundred bytes by value; what is done to them is done in place.
    pub(crate) fn add_field(&mut self, name: &str, value: &str) -> Result<(), OptionsError> {
        check_field(name, value.as_bytes()).map_err(OptionsError::Field)?;
        for part in [name, ": ", value, "\r\n"] {
            heap::try_extend(&mut self.lines, part.as_bytes()).map_err(|_| OptionsError::NoMemory)?;
        }
        Ok(())
    }

    /// Says which page asks (RFC 6454); some servers want to know.
    ///
    /// # Errors
    /// As [`field`](Self::field).
    pub fn origin(self, origin: &str) -> Result<Self, OptionsError> {
        self.field("Origin", origin)
    }

    /// Adds Basic credentials (RFC 7617) to every request: readable by everybody on the way, unless TLS lies below. A user name has no
    /// colon.
    ///
    /// # Errors
    /// As [`field`](Self::field).
    pub fn credentials(mut self, user: &str, password: &str) -> Result<Self, OptionsError> {
        self.add_credentials(user, password)?;
        Ok(self)
    }

    fn add_credentials(&mut self, user: &str, password: &str) -> Result<(), OptionsError> {
        let value = Credentials::field_value(user.as_bytes(), password.as_bytes());
        let value = value.map_err(|error| match error {
            CredentialsError::NoMemory => OptionsError::NoMemory,
            _ => OptionsError::Field(ResponseError::BadFieldValue),
        })?;
        self.add_field("Authorization", core::str::from_utf8(&value).unwrap_or_default())
    }

    /// Offers a subprotocol (RFC 6455 section 1.9), after those offered before. The server may choose one, or none.
    ///
    /// # Errors
    /// [`OptionsError::Field`] when it is no token, [`OptionsError::NoMemory`]
    pub fn subprotocol(mut self, name: &str) -> Result<Self, OptionsError> {
        self.add_subprotocol(name)?;
        Ok(self)
    }

    pub(crate) fn add_subprotocol(&mut self, name: &str) -> Result<(), OptionsError> {
        if !is_token(name.as_bytes()) {
            return Err(OptionsError::Field(ResponseError::BadFieldValue));
        }
        let separator = if self.subprotocols.is_empty() { "" } else { ", " };
        self.subprotocols = copied(&[&self.subprotocols, separator, name]).ok_or(OptionsError::NoMemory)?;
        Ok(())
    }

    /// What `wss` and `https` ask of the server: who may vouch for it, above all. Its certificate must be for the host of the URL, which it
    /// is told (SNI). Later connections resume the session of the one before, of whichever client with this configuration, as far as it
    /// [remembers](crate::tls::ClientConfigBuilder::remembered_sessions).
    #[cfg(feature = "security-tls12")]
    #[must_use]
    pub fn tls(mut self, config: &crate::tls::ClientConfig) -> Self {
        self.tls = Some(config.clone());
        self
    }

    /// Whether `url` can be reached: plain, or with TLS.
    pub(super) fn reaches(&self, url: &Url<'_>) -> bool {
        #[cfg(feature = "security-tls12")]
        let has_tls = self.tls.is_some();
        #[cfg(not(feature = "security-tls12"))]
        let has_tls = false;
        has_tls || !url.scheme().is_secure()
    }

    /// Connects again after a failure or a loss, until it is told to stop.
    #[must_use]
    pub fn reconnect(mut self, reconnect: Reconnect) -> Self {
        self.reconnect = Some(reconnect.into());
        self
    }

    /// Follows up to so many redirects of one attempt (RFC 9110 section 15.4). 303 (See Other) makes a request a GET; a body is not sent to another
    /// place. Never from TLS to plain.
    #[must_use]
    pub fn redirects(mut self, most: u8) -> Self {
        self.redirects = most;
        state::follow_redirects();
        self
    }

    /// How soon a silent server is pinged, and given up, in the place of [`Limits::websocket`](super::super::Limits::websocket).
    /// Costs twice 48 bytes.
    ///
    /// ```
    /// use core::time::Duration;
    /// use wm_websockets::client::ConnectOptions;
    /// use wm_websockets::server::Limits;
    /// use wm_websockets::ws::Timeouts;
    ///
    /// // A broker behind a gateway that forgets connections after a minute.
    /// let often = Timeouts { ping_interval: Some(Duration::from_secs(45)), ..Limits::default().websocket };
    /// let options = ConnectOptions::new("ws://broker.example/")?.keep_alive(often)?;
    /// # let _ = options;
    /// # Ok::<(), wm_websockets::client::OptionsError>(())
    /// ```
    ///
    /// # Errors
    /// [`OptionsError::NoMemory`]
    pub fn keep_alive(mut self, timeouts: Timeouts) -> Result<Self, OptionsError> {
        self.timeouts = Some(heap::try_box(timeouts).map_err(|_| OptionsError::NoMemory)?);
        Ok(self)
    }

    /// What becomes of messages while the connection is away.
    #[must_use]
    pub fn while_away(mut self, policy: WhileAway) -> Self {
        self.while_away = policy;
        self
    }

    /// The URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Adds what belongs into every request to `url`.
    pub(super) fn write(&self, head: &mut RequestHead<'_>, url: &Url<'_>) -> Result<(), ResponseError> {
        if self.is_for(url) { head.lines(&self.lines) } else { Ok(()) }
    }
}

/// One text out of several; `None`: out of memory.
pub(super) fn copied(parts: &[&str]) -> Option<Box<str>> {
    let mut text = String::new();
    let length = parts.iter().map(|part| part.len()).sum();
    text.try_reserve_exact(length).ok()?;
    for part in parts {
        text.push_str(part);
    }
    Some(text.into_boxed_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Method;

    #[test]
    fn delays_double_up_to_the_cap_and_half_of_them_is_chance() {
        let backoff = Backoff::from(Reconnect { cap: Duration::from_secs(10), ..Reconnect::default() });
        for (failures, whole) in
            [(0, 1000), (1, 2000), (3, 8000), (4, 10_000), (40, 10_000), (u16::MAX, 10_000)]
        {
            let [least, most] = [0, u32::MAX].map(|luck| backoff.delay(failures, luck).as_millis());
            assert_eq!(least, whole / 2, "{failures}");
            assert!((whole - 1..=whole).contains(&most), "{failures} {most}");
        }
    }

    #[test]
    fn fields_go_to_the_host_of_the_url_alone() {
        let options =
            ConnectOptions::new("ws://a/x").and_then(|options| options.field("X-Secret", "7")).unwrap();
        let written = |url: &str| {
            let url = Url::parse(url).unwrap();
            let mut buffer = [0; 128];
            let mut head = RequestHead::new(&mut buffer, Method::Get, url.target(), url.authority()).unwrap();
            options.write(&mut head, &url).unwrap();
            String::from_utf8(head.finish().to_vec()).unwrap()
        };
        assert!(written("http://a/y").ends_with("Host: a\r\nX-Secret: 7\r\n\r\n"));
        assert!(!written("ws://b/y").contains("Secret"));
        assert!(!written("ws://a:81/y").contains("Secret"));
    }

    #[test]
    fn a_destination_is_for_the_origin_of_the_url_alone() {
        let options = ConnectOptions::new("ws://a/x").unwrap().connect_to("10.0.0.1", 81).unwrap();
        let destination = |url| {
            let (host, port) = options.destination(&Url::parse(url).unwrap());
            (String::from(host), port)
        };
        assert_eq!(destination("ws://a/x"), ("10.0.0.1".into(), 81));
        assert_eq!(destination("http://A:80/y"), ("10.0.0.1".into(), 81));
        assert_eq!(destination("ws://b/x"), ("b".into(), 80));
        assert_eq!(destination("ws://a:81/x"), ("a".into(), 81));
        assert!(ConnectOptions::new("ws://a").unwrap().connect_to("b", 0).is_err());
    }

    #[test]
    fn what_http_forbids_is_refused() {
        let options = || ConnectOptions::new("ws://a").unwrap();
        assert!(options().field("A", "b\r\nC: d").is_err());
        assert!(options().subprotocol("a, b").is_err());
        assert!(options().credentials("a:b", "c").is_err());
        assert!(ConnectOptions::new("a").is_err());
    }

    #[test]
    fn credentials_are_those_of_rfc_7617() {
        let options = ConnectOptions::new("ws://a").unwrap().credentials("Aladdin", "open sesame").unwrap();
        assert_eq!(options.lines, b"Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n");
    }
}
