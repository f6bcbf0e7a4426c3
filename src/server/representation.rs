//! A file as the answer to a request, wherever it lies: what of it is wanted, and the head that says so (RFC 9110 sections 8, 13, 14).

use core::ops::Range;

use super::response::{Response, Start};
use super::send_error::SendError;
use crate::http::write::{Cursor, DECIMAL_LENGTH, decimal};
use crate::http::{Request, Selection, Status, percent};

/// The longest path that is looked for, in bytes.
pub(super) const MAX_PATH: usize = 128;

/// The path of the file that is asked for: decoded, which is to add no slash. To the routes an encoded one separates nothing, and a folder that
/// one of them guards is not to be reached by another of them. `None`: no file has such a path.
pub(super) fn path_of<'b>(request: &Request<'_>, buffer: &'b mut [u8; MAX_PATH]) -> Option<&'b str> {
    let encoded = request.parameter("path").or(request.path().strip_prefix('/')).unwrap_or_default();
    let path = percent::decode_str(encoded, buffer).ok()?;
    let slashes = |text: &str| text.bytes().filter(|octet| *octet == b'/').count();
    (slashes(path) == slashes(encoded)).then_some(path)
}

/// Two numbers, a hyphen, quotation marks, a mark for what is compressed.
pub(crate) const TAG_LENGTH: usize = 2 * DECIMAL_LENGTH + 4;

/// The entity tag of a file that has another version when it has another content.
pub(crate) fn entity_tag(buffer: &mut [u8; TAG_LENGTH], length: u64, version: u64, is_packed: bool) -> &str {
    let (mut first, mut second) = ([0; DECIMAL_LENGTH], [0; DECIMAL_LENGTH]);
    let mark: &[u8] = if is_packed { b"z\"" } else { b"\"" };
    let parts: [&[u8]; 5] = [b"\"", decimal(length, &mut first), b"-", decimal(version, &mut second), mark];
    // The buffer has room for all.
    text_of(buffer, &parts).unwrap_or_default()
}

/// What is known of a file before anything of it is sent.
pub(super) struct Representation<'r> {
    /// A strong one, in its quotation marks; empty: nothing tells its versions apart.
    pub(super) entity_tag: &'r str,
    pub(super) length: u64,
    pub(super) media_type: &'r str,
    pub(super) coding: Option<&'r str>,
    /// Its Cache-Control.
    pub(super) caching: &'r str,
    /// Another request would get another coding.
    pub(super) varies: bool,
}

impl Representation<'_> {
    /// The head of a response, with the bytes that are to be its body; `None` when it has none, and is sent.
    pub(super) fn start<'s>(
        &self,
        request: &Request<'_>,
        response: &'s mut Response<'_>,
    ) -> Result<Option<(Start<'s>, Range<u64>)>, SendError> {
        let selection = request.selects(self.entity_tag, self.length);
        let status = match selection {
            Selection::Whole => Status::OK,
            Selection::Part(_) => Status::PARTIAL_CONTENT,
            Selection::NotModified => Status::NOT_MODIFIED,
            Selection::PreconditionFailed => Status::PRECONDITION_FAILED,
            Selection::NotSatisfiable => Status::RANGE_NOT_SATISFIABLE,
        };
        let mut start = response.start(status);
        if !self.entity_tag.is_empty() {
            start = start.field("ETag", self.entity_tag);
        }
        start = start.field("Cache-Control", self.caching);
        if self.varies {
            start = start.field("Vary", "Accept-Encoding");
        }
        if matches!(selection, Selection::NotModified | Selection::PreconditionFailed) {
            return start.empty().map(|()| None);
        }
        start = start.field("Accept-Ranges", "bytes");
        let part = match selection {
            Selection::NotSatisfiable => {
                return start.content_range(None, self.length).empty().map(|()| None);
            }
            Selection::Part(part) => {
                start = start.content_range(Some(&part), self.length);
                part
            }
            _ => 0..self.length,
        };
        if let Some(coding) = self.coding {
            start = start.field("Content-Encoding", coding);
        }
        Ok(Some((start.content_type(self.media_type), part)))
    }
}

/// Sends the client to the folder, from where what its page names is found.
pub(super) fn to_folder(request: &Request<'_>, response: &mut Response<'_>) -> Result<(), SendError> {
    let path = request.path();
    let name = path.as_bytes().rsplit(|octet| *octet == b'/').next().unwrap_or_default();
    let (mark, query) = request.query().map_or(("", ""), |query| ("?", query));
    // Relative, so that no path of the client's can lead elsewhere.
    let location = [b"./", name, b"/", mark.as_bytes(), query.as_bytes()];
    match response.start(Status::PERMANENT_REDIRECT).location(&location).empty() {
        Err(SendError::BadHead) => response.plain(Status::URI_TOO_LONG, &[]),
        result => result,
    }
}

/// The parts, one behind the other; `None` where they do not fit.
pub(super) fn text_of<'b>(buffer: &'b mut [u8], parts: &[&[u8]]) -> Option<&'b str> {
    let mut cursor = Cursor::new(buffer);
    cursor.put(parts, 0)?;
    str::from_utf8(cursor.finish()).ok()
}
