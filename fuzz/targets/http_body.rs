//! Request bodies, of known length and chunked, however they are cut.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wm_websockets::http::{BodyDecoder, CHUNK_HEADER_LENGTH, Fault, Framing, LAST_CHUNK, chunk_header};
use wm_websockets_fuzz::Input;

/// Small, so that inputs of a few hundred bytes reach it.
const LIMIT: u64 = 300;

fuzz_target!(|data: &[u8]| {
    let Some((&first, data)) = data.split_first() else { return };
    let framing = if first < 128 { Framing::Chunked } else { Framing::Length(u64::from(first - 128) * 4) };
    let input = Input::new(data);
    let at_once = decode(framing, [input.bytes]);
    assert_eq!(decode(framing, input.pieces()), at_once, "the cuts make a difference");
    if input.bytes.len() as u64 <= LIMIT {
        let body = chunked(input);
        let decoded = (input.bytes.to_vec(), Ok((body.len(), true)));
        assert_eq!(decode(Framing::Chunked, [&body[..]]), decoded, "a round trip fails");
    }
});

/// How much was consumed, the data of it, and whether that is all; or the fault, and the data before it.
type Body = (Vec<u8>, Result<(usize, bool), Fault>);

fn decode<'a>(framing: Framing, pieces: impl IntoIterator<Item = &'a [u8]>) -> Body {
    let mut data = Vec::new();
    let consumed = decode_into(&mut data, framing, pieces);
    assert!(data.len() as u64 <= LIMIT, "more data than the limit");
    (data, consumed)
}

fn decode_into<'a>(
    data: &mut Vec<u8>,
    framing: Framing,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<(usize, bool), Fault> {
    let mut decoder = BodyDecoder::new(framing, LIMIT)?;
    let mut consumed = 0;
    for mut rest in pieces {
        while !rest.is_empty() && !decoder.is_complete() {
            let decoded = decoder.decode(rest).inspect_err(|&fault| {
                assert_eq!(decoder.decode(b"0\r\n\r\n"), Err(fault), "a fault went away");
            })?;
            assert!(decoded.consumed > 0 && decoded.complete == decoder.is_complete());
            data.extend_from_slice(decoded.data);
            consumed += decoded.consumed;
            rest = &rest[decoded.consumed..];
        }
    }
    Ok((consumed, decoder.is_complete()))
}

/// The bytes as a chunked body, a chunk for each piece.
fn chunked(input: Input<'_>) -> Vec<u8> {
    let mut header = [0; CHUNK_HEADER_LENGTH];
    let mut body = Vec::new();
    for piece in input.pieces().filter(|piece| !piece.is_empty()) {
        body.extend_from_slice(chunk_header(piece.len(), &mut header));
        body.extend_from_slice(piece);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(LAST_CHUNK);
    body
}
