//! A client that sends one HTTP request.

use core::ffi::{c_char, c_int, c_uint};
use core::net::SocketAddr;
use core::ptr;

use alloc::vec::Vec;

use super::farewell;
use super::request::{BOUNDARY, note_response, prepare};
use crate::capi::abi::{
    LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH, LWS_CALLBACK_CLIENT_HTTP_REDIRECT,
    LWS_CALLBACK_CLIENT_HTTP_WRITEABLE, LWS_CALLBACK_COMPLETED_CLIENT_HTTP,
    LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP, LWS_CALLBACK_RECEIVE_CLIENT_HTTP,
    LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ, lws,
};
use crate::capi::boundary::{Cursor, int, length, text, zero_or_one};
use crate::capi::callback::{Active, append};
use crate::capi::conmon;
use crate::capi::export;
use crate::capi::wsi::{Life, Wsi, WsiRef};
use crate::client::{ClientError, RequestBody, ResponseHandler, Step};
use crate::http::{ReceivedResponse, RequestHead, ResponseError, Status};
#[cfg(feature = "security-tls12")]
use crate::tls::PeerCertificate;

/// One HTTP request.
pub(super) struct Fetch {
    pub(super) wsi: WsiRef,
}

impl ResponseHandler for Fetch {
    fn step(&mut self, step: Step) {
        conmon::enter(self.wsi.get(), Some(step));
    }

    #[cfg(feature = "security-tls12")]
    fn secured(&mut self, server: &PeerCertificate<'_>) -> bool {
        super::request::keep_certificate(self.wsi.get(), server);
        true
    }

    fn connected(&mut self, server: SocketAddr) {
        self.wsi.get().set_peer(Some(server));
    }

    fn prepare(&mut self, head: &mut RequestHead<'_>) -> Result<(), ResponseError> {
        prepare(self.wsi.get(), head)
    }

    fn send(&mut self, body: &mut RequestBody<'_>) {
        let wsi = self.wsi.get();
        if wsi.is_open() && wsi.with_client(|client| client.body_pending).unwrap_or(false) {
            wsi.with_client(|client| client.body = ptr::from_mut(body).cast());
            let result = wsi.context().during(Active::None, || {
                wsi.wants_writable.set(false);
                wsi.call(LWS_CALLBACK_CLIENT_HTTP_WRITEABLE, ptr::null_mut(), 0)
            });
            wsi.with_client(|client| client.body = ptr::null_mut());
            end_if(wsi, result);
        }
        if !wsi.is_open() {
            // Not the end of the body: the server must not take the part for the whole.
            wsi.established.set(true);
            body.abort();
        } else if !wsi.with_client(|client| client.body_pending).unwrap_or(false) {
            body.finish();
        }
    }

    fn response(&mut self, response: &ReceivedResponse<'_>) -> bool {
        let wsi = self.wsi.get();
        note_response(wsi, response);
        let welcome = wsi.context().during(Active::None, || {
            wsi.call(LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH, ptr::null_mut(), 0) == 0
                && wsi.call(LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP, ptr::null_mut(), 0) == 0
        });
        wsi.established.set(welcome);
        welcome
    }

    fn body(&mut self, bytes: &[u8]) {
        let wsi = self.wsi.get();
        let kept = wsi.with_client(|client| wm_sys::heap::try_extend(&mut client.incoming, bytes).ok());
        if kept.flatten().is_none() {
            log_line!(Error, "no memory for {} bytes of a response: it ends", bytes.len());
            wsi.life.set(Life::Ending);
        }
        let mut left = bytes.len();
        while wsi.is_open() && left > 0 {
            let result = wsi
                .context()
                .during(Active::None, || wsi.call(LWS_CALLBACK_RECEIVE_CLIENT_HTTP, ptr::null_mut(), 0));
            end_if(wsi, result);
            let now = wsi.with_client(|client| client.incoming.len()).unwrap_or(0);
            // What C does not read now it does not want.
            left = if now < left { now } else { 0 };
        }
        wsi.with_client(|client| client.incoming.clear());
    }

    fn has_room(&mut self) -> bool {
        !self.wsi.get().with_client(|client| client.is_paused).unwrap_or(false)
    }

    fn has_enough(&mut self) -> bool {
        !self.wsi.get().is_open()
    }

    fn redirected(&mut self, status: Status, location: &[u8]) -> bool {
        let wsi = self.wsi.get();
        if status == Status::SEE_OTHER {
            wsi.with_client(|client| (client.redirected_to_get, client.body_pending) = (true, false));
        }
        let mut text = Vec::new();
        if append(&mut text, location).and_then(|()| append(&mut text, &[0])).is_none() {
            return false;
        }
        // Where others have the length this has the status.
        let code = usize::from(status.code());
        wsi.context().during(Active::None, || {
            wsi.call(LWS_CALLBACK_CLIENT_HTTP_REDIRECT, text.as_mut_ptr().cast(), code) == 0
        })
    }

