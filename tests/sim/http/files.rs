//! Files out of flash: versions, ranges, codings, folders.

use wm_websockets::server::{Context, Files, RomFile, Routes};

use crate::http_client::{Asked, HttpClient, Reply};
use crate::world::World;

const fn file(path: &'static str, coding: Option<&'static str>, content: &'static [u8]) -> RomFile {
    let entity_tag = match coding {
        None => "\"plain\"",
        Some(_) => "\"packed\"",
    };
    RomFile { path, media_type: "text/plain", entity_tag, coding, content }
}

static WEB: [RomFile; 6] = [
    file("a b.txt", None, b"0123456789"),
    file("both.txt", Some("gzip"), b"packed"),
    file("both.txt", None, b"plain, and longer"),
    file("index.html", None, b"top"),
    file("packed.txt", Some("gzip"), b"packed"),
    file("sub/index.html", None, b"below"),
];

fn serving() -> World<Context> {
    let routes = Routes::new().get("/{*path}", Files::new(&WEB));
    let routes = routes.and_then(|routes| routes.get("/ui/{*path}", Files::new(&WEB).caching("max-age=60")));
    World::server(routes.expect("routes"))
}

/// Asks on one connection.
struct Asking {
    world: World<Context>,
    client: HttpClient,
}

impl Asking {
    fn new() -> Self {
        let mut world = serving();
        let client = HttpClient::connected(&mut world);
        Asking { world, client }
    }

    fn get(&mut self, path: &str, lines: &str) -> Reply {
        self.client.ask(&mut self.world, format!("GET {path} HTTP/1.1\r\nHost: device\r\n{lines}\r\n"))
    }
}

#[test]
fn files_and_folders_are_found_by_their_decoded_path() {
    let mut asking = Asking::new();
    for (path, status, text) in [
        ("/", 200, "top"),
        ("/index.html", 200, "top"),
        ("/a%20b.txt", 200, "0123456789"),
        ("/a+b.txt", 404, "Not Found"),
        ("/sub/", 200, "below"),
        ("/ui/sub/index.html", 200, "below"),
        ("/ui/", 200, "top"),
        ("/sub/index.html/", 404, "Not Found"),
        ("/nothing", 404, "Not Found"),
        ("/nothing/", 404, "Not Found"),
        ("/index.htm", 404, "Not Found"),
    ] {
        let reply = asking.get(path, "");
        assert_eq!((reply.status, reply.text()), (status, text), "{path}");
    }
    let long = asking.get(&format!("/{}", "a".repeat(200)), "");
    assert_eq!(long.status, 404);
    for (path, location) in [
        ("/sub", "./sub/"),
        ("/ui/sub", "./sub/"),
        ("/sub?a=b%20c&d", "./sub/?a=b%20c&d"),
        ("/sub?", "./sub/?"),
    ] {
        let reply = asking.get(path, "");
        assert_eq!((reply.status, reply.field("Location")), (308, Some(location)), "{path}");
    }
}

#[test]
fn a_version_is_sent_once() {
    let mut asking = Asking::new();
    let reply = asking.get("/", "");
    assert_eq!((reply.field("ETag"), reply.field("Cache-Control")), (Some("\"plain\""), Some("no-cache")));
    assert_eq!((reply.field("Vary"), reply.field("Accept-Ranges")), (None, Some("bytes")));
    assert_eq!(asking.get("/ui/", "").field("Cache-Control"), Some("max-age=60"));
    let reply = asking.get("/", "If-None-Match: \"old\", \"plain\"\r\n");
    assert_eq!((reply.status, reply.field("ETag")), (304, Some("\"plain\"")));
    assert!(reply.body.is_empty() && reply.field("Content-Length").is_none());
    assert_eq!(asking.get("/", "If-None-Match: \"old\"\r\n").status, 200);
}

