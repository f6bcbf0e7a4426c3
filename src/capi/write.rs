//! `lws_write`, and asking for room.

use core::ffi::{c_int, c_longlong, c_uchar};
use core::ptr;

use super::abi::{
    LWS_WRITE_BINARY, LWS_WRITE_CONTINUATION, LWS_WRITE_HTTP, LWS_WRITE_HTTP_FINAL, LWS_WRITE_HTTP_HEADERS,
    LWS_WRITE_HTTP_HEADERS_CONTINUATION, LWS_WRITE_NO_FIN, LWS_WRITE_PING, LWS_WRITE_PONG, LWS_WRITE_TEXT,
    lws, lws_context, lws_protocols, lws_vhost, lws_write_protocol,
};
use super::boundary::{bytes, int};
use super::context::Context;
use super::export;
use super::vhost::Vhost;
use super::wsi::{Kind, SERVES, Wsi};
use crate::server::SendError;
use crate::ws::Kind as MessageKind;

/// What of a write's mode is its kind: the rest are flags.
const KIND: lws_write_protocol = 0x1f;

/// Longest payload of a ping or pong (RFC 6455 section 5.5).
const MOST_CONTROL: usize = 125;

impl Wsi {
    /// Sends a frame, if that is what C asks for; how many bytes of payload it has.
    fn write_message(&self, payload: &[u8], mode: lws_write_protocol) -> c_int {
        match self.write_frame(payload, mode) {
            // Sends during the closing handshake are swallowed.
            Some(Ok(()) | Err(SendError::Closing)) => int(payload.len()),
            Some(Err(error)) => {
                log_line!(Warn, "lws_write: {error}");
                -1
            }
            None => -1,
        }
    }

    /// Sends a frame.
    fn write_frame(&self, payload: &[u8], mode: lws_write_protocol) -> Option<Result<(), SendError>> {
        let (kind, first) = match mode & KIND {
            LWS_WRITE_TEXT => (MessageKind::Text, true),
            LWS_WRITE_BINARY => (MessageKind::Binary, true),
            LWS_WRITE_CONTINUATION => (self.sending.get(), false),
            // Without frames it would be no WebSocket any more: what is meant is a message.
            LWS_WRITE_HTTP
            | LWS_WRITE_HTTP_FINAL
            | LWS_WRITE_HTTP_HEADERS
            | LWS_WRITE_HTTP_HEADERS_CONTINUATION => {
                log_line!(Warn, "lws_write: LWS_WRITE_HTTP on a WebSocket is sent as binary");
                (MessageKind::Binary, true)
            }
            control => return self.write_control(payload, control),
        };
        self.sending.set(kind);
        let last = mode & LWS_WRITE_NO_FIN == 0;
        self.with_socket(|socket| socket.send_fragment(kind, payload, first, last))
    }

    #[inline(never)]
    fn write_control(&self, payload: &[u8], kind: lws_write_protocol) -> Option<Result<(), SendError>> {
        let payload = payload.get(..MOST_CONTROL).unwrap_or(payload);
        self.with_socket(|socket| match kind {
            LWS_WRITE_PING => socket.ping(payload),
            LWS_WRITE_PONG => socket.pong(payload),
            _ => Err(SendError::OutOfOrder),
        })
    }

    /// Asks for one WRITEABLE callback.
    pub(super) fn request_writable(&self) -> c_int {
        if !self.is_open() {
            return 0;
        }
        let asked = match self.kind.get() {
            Kind::Http => SERVES && self.with_response(|response| response.notify_writable()).is_some(),
            Kind::WebSocket | Kind::Client => self.with_socket(|socket| socket.notify_writable()).is_some(),
            Kind::Raw | Kind::RawClient => self.with_raw_socket(|socket| socket.notify_writable()).is_some(),
            // It is asked for the rest of its body anyway.
            Kind::HttpClient => true,
            Kind::Placeholder => return -1,
        };
        // Where the core has handed out nothing yet, the callback that opens the connection asks.
        self.wants_writable.set(asked || !self.established.get());
        c_int::from(self.wants_writable.get())
    }

    fn set_receiving(&self, receiving: bool) {
        let _ = match self.kind.get() {
            Kind::Http => self.with_response(|response| response.set_receiving(receiving)),
            Kind::HttpClient => super::clients::set_receiving(self, receiving),
            Kind::Raw | Kind::RawClient => self.with_raw_socket(|socket| socket.set_receiving(receiving)),
            _ => self.with_socket(|socket| socket.set_receiving(receiving)),
        };
    }

