//! The gateway's thread: the stack at the end of the device's cable, and the sockets of this machine behind it.
//!
//! Each turn takes the device's frames, moves bytes between the sockets of both sides, sends what that leads to,
//! and waits: for frames, for sockets, or for the stack's next timer.

use core::time::Duration;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::vec::Vec;

use polling::{Event, Events};
use smoltcp::iface::SocketHandle;

use super::connection::{Connection, device_socket};
use super::dialing::{self, Dialing, Flow, requested_flow};
use super::leases;
use super::link::{Forward, Link, QUEUE};
use super::names::Names;
use super::stack::Stack;
use super::watched::Watched;

/// Connections at once; further clients wait in the kernel's backlog, further SYNs of the device are refused.
const MAX_CONNECTIONS: usize = 1_024;

/// Never wait for less: a stack that asks to be served at once and then does nothing must not spin.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);

pub(super) struct Gateway {
    stack: Stack,
    link: Arc<Link>,
    names: Names,
    connect_timeout: Duration,
    // Everything that the event queue watches, by the key of its events.
    listeners: BTreeMap<usize, Listener>,
    dialings: BTreeMap<usize, Dialing>,
    connections: BTreeMap<usize, Joined>,
    last_key: usize,
}

struct Listener {
    socket: Watched<TcpListener>,
    device_port: u16,
    /// Clients may be waiting; accepting finds out.
    is_ready: bool,
}

struct Joined {
    connection: Connection,
    handle: SocketHandle,
}

impl Gateway {
    pub(super) fn new(link: Arc<Link>, connect_timeout: Duration) -> Self {
        Self {
            stack: Stack::new(link.clone()),
            names: Names::new(link.clone()),
            link,
            connect_timeout,
            listeners: BTreeMap::new(),
            dialings: BTreeMap::new(),
            connections: BTreeMap::new(),
            last_key: 0,
        }
    }

    /// Serves until the link says to stop.
    pub(super) fn run(mut self) {
        let mut events = Events::new();
        while !self.link.is_stopping() {
            self.turn();
            self.wait(&mut events);
        }
    }

    fn turn(&mut self) {
        self.adopt_forwards();
        self.take_frames();
        self.settle_dialings();
        self.accept_clients();
        self.pump();
        self.names.serve(self.stack.name_server());
        leases::serve(self.stack.lease_server());
        self.stack.send();
        self.drop_finished();
        if self.stack.has_sent() {
            crate::wake();
        }
    }

    fn wait(&mut self, events: &mut Events) {
        let timeout = self.timeout();
        events.clear();
        if let Err(error) = self.link.poller().wait(events, timeout) {
            log::error!("the gateway cannot wait for events: {error}");
        }
        for event in events.iter() {
            self.notice(event);
        }
    }

    fn timeout(&mut self) -> Option<Duration> {
        if self.link.is_congested() {
            return None; // the device rings when it has fetched half of its queue
        }
        if self.link.has_from_device() || self.has_work_left() {
            return Some(Duration::ZERO);
        }
        self.stack.idle_time().map(|time| time.max(SHORTEST_WAIT))
    }

    /// Whether there is something that the last turn could not do and the next one can.
    fn has_work_left(&self) -> bool {
        let clients_wait = self.listeners.values().any(|listener| listener.is_ready);
        (clients_wait && self.has_room()) || self.dialings.values().any(|dialing| dialing.is_answered)
    }

    fn has_room(&self) -> bool {
        self.connections.len() + self.dialings.len() < MAX_CONNECTIONS
    }

    fn notice(&mut self, event: Event) {
        if let Some(joined) = self.connections.get_mut(&event.key) {
            joined.connection.notice(event, self.stack.socket(joined.handle));
        } else if let Some(listener) = self.listeners.get_mut(&event.key) {
            listener.is_ready = true;
        } else if let Some(dialing) = self.dialings.get_mut(&event.key) {
            dialing.is_answered |= event.writable;
        }
    }

    fn watch<S: AsFd>(&mut self, source: S) -> io::Result<(usize, Watched<S>)> {
        self.last_key += 1;
        Ok((self.last_key, Watched::new(source, self.last_key, self.link.clone())?))
    }

    fn pump(&mut self) {
        for joined in self.connections.values_mut() {
            joined.connection.pump(self.stack.socket(joined.handle));
        }
    }

