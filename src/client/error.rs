//! What can go wrong for a client: which step failed, and why.

use alloc::vec::Vec;
use core::fmt;

use crate::http::{Fault, ResponseError, Status, UrlError};
use crate::net::{ConnectError, Disconnected, ResolveError};
use crate::ws::client_handshake::HandshakeError;

/// The steps of a connection, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The host's name is looked up.
    Name,
    /// TCP connects.
    Connect,
    /// The TLS handshake is under way.
    Tls,
    /// The request was sent, its answer is awaited.
    Request,
    /// The body of the answer arrives.
    Body,
}

/// Why a step failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The name has no address.
    Name(ResolveError),
    /// No connection could be begun.
    Begin(ConnectError),
    /// The server refused the connection: nobody listens there.
    Refused,
    /// TLS failed: the server's certificate was not accepted, say.
    #[cfg(feature = "security-tls12")]
    Tls(crate::tls::Error),
    /// No TLS session could be begun.
    #[cfg(feature = "security-tls12")]
    BeginTls(crate::tls::ConfigError),
    /// `wss` and `https` need [`ConnectOptions::tls`](super::ConnectOptions::tls), or a build with TLS.
    NoTls,
    /// The deadline of the step passed.
    TimedOut,
    /// The connection broke.
    Lost(Disconnected),
    /// The server closed the connection before the answer was complete.
    Ended,
    /// The answer breaks a rule of HTTP.
    Response(Fault),
    /// The answer is no agreement to speak WebSocket.
    Handshake(HandshakeError),
    /// Another status than asked for, and what the server said to it.
    Status(Status, Excerpt),
    /// More redirects than the options allow.
    Redirects,
    /// A redirect to nowhere, or away from TLS.
    Location(UrlError),
    /// The request's head does not fit [`Limits::response_head`](super::super::Limits::response_head), or holds what HTTP forbids.
    Head(ResponseError),
    /// The application did not like the answer, or took its request back.
    Rejected,
    /// [`Limits::connections`](super::super::Limits::connections) is reached.
    NoPlace,
    /// The heap or lwIP's memory is exhausted.
    NoMemory,
    /// The platform has no entropy for a key.
    NoEntropy,
}

/// The beginning of a body that tells why: at most [`Excerpt::LENGTH`] bytes.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Excerpt(pub(super) Vec<u8>);

impl Excerpt {
    /// Bytes that are kept.
    pub const LENGTH: usize = 128;

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Takes as much of a piece of the body as there is room for; true when nothing more is wanted.
    pub(super) fn push(&mut self, piece: &[u8]) -> bool {
        let room = Self::LENGTH.saturating_sub(self.0.len());
        let taken = piece.get(..room).unwrap_or(piece);
        // Without memory the status has to speak for itself.
        wm_sys::heap::try_extend(&mut self.0, taken).is_err() || self.0.len() >= Self::LENGTH
    }
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// A connection that did not come about, or a request that was not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientError {
    /// The step that failed.
    pub step: Step,
    /// Why.
    pub cause: Cause,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Step::Name => "looking up the name",
            Step::Connect => "connecting",
            Step::Tls => "shaking hands for TLS",
            Step::Request => "waiting for the answer",
            Step::Body => "reading the body",
        })
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Cause::Name(error) => return error.fmt(f),
            Cause::Begin(error) => return error.fmt(f),
            Cause::Lost(reason) => return reason.fmt(f),
            Cause::Response(fault) => return fault.fmt(f),
            Cause::Handshake(error) => return error.fmt(f),
            Cause::Location(error) => return error.fmt(f),
            Cause::Head(error) => return error.fmt(f),
            Cause::Status(status, excerpt) => return write!(f, "status {} {excerpt:?}", status.code()),
            #[cfg(feature = "security-tls12")]
            Cause::Tls(error) => return error.fmt(f),
            #[cfg(feature = "security-tls12")]
            Cause::BeginTls(error) => return error.fmt(f),
            Cause::NoTls => "there is no TLS for this URL",
            Cause::Refused => "the server refuses the connection",
            Cause::TimedOut => "the server does not answer in time",
            Cause::Ended => "the server closed the connection",
            Cause::Redirects => "too many redirects",
            Cause::Rejected => "the application rejected the answer",
            Cause::NoPlace => "too many connections",
            Cause::NoMemory => "out of memory",
            Cause::NoEntropy => "the platform has no entropy",
        })
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.step, self.cause)
    }
}

impl core::error::Error for ClientError {}

/// Why options cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionsError {
    /// The URL is none.
    Url(UrlError),
    /// A field, a subprotocol or a user name that HTTP does not allow.
    Field(ResponseError),
    /// Out of memory.
    NoMemory,
}

impl fmt::Display for OptionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OptionsError::Url(error) => error.fmt(f),
            OptionsError::Field(error) => error.fmt(f),
            OptionsError::NoMemory => f.write_str("out of memory"),
        }
    }
}

impl core::error::Error for OptionsError {}

/// Why a client cannot begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartError {
    /// [`Limits::clients`](super::super::Limits::clients) is reached.
    TooMany,
    /// `wss` and `https` need [`ConnectOptions::tls`](super::ConnectOptions::tls), or a build with TLS.
    NoTls,
    /// Out of memory.
    NoMemory,
    /// The client has a request under way: wait for its end, or make another client.
    Busy,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StartError::TooMany => "too many clients: raise Limits::clients",
            StartError::NoTls => "wss and https need TLS: its configuration, or a build that has it",
            StartError::NoMemory => "out of memory",
            StartError::Busy => "a request is under way",
        })
    }
}

impl core::error::Error for StartError {}
