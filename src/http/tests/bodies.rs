//! Bodies of every framing, cut anywhere (RFC 9112 sections 6 and 7.1).

use super::*;

/// Decodes a chunked body in pieces of every length, expects the same answer each time, and returns it.
fn chunked(limit: u64, input: impl AsRef<[u8]>) -> Result<(Vec<u8>, Option<usize>), Fault> {
    let input = input.as_ref();
    let whole = decode_in(input.len().max(1), Framing::Chunked, limit, input);
    for piece in 1..input.len().min(40) {
        let pieces = decode_in(piece, Framing::Chunked, limit, input);
        assert_eq!(pieces, whole, "pieces of {piece}: {}", input.escape_ascii());
    }
    whole
}

#[track_caller]
fn refused(input: impl AsRef<[u8]>) -> Fault {
    chunked(100, input).expect_err("should be refused")
}

#[test]
fn a_body_without_framing_is_complete_at_once() {
    let mut decoder = BodyDecoder::new(Framing::None, 0).unwrap();
    assert!(decoder.is_complete());
    assert_eq!(decoder.decode(b"GET"), Ok(Decoded { consumed: 0, data: b"", complete: true }));
}

#[test]
fn a_length_counts_bytes_and_leaves_the_next_request() {
    for piece in 1..12 {
        let decoded = decode_in(piece, Framing::Length(5), 5, b"helloGET /");
        assert_eq!(decoded, Ok((b"hello".to_vec(), Some(5))));
        assert_eq!(decode_in(piece, Framing::Length(50), 50, b"hello"), Ok((b"hello".to_vec(), None)));
    }
}

#[test]
fn a_length_beyond_the_limit_is_refused_before_the_body() {
    assert_eq!(BodyDecoder::new(Framing::Length(6), 5).err(), Some(Fault::BodyTooLarge));
    assert_eq!(BodyDecoder::new(Framing::Length(u64::MAX), u64::MAX).err(), None);
}

#[test]
fn chunks_join_to_their_data() {
    let input = b"4\r\nWiki\r\n7\r\npedia i\r\nB\r\nn \r\nchunks.\r\n0\r\n\r\n";
    assert_eq!(chunked(100, input), Ok((b"Wikipedia in \r\nchunks.".to_vec(), Some(input.len()))));
    assert_eq!(chunked(0, "0\r\n\r\n"), Ok((Vec::new(), Some(5))));
    assert_eq!(chunked(100, "000A\r\n0123456789\r\n00\r\n\r\nGET"), Ok((b"0123456789".to_vec(), Some(24))));
}

#[test]
fn data_is_a_slice_of_the_input() {
    let input = b"5\r\nhello\r\n0\r\n\r\n";
    let mut decoder = BodyDecoder::new(Framing::Chunked, 100).unwrap();
    let decoded = decoder.decode(input).unwrap();
    assert_eq!((decoded.consumed, decoded.data.as_ptr()), (8, input[3..].as_ptr()));
}

#[test]
fn every_prefix_of_a_chunked_body_is_waited_for() {
    let input = b"3;a=b\r\nabc\r\n0\r\nT: v\r\n\r\n";
    for length in 0..input.len() {
        let (_, complete) = chunked(100, &input[..length]).unwrap();
        assert_eq!(complete, None, "{length}");
    }
}

#[test]
fn chunk_sizes_are_hexadecimal_digits_and_nothing_else() {
    for input in
        ["\r\n", "g\r\n", "+5\r\n", "-5\r\n", " 5\r\n", "0x5\r\n", "5_0\r\n", "5,5\r\n", "5.\r\n", ";a\r\n"]
    {
        assert_eq!(refused(input), Fault::BadChunk, "{input:?}");
    }
    for input in
        ["5\n", "5\r5", "5\r\r\n", "5 \r\n", "5\t\r\n", "5 5\r\n", "5;a\nb", "5;a\rb", "5;\0", "5\x0B;a"]
    {
        assert_eq!(refused(input), Fault::BadChunk, "{input:?}");
    }
}

