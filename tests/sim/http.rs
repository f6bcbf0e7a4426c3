//! HTTP over the wire: requests however they arrive, responses of every kind, and the connection's fate.

mod authentication;
mod cross_origin;
mod deadlines;
mod events;
mod files;
mod forms;
mod littlefs;
mod open_routes;
mod refusals;
mod requests;
mod responses;
mod stored_files;

use wm_websockets::http::{Request, RouteError, Status};
use wm_websockets::server::{Context, Response, Routes, WholeBody};

use crate::world::World;

/// What most of these tests talk to.
fn routes() -> Result<Routes, RouteError> {
    Routes::new()
        .get("/hello", |_: &Request<'_>, response: &mut Response<'_>| response.text("hello"))?
        .get("/devices/{id}", |request: &Request<'_>, response: &mut Response<'_>| {
            response.text(request.parameter("id").unwrap_or_default());
        })?
        .post("/echo", WholeBody(echo))
}

fn echo(body: &[u8], response: &mut Response<'_>) {
    response.send(Status::OK, "application/octet-stream", body);
}

fn server() -> World<Context> {
    World::server(routes().expect("routes"))
}

const HELLO: &str = "GET /hello HTTP/1.1\r\nHost: device\r\n\r\n";

/// A POST to /echo with this body.
fn post(body: &str) -> String {
    format!("POST /echo HTTP/1.1\r\nHost: device\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}
