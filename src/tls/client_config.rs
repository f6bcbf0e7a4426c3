//! The configuration of TLS clients.

use alloc::vec::Vec;

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
use super::remembered::ImportError;
use super::saved_session::SavedSession;
use super::settings::Settings;
use super::shared::Shared;
use super::verify::Dates;

/// What the sessions of clients share. A clone is another owner of the same.
///
/// ```no_run
/// use wm_websockets::tls::{ClientConfig, Engine};
///
/// # fn main() -> Result<(), Box<dyn core::error::Error>> {
/// # const AUTHORITIES: &[u8] = b"";
/// let engine = Engine::new()?;
/// let config = ClientConfig::builder(&engine).trust(AUTHORITIES)?.build()?;
/// # let _ = config;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ClientConfig(Shared<Settings>);

impl ClientConfig {
    /// Starts with TLS 1.2 and 1.3, [`CipherSuite::DEFAULT`], ALPN `http/1.1`, every check, no authorities; sessions are resumed.
    pub fn builder(engine: &Engine) -> ClientConfigBuilder {
        let mut policy = Policy::new(engine, Role::Client, raw::MBEDTLS_SSL_VERIFY_REQUIRED);
        policy.resumption.cached = 4;
        ClientConfigBuilder { policy, identity: None }
    }

    /// The engine it was made with.
    pub fn engine(&self) -> &Engine {
        &self.0.policy.engine
    }

    /// The sessions that are [remembered](ClientConfigBuilder::remembered_sessions), for a time in which memory is lost, deep sleep for
    /// example. They contain secrets: whoever has them reads what is said in sessions that resume them.
    ///
    /// # Errors
    /// [`NoMemory`](super::ErrorKind::NoMemory).
    ///
    /// ```
    /// use wm_websockets::tls::{ClientConfig, Error};
    ///
    /// /// Into memory that sleep leaves alone.
    /// fn fall_asleep(config: &ClientConfig, retained: &mut Vec<u8>) -> Result<(), Error> {
    ///     *retained = config.export_sessions()?;
    ///     Ok(())
    /// }
    ///
    /// fn wake_up(config: &ClientConfig, retained: &[u8]) {
    ///     if let Err(error) = config.import_sessions(retained) {
    ///         log::info!("the next handshakes are whole ones: {error}");
    ///     }
    /// }
    /// ```
    pub fn export_sessions(&self) -> Result<Vec<u8>, Error> {
        self.0.policy.engine.quiet();
        self.0.remembered.borrow().export()
    }

    /// That with one server alone, if there is such.
    #[cfg(feature = "capi")]
    pub(crate) fn export_session(&self, host: &[u8], port: u16) -> Result<Option<Vec<u8>>, Error> {
        self.0.policy.engine.quiet();
        self.0.remembered.borrow().export_one(host, port)
    }

    /// Remembers exported sessions: those of a configuration that was made like this one, and not changed since. Whoever can change them where they
    /// are kept can do worse than to have them refused: Mbed TLS takes them for its own memory. A session of TLS 1.3
    /// comes back without its certificate, so that [`secured`](crate::client::ClientProtocol::secured) hears nothing of it.
    ///
    /// # Errors
    /// [`ImportError`]; what stood before the fault is remembered.
    pub fn import_sessions(&self, exported: &[u8]) -> Result<(), ImportError> {
        self.0.policy.engine.quiet();
        self.0.remembered.borrow_mut().import(exported, self.most_remembered())
    }

    /// What a connection to this server can resume.
    pub(crate) fn recall(&self, host: &str, port: u16) -> Option<SavedSession> {
        self.0.remembered.borrow_mut().take(host.as_bytes(), port)
    }

    /// Without memory it is forgotten.
    pub(crate) fn remember(&self, host: &str, port: u16, saved: SavedSession) {
        if saved.is_resumable() {
            let most = self.most_remembered();
            self.0.remembered.borrow_mut().put(host.as_bytes(), port, saved, most).ok();
        }
    }

    fn most_remembered(&self) -> usize {
        self.0.policy.resumption.cached.into()
    }

    pub(super) fn settings(&self) -> &Shared<Settings> {
        &self.0
    }
}

/// A [`ClientConfig`] in the making.
pub struct ClientConfigBuilder {
    pub(super) policy: Policy,
    identity: Option<Identity>,
}

impl ClientConfigBuilder {
    /// Who may vouch for servers: certificates of authorities, PEM or DER. Those of kinds that this build does not know are left
    /// out. Said again, it adds to those.
    pub fn trust(mut self, authorities: &[u8]) -> Result<Self, ConfigError> {
        self.policy.engine.quiet();
        Chain::add_bundle(&mut self.policy.trust, authorities)?;
        Ok(self)
    }

