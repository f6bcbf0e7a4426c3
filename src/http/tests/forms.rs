//! Forms of both codings, cut anywhere (RFC 7578, RFC 2046 section 5.1, WHATWG URL section 5).

use std::borrow::ToOwned;
use std::vec;

use super::*;

const URLENCODED: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=----b1";

/// A field: name, file name, media type, value.
type Field = (String, Option<String>, Option<String>, Vec<u8>);

/// Puts a form together again from its parts.
#[derive(Default)]
struct Collector {
    fields: Vec<Field>,
    is_open: bool,
}

impl Collector {
    fn take(&mut self, part: FormPart<'_>) {
        match part {
            FormPart::Field(FormField { name, file_name, media_type }) => {
                assert!(!mem::replace(&mut self.is_open, true), "a field within a field");
                let [file_name, media_type] = [file_name, media_type].map(|text| text.map(str::to_owned));
                self.fields.push((name.to_owned(), file_name, media_type, Vec::new()));
            }
            FormPart::Data(bytes) => {
                assert!(self.is_open && !bytes.is_empty());
                self.fields.last_mut().unwrap().3.extend_from_slice(bytes);
            }
            FormPart::End => assert!(mem::replace(&mut self.is_open, false), "an end without a field"),
        }
    }
}

fn decode_in(piece: usize, content_type: &str, body: &[u8]) -> Result<Vec<Field>, FormError> {
    let mut form = FormDecoder::new(content_type.as_bytes())?;
    let mut collector = Collector::default();
    for mut rest in body.chunks(piece) {
        let mut idle = false;
        while !rest.is_empty() {
            let step = form.decode(rest)?;
            assert!(step.consumed > 0 || step.part.is_some() || !idle, "no progress");
            idle = step.consumed == 0 && step.part.is_none();
            rest = &rest[step.consumed..];
            step.part.into_iter().for_each(|part| collector.take(part));
        }
    }
    while let Some(part) = form.finish()? {
        collector.take(part);
    }
    assert!(!collector.is_open);
    Ok(collector.fields)
}

/// Decodes a form in pieces of every length, expects the same each time, and returns it.
fn decode(content_type: &str, body: impl AsRef<[u8]>) -> Result<Vec<Field>, FormError> {
    let body = body.as_ref();
    let whole = decode_in(body.len().max(1), content_type, body);
    for piece in 1..body.len().min(90) {
        let pieces = decode_in(piece, content_type, body);
        assert_eq!(pieces, whole, "pieces of {piece}: {}", body.escape_ascii());
    }
    whole
}

fn field(name: &str, value: impl AsRef<[u8]>) -> Field {
    (name.to_owned(), None, None, value.as_ref().to_vec())
}

#[test]
fn pairs_are_decoded_as_browsers_encode_them() {
    for (body, expected) in [
        ("", &[][..]),
        ("a=b", &[("a", "b")]),
        ("a=b&c=d", &[("a", "b"), ("c", "d")]),
        ("a+b=c+d%2B%26%3D", &[("a b", "c d+&=")]),
        ("%C3%A9=%F0%9F%94%91", &[("é", "\u{1F511}")]),
        ("a", &[("a", "")]),
        ("a&b=&=c", &[("a", ""), ("b", ""), ("", "c")]),
        ("&&a=b&&", &[("a", "b")]),
        ("a=b=c", &[("a", "b=c")]),
    ] {
        let expected: Vec<_> = expected.iter().map(|(name, value)| field(name, value)).collect();
        assert_eq!(decode(URLENCODED, body), Ok(expected), "{body}");
    }
    assert_eq!(
        decode("Application/X-WWW-Form-URLencoded; charset=UTF-8", "a=%00"),
        Ok(vec![field("a", "\0")])
    );
}

#[test]
fn malformed_pairs_are_refused() {
    for (body, expected) in [
        ("a=%", FormError::Incomplete),
        ("a=%4", FormError::Incomplete),
        ("a=%4g", FormError::BadEscape),
        ("%zz=", FormError::BadEscape),
        ("a=%&b=c", FormError::BadEscape),
        ("%FF=a", FormError::NotUtf8),
        ("%FF", FormError::NotUtf8),
    ] {
        assert_eq!(decode(URLENCODED, body), Err(expected), "{body}");
    }
    let long = ["a".repeat(MAX_FIELD_HEAD), "=".into()].concat();
    assert!(decode(URLENCODED, &long).is_ok());
    assert_eq!(decode(URLENCODED, ["a", &long].concat()), Err(FormError::TooLong));
}

