//! What one client says, all others hear.

use wm_websockets::http::{Request, RouteError, Status};
use wm_websockets::server::{Audience, Protocol, Routes, SlowPolicy, Socket};
use wm_websockets::ws::Message;

struct Chat;

impl Protocol for Chat {
    type Session = ();

    fn open(&mut self, _request: &Request<'_>) -> Result<(), Status> {
        Ok(())
    }

    /// A client that cannot keep up is disconnected, and sees it: nobody misses a line unnoticed.
    fn message(&mut self, _session: &mut (), socket: &mut Socket<'_>, message: Message<'_>) {
        let heard = socket.broadcast(message, Audience::Others, SlowPolicy::Close);
        log::info!("heard by {heard}");
    }
}

/// Where the room is: everywhere.
pub const PATTERN: &str = "/{*path}";

pub fn routes() -> Result<Routes, RouteError> {
    Routes::new().websocket(PATTERN, Chat)
}
