//! HTTPS and WSS over the simulated wire: what a page and a WebSocket get, and what everybody else gets meanwhile.

mod silence;
mod waiting;
mod wrong_port;

use std::time::Duration;

use tungstenite::Message as Frame;
use wm_sys::host::{Impairments, WireConfig};
use wm_websockets::http::{Request, Status};
use wm_websockets::server::{Context, Limits, Response, Routes};
use wm_websockets::tls::{ClientConfig, ClientConfigBuilder, Engine, ServerConfig, Version};

use crate::heap;
use crate::secure_client::{SecureClient, TLS_PORT};
use crate::websocket::Echo;
use crate::websocket_client::WebSocketClient;
use crate::world::{LAN, PORT, World};

const HELLO: &[u8] = b"GET /hello HTTP/1.1\r\nHost: device\r\n\r\n";
const KEY: &[u8] = b"sixteen bytes...";
const VERSIONS: [Version; 2] = [Version::Tls12, Version::Tls13];

pub fn routes() -> Routes {
    let routes = Routes::new().websocket("/ws", Echo::default()).and_then(|routes| {
        routes
            .get("/hello", |_: &Request<'_>, response: &mut Response<'_>| response.text("hello"))?
            .get("/secure", |_: &Request<'_>, response: &mut Response<'_>| {
                response.text(if response.is_secure() { "yes" } else { "no" });
            })?
            .get("/page", |_: &Request<'_>, response: &mut Response<'_>| response.html(&[b'x'; 1_000]))?
            .get("/chunks", |_: &Request<'_>, response: &mut Response<'_>| {
                response.start(Status::OK).chunked().expect("room for a head");
                for length in [1_000, 5_000] {
                    response.write(&vec![b'x'; length]).expect("room for a chunk");
                }
                response.finish().expect("room for the end");
            })?
            .get("/long", |_: &Request<'_>, response: &mut Response<'_>| response.html(&[b'x'; 100_000]))
    });
    routes.expect("routes")
}

/// A server with a plain port and one that speaks TLS, and what its clients need. A key that both know spares the certificates,
/// which `tests/tls` has.
pub fn world(wire: WireConfig, limits: Limits) -> (World<Context>, ClientConfig) {
    serving(wire, limits, routes)
}

/// The same with other routes.
pub fn serving(
    wire: WireConfig,
    limits: Limits,
    routes: impl Fn() -> Routes,
) -> (World<Context>, ClientConfig) {
    let mut engine = None;
    let world = World::with(wire, |stack| {
        let mut context = Context::new(stack, limits).expect("the limits fit");
        let tls = Engine::new().expect("the world before has ended");
        let server =
            ServerConfig::builder(&tls).preshared_key(b"me", KEY).and_then(|builder| builder.build());
        context.listen_tls(TLS_PORT, &server.expect("a configuration"), routes()).expect("the port is free");
        context.listen(PORT, routes()).expect("the port is free");
        engine = Some(tls);
        context
    });
    let client = client(&engine.expect("it was made")).build().expect("a configuration");
    (world, client)
}

fn client(engine: &Engine) -> ClientConfigBuilder {
    ClientConfig::builder(engine).preshared_key(b"me", KEY).expect("a key")
}

fn lan() -> (World<Context>, ClientConfig) {
    world(WireConfig::both(1, LAN), Limits::default())
}

#[track_caller]
pub fn expect_hello(world: &mut World<Context>, client: &mut SecureClient) {
    expect_text(world, client, HELLO, b"\r\n\r\nhello");
}

/// Asks, and waits for an answer that ends so.
#[track_caller]
fn expect_text(world: &mut World<Context>, client: &mut SecureClient, request: &[u8], end: &[u8]) {
    client.send(world, request);
    let mut text = Vec::new();
    while !text.ends_with(end) {
        text.extend(client.receive(world, 1));
    }
    assert!(text.starts_with(b"HTTP/1.1 200 OK\r\n"), "{}", String::from_utf8_lossy(&text));
}

#[test]
fn pages_and_websockets_in_both_versions() {
    let (mut world, config) = lan();
    pages_and_websockets(&mut world, &config);
}

pub fn pages_and_websockets(world: &mut World<Context>, any: &ClientConfig) {
    for version in VERSIONS {
        let config = client(any.engine()).min_version(version).max_version(version).build().unwrap();
        let mut page = SecureClient::connected(world, &config);
        expect_hello(world, &mut page);
        expect_hello(world, &mut page);
        page.send(world, b"GET /long HTTP/1.1\r\nHost: device\r\nConnection: close\r\n\r\n");
        let long = page.receive(world, 100_000);
        assert!(long.starts_with(b"HTTP/1.1 200 OK\r\n"));
        world.run_until(|world| {
            page.pump(world);
            page.closed
        });
        page.close(world);
        let mut socket = SecureClient::connected(world, &config);
        socket.upgrade(world);
        socket.echo(world, "hello");
        // Idle for long enough to be parked; then awake again.
        world.run_for(Duration::from_secs(5));
        socket.echo(world, "still there");
        socket.close(world);
    }
    assert_eq!(world.device.counters().tls_handshakes, 4);
    assert_eq!(world.device.counters().tls_failures, 0);
}

