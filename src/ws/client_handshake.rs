//! The client's side of the opening handshake (RFC 6455 section 4.1).

use core::fmt;

use wm_sys::Instant;

#[cfg(feature = "deflate")]
use super::deflate::Agreement;
use super::handshake::{client_key, only_value, verify_accept};
use super::{Connection, Role};
use crate::http::{ReceivedResponse, RequestHead, ResponseError, Status, elements};

/// Why the server's answer does not make a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The status is not 101.
    Status(Status),
    /// `Upgrade` is missing, repeated, or not `websocket`.
    Upgrade,
    /// `Connection` does not list `Upgrade`, or the answer is in HTTP/1.0.
    Connection,
    /// `Sec-WebSocket-Accept` is missing, repeated, or does not answer our key: no WebSocket server, or an old answer out of a cache.
    Accept,
    /// A subprotocol that was not offered.
    Protocol,
    /// An extension that was not offered, or not so.
    Extension,
}

impl fmt::Display for HandshakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            HandshakeError::Status(_) => "the server does not switch to WebSocket",
            HandshakeError::Upgrade => "the answer's Upgrade is not websocket",
            HandshakeError::Connection => "the answer's Connection does not list Upgrade",
            HandshakeError::Accept => "the answer's Sec-WebSocket-Accept does not fit our key",
            HandshakeError::Protocol => "the server chose a subprotocol that was not offered",
            HandshakeError::Extension => "the server chose an extension that was not offered",
        })
    }
}

impl core::error::Error for HandshakeError {}

/// One opening handshake, from the key that it was begun with.
///
/// ```
/// use wm_websockets::http::{Method, RequestHead, ResponseParser};
/// use wm_websockets::ws::client_handshake::ClientHandshake;
///
/// let handshake = ClientHandshake::new(*b"the sample nonce");
/// let mut buffer = [0; 256];
/// let mut head = RequestHead::new(&mut buffer, Method::Get, "/chat", "server.example.com")?;
/// handshake.write(&mut head, "chat")?;
/// assert!(head.finish().ends_with(b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: chat\r\n\r\n"));
///
/// let answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
///                Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n";
/// let (response, _) = ResponseParser::default().parse(answer, 1024)?.expect("complete");
/// assert_eq!(handshake.verify(&response, "chat"), Ok(Some("chat")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ClientHandshake {
    nonce: [u8; 16],
    /// Compression is offered.
    #[cfg(feature = "deflate")]
    compression: bool,
}

impl ClientHandshake {
    /// Begins with 16 random bytes, new for each connection.
    #[must_use]
    pub const fn new(nonce: [u8; 16]) -> Self {
        Self {
            nonce,
            #[cfg(feature = "deflate")]
            compression: false,
        }
    }