    fn drop_finished(&mut self) {
        self.connections.retain(|_, joined| {
            if joined.connection.is_over() {
                self.stack.remove(joined.handle);
            }
            !joined.connection.is_over()
        });
    }
}

/// From this machine to the device.
impl Gateway {
    fn adopt_forwards(&mut self) {
        for forward in self.link.new_forwards() {
            let Forward { listener, device_port } = forward;
            match self.watch(listener) {
                Ok((key, socket)) => {
                    self.listeners.insert(key, Listener { socket, device_port, is_ready: true });
                }
                Err(error) => log::error!("the gateway cannot watch a listener: {error}"),
            }
        }
    }

    fn accept_clients(&mut self) {
        let ready: Vec<usize> =
            self.listeners.iter().filter(|(_, listener)| listener.is_ready).map(|(&key, _)| key).collect();
        for key in ready {
            while self.has_room() && self.accept_client(key) {}
        }
    }

    /// Whether there may be another client after this one.
    fn accept_client(&mut self, key: usize) -> bool {
        let Some(listener) = self.listeners.get_mut(&key) else { return false };
        match listener.socket.accept() {
            Ok((stream, client)) => {
                let device_port = listener.device_port;
                if let Err(error) = self.forward(stream, device_port) {
                    log::warn!("connection of {client} not forwarded: {error}");
                }
                true
            }
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => true,
            Err(error) => {
                if error.kind() != ErrorKind::WouldBlock {
                    log::warn!("cannot accept a connection: {error}");
                }
                listener.is_ready = false;
                false
            }
        }
    }

    fn forward(&mut self, stream: TcpStream, device_port: u16) -> io::Result<()> {
        let (key, stream) = self.watch(stream)?;
        let connection = Connection::new(stream)?;
        let socket = device_socket(self.connect_timeout);
        let handle = self.stack.connect(socket, device_port).ok_or(ErrorKind::AddrNotAvailable)?;
        self.connections.insert(key, Joined { connection, handle });
        Ok(())
    }
}

/// From the device.
impl Gateway {
    fn take_frames(&mut self) {
        for _ in 0..QUEUE {
            if self.link.is_congested() {
                return;
            }
            let Some(frame) = self.link.take_from_device() else { return };
            self.take_frame(frame);
        }
    }

    fn take_frame(&mut self, frame: Vec<u8>) {
        match requested_flow(&frame) {
            Some(flow) if !self.stack.has(flow) => self.dial(flow, frame),
            _ => self.stack.receive(frame),
        }
    }

    fn dial(&mut self, flow: Flow, syn: Vec<u8>) {
        if self.dialings.values().any(|dialing| dialing.flow == flow) {
            return; // the device's SYN once more; the first one is being looked after
        }
        let stream = match dialing::connect_to_host(flow.service) {
            Ok(stream) if self.has_room() => self.watch(stream),
            Ok(_) => Err(ErrorKind::QuotaExceeded.into()),
            Err(error) => Err(error),
        };
        match stream {
            Ok((key, stream)) => {
                self.dialings.insert(key, Dialing { flow, syn, stream, is_answered: false });
            }
            Err(error) => self.refuse(flow, syn, &error),
        }
    }

    fn settle_dialings(&mut self) {
        for (key, dialing) in
            self.dialings.extract_if(.., |_, dialing| dialing.is_answered).collect::<Vec<_>>()
        {
            if self.link.is_congested() {
                self.dialings.insert(key, dialing);
            } else {
                self.settle(key, dialing);
            }
        }
    }

    fn settle(&mut self, key: usize, dialing: Dialing) {
        let Dialing { flow, syn, stream, .. } = dialing;
        let connection = match dialing::outcome(&stream).and_then(|()| Connection::new(stream)) {
            Ok(connection) => connection,
            Err(error) => return self.refuse(flow, syn, &error),
        };
        if let Some(handle) = self.stack.accept(device_socket(self.connect_timeout), flow, syn) {
            self.connections.insert(key, Joined { connection, handle });
        }
    }

    /// The stack has no listener for it, and answers with an RST.
    fn refuse(&mut self, flow: Flow, syn: Vec<u8>, error: &io::Error) {
        log::debug!("the device cannot connect to port {}: {error}", flow.service);
        self.stack.receive(syn);
    }
}
