//! wss and https, with servers whose certificates are good, bad or none. What a session checks is tested in `tests/tls`; this is what the
//! client makes of it.

mod resumption;
mod truncation;

use std::collections::VecDeque;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use wm_sys::host::{GATEWAY_ADDRESS, PeerSocket, WireConfig};
use wm_websockets::client::{ClientId, ConnectOptions, Request, ResponseHandler};
use wm_websockets::net::set_name_servers;
use wm_websockets::server::{Context, Limits};
use wm_websockets::tls::{
    ClientConfig, ClientConfigBuilder, Engine, Error, Handshake, Identity, Read, ServerConfig, Session,
    Version, Wire,
};

use super::{Recorder, SERVICE, accept, accept_key, connect, remove};
use crate::heap;
use crate::name_server::{Manner, NameServer};
use crate::secure_client::Worker;
use crate::world::{LAN, World};

/// Who vouches for servers. The simulation's clock begins in 2023.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate and its key.
struct Issued {
    chain: String,
    key: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2040, 1, 1));
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Authority { issuer: Issuer::new(params, key), pem }
    }

    fn issue(&self, names: &[&str]) -> Issued {
        self.issue_with(names, |_| {})
    }

    fn issue_with(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Issued {
        let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
        let mut params = CertificateParams::new(names).expect("names");
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2030, 1, 1));
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        let chain = params.signed_by(&key, &self.issuer).expect("a certificate").pem();
        Issued { chain, key: key.serialize_pem() }
    }
}

/// A world with TLS in it, and a name server for `server-N.example`.
struct Tls {
    engine: Engine,
    names: NameServer,
    authority: Authority,
    // Last: the turn ends with it, and the next world wants an engine of its own.
    world: World<Context>,
}

impl Tls {
    fn new() -> Self {
        let mut engine = None;
        let mut world = World::with(WireConfig::both(1, LAN), |stack| {
            engine = Some(Engine::new().expect("the world before has ended"));
            Context::new(stack, Limits::default()).expect("the limits fit")
        });
        let names = NameServer::on(&mut world.peer);
        world.core(|core| set_name_servers(core, &[GATEWAY_ADDRESS.into()]));
        Tls { world, engine: engine.expect("it was made"), names, authority: Authority::new("the authority") }
    }

    fn config(&self, change: impl FnOnce(ClientConfigBuilder) -> ClientConfigBuilder) -> ClientConfig {
        let builder =
            ClientConfig::builder(&self.engine).trust(self.authority.pem.as_bytes()).expect("an authority");
        heap::of_device(|| change(builder).build()).expect("a configuration")
    }

    fn connect(&mut self, url: &str, config: &ClientConfig, recorder: &Recorder) -> ClientId {
        let options = ConnectOptions::new(url).expect("a URL").tls(config);
        connect(&mut self.world, options, recorder)
    }

    fn server(&self, issued: &Issued, version: Version) -> ServerConfig {
        let identity =
            Identity::new(&self.engine, issued.chain.as_bytes(), issued.key.as_bytes()).expect("an identity");
        let builder = ServerConfig::builder(&self.engine).identity(identity).expect("room");
        builder.max_version(version).build().expect("a configuration")
    }

    /// Lets a server serve the next connection, until the recorder has heard the end of it or `opened`.
    fn serve(&mut self, config: &ServerConfig, recorder: &Recorder) -> TlsServer {
        self.serve_until(config, || !recorder.events.all().is_empty())
    }

    /// The same until something else holds.
    fn serve_until(&mut self, config: &ServerConfig, over: impl Fn() -> bool) -> TlsServer {
        let socket = self.world.peer.listen(SERVICE);
        let mut server = TlsServer::new(socket, config);
        let Tls { world, names, .. } = self;
        world.run_until(|world| {
            names.serve(&mut world.peer, |_| Manner::Address(GATEWAY_ADDRESS));
            server.pump(world);
            over()
        });
        server
    }
}

/// A server that speaks TLS, and agrees to every handshake.
struct TlsServer {
    socket: PeerSocket,
    session: Session,
    ends: Ends,
    head: Vec<u8>,
    error: Option<Error>,
    /// What it answers instead.
    answer: Option<&'static str>,
    /// Bytes that it sent.
    sent: usize,
}

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

impl TlsServer {
    fn new(socket: PeerSocket, config: &ServerConfig) -> Self {
        let session = Session::server(config).expect("a session");
        TlsServer {
            socket,
            session,
            ends: Ends::default(),
            head: Vec::new(),
            error: None,
            answer: None,
            sent: 0,
        }
    }