    /// Offers compression.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub const fn offering_compression(mut self) -> Self {
        self.compression = true;
        self
    }

    /// Adds the fields of the handshake to a GET request (section 4.1, items 5 to 10). `protocols` are the subprotocols offered,
    /// the preferred one first, as the field lists them: `chat, superchat`. None is empty.
    ///
    /// # Errors
    ///
    /// Any [`ResponseError`]: the head is of no use then.
    pub fn write(&self, head: &mut RequestHead<'_>, protocols: &str) -> Result<(), ResponseError> {
        head.field("Upgrade", "websocket")?;
        head.field("Connection", "Upgrade")?;
        head.field("Sec-WebSocket-Version", "13")?;
        head.field("Sec-WebSocket-Key", client_key(self.nonce))?;
        #[cfg(feature = "deflate")]
        if self.compression {
            head.field("Sec-WebSocket-Extensions", Agreement::OFFER)?;
        }
        if protocols.is_empty() { Ok(()) } else { head.field("Sec-WebSocket-Protocol", protocols) }
    }

    /// Checks the answer (section 4.1, the list after item 12), and gives the subprotocol that the server chose.
    ///
    /// # Errors
    ///
    /// [`HandshakeError`]: the connection is to be closed.
    pub fn verify<'r>(
        &self,
        response: &ReceivedResponse<'r>,
        protocols: &str,
    ) -> Result<Option<&'r str>, HandshakeError> {
        if response.status() != Status::SWITCHING_PROTOCOLS {
            return Err(HandshakeError::Status(response.status()));
        }
        let fields = response.fields();
        match only_value(fields, "Upgrade") {
            Some(protocol) if protocol.eq_ignore_ascii_case(b"websocket") => {}
            _ => return Err(HandshakeError::Upgrade),
        }
        if !response.upgrades() {
            return Err(HandshakeError::Connection);
        }
        let accept = only_value(fields, "Sec-WebSocket-Accept").ok_or(HandshakeError::Accept)?;
        if !verify_accept(&client_key(self.nonce), accept) {
            return Err(HandshakeError::Accept);
        }
        if self.has_foreign_extension(response) {
            return Err(HandshakeError::Extension);
        }
        if fields.get("Sec-WebSocket-Protocol").is_none() {
            return Ok(None);
        }
        let chosen = only_value(fields, "Sec-WebSocket-Protocol");
        let chosen = chosen.and_then(|chosen| core::str::from_utf8(chosen).ok());
        let offered = |chosen: &&str| elements(protocols.as_bytes()).any(|each| each == chosen.as_bytes());
        chosen.filter(offered).map(Some).ok_or(HandshakeError::Protocol)
    }

    /// The connection that an answer has opened which [`verify`](Self::verify) found good.
    #[must_use]
    pub fn connection(&self, response: &ReceivedResponse<'_>, now: Instant) -> Connection {
        let connection = Connection::new(Role::Client, now);
        #[cfg(feature = "deflate")]
        if let Some(agreement) = self.compression(response) {
            return connection.with_compression(agreement);
        }
        let _ = response;
        connection
    }

    /// Whether the server has chosen an extension that was not offered, or not so.
    fn has_foreign_extension(&self, response: &ReceivedResponse<'_>) -> bool {
        #[cfg(feature = "deflate")]
        if self.compression(response).is_some() {
            return false;
        }
        response.field("Sec-WebSocket-Extensions").is_some()
    }

    /// The compression that the server has agreed on.
    #[cfg(feature = "deflate")]
    fn compression(&self, response: &ReceivedResponse<'_>) -> Option<Agreement> {
        let answer = only_value(response.fields(), "Sec-WebSocket-Extensions")?;
        if self.compression { Agreement::from_answer(answer) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::ResponseParser;

    const GOOD: &str = "Upgrade: WebSocket\r\nConnection: keep-alive, upgrade\r\n\
                        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

    fn verify(status: &str, lines: &str) -> Result<Option<std::string::String>, HandshakeError> {
        let answer = std::format!("{status}\r\n{lines}\r\n");
        let (response, _) = ResponseParser::default().parse(answer.as_bytes(), 4096).unwrap().unwrap();
        let chosen = ClientHandshake::new(*b"the sample nonce").verify(&response, "a, b")?;
        Ok(chosen.map(std::string::String::from))
    }

    #[test]
    fn a_good_answer_is_accepted_in_any_case_of_letters() {
        assert_eq!(verify("HTTP/1.1 101 Switching Protocols", GOOD), Ok(None));
        let with = std::format!("{GOOD}Sec-WebSocket-Protocol: b\r\n");
        assert_eq!(verify("HTTP/1.1 101 x", &with), Ok(Some("b".into())));
    }

    #[test]
    fn every_part_is_checked() {
        let without =
            |part: &str| GOOD.split_inclusive("\r\n").filter(|line| !line.starts_with(part)).collect();
        let cases: [(std::string::String, HandshakeError); 9] = [
            (without("Upgrade"), HandshakeError::Upgrade),
            (without("Connection"), HandshakeError::Connection),
            (without("Sec"), HandshakeError::Accept),
            (GOOD.replace("WebSocket\r\n", "h2c\r\n"), HandshakeError::Upgrade),
            (GOOD.replace("keep-alive, upgrade", "close"), HandshakeError::Connection),
            (GOOD.replace("s3pP", "s3PP"), HandshakeError::Accept),
            (std::format!("{GOOD}Sec-WebSocket-Protocol: c\r\n"), HandshakeError::Protocol),
            (std::format!("{GOOD}Sec-WebSocket-Protocol: a, b\r\n"), HandshakeError::Protocol),
            (
                std::format!("{GOOD}Sec-WebSocket-Extensions: permessage-deflate\r\n"),
                HandshakeError::Extension,
            ),
        ];
        for (lines, error) in cases {
            assert_eq!(verify("HTTP/1.1 101 x", &lines), Err(error), "{lines:?}");
        }
        assert_eq!(verify("HTTP/1.1 200 OK", GOOD), Err(HandshakeError::Status(Status::OK)));
        assert_eq!(verify("HTTP/1.0 101 x", GOOD), Err(HandshakeError::Connection));
    }
}
