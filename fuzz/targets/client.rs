//! Clients over the simulated wire: the input is what their servers do, and when.
//!
//! An input is a list of steps. The lowest bit of a step's first byte names one of two servers, of WebSocket and of HTTP, the next three
//! say what happens; see [`Step`].

#![no_main]

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use wm_sys::host::{PeerSocket, WireConfig};
use wm_websockets::client::{
    BodyLength, ClientError, ClientId, ClientProtocol, ConnectOptions, Reconnect, Request, RequestBody,
    ResponseHandler, WhileAway,
};
use wm_websockets::http::{Method, ReceivedResponse};
use wm_websockets::server::{Closed, Context, Limits, Socket};
use wm_websockets::ws::{CloseCode, Message};
use wm_websockets_fuzz::{take_byte, take_piece};
use world::{LAN, TIME_WAIT, World};

// The simulation is the one that the tests of the repository run in; the tests use more of it.
#[allow(dead_code)]
#[path = "../../tests/sim/heap.rs"]
mod heap;
#[allow(dead_code)]
#[path = "../../tests/sim/wire_ends.rs"]
mod wire_ends;
#[allow(dead_code)]
#[path = "../../tests/sim/world.rs"]
mod world;

/// Longer than anything that a removed client leaves behind may live.
const ALL_DEADLINES: Duration = Duration::from_secs(200);

/// A round trip, and the client's work in between.
const ROUND_TRIP: Duration = Duration::from_millis(4);

/// The ports of the two servers.
const PORTS: [u16; 2] = [9000, 9001];

/// Small, so that inputs of a few hundred bytes reach them.
fn limits() -> Limits {
    Limits { message: 300, queue: 512, ..Limits::default() }
}

fuzz_target!(|data: &[u8]| {
    let mut play = Play::begin();
    let mut rest = data;
    while let Some((server, step)) = next_step(&mut rest) {
        play.take(server, step);
    }
    play.end();
});

enum Step<'a> {
    /// The server sends these bytes.
    Send(&'a [u8]),
    /// The server of WebSocket agrees, in the words of the RFC.
    Agree,
    /// The server sends nothing more.
    Close,
    /// The server breaks the connection off.
    Abort,
    /// The server goes without a word.
    Vanish,
    /// Time passes: so many times 0.1 s.
    Wait(u8),
    /// The application does something; see [`Play::act`].
    Act(u8),
}

fn next_step<'a>(rest: &mut &'a [u8]) -> Option<(usize, Step<'a>)> {
    let first = take_byte(rest)?;
    let step = match first >> 1 & 7 {
        0 => Step::Close,
        1 => Step::Abort,
        2 => Step::Vanish,
        3 => Step::Wait(take_byte(rest)?),
        4 => Step::Act(take_byte(rest)?),
        5 => Step::Agree,
        _ => Step::Send(take_piece(rest)?),
    };
    Some((usize::from(first & 1), step))
}

/// A device with two clients, and their servers.
struct Play {
    world: World<Context>,
    /// What the device held before it had clients.
    idle: usize,
    websocket: ClientId,
    http: ClientId,
    servers: [Server; 2],
    has_room: Rc<Cell<bool>>,
}

/// A server: the connection that it has, and the one that it waits for.
struct Server {
    waiting: PeerSocket,
    current: Option<PeerSocket>,
    heard: Vec<u8>,
}

impl Play {
    fn begin() -> Self {
        let mut world = World::with(WireConfig::both(1, LAN), |stack| {
            Context::new(stack, limits()).expect("the limits fit")
        });
        let idle = heap::live();
        let servers =
            PORTS.map(|port| Server { waiting: world.peer.listen(port), current: None, heard: Vec::new() });
        let policy = Reconnect { first: Duration::from_secs(1), cap: Duration::from_secs(4), attempts: None };
        let options = |url| ConnectOptions::new(url).expect("a URL").redirects(1).reconnect(policy);
        let (websocket, http) = heap::of_device(|| {
            let chat = options("ws://10.0.2.2:9000/chat").subprotocol("chat").expect("there is memory");
            let chat = chat.while_away(WhileAway::KeepNewest(30));
            let websocket = world.device.connect(chat, Echo::default()).expect("a client");
            let http = world.device.services().http_client(options("http://10.0.2.2:9001/readings"));
            (websocket, http.expect("a client"))
        });
        let mut play = Play { world, idle, websocket, http, servers, has_room: Rc::new(Cell::new(true)) };
        play.go_on(ROUND_TRIP);
        play
    }

