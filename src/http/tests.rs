//! The parsers as a whole: the RFCs' rules as tables, and that no cut of the input changes an answer.

#![allow(clippy::arithmetic_side_effects)]

use std::format;
use std::mem;
use std::string::String;
use std::vec::Vec;

use super::*;

mod bodies;
mod forms;
mod heads;
mod properties;
mod requests;
mod routes;
mod selections;

/// A small limit, so that tests of it stay small.
const LIMITS: HeadLimits = HeadLimits { target: 64, head: 512 };

/// What a head comes to, in a form that compares.
type Outcome = Result<Option<(String, usize)>, Fault>;

fn outcome(result: Result<Option<(Request<'_>, usize)>, Fault>) -> Outcome {
    result.map(|found| found.map(|(request, length)| (format!("{request:?}"), length)))
}

/// Parses `input` given at once.
fn at_once(input: &[u8]) -> Outcome {
    outcome(HeadParser::default().parse(input, &LIMITS))
}

/// Parses `input` given in prefixes that end at `cuts`, then whole.
fn in_pieces(input: &[u8], cuts: impl IntoIterator<Item = usize>) -> Outcome {
    let mut parser = HeadParser::default();
    for cut in cuts {
        match outcome(parser.parse(&input[..cut], &LIMITS)) {
            Ok(None) => {}
            decided => return decided,
        }
    }
    outcome(parser.parse(input, &LIMITS))
}

/// Parses `input` byte by byte and in two pieces cut anywhere, expects the same answer each time, and returns
/// it.
fn parse_every_way(input: &[u8]) -> Outcome {
    let whole = at_once(input);
    assert_eq!(in_pieces(input, 0..input.len()), whole, "byte by byte: {}", input.escape_ascii());
    for cut in 0..input.len() {
        let pieces = in_pieces(input, [cut]);
        // A first piece that holds the whole head debugs as the same request, whatever follows it.
        assert_eq!(pieces, whole, "cut at {cut}: {}", input.escape_ascii());
    }
    whole
}

#[track_caller]
fn fault(input: impl AsRef<[u8]>) -> Fault {
    let input = input.as_ref();
    parse_every_way(input).expect_err(&format!("should be refused: {}", input.escape_ascii()))
}

/// A request for `/` with these field lines besides `Host`.
fn with_lines(lines: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: device\r\n{lines}\r\n")
}

#[track_caller]
fn accept<R>(input: impl AsRef<[u8]>, check: impl FnOnce(Request<'_>) -> R) -> R {
    let input = input.as_ref();
    assert!(parse_every_way(input).is_ok(), "{:?}: {}", at_once(input), input.escape_ascii());
    let parsed = HeadParser::default().parse(input, &LIMITS).expect("checked above");
    check(parsed.expect("the head is complete").0)
}

/// Decodes a body given in pieces of `piece` bytes: the data, and how much was consumed if it is complete.
fn decode_in(
    piece: usize,
    framing: Framing,
    limit: u64,
    input: &[u8],
) -> Result<(Vec<u8>, Option<usize>), Fault> {
    let mut decoder = BodyDecoder::new(framing, limit)?;
    let (mut data, mut consumed) = (Vec::new(), 0);
    for mut rest in input.chunks(piece) {
        while !rest.is_empty() && !decoder.is_complete() {
            let decoded = decoder.decode(rest)?;
            assert!(decoded.consumed > 0, "no progress");
            assert_eq!(decoded.complete, decoder.is_complete());
            data.extend_from_slice(decoded.data);
            rest = &rest[decoded.consumed..];
            consumed += decoded.consumed;
        }
    }
    Ok((data, decoder.is_complete().then_some(consumed)))
}
