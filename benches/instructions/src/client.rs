//! A client that asks the same thing over and over, and waits for each answer.

use smoltcp::iface::SocketHandle;
use smoltcp::socket::tcp::State;
use wm_websockets::ws::frame::parse_header;

use crate::peer::Peer;

pub struct Client {
    port: u16,
    request: Vec<u8>,
    answer: Answer,
    /// Each request on a connection of its own, which the client closes.
    reconnects: bool,
    socket: Option<SocketHandle>,
    received: Vec<u8>,
    state: Progress,
    /// Answers that have arrived.
    pub answered: usize,
}

/// How an answer is known to be complete.
#[derive(Clone, Copy)]
pub enum Answer {
    EndsWith(&'static [u8]),
    /// That many bytes.
    Length(usize),
    /// WebSocket frames, one or several, with that many bytes of payload.
    Frames {
        payload: usize,
    },
}

#[derive(Clone, Copy)]
enum Progress {
    Connecting,
    /// So many bytes of the request are sent; none yet between requests.
    Sending(usize),
    Waiting,
    Closing,
}

impl Client {
    pub fn new(port: u16, request: Vec<u8>, answer: Answer, reconnects: bool) -> Self {
        Self {
            port,
            request,
            answer,
            reconnects,
            socket: None,
            received: Vec::new(),
            state: Progress::Connecting,
            answered: 0,
        }
    }

    /// From now on it asks something else, on the same connection.
    pub fn switch(&mut self, request: Vec<u8>, answer: Answer) {
        (self.request, self.answer, self.answered) = (request, answer, 0);
    }

    /// Does what there is to do, as long as fewer than `target` requests are answered.
    pub fn advance(&mut self, peer: &mut Peer, target: usize) {
        while self.step(peer, target) {}
    }

    /// Whether it has its answers, and nothing is on the way.
    pub fn is_done(&self, target: usize) -> bool {
        self.answered >= target && matches!(self.state, Progress::Sending(0) | Progress::Connecting)
    }

    fn step(&mut self, peer: &mut Peer, target: usize) -> bool {
        match self.state {
            Progress::Connecting | Progress::Sending(0) if self.answered >= target => false,
            Progress::Connecting => self.connect(peer),
            Progress::Sending(sent) => self.send(peer, sent),
            Progress::Waiting => self.receive(peer),
            Progress::Closing => self.forget(peer),
        }
    }

    fn connect(&mut self, peer: &mut Peer) -> bool {
        let socket = *self.socket.get_or_insert_with(|| peer.connect(self.port));
        let connected = peer.socket(socket).state() == State::Established;
        if connected {
            self.state = Progress::Sending(0);
        }
        connected
    }

    fn send(&mut self, peer: &mut Peer, sent: usize) -> bool {
        let Some(socket) = self.socket else { return false };
        let taken = peer.socket(socket).send_slice(&self.request[sent..]).expect("connected");
        let sent = sent + taken;
        self.state = if sent == self.request.len() { Progress::Waiting } else { Progress::Sending(sent) };
        taken > 0
    }

    fn receive(&mut self, peer: &mut Peer) -> bool {
        let Some(socket) = self.socket else { return false };
        peer.receive(socket, &mut self.received);
        if !self.answer.is_complete(&self.received) {
            return false;
        }
        self.received.clear();
        self.answered += 1;
        self.state = Progress::Sending(0);
        if self.reconnects {
            peer.close(socket);
            self.state = Progress::Closing;
        }
        true
    }

    fn forget(&mut self, peer: &mut Peer) -> bool {
        let closed = self.socket.is_none_or(|socket| peer.remove_closed(socket));
        if closed {
            (self.socket, self.state) = (None, Progress::Connecting);
        }
        closed
    }
}

impl Answer {
    fn is_complete(self, received: &[u8]) -> bool {
        match self {
            Answer::EndsWith(ending) => received.ends_with(ending),
            Answer::Length(length) => received.len() == length,
            Answer::Frames { payload } => payload_of(received) == Some(payload),
        }
    }
}

/// The payload bytes of these frames, if all of them are complete.
fn payload_of(mut frames: &[u8]) -> Option<usize> {
    let mut payload = 0;
    while !frames.is_empty() {
        let (header, used) = parse_header(frames).expect("sound frames")?;
        let length = header.length as usize;
        frames = frames.get(used + length..)?;
        payload += length;
    }
    Some(payload)
}
