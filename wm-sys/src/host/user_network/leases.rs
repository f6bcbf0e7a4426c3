//! The DHCP server of the user-mode network, which has one device.

use core::net::Ipv4Addr;

use smoltcp::socket::udp::{Socket, UdpMetadata};
use smoltcp::wire::IpEndpoint;

use crate::host::{DHCP_CLIENT_PORT, GATEWAY_ADDRESS, Lease};

/// To everybody: the device that is meant does not have its address yet.
const DEVICE: IpEndpoint =
    IpEndpoint { addr: smoltcp::wire::IpAddress::Ipv4(Ipv4Addr::BROADCAST), port: DHCP_CLIENT_PORT };

/// Answers what has come to the socket of port 67.
pub(super) fn serve(socket: &mut Socket<'_>) {
    while let Some(answer) = socket.recv().ok().map(|(message, _from)| Lease::default().answer(message)) {
        let Some(answer) = answer else { continue };
        let from_gateway =
            UdpMetadata { local_address: Some(GATEWAY_ADDRESS.into()), ..UdpMetadata::from(DEVICE) };
        if let Err(error) = socket.send_slice(&answer, from_gateway) {
            log::debug!("a DHCP answer is lost: {error}");
        }
    }
}
