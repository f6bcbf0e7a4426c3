//! Which protocol serves which path of a virtual host.

use core::ffi::{CStr, c_int};
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

use super::abi::{
    AUTH_MODE_MASK, LWSMPRO_CALLBACK, LWSMPRO_FILE, LWSMPRO_REDIR_HTTP, LWSMPRO_REDIR_HTTPS, lws_http_mount,
    lws_mount_protocols,
};
use super::authorization;
use super::boundary::{text, zero_or_negative};
use super::context::Context;
use super::requests::dispatch;
use super::responses::{redirect, status_page};
use super::wsi::Wsi;
use crate::http::{Credentials, Method};

/// How files are served. Known where the first ones are named: a firmware without any links nothing of it.
pub(super) struct FileServer {
    /// What the path below a mount leads to; `None`: nothing.
    pub(super) serve: fn(&Wsi, &lws_http_mount, &[u8]) -> Option<c_int>,
    /// Whether credentials are among those in a file; `None` where that cannot be read.
    pub(super) lists: fn(&Context, &[u8], &Credentials) -> Option<bool>,
}

static FILES: AtomicPtr<FileServer> = AtomicPtr::new(ptr::null_mut());

pub(super) fn serve_files_by(server: &'static FileServer) {
    // LLVM, which sees the whole program, would take the only value that is ever stored for the one that is loaded, and link it.
    FILES.store(core::hint::black_box(ptr::from_ref(server).cast_mut()), Ordering::Release);
}

pub(super) fn files() -> Option<&'static FileServer> {
    // SAFETY: NULL, or what `serve_files_by` was given, which nobody changes.
    unsafe { FILES.load(Ordering::Acquire).as_ref() }
}

/// Serves a request: by a mount, or by the first protocol.
pub(super) fn serve(wsi: &Wsi, path: &[u8]) -> c_int {
    // SAFETY: mounts outlive the context by contract.
    let Some((mount, prefix)) = (unsafe { find(wsi.vhost().mounts, path) }) else {
        return dispatch(wsi, wsi.vhost().first_protocol(), path);
    };
    let rest = path.get(prefix.len()..).unwrap_or_default();
    let kind = lws_mount_protocols::from(mount.origin_protocol);
    if kind == LWSMPRO_REDIR_HTTP || kind == LWSMPRO_REDIR_HTTPS {
        return redirect_to(wsi, mount, if kind == LWSMPRO_REDIR_HTTP { b"http://" } else { b"https://" });
    }
    // SAFETY: the name outlives the context by contract.
    if let Err(status) = unsafe { authorization::check(wsi, mount.basic_auth_login_file, mount.auth_mask) } {
        return answered(wsi, status_page(wsi, status.code().into()));
    }
    if kind == LWSMPRO_FILE && mount.protocol.is_null() {
        return match prefix_without_slash(prefix, rest) {
            true => redirect_to_folder(wsi, path),
            false => match files() {
                Some(files) => (files.serve)(wsi, mount, rest).unwrap_or_else(|| not_found(wsi, path)),
                None => not_found(wsi, path),
            },
        };
    }
    if kind != LWSMPRO_CALLBACK && mount.protocol.is_null() {
        log_line!(Error, "mount {}: this kind of origin is not served", path_of(mount));
        return answered(wsi, status_page(wsi, 404));
    }
    call_protocol(wsi, mount, path, rest)
}

/// The mount has answered by itself, and the request is over with that: no protocol gets the body behind it, least of all one that the
/// client may not reach.
pub(super) fn answered(wsi: &Wsi, answer: Option<()>) -> c_int {
    if answer.is_some() {
        wsi.complete();
    }
    zero_or_negative(answer)
}

