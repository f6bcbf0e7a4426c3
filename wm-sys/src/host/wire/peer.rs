//! A second TCP/IP stack, to talk to the one under test.

use core::fmt;
use core::net::{Ipv4Addr, SocketAddrV4};
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::vec;
use std::vec::Vec;

use smoltcp::iface::{Config, Interface, PollResult, SocketHandle, SocketSet};
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::socket::udp;
use smoltcp::wire::{EthernetAddress, IpCidr, IpEndpoint};

use crate::host::{DEVICE_ADDRESS, GATEWAY_ADDRESS, PREFIX_LENGTH, Phy, smoltcp_time};
use crate::{Device, Instant};

/// Bytes that a socket receives before its window is closed, and that it has under way at most.
const DEFAULT_BUFFER: usize = 65_535;

/// The first of the dynamic ports (RFC 6335 section 6).
const FIRST_PORT: u16 = 49_152;

/// A smoltcp stack at the other end of a [`Wire`](super::Wire), or of any [`Device`], in a few words.
///
/// Nothing happens outside [`poll`](Self::poll): the other methods leave their work to it. A [`PeerSocket`] that was
/// [removed](Self::remove), or belongs to another peer, makes them panic: this is a tool for tests.
///
/// ```
/// use wm_sys::Instant;
/// use wm_sys::host::{DEVICE_ADDRESS, Peer, Wire, WireConfig};
///
/// let wire = Wire::new(WireConfig::default());
/// let mut client = Peer::new(wire.peer_end());
/// let mut server = Peer::with_address(wire.device_end(), DEVICE_ADDRESS); // stands in for the device
///
/// let accepted = server.listen(80);
/// let socket = client.connect(80);
/// client.send(socket, b"hello");
/// client.close(socket);
/// for _ in 0..10 {
///     client.poll(Instant::ZERO);
///     server.poll(Instant::ZERO);
/// }
/// assert_eq!(server.recv(accepted), b"hello");
/// assert!(server.is_finished(accepted));
/// ```
pub struct Peer<D> {
    phy: Phy<D>,
    interface: Interface,
    sockets: SocketSet<'static>,
    /// What each socket still has to do for its user.
    tasks: BTreeMap<PeerSocket, Task>,
    now: Instant,
    next_port: u16,
    buffer: usize,
}

/// A TCP socket of a [`Peer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerSocket(SocketHandle);

/// A UDP socket of a [`Peer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerDatagrams(SocketHandle);

#[derive(Debug, Default)]
struct Task {
    /// Bytes that the socket had no room for yet.
    backlog: VecDeque<u8>,
    /// A FIN follows the backlog.
    closing: bool,
    aborted: bool,
    /// The other side's FIN has arrived.
    finished: bool,
}

impl<D: Device> Peer<D> {
    /// A stack with the address 10.0.2.2/24 and `device`'s MAC address.
    pub fn new(device: D) -> Self {
        Self::with_address(device, GATEWAY_ADDRESS)
    }

    /// A stack with the address `address`/24 and `device`'s MAC address.
    pub fn with_address(device: D, address: Ipv4Addr) -> Self {
        let hardware_address = EthernetAddress(device.hardware_address());
        let mut phy = Phy(device);
        let mut config = Config::new(hardware_address.into());
        config.random_seed = u64::from(address.to_bits());
        let mut interface = Interface::new(config, &mut phy, smoltcp_time(Instant::ZERO));
        interface.update_ip_addrs(|addresses| {
            let pushed = addresses.push(IpCidr::new(address.into(), PREFIX_LENGTH));
            debug_assert!(pushed.is_ok(), "an interface has room for its first address");
        });
        Self {
            phy,
            interface,
            sockets: SocketSet::new(Vec::new()),
            tasks: BTreeMap::new(),
            now: Instant::ZERO,
            next_port: FIRST_PORT,
            buffer: DEFAULT_BUFFER,
        }
    }

    /// Gives the sockets made from here on `bytes` of receive and as many of send buffer: a small window.
    pub fn set_buffer(&mut self, bytes: usize) {
        self.buffer = bytes;
    }

    /// Begins a connection to `port` of the device, 10.0.2.15. What is sent before it stands waits.
    pub fn connect(&mut self, port: u16) -> PeerSocket {
        self.connect_to(SocketAddrV4::new(DEVICE_ADDRESS, port))
    }

