//! A client and a server, and the memory between them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use wm_websockets::tls::{
    ClientConfig, Engine, Error, Handshake, Identity, Read, ServerConfig, ServerName, Session, Version, Wire,
};

use crate::authority::{Authority, Issued};

/// A number that follows from the seed (xorshift).
pub fn random(seed: &AtomicU64) -> u64 {
    let mut x = seed.load(Relaxed);
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    seed.store(x, Relaxed);
    x
}

/// How the bytes between two sessions are cut.
#[derive(Clone, Copy)]
pub enum Cuts {
    /// Not at all.
    Never,
    /// Anywhere, as the seed says.
    Random(u64),
    /// One byte at a time.
    Bytes,
}

/// One direction, and one end's view of both.
#[derive(Default)]
pub struct Pipe {
    pub bytes: VecDeque<u8>,
    /// No byte is taken any more.
    pub full: bool,
}

struct End<'p> {
    incoming: &'p mut Pipe,
    outgoing: &'p mut Pipe,
    cuts: &'p Cut,
}

struct Cut {
    cuts: Cuts,
    seed: AtomicU64,
}

impl Cut {
    fn length(&self, wanted: usize) -> usize {
        match self.cuts {
            Cuts::Never => wanted,
            Cuts::Bytes => wanted.min(1),
            Cuts::Random(_) => match random(&self.seed) % 4 {
                0 => 0,
                1 => wanted.min(1),
                2 => wanted.min(random(&self.seed) as usize % 64),
                _ => wanted.min(random(&self.seed) as usize % 4000),
            },
        }
    }
}

impl Wire for End<'_> {
    fn receive(&mut self, buffer: &mut [u8]) -> usize {
        let length = self.cuts.length(buffer.len().min(self.incoming.bytes.len()));
        for (place, byte) in buffer.iter_mut().zip(self.incoming.bytes.drain(..length)) {
            *place = byte;
        }
        length
    }

    fn send(&mut self, bytes: &[u8]) -> usize {
        let length = if self.outgoing.full { 0 } else { self.cuts.length(bytes.len()) };
        crate::heap::spared(|| self.outgoing.bytes.extend(&bytes[..length]));
        length
    }
}

pub struct Pair {
    pub client: Session,
    pub server: Session,
    /// To the server.
    pub up: Pipe,
    /// To the client.
    pub down: Pipe,
    cut: Cut,
}

/// Which side a handshake failed on, with its error, and the other side's error where it noticed.
#[derive(Debug)]
pub struct Failed {
    pub client: Option<Error>,
    pub server: Option<Error>,
}

/// Steps after which something spins.
const PATIENCE: usize = 2_000_000;

