//! Responses: heads that C composes piece by piece, and whole answers.

use core::ffi::{c_char, c_int, c_uchar, c_uint};

use alloc::vec::Vec;

use super::abi::{
    LWS_SERVER_OPTION_HTTP_HEADERS_SECURITY_BEST_PRACTICES_ENFORCE, LWS_SERVER_OPTION_STS,
    LWSAHH_FLAG_NO_SERVER_NAME, lws, lws_filepos_t, lws_token_indexes,
};
use super::boundary::{Cursor, TextBuffer, bytes, length, text, zero_or_one};
use super::export;
use super::protocol::options;
use super::tokens::field_with_colon;
use super::vhost::Vhost;
use super::wsi::{SERVES, Wsi};
use crate::http::write::{DECIMAL_LENGTH, decimal};
use crate::http::{Credentials, Status, check_value};
use crate::server::{Response, SendError};

/// LWS_ILLEGAL_HTTP_CONTENT_LEN: a length that is not known.
const UNKNOWN_LENGTH: lws_filepos_t = lws_filepos_t::MAX;

/// LWSAHH_CODE_MASK: what of a code is the status.
const CODE: c_uint = 0xffff;

/// What libwebsockets sends with LWS_SERVER_OPTION_HTTP_HEADERS_SECURITY_BEST_PRACTICES_ENFORCE.
const SECURITY: [(&[u8], &[u8]); 4] = [
    (
        b"content-security-policy",
        b"default-src 'none'; img-src 'self' data: ; script-src 'self'; font-src 'self'; style-src 'self'; \
          connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; form-action 'self';",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"deny"),
    (b"referrer-policy", b"no-referrer"),
];

/// Where heads are written to. What is written is the same for all: it is one function, which sees them as `dyn`.
pub(super) trait Lines {
    fn put(&mut self, pieces: &[&[u8]]) -> Option<()>;

    fn field(&mut self, name: &[u8], value: &[u8]) -> Option<()>
    where
        Self: Sized,
    {
        field(self, name, value)
    }

    fn status(&mut self, wsi: &Wsi, code: c_uint) -> Option<()>
    where
        Self: Sized,
    {
        status(self, wsi, code)
    }

    fn content_length(&mut self, length: u64) -> Option<()>
    where
        Self: Sized,
    {
        field(self, b"content-length", decimal(length, &mut [0; DECIMAL_LENGTH]))
    }
}

/// One field line. Line breaks in a value would begin another: they are refused, as all controls are.
fn field(lines: &mut dyn Lines, name: &[u8], value: &[u8]) -> Option<()> {
    let name = name.strip_suffix(b":").unwrap_or(name);
    if name.is_empty() || check_value(name).is_err() || check_value(value).is_err() {
        return None;
    }
    lines.put(&[name, b": ", value, b"\r\n"])
}

/// Status line, and the fields that every response of a virtual host has.
fn status(lines: &mut dyn Lines, wsi: &Wsi, code: c_uint) -> Option<()> {
    let http_1_0 = wsi.head.borrow().as_ref().is_some_and(|head| head.http_1_0);
    let number = u16::try_from(code & CODE).ok()?;
    let reason = Status::from_code(number)?.reason();
    let version: &[u8] = if http_1_0 { b"HTTP/1.0 " } else { b"HTTP/1.1 " };
    lines.put(&[
        version,
        decimal(number.into(), &mut [0; DECIMAL_LENGTH]),
        b" ",
        reason.as_bytes(),
        b"\r\n",
    ])?;
    common(lines, wsi.vhost(), code & LWSAHH_FLAG_NO_SERVER_NAME == 0)
}

fn common(lines: &mut dyn Lines, vhost: &Vhost, names_server: bool) -> Option<()> {
    // SAFETY: the list outlives the context by contract.
    for option in unsafe { options(vhost.headers) } {
        // SAFETY: as above.
        let (name, value) = unsafe { (text(option.name), text(option.value)) };
        field(lines, name.unwrap_or_default(), value.unwrap_or_default())?;
    }
    if vhost.has(LWS_SERVER_OPTION_HTTP_HEADERS_SECURITY_BEST_PRACTICES_ENFORCE.into()) {
        for (name, value) in SECURITY {
            field(lines, name, value)?;
        }
    }
    if vhost.has(LWS_SERVER_OPTION_STS.into()) {
        field(lines, b"strict-transport-security", b"max-age=15768000 ; includeSubDomains")?;
    }
    match vhost.server_string {
        Some(server) if names_server => field(lines, b"server", server.to_bytes()),
        _ => Some(()),
    }
}

impl Lines for Cursor {
    fn put(&mut self, pieces: &[&[u8]]) -> Option<()> {
        Cursor::push(self, pieces)
    }
}

impl Lines for Vec<u8> {
    fn put(&mut self, pieces: &[&[u8]]) -> Option<()> {
        pieces.iter().try_for_each(|piece| wm_sys::heap::try_extend(self, piece).ok())
    }
}

