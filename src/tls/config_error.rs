//! Why certificates, keys or a configuration were refused.

use core::fmt;

use super::error::{Error, ErrorKind};

/// Why a configuration was refused, before any connection uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The heap is exhausted.
    NoMemory,
    /// A certificate is neither PEM nor DER, damaged, or of a kind that this build does not know.
    UnreadableCertificate {
        /// Mbed TLS's code.
        code: i32,
    },
    /// The private key is neither PEM nor DER, damaged, or of a kind that this build does not know.
    UnreadableKey {
        /// Mbed TLS's code.
        code: i32,
    },
    /// The private key is encrypted: store it decrypted (`openssl pkey -in KEY -out PLAIN`), where nobody can read it.
    EncryptedKey,
    /// The private key is not that of the chain's first certificate.
    KeyMismatch,
    /// The chain's first certificate has expired.
    CertificateExpired,
    /// The chain's first certificate is not valid yet; or the platform's clock is wrong.
    CertificateNotYetValid,
    /// A server needs an identity or a pre-shared key.
    NoCredentials,
    /// A client needs authorities to trust, a pre-shared key, or to be told by name to trust anybody.
    NoTrust,
    /// No random numbers: the platform's entropy source failed.
    NoEntropy,
    /// A pre-shared key or its identity is empty or too long.
    BadPresharedKey,
    /// A host name is empty, longer than 255 bytes, or has a NUL in it.
    BadHostName,
    /// The library refuses the combination.
    Refused {
        /// Mbed TLS's code.
        code: i32,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sentence, code) = match *self {
            ConfigError::NoMemory => ("out of memory", 0),
            ConfigError::UnreadableCertificate { code } => ("a certificate cannot be read", code),
            ConfigError::UnreadableKey { code } => ("the private key cannot be read", code),
            ConfigError::EncryptedKey => ("the private key is encrypted: decrypt it first", 0),
            ConfigError::KeyMismatch => ("the private key does not belong to the certificate", 0),
            ConfigError::CertificateExpired => ("the certificate has expired", 0),
            ConfigError::CertificateNotYetValid => ("the certificate is not valid yet", 0),
            ConfigError::NoCredentials => ("neither a certificate nor a pre-shared key", 0),
            ConfigError::NoTrust => ("no authorities to trust", 0),
            ConfigError::NoEntropy => ("no random numbers: the platform's source failed", 0),
            ConfigError::BadPresharedKey => ("a pre-shared key or its identity is empty or too long", 0),
            ConfigError::BadHostName => ("not a host name", 0),
            ConfigError::Refused { code } => ("TLS refuses the configuration", code),
        };
        f.write_str(sentence)?;
        if code == 0 { Ok(()) } else { write!(f, " [Mbed TLS -{:#06x}]", code.unsigned_abs()) }
    }
}

impl core::error::Error for ConfigError {}

impl From<wm_sys::heap::OutOfMemory> for ConfigError {
    fn from(_: wm_sys::heap::OutOfMemory) -> Self {
        ConfigError::NoMemory
    }
}

impl From<Error> for ConfigError {
    fn from(error: Error) -> Self {
        match error.kind {
            ErrorKind::NoMemory => ConfigError::NoMemory,
            ErrorKind::NoEntropy => ConfigError::NoEntropy,
            _ => ConfigError::Refused { code: error.code },
        }
    }
}
