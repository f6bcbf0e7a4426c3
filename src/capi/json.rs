//! `lws_json_simple_find`: values out of flat JSON, without a parser.

use core::ffi::{c_char, c_int};
use core::ops::Range;
use core::ptr;

use super::boundary::{bytes, text};
use super::export;
use super::text::find;

/// Where the value behind `name` lies: between its quotes, or up to what ends a bare one.
fn value(json: &[u8], name: &[u8]) -> Option<Range<usize>> {
    let mut start = find(json, name)?.checked_add(name.len())?;
    while json.get(start).is_some_and(u8::is_ascii_whitespace) {
        start += 1;
    }
    let quoted = json.get(start) == Some(&b'"');
    start += usize::from(quoted);
    let rest = json.get(start..)?;
    let length = if quoted { quoted_length(rest)? } else { bare_length(rest) };
    Some(start..start + length)
}

/// Up to the quote that is not escaped.
fn quoted_length(text: &[u8]) -> Option<usize> {
    let mut escaped = false;
    text.iter().position(|&byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

fn bare_length(text: &[u8]) -> usize {
    let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
    text.iter().position(ends).unwrap_or(text.len())
}

export! {
    fn lws_json_simple_find(
        buf: *const c_char,
        len: usize,
        name: *const c_char,
        alen: *mut usize,
    ) -> *const c_char {
        // SAFETY: NULL or valid by contract.
        let (json, name) = unsafe { (bytes(buf.cast(), len), text(name).unwrap_or_default()) };
        let found = if name.is_empty() || alen.is_null() { None } else { value(json, name) };
        let Some(found) = found else { return ptr::null() };
        // SAFETY: `alen` is not NULL, and the value lies within the JSON.
        unsafe {
            alen.write(found.len());
            buf.add(found.start)
        }
    }

    fn lws_json_simple_strcmp(buf: *const c_char, len: usize, name: *const c_char, comp: *const c_char) -> c_int {
        // SAFETY: NULL or valid by contract.
        let (json, name, expected) =
            unsafe { (bytes(buf.cast(), len), text(name).unwrap_or_default(), text(comp)) };
        let found = if name.is_empty() { None } else { value(json, name) };
        match found.and_then(|found| json.get(found)) {
            Some(found) if Some(found) == expected => 0,
            _ => -1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn finds(json: &str, name: &str, expected: Option<&str>) {
        let found = value(json.as_bytes(), name.as_bytes()).map(|found| &json[found]);
        assert_eq!(found, expected);
    }

    #[test]
    fn strings_numbers_and_words() {
        let json = r#"{"name": "a \"b\" c", "size":12, "on" : true, "list":[1]}"#;
        finds(json, "\"name\":", Some(r#"a \"b\" c"#));
        finds(json, "\"size\":", Some("12"));
        finds(json, "\"on\" :", Some("true"));
        finds(json, "\"off\":", None);
        finds(r#"{"cut":"no end"#, "\"cut\":", None);
        finds("{\"end\":", "\"end\":", Some(""));
    }
}
