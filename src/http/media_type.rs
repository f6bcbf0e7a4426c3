//! Media types by the end of a file's name.

use core::ffi::CStr;

/// Those that pages are made of. As C strings, for the C API hands them out.
static TYPES: [(&[u8], &CStr); 21] = [
    (b".html", c"text/html"),
    (b".htm", c"text/html"),
    (b".js", c"text/javascript"),
    (b".mjs", c"text/javascript"),
    (b".css", c"text/css"),
    (b".json", c"application/json"),
    (b".txt", c"text/plain"),
    (b".csv", c"text/csv"),
    (b".xml", c"application/xml"),
    (b".svg", c"image/svg+xml"),
    (b".png", c"image/png"),
    (b".jpg", c"image/jpeg"),
    (b".jpeg", c"image/jpeg"),
    (b".gif", c"image/gif"),
    (b".ico", c"image/x-icon"),
    (b".woff", c"font/woff"),
    (b".woff2", c"font/woff2"),
    (b".ttf", c"font/ttf"),
    (b".otf", c"font/otf"),
    (b".wasm", c"application/wasm"),
    (b".gz", c"application/gzip"),
];

/// The media type of a file with that name; `None` if its end is not known.
pub(crate) fn media_type_of(name: &[u8]) -> Option<&'static CStr> {
    TYPES.iter().find(|(end, _)| ends_with(name, end)).map(|(_, media_type)| *media_type)
}

/// Whether a name has this end, in capitals or not: cameras and DOS write `INDEX.HTM`.
pub(crate) fn ends_with(name: &[u8], end: &[u8]) -> bool {
    name.len()
        .checked_sub(end.len())
        .and_then(|start| name.get(start..))
        .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_name_tells() {
        assert_eq!(media_type_of(b"a/b.html"), Some(c"text/html"));
        assert_eq!(media_type_of(b"log.csv"), Some(c"text/csv"));
        assert_eq!(media_type_of(b"INDEX.HTM"), Some(c"text/html"));
        assert_eq!(media_type_of(b"icons.ttf"), Some(c"font/ttf"));
        assert_eq!(media_type_of(b"html"), None);
        assert_eq!(media_type_of(b"page.html.bak"), None);
    }
}
