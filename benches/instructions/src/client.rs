//! A client that asks the same thing over and over, and waits for each answer.

use smoltcp::iface::SocketHandle;
use smoltcp::socket::tcp::State;

use crate::peer::Peer;

pub struct Client {
    port: u16,
    request: Vec<u8>,
    /// How many bytes the answer has, and how it ends.
    length: usize,
    ending: Vec<u8>,
    /// Each request on a connection of its own, which the client closes.
    reconnects: bool,
    socket: Option<SocketHandle>,
    received: Vec<u8>,
    state: Progress,
    /// Answers that have arrived.
    pub answered: usize,
}

enum Progress {
    Connecting,
    Sending(usize),
    Waiting,
    Closing,
}

impl Client {
    /// `length` may be zero where the answer's first arrival is to tell it.
    pub fn new(port: u16, request: Vec<u8>, length: usize, ending: &[u8], reconnects: bool) -> Self {
        Self {
            port,
            request,
            length,
            ending: ending.to_vec(),
            reconnects,
            socket: None,
            received: Vec::new(),
            state: Progress::Connecting,
            answered: 0,
        }
    }

    /// From now on it asks something else, on the same connection.
    pub fn switch(&mut self, request: Vec<u8>, length: usize, ending: &[u8]) {
        (self.request, self.length, self.ending) = (request, length, ending.to_vec());
        self.answered = 0;
    }

    /// Goes as far as it can before the device has worked; asks only as long as fewer than `target` requests are answered.
    pub fn advance(&mut self, peer: &mut Peer, target: usize) {
        while self.step(peer, target) {}
    }

    fn step(&mut self, peer: &mut Peer, target: usize) -> bool {
        let port = self.port;
        let socket = *self.socket.get_or_insert_with(|| peer.connect(port));
        match self.state {
            Progress::Connecting if peer.socket(socket).state() == State::Established => {
                self.state = Progress::Sending(0);
                true
            }
            Progress::Sending(_) if self.answered >= target => false,
            Progress::Sending(sent) => self.send(peer, socket, sent),
            Progress::Waiting => self.receive(peer, socket),
            Progress::Closing if peer.remove_if_closed(socket) => {
                (self.socket, self.state) = (None, Progress::Connecting);
                self.answered < target
            }
            Progress::Connecting | Progress::Closing => false,
        }
    }

    fn send(&mut self, peer: &mut Peer, socket: SocketHandle, sent: usize) -> bool {
        let taken = peer.socket(socket).send_slice(&self.request[sent..]).expect("connected");
        let sent = sent + taken;
        self.state = if sent == self.request.len() { Progress::Waiting } else { Progress::Sending(sent) };
        taken > 0
    }

    fn receive(&mut self, peer: &mut Peer, socket: SocketHandle) -> bool {
        peer.receive(socket, &mut self.received);
        if self.received.len() < self.length || !self.received.ends_with(&self.ending) {
            return false;
        }
        assert!(self.length == 0 || self.received.len() == self.length, "not the answer that was expected");
        self.length = self.received.len();
        self.received.clear();
        self.answered += 1;
        self.state = Progress::Sending(0);
        if self.reconnects {
            peer.socket(socket).close();
            self.state = Progress::Closing;
        }
        true
    }

    pub fn is_done(&self, target: usize) -> bool {
        self.answered >= target && matches!(self.state, Progress::Sending(0) | Progress::Connecting)
    }
}
