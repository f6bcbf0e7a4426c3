//! From HTTP to WebSocket (RFC 6455 section 4.1).

use alloc::boxed::Box;

use wm_sys::heap;

use super::super::error::{Cause, Excerpt};
use super::{Exchange, fail};
use crate::http::{Method, ReceivedResponse};
use crate::server::counters::Counters;
use crate::server::visit::{Next, Visit};
use crate::server::websocket::WebSocket;
use crate::ws;
use crate::ws::client_handshake::HandshakeError;

impl Exchange {
    /// The server's answer to the handshake.
    pub(super) fn upgrade(&mut self, visit: &mut Visit<'_>, response: &ReceivedResponse<'_>) -> Next {
        let Some(client) = visit.client.as_deref_mut() else { return Next::Abort };
        match self.handshake.verify(response, &client.options.subprotocols) {
            Ok(subprotocol) => {
                if !visit
                    .routes
                    .protocol(0)
                    .and_then(|protocol| protocol.as_client())
                    .is_some_and(|application| application.accept(response, subprotocol))
                {
                    return fail(visit, Cause::Rejected);
                }
                let frames = self.handshake.connection(response, visit.shared.now);
                Self::open(visit, frames)
            }
            Err(HandshakeError::Status(status)) => {
                let refusal = Some((status, Excerpt::default()));
                self.expect_body(visit, response.framing(Method::Get), false, refusal)
            }
            Err(error) => fail(visit, Cause::Handshake(error)),
        }
    }

    fn open(visit: &mut Visit<'_>, frames: ws::Connection) -> Next {
        let Some(delivery) = visit.routes.protocol(0).map(|protocol| protocol.delivery()) else {
            return Next::Abort;
        };
        // A client's session is its protocol: nothing is allocated for it.
        let mut websocket = WebSocket::new(frames, "", 0, delivery, Box::new(()));
        if let Some(client) = visit.client.as_deref_mut() {
            if let Some(timeouts) = client.options.timeouts.as_deref() {
                let Ok(own) = heap::try_box(*timeouts) else { return fail(visit, Cause::NoMemory) };
                websocket.set_timeouts(own);
            }
            client.opened = true;
        }
        Counters::count(&mut visit.shared.counters.websockets_opened);
        visit.upgraded = Some(websocket);
        Next::Upgrade
    }
}
