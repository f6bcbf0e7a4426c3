//! A client that tries a server: it counts.

use core::time::Duration;

use wm_websockets::client::{ClientError, ClientProtocol};
use wm_websockets::server::{Closed, Socket};
use wm_websockets::ws::{CloseCode, Message};

/// Sends numbered messages to an echo server, one after the other, and checks that each comes back. A server that restarts in
/// between is asked again for the message that it took along.
pub struct Count {
    next: u32,
    last: u32,
    report: fn(Progress<'_>),
}

/// How the count goes.
pub enum Progress<'p> {
    Opened,
    Failed(&'p ClientError, Option<Duration>),
    Closed(Closed),
    /// So many messages came back as they were sent.
    Echoed(u32),
    /// All did.
    Done(u32),
    /// One came back changed.
    Wrong(u32),
}

impl Count {
    pub fn new(last: u32, report: fn(Progress<'_>)) -> Self {
        Count { next: 1, last, report }
    }

    fn send(&self, socket: &mut Socket<'_>) {
        let mut buffer = [0; MESSAGE];
        if let Err(error) = socket.send(Message::Binary(message(self.next, &mut buffer))) {
            log::warn!("message {} not sent: {error}", self.next);
        }
    }
}

/// The longest message.
const MESSAGE: usize = 600;

/// Begins with its number; lengths go round, over the bounds of frame headers and of the buffer in which short frames are put together.
fn message(number: u32, buffer: &mut [u8; MESSAGE]) -> &[u8] {
    let length = 4 + (number as usize * 7) % (MESSAGE - 4);
    for (place, byte) in buffer.iter_mut().enumerate() {
        *byte = (number as usize + place) as u8;
    }
    buffer[..4].copy_from_slice(&number.to_be_bytes());
    &buffer[..length]
}

impl ClientProtocol for Count {
    fn opened(&mut self, socket: &mut Socket<'_>) {
        (self.report)(Progress::Opened);
        self.send(socket);
    }

    fn message(&mut self, socket: &mut Socket<'_>, received: Message<'_>) {
        if received.as_bytes() != message(self.next, &mut [0; MESSAGE]) {
            (self.report)(Progress::Wrong(self.next));
            socket.close(CloseCode::INVALID_PAYLOAD, "not what was sent").ok();
            return;
        }
        if self.next == self.last {
            (self.report)(Progress::Done(self.last));
            socket.close(CloseCode::NORMAL, "counted").ok();
            return;
        }
        if self.next.is_multiple_of(100) {
            (self.report)(Progress::Echoed(self.next));
        }
        self.next += 1;
        self.send(socket);
    }

    fn closed(&mut self, closed: Closed) {
        (self.report)(Progress::Closed(closed));
    }

    fn failed(&mut self, error: &ClientError, retry: Option<Duration>) {
        (self.report)(Progress::Failed(error, retry));
    }
}
