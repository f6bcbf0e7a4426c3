//! Why a session ended, or a configuration was refused.

use core::ffi::c_int;
use core::fmt;

use super::raw;

/// What went wrong, in three forms: a kind to act on, the alert that was sent or received, and Mbed TLS's code for its manual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    /// What to act on.
    pub kind: ErrorKind,
    /// What one side told the other about it (RFC 8446 section 6.2).
    pub alert: Option<Alert>,
    /// Mbed TLS's error code, negative; 0 where the error is not the library's.
    pub code: i32,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The heap is exhausted: the session ends, others go on.
    NoMemory,
    /// No random numbers: the platform's entropy source failed.
    NoEntropy,
    /// The peer's certificate was not accepted.
    Certificate(CertificateFault),
    /// The peer gave up, and says why in the alert.
    RefusedByPeer,
    /// No common version, cipher, group, signature or protocol.
    NothingInCommon,
    /// Bytes that TLS does not allow there. Plain text, often.
    Protocol,
    /// A record was changed on its way, or made with other keys.
    BadRecord,
    /// The peer wants something that is not supported: new keys in TLS 1.3, a renegotiation.
    Unsupported,
    /// The session has failed or ended before; it stays so.
    Ended,
    /// A fault of this program or of the library: please report it, with the code.
    Internal,
}

/// What is wrong with a certificate. Of several faults, the first in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateFault {
    /// None was sent, though one is required.
    Missing,
    /// Nobody who is trusted has signed it.
    Untrusted,
    /// It was withdrawn.
    Revoked,
    /// It is for other names or addresses.
    WrongName,
    /// Its time is over.
    Expired,
    /// Its time has not begun.
    NotYetValid,
    /// The platform does not know the time, so the dates cannot be checked; see
    /// [`Dates`](super::Dates).
    NoClock,
    /// It was made for another purpose: for a client, for a CA.
    WrongUsage,
    /// Its key or its signature is too weak, or of a kind that is not known.
    Weak,
}

/// A TLS alert (RFC 8446 section 6), and which way it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alert {
    /// We sent it.
    Sent(u8),
    /// The peer sent it.
    Received(u8),
}

impl Alert {
    /// Its number in the registry of TLS alerts.
    pub const fn description(self) -> u8 {
        match self {
            Alert::Sent(number) | Alert::Received(number) => number,
        }
    }

    /// Its name there.
    pub const fn name(self) -> &'static str {
        match self.description() {
            0 => "close_notify",
            10 => "unexpected_message",
            20 => "bad_record_mac",
            22 => "record_overflow",
            40 => "handshake_failure",
            42 => "bad_certificate",
            43 => "unsupported_certificate",
            44 => "certificate_revoked",
            45 => "certificate_expired",
            46 => "certificate_unknown",
            47 => "illegal_parameter",
            48 => "unknown_ca",
            49 => "access_denied",
            50 => "decode_error",
            51 => "decrypt_error",
            70 => "protocol_version",
            71 => "insufficient_security",
            80 => "internal_error",
            86 => "inappropriate_fallback",
            90 => "user_canceled",
            100 => "no_renegotiation",
            109 => "missing_extension",
            110 => "unsupported_extension",
            112 => "unrecognized_name",
            115 => "unknown_psk_identity",
            116 => "certificate_required",
            120 => "no_application_protocol",
            _ => "unknown alert",
        }
    }
}

impl Error {
    pub(super) const fn new(kind: ErrorKind) -> Self {
        Error { kind, alert: None, code: 0 }
    }

    /// What a result of Mbed TLS means, without the session that it happened to.
    pub(super) fn from_code(code: c_int) -> Self {
        Error { kind: ErrorKind::from_code(code), alert: None, code }
    }
}

/// The library's results as results: negative ones are errors.
pub(super) fn check(code: c_int) -> Result<c_int, Error> {
    if code < 0 { Err(Error::from_code(code)) } else { Ok(code) }
}

impl From<wm_sys::heap::OutOfMemory> for Error {
    fn from(_: wm_sys::heap::OutOfMemory) -> Self {
        Error::new(ErrorKind::NoMemory)
    }
}

