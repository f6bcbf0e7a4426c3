//! One device with a page, an echo, a form target and its counters.

extern crate alloc;

use alloc::vec::Vec;
use core::fmt::{self, Write};

use wm_websockets::http::{Request, RouteError, Status};
use wm_websockets::server::{Counters, Protocol, Response, Routes, Socket, WholeBody};
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
    let mut json = Text(Vec::new());
    match write_counters(&mut json, response.services().counters()) {
        Ok(()) => response.send(Status::OK, "application/json", &json.0),
        Err(fmt::Error) => response.status(Status::SERVICE_UNAVAILABLE),
    }
}

fn write_counters(json: &mut Text, counters: &Counters) -> fmt::Result {
    let mut separator = '{';
    for (name, value) in counters.iter() {
        write!(json, "{separator}\"{name}\": {value}")?;
        separator = ',';
    }
    json.write_char('}')
}

/// Text on the heap, which may be exhausted. On the stack it would be too large for a small device.
struct Text(Vec<u8>);

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        wm_sys::heap::try_extend(&mut self.0, text.as_bytes()).map_err(|_| fmt::Error)
    }
}

pub fn routes() -> Result<Routes, RouteError> {
    Routes::new()
        .get("/", page)?
        .get("/counters", counters)?
        .post("/jsontest", WholeBody(received))?
        .websocket("/ws", Echo)
}
