//! Clients of the device, and servers on the peer that are good, bad or gone.

mod hostile;
mod http;
mod reconnect;
mod seeds;
mod steps;
#[cfg(feature = "security-tls12")]
mod tls;
mod websocket;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use tungstenite::handshake::derive_accept_key;
use tungstenite::protocol::Role;
use tungstenite::{Message as Frame, WebSocket};
use wm_sys::host::{PeerSocket, WireConfig};
use wm_websockets::client::{ClientError, ClientId, ClientProtocol, ClientStatus, ConnectOptions};
use wm_websockets::http::{ReceivedResponse, RequestHead, ResponseError};
use wm_websockets::server::{Closed, Context, Limits, Socket};
use wm_websockets::ws::Message;

use crate::heap;
use crate::websocket_client::{Pipe, exchange};
use crate::world::{LAN, World};

/// The port that the servers of these tests listen on.
pub const SERVICE: u16 = 9000;

pub const URL: &str = "ws://10.0.2.2:9000/chat?room=7";

/// What happened to a client, a line each.
#[derive(Clone, Default)]
pub struct Events(Rc<RefCell<Vec<String>>>);

impl Events {
    pub fn note(&self, event: impl FnOnce() -> String) {
        heap::of_simulation(|| self.0.borrow_mut().push(event()));
    }

    pub fn all(&self) -> Vec<String> {
        self.0.borrow().clone()
    }

    pub fn has(&self, event: &str) -> bool {
        self.0.borrow().iter().any(|each| each == event)
    }

    pub fn count(&self, start: &str) -> usize {
        self.0.borrow().iter().filter(|each| each.starts_with(start)).count()
    }
}

/// Notes everything.
#[derive(Clone, Default)]
pub struct Recorder {
    pub events: Events,
    /// What it says when it is connected.
    pub greeting: Option<&'static str>,
    /// Turns servers away whatever their certificate says.
    pub turns_away: bool,
}

impl ClientProtocol for Recorder {
    #[cfg(feature = "security-tls12")]
    fn secured(&mut self, server: &wm_websockets::tls::PeerCertificate<'_>) -> bool {
        if self.turns_away {
            let issuer = String::from_utf8_lossy(server.issuer_name().unwrap_or(b"?"));
            self.events.note(|| format!("shown what {issuer} has signed"));
        }
        !self.turns_away
    }
    fn prepare(&mut self, head: &mut RequestHead<'_>) -> Result<(), ResponseError> {
        head.field("X-Prepared", "yes")
    }
    fn accept(&mut self, response: &ReceivedResponse<'_>, subprotocol: Option<&str>) -> bool {
        if let Some(subprotocol) = subprotocol {
            self.events.note(|| format!("subprotocol {subprotocol}"));
        }
        response.field("X-Unwanted").is_none()
    }
    fn opened(&mut self, socket: &mut Socket<'_>) {
        self.events.note(|| "opened".into());
        if let Some(greeting) = self.greeting {
            socket.send(Message::Text(greeting)).expect("there is room");
        }
    }
    fn message(&mut self, _socket: &mut Socket<'_>, message: Message<'_>) {
        self.events.note(|| format!("message {}", message.as_bytes().escape_ascii()));
    }
    fn closed(&mut self, closed: Closed) {
        self.events.note(|| format!("closed {} {}", closed.code.0, closed.clean));
    }
    fn failed(&mut self, error: &ClientError, retry: Option<Duration>) {
        let end = if retry.is_some() { ", retries" } else { "" };
        self.events.note(|| format!("{:?} {:?}{end}", error.step, error.cause));
    }
}

/// A context without servers.
pub fn world() -> World<Context> {
    over(WireConfig::both(1, LAN))
}

pub fn over(wire: WireConfig) -> World<Context> {
    World::with(wire, |stack| Context::new(stack, Limits::default()).expect("the limits fit"))
}

/// Begins a client.
pub fn connect(world: &mut World<Context>, options: ConnectOptions, recorder: &Recorder) -> ClientId {
    let recorder = recorder.clone();
    heap::of_device(|| world.device.connect(options, recorder)).expect("a client")
}

pub fn options() -> ConnectOptions {
    ConnectOptions::new(URL).expect("a URL")
}

pub fn status(world: &mut World<Context>, id: ClientId) -> ClientStatus {
    world.device.client(id).expect("a client").status()
}

/// Ends the client and its memory.
pub fn remove(world: &mut World<Context>, id: ClientId) {
    heap::of_device(|| world.device.client(id).expect("a client").remove());
}

/// The next connection to the service.
pub fn accept(world: &mut World<Context>) -> PeerSocket {
    let socket = world.peer.listen(SERVICE);
    world.run_until(|world| world.peer.is_connected(socket));
    socket
}

/// What the client sends, up to the end of a head.
pub fn read_head(world: &mut World<Context>, socket: PeerSocket) -> String {
    let mut head = Vec::new();
    world.run_until(|world| {
        head.extend(world.peer.recv(socket));
        head.windows(4).any(|end| end == b"\r\n\r\n")
    });
    String::from_utf8(head).expect("a head is text")
}

pub fn accept_key(head: &str) -> String {
    let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap_or("");
    derive_accept_key(key.as_bytes())
}

/// A WebSocket server on the peer: the crate tungstenite, on bytes that the peer carries.
pub struct Server {
    pub socket: PeerSocket,
    pub head: String,
    pipe: Pipe,
    frames: WebSocket<Pipe>,
}

impl Server {
    /// Waits for a client, and shakes hands.
    pub fn open(world: &mut World<Context>) -> Self {
        Server::open_with(world, "")
    }

    pub fn open_with(world: &mut World<Context>, fields: &str) -> Self {
        let socket = accept(world);
        let head = read_head(world, socket);
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{fields}\
             Sec-WebSocket-Accept: {}\r\n\r\n",
            accept_key(&head)
        );
        world.peer.send(socket, answer.as_bytes());
        Server::on(socket, head)
    }

    pub fn on(socket: PeerSocket, head: String) -> Self {
        let pipe = Pipe::default();
        let frames = WebSocket::from_raw_socket(pipe.clone(), Role::Server, None);
        Server { socket, head, pipe, frames }
    }

    /// Reads what has come, without waiting.
    pub fn poll(&mut self, world: &mut World<Context>) -> Option<Frame> {
        exchange(world, self.socket, &self.pipe);
        let frame = self.frames.read().ok();
        exchange(world, self.socket, &self.pipe);
        frame
    }

    pub fn read(&mut self, world: &mut World<Context>) -> Frame {
        let mut frame = None;
        world.run_until(|world| {
            frame = self.poll(world);
            frame.is_some()
        });
        frame.expect("the simulation ran until there was one")
    }

    pub fn send(&mut self, world: &mut World<Context>, frame: Frame) {
        self.frames.send(frame).expect("tungstenite sends");
        exchange(world, self.socket, &self.pipe);
    }

    pub fn close(&mut self, world: &mut World<Context>, code: u16) {
        let frame = tungstenite::protocol::CloseFrame { code: code.into(), reason: "".into() };
        self.frames.close(Some(frame)).expect("tungstenite closes");
        exchange(world, self.socket, &self.pipe);
    }
}
