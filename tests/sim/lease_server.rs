//! A DHCP server on the peer, which may be silent, and may change its mind.

use std::net::Ipv4Addr;

use wm_sys::host::{DHCP_CLIENT_PORT, DHCP_SERVER_PORT, Lease, Peer, PeerDatagrams};

use crate::wire_ends::Crowd;

pub struct LeaseServer {
    socket: PeerDatagrams,
    /// What it gives; nothing while it is silent.
    pub lease: Option<Lease>,
    messages: Vec<Vec<u8>>,
}

impl LeaseServer {
    pub fn on(peer: &mut Peer<Crowd>, lease: Option<Lease>) -> Self {
        LeaseServer { socket: peer.bind(DHCP_SERVER_PORT), lease, messages: Vec::new() }
    }

    /// What devices have said so far.
    pub fn messages(&self) -> &[Vec<u8>] {
        &self.messages
    }

    /// How often a message of this type came (RFC 2132 section 9.6), whose option is the first.
    pub fn count(&self, message_type: u8) -> usize {
        const OPTIONS: usize = 240;
        let is_meant = |message: &&Vec<u8>| message[OPTIONS..].starts_with(&[53, 1, message_type]);
        self.messages.iter().filter(is_meant).count()
    }

    /// Answers what has come.
    pub fn serve(&mut self, peer: &mut Peer<Crowd>) {
        while let Some((message, _from)) = peer.recv_from(self.socket) {
            if let Some(answer) = self.lease.as_ref().and_then(|lease| lease.answer(&message)) {
                peer.send_to(self.socket, &answer, (Ipv4Addr::BROADCAST, DHCP_CLIENT_PORT).into());
            }
            self.messages.push(message);
        }
    }
}
