//! The servers: our sessions, and Mbed TLS driven directly.

use std::pin::Pin;

use wm_websockets::tls::{CipherSuite, Engine, Handshake, Identity, Read, ServerConfig, Session, Version};

use crate::direct::{Choice, Configuration, Connection};
use crate::wires::Wires;

const CHAIN: &[u8] = include_bytes!("../../../examples/certificates/development.pem");
const KEY: &[u8] = include_bytes!("../../../examples/certificates/development-key.pem");

/// What accepts connections.
pub trait Server {
    type Connection: Accepted;

    fn accept(&self) -> Self::Connection;
}

/// A server's side of a connection.
pub trait Accepted {
    fn wires(&mut self) -> &mut Wires;
    /// Goes as far as it can with what has arrived; says whether the handshake is over.
    fn handshake(&mut self) -> bool;
    /// Reads all records that have arrived; says how many bytes they held.
    fn receive(&mut self) -> usize;
    /// Sends all of it.
    fn send(&mut self, bytes: &[u8]);
    /// Answers each record that has arrived with the same.
    fn echo(&mut self);
    /// Gives back what an idle connection does not need, if it can.
    fn rest(&mut self) {}
}

/// Our sessions.
pub struct Ours(ServerConfig);

impl Ours {
    pub fn new(engine: &Engine, choice: &'static Choice) -> Self {
        let identity = Identity::new(engine, CHAIN, KEY).expect("a good certificate");
        let (version, suite) = match choice.is_tls13() {
            true => (Version::Tls13, CipherSuite::TLS_AES_128_GCM_SHA256),
            false => (Version::Tls12, CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
        };
        let builder = ServerConfig::builder(engine).identity(identity).expect("memory");
        let builder = builder.min_version(version).max_version(version).ciphers(&[suite]).expect("memory");
        let config = builder.build().expect("a good configuration");
        // As `Context::listen_tls` does.
        config.reserve(1).expect("memory");
        Ours(config)
    }
}

impl Server for Ours {
    type Connection = OurConnection;

    fn accept(&self) -> OurConnection {
        OurConnection { session: Session::server(&self.0).expect("memory"), wires: Wires::default() }
    }
}

pub struct OurConnection {
    session: Session,
    wires: Wires,
}

impl Accepted for OurConnection {
    fn wires(&mut self) -> &mut Wires {
        &mut self.wires
    }

    fn handshake(&mut self) -> bool {
        loop {
            match self.session.handshake_step(&mut self.wires).expect("a good client") {
                Handshake::Step => {}
                Handshake::Done => return true,
                Handshake::NeedsInput | Handshake::NeedsRoom => return false,
            }
        }
    }

    fn receive(&mut self) -> usize {
        let mut bytes = 0;
        while let Read::Plaintext(mut said) = self.session.read(&mut self.wires).expect("a good client") {
            let count = said.bytes().len();
            said.advance(count);
            self.session.restore(said);
            bytes += count;
        }
        bytes
    }

    fn send(&mut self, bytes: &[u8]) {
        let sent = self.session.write(&mut self.wires, bytes).expect("a good client");
        assert_eq!(sent, bytes.len(), "the wire takes everything");
    }

    fn echo(&mut self) {
        while let Read::Plaintext(mut said) = self.session.read(&mut self.wires).expect("a good client") {
            let sent = self.session.write(&mut self.wires, said.bytes()).expect("a good client");
            said.advance(sent);
            self.session.restore(said);
        }
    }

    fn rest(&mut self) {
        assert!(self.session.park(), "nothing is on its way");
    }
}

/// Mbed TLS by itself.
pub struct Direct(Pin<Box<Configuration>>);

impl Direct {
    pub fn new(choice: &'static Choice) -> Self {
        let terminated = |bytes: &[u8]| [bytes, &[0]].concat();
        Direct(Configuration::server(choice, &terminated(CHAIN), &terminated(KEY)))
    }
}

impl Server for Direct {
    type Connection = DirectConnection;

    fn accept(&self) -> DirectConnection {
        DirectConnection { connection: Connection::new(&self.0, None), buffer: vec![0; 16 * 1024] }
    }
}

pub struct DirectConnection {
    connection: Connection,
    /// As long as a record can be.
    buffer: Vec<u8>,
}

impl Accepted for DirectConnection {
    fn wires(&mut self) -> &mut Wires {
        self.connection.wires()
    }

    fn handshake(&mut self) -> bool {
        self.connection.handshake()
    }

    fn receive(&mut self) -> usize {
        let mut bytes = 0;
        loop {
            match self.connection.read(&mut self.buffer) {
                0 => return bytes,
                count => bytes += count,
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) {
        self.connection.write(bytes);
    }

    fn echo(&mut self) {
        loop {
            match self.connection.read(&mut self.buffer) {
                0 => return,
                count => self.connection.write(&self.buffer[..count]),
            }
        }
    }
}