/// A part with this head and value, behind a boundary.
fn part(head: &str, value: &str) -> String {
    format!("------b1\r\n{head}\r\n\r\n{value}\r\n")
}

#[test]
fn parts_have_names_files_and_any_bytes() {
    let text = part("Content-Disposition: form-data; name=\"té\"", "a\r\n-- b\r\n------b");
    let file = part(
        "content-type: application/octet-stream\r\nX-Other: 1\r\nContent-Disposition: form-data; filename=\"C:\\fw.bin\"; name=fw",
        "\0\r\r\n\n\r\n------c1\r\n-----",
    );
    let empty = part("Content-Disposition:form-data;name=\"\";filename=\"\"", "");
    let body = [&text, &file, &empty, "------b1--\r\nafterwards"].concat();
    let expected = vec![
        field("té", "a\r\n-- b\r\n------b"),
        (
            "fw".into(),
            Some("C:\\fw.bin".into()),
            Some("application/octet-stream".into()),
            b"\0\r\r\n\n\r\n------c1\r\n-----".to_vec(),
        ),
        ("".into(), Some("".into()), None, Vec::new()),
    ];
    assert_eq!(decode(MULTIPART, &body), Ok(expected.clone()));
    // What stands before the first boundary is nothing, nor are blanks behind one.
    let padded = ["before\r\n\r\n", &body.replace("------b1\r", "------b1 \t\r")].concat();
    assert_eq!(decode("multipart/form-data; charset=x; boundary=\"----b1\"", padded), Ok(expected));
    assert_eq!(decode(MULTIPART, "------b1--"), Ok(Vec::new()));
}

#[test]
fn malformed_parts_are_refused() {
    let named = "Content-Disposition: form-data; name=a";
    for (body, expected) in [
        ("".into(), FormError::Incomplete),
        ("------b1".into(), FormError::Incomplete),
        (part(named, ""), FormError::Incomplete),
        (["------b1\r\n", named, "\r\n\r\nvalue"].concat(), FormError::Incomplete),
        ("----b1--\r\n".into(), FormError::Incomplete),
        ("------b1x\r\n".into(), FormError::BadPart),
        ("------b1-x".into(), FormError::BadPart),
        ("------b1\rx".into(), FormError::BadPart),
        ("------b1\r\n\r\nvalue\r\n------b1--".into(), FormError::BadPart),
        (part("Content-Type: text/plain", ""), FormError::BadPart),
        (part("Content-Disposition: attachment; name=a", ""), FormError::BadPart),
        (part("Content-Disposition: form-data; filename=a", ""), FormError::BadPart),
        (part("no field\r\nContent-Disposition: form-data; name=a", ""), FormError::BadPart),
    ] {
        assert_eq!(decode(MULTIPART, &body), Err(expected), "{body:?}");
    }
    let invalid = [&b"------b1\r\nContent-Disposition: form-data; name=\"\xFF\"\r\n\r\n"[..], b"x"].concat();
    assert_eq!(decode(MULTIPART, invalid), Err(FormError::NotUtf8));
    let endless = ["------b1\r\nX: ", &"a".repeat(2 * MAX_FIELD_HEAD)].concat();
    assert_eq!(decode(MULTIPART, endless), Err(FormError::TooLong));
}

#[test]
fn what_is_no_form_is_told_from_its_type() {
    let long = format!("multipart/form-data; boundary={}", "b".repeat(71));
    for content_type in [
        "",
        "text/plain",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"a\r\"",
        &long,
    ] {
        let error = FormDecoder::new(content_type.as_bytes()).expect_err(content_type);
        assert_eq!((error, error.status()), (FormError::NotAForm, Status::UNSUPPORTED_MEDIA_TYPE));
    }
    assert!(FormDecoder::new(&long.as_bytes()[..long.len() - 1]).is_ok());
}
