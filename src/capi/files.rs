//! Files as responses, of LWSMPRO_FILE and `lws_serve_http_file`: with entity tags, ranges, and compressed ones where the client takes
//! gzip.

use core::ffi::{CStr, c_char, c_int, c_uint};
use core::ops::Range;
use core::ptr;

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::abi::{
    LWS_FOP_FLAG_COMPR_ACCEPTABLE_GZIP, lws, lws_http_mount, lws_plat_file_ops, lws_protocol_vhost_options,
};
use super::boundary::{bytes, length, text, zero_or_negative};
use super::context::Context;
use super::head::Head;
use super::mounts::{self, FileServer};
use super::protocol::options;
use super::responses::{Lines as _, status_page};
use super::text::find;
use super::vfs::OpenFile;
use super::wsi::{Kind, OnItsWay, Wsi};
use super::{authorization, export, rom, vfs};
use crate::http::write::{DECIMAL_LENGTH, decimal};
use crate::http::{Credentials, Method, Selection, ends_with, media_type_of};
use crate::server::{Response, TAG_LENGTH, entity_tag, send_pieces};

/// Lets mounts lead to files, and logins stand in one.
pub(super) fn install() {
    static SERVER: FileServer = FileServer { serve, lists };
    mounts::serve_files_by(&SERVER);
}

/// The media type of a file, by its name and the mount's own list.
///
/// # Safety
/// What the mount refers to lives for `'a`.
unsafe fn media_type<'a>(name: &[u8], further: *const lws_protocol_vhost_options) -> Option<&'a CStr> {
    let mut any = None;
    // SAFETY: the caller vouches for the list.
    for option in unsafe { options(further) } {
        // SAFETY: as above.
        let (Some(end), Some(value)) =
            (unsafe { text(option.name) }, unsafe { super::protocol::kept(option.value) })
        else {
            continue;
        };
        // What is for all that has no type of its own stands behind the library's list.
        if end == b"*" {
            any = any.or(Some(value));
        } else if ends_with(name, end) {
            return Some(value);
        }
    }
    media_type_of(name).or(any)
}

/// Serves `rest`, the path below a mount: a file, or the index of a folder. `None` for what is not there.
fn serve(wsi: &Wsi, mount: &lws_http_mount, rest: &[u8]) -> Option<c_int> {
    // SAFETY: strings outlive the context by contract.
    let (folder, index) = unsafe { (text(mount.origin).unwrap_or_default(), text(mount.def)) };
    let name = rest.trim_ascii_start();
    let name = name.strip_prefix(b"/").unwrap_or(name);
    let is_folder = name.is_empty() || name.ends_with(b"/");
    let index = if is_folder { index.unwrap_or(b"index.html") } else { b"" };
    let leads_elsewhere =
        |segment: &[u8]| segment == b".." || segment.iter().any(|byte| matches!(byte, 0 | b'\\'));
    if name.split(|&byte| byte == b'/').any(leads_elsewhere) {
        return Some(mounts::answered(wsi, status_page(wsi, 403)));
    }
    let slash: &[u8] = if folder.is_empty() || folder.ends_with(b"/") { b"" } else { b"/" };
    let Some(path) = Path::of(&[folder, slash, name, index]) else { return Some(-1) };
    let source = path.find(wsi)?;
    // SAFETY: the list outlives the context by contract.
    let Some(kind) = (unsafe { media_type(path.plain(), mount.extra_mimetypes) }) else {
        log_line!(Warn, "no media type for a file: give the mount `extra_mimetypes`");
        return Some(mounts::answered(wsi, status_page(wsi, 415)));
    };
    Some(zero_or_negative(respond(wsi, Some(kind.to_bytes()), Some(mount), &[], source)))
}

/// A file's path, with the end of the name of its compressed version behind.
struct Path(Vec<u8>);

const PACKED: &[u8] = b".gz";