#[test]
fn an_idle_client_gives_its_buffers_back_and_an_ended_one_everything() {
    let (mut world, config) = lan();
    config.engine().keep_buffers(0);
    let before = heap::live();
    let mut socket = SecureClient::connected(&mut world, &config);
    socket.upgrade(&mut world);
    socket.echo(&mut world, "hello");
    let active = heap::live() - before;
    world.run_for(Duration::from_secs(1));
    let idle = heap::live() - before;
    assert!(active > 20_000, "{active} bytes while it talks");
    assert!(idle < 5_000, "{idle} bytes on 64 bits, everything included");
    let said = Limits::DEFAULT.memory();
    assert!(idle <= said.idle + said.tls_idle, "{idle} bytes, more than {said:?}");
    assert!(active <= said.idle + said.tls_idle + said.tls_busy, "{active} bytes, more than {said:?}");
    socket.close(&mut world);
    world.run_for(Duration::from_secs(70));
    // What a ticket or a cached session is made of may stay.
    assert!(heap::live() < before + 600, "{} bytes are left", heap::live() - before);
}

#[test]
fn handshakes_take_what_is_said_when_the_firmware_is_compiled() {
    let (mut world, config) = lan();
    let said = Limits::DEFAULT.memory();
    let before = heap::live();
    let peak = heap::peak_of(|| {
        let mut clients: Vec<_> = (0..4).map(|_| SecureClient::connect(&mut world, &config)).collect();
        world.run_until(|world| {
            let over = clients.iter_mut().map(|client| usize::from(client.pump(world)));
            over.sum::<usize>() == 4
        });
    });
    let most = said.tls_start + 4 * (said.idle + said.tls_idle + said.tls_busy);
    assert!(peak - before <= most, "{} bytes, more than {said:?}", peak - before);
}

#[test]
fn lossy_networks_are_no_matter() {
    for seed in 0..4 {
        let bad = Impairments { loss: 0.05, duplication: 0.05, jitter: Duration::from_millis(5), ..LAN };
        let (mut world, config) = world(WireConfig::both(seed, bad), Limits::default());
        let mut socket = SecureClient::connected(&mut world, &config);
        socket.upgrade(&mut world);
        for round in 0..20 {
            socket.echo(&mut world, &format!("round {round}"));
            if round % 5 == 0 {
                world.run_for(Duration::from_secs(1));
            }
        }
    }
}

/// Twenty plain clients, each of which must get its echo at once.
pub struct Others(Vec<WebSocketClient>);

impl Others {
    pub fn connect(world: &mut World<Context>) -> Self {
        Others((0..20).map(|_| WebSocketClient::open(world, "/ws")).collect())
    }

    #[track_caller]
    pub fn echo(&mut self, world: &mut World<Context>) {
        for (number, client) in self.0.iter_mut().enumerate() {
            let before = world.now();
            client.send(world, Frame::text(format!("client {number}")));
            assert_eq!(client.receive(world), Frame::text(format!("client {number}")));
            let took = world.now().saturating_duration_since(before);
            assert!(took < Duration::from_millis(100), "an echo took {took:?} of virtual time");
        }
    }
}

#[test]
fn a_peer_that_stalls_in_its_handshake_is_given_up_and_holds_up_nobody() {
    let limits = Limits { tls_handshakes: 4, ..Limits::default() };
    let (mut world, config) = world(WireConfig::both(1, LAN), limits);
    let mut others = Others::connect(&mut world);
    // How much a whole handshake sends.
    let mut whole = SecureClient::connect(&mut world, &config);
    whole.quota = 1 << 20;
    world.run_until(|world| whole.pump(world));
    let length = (1 << 20) - whole.quota;
    whole.close(&mut world);
    for sent in (0..length).step_by(23) {
        let timeouts = world.device.counters().timeouts;
        let mut stalled = SecureClient::connect(&mut world, &config);
        stalled.quota = sent;
        for _ in 0..3 {
            stalled.pump(&mut world);
            others.echo(&mut world);
        }
        world.run_until(|world| {
            stalled.pump(world);
            world.peer.is_reset(stalled.socket)
        });
        assert_eq!(world.device.counters().timeouts, timeouts + 1, "after {sent} bytes");
    }
    SecureClient::connected(&mut world, &config);
}

#[test]
fn ten_handshakes_at_once_and_twenty_that_talk() {
    let (mut world, config) = lan();
    ten_handshakes_and_twenty_that_talk(&mut world, &config);
}

pub fn ten_handshakes_and_twenty_that_talk(world: &mut World<Context>, config: &ClientConfig) {
    let mut others = Others::connect(world);
    let mut clients: Vec<_> = (0..10).map(|_| SecureClient::connect(world, config)).collect();
    let mut done = 0;
    while done < clients.len() {
        others.echo(world);
        done = clients.iter_mut().filter_map(|client| client.pump(world).then_some(())).count();
    }
    for client in &mut clients {
        expect_hello(world, client);
    }
    assert_eq!(world.device.counters().tls_handshakes, 10);
}

