//! WebSocket over the wire.

mod broadcast;
mod closing;
pub mod compression;
mod handshake;
mod liveness;
mod messages;

use std::cell::RefCell;
use std::rc::Rc;

use tungstenite::Message as Frame;
use wm_websockets::http::{Request, Status};
use wm_websockets::server::{Closed, ConnectionId, Context, Delivery, Protocol, Routes, SendError, Socket};
use wm_websockets::ws::{CloseCode, Fragment, FrameHeader, Message, Opcode};

use crate::heap;
use crate::world::World;

/// What happened to the clients of a test's protocol.
#[derive(Clone, Default)]
pub struct Journal(Rc<RefCell<Entries>>);

#[derive(Default)]
struct Entries {
    /// Sessions that were begun, if only to end when their client could not be told so.
    begun: usize,
    opened: Vec<ConnectionId>,
    closed: Vec<Closed>,
    pongs: Vec<Vec<u8>>,
}

impl Journal {
    /// The clients in the order in which they came.
    pub fn opened(&self) -> Vec<ConnectionId> {
        self.0.borrow().opened.clone()
    }

    /// How many sessions there have been.
    pub fn begun(&self) -> usize {
        self.0.borrow().begun
    }

    /// Codes of those that are gone, and whether they went in good order.
    pub fn closed(&self) -> Vec<(u16, bool)> {
        self.0.borrow().closed.iter().map(|closed| (closed.code.0, closed.clean)).collect()
    }

    fn note(&self, note: impl FnOnce(&mut Entries)) {
        heap::of_simulation(|| note(&mut self.0.borrow_mut()));
    }
}

/// Sends every message back, and does what the message `close` or `ping` says.
#[derive(Clone, Default)]
pub struct Echo(pub Journal);

impl Protocol for Echo {
    type Session = ();

    fn subprotocols(&self) -> &[&'static str] {
        &["echo-protocol", "other"]
    }
    fn open(&mut self, request: &Request<'_>) -> Result<(), Status> {
        if request.query() == Some("forbidden") {
            return Err(Status::FORBIDDEN);
        }
        self.0.note(|entries| entries.begun += 1);
        Ok(())
    }
    fn opened(&mut self, _session: &mut (), socket: &mut Socket<'_>) {
        self.0.note(|entries| entries.opened.push(socket.id()));
    }
    fn message(&mut self, _session: &mut (), socket: &mut Socket<'_>, message: Message<'_>) {
        let result = match message {
            Message::Text("close") => socket.close(CloseCode(4001), "as you wish"),
            Message::Text("ping") => socket.ping(b"are you there"),
            message => socket.send(message),
        };
        assert!(matches!(result, Ok(()) | Err(SendError::NoMemory | SendError::Closing)), "{result:?}");
    }
    fn pong(&mut self, _session: &mut (), _socket: &mut Socket<'_>, payload: &[u8]) {
        self.0.note(|entries| entries.pongs.push(payload.to_vec()));
    }
    fn closed(&mut self, _session: (), closed: Closed) {
        self.0.note(|entries| entries.closed.push(closed));
    }
}

/// Sends every fragment back as it came.
struct FragmentEcho;

impl Protocol for FragmentEcho {
    type Session = ();

    fn delivery(&self) -> Delivery {
        Delivery::Fragments
    }
    fn open(&mut self, _request: &Request<'_>) -> Result<(), Status> {
        Ok(())
    }
    fn fragment(&mut self, _session: &mut (), socket: &mut Socket<'_>, fragment: Fragment<'_>) {
        socket
            .send_fragment(fragment.kind, fragment.bytes, fragment.first, fragment.last)
            .expect("room, because nothing is read while something waits");
    }
}

/// A server that echoes whole messages at /ws and fragments at /fragments.
fn server() -> (World<Context>, Journal) {
    let journal = Journal::default();
    let routes = Routes::new()
        .websocket("/ws", Echo(journal.clone()))
        .and_then(|routes| routes.websocket("/fragments", FragmentEcho))
        .expect("routes");
    (World::server(routes), journal)
}

/// A frame as a client sends it, with a mask of zeros, which changes nothing.
pub fn frame(opcode: Opcode, fin: bool, payload: &[u8]) -> Vec<u8> {
    let header =
        FrameHeader { fin, compressed: false, opcode, mask: Some([0; 4]), length: payload.len() as u64 };
    [&header.encode()[..], payload].concat()
}

/// A binary message of which each byte tells its place.
fn binary(length: usize) -> Frame {
    Frame::binary((0..length).map(|n| (n * 31 + n / 253) as u8).collect::<Vec<u8>>())
}
