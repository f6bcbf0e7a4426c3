//! A client on the peer that speaks TLS by a library that is not ours, and so goes on whatever our engine is doing.

use std::io::{self, Read, Write};
use std::sync::Arc;

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::{ClientConfig, ClientConnection, RootCertStore, SupportedProtocolVersion};
use wm_sys::host::PeerSocket;
use wm_websockets::server::Context;

use crate::secure_client::TLS_PORT;
use crate::world::World;

/// What the device is called.
const NAME: &str = "device";

/// A certificate of the device's, and its key, in PEM.
pub struct Issued {
    certified: CertifiedKey<KeyPair>,
}

impl Issued {
    pub fn new() -> Self {
        Issued { certified: generate_simple_self_signed([NAME.to_owned()]).expect("a certificate") }
    }

    pub fn chain(&self) -> String {
        self.certified.cert.pem()
    }

    pub fn key(&self) -> String {
        self.certified.signing_key.serialize_pem()
    }

    /// Whom it convinces.
    fn config(&self, version: &'static SupportedProtocolVersion) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certified.cert.der().clone()).expect("a certificate");
        let builder = ClientConfig::builder_with_protocol_versions(&[version]);
        Arc::new(builder.with_root_certificates(roots).with_no_client_auth())
    }
}

pub struct ForeignClient {
    pub socket: PeerSocket,
    session: ClientConnection,
    pub received: Vec<u8>,
}

impl ForeignClient {
    pub fn connect(
        world: &mut World<Context>,
        issued: &Issued,
        version: &'static SupportedProtocolVersion,
    ) -> Self {
        let name = NAME.try_into().expect("a name");
        let session = ClientConnection::new(issued.config(version), name).expect("a session");
        ForeignClient { socket: world.peer.connect(TLS_PORT), session, received: Vec::new() }
    }

    /// What is to be said once that is possible.
    pub fn send(&mut self, bytes: &[u8]) {
        self.session.writer().write_all(bytes).expect("room");
    }

    /// Carries bytes and goes on.
    pub fn pump(&mut self, world: &mut World<Context>) {
        let arrived = world.peer.recv(self.socket);
        let mut rest = arrived.as_slice();
        while !rest.is_empty() {
            self.session.read_tls(&mut rest).expect("bytes");
            self.session.process_new_packets().expect("TLS");
        }
        match self.session.reader().read_to_end(&mut self.received) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
        }
        let mut outgoing = Vec::new();
        while self.session.wants_write() {
            self.session.write_tls(&mut outgoing).expect("room");
        }
        world.peer.send(self.socket, &outgoing);
    }
}
