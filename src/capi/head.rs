//! The head of a request, kept as long as C may ask for it.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

use super::abi::{
    WSI_TOKEN_DELETE_URI, WSI_TOKEN_GET_URI, WSI_TOKEN_HEAD_URI, WSI_TOKEN_HTTP, WSI_TOKEN_HTTP_URI_ARGS,
    WSI_TOKEN_HTTP1_0, WSI_TOKEN_OPTIONS_URI, WSI_TOKEN_PATCH_URI, WSI_TOKEN_POST_URI, WSI_TOKEN_PUT_URI,
    lws, lws_token_indexes,
};
use super::encoding::decoded_argument;
use super::text::find;
use super::tokens::field_name;
use super::wsi::Wsi;
use crate::http::write::{DECIMAL_LENGTH, decimal};
use crate::http::{
    self, Fields, Method, ReceivedResponse, Request, ResponseError, Selection, Version, percent,
};

/// Byte strings one behind the other, each with its length in front.
#[derive(Default)]
struct Strings(Vec<u8>);

impl Strings {
    fn push(&mut self, string: &[u8]) -> Option<()> {
        let length = u16::try_from(string.len()).ok()?;
        wm_sys::heap::try_extend(&mut self.0, &length.to_ne_bytes()).ok()?;
        wm_sys::heap::try_extend(&mut self.0, string).ok()
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.0.as_slice();
        core::iter::from_fn(move || {
            let (length, behind) = rest.split_first_chunk::<2>()?;
            let (string, behind) = behind.split_at_checked(u16::from_ne_bytes(*length).into())?;
            rest = behind;
            Some(string)
        })
    }
}

/// A request's head: path and arguments decoded, field lines as they came.
pub(super) struct Head {
    pub(super) method: Method,
    pub(super) http_1_0: bool,
    /// The path and a zero byte, then the field lines: one block of memory, for there is one of these for each request.
    texts: Vec<u8>,
    path_length: usize,
    arguments: Strings,
    /// The field lines, once one of them was replaced. C may still point to the path.
    replaced: Vec<u8>,
}

impl Head {
    /// With the path as [`decoded_path`] has it. `None` without memory.
    pub(super) fn keep(request: &Request<'_>, path: &[u8]) -> Option<Box<Self>> {
        let http_1_0 = request.version() == Version::Http10;
        let mut head = Head::new(request.method(), http_1_0, path, request.fields())?;
        let arguments = request.query().unwrap_or_default().as_bytes().split(|&octet| octet == b'&');
        for argument in arguments.filter(|argument| !argument.is_empty()) {
            head.arguments.push(&decoded_argument(argument)?)?;
        }
        wm_sys::heap::try_box(head).ok()
    }

    fn new(method: Method, http_1_0: bool, path: &[u8], fields: Fields<'_>) -> Option<Self> {
        let lines = fields.lines();
        let mut texts = Vec::new();
        texts.try_reserve_exact(path.len().saturating_add(1).saturating_add(lines.len())).ok()?;
        for text in [path, &[0], lines] {
            wm_sys::heap::try_extend(&mut texts, text).ok()?;
        }
        let (path_length, arguments, replaced) = (path.len(), Strings::default(), Vec::new());
        Some(Head { method, http_1_0, texts, path_length, arguments, replaced })
    }

    /// The status and the fields of a response, to be asked for the same way.
    pub(super) fn of_response(response: &ReceivedResponse<'_>) -> Option<Box<Self>> {
        let mut digits = [0; DECIMAL_LENGTH];
        let status = decimal(response.status().code().into(), &mut digits);
        wm_sys::heap::try_box(Head::new(Method::Connect, false, status, response.fields())?).ok()
    }

    pub(super) fn path(&self) -> &[u8] {
        self.texts.get(..self.path_length).unwrap_or_default()
    }

    /// The path for C, with a zero byte behind it: where it is, and how long.
    pub(super) fn path_text(&self) -> (*const u8, usize) {
        (self.texts.as_ptr(), self.path_length)
    }

