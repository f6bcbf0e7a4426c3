//! Parameters of a field value (RFC 9110 section 5.6.6): `text/plain; charset=utf-8`, `form-data; name="file"`.

use nom::branch::alt;
use nom::bytes::complete::{is_not, tag, take_while, take_while1};
use nom::combinator::recognize;
use nom::multi::many0_count;
use nom::sequence::{delimited, preceded, separated_pair};
use nom::{IResult, Parser};

use super::octets::{TOKEN, find, same_name, trim};

/// The value of the first parameter of that name, without its quotation marks. A quotation mark within them is `%22` or `\"`, as
/// browsers write it, and stays so.
pub(super) fn parameter<'a>(value: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut rest = value.get(find(value, b';')?..)?;
    while let Ok((behind, (each, value))) = next(rest) {
        if same_name(each, name) {
            return Some(value);
        }
        rest = behind;
    }
    None
}

/// What stands before the parameters.
pub(super) fn without_parameters(value: &[u8]) -> &[u8] {
    trim(find(value, b';').and_then(|end| value.get(..end)).unwrap_or(value))
}

/// `; name=value`
fn next(input: &[u8]) -> IResult<&[u8], (&[u8], &[u8])> {
    preceded((blank, tag(";"), blank), separated_pair(token, tag("="), value)).parse(input)
}

pub(super) fn blank(input: &[u8]) -> IResult<&[u8], &[u8]> {
    take_while(|octet| matches!(octet, b' ' | b'\t'))(input)
}

pub(super) fn token(input: &[u8]) -> IResult<&[u8], &[u8]> {
    take_while1(|octet| TOKEN.contains(octet))(input)
}

pub(super) fn value(input: &[u8]) -> IResult<&[u8], &[u8]> {
    match input {
        [b'"', ..] => delimited(tag("\""), quoted, tag("\"")).parse(input),
        _ => token(input),
    }
}

/// What stands between quotation marks. A backslash guards one of them and nothing else: Windows has it in names of files.
fn quoted(input: &[u8]) -> IResult<&[u8], &[u8]> {
    recognize(many0_count(alt((is_not("\"\\"), tag("\\\""), tag("\\"))))).parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_however_they_are_written() {
        for (value, name, expected) in [
            ("form-data; name=\"a b\"; filename=x", "filename", Some("x")),
            ("form-data; name=\"a b\"; filename=x", "NAME", Some("a b")),
            ("form-data;name=a;filename=\"\"", "filename", Some("")),
            ("form-data ;\tname=\"a;b=c\" ; x=y ", "x", Some("y")),
            (r#"form-data; filename="C:\dir\a.txt"; name=n"#, "name", Some("n")),
            (r#"form-data; filename="a\"; name=\"b"; name=n"#, "name", Some("n")),
            ("multipart/form-data; boundary=----x", "boundary", Some("----x")),
            ("form-data", "name", None),
            ("form-data; name", "name", None),
            ("form-data; name=\"a", "name", None),
            ("form-data; =a; name=b", "name", None),
            ("form-data; xname=b", "name", None),
        ] {
            let found = parameter(value.as_bytes(), name.as_bytes());
            assert_eq!(found, expected.map(str::as_bytes), "{value} {name}");
        }
        assert_eq!(without_parameters(b" text/plain ; a=b"), b"text/plain");
    }
}
