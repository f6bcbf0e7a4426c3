//! What was said about a configuration.

use alloc::vec::Vec;
use core::ffi::c_int;
use core::time::Duration;

use super::certificate::Chain;
use super::cipher_suite::{self, CipherSuite, Version};
use super::config_error::ConfigError;
use super::engine::Engine;
use super::psk::PresharedKey;
use super::verify::Verifier;

/// Which side of a session.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Role {
    #[cfg(feature = "client")]
    Client,
    Server,
}

/// How sessions are resumed.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Resumption {
    /// A server gives out tickets; a client asks for them.
    pub(super) tickets: bool,
    /// For so long.
    pub(super) lifetime: Duration,
    /// Sessions that a server remembers for clients of TLS 1.2 without tickets, or that clients remember.
    pub(super) cached: u16,
}

/// A configuration before the library knows of it. Builders hand it on by value, on the stack: it is small.
pub(super) struct Policy {
    pub(super) engine: Engine,
    pub(super) role: Role,
    pub(super) verifier: Verifier,
    pub(super) trust: Option<Chain>,
    /// `MBEDTLS_SSL_VERIFY_*`.
    pub(super) authentication: u32,
    pub(super) min_version: Version,
    pub(super) max_version: Version,
    pub(super) ciphers: Option<Vec<c_int>>,
    pub(super) preshared_keys: Vec<PresharedKey>,
    pub(super) alpn: bool,
    pub(super) resumption: Resumption,
}

impl Policy {
    pub(super) fn new(engine: &Engine, role: Role, authentication: u32) -> Self {
        Policy {
            engine: engine.clone(),
            role,
            verifier: Verifier::default(),
            trust: None,
            authentication,
            min_version: Version::Tls12,
            max_version: Version::NEWEST,
            ciphers: None,
            preshared_keys: Vec::new(),
            alpn: true,
            resumption: Resumption { tickets: true, lifetime: Duration::from_secs(24 * 3600), cached: 8 },
        }
    }

    /// Uses these cipher suites, and only the versions that they belong to: Mbed TLS agrees on a version first.
    pub(super) fn set_ciphers(&mut self, suites: &[CipherSuite]) -> Result<(), ConfigError> {
        self.ciphers = Some(cipher_suite::list(&[suites])?);
        let has = |version| suites.iter().any(|suite| suite.version() == version);
        if !has(Version::Tls13) {
            self.max_version = Version::Tls12;
        }
        if !has(Version::Tls12) {
            self.min_version = Version::Tls13;
        }
        Ok(())
    }
}