/// A query that the head of a response has no room for is not left out: the page would be another one.
#[test]
fn a_query_too_long_to_be_sent_back_is_said_to_be() {
    let mut asking = Asking::new();
    assert_eq!(asking.get(&format!("/sub?{}", "a".repeat(600)), "").status, 414);
    assert_eq!(asking.get("/sub/", "").text(), "below", "the connection goes on");
}

/// RFC 9110 section 13.1.1: of a download that goes on in parts, the parts of another version are of no use.
#[test]
fn another_version_than_the_one_that_is_asked_for_is_not_sent() {
    let mut asking = Asking::new();
    for (lines, status) in [
        ("If-Match: \"plain\"\r\n", 200),
        ("If-Match: *\r\nRange: bytes=0-1\r\n", 206),
        ("If-Match: \"old\"\r\nRange: bytes=0-1\r\n", 412),
        ("If-Match: W/\"plain\"\r\n", 412),
    ] {
        let reply = asking.get("/a%20b.txt", lines);
        assert_eq!(reply.status, status, "{lines}");
        assert_eq!(reply.field("ETag"), Some("\"plain\""), "{lines}");
    }
    assert_eq!(asking.get("/", "").text(), "top", "the connection goes on");
}

#[test]
fn a_range_is_what_was_asked_for() {
    let mut asking = Asking::new();
    for (lines, status, text, range) in [
        ("Range: bytes=2-4\r\n", 206, "234", Some("bytes 2-4/10")),
        ("Range: bytes=-3\r\n", 206, "789", Some("bytes 7-9/10")),
        ("Range: bytes=8-\r\nIf-Range: \"plain\"\r\n", 206, "89", Some("bytes 8-9/10")),
        ("Range: bytes=8-\r\nIf-Range: \"old\"\r\n", 200, "0123456789", None),
        ("Range: bytes=0-1,3-4\r\n", 200, "0123456789", None),
        ("Range: bytes=10-\r\n", 416, "", Some("bytes */10")),
    ] {
        let reply = asking.get("/a%20b.txt", lines);
        assert_eq!(
            (reply.status, reply.text(), reply.field("Content-Range")),
            (status, text, range),
            "{lines}"
        );
    }
    let head = "HEAD /a%20b.txt HTTP/1.1\r\nHost: device\r\nRange: bytes=2-4\r\n\r\n";
    asking.client.send(&mut asking.world, head);
    let reply = asking.client.reply_to(&mut asking.world, Asked::Head);
    assert_eq!((reply.status, reply.field("Content-Length")), (200, Some("10")));
}

#[test]
fn a_client_gets_a_coding_that_it_takes() {
    let mut asking = Asking::new();
    for (path, lines, status, text, coding) in [
        ("/both.txt", "", 200, "plain, and longer", None),
        ("/both.txt", "Accept-Encoding: gzip\r\n", 200, "packed", Some("gzip")),
        ("/both.txt", "Accept-Encoding: br\r\n", 200, "plain, and longer", None),
        ("/both.txt", "Accept-Encoding: *;q=0, gzip\r\n", 200, "packed", Some("gzip")),
        ("/packed.txt", "", 200, "packed", Some("gzip")),
        ("/packed.txt", "Accept-Encoding: br, gzip;q=0\r\n", 406, "Not Acceptable", None),
        ("/a%20b.txt", "Accept-Encoding: gzip\r\n", 200, "0123456789", None),
    ] {
        let reply = asking.get(path, lines);
        let found = (reply.status, reply.text(), reply.field("Content-Encoding"));
        assert_eq!(found, (status, text, coding), "{path} {lines}");
        assert_eq!(reply.field("Vary").is_some(), path != "/a%20b.txt", "{path} {lines}");
    }
    // The other coding is another representation.
    let lines = "Accept-Encoding: gzip\r\nIf-None-Match: \"plain\"\r\n";
    assert_eq!(asking.get("/both.txt", lines).status, 200);
}
