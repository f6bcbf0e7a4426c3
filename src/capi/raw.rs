//! Raw connections: bytes for a protocol of C, as they come. A port is raw by LWS_SERVER_OPTION_ONLY_RAW, a client by the method
//! `RAW`.

use core::ffi::c_int;
use core::ptr;
use core::time::Duration;

use super::abi::{
    LWS_CALLBACK_RAW_ADOPT, LWS_CALLBACK_RAW_CONNECTED, LWS_CALLBACK_RAW_RX,
    LWS_CALLBACK_RAW_SKT_BIND_PROTOCOL, LWS_CALLBACK_RAW_WRITEABLE, LWS_CALLBACK_WSI_CREATE, lws,
    lws_callback_reasons,
};
use super::callback::Active;
use super::clients;
use super::export;
use super::ports::PortRef;
use super::wsi::{Kind, Life, Wsi, WsiRef};
use crate::client::ClientError;
use crate::server::{ConnectionId, RawProtocol, RawSocket};

/// Every connection of a port.
pub(super) struct RawPort {
    port: PortRef,
}

impl RawPort {
    pub(super) fn new(port: PortRef) -> Self {
        RawPort { port }
    }
}

impl RawProtocol for RawPort {
    type Session = WsiRef;

    fn open(&mut self, socket: &mut RawSocket<'_>) -> Option<WsiRef> {
        let wsi = self.port.get().context().wsi(socket.id())?;
        wsi.kind.set(Kind::Raw);
        wsi.bind(wsi.vhost().raw_protocol())?;
        wsi.bound.set(true);
        calling(wsi, socket, || wsi.call(LWS_CALLBACK_RAW_SKT_BIND_PROTOCOL, ptr::null_mut(), 0));
        begin(wsi, socket, LWS_CALLBACK_RAW_ADOPT);
        wsi.is_open().then(|| WsiRef::new(wsi))
    }

    fn received(&mut self, wsi: &mut WsiRef, socket: &mut RawSocket<'_>, bytes: &[u8]) {
        received(wsi.get(), socket, bytes);
    }

    fn writable(&mut self, wsi: &mut WsiRef, socket: &mut RawSocket<'_>) {
        writable(wsi.get(), socket);
    }
}

/// A client's connection.
pub(super) struct RawCaller {
    wsi: WsiRef,
}

impl RawCaller {
    pub(super) fn new(wsi: WsiRef) -> Self {
        RawCaller { wsi }
    }
}

impl RawProtocol for RawCaller {
    type Session = ();

    fn open(&mut self, socket: &mut RawSocket<'_>) -> Option<()> {
        let wsi = self.wsi.get();
        wsi.id.set(Some(socket.id()));
        wsi.set_peer(socket.peer_address());
        calling(wsi, socket, || {
            wsi.call(LWS_CALLBACK_WSI_CREATE, ptr::null_mut(), 0);
            0
        });
        begin(wsi, socket, LWS_CALLBACK_RAW_CONNECTED);
        if !wsi.is_open() {
            socket.hang_up();
        }
        Some(())
    }

    fn received(&mut self, _session: &mut (), socket: &mut RawSocket<'_>, bytes: &[u8]) {
        received(self.wsi.get(), socket, bytes);
    }

    fn writable(&mut self, _session: &mut (), socket: &mut RawSocket<'_>) {
        writable(self.wsi.get(), socket);
    }

    fn closed(&mut self, _session: (), _id: ConnectionId) {
        clients::farewell(self.wsi.get(), None);
    }

    fn failed(&mut self, error: &ClientError, _retry: Option<Duration>) {
        clients::farewell(self.wsi.get(), Some(error));
    }
}

/// The first callback about a connection that stands.
fn begin(wsi: &Wsi, socket: &mut RawSocket<'_>, reason: lws_callback_reasons) {
    if wsi.is_open() {
        wsi.established.set(true);
        if let keepalive @ Some(_) = wsi.vhost().keepalive {
            socket.set_keepalive(keepalive);
        }
        calling(wsi, socket, || wsi.call(reason, ptr::null_mut(), 0));
    }
    if wsi.wants_writable.get() {
        socket.notify_writable();
    }
}

fn received(wsi: &Wsi, socket: &mut RawSocket<'_>, bytes: &[u8]) {
    if wsi.is_open() {
        calling(wsi, socket, || wsi.call_with(LWS_CALLBACK_RAW_RX, bytes));
    }
}

fn writable(wsi: &Wsi, socket: &mut RawSocket<'_>) {
    if wsi.is_open() && wsi.wants_writable.take() {
        calling(wsi, socket, || wsi.call(LWS_CALLBACK_RAW_WRITEABLE, ptr::null_mut(), 0));
    }
}

/// Lets C use the connection; what it returns may end it.
fn calling(wsi: &Wsi, socket: &mut RawSocket<'_>, calls: impl FnOnce() -> c_int) {
    wsi.context().during(Active::raw(socket), || {
        if calls() != 0 {
            close(wsi);
        }
    });
}

/// Ends a connection, once everything is sent.
pub(super) fn close(wsi: &Wsi) {
    if wsi.life.replace(Life::Ending) == Life::Open {
        wsi.unbind();
        wsi.with_raw_socket(|socket| socket.hang_up());
    }
}

impl Wsi {
    pub(super) fn is_raw(&self) -> bool {
        matches!(self.kind.get(), Kind::Raw | Kind::RawClient)
    }

    /// Sends bytes as they are.
    pub(super) fn write_raw(&self, bytes: &[u8]) -> c_int {
        match self.with_raw_socket(|socket| socket.send(bytes)) {
            Some(Ok(())) => super::boundary::int(bytes.len()),
            Some(Err(error)) => {
                log_line!(Warn, "lws_write: {error}");
                -1
            }
            None => -1,
        }
    }
}

export! {
    fn lws_raw_transaction_completed(wsi: *mut lws) -> c_int {
        // What was written is sent before the connection ends, as the caller's -1 asks for.
        // SAFETY: NULL or valid by contract.
        if let Some(wsi) = unsafe { Wsi::from_c(wsi) }.filter(|wsi| wsi.is_raw()) {
            close(wsi);
        }
        -1
    }
}