    fn pump(&mut self, world: &mut World<Context>) {
        Worker::work_if_hired();
        self.ends.incoming.extend(world.peer.recv(self.socket));
        if self.error.is_none() {
            self.error = self.go_on().err();
        }
        let outgoing = std::mem::take(&mut self.ends.outgoing);
        self.sent += outgoing.len();
        world.peer.send(self.socket, &outgoing);
        if world.peer.is_finished(self.socket) {
            world.peer.close(self.socket);
        }
    }

    fn go_on(&mut self) -> Result<(), Error> {
        while !self.session.is_established() {
            match self.session.handshake_step(&mut self.ends)? {
                Handshake::Step | Handshake::Done => {}
                Handshake::NeedsInput | Handshake::NeedsRoom => return Ok(()),
            }
        }
        while let Read::Plaintext(mut plaintext) = self.session.read(&mut self.ends)? {
            self.head.extend(plaintext.bytes());
            plaintext.advance(usize::MAX);
            self.session.restore(plaintext);
            if self.head.ends_with(b"\r\n\r\n") {
                let head = String::from_utf8(std::mem::take(&mut self.head)).expect("text");
                if let Some(answer) = self.answer {
                    self.session.write(&mut self.ends, answer.as_bytes())?;
                    continue;
                }
                let answer = format!(
                    "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\r\n",
                    accept_key(&head)
                );
                // A frame follows the head in the same record: `hi`.
                let bytes = [answer.as_bytes(), b"\x81\x02hi"].concat();
                self.session.write(&mut self.ends, &bytes)?;
            }
        }
        Ok(())
    }
}

#[test]
fn a_good_certificate_is_accepted_by_name_and_by_address_in_both_versions() {
    for version in [Version::Tls12, Version::Tls13] {
        for (url, name) in
            [("wss://secure.example:9000/", "secure.example"), ("wss://10.0.2.2:9000/", "10.0.2.2")]
        {
            expect_good(version, url, name, false);
            expect_good(version, url, name, true);
        }
    }
}

#[track_caller]
fn expect_good(version: Version, url: &str, name: &str, has_worker: bool) {
    let mut tls = Tls::new();
    let _worker = has_worker.then(Worker::hired);
    let issued = tls.authority.issue(&[name]);
    let (client, server) = (tls.config(|builder| builder), tls.server(&issued, version));
    let recorder = Recorder::default();
    let id = tls.connect(url, &client, &recorder);
    let mut server = tls.serve(&server, &recorder);
    tls.world.run_until(|world| {
        server.pump(world);
        recorder.events.has("message hi")
    });
    assert_eq!(recorder.events.all(), ["opened", "message hi"], "{url}");
    remove(&mut tls.world, id);
}

#[test]
fn a_client_to_which_a_ticket_may_come_waits_for_the_worker_and_loses_nothing() {
    let mut tls = Tls::new();
    let issued = tls.authority.issue(&["secure.example"]);
    let identity = Identity::new(&tls.engine, issued.chain.as_bytes(), issued.key.as_bytes()).expect("one");
    let config = ServerConfig::builder(&tls.engine).identity(identity).expect("room").tickets(None);
    let (client, config) = (tls.config(|builder| builder), config.build().expect("a configuration"));
    let (first, second) = (Recorder::default(), Recorder::default());
    tls.connect("wss://secure.example:9000/", &client, &first);
    let mut server = tls.serve_until(&config, || first.events.has("message hi"));
    let worker = Worker::hired();
    worker.pause();
    let mut other = TlsServer::new(tls.world.peer.listen(SERVICE), &config);
    tls.connect("wss://10.0.2.2:9000/", &client, &second);
    tls.world.run_for(Duration::from_millis(100));
    // Of all that arrives only Mbed TLS knows whether it is a ticket, out of which a key is calculated.
    server.session.write(&mut server.ends, b"\x81\x09meanwhile").expect("a session that goes on");
    server.pump(&mut tls.world);
    tls.world.run_for(Duration::from_millis(100));
    assert!(!first.events.has("message meanwhile"));
    worker.go_on();
    tls.world.run_until(|world| {
        other.pump(world);
        first.events.has("message meanwhile") && !second.events.all().is_empty()
    });
    // Its certificate is for a name.
    assert!(second.events.all()[0].contains("WrongName"), "{:?}", second.events.all());
}

#[test]
fn it_is_the_name_in_the_url_that_a_certificate_must_be_for_not_the_address_that_is_connected_to() {
    for (url, expected) in [("wss://secure.example/", "opened"), ("wss://other.example/", "Tls Tls(")] {
        let mut tls = Tls::new();
        let issued = tls.authority.issue(&["secure.example"]);
        let (client, server) = (tls.config(|builder| builder), tls.server(&issued, Version::Tls13));
        let recorder = Recorder::default();
        let options = ConnectOptions::new(url).and_then(|options| options.connect_to("10.0.2.2", SERVICE));
        let id = connect(&mut tls.world, options.expect("options").tls(&client), &recorder);
        let _server = tls.serve(&server, &recorder);
        assert!(recorder.events.all()[0].starts_with(expected), "{url}: {:?}", recorder.events.all());
        remove(&mut tls.world, id);
    }
}

