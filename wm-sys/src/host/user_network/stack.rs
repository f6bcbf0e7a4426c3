//! The gateway's own TCP/IP stack, at the end of the device's cable.

use core::cell::Cell;
use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;
use std::vec;
use std::vec::Vec;

use smoltcp::iface::{Config, Interface, PollResult, SocketHandle, SocketSet};
use smoltcp::phy::{self, DeviceCapabilities};
use smoltcp::socket::tcp::{Socket, State};
use smoltcp::socket::udp;
use smoltcp::wire::{EthernetAddress, IpCidr, IpEndpoint, IpListenEndpoint};

use super::dialing::Flow;
use super::link::Link;
use crate::host::phy::{Received, ethernet};
use crate::host::{
    DEVICE_ADDRESS, DHCP_SERVER_PORT, DNS_ADDRESS, GATEWAY_ADDRESS, GATEWAY_HARDWARE_ADDRESS, PREFIX_LENGTH,
};

/// The gateway's own ports begin here and go round: a port rests as long as possible before it is used again.
const FIRST_PORT: u16 = 1_024;

/// Where names are asked for (RFC 1035 section 4.2.1).
const DNS_PORT: u16 = 53;

/// Datagrams that wait in a server's socket, each way, and their bytes.
const DATAGRAMS: usize = 16;
const DATAGRAM_BYTES: usize = 8 * 1024;

pub(super) struct Stack {
    interface: Interface,
    sockets: SocketSet<'static>,
    name_server: SocketHandle,
    lease_server: SocketHandle,
    cable: CableEnd,
    started: Instant,
    last_port: u16,
}

impl Stack {
    pub(super) fn new(link: Arc<Link>) -> Self {
        let mut cable = CableEnd { link, incoming: None, has_sent: Cell::new(false) };
        let mut config = Config::new(EthernetAddress(GATEWAY_HARDWARE_ADDRESS).into());
        config.random_seed = random_seed();
        let mut interface = Interface::new(config, &mut cable, smoltcp::time::Instant::ZERO);
        interface.update_ip_addrs(|addresses| {
            for address in [GATEWAY_ADDRESS, DNS_ADDRESS] {
                let pushed = addresses.push(IpCidr::new(address.into(), PREFIX_LENGTH));
                debug_assert!(pushed.is_ok(), "smoltcp's interfaces have room for two addresses");
            }
        });
        let mut sockets = SocketSet::new(vec![]);
        let name_server = sockets.add(bound((DNS_ADDRESS, DNS_PORT).into()));
        // Of any address: what asks has none, and sends to everybody.
        let lease_server = sockets.add(bound(DHCP_SERVER_PORT.into()));
        Self {
            interface,
            sockets,
            name_server,
            lease_server,
            cable,
            started: Instant::now(),
            last_port: u16::MAX,
        }
    }

    /// Processes one frame of the device. The caller sees to it that the link is not congested: there may be an
    /// answer.
    pub(super) fn receive(&mut self, frame: Vec<u8>) {
        self.cable.incoming = Some(frame);
        self.interface.poll_ingress_single(self.now(), &mut self.cable, &mut self.sockets);
    }

    /// Sends everything that is due.
    pub(super) fn send(&mut self) {
        let now = self.now();
        while self.interface.poll_egress(now, &mut self.cable, &mut self.sockets)
            == PollResult::SocketStateChanged
        {}
    }

    /// How long nothing will be due, `None` for ever.
    pub(super) fn idle_time(&mut self) -> Option<Duration> {
        self.interface.poll_delay(self.now(), &self.sockets).map(Duration::from)
    }

    /// Whether frames were sent to the device since the last call.
    pub(super) fn has_sent(&self) -> bool {
        self.cable.has_sent.take()
    }

    /// Begins a connection to the device. Gives none when all ports are taken.
    pub(super) fn connect(&mut self, mut socket: Socket<'static>, device_port: u16) -> Option<SocketHandle> {
        let port = self.free_port()?;
        let remote = (DEVICE_ADDRESS, device_port);
        socket.connect(self.interface.context(), remote, (GATEWAY_ADDRESS, port)).ok()?;
        Some(self.sockets.add(socket))
    }