impl Pair {
    pub fn new(client: Session, server: Session, cuts: Cuts) -> Self {
        let seed = if let Cuts::Random(seed) = cuts { seed + 1 } else { 1 };
        let cut = Cut { cuts, seed: AtomicU64::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)) };
        Pair { client, server, up: Pipe::default(), down: Pipe::default(), cut }
    }

    /// Runs the handshake to its end on both sides.
    pub fn handshake(&mut self) -> Result<(), Failed> {
        for _ in 0..PATIENCE {
            let client = self.client_step();
            let server = self.server_step();
            match (client, server) {
                (Ok(Handshake::Done), Ok(Handshake::Done)) => return Ok(()),
                (Ok(_), Ok(_)) => {}
                (client, server) => return Err(self.epilogue(client.err(), server.err())),
            }
        }
        panic!("the handshake does not end");
    }

    pub fn client_step(&mut self) -> Result<Handshake, Error> {
        let mut wire = End { incoming: &mut self.down, outgoing: &mut self.up, cuts: &self.cut };
        self.client.handshake_step(&mut wire)
    }

    pub fn server_step(&mut self) -> Result<Handshake, Error> {
        let mut wire = End { incoming: &mut self.up, outgoing: &mut self.down, cuts: &self.cut };
        self.server.handshake_step(&mut wire)
    }

    /// One side has failed: its alert reaches the other.
    fn epilogue(&mut self, client: Option<Error>, server: Option<Error>) -> Failed {
        let mut failed = Failed { client, server };
        self.cut.cuts = Cuts::Never;
        for _ in 0..100 {
            self.flush();
            if failed.client.is_none() {
                failed.client = match self.client.is_established() {
                    true => self.read_client().err(),
                    false => self.client_step().err(),
                };
            }
            if failed.server.is_none() {
                failed.server = match self.server.is_established() {
                    true => self.read_server().err(),
                    false => self.server_step().err(),
                };
            }
        }
        failed
    }

    pub fn flush(&mut self) {
        let mut wire = End { incoming: &mut self.down, outgoing: &mut self.up, cuts: &self.cut };
        self.client.flush(&mut wire).unwrap();
        let mut wire = End { incoming: &mut self.up, outgoing: &mut self.down, cuts: &self.cut };
        self.server.flush(&mut wire).unwrap();
    }

    pub fn write_client(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        let mut wire = End { incoming: &mut self.down, outgoing: &mut self.up, cuts: &self.cut };
        self.client.write(&mut wire, bytes)
    }

    pub fn write_server(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        let mut wire = End { incoming: &mut self.up, outgoing: &mut self.down, cuts: &self.cut };
        self.server.write(&mut wire, bytes)
    }

    pub fn read_client(&mut self) -> Result<Read, Error> {
        let mut wire = End { incoming: &mut self.down, outgoing: &mut self.up, cuts: &self.cut };
        self.client.read(&mut wire)
    }

    pub fn read_server(&mut self) -> Result<Read, Error> {
        let mut wire = End { incoming: &mut self.up, outgoing: &mut self.down, cuts: &self.cut };
        self.server.read(&mut wire)
    }

    pub fn close_client(&mut self) -> Result<bool, Error> {
        let mut wire = End { incoming: &mut self.down, outgoing: &mut self.up, cuts: &self.cut };
        self.client.close(&mut wire)
    }

    pub fn close_server(&mut self) -> Result<bool, Error> {
        let mut wire = End { incoming: &mut self.up, outgoing: &mut self.down, cuts: &self.cut };
        self.server.close(&mut wire)
    }

    /// Sends `bytes` to the server, which reads them in pieces.
    pub fn ask_server(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let (mut rest, mut arrived) = (bytes, Vec::new());
        for _ in 0..PATIENCE {
            rest = &rest[self.write_client(rest)?..];
            self.take_at_server(&mut arrived)?;
            if arrived.len() >= bytes.len() {
                assert!(arrived == bytes, "other bytes have arrived than were sent");
                return Ok(());
            }
        }
        panic!("{} of {} bytes have arrived", arrived.len(), bytes.len());
    }

    fn take_at_server(&mut self, arrived: &mut Vec<u8>) -> Result<(), Error> {
        if let Read::Plaintext(mut plaintext) = self.read_server()? {
            let some = self.cut.length(plaintext.bytes().len());
            arrived.extend(&plaintext.bytes()[..some]);
            plaintext.advance(some);
            self.server.restore(plaintext);
        }
        Ok(())
    }

    /// Sends `bytes` to the client.
    pub fn tell_client(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let (mut rest, mut arrived) = (bytes, Vec::<u8>::new());
        for _ in 0..PATIENCE {
            rest = &rest[self.write_server(rest)?..];
            if let Read::Plaintext(mut plaintext) = self.read_client()? {
                arrived.extend(plaintext.bytes());
                plaintext.advance(usize::MAX);
                self.client.restore(plaintext);
            }
            if arrived.len() >= bytes.len() {
                assert!(arrived == bytes, "other bytes have arrived than were sent");
                return Ok(());
            }
        }
        panic!("{} of {} bytes have arrived", arrived.len(), bytes.len());
    }
}

/// What most tests start with.
pub struct World {
    pub engine: Engine,
    pub authority: Authority,
    pub issued: Issued,
}

pub const HOST: &str = "device.example";
pub const VERSIONS: [Version; 2] = [Version::Tls12, Version::Tls13];

impl World {
    pub fn new() -> Self {
        let authority = Authority::new("Test CA");
        let issued = authority.issue(&[HOST]);
        World { engine: Engine::new().expect("the world before has ended"), authority, issued }
    }

    pub fn identity(&self) -> Identity {
        Identity::new(&self.engine, &self.issued.pem(), &self.issued.key_pem()).unwrap()
    }

    pub fn server(&self, version: Version) -> ServerConfig {
        let builder = ServerConfig::builder(&self.engine).identity(self.identity()).unwrap();
        builder.min_version(version).max_version(version).build().unwrap()
    }

    /// A configuration that asks for no tickets: what a client of it reads first is data.
    pub fn client(&self) -> ClientConfig {
        let builder = ClientConfig::builder(&self.engine).trust(&self.authority.pem()).unwrap();
        builder.remembered_sessions(0).build().unwrap()
    }

    pub fn pair(&self, server: &ServerConfig, client: &ClientConfig, cuts: Cuts) -> Pair {
        let client = Session::client(client, ServerName::Dns(HOST), None).unwrap();
        Pair::new(client, Session::server(server).unwrap(), cuts)
    }

    /// A pair whose handshake is over.
    pub fn established(&self, version: Version, cuts: Cuts) -> Pair {
        let mut pair = self.pair(&self.server(version), &self.client(), cuts);
        pair.handshake().unwrap();
        pair
    }
}