/// What the client makes of a server with this certificate.
fn verdict(
    issue: impl Fn(&Authority) -> Issued,
    change: impl Fn(ClientConfigBuilder) -> ClientConfigBuilder,
) -> String {
    let event = verdict_with(&issue, &change, false);
    assert_eq!(verdict_with(issue, change, true), event, "with a worker, and without one");
    event
}

fn verdict_with(
    issue: impl Fn(&Authority) -> Issued,
    change: impl Fn(ClientConfigBuilder) -> ClientConfigBuilder,
    has_worker: bool,
) -> String {
    let mut tls = Tls::new();
    let _worker = has_worker.then(Worker::hired);
    let issued = issue(&tls.authority);
    let (client, server) = (tls.config(change), tls.server(&issued, Version::Tls13));
    let recorder = Recorder::default();
    // What is good for half an hour is so no more.
    tls.world.run_for(Duration::from_secs(3600));
    let id = tls.connect("wss://secure.example:9000/", &client, &recorder);
    let _server = tls.serve(&server, &recorder);
    remove(&mut tls.world, id);
    recorder.events.all().remove(0)
}

/// The certificate expires in half an hour.
fn soon(params: &mut CertificateParams) {
    let now = wm_sys::unix_time().expect("the simulation has a clock");
    params.not_after = date_time_ymd(1970, 1, 1) + Duration::from_secs(now + 1800);
}

fn changed(change: fn(&mut CertificateParams)) -> impl Fn(&Authority) -> Issued {
    move |authority| authority.issue_with(&["secure.example"], change)
}

#[test]
fn each_bad_certificate_is_refused_with_its_own_error() {
    let other = |_: &Authority| Authority::new("another").issue(&["secure.example"]);
    // What is not valid yet, or not for servers, our own server would not show: `tests/tls` has that.
    let cases: [(&str, String); 4] = [
        ("WrongName", verdict(|authority| authority.issue(&["other.example"]), |builder| builder)),
        ("Untrusted", verdict(other, |builder| builder)),
        ("Expired", verdict(changed(soon), |builder| builder)),
        ("NothingInCommon", old_server()),
    ];
    for (expected, event) in cases {
        assert!(event.starts_with("Tls Tls(") && event.contains(expected), "{expected}: {event}");
    }
}

/// A server that speaks TLS 1.2 only, and a client that wants more.
fn old_server() -> String {
    let mut tls = Tls::new();
    let issued = tls.authority.issue(&["secure.example"]);
    let client = tls.config(|builder| builder.min_version(Version::Tls13));
    let server = tls.server(&issued, Version::Tls12);
    let recorder = Recorder::default();
    let id = tls.connect("wss://secure.example:9000/", &client, &recorder);
    let _server = tls.serve(&server, &recorder);
    remove(&mut tls.world, id);
    recorder.events.all().remove(0).replace("RefusedByPeer", "NothingInCommon")
}

#[test]
fn only_by_name_is_a_bad_certificate_accepted() {
    let untrusted = |_: &Authority| Authority::new("another").issue(&["secure.example"]);
    assert_eq!(verdict(untrusted, ClientConfigBuilder::danger_accept_untrusted), "opened");
    let misnamed = |authority: &Authority| authority.issue(&["other.example"]);
    assert_eq!(verdict(misnamed, ClientConfigBuilder::danger_accept_any_name), "opened");
}

#[test]
fn a_server_without_tls_and_one_that_never_answers_are_told_apart() {
    let mut tls = Tls::new();
    let client = tls.config(|builder| builder);
    let recorder = Recorder::default();
    let id = tls.connect("wss://10.0.2.2:9000/", &client, &recorder);
    let socket = accept(&mut tls.world);
    tls.world.peer.send(socket, b"HTTP/1.1 400 Bad Request\r\n\r\n");
    tls.world.run_until(|_| !recorder.events.all().is_empty());
    assert!(recorder.events.all()[0].starts_with("Tls Tls("), "{:?}", recorder.events.all());
    tls.world.peer.close(socket);
    remove(&mut tls.world, id);

    let recorder = Recorder::default();
    tls.connect("wss://10.0.2.2:9000/", &client, &recorder);
    let _silent = accept(&mut tls.world);
    tls.world.run_until(|_| recorder.events.has("Tls TimedOut"));
}
