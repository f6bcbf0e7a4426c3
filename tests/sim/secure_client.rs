//! A client on the peer that speaks TLS: the library's own client session, on bytes that the peer carries.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use wm_sys::host::PeerSocket;
use wm_websockets::server::{Context, HandshakeWorker};
use wm_websockets::tls::{ClientConfig, Error, Handshake, Read, ServerName, Session, Wire};

use crate::world::World;

/// The port that the servers of these tests speak TLS on.
pub const TLS_PORT: u16 = 443;

/// Does the device's handshakes while it lives, whenever a client goes on. There is one world at a time, and so one worker.
pub struct Worker;

struct Place {
    worker: Option<HandshakeWorker>,
    is_paused: bool,
}

static PLACE: Mutex<Place> = Mutex::new(Place { worker: None, is_paused: false });

impl Worker {
    pub fn hired() -> Self {
        let worker = HandshakeWorker::new(|| {}).expect("the one before has left");
        *Self::place() = Place { worker: Some(worker), is_paused: false };
        Worker
    }

    pub fn pause(&self) {
        Self::place().is_paused = true;
    }

    pub fn go_on(&self) {
        Self::place().is_paused = false;
        Self::work_if_hired();
    }

    /// Lets it do the step that waits.
    pub fn work(&self) {
        Self::work_if_hired();
    }

    /// The same, if there is a worker.
    pub fn work_if_hired() {
        if let Place { worker: Some(worker), is_paused: false } = &mut *Self::place() {
            worker.work();
        }
    }

    fn place() -> MutexGuard<'static, Place> {
        PLACE.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        Self::place().worker = None;
    }
}

/// Bytes that have arrived, and bytes to be sent.
#[derive(Default)]
struct Ends {
    incoming: VecDeque<u8>,
    outgoing: Vec<u8>,
}

impl Wire for Ends {
    fn receive(&mut self, buffer: &mut [u8]) -> usize {
        let length = buffer.len().min(self.incoming.len());
        buffer.iter_mut().zip(self.incoming.drain(..length)).for_each(|(place, byte)| *place = byte);
        length
    }
    fn send(&mut self, bytes: &[u8]) -> usize {
        self.outgoing.extend(bytes);
        bytes.len()
    }
}

pub struct SecureClient {
    pub socket: PeerSocket,
    session: Session,
    ends: Ends,
    /// Plaintext that has arrived.
    pub received: Vec<u8>,
    /// In how many records.
    pub records: usize,
    pub closed: bool,
    pub error: Option<Error>,
    /// Bytes of TLS that are still sent; then the client is silent, until it may send more.
    pub quota: usize,
}

impl SecureClient {
    /// Begins a connection.
    pub fn connect(world: &mut World<Context>, config: &ClientConfig) -> Self {
        SecureClient {
            socket: world.peer.connect(TLS_PORT),
            session: Session::client(config, ServerName::Dns("device"), None).expect("a session"),
            ends: Ends::default(),
            received: Vec::new(),
            records: 0,
            closed: false,
            error: None,
            quota: usize::MAX,
        }
    }

    /// A connection whose handshake is over.
    #[track_caller]
    pub fn connected(world: &mut World<Context>, config: &ClientConfig) -> Self {
        let mut client = SecureClient::connect(world, config);
        world.run_until(|world| client.pump(world));
        assert_eq!(client.error, None);
        client
    }

    /// Carries bytes and goes on; true once the handshake is over, one way or the other.
    pub fn pump(&mut self, world: &mut World<Context>) -> bool {
        Worker::work_if_hired();
        self.ends.incoming.extend(world.peer.recv(self.socket));
        if self.error.is_none() {
            self.error = self.go_on().err();
        }
        let mut outgoing = std::mem::take(&mut self.ends.outgoing);
        self.ends.outgoing = outgoing.split_off(outgoing.len().min(self.quota));
        self.quota -= outgoing.len();
        world.peer.send(self.socket, &outgoing);
        self.error.is_some() || self.session.is_established()
    }

    fn go_on(&mut self) -> Result<(), Error> {
        while !self.session.is_established() {
            match self.session.handshake_step(&mut self.ends)? {
                Handshake::Step | Handshake::Done => {}
                Handshake::NeedsInput | Handshake::NeedsRoom => return Ok(()),
            }
        }
        loop {
            match self.session.read(&mut self.ends)? {
                Read::Plaintext(mut plaintext) => {
                    self.received.extend(plaintext.bytes());
                    self.records += 1;
                    plaintext.advance(usize::MAX);
                    self.session.restore(plaintext);
                }
                Read::Closed => {
                    self.closed = true;
                    return Ok(());
                }
                _ => return Ok(()),
            }
        }
    }

    pub fn send(&mut self, world: &mut World<Context>, bytes: &[u8]) {
        self.session.write(&mut self.ends, bytes).expect("a session that goes on");
        self.pump(world);
    }

    /// Waits until `count` bytes of plaintext have arrived, and takes them.
    #[track_caller]
    pub fn receive(&mut self, world: &mut World<Context>, count: usize) -> Vec<u8> {
        world.run_until(|world| {
            self.pump(world);
            self.received.len() >= count || self.error.is_some() || self.closed
        });
        assert_eq!(self.error, None);
        assert!(self.received.len() >= count, "{}", String::from_utf8_lossy(&self.received));
        self.received.drain(..count).collect()
    }

    /// Says that nothing follows.
    pub fn close(&mut self, world: &mut World<Context>) {
        self.session.close(&mut self.ends).expect("a session that goes on");
        self.pump(world);
        world.peer.close(self.socket);
    }

    /// Opens a WebSocket, by hand.
    #[track_caller]
    pub fn upgrade(&mut self, world: &mut World<Context>) {
        self.send(
            world,
            b"GET /ws HTTP/1.1\r\nHost: device\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
              Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        );
        world.run_until(|world| {
            self.pump(world);
            self.received.ends_with(b"\r\n\r\n")
        });
        assert!(self.received.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&self.received));
        self.received.clear();
    }

    /// Sends a message of less than 126 bytes, masked with zeros, and expects it back.
    #[track_caller]
    pub fn echo(&mut self, world: &mut World<Context>, text: &str) {
        let length = text.len() as u8;
        let frame = [&[0x81, 0x80 | length, 0, 0, 0, 0], text.as_bytes()].concat();
        self.send(world, &frame);
        let answer = self.receive(world, text.len() + 2);
        assert_eq!(answer, [&[0x81, length], text.as_bytes()].concat());
    }
}
