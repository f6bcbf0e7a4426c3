//! Files as responses, of LWSMPRO_FILE and `lws_serve_http_file`: those of the firmware (`wm_rom_files`), on a host those of its disk
//! too.

use core::ffi::{CStr, c_char, c_int};
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

use alloc::vec::Vec;

use super::abi::{LWS_CALLBACK_HTTP, lws, lws_http_mount, lws_protocol_vhost_options, wm_rom_file};
use super::boundary::{bytes, length, text, zero_or_negative};
use super::export;
use super::protocol::options;
use super::responses::{Lines as _, status_page};
use super::text::find;
use super::wsi::{Kind, Wsi};
use crate::http::write::{DECIMAL_LENGTH, decimal};
use crate::server::SendError;

/// Media types by the end of a file's name.
static TYPES: [(&[u8], &CStr); 17] = [
    (b".html", c"text/html"),
    (b".htm", c"text/html"),
    (b".js", c"text/javascript"),
    (b".mjs", c"text/javascript"),
    (b".css", c"text/css"),
    (b".json", c"application/json"),
    (b".txt", c"text/plain"),
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

/// The media type of a file, by its name and the mount's own list.
///
/// # Safety
/// What the mount refers to lives for `'a`.
unsafe fn media_type<'a>(name: &[u8], further: *const lws_protocol_vhost_options) -> Option<&'a CStr> {
    // SAFETY: the caller vouches for the list.
    for option in unsafe { options(further) } {
        // SAFETY: as above.
        let (Some(end), Some(value)) =
            (unsafe { text(option.name) }, unsafe { super::protocol::kept(option.value) })
        else {
            continue;
        };
        if name.ends_with(end) || end == b"*" {
            return Some(value);
        }
    }
    TYPES.iter().find(|(end, _)| name.ends_with(end)).map(|(_, kind)| *kind)
}

/// Serves `rest`, the path below a mount; what is not there gets a 404.
pub(super) fn serve(wsi: &Wsi, mount: &lws_http_mount, rest: &[u8]) -> c_int {
    // SAFETY: strings outlive the context by contract.
    let (folder, index) = unsafe { (text(mount.origin).unwrap_or_default(), text(mount.def)) };
    let name = rest.trim_ascii_start();
    let name = name.strip_prefix(b"/").unwrap_or(name);
    let name = if name.is_empty() { index.unwrap_or(b"index.html") } else { name };
    if name.split(|&byte| byte == b'/').any(|segment| segment == b".." || segment.contains(&0)) {
        return zero_or_negative(status_page(wsi, 403));
    }
    let content = rom_file(folder, name).map(Content::Rom).or_else(|| read(folder, name));
    match content {
        Some(content) => send(wsi, mount, name, &content),
        None => not_found(wsi, rest),
    }
}

/// What a file holds.
pub(super) enum Content {
    Rom(&'static [u8]),
    #[cfg(feature = "host")]
    Read(Vec<u8>),
}

impl Content {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Content::Rom(bytes) => bytes,
            #[cfg(feature = "host")]
            Content::Read(bytes) => bytes,
        }
    }
}

/// The table that C has given.
static ROM: AtomicPtr<wm_rom_file> = AtomicPtr::new(ptr::null_mut());

/// A file of the firmware.
fn rom_file(folder: &[u8], name: &[u8]) -> Option<&'static [u8]> {
    let mut file = ROM.load(Ordering::Acquire).cast_const();
    loop {
        // SAFETY: NULL, or a table that is constant and ends with a NULL path, by contract.
        let entry = unsafe { file.as_ref() }?;
        // SAFETY: as above.
        let path = unsafe { text(entry.path) }?;
        let below = path.strip_prefix(folder).map(|rest| rest.strip_prefix(b"/").unwrap_or(rest));
        if below == Some(name) {
            // SAFETY: as above.
            return Some(unsafe { bytes(entry.content.cast(), entry.length) });
        }
        // SAFETY: not the last one.
        file = unsafe { file.add(1) };
    }
}