impl ErrorKind {
    fn from_code(code: c_int) -> Self {
        match code {
            raw::MBEDTLS_ERR_SSL_ALLOC_FAILED
            | raw::MBEDTLS_ERR_X509_ALLOC_FAILED
            | raw::MBEDTLS_ERR_PK_ALLOC_FAILED
            | raw::MBEDTLS_ERR_PEM_ALLOC_FAILED
            | raw::MBEDTLS_ERR_MPI_ALLOC_FAILED
            | raw::MBEDTLS_ERR_ECP_ALLOC_FAILED
            | raw::MBEDTLS_ERR_MD_ALLOC_FAILED
            | raw::MBEDTLS_ERR_CIPHER_ALLOC_FAILED
            | raw::MBEDTLS_ERR_ASN1_ALLOC_FAILED => ErrorKind::NoMemory,
            raw::MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED | raw::MBEDTLS_ERR_SSL_NO_RNG => {
                ErrorKind::NoEntropy
            }
            raw::MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE => ErrorKind::RefusedByPeer,
            raw::MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE => ErrorKind::Certificate(CertificateFault::Missing),
            raw::MBEDTLS_ERR_SSL_CA_CHAIN_REQUIRED => ErrorKind::Certificate(CertificateFault::Untrusted),
            raw::MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE
            | raw::MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION
            | raw::MBEDTLS_ERR_SSL_NO_APPLICATION_PROTOCOL
            | raw::MBEDTLS_ERR_SSL_UNRECOGNIZED_NAME
            | raw::MBEDTLS_ERR_SSL_UNKNOWN_IDENTITY
            | raw::MBEDTLS_ERR_SSL_PRIVATE_KEY_REQUIRED => ErrorKind::NothingInCommon,
            raw::MBEDTLS_ERR_SSL_INVALID_MAC => ErrorKind::BadRecord,
            raw::MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE => ErrorKind::Unsupported,
            raw::MBEDTLS_ERR_SSL_INVALID_RECORD
            | raw::MBEDTLS_ERR_SSL_DECODE_ERROR
            | raw::MBEDTLS_ERR_SSL_UNSUPPORTED_EXTENSION
            | raw::MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE
            | raw::MBEDTLS_ERR_SSL_UNEXPECTED_RECORD
            | raw::MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER
            | raw::MBEDTLS_ERR_SSL_BAD_CERTIFICATE => ErrorKind::Protocol,
            _ => ErrorKind::Internal,
        }
    }
}

impl CertificateFault {
    /// Of the flags of an X.509 verification (`MBEDTLS_X509_BADCERT_*`).
    pub(super) fn from_flags(flags: u32) -> Self {
        const USAGE: u32 = raw::MBEDTLS_X509_BADCERT_KEY_USAGE
            | raw::MBEDTLS_X509_BADCERT_EXT_KEY_USAGE
            | raw::MBEDTLS_X509_BADCERT_NS_CERT_TYPE;
        let has = |mask: u32| flags & mask != 0;
        match () {
            () if has(raw::MBEDTLS_X509_BADCERT_MISSING) => CertificateFault::Missing,
            () if has(raw::MBEDTLS_X509_BADCERT_NOT_TRUSTED) => CertificateFault::Untrusted,
            () if has(raw::MBEDTLS_X509_BADCERT_REVOKED) => CertificateFault::Revoked,
            () if has(raw::MBEDTLS_X509_BADCERT_CN_MISMATCH) => CertificateFault::WrongName,
            () if has(raw::MBEDTLS_X509_BADCERT_EXPIRED) => CertificateFault::Expired,
            // `clock` makes it so.
            () if has(raw::MBEDTLS_X509_BADCERT_FUTURE) && wm_sys::unix_time().is_none() => {
                CertificateFault::NoClock
            }
            () if has(raw::MBEDTLS_X509_BADCERT_FUTURE) => CertificateFault::NotYetValid,
            () if has(USAGE) => CertificateFault::WrongUsage,
            () => CertificateFault::Weak,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)?;
        match self.alert {
            Some(Alert::Sent(_)) => write!(f, " (alert sent: {})", self.alert.map_or("", Alert::name))?,
            Some(Alert::Received(_)) => {
                write!(f, " (alert received: {})", self.alert.map_or("", Alert::name))?;
            }
            None => {}
        }
        if self.code != 0 {
            write!(f, " [Mbed TLS -{:#06x}]", self.code.unsigned_abs())?;
        }
        Ok(())
    }
}

impl core::error::Error for Error {}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ErrorKind::NoMemory => "out of memory",
            ErrorKind::NoEntropy => "no random numbers: the platform's source failed",
            ErrorKind::Certificate(fault) => return fault.fmt(f),
            ErrorKind::RefusedByPeer => "the peer refused the connection",
            ErrorKind::NothingInCommon => "no common version, cipher, group, signature or protocol",
            ErrorKind::Protocol => "the peer does not speak TLS as it should",
            ErrorKind::BadRecord => "a record was changed on its way",
            ErrorKind::Unsupported => "the peer asks for what is not supported",
            ErrorKind::Ended => "the session has ended",
            ErrorKind::Internal => "internal error of TLS",
        })
    }
}

impl fmt::Display for CertificateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CertificateFault::Missing => "the peer has no certificate",
            CertificateFault::Untrusted => "the peer's certificate is not signed by anybody who is trusted",
            CertificateFault::Revoked => "the peer's certificate was revoked",
            CertificateFault::WrongName => "the peer's certificate is for another name",
            CertificateFault::Expired => "the peer's certificate has expired",
            CertificateFault::NotYetValid => "the peer's certificate is not valid yet",
            CertificateFault::NoClock => {
                "the device does not know the time, so that it cannot check the certificate's dates"
            }
            CertificateFault::WrongUsage => "the peer's certificate was made for another purpose",
            CertificateFault::Weak => "the peer's certificate is too weak or of an unknown kind",
        })
    }
}