    /// The certificate that is shown to servers that ask for one.
    pub fn identity(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// A key of up to 48 bytes that the server knows under a name of up to 128 bytes.
    pub fn preshared_key(mut self, identity: &[u8], key: &[u8]) -> Result<Self, ConfigError> {
        heap::try_push(&mut self.policy.preshared_keys, PresharedKey::new(identity, key)?)?;
        Ok(self)
    }

    /// What the dates of certificates are worth; [`Dates::Required`] if nothing is said.
    pub fn dates(mut self, dates: Dates) -> Self {
        self.policy.verifier.dates = dates;
        self
    }

    /// Accepts certificates that nobody vouches for, self-signed ones for example. Anybody can be the server then: insecure.
    pub fn danger_accept_untrusted(mut self) -> Self {
        self.policy.verifier.untrusted = true;
        self
    }

    /// Accepts certificates for other names. Whoever has a good certificate for anything can be the server then: insecure.
    pub fn danger_accept_any_name(mut self) -> Self {
        self.policy.verifier.any_name = true;
        self
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

    /// The cipher suites that are offered, the preferred ones first; and with them the versions that they belong to.
    pub fn ciphers(mut self, suites: &[CipherSuite]) -> Result<Self, ConfigError> {
        self.policy.set_ciphers(suites)?;
        Ok(self)
    }

    /// Of how many servers the latest session is remembered, for all clients of this configuration: 4 if nothing is said, about 1.5 KB
    /// each. The next connection takes the shorter handshake, without a certificate and its calculations, if the server remembers too.
    /// The certificate of the first one is what [`secured`](crate::client::ClientProtocol::secured) is shown again.
    ///
    /// 0: none, and servers are not asked for tickets.
    pub fn remembered_sessions(mut self, count: u16) -> Self {
        (self.policy.resumption.cached, self.policy.resumption.tickets) = (count, count > 0);
        self
    }

    /// Switches ALPN (RFC 7301), on at first: `http/1.1` is offered.
    pub fn alpn(mut self, on: bool) -> Self {
        self.policy.alpn = on;
        self
    }

    /// Makes the configuration.
    pub fn build(mut self) -> Result<ClientConfig, ConfigError> {
        let policy = &mut self.policy;
        if policy.trust.is_none() && policy.preshared_keys.is_empty() && !policy.verifier.untrusted {
            return Err(ConfigError::NoTrust);
        }
        if policy.trust.is_none() && policy.verifier.untrusted {
            // Mbed TLS insists on authorities where a certificate is required; the session looks at the verdict itself.
            policy.authentication = raw::MBEDTLS_SSL_VERIFY_OPTIONAL;
        }
        let mut identities = Vec::new();
        if let Some(identity) = self.identity {
            heap::try_push(&mut identities, identity)?;
        }
        Ok(ClientConfig(Settings::make(self.policy, identities)?))
    }
}

#[cfg(all(test, feature = "security-small"))]
mod tests {
    use std::collections::VecDeque;

    use wm_sys::host::VirtualPlatform;
    use wm_sys::{Instant, Platform};

    use super::*;
    use crate::tls::tests::{End, turn};
    use crate::tls::{Handshake, Read, ServerConfig, ServerName, Session, Version};

    const KEY: &[u8] = b"sixteen bytes...";

    /// The clock of tickets begins anew with the device, and what was kept over a restart is of a time that is yet to come there.
    #[test]
    fn a_ticket_of_tls_1_3_is_used_after_sleep() {
        let _turn = turn();
        let platform = VirtualPlatform::install();
        let engine = Engine::new().unwrap();
        let server = ServerConfig::builder(&engine).preshared_key(b"me", KEY).unwrap();
        let server = server.min_version(Version::Tls13).build().unwrap();
        let config = || {
            let builder = ClientConfig::builder(&engine).preshared_key(b"me", KEY).unwrap();
            builder.min_version(Version::Tls13).build().unwrap()
        };
        platform.advance_to(platform.now() + core::time::Duration::from_secs(3600));
        let client = config();
        let mut session = Session::client(&client, ServerName::Dns("device"), None).unwrap();
        let mut peer = Session::server(&server).unwrap();
        let (mut up, mut down) = (VecDeque::new(), VecDeque::new());
        while session.handshake_step(&mut End(&mut down, &mut up)).unwrap() != Handshake::Done
            || peer.handshake_step(&mut End(&mut up, &mut down)).unwrap() != Handshake::Done
        {
            peer.handshake_step(&mut End(&mut up, &mut down)).unwrap();
        }
        assert!(matches!(session.read(&mut End(&mut down, &mut up)).unwrap(), Read::Ticket));
        client.remember("device", 443, session.saved().unwrap());
        let exported = client.export_sessions().unwrap();

        platform.restart();
        assert_eq!(platform.now(), Instant::ZERO);
        let client = config();
        client.import_sessions(&exported).unwrap();
        // Two keys are offered: that of the ticket, and the one that both know anyway.
        let offered = |saved: Option<&SavedSession>| {
            let mut session = Session::client(&client, ServerName::Dns("device"), saved).unwrap();
            let (mut up, mut down) = (VecDeque::new(), VecDeque::new());
            while session.handshake_step(&mut End(&mut down, &mut up)).unwrap() == Handshake::Step {}
            up.len()
        };
        let saved = client.recall("device", 443).unwrap();
        assert!(offered(Some(&saved)) > offered(None) + 32, "the ticket is not offered");
    }
}
