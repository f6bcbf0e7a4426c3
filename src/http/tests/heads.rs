//! What makes a head sound (RFC 9112 sections 2 to 6), and each way in which it is not.

use super::*;

#[test]
fn the_example_of_rfc_9112_parses() {
    let input = "GET /where?q=now HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: curl/7.16.3\r\n\r\n";
    accept(input, |request| {
        assert_eq!(request.method(), Method::Get);
        assert_eq!(request.target(), Target::Origin { path: "/where", query: Some("q=now") });
        assert_eq!(request.version(), Version::Http11);
        assert_eq!(request.field("user-agent"), Some(&b"curl/7.16.3"[..]));
        assert_eq!(request.framing(), Framing::None);
    });
}

#[test]
fn the_length_of_the_head_leaves_the_rest_to_the_body_and_the_next_request() {
    let head = with_lines("");
    let input = format!("{head}{head}");
    assert_eq!(at_once(input.as_bytes()).map(|found| found.map(|(_, length)| length)), Ok(Some(head.len())));

    let mut parser = HeadParser::default();
    for _ in 0..3 {
        let (_, length) = parser.parse(head.as_bytes(), &LIMITS).unwrap().unwrap();
        assert_eq!(length, head.len(), "the parser starts over by itself");
    }
}

#[test]
fn an_incomplete_head_is_waited_for() {
    let head = with_lines("A: b\r\n");
    for length in 0..head.len() {
        assert_eq!(at_once(&head.as_bytes()[..length]), Ok(None), "{length}");
    }
}

#[test]
fn a_fault_stays() {
    let mut parser = HeadParser::default();
    let input = b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n";
    for length in [30, input.len(), input.len()] {
        let parsed = parser.parse(&input[..length], &LIMITS);
        assert_eq!(parsed.err(), (length == input.len()).then_some(Fault::RepeatedHost));
    }
}

#[test]
fn some_empty_lines_before_a_request_are_skipped() {
    let head = with_lines("");
    for lines in 0..=4 {
        accept("\r\n".repeat(lines) + &head, |request| assert_eq!(request.path(), "/"));
    }
    assert_eq!(fault("\r\n".repeat(5)), Fault::BadRequestLine);
}

#[test]
fn a_request_line_has_exactly_three_parts_and_two_spaces() {
    for line in [
        "GET",
        "GET /",
        "GET / ",
        "GET  / HTTP/1.1",
        "GET /  HTTP/1.1",
        "GET / HTTP/1.1 ",
        " GET / HTTP/1.1",
        "GET\t/\tHTTP/1.1",
        "GET / /HTTP/1.1",
        "GET /a b HTTP/1.1",
        "G(T / HTTP/1.1",
        "G\u{c9}T / HTTP/1.1",
        "GET / http/1.1",
        "GET / HTTP/1",
        "GET / HTTP/1.",
        "GET / HTTP/1.1x",
        "GET / HTTP/11",
        "GET / HTTP/1.10",
        "GET / HTTP/A.1",
        "GET / HTTP/1,1",
        "GET / HTTPS/1.1",
    ] {
        assert_eq!(fault(format!("{line}\r\n\r\n")), Fault::BadRequestLine, "{line}");
    }
}

