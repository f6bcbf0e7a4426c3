//! A DHCP server on the peer, which may be silent, and may change its mind.

use std::net::Ipv4Addr;

use wm_sys::host::{DHCP_CLIENT_PORT, DHCP_SERVER_PORT, Lease, Peer, PeerDatagrams};

use crate::wire_ends::Crowd;

/// Changes an answer on its way.
pub type Garble = Box<dyn FnMut(&mut Vec<u8>)>;

pub struct LeaseServer {
    socket: PeerDatagrams,
    /// What it gives; nothing while it is silent.
    pub lease: Option<Lease>,
    /// What happens to its answers.
    pub garble: Option<Garble>,
    messages: Vec<Vec<u8>>,
}

impl LeaseServer {
    pub fn on(peer: &mut Peer<Crowd>, lease: Option<Lease>) -> Self {
        LeaseServer { socket: peer.bind(DHCP_SERVER_PORT), lease, garble: None, messages: Vec::new() }
    }

    /// The name that the device gave itself when it last asked. lwIP 2.1 tells it late.
    pub fn name(&self) -> Option<String> {
        self.messages.last().and_then(|message| Lease::host_name(message))
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
            if let Some(mut answer) = self.lease.as_ref().and_then(|lease| lease.answer(&message)) {
                if let Some(garble) = &mut self.garble {
                    garble(&mut answer);
                }
                peer.send_to(self.socket, &answer, (Ipv4Addr::BROADCAST, DHCP_CLIENT_PORT).into());
            }
            self.messages.push(message);
        }
    }
}