    fn has_backlog(&self) -> bool {
        let choked = match self.kind.get() {
            Kind::WebSocket | Kind::Client => self.with_socket(|socket| socket.has_backlog()),
            Kind::Raw | Kind::RawClient => self.with_raw_socket(|socket| socket.has_backlog()),
            Kind::HttpClient => None,
            _ => self.with_response(|response| response.has_backlog()),
        };
        choked.unwrap_or(false)
    }
}

/// Asks for a WRITEABLE callback of each connection of a protocol.
fn request_all(context: &Context, protocol: *const lws_protocols, only: Option<&Vhost>) -> c_int {
    // SAFETY: NULL or valid by contract.
    let Some(protocol) = (unsafe { protocol.as_ref() }) else { return -1 };
    context.for_each_wsi(&mut |wsi| {
        if wsi.speaks(protocol) && only.is_none_or(|vhost| ptr::eq(vhost, wsi.vhost.get())) {
            wsi.request_writable();
        }
    });
    0
}

export! {
    fn lws_write(wsi: *mut lws, buf: *mut c_uchar, len: usize, mode: lws_write_protocol) -> c_int {
        if len > 0 && buf.is_null() || c_int::try_from(len).is_err() {
            return -1;
        }
        // SAFETY: NULL or valid by contract, `len` bytes at `buf`.
        let (Some(wsi), payload) = (unsafe { (Wsi::from_c(wsi), bytes(buf, len)) }) else { return -1 };
        match wsi.kind.get() {
            Kind::Http if SERVES && wsi.is_open() => wsi.write_http(payload),
            Kind::Http => -1,
            Kind::HttpClient => wsi.write_body(payload),
            Kind::Raw | Kind::RawClient => wsi.write_raw(payload),
            Kind::WebSocket | Kind::Client | Kind::Placeholder => wsi.write_message(payload, mode),
        }
    }

    fn lws_callback_on_writable(wsi: *mut lws) -> c_int {
        // SAFETY: NULL or valid by contract.
        unsafe { Wsi::from_c(wsi) }.map_or(-1, Wsi::request_writable)
    }

    fn lws_callback_on_writable_all_protocol(
        context: *const lws_context,
        protocol: *const lws_protocols,
    ) -> c_int {
        // SAFETY: NULL or valid by contract.
        unsafe { Context::from_c(context) }.map_or(-1, |context| request_all(context, protocol, None))
    }

    fn lws_callback_on_writable_all_protocol_vhost(
        vhost: *const lws_vhost,
        protocol: *const lws_protocols,
    ) -> c_int {
        // SAFETY: NULL or valid by contract.
        unsafe { Vhost::from_c(vhost) }.map_or(-1, |vhost| request_all(vhost.context(), protocol, Some(vhost)))
    }

    fn lws_send_pipe_choked(wsi: *mut lws) -> c_int {
        // SAFETY: NULL or valid by contract.
        unsafe { Wsi::from_c(wsi) }.map_or(1, |wsi| c_int::from(wsi.has_backlog()))
    }

    fn lws_partial_buffered(wsi: *mut lws) -> c_int {
        // SAFETY: passed on.
        unsafe { lws_send_pipe_choked(wsi) }
    }

    fn lws_get_peer_write_allowance(wsi: *mut lws) -> c_longlong {
        let _ = wsi;
        -1
    }

    fn lws_rx_flow_control(wsi: *mut lws, enable: c_int) -> c_int {
        // SAFETY: NULL or valid by contract.
        let Some(wsi) = (unsafe { Wsi::from_c(wsi) }) else { return -1 };
        wsi.set_receiving(enable & 1 != 0);
        0
    }

    fn lws_rx_flow_allow_all_protocol(context: *const lws_context, protocol: *const lws_protocols) {
        // SAFETY: NULL or valid by contract.
        if let (Some(context), Some(protocol)) = (unsafe { Context::from_c(context) }, unsafe { protocol.as_ref() }) {
            context.for_each_wsi(&mut |wsi| {
                if wsi.speaks(protocol) {
                    wsi.set_receiving(true);
                }
            });
        }
    }
}