    fn take(&mut self, server: usize, step: Step<'_>) {
        match (step, self.servers[server].current) {
            (Step::Wait(tenths), _) => return self.go_on(Duration::from_millis(u64::from(tenths) * 100)),
            (Step::Act(what), _) => heap::of_device(|| self.act(what)),
            (_, None) => {}
            (Step::Send(bytes), Some(socket)) => self.world.peer.send(socket, bytes),
            (Step::Agree, Some(socket)) => {
                let answer = agreement(&self.servers[server].heard);
                self.world.peer.send(socket, answer.as_bytes());
            }
            (Step::Close, Some(socket)) => self.world.peer.close(socket),
            (Step::Abort, Some(socket)) => self.world.peer.abort(socket),
            (Step::Vanish, Some(socket)) => {
                self.world.peer.remove(socket);
                self.servers[server].current = None;
            }
        }
        self.go_on(ROUND_TRIP);
    }

    /// Lets time pass; the servers listen, and read what comes.
    fn go_on(&mut self, duration: Duration) {
        self.world.run_for(duration);
        for (server, port) in self.servers.iter_mut().zip(PORTS) {
            let peer = &mut self.world.peer;
            if peer.is_connected(server.waiting) {
                if let Some(before) = server.current.replace(server.waiting) {
                    peer.remove(before);
                }
                server.waiting = peer.listen(port);
                server.heard.clear();
            }
            if let Some(socket) = server.current {
                server.heard.extend(peer.recv(socket));
            }
        }
    }

    fn act(&mut self, what: u8) {
        let device = &mut self.world.device;
        match (what & 7, device.client(self.websocket)) {
            (0, Some(mut chat)) => _ = chat.send(Message::Text("a reading")),
            (1, Some(mut chat)) => chat.close(CloseCode::NORMAL, "bye"),
            (2, Some(mut chat)) => chat.reconnect(),
            _ => {}
        }
        match (what & 7, device.client(self.http)) {
            (3, Some(mut http)) => http.cancel(),
            (4, Some(_)) => self.has_room.set(!self.has_room.get()),
            (5, Some(mut http)) => http.resume(),
            (6 | 7, Some(mut http)) => {
                let handler = Answer { has_room: Rc::clone(&self.has_room), sent: false, is_done: false };
                // It may be busy.
                http.request(request(what >> 3), handler).ok();
            }
            _ => {}
        }
    }

    fn end(mut self) {
        for id in [self.websocket, self.http] {
            heap::of_device(|| self.world.device.client(id).expect("none ends by itself").remove());
        }
        self.world.run_for(ALL_DEADLINES + TIME_WAIT);
        assert_eq!(heap::live(), self.idle, "the heap is not as before");
    }
}

fn request(what: u8) -> Request {
    match what & 3 {
        0 => Request::GET,
        1 => Request::new(Method::Head, BodyLength::None),
        2 => Request::new(Method::Post, BodyLength::Known(REPORT.len() as u64)),
        _ => Request::new(Method::Put, BodyLength::Chunked),
    }
}

/// The answer to what was heard, if that is a request for a WebSocket.
fn agreement(heard: &[u8]) -> String {
    let head = String::from_utf8_lossy(heard);
    let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap_or("");
    let accept = tungstenite::handshake::derive_accept_key(key.as_bytes());
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\
         Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    )
}

/// Echoes, and knows what may come when.
#[derive(Default)]
struct Echo {
    is_open: bool,
}

impl ClientProtocol for Echo {
    fn accept(&mut self, _response: &ReceivedResponse<'_>, _subprotocol: Option<&str>) -> bool {
        assert!(!self.is_open);
        true
    }
    fn opened(&mut self, _socket: &mut Socket<'_>) {
        assert!(!self.is_open, "opened twice");
        self.is_open = true;
    }
    fn message(&mut self, socket: &mut Socket<'_>, message: Message<'_>) {
        assert!(self.is_open, "a message before the handshake, or after the end");
        socket.send(message).ok();
    }
    fn closed(&mut self, _closed: Closed) {
        assert!(self.is_open, "closed without having been open");
        self.is_open = false;
    }
    fn failed(&mut self, _error: &ClientError, _retry: Option<Duration>) {
        assert!(!self.is_open, "an open WebSocket is closed, and does not fail");
    }
}

/// What is sent to the server of HTTP.
const REPORT: &[u8] = b"42 degrees";

/// One answer, which may have to wait.
struct Answer {
    has_room: Rc<Cell<bool>>,
    sent: bool,
    is_done: bool,
}

impl ResponseHandler for Answer {
    fn send(&mut self, body: &mut RequestBody<'_>) {
        if !self.sent && body.write(REPORT).is_err() {
            return;
        }
        self.sent = true;
        body.finish();
    }
    fn response(&mut self, response: &ReceivedResponse<'_>) -> bool {
        assert!(!self.is_done);
        response.field("X-Unwanted").is_none()
    }
    fn has_room(&mut self) -> bool {
        self.has_room.get()
    }
    fn body(&mut self, bytes: &[u8]) {
        assert!(!self.is_done && !bytes.is_empty());
    }
    fn done(&mut self, _result: Result<(), &ClientError>) {
        assert!(!self.is_done, "done twice");
        self.is_done = true;
    }
}