    fn fields(&self) -> Fields<'_> {
        Fields::new(match &*self.replaced {
            [] => self.texts.get(self.path_length.saturating_add(1)..).unwrap_or_default(),
            replaced => replaced,
        })
    }

    /// The values of all lines of a field.
    fn values(&self, name: &[u8]) -> impl Iterator<Item = &[u8]> {
        let lines = self.fields().iter();
        lines.filter(move |(each, _)| each.as_bytes().eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The names of all fields, as they came.
    pub(super) fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.fields().iter().map(|(name, _)| name.as_bytes())
    }

    /// The first value of a field.
    pub(super) fn value(&self, name: &[u8]) -> Option<&[u8]> {
        self.values(name).next()
    }

    /// The value of a field that has one line.
    pub(super) fn sole_value(&self, name: &[u8]) -> Option<&[u8]> {
        let mut values = self.values(name);
        let value = values.next()?;
        values.next().is_none().then_some(value)
    }

    /// What the request wants of a representation.
    pub(super) fn selects(&self, entity_tag: &str, length: u64) -> Selection {
        http::selects(self.method, self.fields(), entity_tag, length)
    }

    /// Whether the client takes a content coding.
    pub(super) fn accepts_coding(&self, coding: &str) -> bool {
        http::accepts_coding(self.fields(), coding)
    }

    /// Gives all lines of a field another value. `None` without memory.
    pub(super) fn replace(&mut self, name: &[u8], value: &[u8]) -> Option<()> {
        let mut lines = Vec::new();
        for (each, before) in self.fields().iter() {
            let value = if each.as_bytes().eq_ignore_ascii_case(name) { value } else { before };
            for piece in [each.as_bytes(), b":", value, b"\r\n"] {
                wm_sys::heap::try_extend(&mut lines, piece).ok()?;
            }
        }
        self.replaced = lines;
        Some(())
    }

    /// Calls `each` with every part of what a token stands for.
    pub(super) fn parts(&self, token: lws_token_indexes, mut each: impl FnMut(&[u8])) {
        match token {
            WSI_TOKEN_HTTP_URI_ARGS => self.arguments.iter().for_each(each),
            WSI_TOKEN_HTTP1_0 if self.http_1_0 => each(b""),
            WSI_TOKEN_HTTP => each(match uri_token(self.method) {
                None => self.path(),
                Some(_) if self.http_1_0 => b"HTTP/1.0",
                Some(_) => b"HTTP/1.1",
            }),
            _ if Some(token) == uri_token(self.method) => each(self.path()),
            _ => {
                if let Some(name) = field_name(token) {
                    self.values(name).for_each(each);
                }
            }
        }
    }

    /// The value of an argument `name=value`; asked for without the `=`, that of a `name` alone is empty.
    pub(super) fn argument(&self, name: &[u8]) -> Option<&[u8]> {
        if name.ends_with(b"=") {
            return self.arguments.iter().find_map(|argument| argument.strip_prefix(name));
        }
        self.arguments.iter().find_map(|argument| {
            let value = argument.strip_prefix(name)?;
            value.strip_prefix(b"=").or(value.is_empty().then_some(value))
        })
    }

    pub(super) fn cookie(&self, name: &[u8]) -> Option<&[u8]> {
        http::cookie(self.values(b"cookie"), name)
    }
}

/// Takes a field line, by name and value.
type AddField<'a> = &'a mut dyn FnMut(&str, &[u8]) -> Result<(), ResponseError>;

/// Hands on the field lines that C has written, by name and value; what has no colon is none.
pub(super) fn add_field_lines(text: &[u8], add: AddField<'_>) -> Result<(), ResponseError> {
    for line in text.split(|&byte| byte == b'\n') {
        let Some(colon) = line.iter().position(|&byte| byte == b':') else { continue };
        let name = core::str::from_utf8(&line[..colon]).map_err(|_| ResponseError::BadFieldName)?;
        add(name, line[colon + 1..].trim_ascii())?;
    }
    Ok(())
}

/// The path of a request decoded, and without the slashes behind a slash, which lead past mounts otherwise, to the same files; as it is where it is
/// malformed, which the router refuses. `None` without memory.
pub(super) fn decoded_path<'r>(request: &'r Request<'_>) -> Option<Cow<'r, [u8]>> {
    let encoded = request.path().as_bytes();
    if find(encoded, b"%").is_none() && find(encoded, b"//").is_none() {
        return Some(Cow::Borrowed(encoded));
    }
    let mut path = Vec::new();
    wm_sys::heap::try_extend(&mut path, encoded).ok()?;
    Some(match percent::decode_in_place(&mut path).map(|decoded| decoded.len()) {
        Ok(length) => {
            path.truncate(length);
            path.dedup_by(|next, octet| [*octet, *next] == *b"//");
            Cow::Owned(path)
        }
        Err(_) => Cow::Borrowed(encoded),
    })
}

fn uri_token(method: Method) -> Option<lws_token_indexes> {
    Some(match method {
        Method::Get => WSI_TOKEN_GET_URI,
        Method::Post => WSI_TOKEN_POST_URI,
        Method::Options => WSI_TOKEN_OPTIONS_URI,
        Method::Put => WSI_TOKEN_PUT_URI,
        Method::Patch => WSI_TOKEN_PATCH_URI,
        Method::Delete => WSI_TOKEN_DELETE_URI,
        Method::Head => WSI_TOKEN_HEAD_URI,
        _ => return None,
    })
}

/// Looks into the head of a connection's request, if C may still do that.
///
/// # Safety
/// `wsi` is NULL or valid.
pub(super) unsafe fn with_head<R>(wsi: *const lws, look: impl FnOnce(&Head) -> R) -> Option<R> {
    // SAFETY: the caller vouches for it.
    let wsi = unsafe { Wsi::from_c(wsi) }?;
    wsi.head.borrow().as_deref().map(look)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{HeadLimits, HeadParser};

    /// As libwebsockets does: `//admin` is no way around a mount at `/admin`, for to most file systems it is the same.
    #[test]
    fn slashes_behind_a_slash_are_left_out() {
        for (path, expected) in [
            ("/", "/"),
            ("/a/b%20c/", "/a/b c/"),
            ("//", "/"),
            ("//admin/x", "/admin/x"),
            ("/%2Fadmin/x", "/admin/x"),
            ("/%2f/admin%2F/%2Fx//", "/admin/x/"),
            ("/a?b=//c", "/a"),
        ] {
            let text = std::format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
            let parsed = HeadParser::default().parse(text.as_bytes(), &HeadLimits::default());
            let (request, _) = parsed.unwrap().unwrap();
            assert_eq!(decoded_path(&request).unwrap(), expected.as_bytes(), "{path}");
        }
    }
}