#[test]
fn major_versions_other_than_one_are_not_supported() {
    for version in ["0.9", "2.0", "3.0", "9.9"] {
        assert_eq!(fault(format!("GET / HTTP/{version}\r\n\r\n")), Fault::VersionNotSupported);
    }
    assert_eq!(fault("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Fault::VersionNotSupported);
    accept("GET / HTTP/1.0\r\n\r\n", |request| assert_eq!(request.version(), Version::Http10));
    accept("GET / HTTP/1.7\r\nHost: a\r\n\r\n", |request| assert_eq!(request.version(), Version::Http11));
}

#[test]
fn a_token_that_is_no_known_method_is_not_implemented() {
    for method in ["get", "BREW", "GETT", "M-SEARCH", "PROPPATCH!"] {
        assert_eq!(fault(format!("{method} / HTTP/1.1\r\n\r\n")), Fault::MethodUnknown, "{method}");
    }
    assert_eq!(fault("X".repeat(600)), Fault::MethodUnknown);
}

#[test]
fn a_target_has_a_limit_of_its_own() {
    let request = |length: usize| format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(length - 1));
    accept(request(64), |request| assert_eq!(request.path().len(), 64));
    assert_eq!(fault(request(65)), Fault::TargetTooLong);
    assert_eq!(fault(request(400)), Fault::TargetTooLong);
    // Certain before the line ends, and before what follows can be looked at.
    assert_eq!(fault(format!("GET /{}", "x".repeat(100))), Fault::TargetTooLong);
    assert_eq!(fault(format!("GET /{}\0", "x".repeat(100))), Fault::TargetTooLong);
    assert_eq!(fault(format!("OPTIONS /{} HTTP/1.1\r\n", "x".repeat(64))), Fault::TargetTooLong);
}

#[test]
fn a_head_has_a_limit() {
    let head =
        |length: usize| with_lines(&format!("A: {}\r\n", "x".repeat(length - with_lines("A: \r\n").len())));
    accept(head(512), |request| assert!(request.field("A").is_some()));
    assert_eq!(fault(head(513)), Fault::HeadTooLarge);
    assert_eq!(fault(&head(600)[..512]), Fault::HeadTooLarge);
    assert_eq!(at_once(&head(600).as_bytes()[..511]), Ok(None));
    assert_eq!(fault(with_lines(&"A: b\r\n".repeat(200))), Fault::HeadTooLarge);
}

#[test]
fn a_head_limit_below_the_target_limit_counts_first() {
    let limits = HeadLimits { target: 1000, head: 40 };
    let input = format!("GET /{}", "x".repeat(100));
    let parsed = HeadParser::default().parse(input.as_bytes(), &limits);
    assert_eq!(parsed.err(), Some(Fault::HeadTooLarge));
    assert!(HeadParser::default().parse(&input.as_bytes()[..39], &limits).is_ok_and(|found| found.is_none()));
}

#[test]
fn controls_other_than_tab_and_crlf_are_refused_as_soon_as_seen() {
    assert_eq!(fault("GET / HTTP/1.1\nHost: a\n\n"), Fault::BareLf);
    assert_eq!(fault("\n"), Fault::BareLf);
    assert_eq!(fault("GET / HTTP/1.1\rHost"), Fault::BareCr);
    assert_eq!(fault("GET /\r\r\n"), Fault::BareCr);
    assert_eq!(fault("GET / HTTP/1.1\r\nA: b\rc"), Fault::BareCr);
    assert_eq!(fault("GET / HTTP/1.1\r\nA: b\nc"), Fault::BareLf);
    assert_eq!(fault(with_lines("A: b\r\n\n")), Fault::BareLf);
    assert_eq!(fault("GE\0"), Fault::Nul);
    assert_eq!(fault("GET /\x7F"), Fault::ControlCharacter);
    for value in ["\x01", "b\x0B", "\x0Cb", "\x1B", "\x7F"] {
        assert_eq!(fault(format!("GET / HTTP/1.1\r\nA: {value}")), Fault::ControlCharacter, "{value:?}");
    }
    assert_eq!(fault("GET / HTTP/1.1\r\nA: b\0"), Fault::Nul);
}

#[test]
fn folded_lines_are_refused() {
    for lines in ["A: b\r\n c\r\n", "A: b\r\n\tc: d\r\n", " A: b\r\n", "A: b\r\n \r\n"] {
        assert_eq!(fault(with_lines(lines)), Fault::ObsFold, "{lines:?}");
    }
    assert_eq!(fault("GET / HTTP/1.1\r\n Host: a\r\n\r\n"), Fault::ObsFold);
}

#[test]
fn space_before_a_colon_is_refused() {
    for line in ["A : b", "A\t: b", "Content-Length : 5", "A b: c"] {
        assert_eq!(fault(with_lines(&format!("{line}\r\n"))), Fault::SpaceBeforeColon, "{line:?}");
    }
}

#[test]
fn a_field_line_is_a_token_a_colon_and_a_value_without_controls() {
    for line in ["A", ": b", "A(: b", "\u{c9}: b", "A\"B: c", "{}: x"] {
        assert_eq!(fault(with_lines(&format!("{line}\r\n"))), Fault::BadFieldLine, "{line:?}");
    }
    accept(with_lines("!#$%&'*+-.^_`|~9: \t v\tw \u{e9} \t\r\nB:\r\n"), |request| {
        assert_eq!(request.field_str("!#$%&'*+-.^_`|~9"), Some("v\tw é"));
        assert_eq!(request.field("b"), Some(&b""[..]));
    });
    let obsolete_text = [b"GET / HTTP/1.1\r\nHost: a\r\nA: ".as_slice(), &[0xFF], b"\r\n\r\n"].concat();
    accept(obsolete_text, |request| {
        assert_eq!((request.field("A"), request.field_str("A")), (Some(&b"\xFF"[..]), None));
    });
}

#[test]
fn an_early_fault_does_not_wait_for_the_head() {
    assert_eq!(fault("GET / HTTP/2.0\r\n"), Fault::VersionNotSupported);
    assert_eq!(fault("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n"), Fault::RepeatedHost);
    assert_eq!(fault("GET / HTTP/1.1\r\nContent-Length: x\r\n"), Fault::BadContentLength);
}

#[test]
fn http_1_1_has_one_sound_host() {
    assert_eq!(fault("GET / HTTP/1.1\r\n\r\n"), Fault::MissingHost);
    assert_eq!(fault("GET http://a/ HTTP/1.1\r\n\r\n"), Fault::MissingHost);
    assert_eq!(fault("GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n"), Fault::RepeatedHost);
    for host in ["a b", "a/b", "u@h", "a:b", "a:80:80", "[::1", "[]", "[::g]", "[v1.a]", "a%4", "\u{e9}", "?"]
    {
        assert_eq!(fault(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")), Fault::BadHost, "{host}");
    }
    for host in ["", "a", "device.local:8080", "192.168.0.2", "[fe80::1]:80", "a_b", "a,b", "%C3%A9", "a:"] {
        let input = format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        accept(input, |request| assert_eq!(request.host(), Some(host)));
    }
    accept("GET / HTTP/1.0\r\n\r\n", |request| assert_eq!(request.host(), None));
}

#[test]
fn framing_is_decided_in_the_head() {
    accept(with_lines("Content-Length: 42\r\n"), |request| {
        assert_eq!(request.framing(), Framing::Length(42))
    });
    accept(with_lines("Transfer-Encoding: Chunked\r\n"), |request| {
        assert_eq!(request.framing(), Framing::Chunked);
    });
    for (lines, expected) in [
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", Fault::ConflictingLengths),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", Fault::ConflictingLengths),
        ("Content-Length: 5\r\nContent-Length: 5\r\n", Fault::RepeatedContentLength),
        ("Content-Length: 5, 5\r\n", Fault::RepeatedContentLength),
        ("Content-Length: +5\r\n", Fault::BadContentLength),
        ("Content-Length: -0\r\n", Fault::BadContentLength),
        ("Content-Length:\r\n", Fault::BadContentLength),
        ("Content-Length: 99999999999999999999\r\n", Fault::BadContentLength),
        ("Transfer-Encoding: gzip, chunked\r\n", Fault::UnknownTransferCoding),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", Fault::BadTransferEncoding),
        ("Transfer-Encoding: chunked, identity\r\n", Fault::BadTransferEncoding),
        ("Transfer-Encoding: \r\n", Fault::BadTransferEncoding),
    ] {
        assert_eq!(fault(with_lines(lines)), expected, "{lines:?}");
    }
    let in_http_1_0 = "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(fault(in_http_1_0), Fault::BadTransferEncoding);
}

#[test]
fn the_only_expectation_is_100_continue() {
    let expects = |lines: &str| accept(with_lines(lines), |request| request.expects_continue());
    assert!(expects("Expect: 100-Continue\r\nContent-Length: 5\r\n"));
    assert!(expects("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n"));
    assert!(!expects("Expect: 100-continue\r\n"), "there is no body to hold back");
    assert!(!expects("Expect: 100-continue\r\nContent-Length: 0\r\n"));
    assert!(!expects("Content-Length: 5\r\n"));
    assert_eq!(fault(with_lines("Expect: 200-ok\r\n")), Fault::ExpectationFailed);
    assert_eq!(fault(with_lines("Expect: 100-continue, x=y\r\n")), Fault::ExpectationFailed);
    let ignored = "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    accept(ignored, |request| assert!(!request.expects_continue()));
}

#[test]
fn the_parser_is_small() {
    assert!(size_of::<HeadParser>() <= 56, "{}", size_of::<HeadParser>());
    assert!(size_of::<Request<'_>>() <= 256, "{}", size_of::<Request<'_>>());
}
