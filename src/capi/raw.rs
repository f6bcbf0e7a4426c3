//! Raw connections: bytes for a protocol of C, as they come. A port is raw by LWS_SERVER_OPTION_ONLY_RAW, a client by the method
//! `RAW`.

use core::ffi::c_int;
use core::ptr;
use core::time::Duration;

use super::abi::{
    LWS_CALLBACK_RAW_ADOPT, LWS_CALLBACK_RAW_CLOSE, LWS_CALLBACK_RAW_CONNECTED, LWS_CALLBACK_RAW_RX,
    LWS_CALLBACK_RAW_SKT_BIND_PROTOCOL, LWS_CALLBACK_RAW_WRITEABLE, lws, lws_callback_reasons,
};
use super::callback::Active;
use super::clients;
use super::export;
use super::ports::Port;
use super::wsi::{Kind, Life, Wsi};
use crate::client::ClientError;
use crate::server::{ConnectionId, RawProtocol, RawSocket};

/// Every connection of a port.
pub(super) struct RawPort {
    port: *const Port,
}

impl RawPort {
    pub(super) fn new(port: &Port) -> Self {
        RawPort { port }
    }
}

/// One connection.
pub(super) struct Session {
    wsi: *const Wsi,
}

impl Session {
    fn wsi<'a>(&self) -> &'a Wsi {
        // SAFETY: the core drops a session before it reports the connection's end, which frees this.
        unsafe { &*self.wsi }
    }
}

impl RawProtocol for RawPort {
    type Session = Session;

    fn open(&mut self, socket: &mut RawSocket<'_>) -> Option<Session> {
        // SAFETY: the context drops its server, and with it this, before its ports.
        let wsi = unsafe { &*self.port }.context().wsi(socket.id())?;
        wsi.kind.set(Kind::Raw);
        wsi.bind(wsi.vhost().raw_protocol())?;
        wsi.bound.set(true);
        calling(wsi, socket, || wsi.call(LWS_CALLBACK_RAW_SKT_BIND_PROTOCOL, ptr::null_mut(), 0));
        begin(wsi, socket, LWS_CALLBACK_RAW_ADOPT);
        wsi.is_open().then_some(Session { wsi })
    }

    fn received(&mut self, session: &mut Session, socket: &mut RawSocket<'_>, bytes: &[u8]) {
        received(session.wsi(), socket, bytes);
    }

    fn writable(&mut self, session: &mut Session, socket: &mut RawSocket<'_>) {
        writable(session.wsi(), socket);
    }
}

/// A client's connection.
pub(super) struct RawCaller {
    wsi: *const Wsi,
}

impl RawCaller {
    pub(super) fn new(wsi: *const Wsi) -> Self {
        RawCaller { wsi }
    }

    fn wsi<'a>(&self) -> &'a Wsi {
        // SAFETY: freed by `clients::farewell`, which is the last call about this client.
        unsafe { &*self.wsi }
    }
}

impl RawProtocol for RawCaller {
    type Session = ();

    fn open(&mut self, socket: &mut RawSocket<'_>) -> Option<()> {
        let wsi = self.wsi();
        wsi.id.set(Some(socket.id()));
        begin(wsi, socket, LWS_CALLBACK_RAW_CONNECTED);
        if !wsi.is_open() {
            socket.hang_up();
        }
        Some(())
    }

    fn received(&mut self, _session: &mut (), socket: &mut RawSocket<'_>, bytes: &[u8]) {
        received(self.wsi(), socket, bytes);
    }

    fn writable(&mut self, _session: &mut (), socket: &mut RawSocket<'_>) {
        writable(self.wsi(), socket);
    }

    fn closed(&mut self, _session: (), _id: ConnectionId) {
        clients::farewell(self.wsi(), None);
    }

    fn failed(&mut self, error: &ClientError, _retry: Option<Duration>) {
        clients::farewell(self.wsi(), Some(error));
    }
}

/// The first callback about a connection that stands.
fn begin(wsi: &Wsi, socket: &mut RawSocket<'_>, reason: lws_callback_reasons) {
    if wsi.is_open() {
        wsi.established.set(true);
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
    wsi.context().during(Active::raw(socket, wsi), || {
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

/// The callback about the end of a connection.
pub(super) fn closed(wsi: &Wsi) {
    wsi.call(LWS_CALLBACK_RAW_CLOSE, ptr::null_mut(), 0);
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
                log::warn!("lws_write: {error}");
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
