//! What a TLS session with a server resumes, and leaves for the next one.

use alloc::boxed::Box;

use wm_sys::Instant;

use super::super::secure::Secure;
use super::super::services::Services;
use super::super::table::ConnectionId;
use super::error::Cause;
use super::slot::Slot;
use super::state::State;
use crate::tls::{ClientConfig, SavedSession, ServerName};

impl State {
    /// A TLS session with the server that the URL names, which resumes an earlier one if there is such.
    pub(super) fn secure(&self, config: &ClientConfig, now: Instant) -> Result<Secure, Cause> {
        let url = self.url().map_err(Cause::Location)?;
        let server = match url.host().parse() {
            Ok(address) => ServerName::Ip(address),
            Err(_) => ServerName::Dns(url.host()),
        };
        let remembered = config.recall(url.host(), url.port());
        Secure::connect(config, server, remembered.as_ref(), now).map_err(Cause::BeginTls)
    }

    /// Keeps what the next connection to the same server can resume; nothing of a server that has sent us elsewhere.
    pub(super) fn remember(&self, saved: SavedSession) {
        if let (false, Some(config), Ok(url)) = (self.redirected, &self.options.tls, self.url()) {
            config.remember(url.host(), url.port(), saved);
        }
    }
}

impl Slot {
    /// The client ends before its connection: others may come back to the session.
    pub(super) fn leave_session(self: Box<Self>, services: &mut Services<'_>, id: ConnectionId) {
        if let Some(saved) = services.with_connection(id, |_, transport, _| transport.saved_session()) {
            self.state.remember(saved);
        }
    }
}
