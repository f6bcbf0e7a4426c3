//! A DHCP server for one device.

use core::net::Ipv4Addr;
use core::time::Duration;
use std::string::String;
use std::vec;
use std::vec::Vec;

use smoltcp::wire::{DhcpMessageType, DhcpPacket, DhcpRepr};

use super::{DEVICE_ADDRESS, DNS_ADDRESS, GATEWAY_ADDRESS, PREFIX_LENGTH};

/// Where a DHCP server is asked (RFC 2131 section 4.1).
pub const DHCP_SERVER_PORT: u16 = 67;

/// Where it answers.
pub const DHCP_CLIENT_PORT: u16 = 68;

/// The option that carries the client's name (RFC 2132 section 3.14).
const HOST_NAME: u8 = 12;

/// The one address that a DHCP server has to give, and what goes with it (RFC 2131). No socket: datagrams in, datagrams out.
///
/// ```
/// use wm_sys::host::{DEVICE_ADDRESS, Lease};
///
/// let lease = Lease::default();
/// assert_eq!(lease.address, DEVICE_ADDRESS);
/// assert_eq!(lease.answer(b"no message"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The device's address.
    pub address: Ipv4Addr,
    /// The length of its network's prefix.
    pub prefix_length: u8,
    /// The way out, which is the server as well.
    pub router: Ipv4Addr,
    /// Who is asked for names, three at most.
    pub name_servers: Vec<Ipv4Addr>,
    /// How long the device may use the address, in whole seconds. It asks anew after half of that.
    pub duration: Duration,
}

impl Default for Lease {
    /// The addresses of [`UserNetwork`](super::UserNetwork), for a day.
    fn default() -> Self {
        Self {
            address: DEVICE_ADDRESS,
            prefix_length: PREFIX_LENGTH,
            router: GATEWAY_ADDRESS,
            name_servers: vec![DNS_ADDRESS],
            duration: Duration::from_secs(24 * 60 * 60),
        }
    }
}

impl Lease {
    /// What a server answers: an offer of the address, or that the device has it. Any other address that a device wants to have is denied
    /// it. `None`: nothing is to be answered.
    pub fn answer(&self, message: &[u8]) -> Option<Vec<u8>> {
        let packet = DhcpPacket::new_checked(message).ok()?;
        let request = DhcpRepr::parse(&packet).ok()?;
        let wanted = request.requested_ip.unwrap_or(request.client_ip);
        let is_for_another = request.server_identifier.is_some_and(|server| server != self.router);
        let message_type = match request.message_type {
            DhcpMessageType::Discover => DhcpMessageType::Offer,
            DhcpMessageType::Request if is_for_another => return None,
            DhcpMessageType::Request if wanted == self.address => DhcpMessageType::Ack,
            DhcpMessageType::Request => DhcpMessageType::Nak,
            _ => return None,
        };
        Some(emit(&self.reply(&request, message_type)))
    }

    /// The name that the device gives itself in a message.
    pub fn host_name(message: &[u8]) -> Option<String> {
        let packet = DhcpPacket::new_checked(message).ok()?;
        let option = packet.options().find(|option| option.kind == HOST_NAME)?;
        String::from_utf8(option.data.to_vec()).ok()
    }

    fn reply(&self, request: &DhcpRepr<'_>, message_type: DhcpMessageType) -> DhcpRepr<'static> {
        let is_given = message_type != DhcpMessageType::Nak;
        DhcpRepr {
            message_type,
            transaction_id: request.transaction_id,
            secs: 0,
            client_hardware_address: request.client_hardware_address,
            client_ip: Ipv4Addr::UNSPECIFIED,
            your_ip: if is_given { self.address } else { Ipv4Addr::UNSPECIFIED },
            server_ip: Ipv4Addr::UNSPECIFIED,
            router: is_given.then_some(self.router),
            subnet_mask: is_given.then(|| netmask(self.prefix_length)),
            relay_agent_ip: request.relay_agent_ip,
            broadcast: request.broadcast,
            requested_ip: None,
            client_identifier: None,
            server_identifier: Some(self.router),
            parameter_request_list: None,
            dns_servers: is_given.then(|| self.name_servers.iter().copied().take(3).collect()),
            max_size: None,
            lease_duration: is_given.then(|| u32::try_from(self.duration.as_secs()).unwrap_or(u32::MAX)),
            renew_duration: None,
            rebind_duration: None,
            additional_options: &[],
        }
    }
}

fn netmask(prefix_length: u8) -> Ipv4Addr {
    let bits = u32::MAX.checked_shl(32 - u32::from(prefix_length.min(32))).unwrap_or(0);
    Ipv4Addr::from_bits(bits)
}

fn emit(reply: &DhcpRepr<'_>) -> Vec<u8> {
    let mut bytes = vec![0; reply.buffer_len()];
    let emitted = reply.emit(&mut DhcpPacket::new_unchecked(&mut bytes[..]));
    debug_assert!(emitted.is_ok(), "the buffer has the reply's own length");
    bytes
}
