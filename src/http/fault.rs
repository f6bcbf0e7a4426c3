//! What can be wrong with a request, and what the server answers.

use core::fmt;

use super::Status;

/// Why a request is refused. Every parser of this module fails with one of these, and with nothing else.
///
/// [`Fault::status`] is the answer; [`Fault::closes`] says whether the connection can serve another request
/// after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
// A word and not a byte: a result that is a fault or a parsed target is then moved in words too.
#[repr(u32)]
pub enum Fault {
    /// The request line is not `method SP request-target SP HTTP-version` (RFC 9112 section 3), or too many
    /// empty lines stand before it (section 2.2).
    BadRequestLine,
    /// The status line of a response is not `HTTP-version SP status-code SP [ reason-phrase ]` (RFC 9112 section 4): the peer
    /// speaks something else than HTTP/1. Clients meet this one.
    #[cfg(feature = "client")]
    BadStatusLine,
    /// The request target is in none of the four forms, or not in one that its method allows (RFC 9112
    /// section 3.2).
    BadTarget,
    /// The request target is longer than [`HeadLimits::target`](super::HeadLimits::target) (RFC 9110 section
    /// 15.5.15).
    TargetTooLong,
    /// The method is a token, but none that this server knows (RFC 9110 section 15.6.2).
    MethodUnknown,
    /// The major version is not 1 (RFC 9110 section 15.6.6).
    VersionNotSupported,
    /// The head is longer than [`HeadLimits::head`](super::HeadLimits::head) (RFC 6585 section 5).
    HeadTooLarge,
    /// A line of the head is not `field-name ":" OWS field-value OWS` (RFC 9112 section 5).
    BadFieldLine,
    /// A carriage return without the line feed after it (RFC 9112 section 2.2).
    BareCr,
    /// A line feed without the carriage return before it. RFC 9112 section 2.2 allows a server to take it for
    /// the end of a line; two parsers in a chain that differ in this can be made to see different requests.
    BareLf,
    /// A NUL byte in the head (RFC 9110 section 5.5).
    Nul,
    /// Another control character in the head, tab excepted. RFC 9110 section 5.5 would let us keep it in a
    /// field value; nothing that a server could do with it is of use.
    ControlCharacter,
    /// A line that begins with white space: a folded field line (RFC 9112 section 5.2), or white space
    /// between the request line and the first field line (section 2.2).
    ObsFold,
    /// White space between a field name and its colon (RFC 9112 section 5.1).
    SpaceBeforeColon,
    /// An HTTP/1.1 request without a `Host` field (RFC 9112 section 3.2).
    MissingHost,
    /// A `Host` field whose value is no `uri-host [ ":" port ]` (RFC 9112 section 3.2).
    BadHost,
    /// More than one `Host` field (RFC 9112 section 3.2).
    RepeatedHost,
    /// A `Content-Length` that is not made of digits, or is too large for 64 bits (RFC 9112 section 6.3).
    BadContentLength,
    /// More than one `Content-Length`, or a list of lengths, equal ones included (RFC 9110 section 8.6 allows
    /// to refuse these).
    RepeatedContentLength,
    /// Both `Content-Length` and `Transfer-Encoding`: request smuggling (RFC 9112 section 6.1).
    ConflictingLengths,
    /// A `Transfer-Encoding` that is malformed, does not end with `chunked`, names it twice or gives it
    /// parameters, or stands in an HTTP/1.0 request (RFC 9112 sections 6.1, 6.3 and 7).
    BadTransferEncoding,
    /// A transfer coding other than `chunked` (RFC 9112 section 6.1).
    UnknownTransferCoding,
    /// An `Expect` field that asks for anything but `100-continue` (RFC 9110 section 10.1.1).
    ExpectationFailed,
    /// The method needs a body and the head announces none (RFC 9110 section 15.5.12); see
    /// [`Request::require_body`](super::Request::require_body).
    LengthRequired,
    /// The body is, or will be, longer than the limit given to [`BodyDecoder::new`](super::BodyDecoder::new)
    /// (RFC 9110 section 15.5.14).
    BodyTooLarge,
    /// The chunked coding is broken: a bad or too large chunk size, extensions beyond the bound, data not
    /// followed by CRLF (RFC 9112 section 7.1).
    BadChunk,
    /// A trailer field line is malformed, or the trailer section is longer than the bound (RFC 9112 section
    /// 7.1.2).
    BadTrailer,
    /// The request did not arrive in time (RFC 9110 section 15.5.9). Parsers have no clock: the server says
    /// this.
    Timeout,
}

