//! Request heads, however they are cut, with `httparse` as oracle.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wm_websockets::http::{Fault, Framing, HeadLimits, HeadParser, Method, Request, Target, Version};
use wm_websockets_fuzz::Input;

/// Small, so that inputs of a few hundred bytes reach them.
const LIMITS: HeadLimits = HeadLimits { target: 64, head: 512 };

type Found<'a> = Result<Option<(Request<'a>, usize)>, Fault>;

fuzz_target!(|data: &[u8]| {
    let input = Input::new(data);
    let at_once = HeadParser::default().parse(input.bytes, &LIMITS);
    assert_eq!(parts(&in_pieces(input)), parts(&at_once), "the cuts make a difference");
    if let Ok(Some((request, length))) = &at_once {
        assert!(*length <= LIMITS.head && request.path().len() <= LIMITS.target);
        agrees_with_httparse(request, &input.bytes[..*length]);
    }
});

fn in_pieces(input: Input<'_>) -> Found<'_> {
    let (mut parser, mut arrived, mut found) = (HeadParser::default(), 0, Ok(None));
    for piece in input.pieces() {
        arrived += piece.len();
        found = parser.parse(&input.bytes[..arrived], &LIMITS);
        match &found {
            Ok(None) => {}
            Ok(Some(_)) => break,
            Err(fault) => {
                assert_eq!(parser.parse(input.bytes, &LIMITS).err(), Some(*fault), "a fault went away")
            }
        }
    }
    found
}

#[derive(Debug, PartialEq)]
struct Parts<'a> {
    method: Method,
    target: Target<'a>,
    version: Version,
    fields: Vec<(&'a str, &'a [u8])>,
    framing: Framing,
    keep_alive: bool,
    expects_continue: bool,
    length: usize,
}

fn parts<'a>(found: &Found<'a>) -> Result<Option<Parts<'a>>, Fault> {
    let found = found.as_ref().map_err(|fault| *fault)?;
    Ok(found.as_ref().map(|(request, length)| Parts {
        method: request.method(),
        target: request.target(),
        version: request.version(),
        fields: request.fields().iter().collect(),
        framing: request.framing(),
        keep_alive: request.keep_alive(),
        expects_continue: request.expects_continue(),
        length: *length,
    }))
}

fn agrees_with_httparse(request: &Request<'_>, head: &[u8]) {
    let version = head.windows(9).find_map(|window| window.strip_prefix(b" HTTP/1."));
    if !matches!(version, Some(b"0" | b"1")) {
        return; // a later minor version, which httparse does not know
    }
    let mut fields = [httparse::EMPTY_HEADER; 256];
    let mut theirs = httparse::Request::new(&mut fields);
    assert_eq!(theirs.parse(head), Ok(httparse::Status::Complete(head.len())));
    assert_eq!(theirs.method, Some(request.method().as_str()));
    assert_eq!(theirs.version, Some(u8::from(request.version() == Version::Http11)));
    same_target(request.target(), theirs.path.unwrap_or_default());
    let theirs = theirs.headers.iter().map(|field| (field.name, field.value));
    assert!(theirs.eq(request.fields().iter()), "{:?}", request.fields());
}

fn same_target(ours: Target<'_>, theirs: &str) {
    let joined = |path: &str, query: Option<&str>| match query {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    match ours {
        Target::Origin { path, query } => assert_eq!(joined(path, query), theirs),
        Target::Absolute { authority, path, query } => {
            let scheme_and_authority = theirs.strip_suffix(&joined(path, query));
            // An empty path is told as a slash.
            let empty_path = theirs.strip_suffix(&joined("", query));
            let with_authority = [scheme_and_authority, empty_path].into_iter().flatten();
            assert!(
                with_authority.filter_map(|text| text.split_once("://")).any(|(_, text)| text == authority)
            );
        }
        Target::Authority(authority) => assert_eq!(authority, theirs),
        Target::Asterisk => assert_eq!("*", theirs),
    }
}
