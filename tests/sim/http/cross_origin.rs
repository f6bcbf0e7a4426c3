//! Which pages may read what, and what their browsers ask beforehand.

use wm_websockets::http::{Credentials, Method, MethodSet, Request};
use wm_websockets::server::{BasicAuth, Context, CrossOrigin, Response, Routes};

use crate::http_client::{HttpClient, Reply};
use crate::world::World;

const DASHBOARDS: &[&str] = &["https://dashboard.example", "http://localhost:3000"];

fn server() -> World<Context> {
    let page = |_: &Request<'_>, response: &mut Response<'_>| response.json("[21.5]");
    let is_admin = |credentials: &Credentials| credentials.are("admin", "x");
    let methods = MethodSet::from(Method::Get).with(Method::Put).with(Method::Options);
    let routes = Routes::new()
        .route(methods, "/readings", CrossOrigin::new(DASHBOARDS, page))
        .and_then(|routes| routes.route(methods, "/open", CrossOrigin::new(&["*"], page)))
        .and_then(|routes| {
            let guarded = BasicAuth::new("pump 3", is_admin, page);
            routes.route(methods, "/guarded", CrossOrigin::new(DASHBOARDS, guarded))
        });
    World::server(routes.expect("routes"))
}

fn ask(world: &mut World<Context>, method: &str, path: &str, lines: &str) -> Reply {
    let mut client = HttpClient::connected(world);
    let reply = client.ask(world, format!("{method} {path} HTTP/1.1\r\nHost: device\r\n{lines}\r\n"));
    world.peer.abort(client.socket);
    reply
}

#[test]
fn pages_of_the_origins_that_were_named_may_read_the_answer() {
    let mut world = server();
    for (path, origin, allowed) in [
        ("/readings", Some("https://dashboard.example"), Some("https://dashboard.example")),
        ("/readings", Some("http://localhost:3000"), Some("http://localhost:3000")),
        ("/readings", Some("http://localhost"), None),
        ("/readings", Some("https://dashboard.example.org"), None),
        ("/readings", Some("null"), None),
        ("/readings", None, None),
        ("/open", Some("null"), Some("*")),
    ] {
        let line = origin.map_or(String::new(), |origin| format!("Origin: {origin}\r\n"));
        let reply = ask(&mut world, "GET", path, &line);
        assert_eq!((reply.status, reply.text()), (200, "[21.5]"), "{origin:?}");
        assert_eq!(reply.field("Access-Control-Allow-Origin"), allowed, "{origin:?}");
        assert_eq!(reply.field("Vary"), Some("Origin"));
    }
}

#[test]
fn a_browser_that_asks_beforehand_is_answered_without_the_handler() {
    let mut world = server();
    let asked =
        "Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: content-type,x-key\r\n";
    for path in ["/readings", "/guarded"] {
        let reply = ask(&mut world, "OPTIONS", path, &format!("Origin: http://localhost:3000\r\n{asked}"));
        assert_eq!(reply.status, 204);
        assert_eq!(reply.field("Access-Control-Allow-Origin"), Some("http://localhost:3000"));
        assert_eq!(reply.field("Access-Control-Allow-Methods"), Some("PUT"));
        assert_eq!(reply.field("Access-Control-Allow-Headers"), Some("content-type,x-key"));
        assert_eq!(reply.field("Access-Control-Max-Age"), Some("600"));
        let reply = ask(&mut world, "OPTIONS", path, &format!("Origin: http://evil.example\r\n{asked}"));
        assert_eq!(reply.status, 204);
        for name in ["Access-Control-Allow-Origin", "Access-Control-Allow-Methods"] {
            assert_eq!(reply.field(name), None);
        }
    }
}

/// A refusal must be readable too, else the page cannot say why.
#[test]
fn a_page_may_read_why_it_was_refused() {
    let mut world = server();
    let reply = ask(&mut world, "GET", "/guarded", "Origin: http://localhost:3000\r\n");
    assert_eq!(reply.status, 401);
    assert_eq!(reply.field("Access-Control-Allow-Origin"), Some("http://localhost:3000"));
}