    fn done(&mut self, result: Result<(), &ClientError>) {
        let wsi = self.wsi.get();
        if result.is_ok() && wsi.is_open() {
            wsi.context().during(Active::None, || {
                wsi.call(LWS_CALLBACK_COMPLETED_CLIENT_HTTP, ptr::null_mut(), 0);
            });
        }
        farewell(wsi, result.err());
    }
}

fn end_if(wsi: &Wsi, result: c_int) {
    if result != 0 {
        wsi.life.set(Life::Ending);
    }
}

impl Wsi {
    /// Writes a piece of a request's body.
    pub(in crate::capi) fn write_body(&self, bytes: &[u8]) -> c_int {
        let body = self.with_client(|client| client.body).unwrap_or(ptr::null_mut());
        // SAFETY: set for the time of LWS_CALLBACK_CLIENT_HTTP_WRITEABLE, during which nobody else uses it.
        match unsafe { body.as_mut() }.map(|body| body.write(bytes)) {
            Some(Ok(())) => int(bytes.len()),
            _ => -1,
        }
    }
}

export! {
    fn lws_http_client_http_response(wsi: *mut lws) -> c_uint {
        // SAFETY: NULL or valid by contract, here and in all functions below.
        unsafe { Wsi::from_c(wsi) }.and_then(|wsi| wsi.with_client(|client| client.status)).unwrap_or(0)
    }

    fn lws_http_client_read(wsi: *mut lws, buf: *mut *mut c_char, len: *mut c_int) -> c_int {
        // SAFETY: NULL or valid by contract.
        let (Some(wsi), false, false) = (unsafe { Wsi::from_c(wsi) }, buf.is_null(), len.is_null()) else { return -1 };
        // SAFETY: neither is NULL.
        let (start, room) = unsafe { (*buf, length(*len)) };
        // SAFETY: not NULL.
        unsafe { len.write(0) };
        let taken = wsi.with_client(|client| {
            let taken = client.incoming.len().min(if start.is_null() { 0 } else { room });
            // SAFETY: `*len` bytes at `*buf` by contract, and as many were received.
            unsafe { start.cast::<u8>().copy_from(client.incoming.as_ptr(), taken) };
            client.incoming.drain(..taken);
            taken
        });
        let Some(taken) = taken.filter(|taken| *taken > 0) else { return 0 };
        // SAFETY: not NULL.
        unsafe { len.write(int(taken)) };
        if wsi.call(LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ, start.cast(), taken) != 0 { -1 } else { 0 }
    }

    fn lws_client_http_body_pending(wsi: *mut lws, something_left_to_send: c_int) {
        // SAFETY: NULL or valid by contract.
        if let Some(wsi) = unsafe { Wsi::from_c(wsi) } {
            wsi.with_client(|client| client.body_pending = something_left_to_send != 0);
        }
    }

    fn lws_client_http_multipart(
        wsi: *mut lws,
        name: *const c_char,
        filename: *const c_char,
        content_type: *const c_char,
        p: *mut *mut c_char,
        end: *mut c_char,
    ) -> c_int {
        let _ = wsi;
        // SAFETY: NULL or valid by contract.
        let (cursor, name, filename, kind) =
            unsafe { (Cursor::new(p.cast(), end.cast()), text(name), text(filename), text(content_type)) };
        let Some(mut cursor) = cursor else { return 1 };
        let Some(name) = name else {
            return zero_or_one(cursor.push(&[b"\r\n--", BOUNDARY, b"--\r\n"]));
        };
        let (before, file, behind): (&[u8], &[u8], &[u8]) = match filename {
            Some(file) => (b"\"; filename=\"", file, b"\"\r\n"),
            None => (b"\"\r\n", b"", b""),
        };
        let (label, kind, newline): (&[u8], &[u8], &[u8]) = match kind {
            Some(kind) => (b"Content-Type: ", kind, b"\r\n"),
            None => (b"", b"", b""),
        };
        zero_or_one(cursor.push(&[
            b"\r\n--", BOUNDARY, b"\r\nContent-Disposition: form-data; name=\"", name, before, file, behind, label, kind,
            newline, b"\r\n",
        ]))
    }

    fn lws_http_is_redirected_to_get(wsi: *mut lws) -> c_int {
        // SAFETY: NULL or valid by contract.
        let redirected =
            unsafe { Wsi::from_c(wsi) }.and_then(|wsi| wsi.with_client(|client| client.redirected_to_get));
        c_int::from(redirected.unwrap_or(false))
    }
}
