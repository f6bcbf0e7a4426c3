//! A client for test suites that are servers: it sends back what they send.

use core::time::Duration;

use wm_websockets::client::{ClientError, ClientProtocol};
use wm_websockets::server::{Delivery, SendError, Socket};
use wm_websockets::ws::{Fragment, Message};

/// Sends back what the server sends.
pub struct Echo {
    /// Whole messages, rather than fragment by fragment.
    pub assemble: bool,
    pub failed: fn(&ClientError, Option<Duration>),
}

impl ClientProtocol for Echo {
    fn delivery(&self) -> Delivery {
        if self.assemble { Delivery::Messages } else { Delivery::Fragments }
    }

    fn message(&mut self, socket: &mut Socket<'_>, message: Message<'_>) {
        report(socket.send(message));
    }

    fn fragment(&mut self, socket: &mut Socket<'_>, fragment: Fragment<'_>) {
        report(socket.send_fragment(fragment.kind, fragment.bytes, fragment.first, fragment.last));
    }

    fn failed(&mut self, error: &ClientError, retry: Option<Duration>) {
        (self.failed)(error, retry);
    }
}

/// Nothing is read while an echo waits for the server, so there is always room for the next one.
fn report(result: Result<(), SendError>) {
    if let Err(error) = result {
        log::warn!("echo not sent: {error}");
    }
}