/// The file of that name: of the firmware, or of a host's disk.
pub(super) fn named(name: &[u8]) -> Option<Content> {
    let relative = name.strip_prefix(b"./").unwrap_or(name);
    let relative = relative.strip_prefix(b"/").unwrap_or(relative);
    rom_file(b"", relative).map(Content::Rom).or_else(|| read(b"", name))
}

/// libwebsockets asks the protocol before it gives up.
fn not_found(wsi: &Wsi, rest: &[u8]) -> c_int {
    let first = wsi.vhost().first_protocol();
    // SAFETY: protocols outlive their context by contract.
    let callback =
        unsafe { first.as_ref() }.and_then(|protocol| protocol.callback).map(|callback| callback as usize);
    if callback == Some(super::dummy::lws_callback_http_dummy as *const () as usize) {
        return zero_or_negative(status_page(wsi, 404));
    }
    if wsi.bind_for_http(first).is_none() {
        return -1;
    }
    wsi.call_with(LWS_CALLBACK_HTTP, rest)
}

#[cfg(feature = "host")]
fn read(folder: &[u8], name: &[u8]) -> Option<Content> {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;
    let path = Path::new(OsStr::from_bytes(folder)).join(OsStr::from_bytes(name));
    if !path.is_file() {
        return None;
    }
    std::fs::read(&path).map_err(|error| log::warn!("{}: {error}", path.display())).ok().map(Content::Read)
}

#[cfg(not(feature = "host"))]
fn read(_folder: &[u8], _name: &[u8]) -> Option<Content> {
    None
}

fn send(wsi: &Wsi, mount: &lws_http_mount, name: &[u8], content: &Content) -> c_int {
    // SAFETY: the list outlives the context by contract.
    let Some(kind) = (unsafe { media_type(name, mount.extra_mimetypes) }) else {
        log::warn!("no media type for a file: give the mount `extra_mimetypes`");
        return zero_or_negative(status_page(wsi, 415));
    };
    zero_or_negative(respond(wsi, Some(kind.to_bytes()), Some(mount), &[], content))
}

/// The response that a file is, with what more its head is to say.
fn respond(
    wsi: &Wsi,
    kind: Option<&[u8]>,
    mount: Option<&lws_http_mount>,
    further: &[u8],
    content: &Content,
) -> Option<()> {
    let mut head = Vec::new();
    head.status(wsi, 200)?;
    if let Some(kind) = kind {
        head.field(b"content-type", kind)?;
    }
    head.content_length(content.bytes().len() as u64)?;
    cache_control(&mut head, mount)?;
    head.put(&[further])?;
    wsi.sends_file.set(true);
    match *content {
        #[cfg(feature = "host")]
        Content::Read(ref bytes) => wsi.answer(head, &[bytes]),
        Content::Rom(bytes) => {
            wsi.answer(head, &[])?;
            match wsi.with_response(|response| response.verbatim_static(bytes))? {
                // Behind its head the response to HEAD is complete.
                Ok(()) | Err(SendError::OutOfOrder) => Some(()),
                Err(_) => None,
            }
        }
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
fn serve_named(wsi: &Wsi, name: &[u8], kind: Option<&[u8]>, further: &[u8]) -> Option<()> {
    let Some(content) = named(name) else { return status_page(wsi, 404) };
    // SAFETY: the mount's list is none.
    let guessed = || unsafe { media_type(name, ptr::null()) }.map(CStr::to_bytes);
    respond(wsi, kind.filter(|kind| !kind.is_empty()).or_else(guessed), None, further, &content)
}

export! {
    fn wm_rom_files(files: *const wm_rom_file) {
        ROM.store(files.cast_mut(), Ordering::Release);
    }

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
        zero_or_negative(serve_named(wsi, name, kind, further))
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
