//! So many connections for each address.

use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use wm_sys::heap;

use super::services::Services;
use super::table::ConnectionId;
use super::watcher::Watcher;

/// A [`Watcher`] that lets each address have so many connections of its port at a time, so that one client cannot take all of
/// [`Limits::connections`](super::Limits::connections). What comes beyond that is closed without a word, before anything is read of it.
///
/// A browser takes six. Clients behind one router with address translation are one address. Each connection takes 28 bytes of heap.
///
/// ```
/// use wm_websockets::http::Request;
/// use wm_websockets::server::{PerPeer, Response, Routes};
///
/// let page = |_request: &Request<'_>, response: &mut Response<'_>| response.html(b"<h1>Pump 3</h1>");
/// let routes = Routes::new().get("/", page)?.watch(PerPeer::new(8))?;
/// # Ok::<(), wm_websockets::http::RouteError>(())
/// ```
#[derive(Debug)]
pub struct PerPeer {
    most: usize,
    present: Vec<(ConnectionId, IpAddr)>,
}

impl PerPeer {
    /// `most` connections for each address.
    #[must_use]
    pub const fn new(most: usize) -> Self {
        PerPeer { most, present: Vec::new() }
    }

    fn enter(&mut self, id: ConnectionId, peer: IpAddr) -> bool {
        let same = self.present.iter().filter(|(_, each)| *each == peer).count();
        same < self.most && heap::try_push(&mut self.present, (id, peer)).is_ok()
    }

    fn leave(&mut self, id: ConnectionId) {
        self.present.retain(|(each, _)| *each != id);
    }
}

impl Watcher for PerPeer {
    fn connected(
        &mut self,
        id: ConnectionId,
        peer: Option<SocketAddr>,
        _services: &mut Services<'_>,
    ) -> bool {
        peer.is_none_or(|peer| self.enter(id, peer.ip()))
    }

    fn disconnected(&mut self, id: ConnectionId, _services: &mut Services<'_>) {
        self.leave(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_own_share() {
        let id = |index| ConnectionId { index, generation: 1 };
        let (one, other) = (IpAddr::from([10, 0, 2, 2]), IpAddr::from([10, 0, 2, 3]));
        let mut peers = PerPeer::new(2);
        assert!(peers.enter(id(0), one) && peers.enter(id(1), one) && !peers.enter(id(2), one));
        assert!(peers.enter(id(3), other));
        peers.leave(id(0));
        // Who was turned away is reported like any other.
        peers.leave(id(2));
        assert!(peers.enter(id(4), one) && !peers.enter(id(5), one));
    }
}
