//! LWSMPRO_FILE: files of the firmware (`wm_rom_files`); on a host those of its disk too.

use core::ffi::{c_char, c_int};
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

#[cfg(feature = "host")]
use alloc::vec::Vec;

use super::abi::{LWS_CALLBACK_HTTP, lws_http_mount, lws_protocol_vhost_options, wm_rom_file};
use super::boundary::{bytes, text, zero_or_negative};
use super::export;
use super::protocol::options;
use super::responses::status_page;
use super::wsi::Wsi;

/// Media types by the end of a file's name.
static TYPES: [(&[u8], &core::ffi::CStr); 17] = [
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
unsafe fn media_type<'a>(
    name: &[u8],
    further: *const lws_protocol_vhost_options,
) -> Option<&'a core::ffi::CStr> {
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
    rom_file(b"", name.strip_prefix(b"/").unwrap_or(name)).map(Content::Rom).or_else(|| read(b"", name))
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
    let kind = unsafe { media_type(name, mount.extra_mimetypes) }.and_then(|kind| kind.to_str().ok());
    let Some(kind) = kind else {
        log::warn!("no media type for a file: give the mount `extra_mimetypes`");
        return zero_or_negative(status_page(wsi, 415));
    };
    match super::responses::send_file(wsi, kind, mount, content) {
        Some(()) => 0,
        None => -1,
    }
}

export! {
    fn wm_rom_files(files: *const wm_rom_file) {
        ROM.store(files.cast_mut(), Ordering::Release);
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
