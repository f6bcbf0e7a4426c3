//! A request whose head was found sound.

use super::connection::Connection;
use super::grammar::RequestLine;
use super::octets::split_once;
use super::{Fault, Fields, Framing, Method, Parameters, Target, Tokens};

/// The protocol version that a request speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// HTTP/1.0: connections do not persist unless asked for, no transfer codings, no interim responses.
    Http10,
    /// HTTP/1.1, or a later minor version of it.
    Http11,
}

/// The head of a request, in the bytes it arrived in. Cheap to copy; what it returns lives as long as those
/// bytes.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub(super) line: RequestLine<'a>,
    pub(super) fields: Fields<'a>,
    pub(super) facts: Facts,
    pub(super) parameters: Parameters<'a>,
}

/// What the field lines say about the message itself.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Facts {
    pub(super) framing: Framing,
    pub(super) connection: Connection,
    pub(super) host: bool,
    pub(super) expects_continue: bool,
}

impl<'a> Request<'a> {
    /// The method.
    #[must_use]
    pub fn method(&self) -> Method {
        self.line.method
    }

    /// The request target in the form that the client chose.
    #[must_use]
    pub fn target(&self) -> Target<'a> {
        self.line.target.form()
    }

    /// The protocol version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.line.version
    }

    /// The path, percent-encoded, with whatever dot segments the client wrote;
    /// [`Router::find`](super::Router::find) refuses these. `*` for [`Target::Asterisk`], empty for
    /// [`Target::Authority`].
    #[must_use]
    pub fn path(&self) -> &'a str {
        self.line.target.path
    }

    /// What follows the question mark of the target, percent-encoded; `None` without a question mark.
    #[must_use]
    pub fn query(&self) -> Option<&'a str> {
        self.line.target.query
    }

    /// The pairs of the query, `key=value&key=value`, percent-encoded. A key without `=` has an empty value.
    /// [`percent::decode_form`](super::percent::decode_form) decodes both.
    #[must_use]
    pub fn query_pairs(&self) -> QueryPairs<'a> {
        QueryPairs(self.query())
    }

    /// Host and port that the client means: those of the target if it has some, else the `Host` field
    /// (RFC 9112 section 3.2.2). `None` only in HTTP/1.0.
    #[must_use]
    pub fn host(&self) -> Option<&'a str> {
        self.line.target.authority.or_else(|| self.field_str("Host"))
    }

    /// All field lines.
    #[must_use]
    pub fn fields(&self) -> Fields<'a> {
        self.fields
    }

    /// The value of the first field line of that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'a [u8]> {
        self.fields.get(name)
    }

    /// The value of the first field line of that name, if it is UTF-8, as all that RFC 9110 defines is.
    #[must_use]
    pub fn field_str(&self, name: &str) -> Option<&'a str> {
        str::from_utf8(self.field(name)?).ok()
    }

    /// How the end of the body is found.
    #[must_use]
    pub fn framing(&self) -> Framing {
        self.facts.framing
    }

    /// The framing of a request that makes no sense without a body.
    ///
    /// # Errors
    ///
    /// [`Fault::LengthRequired`] when the head announces none.
    pub fn require_body(&self) -> Result<Framing, Fault> {
        match self.facts.framing {
            Framing::None => Err(Fault::LengthRequired),
            framing => Ok(framing),
        }
    }

    /// Whether the connection persists behind this request (RFC 9112 section 9.3).
    #[must_use]
    pub fn keep_alive(&self) -> bool {
        self.facts.connection.persists(self.version())
    }

    /// Whether the client holds its body back until it gets a 100 (Continue) response (RFC 9110 section
    /// 10.1.1).
    #[must_use]
    pub fn expects_continue(&self) -> bool {
        self.facts.expects_continue && !matches!(self.facts.framing, Framing::None | Framing::Length(0))
    }

    /// The protocols of the `Upgrade` field, most wanted first; none unless `Connection` names `upgrade`, and
    /// none in HTTP/1.0 (RFC 9110 section 7.8).
    #[must_use]
    pub fn upgrade(&self) -> Tokens<'a, 'static> {
        let fields =
            if self.facts.connection.upgrades(self.version()) { self.fields } else { Fields::default() };
        fields.tokens("Upgrade")
    }

    /// Whether [`upgrade`](Self::upgrade) has `protocol`, without regard to case.
    #[must_use]
    pub fn upgrades_to(&self, protocol: &str) -> bool {
        self.facts.connection.upgrades(self.version()) && self.fields.has_token("Upgrade", protocol)
    }

    /// What the parameter of that name captured from the path, percent-encoded.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&'a str> {
        self.parameters.get(name)
    }

    /// The captures of the route's parameters.
    #[must_use]
    pub fn parameters(&self) -> Parameters<'a> {
        self.parameters
    }

    /// This request with the captures of the route that was found for it.
    #[must_use]
    pub fn with_parameters(self, parameters: Parameters<'a>) -> Self {
        Self { parameters, ..self }
    }
}

/// The pairs of a query; see [`Request::query_pairs`].
#[derive(Clone, Debug)]
pub struct QueryPairs<'a>(Option<&'a str>);

impl<'a> Iterator for QueryPairs<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (pair, rest) = split_once(self.0?, b'&');
            self.0 = rest;
            if !pair.is_empty() {
                let (key, value) = split_once(pair, b'=');
                return Some((key, value.unwrap_or("")));
            }
        }
    }
}
