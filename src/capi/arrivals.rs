//! Connections that come and go.

use core::net::SocketAddr;
use core::ptr;

use super::abi::{
    LWS_CALLBACK_CLOSED, LWS_CALLBACK_CLOSED_HTTP, LWS_CALLBACK_FILTER_NETWORK_CONNECTION,
    LWS_CALLBACK_RAW_CLOSE, LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED, LWS_CALLBACK_WSI_CREATE,
};
use super::callback::Active;
use super::ports::PortRef;
use super::wsi::{Kind, Wsi};
use crate::server::{ConnectionId, Services, Watcher};

pub(super) struct Arrivals {
    port: PortRef,
}

impl Arrivals {
    pub(super) fn new(port: PortRef) -> Self {
        Arrivals { port }
    }
}

impl Watcher for Arrivals {
    fn connected(&mut self, id: ConnectionId, peer: Option<SocketAddr>, services: &mut Services<'_>) -> bool {
        let context = self.port.get().context();
        let Some(vhost) = self.port.get().first_vhost() else { return false };
        let Some(wsi) = context.add_wsi(id, Wsi::new(context, vhost, Some(id), peer)) else { return false };
        let welcome = context.during(Active::services(services), || {
            let file = ptr::without_provenance_mut(id.index());
            if wsi.call(LWS_CALLBACK_FILTER_NETWORK_CONNECTION, file, 0) != 0 {
                return false;
            }
            wsi.call(LWS_CALLBACK_WSI_CREATE, ptr::null_mut(), 0);
            // Where nobody speaks HTTP libwebsockets does not say this.
            let welcome = vhost.is_raw
                || wsi.call(LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED, ptr::null_mut(), 0) == 0;
            if !welcome {
                // C has heard of it: what it made for the connection it frees at its end.
                farewell(wsi);
            }
            welcome
        });
        if !welcome {
            context.remove_wsi(id);
        }
        welcome
    }

    fn disconnected(&mut self, id: ConnectionId, services: &mut Services<'_>) {
        let context = self.port.get().context();
        let Some(wsi) = context.wsi(id) else { return };
        context.during(Active::services(services), || farewell(wsi));
        context.remove_wsi(id);
    }
}

/// The callbacks about the end of a connection.
fn farewell(wsi: &Wsi) {
    wsi.unbind();
    match wsi.kind.get() {
        Kind::Http => drop(wsi.call(LWS_CALLBACK_CLOSED_HTTP, ptr::null_mut(), 0)),
        Kind::Raw if wsi.established.get() => drop(wsi.call(LWS_CALLBACK_RAW_CLOSE, ptr::null_mut(), 0)),
        Kind::WebSocket if wsi.established.get() => drop(wsi.call(LWS_CALLBACK_CLOSED, ptr::null_mut(), 0)),
        _ => {}
    }
    wsi.tell_destroyed();
}
