//! WebSocket over the wire.

use tungstenite::Message as Frame;
use wm_websockets::http::{Request, Status};
use wm_websockets::server::{Protocol, Routes, Socket};
use wm_websockets::ws::Message;

use crate::websocket_client::WebSocketClient;
use crate::world::World;

/// Sends every message back.
struct Echo;

impl Protocol for Echo {
    type Session = ();

    fn subprotocols(&self) -> &[&'static str] {
        &["echo-protocol", "other"]
    }
    fn open(&mut self, _request: &Request<'_>) -> Result<(), Status> {
        Ok(())
    }
    fn message(&mut self, _session: &mut (), socket: &mut Socket<'_>, message: Message<'_>) {
        socket.send(message).expect("room, because nothing is read while something waits");
    }
}

fn routes() -> Routes {
    Routes::new().websocket("/ws", Echo).expect("routes")
}

#[test]
fn messages_come_back() {
    let mut world = World::server(routes());
    let mut client = WebSocketClient::open(&mut world, "/ws");
    client.send(&mut world, Frame::text("hello"));
    assert_eq!(client.receive(&mut world), Frame::text("hello"));
}
