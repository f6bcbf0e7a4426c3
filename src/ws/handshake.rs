//! The opening handshake (RFC 6455 section 4): an HTTP request that asks to go on as WebSocket, and what it
//! takes to agree.

use core::fmt;

use sha1::Hash as Sha1;

use crate::base64;
use crate::http::{Fields, Method, Request, Status, is_token};

/// Appended to the client's key before hashing, so that only a WebSocket server can know the answer
/// (section 1.3).
const GUID: &[u8; 36] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A `Sec-WebSocket-Key`: 16 bytes in base64.
pub type Key = [u8; 24];

/// Whether the request asks for WebSocket (section 4.2.1, items 1, 3 and 4): a route that serves pages as
/// well tells its two kinds of client apart with this.
#[must_use]
pub fn is_websocket_request(request: &Request<'_>) -> bool {
    request.upgrades_to("websocket")
}

/// A request to go on as WebSocket that is in order. The server agrees with a 101 (Switching Protocols)
/// response:
///
/// ```text
/// Upgrade: websocket
/// Connection: Upgrade
/// Sec-WebSocket-Accept: <accept>
/// Sec-WebSocket-Protocol: <choose>       if a subprotocol was chosen
/// ```
///
/// A page of any origin can make its visitor's browser send one: a server that trusts its network or its
/// cookies compares [`origin`](Self::origin) first (section 10.2).
#[derive(Clone, Copy, Debug)]
pub struct Upgrade<'a> {
    fields: Fields<'a>,
    key: &'a Key,
}

impl<'a> Upgrade<'a> {
    /// Checks the request (section 4.2.1).
    ///
    /// # Errors
    /// What to answer instead of the upgrade.
    pub fn from_request(request: &Request<'a>) -> Result<Self, Refusal> {
        if !is_websocket_request(request) {
            return Err(Refusal::UpgradeRequired);
        }
        if request.method() != Method::Get {
            return Err(Refusal::Method);
        }
        let fields = request.fields();
        if only_value(fields, "Sec-WebSocket-Version") != Some(b"13") {
            return Err(Refusal::Version);
        }
        let key = only_value(fields, "Sec-WebSocket-Key").and_then(as_key).ok_or(Refusal::Key)?;
        let upgrade = Self { fields, key };
        if !upgrade.protocols().all(|name| is_token(name.as_bytes())) {
            return Err(Refusal::Protocol);
        }
        Ok(upgrade)
    }

    /// The value of `Sec-WebSocket-Accept`.
    #[must_use]
    pub fn accept(&self) -> [u8; 28] {
        accept_key(self.key)
    }

    /// The subprotocols that the client offers, the one it prefers first, over all lines of the field.
    pub fn protocols(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.fields.tokens("Sec-WebSocket-Protocol")
    }

    /// The subprotocol to speak: of those that the server supports, the one that the client prefers. `None`
    /// when there is no such; the server then agrees without a subprotocol, or refuses. Names compare
    /// exactly.
    #[must_use]
    pub fn choose<'s>(&self, supported: &[&'s str]) -> Option<&'s str> {
        self.protocols().find_map(|offered| supported.iter().copied().find(|each| *each == offered))
    }

    /// What to agree on of the compression that the client offers, to be answered in `Sec-WebSocket-Extensions`; `None`: it offers none that
    /// can be agreed on, and messages travel as they are.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn compression(&self) -> Option<super::deflate::Agreement> {
        super::deflate::Agreement::choose(self.fields)
    }

    /// The origin of the script that asks; `None` when the client is not a browser.
    #[must_use]
    pub fn origin(&self) -> Option<&'a [u8]> {
        self.fields.get("Origin")
    }
}

/// Why a request cannot go on as WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// It does not ask for WebSocket, or asks in HTTP/1.0.
    UpgradeRequired,
    /// Its method is not GET.
    Method,
    /// It asks for another version than 13, or for none (section 4.4).
    Version,
    /// `Sec-WebSocket-Key` is missing, repeated, or not 16 bytes in base64.
    Key,
    /// `Sec-WebSocket-Protocol` lists something that is not a token.
    Protocol,
}

impl Refusal {
    /// The status of the answer.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::UpgradeRequired | Self::Version => Status::UPGRADE_REQUIRED,
            Self::Method => Status::METHOD_NOT_ALLOWED,
            Self::Key | Self::Protocol => Status::BAD_REQUEST,
        }
    }

    /// Fields that the answer must have: names and values. A 426 says which protocol to ask for (RFC 9110
    /// section 15.5.22) and, after a wrong version, which versions there are (RFC 6455 section 4.4).
    #[must_use]
    pub const fn fields(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::UpgradeRequired => &[("Upgrade", "websocket"), ("Connection", "Upgrade")],
            Self::Version => {
                &[("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13")]
            }
            Self::Method => &[("Allow", "GET")],
            Self::Key | Self::Protocol => &[],
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UpgradeRequired => "the request does not ask for WebSocket",
            Self::Method => "the method is not GET",
            Self::Version => "the version of WebSocket is not 13",
            Self::Key => "Sec-WebSocket-Key is missing, repeated or not 16 bytes in base64",
            Self::Protocol => "Sec-WebSocket-Protocol lists what is not a token",
        })
    }
}

impl core::error::Error for Refusal {}

/// What a server answers to `key`, the client's `Sec-WebSocket-Key` as it stands in the request
/// (section 4.2.2, item 5.4).
///
/// ```
/// use wm_websockets::ws::handshake::accept_key;
///
/// assert_eq!(&accept_key(b"dGhlIHNhbXBsZSBub25jZQ=="), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// ```
#[must_use]
#[inline(never)]
pub fn accept_key(key: &Key) -> [u8; 28] {
    let mut text = [0; 24 + 36];
    let (front, back) = text.split_at_mut(key.len());
    front.copy_from_slice(key);
    back.copy_from_slice(GUID);
    encoded(&Sha1::hash(&text))
}

/// A client's `Sec-WebSocket-Key`, made of 16 random bytes that are new for each connection (section 4.1,
/// item 7).
#[must_use]
pub fn client_key(entropy: [u8; 16]) -> Key {
    encoded(&entropy)
}

/// Whether `accept`, the server's `Sec-WebSocket-Accept`, answers the client's `key` (section 4.1).
#[must_use]
pub fn verify_accept(key: &Key, accept: &[u8]) -> bool {
    accept_key(key) == accept
}

/// Base64 of `bytes`; the callers know that it takes `N` characters.
fn encoded<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut characters = [0; N];
    base64::encode(bytes, &mut characters);
    characters
}

/// The value of a field that must stand exactly once.
pub(super) fn only_value<'a>(fields: Fields<'a>, name: &str) -> Option<&'a [u8]> {
    let mut values = fields.get_all(name);
    let value = values.next();
    if values.next().is_some() { None } else { value }
}

/// The base64 form of 16 bytes: 22 characters and two of padding. The key is never decoded, only hashed, so
/// what the last character's unused bits are makes no difference (RFC 4648 section 3.5).
fn as_key(value: &[u8]) -> Option<&Key> {
    let key: &Key = value.try_into().ok()?;
    let digits = key.strip_suffix(b"==")?;
    digits.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')).then_some(key)
}
