//! The configuration of a TLS server.

use alloc::vec::Vec;
use core::time::Duration;

use wm_sys::heap;

use super::certificate::Chain;
use super::cipher_suite::{CipherSuite, Version};
use super::config_error::ConfigError;
use super::engine::Engine;
use super::error::Error;
use super::identity::Identity;
use super::policy::{Policy, Role};
use super::psk::PresharedKey;
use super::raw;
use super::session::Session;
use super::settings::Settings;
use super::shared::Shared;
use super::verify::Dates;

/// Whether clients have to show a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientCertificates {
    /// One that is shown must be good; none is good too.
    Optional,
    /// A handshake without one fails.
    Required,
}

/// What all sessions of a server share. A clone is another owner of the same.
///
/// Costs about 700 bytes, and on top: what the certificates measure in DER and as much again, 1,300 bytes for tickets unless they
/// are off, and about 200 bytes for each session in the cache, up to 8.
///
/// ```no_run
/// use wm_websockets::tls::{Engine, Identity, ServerConfig, Version};
///
/// # fn main() -> Result<(), Box<dyn core::error::Error>> {
/// # const CHAIN: &[u8] = b"";
/// # const KEY: &[u8] = b"";
/// let engine = Engine::new()?;
/// let config = ServerConfig::builder(&engine)
///     .identity(Identity::new(&engine, CHAIN, KEY)?)?
///     .min_version(Version::Tls13)
///     .build()?;
/// // A year later, without dropping a connection:
/// config.swap_identities(vec![Identity::new(&engine, CHAIN, KEY)?])?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ServerConfig(Shared<Settings>);

impl ServerConfig {
    /// Starts with TLS 1.2 and 1.3, [`CipherSuite::DEFAULT`], ALPN `http/1.1`, tickets for a day and a cache for 8 sessions; no
    /// client certificates, no renegotiation.
    pub fn builder(engine: &Engine) -> ServerConfigBuilder {
        let policy = Policy::new(engine, Role::Server, raw::MBEDTLS_SSL_VERIFY_NONE);
        ServerConfigBuilder { policy, identities: Vec::new() }
    }

    /// Replaces the certificates. Handshakes that have begun end with the old ones, and connections are not touched.
    pub fn swap_identities(&self, identities: Vec<Identity>) -> Result<(), ConfigError> {
        if identities.is_empty() && self.0.policy.preshared_keys.is_empty() {
            return Err(ConfigError::NoCredentials);
        }
        self.0.set_identities(identities)
    }

    /// Adds a certificate, for handshakes that begin from now on; of two for a name the one that came first is shown.
    pub fn add_identity(&self, identity: Identity) -> Result<(), ConfigError> {
        let mut identities = Vec::new();
        for known in self.0.identities().iter().flat_map(|known| known.iter()) {
            heap::try_push(&mut identities, known.clone())?;
        }
        heap::try_push(&mut identities, identity)?;
        self.0.set_identities(identities)
    }

    /// Lets the engine keep the record buffers of `sessions` sessions, and allocates them now.
    pub fn reserve(&self, sessions: usize) -> Result<(), Error> {
        self.engine().keep_buffers(sessions);
        let mut reserved = Vec::new();
        for _ in 0..sessions {
            heap::try_push(&mut reserved, Session::server(self)?)?;
        }
        Ok(())
    }

    /// The engine it was made with.
    pub fn engine(&self) -> &Engine {
        &self.0.policy.engine
    }

    /// Whether the same is asked of clients: a port has one answer to that, whatever name they come by.
    #[cfg(feature = "capi")]
    pub(crate) fn asks_the_same_as(&self, other: &ServerConfig) -> bool {
        let (own, other) = (&self.0.policy, &other.0.policy);
        let is_same_trust = match (&own.trust, &other.trust) {
            (Some(own), Some(other)) => own.ders().eq(other.ders()),
            (own, other) => own.is_none() && other.is_none(),
        };
        own.authentication == other.authentication && is_same_trust
    }

    pub(super) fn settings(&self) -> &Shared<Settings> {
        &self.0
    }
}

/// A [`ServerConfig`] in the making.
pub struct ServerConfigBuilder {
    pub(super) policy: Policy,
    identities: Vec<Identity>,
}

impl ServerConfigBuilder {
    /// Adds a certificate with its key. A client that asks for a name gets those that are for it; any other client the first.
    pub fn identity(mut self, identity: Identity) -> Result<Self, ConfigError> {
        heap::try_push(&mut self.identities, identity)?;
        Ok(self)
    }

