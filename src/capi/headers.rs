//! What C asks about a head: the fields by token or name, arguments, cookies, path and method.

use core::ffi::{c_char, c_int};
use core::ptr;

use super::abi::{
    LWSHUMETH_COLON_PATH, LWSHUMETH_DELETE, LWSHUMETH_GET, LWSHUMETH_HEAD, LWSHUMETH_OPTIONS,
    LWSHUMETH_PATCH, LWSHUMETH_POST, LWSHUMETH_PUT, WSI_TOKEN_HTTP_COOKIE, WSI_TOKEN_HTTP_URI_ARGS, lws,
    lws_token_indexes,
};
use super::boundary::{TextBuffer, bytes, int, length, text};
use super::export;
use super::head::with_head;
use super::wsi::Wsi;
use crate::http::Method;

/// Copies into a buffer of C: the length, or -1 without room.
///
/// # Safety
/// `len` bytes at `dest`.
unsafe fn copy_out(value: &[u8], dest: *mut c_char, len: c_int) -> c_int {
    // SAFETY: the caller vouches for it.
    let mut buffer = unsafe { TextBuffer::new(dest, length(len)) };
    if buffer.push(value).is_some() { int(value.len()) } else { -1 }
}

export! {
    fn lws_hdr_total_length(wsi: *mut lws, h: lws_token_indexes) -> c_int {
        let (mut total, mut count) = (0, 0_usize);
        // SAFETY: NULL or valid by contract, here and in all functions below.
        unsafe {
            with_head(wsi, |head| {
                head.parts(h, |part| {
                    total += part.len();
                    count += 1;
                });
            });
        }
        int(total + count.saturating_sub(1))
    }

    fn lws_hdr_copy(wsi: *mut lws, dest: *mut c_char, len: c_int, h: lws_token_indexes) -> c_int {
        // SAFETY: `len` bytes by contract.
        let mut buffer = unsafe { TextBuffer::new(dest, length(len)) };
        let separator: &[u8] = match h {
            WSI_TOKEN_HTTP_COOKIE => b";",
            WSI_TOKEN_HTTP_URI_ARGS => b"&",
            _ => b",",
        };
        let mut fits = Some(());
        let mut first = true;
        // SAFETY: NULL or valid by contract.
        unsafe {
            with_head(wsi, |head| {
                head.parts(h, |part| {
                    let front = if core::mem::take(&mut first) { b"" } else { separator };
                    fits = fits.and_then(|()| buffer.push(front)).and_then(|()| buffer.push(part));
                });
            });
        }
        if fits.is_some() {
            return int(buffer.len());
        }
        buffer.clear();
        -1
    }

    fn lws_hdr_fragment_length(wsi: *mut lws, h: lws_token_indexes, frag_idx: c_int) -> c_int {
        let (mut found, mut index) = (0, 0);
        // SAFETY: NULL or valid by contract.
        unsafe {
            with_head(wsi, |head| {
                head.parts(h, |part| {
                    if index == frag_idx {
                        found = int(part.len());
                    }
                    index += 1;
                });
            });
        }
        found
    }

    fn lws_hdr_copy_fragment(
        wsi: *mut lws,
        dest: *mut c_char,
        len: c_int,
        h: lws_token_indexes,
        frag_idx: c_int,
    ) -> c_int {
        let (mut copied, mut index) = (-1, 0);
        // SAFETY: NULL or valid by contract, `len` bytes at `dest`.
        unsafe {
            with_head(wsi, |head| {
                head.parts(h, |part| {
                    if index == frag_idx {
                        copied = copy_out(part, dest, len);
                    }
                    index += 1;
                });
            });
        }
        copied
    }

    fn lws_hdr_custom_length(wsi: *mut lws, name: *const c_char, nlen: c_int) -> c_int {
        // SAFETY: NULL or valid by contract, `nlen` bytes at `name`.
        unsafe {
            let name = bytes(name.cast(), length(nlen));
            let name = name.strip_suffix(b":").unwrap_or(name);
            with_head(wsi, |head| head.value(name).map(|value| int(value.len()))).flatten().unwrap_or(-1)
        }
    }

    fn lws_hdr_custom_copy(wsi: *mut lws, dst: *mut c_char, len: c_int, name: *const c_char, nlen: c_int) -> c_int {
        // SAFETY: NULL or valid by contract, `nlen` bytes at `name`, `len` at `dst`.
        unsafe {
            let name = bytes(name.cast(), length(nlen));
            let name = name.strip_suffix(b":").unwrap_or(name);
            // Empty, where there is no such field: programs look at that alone.
            copy_out(b"", dst, len);
            with_head(wsi, |head| head.value(name).map(|value| copy_out(value, dst, len))).flatten().unwrap_or(-1)
        }
    }

    fn lws_get_urlarg_by_name_safe(wsi: *mut lws, name: *const c_char, buf: *mut c_char, len: c_int) -> c_int {
        // SAFETY: NULL or valid by contract, `len` bytes at `buf`.
        unsafe {
            let Some(name) = text(name) else { return -1 };
            with_head(wsi, |head| head.argument(name).map(|value| copy_out(value, buf, len))).flatten().unwrap_or(-1)
        }
    }

    fn lws_get_urlarg_by_name(wsi: *mut lws, name: *const c_char, buf: *mut c_char, len: c_int) -> *const c_char {
        // SAFETY: passed on.
        if unsafe { lws_get_urlarg_by_name_safe(wsi, name, buf, len) } < 0 { ptr::null() } else { buf }
    }

    fn lws_http_cookie_get(wsi: *mut lws, name: *const c_char, buf: *mut c_char, max: *mut usize) -> c_int {
        // SAFETY: NULL or valid by contract, `*max` bytes at `buf`.
        unsafe {
            let (Some(name), false) = (text(name), max.is_null()) else { return 1 };
            let room = c_int::try_from(*max).unwrap_or(c_int::MAX);
            let copied = with_head(wsi, |head| head.cookie(name).map(|value| copy_out(value, buf, room))).flatten();
            match copied {
                Some(length) if length >= 0 => {
                    *max = length as usize;
                    0
                }
                _ => 1,
            }
        }
    }

    fn lws_http_get_uri_and_method(wsi: *mut lws, puri_ptr: *mut *mut c_char, puri_len: *mut c_int) -> c_int {
        if puri_ptr.is_null() || puri_len.is_null() {
            return -1;
        }
        // SAFETY: NULL or valid by contract; the path lives as long as the request.
        let found = unsafe { with_head(wsi, |head| (head.method, head.path_text())) };
        let Some((method, (path, path_length))) = found else { return -1 };
        // SAFETY: neither is NULL.
        unsafe {
            puri_ptr.write(path.cast_mut().cast());
            puri_len.write(int(path_length));
        }
        let number = match method {
            Method::Get => LWSHUMETH_GET,
            Method::Post => LWSHUMETH_POST,
            Method::Options => LWSHUMETH_OPTIONS,
            Method::Put => LWSHUMETH_PUT,
            Method::Patch => LWSHUMETH_PATCH,
            Method::Delete => LWSHUMETH_DELETE,
            Method::Head => LWSHUMETH_HEAD,
            _ => LWSHUMETH_COLON_PATH,
        };
        number as c_int
    }

    fn lws_http_headers_detach(wsi: *mut lws) -> c_int {
        // SAFETY: NULL or valid by contract.
        match unsafe { Wsi::from_c(wsi) } {
            Some(wsi) => {
                wsi.head.replace(None);
                0
            }
            None => 1,
        }
    }
}