impl Path {
    fn of(pieces: &[&[u8]]) -> Option<Self> {
        let mut path = Vec::new();
        path.put(pieces)?;
        path.put(&[PACKED])?;
        Some(Path(path))
    }

    fn plain(&self) -> &[u8] {
        self.0.strip_suffix(PACKED).unwrap_or_default()
    }

    fn packed(&self) -> &[u8] {
        &self.0
    }

    /// The file, as the request of the connection takes it.
    fn find(&self, wsi: &Wsi) -> Option<Source> {
        let taken = wsi.head.borrow().as_deref().map_or(Taken::PLAIN, Taken::by);
        self.open(wsi.context(), taken)
    }

    fn open(&self, context: &Context, taken: Taken) -> Option<Source> {
        let set = context.file_operations.get();
        if !set.is_null() {
            return self.open_by(set, taken);
        }
        let source = self.in_firmware(taken);
        if cfg!(feature = "host") { source.or_else(|| self.open_by(vfs::own(), taken)) } else { source }
    }

    fn in_firmware(&self, taken: Taken) -> Option<Source> {
        [taken.packed_first, !taken.packed_first].into_iter().find_map(|is_packed| {
            let (name, is_taken) =
                if is_packed { (self.packed(), taken.packed) } else { (self.plain(), taken.plain) };
            let content = rom::file(name).filter(|_| is_taken)?;
            Some(Source { content: Content::Rom(content), is_packed })
        })
    }

    fn open_by(&self, operations: *const lws_plat_file_ops, taken: Taken) -> Option<Source> {
        let is_asked_for = taken.packed_first && taken.packed;
        let flags = if is_asked_for { LWS_FOP_FLAG_COMPR_ACCEPTABLE_GZIP } else { 0 };
        let mut path = Vec::new();
        path.put(&[self.plain(), b"\0"])?;
        // SAFETY: operations live as long as the context by contract.
        let file = unsafe { OpenFile::open(operations, CStr::from_bytes_with_nul(&path).ok()?, flags) }?;
        Some(Source { is_packed: file.is_gzip(), content: Content::Stored(file) })
    }
}

/// Which versions of a file a client takes, and whether the compressed one first.
#[derive(Clone, Copy)]
struct Taken {
    plain: bool,
    packed: bool,
    packed_first: bool,
}

impl Taken {
    const PLAIN: Self = Taken { plain: true, packed: false, packed_first: false };

    fn by(head: &Head) -> Self {
        Taken {
            plain: head.accepts_coding("identity"),
            packed: head.accepts_coding("gzip"),
            packed_first: head.value(b"accept-encoding").is_some(),
        }
    }
}

/// A file that was found.
struct Source {
    content: Content,
    is_packed: bool,
}

enum Content {
    /// Sent from where it lies.
    Rom(&'static [u8]),
    /// Read as the client takes it.
    Stored(OpenFile),
}

impl Content {
    fn length(&self) -> u64 {
        match self {
            Content::Rom(content) => content.len() as u64,
            Content::Stored(file) => file.length(),
        }
    }

