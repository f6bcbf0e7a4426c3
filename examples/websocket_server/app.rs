//! Echoes WebSocket messages on every path: text and binary, of any length, fragment by fragment, in no memory.

use wm_websockets::http::{Request, RouteError, Status};
use wm_websockets::server::{Delivery, Protocol, Routes, Socket};
use wm_websockets::ws::{Fragment, Message};

/// Which messages are echoed whole, if any.
#[derive(Clone, Copy, Default)]
pub struct Echo {
    pub assemble: bool,
}

impl Protocol for Echo {
    type Session = ();

    fn subprotocols(&self) -> &[&'static str] {
        &["echo-protocol"]
    }

    fn delivery(&self) -> Delivery {
        if self.assemble { Delivery::Messages } else { Delivery::Fragments }
    }

    fn open(&mut self, _request: &Request<'_>) -> Result<(), Status> {
        Ok(())
    }

    fn message(&mut self, _session: &mut (), socket: &mut Socket<'_>, message: Message<'_>) {
        report(socket.send(message));
    }

    fn fragment(&mut self, _session: &mut (), socket: &mut Socket<'_>, fragment: Fragment<'_>) {
        report(socket.send_fragment(fragment.kind, fragment.bytes, fragment.first, fragment.last));
    }
}

/// Nothing is read while an echo waits for the client, so there is always room for the next one.
fn report(result: Result<(), wm_websockets::server::SendError>) {
    if let Err(error) = result {
        log::warn!("echo not sent: {error}");
    }
}

pub fn routes(echo: Echo) -> Result<Routes, RouteError> {
    Routes::new().websocket("/{*path}", echo)
}
