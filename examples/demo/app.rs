//! One device with a page, an echo, a form target and its counters.

use core::fmt::Write;

use wm_websockets::http::{Request, RouteError, Status};
use wm_websockets::server::{Protocol, Response, Routes, Socket, WholeBody};
use wm_websockets::ws::Message;

/// Echoes whole messages, with or without the subprotocol.
struct Echo;

impl Protocol for Echo {
    type Session = ();

    fn subprotocols(&self) -> &[&'static str] {
        &["echo-protocol"]
    }

    fn open(&mut self, _request: &Request<'_>) -> Result<(), Status> {
        Ok(())
    }

    fn message(&mut self, _session: &mut (), socket: &mut Socket<'_>, message: Message<'_>) {
        if let Err(error) = socket.send(message) {
            log::warn!("echo not sent: {error}");
        }
    }
}

fn page(_request: &Request<'_>, response: &mut Response<'_>) {
    response.html(include_bytes!("index.html"));
}

fn received(_body: &[u8], response: &mut Response<'_>) {
    response.json(r#"{"status": "success", "message": "Received your request."}"#);
}

/// The counters of the device as one JSON object.
fn counters(_request: &Request<'_>, response: &mut Response<'_>) {
    let mut json = Text { bytes: [0; 1024], length: 0 };
    let counters = *response.services().counters();
    let mut separator = '{';
    for (name, value) in counters.iter() {
        // A text that is too long for the buffer is cut, and no JSON any more: the test would see it.
        write!(json, "{separator}\"{name}\": {value}").ok();
        separator = ',';
    }
    json.write_char('}').ok();
    response.send(Status::OK, "application/json", &json.bytes[..json.length]);
}

/// Text in a buffer on the stack.
struct Text {
    bytes: [u8; 1024],
    length: usize,
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let end = self.length + text.len();
        self.bytes.get_mut(self.length..end).ok_or(core::fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

pub fn routes() -> Result<Routes, RouteError> {
    Routes::new()
        .get("/", page)?
        .get("/counters", counters)?
        .post("/jsontest", WholeBody(received))?
        .websocket("/ws", Echo)
}
