//! A client that speaks WebSocket.

use core::net::SocketAddr;
use core::ptr;
use core::time::Duration;

use super::farewell;
use super::request::{note_response, prepare};
use crate::capi::abi::{
    LWS_CALLBACK_CLIENT_ESTABLISHED, LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH,
    LWS_CALLBACK_CLIENT_RECEIVE_PONG, LWS_CALLBACK_CLIENT_WRITEABLE, LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP,
    LWS_CALLBACK_WS_PEER_INITIATED_CLOSE,
};
use crate::capi::callback::Active;
use crate::capi::conmon;
use crate::capi::receive;
use crate::capi::sessions::{calling, close_payload};
use crate::capi::wsi::WsiRef;
use crate::client::{ClientError, ClientProtocol, Step};
use crate::http::{ReceivedResponse, RequestHead, ResponseError};
use crate::server::{Closed, Delivery, Socket};
#[cfg(feature = "security-tls12")]
use crate::tls::PeerCertificate;
use crate::ws::{CloseReason, Fragment};

/// One WebSocket client.
pub(super) struct Caller {
    pub(super) wsi: WsiRef,
}

impl ClientProtocol for Caller {
    fn delivery(&self) -> Delivery {
        Delivery::Fragments
    }

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

    fn accept(&mut self, response: &ReceivedResponse<'_>, _subprotocol: Option<&str>) -> bool {
        let wsi = self.wsi.get();
        conmon::enter(wsi, None);
        note_response(wsi, response);
        wsi.context().during(Active::None, || {
            wsi.call(LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP, ptr::null_mut(), 0) == 0
                && wsi.call(LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH, ptr::null_mut(), 0) == 0
        })
    }

    fn opened(&mut self, socket: &mut Socket<'_>) {
        let wsi = self.wsi.get();
        wsi.id.set(Some(socket.id()));
        wsi.established.set(true);
        if let keepalive @ Some(_) = wsi.vhost().keepalive {
            socket.set_keepalive(keepalive);
        }
        calling(wsi, socket, || wsi.call(LWS_CALLBACK_CLIENT_ESTABLISHED, ptr::null_mut(), 0));
        wsi.head.replace(None);
        #[cfg(feature = "security-tls12")]
        wsi.with_client(|client| client.certificate = None); // from here on the socket knows it
        if wsi.wants_writable.get() {
            socket.notify_writable();
        }
    }

    fn fragment(&mut self, socket: &mut Socket<'_>, fragment: Fragment<'_>) {
        let wsi = self.wsi.get();
        if wsi.is_open() {
            calling(wsi, socket, || receive::deliver(wsi, &fragment));
        }
    }

    fn pong(&mut self, socket: &mut Socket<'_>, payload: &[u8]) {
        let wsi = self.wsi.get();
        if wsi.is_open() {
            calling(wsi, socket, || wsi.call_with(LWS_CALLBACK_CLIENT_RECEIVE_PONG, payload));
        }
    }

    fn writable(&mut self, socket: &mut Socket<'_>) {
        let wsi = self.wsi.get();
        if wsi.is_open() && wsi.wants_writable.take() {
            calling(wsi, socket, || wsi.call(LWS_CALLBACK_CLIENT_WRITEABLE, ptr::null_mut(), 0));
        }
    }

    fn closing(&mut self, socket: &mut Socket<'_>, reason: Option<&CloseReason<'_>>) -> bool {
        let wsi = self.wsi.get();
        let payload = close_payload(reason);
        // Who returns -1 here answers with a reason of its own, or hangs up.
        calling(wsi, socket, || wsi.call_with(LWS_CALLBACK_WS_PEER_INITIATED_CLOSE, &payload));
        true
    }

    fn closed(&mut self, _closed: Closed) {
        farewell(self.wsi.get(), None);
    }

    fn failed(&mut self, error: &ClientError, _retry: Option<Duration>) {
        farewell(self.wsi.get(), Some(error));
    }
}