    /// What is another number when the content is another.
    fn version(&self) -> Option<u64> {
        match self {
            Content::Rom(content) => Some(fingerprint(content)),
            Content::Stored(file) => file.version(),
        }
    }
}

/// Tells versions of a file apart, not those that somebody makes to deceive. About as many instructions as lwIP's checksum of the file takes.
fn fingerprint(content: &[u8]) -> u64 {
    let (words, rest) = content.as_chunks::<4>();
    let words =
        words.iter().map(|word| u32::from_le_bytes(*word)).chain(rest.iter().map(|byte| u32::from(*byte)));
    let (first, second) = words.fold((0x811c_9dc5_u32, 0x9e37_79b9_u32), |(first, second), word| {
        (
            (first ^ word).wrapping_mul(0x0100_0193),
            second.wrapping_add(word).rotate_left(13).wrapping_mul(0x85eb_ca6b),
        )
    });
    u64::from(first) << 32 | u64::from(second)
}

/// What is left of a file, on its way to the client.
struct Sending {
    file: OpenFile,
    part: Range<u64>,
}

impl OnItsWay for Sending {
    fn send_more(&mut self, response: &mut Response<'_>) {
        // Read one after the other: the file knows where it is.
        send_pieces(response, &mut self.part, |_, buffer| self.file.read(buffer));
    }
}

fn lists(context: &Context, logins: &[u8], credentials: &Credentials) -> Option<bool> {
    read(context, logins).map(|content| authorization::is_line_of(&content, credentials))
}

/// All of a file of logins, which is short.
fn read(context: &Context, name: &[u8]) -> Option<Vec<u8>> {
    const MOST: u64 = 16_384;
    let mut content = Vec::new();
    match Path::of(&[name])?.open(context, Taken::PLAIN)?.content {
        Content::Rom(bytes) => content.put(&[bytes])?,
        Content::Stored(mut file) => {
            let mut rest = file.length();
            if rest > MOST {
                log_line!(Error, "a file of logins of {rest} bytes: at most {MOST} are read");
                return None;
            }
            let mut piece = [0; 128];
            while rest > 0 {
                let read = file.read(&mut piece).filter(|read| *read > 0)?;
                content.put(&[piece.get(..read)?])?;
                rest = rest.saturating_sub(read as u64);
            }
        }
    }
    Some(content)
}

/// The response that a file is, with what more its head is to say.
fn respond(
    wsi: &Wsi,
    kind: Option<&[u8]>,
    mount: Option<&lws_http_mount>,
    further: &[u8],
    source: Source,
) -> Option<()> {
    let length = source.content.length();
    let mut buffer = [0; TAG_LENGTH];
    let version = source.content.version();
    let tag = version.map_or("", |version| entity_tag(&mut buffer, length, version, source.is_packed));
    let selected = wsi.head.borrow().as_deref().map(|head| (head.method, head.selects(tag, length)));
    let (method, selection) = selected.unwrap_or((Method::Get, Selection::Whole));
    let (status, part): (c_uint, _) = match selection {
        Selection::Whole => (200, 0..length),
        Selection::Part(part) => (206, part),
        Selection::NotModified => (304, 0..0),
        Selection::PreconditionFailed => (412, 0..0),
        Selection::NotSatisfiable => (416, 0..0),
    };
    let mut head = Vec::new();
    head.status(wsi, status)?;
    if !tag.is_empty() {
        head.field(b"etag", tag.as_bytes())?;
    }
    if source.is_packed {
        head.put(&[b"content-encoding: gzip\r\nvary: accept-encoding\r\n"])?;
    }
    if status != 304 {
        if let Some(kind) = kind {
            head.field(b"content-type", kind)?;
        }
        head.field(b"accept-ranges", b"bytes")?;
        head.content_length(part.end.saturating_sub(part.start))?;
        content_range(&mut head, status, &part, length)?;
    }
    cache_control(&mut head, mount)?;
    head.put(&[further])?;
    wsi.sends_file.set(true);
    wsi.answer(head, &[])?;
    match (method, source.content) {
        // The response is complete.
        (Method::Head, _) => Some(()),
        _ if part.is_empty() => Some(()),
        (_, Content::Rom(content)) => {
            let part = content.get(usize::try_from(part.start).ok()?..usize::try_from(part.end).ok()?)?;
            wsi.with_response(|response| response.verbatim_static(part))?.ok()
        }
        (_, Content::Stored(mut file)) => {
            file.skip(part.start)?;
            let sending: Box<dyn OnItsWay> = wm_sys::heap::try_box(Sending { file, part }).ok()?;
            wsi.file.replace(Some(sending));
            wsi.with_response(|response| response.notify_writable())
        }
    }
}

/// Which bytes these are, of how many (RFC 9110 section 14.4).
fn content_range(head: &mut Vec<u8>, status: c_uint, part: &Range<u64>, length: u64) -> Option<()> {
    let mut buffers = [[0; DECIMAL_LENGTH]; 3];
    let [first, last, all] = &mut buffers;
    let all = decimal(length, all);
    match status {
        206 => {
            let (first, last) = (decimal(part.start, first), decimal(part.end.saturating_sub(1), last));
            head.put(&[b"content-range: bytes ", first, b"-", last, b"/", all, b"\r\n"])
        }
        416 => head.put(&[b"content-range: bytes */", all, b"\r\n"]),
        _ => Some(()),
    }
}

/// How long others may keep the file, as its mount says: not at all, unless it is reusable and has an age.
fn cache_control(head: &mut Vec<u8>, mount: Option<&lws_http_mount>) -> Option<()> {
    let seconds = mount.and_then(|mount| u64::try_from(mount.cache_max_age).ok()).unwrap_or(0);
    let Some(mount) = mount.filter(|mount| mount.cache_reusable() != 0 && seconds > 0) else {
        return head.field(b"cache-control", b"no-store");
    };
    let revalidate: &[u8] = if mount.cache_revalidate() == 0 { b"" } else { b"must-revalidate, " };
    let scope: &[u8] = if mount.cache_intermediaries() == 0 { b"private, " } else { b"public, " };
    let mut value = Vec::new();
    value.put(&[revalidate, scope, b"max-age=", decimal(seconds, &mut [0; DECIMAL_LENGTH])])?;
    head.field(b"cache-control", &value)
}

/// Field lines that C has composed: whole ones, and none that ends the head.
fn are_field_lines(lines: &[u8]) -> bool {
    let ends_head = lines.starts_with(b"\r\n") || find(lines, b"\r\n\r\n").is_some();
    lines.is_empty() || (lines.ends_with(b"\r\n") && !ends_head)
}

/// Sends the file of that name as the response.
/// Whether the response is complete already: that of a file that is not there.
fn serve_named(wsi: &Wsi, name: &[u8], kind: Option<&[u8]>, further: &[u8]) -> Option<bool> {
    let Some(source) = Path::of(&[name])?.find(wsi) else { return status_page(wsi, 404).map(|()| true) };
    // SAFETY: the mount's list is none.
    let guessed = || unsafe { media_type(name, ptr::null()) }.map(CStr::to_bytes);
    respond(wsi, kind.filter(|kind| !kind.is_empty()).or_else(guessed), None, further, source)?;
    Some(false)
}

export! {
    fn lws_serve_http_file(
        wsi: *mut lws,
        file: *const c_char,
        content_type: *const c_char,
        other_headers: *const c_char,
        other_headers_len: c_int,
    ) -> c_int {
        // SAFETY: NULL or valid by contract, `other_headers_len` bytes at `other_headers`.
        let (wsi, name, kind, further) = unsafe {
            let further = bytes(other_headers.cast(), length(other_headers_len));
            (Wsi::from_c(wsi), text(file), text(content_type), further)
        };
        let (Some(wsi), Some(name)) = (wsi, name) else { return -1 };
        if wsi.kind.get() != Kind::Http || !wsi.is_open() || !are_field_lines(further) {
            return -1;
        }
        serve_named(wsi, name, kind, further).map_or(-1, c_int::from)
    }

    fn lws_serve_http_file_fragment(wsi: *mut lws) -> c_int {
        // SAFETY: NULL or valid by contract.
        let wsi = unsafe { Wsi::from_c(wsi) };
        // The core sends what is left: there is never anything to do.
        wsi.map_or(-1, |_| 0)
    }

    fn lws_get_mimetype(file: *const c_char, m: *const lws_http_mount) -> *const c_char {
        // SAFETY: NULL or valid by contract.
        unsafe {
            let further = m.as_ref().map_or(ptr::null(), |mount| mount.extra_mimetypes);
            let kind = text(file).and_then(|name| media_type(name, further));
            kind.map_or(ptr::null(), |kind| kind.as_ptr())
        }
    }
}
