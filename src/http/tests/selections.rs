//! Conditions, ranges and codings (RFC 9110 sections 12.5.3, 13 and 14).

use super::*;

const TAG: &str = "\"v1\"";

/// A request with these lines, parsed.
fn with<R>(method: &str, lines: &str, look: impl FnOnce(Request<'_>) -> R) -> R {
    let head = format!("{method} / HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
    let (request, _) = HeadParser::default().parse(head.as_bytes(), &LIMITS).unwrap().unwrap();
    look(request)
}

fn selects(lines: &str) -> Selection {
    with("GET", lines, |request| request.selects(TAG, 100))
}

#[test]
fn what_the_client_has_is_not_sent_again() {
    for (value, expected) in [
        ("\"v1\"", true),
        ("W/\"v1\"", true),
        ("\"v0\", \"v1\"", true),
        ("*", true),
        ("\"v0\"\r\nIf-None-Match: \"v1\"", true),
        ("\"v10\"", false),
        ("v1", false),
        ("w/\"v1\"", false),
        ("", false),
    ] {
        let expected = if expected { Selection::NotModified } else { Selection::Whole };
        let line = format!("If-None-Match: {value}\r\n");
        assert_eq!(selects(&line), expected, "{value}");
        assert_eq!(with("HEAD", &line, |request| request.selects(TAG, 100)), expected, "{value}");
        assert_eq!(with("POST", &line, |request| request.selects(TAG, 100)), Selection::Whole);
    }
    // A condition goes before a range (section 13.2.2).
    assert_eq!(selects("Range: bytes=0-1\r\nIf-None-Match: \"v1\"\r\n"), Selection::NotModified);
}

#[test]
fn another_version_than_the_wanted_one_is_not_sent() {
    for (value, is_wanted) in [
        ("\"v1\"", true),
        ("\"v0\" , \"v1\"", true),
        ("\"v0\"\r\nIf-Match: \"v1\"", true),
        ("*", true),
        ("W/\"v1\"", false),
        ("\"v0\"", false),
        ("v1", false),
        ("", false),
    ] {
        let line = format!("If-Match: {value}\r\n");
        let expected = if is_wanted { Selection::Whole } else { Selection::PreconditionFailed };
        assert_eq!(selects(&line), expected, "{value}");
        assert_eq!(with("HEAD", &line, |request| request.selects(TAG, 100)), expected, "{value}");
    }
    // What has no versions is only there, or not.
    let unversioned =
        |value: &str| with("GET", &format!("If-Match: {value}\r\n"), |request| request.selects("", 100));
    assert_eq!([unversioned("*"), unversioned("\"v1\"")], [Selection::Whole, Selection::PreconditionFailed]);
    // It goes before all others, and a date is no condition where there is none (sections 13.1.4 and 13.2.2).
    let both = "If-None-Match: \"v1\"\r\nIf-Match: \"v0\"\r\nRange: bytes=0-1\r\n";
    assert_eq!(selects(both), Selection::PreconditionFailed);
    assert_eq!(selects("If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), Selection::Whole);
}

#[test]
fn ranges_are_cut_to_what_there_is() {
    use Selection::{NotSatisfiable, Part, Whole};
    for (value, expected) in [
        ("bytes=0-0", Part(0..1)),
        ("bytes=10-19", Part(10..20)),
        ("bytes=99-", Part(99..100)),
        ("bytes=90-1000", Part(90..100)),
        ("bytes=-1", Part(99..100)),
        ("bytes=-1000", Part(0..100)),
        ("bytes=0-99999999999999999999999", Part(0..100)),
        ("bytes=100-", NotSatisfiable),
        ("bytes=100-200", NotSatisfiable),
        ("bytes=99999999999999999999999-", NotSatisfiable),
        ("bytes=-0", NotSatisfiable),
        ("bytes=5-4", Whole),
        ("bytes=-", Whole),
        ("bytes=1 -2", Whole),
        ("bytes=", Whole),
        ("bytes=a-b", Whole),
        ("bytes=1", Whole),
        ("bytes=0-1,2-3", Whole),
        ("lines=0-1", Whole),
        ("bytes 0-1", Whole),
    ] {
        assert_eq!(selects(&format!("Range: {value}\r\n")), expected, "{value}");
    }
    assert_eq!(with("HEAD", "Range: bytes=0-0\r\n", |request| request.selects(TAG, 100)), Whole);
    assert_eq!(with("GET", "Range: bytes=0-\r\n", |request| request.selects(TAG, 0)), NotSatisfiable);
}

#[test]
fn a_range_of_another_version_is_none() {
    for (tag, is_part) in
        [("\"v1\"", true), ("W/\"v1\"", false), ("\"v2\"", false), ("Sun, 06 Nov 1994 08:49:37 GMT", false)]
    {
        let selection = selects(&format!("Range: bytes=1-2\r\nIf-Range: {tag}\r\n"));
        assert_eq!(selection, if is_part { Selection::Part(1..3) } else { Selection::Whole }, "{tag}");
    }
}

#[test]
fn codings_are_taken_as_they_are_weighed() {
    for (lines, gzip, identity) in [
        ("", true, true),
        ("Accept-Encoding:\r\n", false, true),
        ("Accept-Encoding: gzip\r\n", true, true),
        ("Accept-Encoding: GZIP;q=0.001\r\n", true, true),
        ("Accept-Encoding: deflate, br\r\n", false, true),
        ("Accept-Encoding: deflate\r\nAccept-Encoding: gzip\r\n", true, true),
        ("Accept-Encoding: gzip;q=0\r\n", false, true),
        ("Accept-Encoding: gzip; Q=0.000\r\n", false, true),
        ("Accept-Encoding: *\r\n", true, true),
        ("Accept-Encoding: *;q=0\r\n", false, false),
        ("Accept-Encoding: gzip, *;q=0\r\n", true, false),
        ("Accept-Encoding: identity;q=0, gzip\r\n", true, false),
        ("Accept-Encoding: *, gzip;q=0\r\n", false, true),
    ] {
        let found = with("GET", lines, |request| {
            (request.accepts_coding("gzip"), request.accepts_coding("identity"))
        });
        assert_eq!(found, (gzip, identity), "{lines}");
    }
}