impl Fault {
    /// The status of the response that refuses the request.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Fault::Timeout => Status::REQUEST_TIMEOUT,
            Fault::LengthRequired => Status::LENGTH_REQUIRED,
            Fault::BodyTooLarge => Status::CONTENT_TOO_LARGE,
            Fault::TargetTooLong => Status::URI_TOO_LONG,
            Fault::ExpectationFailed => Status::EXPECTATION_FAILED,
            Fault::HeadTooLarge => Status::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Fault::MethodUnknown | Fault::UnknownTransferCoding => Status::NOT_IMPLEMENTED,
            Fault::VersionNotSupported => Status::HTTP_VERSION_NOT_SUPPORTED,
            _ => Status::BAD_REQUEST,
        }
    }

    /// Whether the connection must close after the response, because where the next request begins is unknown
    /// or lies behind a body that nobody will read (RFC 9112 section 9.6). Only [`Fault::LengthRequired`]
    /// leaves it usable: its head is sound and announces no body, so the next request follows at once.
    #[must_use]
    pub const fn closes(self) -> bool {
        !matches!(self, Fault::LengthRequired)
    }

    /// One phrase for a log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Fault::BadRequestLine => "malformed request line",
            #[cfg(feature = "client")]
            Fault::BadStatusLine => "malformed status line",
            Fault::BadTarget => "malformed request target",
            Fault::TargetTooLong => "request target too long",
            Fault::MethodUnknown => "unknown method",
            Fault::VersionNotSupported => "HTTP version not supported",
            Fault::HeadTooLarge => "request head too large",
            Fault::BadFieldLine => "malformed field line",
            Fault::BareCr => "bare CR",
            Fault::BareLf => "bare LF",
            Fault::Nul => "NUL in head",
            Fault::ControlCharacter => "control character in head",
            Fault::ObsFold => "folded field line",
            Fault::SpaceBeforeColon => "space before colon",
            Fault::MissingHost => "Host missing",
            Fault::BadHost => "malformed Host",
            Fault::RepeatedHost => "Host repeated",
            Fault::BadContentLength => "malformed Content-Length",
            Fault::RepeatedContentLength => "Content-Length repeated",
            Fault::ConflictingLengths => "both Content-Length and Transfer-Encoding",
            Fault::BadTransferEncoding => "malformed Transfer-Encoding",
            Fault::UnknownTransferCoding => "unknown transfer coding",
            Fault::ExpectationFailed => "unknown expectation",
            Fault::LengthRequired => "length required",
            Fault::BodyTooLarge => "body too large",
            Fault::BadChunk => "malformed chunk",
            Fault::BadTrailer => "malformed trailer",
            Fault::Timeout => "request timed out",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl core::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_is_answered_with_the_status_its_rfc_names() {
        for (fault, code) in [
            (Fault::BadRequestLine, 400),
            (Fault::ConflictingLengths, 400),
            (Fault::Timeout, 408),
            (Fault::LengthRequired, 411),
            (Fault::BodyTooLarge, 413),
            (Fault::TargetTooLong, 414),
            (Fault::ExpectationFailed, 417),
            (Fault::HeadTooLarge, 431),
            (Fault::MethodUnknown, 501),
            (Fault::UnknownTransferCoding, 501),
            (Fault::VersionNotSupported, 505),
        ] {
            assert_eq!(fault.status().code(), code, "{fault}");
        }
    }

    #[test]
    fn only_a_sound_head_without_body_keeps_the_connection() {
        assert!(!Fault::LengthRequired.closes());
        assert!(Fault::BodyTooLarge.closes() && Fault::BadRequestLine.closes() && Fault::Timeout.closes());
    }
}
