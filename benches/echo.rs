//! The echo that is measured: `benches/instructions` counts it, `benches/rates` times it.

use wm_websockets::http::{Request, Status};
use wm_websockets::server::{Delivery, Protocol, Socket};
use wm_websockets::ws::{Fragment, Message};

/// Sends back whole messages, or what has arrived of them.
pub struct Echo(pub Delivery);

impl Protocol for Echo {
    type Session = ();

    fn delivery(&self) -> Delivery {
        self.0
    }
    fn open(&mut self, _request: &Request<'_>) -> Result<(), Status> {
        Ok(())
    }
    fn message(&mut self, _session: &mut (), socket: &mut Socket<'_>, message: Message<'_>) {
        socket.send(message).expect("room for an echo");
    }
    fn fragment(&mut self, _session: &mut (), socket: &mut Socket<'_>, fragment: Fragment<'_>) {
        socket
            .send_fragment(fragment.kind, fragment.bytes, fragment.first, fragment.last)
            .expect("room for an echo");
    }
}
