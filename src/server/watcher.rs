//! Who comes and goes.

use core::net::SocketAddr;

use super::services::Services;
use super::table::ConnectionId;

/// Is told of every client of a port: for limits like [`PerPeer`](super::PerPeer), for state per connection that spans its requests.
///
/// ```
/// use std::net::{IpAddr, SocketAddr};
/// use wm_websockets::server::{ConnectionId, Routes, Services, Watcher};
///
/// /// Lets one address in.
/// struct Only(IpAddr);
///
/// impl Watcher for Only {
///     fn connected(&mut self, _id: ConnectionId, peer: Option<SocketAddr>, _services: &mut Services<'_>) -> bool {
///         peer.is_some_and(|peer| peer.ip() == self.0)
///     }
/// }
///
/// let routes = Routes::new().watch(Only([10, 0, 2, 2].into()))?;
/// # Ok::<(), wm_websockets::http::RouteError>(())
/// ```
pub trait Watcher: 'static {
    /// A client has connected; nothing was received from it yet. False turns it away, without a word. `peer` is `None` if it has gone
    /// already.
    fn connected(&mut self, id: ConnectionId, peer: Option<SocketAddr>, services: &mut Services<'_>) -> bool {
        let _ = (id, peer, services);
        true
    }

    /// A client that was let in is served no longer: every handler and protocol knows already. What was sent to it may still be under
    /// way.
    fn disconnected(&mut self, id: ConnectionId, services: &mut Services<'_>) {
        let _ = (id, services);
    }
}
