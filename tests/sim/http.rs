//! HTTP over the wire: requests however they arrive, and the connection's fate.

use wm_websockets::http::Request;
use wm_websockets::server::{Context, Response, Routes, WholeBody};

use crate::http_client::HttpClient;
use crate::world::World;

fn routes() -> Routes {
    Routes::new()
        .get("/hello", |_: &Request<'_>, response: &mut Response<'_>| response.text("hello"))
        .and_then(|routes| routes.post("/echo", WholeBody(echo)))
        .expect("routes")
}

fn echo(body: &[u8], response: &mut Response<'_>) {
    response.send(wm_websockets::http::Status::OK, "application/octet-stream", body);
}

fn server() -> World<Context> {
    World::server(routes())
}

const HELLO: &str = "GET /hello HTTP/1.1\r\nHost: device\r\n\r\n";

#[test]
fn a_connection_serves_one_request_after_the_other() {
    let mut world = server();
    let mut client = HttpClient::connected(&mut world);
    for _ in 0..3 {
        let reply = client.ask(&mut world, HELLO);
        assert_eq!((reply.status, reply.text()), (200, "hello"));
        assert_eq!(reply.field("Connection"), None);
    }
    assert_eq!(world.device.counters().accepted, 1);
}
