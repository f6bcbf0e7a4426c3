//! TLS 1.2 and 1.3 by Mbed TLS: records in, plaintext out. No I/O, no lwIP, one task.
//!
//! | file | subject |
//! | --- | --- |
//! | [`Engine`] | Mbed TLS taken into use: heap, random numbers, clock; one per program |
//! | [`Identity`] | a certificate chain and its key, checked |
//! | `authorities` | who may vouch, old ones among them |
//! | [`ServerConfig`], [`ClientConfig`] | what sessions share: identities, trust, versions, ciphers, tickets |
//! | [`Session`] | one connection: handshake step by step, read, write, close |
//! | `worker` | steps of handshakes in a task of their own |
//! | [`Wire`] | where records come from and go to, lent to each call |
//! | [`Plaintext`] | what a record said, changeable where it was decrypted |
//! | `parking`, `pool` | what idle sessions give back |
//! | `reserve` | memory for ciphers, before they need it |
//! | `remembered`, [`SavedSession`] | what clients resume |
//! | `policy`, `settings` | what was said; the library's configuration, with what it points to |
//! | `multiplication` | the longest step of a handshake, shortened and divided |
//! | `verify`, `clock` | what of a peer's certificate is insisted on |
//! | [`Error`], [`ConfigError`] | why not |
//!
//! A server, and a client that talks to it through memory:
//!
//! ```no_run
//! use wm_websockets::tls::{Engine, Handshake, Identity, Read, ServerConfig, Session, Wire};
//!
//! /// Answers what a client says with the same.
//! fn serve(config: &ServerConfig, wire: &mut dyn Wire) -> Result<(), wm_websockets::tls::Error> {
//!     let mut session = Session::server(config)?;
//!     while session.handshake_step(wire)? != Handshake::Done {} // a real one lets others have their turn
//!     while let Read::Plaintext(mut said) = session.read(wire)? {
//!         let taken = session.write(wire, said.bytes())?;
//!         said.advance(taken);
//!         session.restore(said);
//!     }
//!     session.close(wire).map(drop)
//! }
//! ```

#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod authorities;
mod certificate;
mod cipher_suite;
#[cfg(feature = "client")]
mod client_config;
mod clock;
mod config_error;
mod debug;
mod engine;
mod error;
mod identity;
#[cfg(any(feature = "security-p256", feature = "security-restartable", feature = "security-x25519"))]
mod multiplication;
mod parking;
mod peer_certificate;
mod plaintext;
mod policy;
mod pool;
mod psk;
mod raw;
#[cfg(feature = "client")]
mod remembered;
#[cfg(feature = "security-small")]
mod reserve;
#[cfg(feature = "client")]
mod saved_session;
mod server_config;
mod session;
mod settings;
mod shared;
#[cfg(test)]
mod tests;
mod verify;
mod wire;
pub(crate) mod worker;

pub use cipher_suite::{CipherSuite, Version};
#[cfg(feature = "client")]
pub use client_config::{ClientConfig, ClientConfigBuilder};
pub use config_error::ConfigError;
pub use engine::{Engine, EngineError};
pub use error::{Alert, CertificateFault, Error, ErrorKind};
pub use identity::Identity;
#[cfg(feature = "capi")]
pub(crate) use identity::wipe;
#[cfg(feature = "capi")]
pub(crate) use peer_certificate::KeptCertificate;
pub use peer_certificate::PeerCertificate;
pub use plaintext::Plaintext;
#[cfg(feature = "client")]
pub use remembered::ImportError;
#[cfg(feature = "client")]
pub use saved_session::SavedSession;
pub use server_config::{ClientCertificates, ServerConfig, ServerConfigBuilder};
#[cfg(feature = "client")]
pub use session::ServerName;
pub use session::{Handshake, Read, Session};
pub use verify::Dates;
pub use wire::Wire;

/// Bytes of a session's record buffers at most: what a record of either way carries, and what the library puts around it.
pub(crate) const RECORD_BUFFERS: usize =
    (raw::MBEDTLS_SSL_IN_CONTENT_LEN + raw::MBEDTLS_SSL_OUT_CONTENT_LEN) as usize + 2 * 512;