impl Wsi {
    /// Sends bytes of a response that C composed. What follows the end of the response is not sent: C's own protocols send such
    /// things, and mean no harm.
    pub(super) fn write_http(&self, bytes: &[u8]) -> c_int {
        if self.refusal.get().is_some() {
            // A handshake is answered by its status alone.
            if let Some(status) = status_of(bytes) {
                self.refusal.set(Some(status));
            }
            return super::boundary::int(bytes.len());
        }
        match self.with_response(|response| response.verbatim(bytes)) {
            Some(Ok(()) | Err(SendError::OutOfOrder)) => super::boundary::int(bytes.len()),
            None if self.completed.get() => super::boundary::int(bytes.len()),
            _ => -1,
        }
    }

    /// Sends a head, with the empty line behind it, and the body.
    pub(super) fn answer(&self, head: Vec<u8>, body: &[&[u8]]) -> Option<()> {
        let mut message = head;
        message.put(&[b"\r\n"])?;
        message.put(body)?;
        (self.write_http(&message) >= 0).then_some(())
    }
}

/// The status of a response that begins with these bytes.
fn status_of(head: &[u8]) -> Option<Status> {
    let code = head.strip_prefix(b"HTTP/1.")?.get(2..5)?;
    Status::from_code(core::str::from_utf8(code).ok()?.parse().ok()?).filter(|status| status.code() >= 400)
}

/// A small page with a status.
pub(super) fn status_page(wsi: &Wsi, code: c_uint) -> Option<()> {
    page(wsi, code, b"")
}

fn page(wsi: &Wsi, code: c_uint, body: &[u8]) -> Option<()> {
    if !SERVES {
        return None;
    }
    if code & CODE == 404
        && let Some(document) = wsi.vhost().error_document_404
    {
        return redirect(wsi, 302, &[document.to_bytes()]);
    }
    let mut digits = [0; DECIMAL_LENGTH];
    let number = decimal((code & CODE).into(), &mut digits);
    let content: [&[u8]; 5] = [b"<!DOCTYPE html><html><body><h1>", number, b"</h1>", body, b"</body></html>"];
    let mut head = Vec::new();
    head.status(wsi, code)?;
    if !Status::from_code(u16::try_from(code & CODE).ok()?)?.allows_body() {
        return wsi.answer(head, &[]);
    }
    if code & CODE == 401 {
        head.field(b"www-authenticate", b"Basic realm=\"lwsws\"")?;
    }
    head.field(b"content-type", b"text/html")?;
    head.content_length(content.iter().map(|piece| piece.len() as u64).sum())?;
    wsi.answer(head, &content)
}

/// Sends the client elsewhere: to `target`, which is in pieces.
pub(super) fn redirect(wsi: &Wsi, code: c_uint, target: &[&[u8]]) -> Option<()> {
    let mut location = Vec::new();
    location.put(target)?;
    let mut head = Vec::new();
    head.status(wsi, code)?;
    head.field(b"location", &location)?;
    head.content_length(0)?;
    wsi.answer(head, &[])
}

/// Whether the connection ends behind the response, which is complete as far as C is concerned.
fn finish(response: &mut Response<'_>) -> bool {
    if !response.is_started() {
        response.hang_up();
    } else if !response.is_finished() {
        response.finish().ok();
    }
    response.ends_connection()
}

/// Composes at a cursor of C: 0, or 1 when there is no room.
///
/// # Safety
/// `wsi`, `p` and `end` are NULL or valid.
unsafe fn compose(
    wsi: *mut lws,
    p: *mut *mut c_uchar,
    end: *mut c_uchar,
    write: impl FnOnce(&Wsi, &mut Cursor) -> Option<()>,
) -> c_int {
    // SAFETY: the caller vouches for them.
    let (wsi, cursor) = unsafe { (Wsi::from_c(wsi), Cursor::new(p, end)) };
    zero_or_one(wsi.zip(cursor).and_then(|(wsi, mut cursor)| write(wsi, &mut cursor)))
}