/// A mount whose protocol of C serves what is below it.
fn call_protocol(wsi: &Wsi, mount: &lws_http_mount, path: &[u8], rest: &[u8]) -> c_int {
    // SAFETY: names outlive the context by contract.
    let name = unsafe { text(mount.protocol).or(text(mount.origin)) }.unwrap_or_default();
    let Some(protocol) = wsi.vhost().protocol_named(name) else {
        log_line!(Error, "mount {}: no such protocol", path_of(mount));
        return -1;
    };
    if wsi.bind_for_http(protocol).is_none() {
        return -1;
    }
    let mut has_answered = false;
    if wsi.call_about_access(path, mount.auth_mask & !AUTH_MODE_MASK, &mut has_answered) != 0 {
        return answered(wsi, status_page(wsi, 401));
    }
    if has_answered {
        return 0;
    }
    let method = wsi.head.borrow().as_ref().map(|head| head.method);
    let whole = mount.protocol.is_null() && method != Some(Method::Post);
    let seen = if whole { path } else { rest };
    if method == Some(Method::Post) || whole {
        return wsi.call_with(super::abi::LWS_CALLBACK_HTTP, seen);
    }
    dispatch(wsi, protocol, seen)
}

fn redirect_to(wsi: &Wsi, mount: &lws_http_mount, scheme: &[u8]) -> c_int {
    // SAFETY: the origin outlives the context by contract.
    let origin = unsafe { text(mount.origin) }.unwrap_or_default();
    answered(wsi, redirect(wsi, 301, &[scheme, origin]))
}

/// A folder without its slash: what is relative in its page would be sought beside it.
fn prefix_without_slash(prefix: &[u8], rest: &[u8]) -> bool {
    rest.is_empty() && !prefix.ends_with(b"/")
}

fn redirect_to_folder(wsi: &Wsi, path: &[u8]) -> c_int {
    answered(wsi, redirect(wsi, 301, &[path, b"/"]))
}

/// The mount for a path, and the part of the path that is its own: the longest one, but the last of those that are callbacks.
///
/// # Safety
/// NULL or a list that lives for `'a`.
unsafe fn find<'a>(list: *const lws_http_mount, path: &[u8]) -> Option<(&'a lws_http_mount, &[u8])> {
    // SAFETY: the caller vouches for the list, here and for each next one.
    let mounts =
        core::iter::successors(unsafe { list.as_ref() }, |mount| unsafe { mount.mount_next.as_ref() });
    let mut best: Option<(&lws_http_mount, &[u8])> = None;
    for mount in mounts {
        let Some(prefix) = matched(mount, path) else { continue };
        let is_longer = best.is_none_or(|(_, before)| prefix.len() > before.len());
        if is_longer || lws_mount_protocols::from(mount.origin_protocol) == LWSMPRO_CALLBACK {
            best = Some((mount, prefix));
        }
    }
    best
}

/// The front of the path that is the mount's.
fn matched<'p>(mount: &lws_http_mount, path: &'p [u8]) -> Option<&'p [u8]> {
    let point = path_of(mount).as_bytes();
    let point =
        point.get(..usize::from(mount.mountpoint_len)).filter(|point| !point.is_empty()).unwrap_or(point);
    if !path.starts_with(point) {
        return None;
    }
    let prefix = path.get(..point.len())?;
    let ends = point.ends_with(b"/") || matches!(path.get(point.len()), None | Some(b'/'));
    let prefix = if point == b"/" { &prefix[..0] } else { prefix };
    ends.then_some(prefix)
}

fn path_of(mount: &lws_http_mount) -> &str {
    if mount.mountpoint.is_null() {
        return "";
    }
    // SAFETY: a C string that outlives the context by contract.
    unsafe { CStr::from_ptr(mount.mountpoint) }.to_str().unwrap_or_default()
}

/// Nothing below a mount for files has that path: libwebsockets asks the protocol before it gives up, about the whole of it.
fn not_found(wsi: &Wsi, path: &[u8]) -> c_int {
    let first = wsi.vhost().first_protocol();
    // SAFETY: protocols outlive their context by contract.
    let callback =
        unsafe { first.as_ref() }.and_then(|protocol| protocol.callback).map(|callback| callback as usize);
    if callback == Some(super::dummy::lws_callback_http_dummy as *const () as usize) {
        return answered(wsi, status_page(wsi, 404));
    }
    if wsi.bind_for_http(first).is_none() {
        return -1;
    }
    wsi.call_with(super::abi::LWS_CALLBACK_HTTP, path)
}
