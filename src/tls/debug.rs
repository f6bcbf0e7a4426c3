//! `Debug` of what holds keys, secrets or what was said: of these nothing is shown.

use core::fmt::{Debug, Formatter, Result};

#[cfg(feature = "client")]
use super::client_config::{ClientConfig, ClientConfigBuilder};
use super::identity::Identity;
use super::peer_certificate::PeerCertificate;
use super::plaintext::Plaintext;
use super::policy::Policy;
#[cfg(feature = "client")]
use super::saved_session::SavedSession;
use super::server_config::{ServerConfig, ServerConfigBuilder};
use super::session::Session;

fn show(policy: &Policy, name: &str, f: &mut Formatter<'_>) -> Result {
    let mut output = f.debug_struct(name);
    output.field("min_version", &policy.min_version).field("max_version", &policy.max_version);
    output.finish_non_exhaustive()
}

impl Debug for ServerConfig {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        show(&self.settings().policy, "ServerConfig", f)
    }
}

impl Debug for ServerConfigBuilder {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        show(&self.policy, "ServerConfigBuilder", f)
    }
}

#[cfg(feature = "client")]
impl Debug for ClientConfig {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        show(&self.settings().policy, "ClientConfig", f)
    }
}

#[cfg(feature = "client")]
impl Debug for ClientConfigBuilder {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        show(&self.policy, "ClientConfigBuilder", f)
    }
}

impl Debug for Identity {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

impl Debug for PeerCertificate<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let mut output = f.debug_struct("PeerCertificate");
        output.field("is_verified", &self.is_verified()).finish_non_exhaustive()
    }
}

impl Debug for Plaintext {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Plaintext").field("length", &self.bytes().len()).finish_non_exhaustive()
    }
}

#[cfg(feature = "client")]
impl Debug for SavedSession {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("SavedSession").finish_non_exhaustive()
    }
}

impl Debug for Session {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Session").field("is_established", &self.is_established()).finish_non_exhaustive()
    }
}
