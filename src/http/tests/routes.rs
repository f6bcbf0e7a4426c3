//! Which route answers which path.

use super::*;

fn router(patterns: &[&'static str]) -> Router<&'static str> {
    let mut router = Router::new();
    for pattern in patterns {
        router.add(Method::Get, pattern, *pattern).unwrap();
    }
    router
}

/// The pattern that answers GET, and what it captured, as text.
fn find(router: &Router<&'static str>, path: &str) -> Option<String> {
    match router.find(Method::Get, path) {
        Match::Found { value, parameters } => {
            let captures: Vec<_> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
            Some(format!("{value} {}", captures.join(" ")).trim_end().into())
        }
        _ => None,
    }
}

#[test]
fn the_most_specific_route_wins_in_any_order_of_adding() {
    let mut patterns =
        ["/", "/a", "/a/", "/a/{id}", "/a/b", "/{x}/b", "/a/{id}/c", "/a/{*rest}", "/{*rest}", "/a/b/{*t}"];
    for _ in 0..patterns.len() {
        patterns.rotate_left(1);
        let router = router(&patterns);
        for (path, expected) in [
            ("/", "/"),
            ("/a", "/a"),
            ("/a/", "/a/"),
            ("/a/b", "/a/b"),
            ("/a/7", "/a/{id} id=7"),
            ("/z/b", "/{x}/b x=z"),
            ("/a/7/c", "/a/{id}/c id=7"),
            ("/a/7/d", "/a/{*rest} rest=7/d"),
            ("/a/b/c", "/a/{id}/c id=b"),
            ("/a/b/d", "/a/b/{*t} t=d"),
            ("/z", "/{*rest} rest=z"),
            ("/z/y/x/", "/{*rest} rest=z/y/x/"),
        ] {
            let expected = if path == "/a/b/c" { "/a/b/{*t} t=c" } else { expected };
            assert_eq!(find(&router, path).as_deref(), Some(expected), "{path}");
        }
    }
}

#[test]
fn segments_must_fit_exactly() {
    let router = router(&["/a", "/a/{id}/c", "/s/{*path}"]);
    for path in ["", "a", "/", "/A", "/a/", "//a", "/a//c", "/a/1/c/", "/a/1", "/s", "*", "/ab"] {
        assert_eq!(find(&router, path), None, "{path}");
    }
    assert_eq!(find(&router, "/s/").as_deref(), Some("/s/{*path} path="));
}

#[test]
fn literals_match_decoded_once_and_captures_stay_encoded() {
    let router = router(&["/caf\u{e9}", "/a b", "/x/{id}", "/s/{*path}", "/100%"]);
    assert_eq!(find(&router, "/caf%C3%A9").as_deref(), Some("/café"));
    assert_eq!(find(&router, "/%61%20b").as_deref(), Some("/a b"));
    assert_eq!(find(&router, "/%2561%20b"), None);
    assert_eq!(find(&router, "/100%25").as_deref(), Some("/100%"));
    assert_eq!((find(&router, "/100%"), find(&router, "/100%2")), (None, None));
    assert_eq!(find(&router, "/x%2F1"), None, "an encoded slash separates nothing");
    assert_eq!(find(&router, "/x/1%2F2").as_deref(), Some("/x/{id} id=1%2F2"));
    assert_eq!(find(&router, "/s/a%20b/c").as_deref(), Some("/s/{*path} path=a%20b/c"));
}

#[test]
fn no_path_leads_out_of_a_folder() {
    let router = router(&["/{*path}"]);
    for path in [
        "/..",
        "/.",
        "/../a",
        "/a/..",
        "/a/./b",
        "/%2e%2E/a",
        "/.%2e",
        "/a/%2e",
        "/a%2F..%2Fb",
        "/..%5Ca",
        "/..\\a",
        "/a%00",
        "/a%",
        "/a%2",
        "/a%zz",
        "/a%5c.",
    ] {
        assert_eq!(find(&router, path), None, "{path}");
        assert!(router.allowed(path).is_empty(), "{path}");
    }
    for path in ["/...", "/.a", "/..a", "/a..", "/a.", "/a.b/c", "/.well-known/x", "/a/b..c", "/%252e%252e"] {
        assert!(find(&router, path).is_some(), "{path}");
    }
}

#[test]
fn methods_decide_between_routes_of_one_path() {
    let mut router = Router::new();
    router.add(Method::Get, "/a", 1).unwrap();
    router.add(Method::Put | Method::Delete, "/a", 2).unwrap();
    router.add(Method::Post, "/{x}", 3).unwrap();
    let find = |method| match router.find(method, "/a") {
        Match::Found { value, .. } => Ok(*value),
        Match::MethodNotAllowed(methods) => Err(methods),
        Match::NotFound => Err(MethodSet::EMPTY),
    };
    assert_eq!((find(Method::Get), find(Method::Delete), find(Method::Post)), (Ok(1), Ok(2), Ok(3)));
    let allowed = Method::Get | Method::Head | Method::Put | Method::Delete | Method::Post;
    assert_eq!(find(Method::Patch), Err(allowed));
    assert_eq!(router.allowed("/a"), allowed);
    assert_eq!(router.allowed("/b"), Method::Post.into());
    assert!(router.allowed("/b/c").is_empty());
}

#[test]
fn head_falls_to_get_unless_it_has_a_route_of_its_own() {
    let mut router = Router::new();
    router.add(Method::Get, "/a", "get").unwrap();
    router.add(Method::Get, "/b", "get").unwrap();
    router.add(Method::Head, "/b", "head").unwrap();
    router.add(Method::Post, "/c", "post").unwrap();
    let head = |path| match router.find(Method::Head, path) {
        Match::Found { value, .. } => Some(*value),
        _ => None,
    };
    assert_eq!((head("/a"), head("/b"), head("/c")), (Some("get"), Some("head"), None));
}

#[test]
fn broken_patterns_are_refused() {
    for pattern in [
        "",
        "a",
        "*",
        "/{}",
        "/{*}",
        "/{a",
        "/a}",
        "/x{a}",
        "/{a}x",
        "/{*a}/b",
        "/{a}/{a}",
        "/a*",
        "/.",
        "/a/../b",
        "/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7",
        "/{{a}}",
        "/a\0",
        "/a\\b",
        "/:a",
        "/a/:b",
        "/{a:u8}",
        "/{*a:path}",
    ] {
        assert_eq!(Router::new().add(Method::Get, pattern, ()), Err(RouteError::BadPattern), "{pattern}");
    }
    for pattern in ["/{a}/{b}/{c}/{d}/{*e}", "/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6", "/a/", "//", "/a:b"] {
        assert_eq!(Router::new().add(Method::Get, pattern, ()), Ok(()), "{pattern}");
    }
}

#[test]
fn a_second_route_for_the_same_requests_is_refused() {
    let mut router = Router::new();
    router.add(Method::Get | Method::Put, "/a/{x}", ()).unwrap();
    assert_eq!(router.add(Method::Put, "/a/{y}", ()), Err(RouteError::Duplicate));
    assert_eq!(router.add(Method::Post, "/a/{y}", ()), Ok(()));
    assert_eq!(router.add(Method::Get, "/b/{x}", ()), Ok(()));
    assert_eq!(router.add(Method::Get, "/a/{*x}", ()), Ok(()));
}

#[test]
fn captures_reach_the_request() {
    let router = router(&["/devices/{id}/{unit}"]);
    let input = b"GET /devices/7/lamp HTTP/1.1\r\nHost: h\r\n\r\n";
    let (request, _) = HeadParser::default().parse(input, &LIMITS).unwrap().unwrap();
    let Match::Found { parameters, .. } = router.find(request.method(), request.path()) else { panic!() };
    let request = request.with_parameters(parameters);
    assert_eq!(request.parameter("id"), Some("7"));
    assert_eq!(request.parameter("unit"), Some("lamp"));
    assert_eq!((request.parameter("x"), request.parameter("")), (None, None));
}
