//! A WebSocket client on the peer: the crate tungstenite, on bytes that the peer carries.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::rc::Rc;

use tungstenite::client::IntoClientRequest;
use tungstenite::handshake::client::Response;
use tungstenite::protocol::CloseFrame;
use tungstenite::{Error, HandshakeError, Message, WebSocket};
use wm_sys::host::PeerSocket;

use crate::world::{PORT, Tested, World};

/// Bytes between tungstenite and the peer.
#[derive(Clone, Default)]
pub struct Pipe(Rc<RefCell<Ends>>);

#[derive(Default)]
struct Ends {
    incoming: VecDeque<u8>,
    outgoing: Vec<u8>,
    ended: bool,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut ends = self.0.borrow_mut();
        if ends.incoming.is_empty() && !ends.ended {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        ends.incoming.read(buffer)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().outgoing.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub struct WebSocketClient {
    pub socket: PeerSocket,
    pipe: Pipe,
    pub frames: WebSocket<Pipe>,
    /// The server's answer to the handshake.
    pub response: Response,
}

impl WebSocketClient {
    /// Opens a WebSocket at `path`.
    #[track_caller]
    pub fn open<D: Tested>(world: &mut World<D>, path: &str) -> Self {
        Self::open_with(world, path, &[])
    }

    /// Opens a WebSocket with further fields in the request.
    #[track_caller]
    pub fn open_with<D: Tested>(world: &mut World<D>, path: &str, fields: &[(&'static str, &str)]) -> Self {
        let socket = world.peer.connect(PORT);
        let pipe = Pipe::default();
        let mut request = format!("ws://device{path}").into_client_request().expect("a request");
        for (name, value) in fields {
            request.headers_mut().insert(*name, value.parse().expect("a field"));
        }
        let mut progress = tungstenite::client(request, pipe.clone());
        loop {
            match progress {
                Ok((frames, response)) => return WebSocketClient { socket, pipe, frames, response },
                Err(HandshakeError::Interrupted(paused)) => {
                    world.run_until(|world| exchange(world, socket, &pipe));
                    progress = paused.handshake();
                }
                Err(HandshakeError::Failure(error)) => panic!("no handshake: {error}"),
            }
        }
    }

    #[track_caller]
    pub fn send<D: Tested>(&mut self, world: &mut World<D>, message: Message) {
        self.frames.send(message).expect("tungstenite takes the message");
        exchange(world, self.socket, &self.pipe);
    }

    /// Sends bytes past tungstenite: frames that it would not send.
    pub fn send_raw<D: Tested>(&mut self, world: &mut World<D>, bytes: &[u8]) {
        exchange(world, self.socket, &self.pipe);
        world.peer.send(self.socket, bytes);
    }

    /// Waits for a message, a control frame included.
    #[track_caller]
    pub fn receive<D: Tested>(&mut self, world: &mut World<D>) -> Message {
        self.next(world).unwrap_or_else(|error| panic!("no message: {error}"))
    }

    /// Waits for a message or the end.
    #[track_caller]
    pub fn next<D: Tested>(&mut self, world: &mut World<D>) -> Result<Message, Error> {
        let mut result = None;
        world.run_until(|world| {
            result = self.poll(world);
            result.is_some()
        });
        result.expect("the simulation ran until there was one")
    }

    /// A message that has arrived, or the end.
    pub fn poll<D: Tested>(&mut self, world: &mut World<D>) -> Option<Result<Message, Error>> {
        exchange(world, self.socket, &self.pipe);
        let result = match self.frames.read() {
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => None,
            result => Some(result),
        };
        exchange(world, self.socket, &self.pipe);
        result
    }

    /// Waits for the server's Close frame, answers it, and waits for the orderly end; gives the code.
    #[track_caller]
    pub fn expect_close<D: Tested>(&mut self, world: &mut World<D>) -> Option<u16> {
        self.expect_close_frame(world).map(|frame| frame.code.into())
    }

    /// The same; gives what the frame says.
    #[track_caller]
    pub fn expect_close_frame<D: Tested>(&mut self, world: &mut World<D>) -> Option<CloseFrame> {
        let frame = loop {
            match self.receive(world) {
                Message::Close(frame) => break frame,
                _other => {}
            }
        };
        world.run_until(|world| self.poll(world).is_some());
        world.run_until(|world| world.peer.is_finished(self.socket) || world.peer.is_closed(self.socket));
        assert!(!world.peer.is_reset(self.socket), "the server broke off");
        world.peer.close(self.socket);
        frame
    }
}

/// Carries bytes both ways; says whether anything new arrived.
pub fn exchange<D: Tested>(world: &mut World<D>, socket: PeerSocket, pipe: &Pipe) -> bool {
    let mut ends = pipe.0.borrow_mut();
    let outgoing = std::mem::take(&mut ends.outgoing);
    world.peer.send(socket, &outgoing);
    let received = world.peer.recv(socket);
    ends.incoming.extend(&received);
    let ended = world.peer.is_finished(socket) || world.peer.is_closed(socket);
    let news = !received.is_empty() || ended != ends.ended;
    ends.ended = ended;
    news
}
