//! The port to a Linux machine: tests and development without a board.
//!
//! [`install`] makes this machine the platform: its clock, its entropy, a `wait` that frames end. Then a network:
//!
//! - [`UserNetwork`] needs no privileges: it joins the device to this machine's sockets, with the addresses of
//!   QEMU's user network.
//! - [`Tap`] is a real interface of this machine, for speed and for captures.
//! - [`Wire`] is for tests: a simulated cable with loss, delay and corruption, a smoltcp [`Peer`] at its other
//!   end, and time that [`VirtualPlatform`] moves only when told. Same seed, same run.
//!
//! Everything here speaks IPv4; the devices carry any Ethernet frame.

use core::net::Ipv4Addr;

mod lease;
mod phy;
mod platform;
mod tap;
mod user_network;
mod virtual_platform;
mod wire;

pub use lease::{DHCP_CLIENT_PORT, DHCP_SERVER_PORT, Lease};
pub use phy::Phy;
pub use platform::{HostPlatform, install};
pub use tap::{OpenError, Tap};
pub use user_network::{Forwarder, UserNetwork};
pub use virtual_platform::VirtualPlatform;
pub use wire::peer::{Peer, PeerDatagrams, PeerSocket};
pub use wire::{Impairments, Record, Wire, WireConfig, WireEnd};

/// The device's address in [`UserNetwork`] and on a [`Wire`], as QEMU's user network gives it.
pub const DEVICE_ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 15);

/// The gateway's address in [`UserNetwork`]; a [`Peer`]'s on a [`Wire`].
pub const GATEWAY_ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);

/// Where a device of QEMU's user network looks for DNS. [`UserNetwork`] asks this machine.
pub const DNS_ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 3);

/// Length of the network prefix of these addresses: 255.255.255.0.
pub const PREFIX_LENGTH: u8 = 24;

/// The device's MAC address, as QEMU's first network card has it.
const DEVICE_HARDWARE_ADDRESS: [u8; 6] = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56];

/// The MAC address at the other end, as QEMU's user network has it.
const GATEWAY_HARDWARE_ADDRESS: [u8; 6] = [0x52, 0x55, 0x0a, 0x00, 0x02, 0x02];

/// Longest Ethernet frame without its check sequence: 1500 bytes of payload behind a 14-byte header.
const MAX_FRAME: usize = 1514;

/// Our instants as smoltcp has them.
fn smoltcp_time(now: crate::Instant) -> smoltcp::time::Instant {
    smoltcp::time::Instant::from_millis(i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
}

/// The bytes of a frame that is given in pieces.
fn gather(frame: &[&[u8]]) -> Result<std::vec::Vec<u8>, crate::TransmitError> {
    let bytes = frame.concat();
    if bytes.len() > MAX_FRAME { Err(crate::TransmitError::TooLong) } else { Ok(bytes) }
}