    /// Asks clients for certificates that one of `authorities` (PEM or DER) has signed. Said again, it adds to those.
    /// Tickets of TLS 1.3 have no room for a certificate: who shows one gets none, and shows it again with the next connection.
    pub fn client_certificates(
        mut self,
        policy: ClientCertificates,
        authorities: &[u8],
    ) -> Result<Self, ConfigError> {
        self.policy.engine.quiet();
        Chain::add_bundle(&mut self.policy.trust, authorities)?;
        self.policy.authentication = match policy {
            ClientCertificates::Optional => raw::MBEDTLS_SSL_VERIFY_OPTIONAL,
            ClientCertificates::Required => raw::MBEDTLS_SSL_VERIFY_REQUIRED,
        };
        Ok(self)
    }

    /// What the dates of client certificates are worth; [`Dates::Required`] if nothing is said.
    pub fn dates(mut self, dates: Dates) -> Self {
        self.policy.verifier.dates = dates;
        self
    }

    /// Adds a key of up to 48 bytes that clients may use in place of a certificate, under a name of up to 128 bytes.
    pub fn preshared_key(mut self, identity: &[u8], key: &[u8]) -> Result<Self, ConfigError> {
        heap::try_push(&mut self.policy.preshared_keys, PresharedKey::new(identity, key)?)?;
        Ok(self)
    }

    /// The oldest version that is spoken; [`Version::Tls12`] if nothing is said.
    pub fn min_version(mut self, version: Version) -> Self {
        self.policy.min_version = version;
        self
    }

    /// The newest version that is spoken; the newest that there is if nothing is said.
    pub fn max_version(mut self, version: Version) -> Self {
        self.policy.max_version = version;
        self
    }

    /// The cipher suites that are used, the preferred ones first; and with them the versions that they belong to. The first one of TLS 1.3 is
    /// agreed on if the client knows it, another one by the client's preference. Where there are pre-shared keys, which go with SHA-256, a first
    /// one with SHA-384 is not preferred.
    pub fn ciphers(mut self, suites: &[CipherSuite]) -> Result<Self, ConfigError> {
        self.policy.set_ciphers(suites)?;
        Ok(self)
    }

    /// For how long a client may resume its session with a ticket; `None`: no tickets.
    pub fn tickets(mut self, lifetime: Option<Duration>) -> Self {
        self.policy.resumption.tickets = lifetime.is_some();
        self.policy.resumption.lifetime = lifetime.unwrap_or(self.policy.resumption.lifetime);
        self
    }

    /// Sessions that are remembered for clients of TLS 1.2 that know no tickets, at about 200 bytes each; 0: none.
    pub fn cached_sessions(mut self, sessions: u16) -> Self {
        self.policy.resumption.cached = sessions;
        self
    }

    /// Switches ALPN (RFC 7301), on at first: a client that offers protocols, but not `http/1.1`, is refused.
    pub fn alpn(mut self, on: bool) -> Self {
        self.policy.alpn = on;
        self
    }

    /// Makes the configuration.
    pub fn build(self) -> Result<ServerConfig, ConfigError> {
        if self.identities.is_empty() && self.policy.preshared_keys.is_empty() {
            return Err(ConfigError::NoCredentials);
        }
        Ok(ServerConfig(Settings::make(self.policy, self.identities)?))
    }
}

#[cfg(all(test, feature = "capi", feature = "client", feature = "security"))]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::tls::tests::turn;

    /// Of two hosts at a port one may ask for certificates, and would be served without if it shared the other's configuration.
    #[test]
    fn what_is_asked_of_clients_is_compared() {
        let _turn = turn();
        let engine = Engine::new().unwrap();
        let authority = || {
            let key = rcgen::KeyPair::generate().unwrap();
            rcgen::CertificateParams::default().self_signed(&key).unwrap().pem().into_bytes()
        };
        let (one, other) = (authority(), authority());
        let both = [&one[..], &other].concat();
        let required = Some(ClientCertificates::Required);
        let asked = [
            (None, &one),
            (Some(ClientCertificates::Optional), &one),
            (required, &one),
            (required, &other),
            (required, &both),
        ];
        let configs: Vec<[ServerConfig; 2]> = asked
            .iter()
            .map(|(policy, authorities)| {
                [(); 2].map(|()| {
                    let builder =
                        ServerConfig::builder(&engine).preshared_key(b"me", b"sixteen bytes...").unwrap();
                    let builder = match *policy {
                        Some(policy) => builder.client_certificates(policy, authorities).unwrap(),
                        None => builder,
                    };
                    builder.build().unwrap()
                })
            })
            .collect();
        for (first, [config, same]) in configs.iter().enumerate() {
            assert!(config.asks_the_same_as(same), "{first}");
            for (second, [another, _]) in configs.iter().enumerate() {
                assert_eq!(config.asks_the_same_as(another), first == second, "{first} {second}");
            }
        }
    }
}
