//! The device's connections to this machine, until this machine has answered.
//!
//! The device's SYN waits while a socket of this machine connects. Only then does the gateway's stack see it: with
//! a listener when the connection stands, without one when it was refused, so that the device hears the truth.

use core::net::{Ipv4Addr, SocketAddrV4};
use std::io;
use std::net::TcpStream;
use std::vec::Vec;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with};
use smoltcp::wire::{EthernetFrame, EthernetProtocol, IpEndpoint, IpProtocol, Ipv4Packet, TcpPacket};

use super::connection::bound_buffers;
use super::watched::Watched;
use crate::host::GATEWAY_ADDRESS;

/// Who connects to which port of the gateway: what identifies the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flow {
    /// The device's end.
    pub(super) device: IpEndpoint,
    /// The port of the gateway, and of this machine.
    pub(super) service: u16,
}

/// A connection of this machine under construction, and the SYN that asked for it.
#[derive(Debug)]
pub(super) struct Dialing {
    pub(super) flow: Flow,
    pub(super) syn: Vec<u8>,
    pub(super) stream: Watched<TcpStream>,
    /// The kernel has reported an event: there is an [`outcome`].
    pub(super) is_answered: bool,
}

/// Begins to connect to a port of 127.0.0.1, without waiting for the outcome.
pub(super) fn connect_to_host(port: u16) -> io::Result<TcpStream> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
    bound_buffers(&socket)?;
    match connect(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)) {
        Ok(()) | Err(Errno::INPROGRESS) => Ok(socket.into()),
        Err(error) => Err(error.into()),
    }
}

/// Whether the connection stands, or why not.
pub(super) fn outcome(stream: &TcpStream) -> io::Result<()> {
    stream.take_error()?.map_or_else(|| stream.peer_addr().map(|_| ()), Err)
}

/// The flow that a frame asks to begin: a SYN to the gateway's address.
pub(super) fn requested_flow(frame: &[u8]) -> Option<Flow> {
    let frame = EthernetFrame::new_checked(frame).ok()?;
    if frame.ethertype() != EthernetProtocol::Ipv4 {
        return None;
    }
    let packet = Ipv4Packet::new_checked(frame.payload()).ok()?;
    if packet.dst_addr() != GATEWAY_ADDRESS || packet.next_header() != IpProtocol::Tcp {
        return None;
    }
    let segment = TcpPacket::new_checked(packet.payload()).ok()?;
    let is_request = segment.syn() && !segment.ack() && !segment.rst();
    is_request.then(|| Flow {
        device: IpEndpoint::new(packet.src_addr().into(), segment.src_port()),
        service: segment.dst_port(),
    })
}