    /// Answers the SYN of `flow` with `socket`. Gives none when the SYN turns out to be no good.
    pub(super) fn accept(
        &mut self,
        mut socket: Socket<'static>,
        flow: Flow,
        syn: Vec<u8>,
    ) -> Option<SocketHandle> {
        socket.listen((GATEWAY_ADDRESS, flow.service)).ok()?;
        let handle = self.sockets.add(socket);
        self.receive(syn);
        if self.socket(handle).state() == State::SynReceived {
            return Some(handle);
        }
        self.remove(handle);
        None
    }

    pub(super) fn socket(&mut self, handle: SocketHandle) -> &mut Socket<'static> {
        self.sockets.get_mut(handle)
    }

    /// The socket of 10.0.2.3, port 53.
    pub(super) fn name_server(&mut self) -> &mut udp::Socket<'static> {
        self.sockets.get_mut(self.name_server)
    }

    /// The socket of port 67.
    pub(super) fn lease_server(&mut self) -> &mut udp::Socket<'static> {
        self.sockets.get_mut(self.lease_server)
    }

    pub(super) fn remove(&mut self, handle: SocketHandle) {
        self.sockets.remove(handle);
    }

    /// Whether a connection of this flow exists already.
    pub(super) fn has(&self, flow: Flow) -> bool {
        let local = IpEndpoint::new(GATEWAY_ADDRESS.into(), flow.service);
        self.tcp_sockets().any(|socket| {
            socket.local_endpoint() == Some(local) && socket.remote_endpoint() == Some(flow.device)
        })
    }

    fn free_port(&mut self) -> Option<u16> {
        for _ in FIRST_PORT..=u16::MAX {
            self.last_port = self.last_port.checked_add(1).unwrap_or(FIRST_PORT);
            if !self.is_taken(self.last_port) {
                return Some(self.last_port);
            }
        }
        None
    }

    fn is_taken(&self, port: u16) -> bool {
        self.tcp_sockets().any(|socket| socket.local_endpoint().is_some_and(|local| local.port == port))
    }

    fn tcp_sockets(&self) -> impl Iterator<Item = &Socket<'static>> {
        self.sockets.iter().filter_map(|(_, socket)| match socket {
            smoltcp::socket::Socket::Tcp(socket) => Some(socket),
            smoltcp::socket::Socket::Udp(_) => None,
        })
    }

    fn now(&self) -> smoltcp::time::Instant {
        smoltcp::time::Instant::ZERO + self.started.elapsed().into()
    }
}

fn bound(endpoint: IpListenEndpoint) -> udp::Socket<'static> {
    let buffer =
        || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; DATAGRAMS], vec![0; DATAGRAM_BYTES]);
    let mut socket = udp::Socket::new(buffer(), buffer());
    let bound = socket.bind(endpoint);
    debug_assert!(bound.is_ok(), "a new socket takes any port but zero");
    socket
}

/// Initial sequence numbers follow from it.
fn random_seed() -> u64 {
    getrandom::u64().unwrap_or_else(|error| {
        log::warn!("no entropy for sequence numbers: {error}");
        0
    })
}

/// The gateway's end of the cable, as smoltcp sees it.
struct CableEnd {
    link: Arc<Link>,
    /// The one frame that the stack is to process next.
    incoming: Option<Vec<u8>>,
    has_sent: Cell<bool>,
}

impl phy::Device for CableEnd {
    type RxToken<'a> = Received;
    type TxToken<'a> = Transmit<'a>;

    fn receive(&mut self, _: smoltcp::time::Instant) -> Option<(Received, Transmit<'_>)> {
        let frame = self.incoming.take()?;
        Some((Received(frame), Transmit(self)))
    }

    fn transmit(&mut self, _: smoltcp::time::Instant) -> Option<Transmit<'_>> {
        (!self.link.is_congested()).then_some(Transmit(self))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        ethernet()
    }
}

struct Transmit<'a>(&'a CableEnd);

impl phy::TxToken for Transmit<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, build: F) -> R {
        let mut frame = vec![0; length];
        let result = build(&mut frame);
        match self.0.link.send_to_device(frame) {
            Ok(()) => self.0.has_sent.set(true),
            Err(error) => log::debug!("frame of {length} bytes for the device is lost: {error}"),
        }
        result
    }
}
