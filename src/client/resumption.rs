//! What a TLS session with a server leaves for the next one.

use alloc::boxed::Box;

use super::super::services::Services;
use super::super::table::ConnectionId;
use super::error::Step;
use super::slot::Slot;
use super::state::State;
use crate::tls::SavedSession;

impl State {
    /// Keeps what the next connection to the same server can resume; nothing of a server that has sent us elsewhere, or whose certificate the
    /// application has turned away: once exported, a session is resumed without another look at that.
    pub(super) fn remember(&self, saved: SavedSession) {
        let is_welcome = self.opened || self.step != Step::Tls;
        if !is_welcome {
            return;
        }
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