#[test]
fn a_chunk_size_of_more_than_16_digits_is_refused_before_it_can_overflow() {
    assert_eq!(refused("0".repeat(17)), Fault::BadChunk);
    assert_eq!(refused("10000000000000000"), Fault::BadChunk);
    assert_eq!(chunked(u64::MAX, "ffffffffffffffff\r\nabc"), Ok((b"abc".to_vec(), None)));
    assert_eq!(chunked(100, format!("{:016x}\r\nabc", 3)), Ok((b"abc".to_vec(), None)));
}

#[test]
fn data_ends_with_crlf_where_its_chunk_ends() {
    for input in ["3\r\nabcd\r\n", "3\r\nabc\n", "3\r\nabc\rx", "3\r\nabc0\r\n\r\n", "3\r\nab\r\n0\r\n\r\n"] {
        assert_eq!(refused(input), Fault::BadChunk, "{input:?}");
    }
}

#[test]
fn the_limit_counts_all_chunks_and_is_checked_before_their_data() {
    assert_eq!(chunked(5, "3\r\nabc\r\n3\r\n"), Err(Fault::BodyTooLarge));
    assert_eq!(chunked(6, "3\r\nabc\r\n3\r\nabc\r\n0\r\n\r\n").map(|(data, _)| data.len()), Ok(6));
    assert_eq!(chunked(5, "6\r\n"), Err(Fault::BodyTooLarge));
    assert_eq!(chunked(u64::MAX, "1\r\na\r\nffffffffffffffff\r\n"), Err(Fault::BodyTooLarge));
}

#[test]
fn extensions_are_skipped_and_bounded() {
    let input = "3;a=b;c=\"d\"\r\nabc\r\n3 \t; e = f\r\ndef\r\n0;g\r\n\r\n";
    assert_eq!(chunked(100, input), Ok((b"abcdef".to_vec(), Some(input.len()))));
    assert_eq!(refused(format!("3;{}", "x".repeat(1024))), Fault::BadChunk);
    assert_eq!(refused(format!("3{}", " ".repeat(1025))), Fault::BadChunk);
    let drip = format!("1;{}\r\na\r\n", "x".repeat(49)).repeat(21);
    assert_eq!(refused(drip), Fault::BadChunk, "the bound counts the whole body");
}

#[test]
fn trailers_are_validated_skipped_and_bounded() {
    let input = "0\r\nExpires: now\r\nX:\r\n\r\nGET";
    assert_eq!(chunked(100, input), Ok((Vec::new(), Some(input.len() - 3))));
    for trailer in
        ["A", "A : b", " A: b", ": b", "A: b\rc", "A: b\nc", "A: \0", "A: \x7F", "\u{e9}: a", "A: b\r\n c"]
    {
        assert_eq!(refused(format!("0\r\n{trailer}\r\n\r\n")), Fault::BadTrailer, "{trailer:?}");
    }
    assert_eq!(refused("0\r\n\n"), Fault::BadTrailer);
    assert_eq!(refused("0\r\n\rx"), Fault::BadTrailer);
    assert_eq!(refused(format!("0\r\nA: {}", "x".repeat(1024))), Fault::BadTrailer);
    assert_eq!(refused(format!("0\r\n{}", "A:\r\n".repeat(1025))), Fault::BadTrailer);
}

#[test]
fn a_fault_stays() {
    let mut decoder = BodyDecoder::new(Framing::Chunked, 100).unwrap();
    assert_eq!(decoder.decode(b"x"), Err(Fault::BadChunk));
    assert_eq!(decoder.decode(b"5\r\n"), Err(Fault::BadChunk));
    assert_eq!(decoder.decode(b""), Err(Fault::BadChunk));
}

#[test]
fn nothing_behind_the_end_is_consumed() {
    let mut decoder = BodyDecoder::new(Framing::Chunked, 100).unwrap();
    assert_eq!(decoder.decode(b"0\r\n\r\nGET"), Ok(Decoded { consumed: 5, data: b"", complete: true }));
    assert_eq!(decoder.decode(b"GET"), Ok(Decoded { consumed: 0, data: b"", complete: true }));
}

#[test]
fn the_decoder_is_small() {
    assert!(size_of::<BodyDecoder>() <= 32, "{}", size_of::<BodyDecoder>());
}
