//! Media types by the end of a file's name.

use core::ffi::CStr;

/// Those that pages are made of. As C strings, for the C API hands them out.
static TYPES: [(&[u8], &CStr); 18] = [
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
    (b".woff2", c"font/woff2"),
    (b".wasm", c"application/wasm"),
    (b".gz", c"application/gzip"),
];

/// The media type of a file with that name; `None` if its end is not known.
pub(crate) fn media_type_of(name: &[u8]) -> Option<&'static CStr> {
    TYPES.iter().find(|(end, _)| name.ends_with(end)).map(|(_, media_type)| *media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_name_tells() {
        assert_eq!(media_type_of(b"a/b.html"), Some(c"text/html"));
        assert_eq!(media_type_of(b"log.csv"), Some(c"text/csv"));
        assert_eq!(media_type_of(b"html"), None);
        assert_eq!(media_type_of(b"page.html.bak"), None);
    }
}
