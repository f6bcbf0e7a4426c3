//! The server side of HTTP/1.1 as a machine: bytes in, requests and bytes out.
//!
//! Nothing here knows a socket, a clock or an allocator (the [`Router`] excepted, whose table is built once,
//! at start). A connection calls, in this order:
//!
//! 1. [`HeadParser::parse`] with what has arrived, until it returns the [`Request`] and the length of its
//!    head. The request borrows those bytes: method, target and field lines are never copied.
//! 2. [`Router::find`] with the method and the path; [`Request::with_parameters`] attaches what the pattern
//!    captured.
//! 3. [`BodyDecoder::decode`] with the bytes behind the head, until [`Decoded::complete`]. The next request
//!    begins behind what it consumed.
//! 4. [`ResponseHead`] writes the head of the answer into a buffer of the caller; [`chunk_header`] and
//!    [`LAST_CHUNK`] frame a body whose length is not known beforehand.
//!
//! The grammar is RFC 9112 for messages, RFC 9110 for their meaning and RFC 3986 for targets, as [`nom`]
//! parsers. Where the RFCs leave it to the server whether to repair a message or to refuse it, this module
//! refuses: a repaired message is one that two servers in a chain may read differently. What can be wrong is
//! the enum [`Fault`], which knows the status that answers it.
//!
//! ```
//! use wm_websockets::http::{BodyDecoder, HeadLimits, HeadParser, Method};
//!
//! let input = b"POST /lamp?on=1 HTTP/1.1\r\nHost: device\r\nTransfer-Encoding: chunked\r\n\r\n\
//!               5\r\nhello\r\n0\r\n\r\n";
//! let mut parser = HeadParser::default();
//! let (request, head) = parser.parse(input, &HeadLimits::default())?.expect("the head is complete");
//! assert_eq!((request.method(), request.path(), request.query()), (Method::Post, "/lamp", Some("on=1")));
//!
//! let mut body = BodyDecoder::new(request.framing(), 1024)?;
//! let first = body.decode(&input[head..])?;
//! assert_eq!((first.data, first.complete), (&b"hello"[..], false));
//! let last = body.decode(&input[head + first.consumed..])?;
//! assert!(last.complete);
//! # Ok::<(), wm_websockets::http::Fault>(())
//! ```

#![forbid(unsafe_code)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod body;
mod challenge;
mod chunked;
mod connection;
mod cookie;
mod credentials;
pub mod date;
mod digest;
mod fault;
mod field_parameters;
mod fields;
mod form;
mod framing;
mod grammar;
mod head;
#[cfg(feature = "server")]
mod media_type;
mod method;
mod octets;
mod outgoing;
mod parameters;
mod pattern;
pub mod percent;
mod request;
#[cfg(feature = "client")]
mod request_head;
mod response;
#[cfg(feature = "client")]
mod response_head;
mod router;
mod selection;
mod status;
mod target;
#[cfg(feature = "client")]
mod url;
pub(crate) mod write;

#[cfg(test)]
mod tests;

pub use body::{BodyDecoder, Decoded};
#[cfg(feature = "capi")]
pub(crate) use cookie::cookie;
pub(crate) use credentials::are_same;
pub use credentials::{Credentials, CredentialsError};
pub use date::HttpDate;
pub(crate) use digest::hex_into;
pub use digest::{DigestCredentials, DigestSecret};
pub use fault::Fault;
#[cfg(any(feature = "client", feature = "deflate"))]
pub(crate) use fields::elements;
pub use fields::{FieldLines, Fields, Tokens};
pub use form::{FormDecoder, FormError, FormField, FormPart, FormStep, MAX_FIELD_HEAD};
pub use framing::Framing;
pub use head::{HeadLimits, HeadParser};
#[cfg(all(feature = "server", feature = "capi"))]
pub(crate) use media_type::ends_with;
#[cfg(feature = "server")]
pub(crate) use media_type::media_type_of;
pub use method::{Method, MethodSet};
pub(crate) use octets::is_token;
#[cfg(feature = "client")]
pub(crate) use octets::split_once;
#[cfg(feature = "deflate")]
pub(crate) use octets::trim;
pub use outgoing::OutgoingResponse;
pub use parameters::Parameters;
pub use request::{QueryPairs, Request, Version};
#[cfg(feature = "client")]
pub use request_head::RequestHead;
#[cfg(feature = "client")]
pub(crate) use response::check_field;
#[cfg(feature = "capi")]
pub(crate) use response::check_value;
pub use response::{CHUNK_HEADER_LENGTH, LAST_CHUNK, ResponseError, ResponseHead, chunk_header};
#[cfg(feature = "client")]
pub use response_head::{ReceivedResponse, ResponseParser};
pub use router::{Match, RouteError, Router};
pub use selection::Selection;
#[cfg(feature = "capi")]
pub(crate) use selection::{accepts_coding, selects};
pub use status::Status;
pub use target::Target;
#[cfg(feature = "client")]
pub use url::{Scheme, Url, UrlError};
