//! A client with a plan, and what it was promised for it.

use std::collections::VecDeque;
use std::time::Duration;

use wm_sys::host::PeerSocket;
use wm_websockets::server::Context;
use wm_websockets::ws::Opcode;

use crate::hostile::answer;
use crate::http_client::{self, Asked};
use crate::websocket::frame;
use crate::world::{PORT, World};

/// How a client behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Manner {
    #[default]
    Good,
    /// It sends and never reads.
    Deaf,
    /// It sends a byte a second.
    Slow,
    /// It ends before it is through.
    Rude,
}

#[derive(Clone, Debug)]
pub enum Deed {
    Send(Vec<u8>),
    /// So many ticks.
    Pause(u32),
    /// Sends FIN, and goes on reading.
    Finish,
    /// Sends RST.
    Reset,
    /// Not a frame of it arrives any more.
    Vanish,
}

/// What a client will do, and what it will hear if all goes well: bodies, `101`, frames in the words of the hostile tables.
#[derive(Clone, Debug, Default)]
pub struct Part {
    pub plan: Vec<Deed>,
    pub promised: Vec<Vec<u8>>,
    pub manner: Manner,
    pub websocket: bool,
}

impl Part {
    pub fn say(&mut self, bytes: impl AsRef<[u8]>) {
        self.plan.push(Deed::Send(bytes.as_ref().to_vec()));
    }

    pub fn pause(&mut self, ticks: u32) {
        self.plan.push(Deed::Pause(ticks));
    }

    pub fn expect(&mut self, item: impl AsRef<[u8]>) {
        self.promised.push(item.as_ref().to_vec());
    }

    /// Ends with `deed` before it does the one of this number.
    pub fn end(&mut self, number: usize, deed: Deed) {
        self.plan.truncate(number);
        self.plan.push(deed);
        self.manner = Manner::Rude;
    }

    /// Sends a byte a second from here on, for a minute.
    pub fn trickle(&mut self) {
        let bytes: Vec<u8> = self.plan.iter().filter_map(Deed::bytes).flatten().copied().collect();
        let second = |byte: &u8| [Deed::Send(vec![*byte]), Deed::Pause(10)];
        self.plan = bytes.iter().take(60).flat_map(second).collect();
        self.manner = Manner::Slow;
    }
}

impl Deed {
    fn bytes(&self) -> Option<&Vec<u8>> {
        match self {
            Deed::Send(bytes) => Some(bytes),
            _ => None,
        }
    }
}

pub struct Client {
    socket: PeerSocket,
    plan: VecDeque<Deed>,
    part: Part,
    /// What was not understood yet.
    received: Vec<u8>,
    upgraded: bool,
    /// Bodies, statuses other than 200, frames.
    heard: Vec<Vec<u8>>,
    /// The connection is over, or will not be heard of again.
    ended: bool,
}

impl Client {
    pub fn connect(world: &mut World<Context>, part: &Part) -> Self {
        world.peer.set_buffer(if part.manner == Manner::Deaf { 2_000 } else { 8_000 });
        Client {
            socket: world.peer.connect(PORT),
            plan: part.plan.clone().into(),
            part: part.clone(),
            received: Vec::new(),
            upgraded: false,
            heard: Vec::new(),
            ended: false,
        }
    }

    /// Does what is next, and reads.
    pub fn act(&mut self, world: &mut World<Context>) {
        match self.plan.pop_front() {
            None => {}
            Some(Deed::Pause(0)) => self.act(world),
            Some(Deed::Pause(ticks)) => self.plan.push_front(Deed::Pause(ticks - 1)),
            Some(Deed::Send(bytes)) => world.peer.send(self.socket, &bytes),
            Some(Deed::Finish) => world.peer.close(self.socket),
            Some(Deed::Reset) => world.peer.abort(self.socket),
            Some(Deed::Vanish) => {
                world.silence(self.socket);
                self.ended = true;
            }
        }
        if self.part.manner != Manner::Deaf {
            self.received.extend(world.peer.recv(self.socket));
        }
        self.ended |= world.peer.is_finished(self.socket) || world.peer.is_closed(self.socket);
        while let Some((item, length)) = self.next_item() {
            self.received.drain(..length);
            match item.strip_prefix(b"ping=") {
                Some(payload) => world.peer.send(self.socket, &frame(Opcode::Pong, true, payload)),
                None => self.heard.push(item),
            }
        }
    }

    pub fn is_done(&self) -> bool {
        self.ended || (self.plan.is_empty() && self.heard.len() >= self.part.promised.len())
    }

    pub fn is_websocket(&self) -> bool {
        self.part.websocket
    }

    pub fn heard_farewell(&self) -> bool {
        self.heard.last().is_some_and(|item| item == b"close=1000")
    }

    /// The server may have given up, and its RST may be lost: whoever still waits asks whether the connection stands. By a keep-alive,
    /// for what it has to send may wait for a window that an old segment closed, and smoltcp asks for no other.
    pub fn ask_again(&mut self, world: &mut World<Context>) {
        if !self.is_done() {
            world.peer.keep_alive(self.socket, Duration::from_secs(1));
            world.run_for(Duration::from_secs(5));
            self.ended |= world.peer.is_reset(self.socket);
        }
    }

    /// What was heard is what was promised, as far as it goes; and it goes to the end, or the connection was ended.
    #[track_caller]
    pub fn judge(&self, all: bool) {
        let part = &self.part;
        let heard = self.heard_before_the_end();
        let sizes = |items: &[Vec<u8>]| items.iter().map(|item| shown_item(item)).collect::<Vec<_>>();
        let shown =
            || format!("{:?} heard {:?} of {:?}", part.manner, sizes(&self.heard), sizes(&part.promised));
        assert!(part.promised.starts_with(heard), "not what was promised: {}", shown());
        if part.manner == Manner::Good {
            let told = heard.len() < self.heard.len();
            assert!(told || self.ended || heard.len() == part.promised.len(), "left waiting: {}", shown());
            assert!(!all || heard.len() == part.promised.len(), "given up too early: {}", shown());
        }
    }

    /// Without what tells a client that it was too slow, that the server has no memory for it, or that it goes away.
    fn heard_before_the_end(&self) -> &[Vec<u8>] {
        const EXCUSES: [&[u8]; 4] = [b"408", b"503", b"close=1001", b"close=1013"];
        match self.heard.split_last() {
            Some((last, before)) if EXCUSES.contains(&&last[..]) => before,
            _ => &self.heard,
        }
    }

    /// Goes, if it has not gone already.
    pub fn leave(&self, world: &mut World<Context>) {
        world.peer.abort(self.socket);
    }

    /// The first whole response or frame that arrived, and its length.
    fn next_item(&mut self) -> Option<(Vec<u8>, usize)> {
        if self.upgraded {
            return answer::frame(&self.received);
        }
        let (reply, length) = http_client::parse(&self.received, Asked::Body, self.ended)?;
        self.upgraded = reply.status == 101;
        let item = if reply.status == 200 { reply.body } else { reply.status.to_string().into_bytes() };
        Some((item, length))
    }
}

/// The length of a long item, the words of a short one.
fn shown_item(item: &[u8]) -> String {
    if item.len() > 12 { item.len().to_string() } else { item.escape_ascii().to_string() }
}
