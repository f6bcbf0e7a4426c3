//! What a request says about itself (RFC 9110, and RFC 9112 sections 3.2 and 9).

use super::*;

/// The target of a request with this method and target, or why it is refused.
fn target(method: &str, target: &str) -> Result<String, Fault> {
    let input = format!("{method} {target} HTTP/1.1\r\nHost: other\r\n\r\n");
    parse_every_way(input.as_bytes())?;
    Ok(accept(input, |request| format!("{:?}", request.target())))
}

#[test]
fn each_form_of_a_target_has_its_methods() {
    for (method, text, expected) in [
        ("GET", "/", Target::Origin { path: "/", query: None }),
        ("OPTIONS", "/a?", Target::Origin { path: "/a", query: Some("") }),
        ("GET", "/a//b/..?x=?/", Target::Origin { path: "/a//b/..", query: Some("x=?/") }),
        ("GET", "/-._~!$&'()*+,;=:@%4f", Target::Origin { path: "/-._~!$&'()*+,;=:@%4f", query: None }),
        ("GET", "http://h", Target::Absolute { authority: "h", path: "/", query: None }),
        ("GET", "HTTPS://h:1/p?q", Target::Absolute { authority: "h:1", path: "/p", query: Some("q") }),
        ("GET", "http://[::1]?q", Target::Absolute { authority: "[::1]", path: "/", query: Some("q") }),
        ("CONNECT", "h:443", Target::Authority("h:443")),
        ("CONNECT", "[::1]:443", Target::Authority("[::1]:443")),
        ("OPTIONS", "*", Target::Asterisk),
    ] {
        assert_eq!(target(method, text), Ok(format!("{expected:?}")), "{method} {text}");
    }
}

#[test]
fn every_other_target_is_refused() {
    for (method, text) in [
        ("GET", "*"),
        ("OPTIONS", "**"),
        ("GET", "h:80"),
        ("GET", "path"),
        ("GET", "?q"),
        ("CONNECT", "/"),
        ("CONNECT", "h"),
        ("CONNECT", "h:"),
        ("CONNECT", ":443"),
        ("CONNECT", "u@h:443"),
        ("CONNECT", "h:443/"),
        ("GET", "/a#b"),
        ("GET", "/a%4"),
        ("GET", "/a%zz"),
        ("GET", "/?%"),
        ("GET", "/\u{e9}"),
        ("GET", "/a\\b"),
        ("GET", "/{a}"),
        ("GET", "/`a"),
        ("GET", "/<a>"),
        ("GET", "/?<a>"),
        ("GET", "/?\"a\""),
        ("GET", "/\t"),
        ("GET", "http://"),
        ("GET", "http:///path"),
        ("GET", "http://:80/"),
        ("GET", "http://u:p@h/"),
        ("GET", "http://h:80@g/"),
        ("GET", "http://h:8x/"),
        ("GET", "http:/h/"),
        ("GET", "ftp://h/"),
        ("GET", "http://h/#f"),
    ] {
        assert_eq!(target(method, text), Err(Fault::BadTarget), "{method} {text}");
    }
}

/// A page that asks for `/list?ids[]=1` or `/find?{"a":1}` has its browser escape no more than the URL Standard says.
#[test]
fn what_browsers_leave_as_it_is_passes() {
    accept("GET /[a]|b^c?{a}[]=1|2^3`4\\5 HTTP/1.1\r\nHost: h\r\n\r\n", |request| {
        assert_eq!((request.path(), request.query()), ("/[a]|b^c", Some("{a}[]=1|2^3`4\\5")));
    });
}

#[test]
fn path_and_query_are_the_same_in_origin_and_absolute_form() {
    for input in ["GET /p?q=1 HTTP/1.1\r\nHost: h\r\n\r\n", "GET http://h/p?q=1 HTTP/1.1\r\nHost: x\r\n\r\n"]
    {
        accept(input, |request| {
            assert_eq!((request.path(), request.query()), ("/p", Some("q=1")));
            assert_eq!(request.host(), Some("h"), "the target overrides the Host field");
        });
    }
    accept("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", |request| {
        assert_eq!((request.path(), request.query(), request.host()), ("*", None, Some("h")));
    });
    accept("CONNECT c:443 HTTP/1.1\r\nHost: h\r\n\r\n", |request| {
        assert_eq!((request.path(), request.query(), request.host()), ("", None, Some("c:443")));
    });
}

#[test]
fn query_pairs_are_cut_at_ampersands_and_the_first_equals_sign() {
    accept("GET /?a=1&b&&=c&d=e=f& HTTP/1.1\r\nHost: h\r\n\r\n", |request| {
        let pairs: Vec<_> = request.query_pairs().collect();
        assert_eq!(pairs, [("a", "1"), ("b", ""), ("", "c"), ("d", "e=f")]);
    });
    accept("GET / HTTP/1.1\r\nHost: h\r\n\r\n", |request| assert_eq!(request.query_pairs().next(), None));
}

#[test]
fn persistence_follows_rfc_9112_section_9_3() {
    let keeps = |version: &str, line: &str| {
        accept(format!("GET / HTTP/{version}\r\nHost: h\r\n{line}\r\n"), |request| request.keep_alive())
    };
    assert!(keeps("1.1", ""));
    assert!(!keeps("1.1", "Connection: Close\r\n"));
    assert!(!keeps("1.1", "Connection: keep-alive\r\nConnection: close\r\n"));
    assert!(!keeps("1.0", ""));
    assert!(keeps("1.0", "Connection: Keep-Alive\r\n"));
}

#[test]
fn upgrade_needs_its_connection_option() {
    let upgrade = |version: &str, lines: &str| {
        accept(format!("GET / HTTP/{version}\r\nHost: h\r\n{lines}\r\n"), |request| {
            request.upgrade().map(String::from).collect::<Vec<_>>()
        })
    };
    let lines = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket, h2c\r\nUpgrade: x/1\r\n";
    assert_eq!(upgrade("1.1", lines), ["websocket", "h2c", "x/1"]);
    assert!(upgrade("1.0", lines).is_empty());
    assert!(upgrade("1.1", "Upgrade: websocket\r\n").is_empty());
}

#[test]
fn a_body_can_be_required() {
    accept(with_lines(""), |request| assert_eq!(request.require_body(), Err(Fault::LengthRequired)));
    accept(with_lines("Content-Length: 0\r\n"), |request| {
        assert_eq!(request.require_body(), Ok(Framing::Length(0)));
    });
}