#[test]
fn a_pass_reads_one_record_whoever_sends() {
    let (mut world, config) = lan();
    let mut clients: Vec<_> = (0..4).map(|_| SecureClient::connected(&mut world, &config)).collect();
    clients.iter_mut().for_each(|client| client.upgrade(&mut world));
    // Two messages each, in a frame and a record of its own, before anything is read.
    for client in &mut clients {
        client.send(&mut world, &[&[0x81, 0xfe, 3, 0xe8, 0, 0, 0, 0], &[b'x'; 1000][..]].concat());
        client.send(&mut world, &[&[0x81, 0xfe, 3, 0xe8, 0, 0, 0, 0], &[b'y'; 1000][..]].concat());
    }
    let mut before = world.device.counters().messages_received;
    let all = before + 8;
    world.run_until(|world| {
        let now = world.device.counters().messages_received;
        assert!(now <= before + 1, "{} records in one pass", now - before);
        before = now;
        for client in &mut clients {
            client.pump(world);
        }
        now == all
    });
    for client in &mut clients {
        let echoed = client.receive(&mut world, 2 * 1004);
        assert_eq!((echoed[4], echoed[1008]), (b'x', b'y'));
    }
}

/// A record takes longer than any peer may take nothing, but is taken.
#[test]
fn a_slow_reader_is_none_that_reads_nothing() {
    let limits = Limits { send_timeout: Duration::from_secs(15), ..Limits::default() };
    let (mut world, config) = world(WireConfig::both(1, LAN), limits);
    let mut page = SecureClient::connected(&mut world, &config);
    page.send(&mut world, b"GET /long HTTP/1.1\r\nHost: device\r\n\r\n");
    for second in 0..120 {
        world.run_for(Duration::from_secs(1));
        world.peer.recv_up_to(page.socket, 200);
        assert_eq!(world.device.counters().connections, 1, "after {second} s");
    }
}

/// A record has 22 to 29 bytes of its own, and takes as long to encrypt as many of its bytes.
#[test]
fn what_is_sent_as_one_is_in_as_few_records_as_it_fits() {
    let (mut world, config) = lan();
    let mut page = SecureClient::connected(&mut world, &config);
    expect_text(&mut world, &mut page, b"GET /page HTTP/1.1\r\nHost: device\r\n\r\n", &[b'x'; 1_000]);
    assert_eq!(page.records, 1, "head and page");
    page.records = 0;
    expect_text(&mut world, &mut page, b"GET /chunks HTTP/1.1\r\nHost: device\r\n\r\n", b"0\r\n\r\n");
    assert_eq!(
        page.records, 6,
        "a head, a chunk of 1,000 bytes with its length, three records of 5,000, and the end"
    );

    let mut socket = SecureClient::connected(&mut world, &config);
    socket.upgrade(&mut world);
    for (length, records) in [(1_000_u16, 1), (1_400, 1), (4_000, 2)] {
        socket.records = 0;
        let [high, low] = length.to_be_bytes();
        let message = vec![b'x'; length.into()];
        socket.send(&mut world, &[&[0x82, 0xfe, high, low, 0, 0, 0, 0], &message[..]].concat());
        let echoed = socket.receive(&mut world, 4 + message.len());
        assert_eq!((&echoed[..4], &echoed[4..]), (&[0x82, 0x7e, high, low][..], &message[..]));
        assert_eq!(socket.records, records, "for {length} bytes");
    }
}

#[test]
fn garbage_after_the_handshake_ends_that_client_and_no_other() {
    let (mut world, config) = lan();
    let mut good = SecureClient::connected(&mut world, &config);
    let mut bad = SecureClient::connected(&mut world, &config);
    world.peer.send(bad.socket, b"\x17\x03\x03\x00\x20................................");
    world.run_until(|world| {
        bad.pump(world);
        bad.error.is_some()
    });
    assert_eq!(bad.error.and_then(|error| error.alert).map(|alert| alert.name()), Some("bad_record_mac"));
    world.run_until(|world| world.peer.is_finished(bad.socket) || world.peer.is_closed(bad.socket));
    expect_hello(&mut world, &mut good);
    assert_eq!(world.device.counters().tls_failures, 1);
}

#[test]
fn without_memory_a_client_is_refused_before_its_handshake_and_the_next_is_served() {
    let (mut world, config) = lan();
    config.engine().keep_buffers(0);
    heap::fail_above(8 * 1024);
    let mut refused = SecureClient::connect(&mut world, &config);
    world.run_until(|world| {
        refused.pump(world);
        world.peer.is_reset(refused.socket)
    });
    heap::recover();
    assert!(world.device.counters().refused_memory > 0);
    let mut next = SecureClient::connected(&mut world, &config);
    expect_hello(&mut world, &mut next);
}
