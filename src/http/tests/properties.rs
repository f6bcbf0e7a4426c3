//! For any input: no panic, and the answer does not depend on how the input is cut.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;

/// Pieces of heads, sound and broken, that random bytes would hardly come upon.
const HEAD_PIECES: &[&str] = &[
    "GET ",
    "OPTIONS ",
    "CONNECT ",
    "BREW ",
    "/",
    "*",
    "http://h",
    "/a?b=%20",
    "%",
    " HTTP/1.1",
    " HTTP/1.0",
    " HTTP/2.0",
    "\r\n",
    "\r\n\r\n",
    "\n",
    "\r",
    "\0",
    " ",
    "\t",
    ":",
    ",",
    "Host: h",
    "Host: [::1]:80",
    "Host: a b",
    "Content-Length: 5",
    "Content-Length: 5, 5",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip",
    "Connection: close, upgrade",
    "Upgrade: websocket",
    "Expect: 100-continue",
    "Expect: x",
    "A: b",
    "\u{e9}",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
];

const BODY_PIECES: &[&str] = &[
    "0",
    "5",
    "a",
    "F",
    "10",
    "00000000",
    "ffffffff",
    ";a=b",
    " ",
    "\t",
    "\r\n",
    "\r\n\r\n",
    "\r",
    "\n",
    "hello",
    "A: b",
    ":",
    "\0",
    "0\r\n\r\n",
    "5\r\nhello\r\n",
];

fn pieces(of: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(select(of), 0..30).prop_map(|pieces| pieces.concat().into_bytes())
}

/// A sound head with one byte changed, left out or put in.
fn mutated_head() -> impl Strategy<Value = Vec<u8>> {
    let head =
        "POST /a/b?c=d HTTP/1.1\r\nHost: device:80\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";
    (any::<Index>(), any::<u8>(), 0..3_u8).prop_map(move |(index, byte, kind)| {
        let mut bytes = Vec::from(head);
        let place = index.index(bytes.len());
        match kind {
            0 => bytes[place] = byte,
            1 => drop(bytes.remove(place)),
            _ => bytes.insert(place, byte),
        }
        bytes
    })
}

fn any_head() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..100),
        pieces(HEAD_PIECES),
        pieces(HEAD_PIECES).prop_map(|tail| [b"GET / HTTP/1.1\r\nHost: h\r\n".as_slice(), &tail].concat()),
        mutated_head(),
    ]
}

proptest! {
    #[test]
    fn a_head_is_the_same_however_it_is_cut(
        input in any_head(),
        cuts in prop::collection::vec(any::<Index>(), 0..5),
    ) {
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(input.len() + 1)).collect();
        cuts.sort_unstable();
        let whole = at_once(&input);
        prop_assert_eq!(&in_pieces(&input, cuts), &whole);
        prop_assert_eq!(&in_pieces(&input, 0..input.len()), &whole);
    }

    #[test]
    fn whatever_a_request_returns_lies_in_its_head(input in any_head()) {
        if let Ok(Some((request, length))) = HeadParser::default().parse(&input, &LIMITS) {
            prop_assert!(length <= input.len().min(LIMITS.head));
            prop_assert!(request.fields().iter().all(|(name, value)| name.len() + value.len() < length));
            prop_assert!(request.version() == Version::Http10 || request.host().is_some());
            let _ = (request.query_pairs().count(), request.upgrade().count(), request.keep_alive());
            prop_assert!(BodyDecoder::new(request.framing(), u64::MAX).is_ok());
        }
    }

    #[test]
    fn a_body_is_the_same_however_it_is_cut(
        input in prop_oneof![prop::collection::vec(any::<u8>(), 0..60), pieces(BODY_PIECES)],
        piece in 1..20_usize,
        limit in select(&[0, 5, 100, u64::MAX][..]),
    ) {
        let whole = decode_in(input.len().max(1), Framing::Chunked, limit, &input);
        prop_assert_eq!(&decode_in(piece, Framing::Chunked, limit, &input), &whole);
        prop_assert_eq!(&decode_in(1, Framing::Chunked, limit, &input), &whole);
        if let Ok((data, _)) = whole {
            prop_assert!(data.len() as u64 <= limit);
        }
    }

    #[test]
    fn chunks_of_any_sizes_join_to_what_was_sent(
        chunks in prop::collection::vec("[a-z]{1,40}", 0..8),
        piece in 1..50_usize,
    ) {
        let mut wire = Vec::new();
        for chunk in &chunks {
            wire.extend_from_slice(chunk_header(chunk.len(), &mut [0; CHUNK_HEADER_LENGTH]));
            wire.extend_from_slice(format!("{chunk}\r\n").as_bytes());
        }
        wire.extend_from_slice(LAST_CHUNK);
        let expected = (chunks.concat().into_bytes(), Some(wire.len()));
        prop_assert_eq!(decode_in(piece, Framing::Chunked, 1000, &wire), Ok(expected));
    }

    #[test]
    fn percent_decoding_in_place_and_into_a_buffer_agree(text in "[a-f0-9%+/ \u{e9}]{0,20}") {
        let mut bytes = Vec::from(text.as_str());
        let mut buffer = [0; 64];
        let in_place = percent::decode_in_place(&mut bytes).map(|decoded| &*decoded);
        prop_assert_eq!(in_place, percent::decode(&text, &mut buffer));
    }

    #[test]
    fn captured_tails_stay_in_their_folder(path in "(/|a|\\.|%2e|%2F|%5C|%00|%|\\\\){0,12}") {
        let mut router = Router::new();
        router.add(Method::Get, "/{*path}", ()).unwrap();
        if let Match::Found { parameters, .. } = router.find(Method::Get, &path) {
            let mut buffer = [0; 64];
            let decoded = percent::decode(parameters.get("path").unwrap(), &mut buffer).unwrap();
            let mut segments = decoded.split(|&octet| matches!(octet, b'/' | b'\\'));
            prop_assert!(segments.all(|segment| !matches!(segment, b"." | b"..") && !segment.contains(&0)));
        }
    }

    #[test]
    fn any_time_reads_back(seconds in 0..253_402_300_800_u64) {
        prop_assert_eq!(HttpDate::parse(HttpDate::from_unix(seconds).as_bytes()), Some(seconds));
    }

    #[test]
    fn no_date_text_panics(text in prop::collection::vec(any::<u8>(), 0..40), digits in "[0-9]{15}") {
        let _ = HttpDate::parse(&text);
        let (day, year, hour) = (&digits[..2], &digits[2..6], &digits[6..8]);
        let shaped = format!("Sun, {day} Nov {year} {hour}:{}:{} GMT", &digits[8..10], &digits[10..12]);
        let _ = HttpDate::parse(shaped.as_bytes());
    }
}
