//! The clients' TCP/IP stack.

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{EthernetAddress, IpCidr, Ipv4Address};

use wm_sys::Platform;

use crate::link::{Link, PEER_ADDRESS};
use crate::platform::CLOCK;

const DEVICE: Ipv4Address = Ipv4Address::new(10, 0, 2, 15);
const PEER: Ipv4Address = Ipv4Address::new(10, 0, 2, 2);

/// Bytes that a client has room for.
const BUFFER: usize = 32 * 1024;

/// Acknowledgements wait this long for data to go with, as those of any operating system do.
const ACK_DELAY: Duration = Duration::from_millis(40);

pub struct Peer {
    link: Link,
    interface: Interface,
    sockets: SocketSet<'static>,
    next_port: u16,
}

impl Peer {
    pub fn new(mut link: Link) -> Self {
        let config = Config::new(EthernetAddress(PEER_ADDRESS).into());
        let mut interface = Interface::new(config, &mut link, now());
        interface.update_ip_addrs(|addresses| {
            addresses.push(IpCidr::new(PEER.into(), 24)).expect("there is room for one address");
        });
        Self { link, interface, sockets: SocketSet::new(Vec::new()), next_port: 50_000 }
    }

    pub fn connect(&mut self, port: u16) -> SocketHandle {
        let buffer = || SocketBuffer::new(vec![0; BUFFER]);
        let mut socket = Socket::new(buffer(), buffer());
        socket.set_nagle_enabled(false);
        socket.set_ack_delay(Some(ACK_DELAY));
        self.next_port += 1;
        socket.connect(self.interface.context(), (DEVICE, port), self.next_port).expect("sound addresses");
        self.sockets.add(socket)
    }

    pub fn socket(&mut self, handle: SocketHandle) -> &mut Socket<'static> {
        self.sockets.get_mut(handle)
    }

    /// Takes out what has arrived.
    pub fn receive(&mut self, handle: SocketHandle, into: &mut Vec<u8>) {
        let socket = self.socket(handle);
        while socket.can_recv() {
            let taken = socket.recv(|bytes| {
                into.extend_from_slice(bytes);
                (bytes.len(), ())
            });
            taken.expect("connected");
        }
    }

    /// Ends the connection; the other side's FIN is acknowledged at once.
    pub fn close(&mut self, handle: SocketHandle) {
        let socket = self.socket(handle);
        socket.set_ack_delay(None);
        socket.close();
    }

    /// Gives up a socket whose connection has ended in both directions.
    pub fn remove_closed(&mut self, handle: SocketHandle) -> bool {
        let closed = matches!(self.socket(handle).state(), State::Closed | State::TimeWait);
        if closed {
            self.sockets.remove(handle);
        }
        closed
    }

    /// Receives and sends what there is.
    pub fn poll(&mut self) {
        self.interface.poll(now(), &mut self.link, &mut self.sockets);
    }
}

fn now() -> Instant {
    Instant::from_millis(CLOCK.now().as_millis() as i64)
}