export! {
    fn lws_add_http_header_status(wsi: *mut lws, code: c_uint, p: *mut *mut c_uchar, end: *mut c_uchar) -> c_int {
        // SAFETY: NULL or valid by contract, here and in all functions below.
        unsafe { compose(wsi, p, end, |wsi, cursor| cursor.status(wsi, code)) }
    }

    fn lws_add_http_header_by_name(
        wsi: *mut lws,
        name: *const c_uchar,
        value: *const c_uchar,
        value_length: c_int,
        p: *mut *mut c_uchar,
        end: *mut c_uchar,
    ) -> c_int {
        // SAFETY: NULL or valid by contract, `value_length` bytes at `value`.
        unsafe {
            let (name, value) = (text(name.cast()).unwrap_or_default(), bytes(value, length(value_length)));
            compose(wsi, p, end, |_, cursor| cursor.field(name, value))
        }
    }

    fn lws_add_http_header_by_token(
        wsi: *mut lws,
        token: lws_token_indexes,
        value: *const c_uchar,
        value_length: c_int,
        p: *mut *mut c_uchar,
        end: *mut c_uchar,
    ) -> c_int {
        // SAFETY: NULL or valid by contract, `value_length` bytes at `value`.
        unsafe {
            let value = bytes(value, length(value_length));
            compose(wsi, p, end, |_, cursor| cursor.field(field_with_colon(token)?, value))
        }
    }

    fn lws_add_http_header_content_length(
        wsi: *mut lws,
        content_length: lws_filepos_t,
        p: *mut *mut c_uchar,
        end: *mut c_uchar,
    ) -> c_int {
        // SAFETY: NULL or valid by contract.
        unsafe { compose(wsi, p, end, |_, cursor| cursor.content_length(content_length)) }
    }

    fn lws_add_http_common_headers(
        wsi: *mut lws,
        code: c_uint,
        content_type: *const c_char,
        content_len: lws_filepos_t,
        p: *mut *mut c_uchar,
        end: *mut c_uchar,
    ) -> c_int {
        // SAFETY: NULL or valid by contract.
        unsafe {
            compose(wsi, p, end, |wsi, cursor| {
                cursor.status(wsi, code)?;
                if let Some(kind) = text(content_type) {
                    cursor.field(b"content-type", kind)?;
                }
                match content_len {
                    UNKNOWN_LENGTH => cursor.field(b"connection", b"close"),
                    length => cursor.content_length(length),
                }
            })
        }
    }

    fn lws_finalize_http_header(wsi: *mut lws, p: *mut *mut c_uchar, end: *mut c_uchar) -> c_int {
        // SAFETY: NULL or valid by contract.
        unsafe { compose(wsi, p, end, |_, cursor| cursor.push(&[b"\r\n"])) }
    }

    fn lws_finalize_write_http_header(
        wsi: *mut lws,
        start: *mut c_uchar,
        p: *mut *mut c_uchar,
        end: *mut c_uchar,
    ) -> c_int {
        // SAFETY: NULL or valid by contract; `*p` lies behind `start` in the same buffer.
        unsafe {
            if start.is_null() || lws_finalize_http_header(wsi, p, end) != 0 {
                return 1;
            }
            let head = bytes(start, (*p).addr().saturating_sub(start.addr()));
            let sent = Wsi::from_c(wsi).map_or(-1, |wsi| wsi.write_http(head));
            c_int::from(sent < 0)
        }
    }

    fn lws_return_http_status(wsi: *mut lws, code: c_uint, html_body: *const c_char) -> c_int {
        // SAFETY: NULL or valid by contract.
        let (wsi, body) = unsafe { (Wsi::from_c(wsi), text(html_body).unwrap_or_default()) };
        zero_or_one(wsi.and_then(|wsi| page(wsi, code, body)))
    }

    fn lws_http_redirect(
        wsi: *mut lws,
        code: c_int,
        loc: *const c_uchar,
        len: c_int,
        p: *mut *mut c_uchar,
        end: *mut c_uchar,
    ) -> c_int {
        // SAFETY: NULL or valid by contract, `len` bytes at `loc`.
        unsafe {
            let start = if p.is_null() { core::ptr::null_mut() } else { *p };
            let target = bytes(loc, length(len));
            let composed = compose(wsi, p, end, |wsi, cursor| {
                cursor.status(wsi, u32::try_from(code).ok()?)?;
                cursor.field(b"location", target)?;
                cursor.content_length(0)?;
                cursor.push(&[b"\r\n"])
            });
            let Some(wsi) = Wsi::from_c(wsi).filter(|_| composed == 0) else { return -1 };
            wsi.write_http(bytes(start, (*p).addr().saturating_sub(start.addr())))
        }
    }

    fn lws_http_transaction_completed(wsi: *mut lws) -> c_int {
        // SAFETY: NULL or valid by contract.
        let Some(wsi) = (unsafe { Wsi::from_c(wsi) }) else { return 1 };
        if wsi.completed.get() {
            return 0;
        }
        let closes = !SERVES || wsi.with_response(finish).unwrap_or(true);
        if !closes {
            wsi.complete();
        }
        c_int::from(closes)
    }

    fn lws_http_mark_sse(wsi: *mut lws) -> c_int {
        // SAFETY: NULL or valid by contract.
        let marked = unsafe { Wsi::from_c(wsi) }.and_then(|wsi| {
            let keepalive = wsi.vhost().keepalive;
            wsi.with_response(|response| {
                response.without_timeout();
                // Else as the library has it.
                if keepalive.is_some() {
                    response.set_keepalive(keepalive);
                }
            })
        });
        zero_or_one(marked)
    }

    fn lws_http_basic_auth_gen(user: *const c_char, pw: *const c_char, buf: *mut c_char, len: usize) -> c_int {
        // SAFETY: NULL or valid by contract, `len` bytes at `buf`.
        let (user, password, mut buffer) = unsafe { (text(user), text(pw), TextBuffer::new(buf, len)) };
        let value = user.zip(password).and_then(|(user, password)| Credentials::field_value(user, password).ok());
        zero_or_one(value.and_then(|value| buffer.push(&value)))
    }
}