    /// Begins a connection to `remote`.
    ///
    /// # Panics
    /// When `remote` has the port or the address zero.
    pub fn connect_to(&mut self, remote: SocketAddrV4) -> PeerSocket {
        let local_port = self.take_port();
        let handle = self.add_socket();
        let socket = self.sockets.get_mut::<Socket<'_>>(handle.0);
        socket
            .connect(self.interface.context(), (*remote.ip(), remote.port()), local_port)
            .unwrap_or_else(|error| panic!("cannot connect to {remote}: {error}"));
        handle
    }

    /// The port that a connection comes from here; `None` while there is no connection.
    pub fn local_port(&self, socket: PeerSocket) -> Option<u16> {
        self.socket(socket).local_endpoint().map(|endpoint| endpoint.port)
    }

    /// Listens on `port` for one connection; a second one needs a second call.
    ///
    /// # Panics
    /// When `port` is zero.
    pub fn listen(&mut self, port: u16) -> PeerSocket {
        let handle = self.add_socket();
        let socket = self.sockets.get_mut::<Socket<'_>>(handle.0);
        socket.listen(port).unwrap_or_else(|error| panic!("cannot listen on {port}: {error}"));
        handle
    }

    /// Receives datagrams on `port`, of each of the peer's addresses.
    ///
    /// # Panics
    /// When `port` is zero or taken.
    pub fn bind(&mut self, port: u16) -> PeerDatagrams {
        let buffer = || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 16], vec![0; 16 * 1024]);
        let mut socket = udp::Socket::new(buffer(), buffer());
        socket.bind(port).unwrap_or_else(|error| panic!("cannot bind {port}: {error}"));
        PeerDatagrams(self.sockets.add(socket))
    }

    /// The oldest datagram that arrived, and who sent it.
    pub fn recv_from(&mut self, socket: PeerDatagrams) -> Option<(Vec<u8>, IpEndpoint)> {
        let socket = self.sockets.get_mut::<udp::Socket<'_>>(socket.0);
        socket.recv().ok().map(|(bytes, from)| (bytes.to_vec(), from.endpoint))
    }

    /// Sends a datagram. What does not fit the socket's buffer is lost, as datagrams are.
    pub fn send_to(&mut self, socket: PeerDatagrams, bytes: &[u8], to: IpEndpoint) {
        let socket = self.sockets.get_mut::<udp::Socket<'_>>(socket.0);
        if let Err(error) = socket.send_slice(bytes, to) {
            log::debug!("a datagram to {to} is lost: {error}");
        }
    }

    /// Sends `bytes`, all of them, as fast as the window allows.
    pub fn send(&mut self, socket: PeerSocket, bytes: &[u8]) {
        self.task(socket).backlog.extend(bytes);
    }

    /// How many of the bytes handed to [`send`](Self::send) the other side has not acknowledged yet.
    pub fn unacknowledged(&self, socket: PeerSocket) -> usize {
        let backlog = self.tasks.get(&socket).map_or(0, |task| task.backlog.len());
        backlog + self.socket(socket).send_queue()
    }

    /// Takes out what has been received. As long as nobody does, the window closes.
    pub fn recv(&mut self, socket: PeerSocket) -> Vec<u8> {
        self.recv_up_to(socket, usize::MAX)
    }

    /// The same, for who takes no more than `most` bytes.
    pub fn recv_up_to(&mut self, socket: PeerSocket, most: usize) -> Vec<u8> {
        let socket = self.sockets.get_mut::<Socket<'_>>(socket.0);
        let mut bytes = vec![0; socket.recv_queue().min(most)];
        let length = socket.recv_slice(&mut bytes).unwrap_or(0);
        bytes.truncate(length);
        bytes
    }

    /// Asks with a keep-alive (RFC 9293 section 3.8.4) whether the connection still stands, now and whenever nothing was heard for
    /// `interval`: without one, nobody who only waits hears that the other side is gone.
    pub fn keep_alive(&mut self, socket: PeerSocket, interval: Duration) {
        let interval = smoltcp::time::Duration::from(interval);
        self.sockets.get_mut::<Socket<'_>>(socket.0).set_keep_alive(Some(interval));
    }

    /// Sends a FIN behind everything that was handed to [`send`](Self::send). Receiving goes on.
    pub fn close(&mut self, socket: PeerSocket) {
        self.task(socket).closing = true;
    }

    /// Sends an RST and forgets everything not sent yet.
    pub fn abort(&mut self, socket: PeerSocket) {
        *self.task(socket) = Task { aborted: true, ..Task::default() };
        self.sockets.get_mut::<Socket<'_>>(socket.0).abort();
    }

    /// Forgets the socket. A connection that still stands is left without a word; its segments meet an RST.
    pub fn remove(&mut self, socket: PeerSocket) {
        self.tasks.remove(&socket);
        self.sockets.remove(socket.0);
    }

    /// Whether the connection stands in at least the sending direction.
    pub fn is_connected(&self, socket: PeerSocket) -> bool {
        self.socket(socket).may_send()
    }

    /// Whether the other side's FIN has arrived and everything before it was taken by [`recv`](Self::recv).
    pub fn is_finished(&self, socket: PeerSocket) -> bool {
        let finished = self.tasks.get(&socket).is_some_and(|task| task.finished);
        finished && !self.socket(socket).can_recv()
    }

    /// Whether the connection is over: closed in both directions, reset, or refused.
    pub fn is_closed(&self, socket: PeerSocket) -> bool {
        !self.socket(socket).is_open()
    }

    /// Whether the other side ended or refused the connection with an RST.
    pub fn is_reset(&self, socket: PeerSocket) -> bool {
        let untimely = self.tasks.get(&socket).is_some_and(|task| !task.aborted && !task.finished);
        untimely && self.socket(socket).state() == State::Closed
    }

    /// Receives and sends whatever is due at `now`.
    pub fn poll(&mut self, now: Instant) {
        self.now = now;
        self.flush();
        while self.poll_interface() == PollResult::SocketStateChanged {
            self.flush();
        }
    }

    /// When to [`poll`](Self::poll) next even if no frame arrives, `None` for never.
    pub fn poll_at(&mut self) -> Option<Instant> {
        if self.tasks.keys().any(|socket| self.has_work(*socket)) {
            return Some(self.now);
        }
        let due = self.interface.poll_at(smoltcp_time(self.now), &self.sockets)?;
        let due = Instant::from_millis(u64::try_from(due.total_millis()).unwrap_or(0));
        Some(due.max(self.now))
    }

    fn poll_interface(&mut self) -> PollResult {
        self.interface.poll(smoltcp_time(self.now), &mut self.phy, &mut self.sockets)
    }

    /// Moves the backlogs into the sockets as far as there is room, FINs behind them, and notes arrived FINs.
    fn flush(&mut self) {
        for (handle, task) in &mut self.tasks {
            task.flush(self.sockets.get_mut(handle.0));
        }
    }

    fn has_work(&self, socket: PeerSocket) -> bool {
        self.tasks.get(&socket).is_some_and(|task| task.has_work(self.socket(socket)))
    }

    fn add_socket(&mut self) -> PeerSocket {
        let buffer = || SocketBuffer::new(vec![0; self.buffer]);
        let mut socket = Socket::new(buffer(), buffer());
        socket.set_nagle_enabled(false);
        socket.set_ack_delay(None);
        let handle = PeerSocket(self.sockets.add(socket));
        self.tasks.insert(handle, Task::default());
        handle
    }

    fn take_port(&mut self) -> u16 {
        let port = self.next_port;
        self.next_port = port.checked_add(1).unwrap_or(FIRST_PORT);
        port
    }

    fn socket(&self, socket: PeerSocket) -> &Socket<'static> {
        self.sockets.get(socket.0)
    }

    fn task(&mut self, socket: PeerSocket) -> &mut Task {
        self.tasks.entry(socket).or_default()
    }
}

impl<D> fmt::Debug for Peer<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").field("now", &self.now).field("tasks", &self.tasks).finish_non_exhaustive()
    }
}

impl Task {
    fn flush(&mut self, socket: &mut Socket<'_>) {
        self.finished |= has_received_fin(socket.state());
        while !self.backlog.is_empty() && socket.can_send() {
            let (bytes, _) = self.backlog.as_slices();
            let moved = socket.send_slice(bytes).unwrap_or(0);
            self.backlog.drain(..moved);
        }
        if self.can_close(socket) {
            self.closing = false;
            socket.close();
        }
    }

    fn can_close(&self, socket: &Socket<'_>) -> bool {
        self.closing && self.backlog.is_empty() && socket.may_send()
    }

    fn has_work(&self, socket: &Socket<'_>) -> bool {
        self.can_close(socket) || (!self.backlog.is_empty() && socket.can_send())
    }
}

/// Whether a connection in this state has seen the other side's FIN.
fn has_received_fin(state: State) -> bool {
    matches!(state, State::CloseWait | State::Closing | State::LastAck | State::TimeWait)
}
