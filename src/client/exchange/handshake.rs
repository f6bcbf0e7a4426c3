//! The turn of TLS, between the connection and the request.

use super::super::error::Cause;
use super::super::{attempt, securing};
use super::{Exchange, Phase, fail};
use crate::server::secure::Progress;
use crate::server::visit::{Next, Visit};

impl Exchange {
    /// Begins the TLS handshake, if one more may be under way.
    pub(super) fn begin_tls(&mut self, visit: &mut Visit<'_>) -> Next {
        let Some(client) = visit.client.as_deref_mut() else { return Next::Abort };
        if !visit.shared.slots.may_open(&visit.shared.limits) {
            // Whoever ends one has this connection visited.
            visit.shared.slots.hold_back();
            self.phase = Phase::Queue;
            return Next::Read;
        }
        match attempt::secure(visit.shared, client) {
            Ok(secure) => {
                visit.transport.begin_tls(secure);
                self.phase = Phase::Tls;
                self.until = visit.shared.now + securing::patience(visit.shared);
                Next::Read
            }
            Err(cause) => fail(visit, cause),
        }
    }

    /// One step of the TLS handshake, unless another connection had one in this pass.
    pub(super) fn step_tls(&mut self, visit: &mut Visit<'_>) -> Next {
        if !matches!(self.phase, Phase::Tls) {
            return Next::Read;
        }
        if visit.shared.slots.has_stepped() {
            visit.wake();
            return Next::Read;
        }
        let progress = visit.transport.open(visit.shared);
        if matches!(progress, Progress::Waits) {
            return Next::Read;
        }
        visit.shared.slots.step();
        visit.wake();
        match progress {
            Progress::Done if securing::is_welcome(visit) => self.begin(visit),
            Progress::Done => fail(visit, Cause::Rejected),
            Progress::Failed => {
                securing::note_tls(visit);
                Next::Close
            }
            Progress::Step | Progress::Waits => Next::Read,
        }
    }
}
