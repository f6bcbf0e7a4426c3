//! Paths of requests, among routes of every shape.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use wm_websockets::http::{Match, Method, MethodSet, RouteError, Router, percent};

static ROUTER: LazyLock<Router<&'static str>> = LazyLock::new(|| router().expect("sound routes"));

const METHODS: [Method; 3] = [Method::Get, Method::Post, Method::Delete];

fn router() -> Result<Router<&'static str>, RouteError> {
    let mut router = Router::new();
    for pattern in ["/", "/devices", "/devices/{id}", "/devices/{id}/log", "/d/a%b", "/static/{*path}"] {
        router.add(Method::Get, pattern, pattern)?;
    }
    router.add(Method::Post | Method::Delete, "/devices/{id}", "/devices/{id}")?;
    router.add(Method::Get, "/{first}/{second}/{*rest}", "/{first}/{second}/{*rest}")?;
    Ok(router)
}

fuzz_target!(|data: &[u8]| {
    let Ok(path) = core::str::from_utf8(data) else { return };
    let mut answering = MethodSet::EMPTY;
    for method in METHODS {
        match ROUTER.find(method, path) {
            Match::Found { value, parameters } => {
                answering = answering.with(method);
                parameters.iter().for_each(|(_, capture)| stays_inside(capture));
                fits(value, path, parameters.iter().map(|(name, _)| name));
            }
            Match::MethodNotAllowed(allowed) => assert!(!allowed.contains(method) && !allowed.is_empty()),
            Match::NotFound => assert!(ROUTER.allowed(path).is_empty()),
        }
    }
    let allowed = ROUTER.allowed(path);
    assert!(METHODS.iter().all(|&method| allowed.contains(method) == answering.contains(method)));
});

/// A capture may be decoded once and joined to a folder.
fn stays_inside(capture: &str) {
    let mut buffer = vec![0; capture.len()];
    let decoded = percent::decode(capture, &mut buffer).expect("escapes were checked");
    assert!(!decoded.contains(&0));
    let mut segments = decoded.split(|octet| matches!(octet, b'/' | b'\\'));
    assert!(segments.all(|segment| !matches!(segment, b"." | b"..")), "{capture}");
}

/// A path without escapes has as many segments as its pattern, or more if that ends with a tail; and every capture's name
/// is in the pattern.
fn fits(pattern: &str, path: &str, mut names: impl Iterator<Item = &'static str>) {
    assert!(names.all(|name| pattern.contains(name)));
    let (wanted, segments) = (pattern.split('/').count(), path.split('/').count());
    assert!(if pattern.contains('*') { segments >= wanted } else { segments == wanted }, "{pattern} {path}");
}
