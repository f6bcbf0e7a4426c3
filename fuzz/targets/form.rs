//! Forms of both codings, however their bodies are cut.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wm_websockets::http::{FormDecoder, FormError, FormPart, MAX_FIELD_HEAD};
use wm_websockets_fuzz::Input;

const URLENCODED: &[u8] = b"application/x-www-form-urlencoded";
const MULTIPART: &[u8] = b"multipart/form-data; boundary=b0";

fuzz_target!(|data: &[u8]| {
    let Some((&first, data)) = data.split_first() else { return };
    let content_type = if first < 128 { URLENCODED } else { MULTIPART };
    let input = Input::new(data);
    let at_once = decode(content_type, [input.bytes]);
    assert_eq!(decode(content_type, input.pieces()), at_once, "the cuts make a difference");
    if !input.bytes.windows(6).any(|window| window == b"\r\n--b0") {
        let (body, expected) = multipart(input);
        assert_eq!(decode(MULTIPART, [&body[..]]), Ok(expected), "a round trip fails");
    }
});

/// The fields of a form: names and values.
type Fields = Vec<(String, Vec<u8>)>;

fn decode<'a>(content_type: &[u8], pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Fields, FormError> {
    let mut form = FormDecoder::new(content_type).expect("a form");
    let (mut fields, mut is_open) = (Fields::new(), false);
    let mut take = |part: FormPart<'_>| match part {
        FormPart::Field(field) => {
            assert!(!is_open && field.name.len() <= MAX_FIELD_HEAD);
            is_open = true;
            fields.push((field.name.to_owned(), Vec::new()));
        }
        FormPart::Data(bytes) => {
            assert!(is_open && !bytes.is_empty());
            fields.last_mut().expect("a field is open").1.extend_from_slice(bytes);
        }
        FormPart::End => {
            assert!(is_open);
            is_open = false;
        }
    };
    for mut rest in pieces {
        let mut idle = 0;
        while !rest.is_empty() {
            let step = form.decode(rest)?;
            idle = if step.consumed == 0 && step.part.is_none() { idle + 1 } else { 0 };
            assert!(idle < 2, "no progress");
            rest = &rest[step.consumed..];
            step.part.into_iter().for_each(&mut take);
        }
    }
    while let Some(part) = form.finish()? {
        take(part);
    }
    Ok(fields)
}

/// The pieces as the values of a form.
fn multipart(input: Input<'_>) -> (Vec<u8>, Fields) {
    let (mut body, mut fields) = (Vec::new(), Fields::new());
    for (number, piece) in input.pieces().enumerate() {
        let name = format!("field {number}");
        body.extend_from_slice(
            format!("--b0\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(piece);
        body.extend_from_slice(b"\r\n");
        fields.push((name, piece.to_vec()));
    }
    body.extend_from_slice(b"--b0--\r\n");
    (body, fields)
}
