//! Ports that are closed while others are connected, and opened anew.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tungstenite::Message as Frame;
use wm_sys::host::WireConfig;
use wm_websockets::client::Reconnect;
use wm_websockets::http::{Request, Status};
use wm_websockets::server::{
    ConnectionId, Context, Handler, Limits, Response, Routes, StartError, WholeBody,
};

use crate::client::{Recorder, Server, connect, options};
use crate::heap;
use crate::http_client::HttpClient;
use crate::websocket::{Echo, Journal};
use crate::websocket_client::WebSocketClient;
use crate::world::{LAN, PORT, World};

const HELLO: &str = "GET /hello HTTP/1.1\r\nHost: device\r\n\r\n";
const SECOND_PORT: u16 = 81;

type Asker = Rc<Cell<Option<ConnectionId>>>;

/// Answers when it is notified, with the rest of what it has sent at once.
struct Later {
    asker: Asker,
    begins: bool,
}

impl Handler for Later {
    type Exchange = ();

    fn begin(&mut self, _request: &Request<'_>, response: &mut Response<'_>) -> Option<()> {
        if self.begins {
            response.start(Status::OK).chunked().expect("room");
            response.write(b"at ").expect("room");
        }
        self.asker.set(Some(response.defer()));
        Some(())
    }
    fn writable(&mut self, _exchange: &mut (), response: &mut Response<'_>) {
        match self.begins {
            true => response.write(b"last").and_then(|_| response.finish()).expect("room"),
            false => response.text("at last"),
        }
    }
}

/// Events without an end.
struct News;

impl Handler for News {
    type Exchange = ();

    fn begin(&mut self, _request: &Request<'_>, response: &mut Response<'_>) -> Option<()> {
        response.events().expect("nothing was sent");
        response.defer();
        Some(())
    }
}

/// What the tests look at.
#[derive(Clone, Default)]
struct Seen {
    asker: Asker,
    websockets: Journal,
    /// Who holds it still serves.
    served: Rc<()>,
}

impl Seen {
    fn routes(&self) -> Routes {
        let served = Rc::clone(&self.served);
        let later = |begins| Later { asker: Rc::clone(&self.asker), begins };
        let hello = move |_: &Request<'_>, response: &mut Response<'_>| {
            let _ = &served;
            response.text("hello");
        };
        let upload = WholeBody(|body: &[u8], response: &mut Response<'_>| {
            response.text(&body.len().to_string());
        });
        let routes = Routes::new()
            .get("/hello", hello)
            .and_then(|routes| routes.get("/later", later(false)))
            .and_then(|routes| routes.get("/half", later(true)))
            .and_then(|routes| routes.get("/news", News))
            .and_then(|routes| routes.post("/upload", upload))
            .and_then(|routes| routes.websocket("/ws", Echo(self.websockets.clone())));
        routes.expect("routes")
    }

    fn is_served(&self) -> bool {
        Rc::strong_count(&self.served) > 1
    }

    /// Lets the deferred answer come.
    fn notify(&self, world: &mut World<Context>) {
        let handle = world.device.handle();
        handle.notify(self.asker.get().expect("somebody asked")).expect("the client is there");
    }
}

fn world() -> (World<Context>, Seen) {
    let seen = Seen::default();
    (World::server(seen.routes()), seen)
}

fn close(world: &mut World<Context>) {
    assert!(heap::of_device(|| world.device.close_port(PORT)), "it is open");
}

fn listen(world: &mut World<Context>, port: u16, routes: Routes) -> Result<(), StartError> {
    heap::of_device(|| world.device.listen(port, routes))
}

fn expect_refused(world: &mut World<Context>) {
    HttpClient::connect(world).expect_reset(world);
}

#[test]
fn nobody_gets_in_and_who_asks_for_nothing_is_let_go() {
    let (mut world, seen) = world();
    let mut silent = HttpClient::connected(&mut world);
    let mut idle = HttpClient::connected(&mut world);
    let mut half = HttpClient::connected(&mut world);
    assert_eq!(idle.ask(&mut world, HELLO).text(), "hello");
    half.send(&mut world, &HELLO[..20]);
    world.run_for(Duration::from_secs(1));
    close(&mut world);
    assert!(!world.device.close_port(PORT), "twice");
    assert!(world.device.routes(PORT).is_none());
    for client in [&mut silent, &mut idle, &mut half] {
        client.expect_end(&mut world);
    }
    world.run_until(|world| world.device.counters().connections == 0);
    assert!(!seen.is_served());
    expect_refused(&mut world);
}

#[test]
fn a_request_is_answered_and_is_the_last() {
    let (mut world, seen) = world();
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, "GET /later HTTP/1.1\r\nHost: device\r\n\r\n");
    world.run_until(|_| seen.asker.get().is_some());
    close(&mut world);
    client.send(&mut world, HELLO);
    world.run_for(Duration::from_secs(5));
    assert!(seen.is_served(), "by what is still there");
    expect_refused(&mut world);
    seen.notify(&mut world);
    let reply = client.reply(&mut world);
    assert_eq!((reply.text(), reply.field("Connection")), ("at last", Some("close")));
    client.expect_end(&mut world);
    world.run_until(|world| world.device.counters().connections == 0);
    assert!(!seen.is_served());
}

#[test]
fn a_response_that_was_begun_comes_to_its_end() {
    let (mut world, seen) = world();
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, "GET /half HTTP/1.1\r\nHost: device\r\n\r\n");
    world.run_until(|_| seen.asker.get().is_some());
    close(&mut world);
    seen.notify(&mut world);
    assert_eq!(client.reply(&mut world).text(), "at last");
    client.expect_end(&mut world);
}

#[test]
fn an_upload_goes_on_to_its_end() {
    let (mut world, _seen) = world();
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, "POST /upload HTTP/1.1\r\nHost: device\r\nContent-Length: 3000\r\n\r\n");
    client.send(&mut world, [b'x'; 1_000]);
    world.run_for(Duration::from_secs(1));
    close(&mut world);
    client.send(&mut world, [b'x'; 2_000]);
    let reply = client.reply(&mut world);
    assert_eq!((reply.text(), reply.field("Connection")), ("3000", Some("close")));
    client.expect_end(&mut world);
}

#[test]
fn websockets_are_told_that_the_server_goes_away() {
    let (mut world, seen) = world();
    let mut client = WebSocketClient::open(&mut world, "/ws");
    client.send(&mut world, Frame::text("hi"));
    assert_eq!(client.receive(&mut world), Frame::text("hi"));
    close(&mut world);
    assert_eq!(client.expect_close(&mut world), Some(1001));
    world.run_until(|world| world.device.counters().connections == 0);
    assert_eq!(seen.websockets.closed(), [(1001, true)]);
    assert!(!seen.is_served());
}

#[test]
fn a_websocket_that_says_nothing_to_that_is_broken_off() {
    let (mut world, seen) = world();
    let client = WebSocketClient::open(&mut world, "/ws");
    close(&mut world);
    world.silence(client.socket);
    world.run_for(2 * Limits::default().websocket.close_timeout);
    assert_eq!(world.device.counters().connections, 0);
    assert_eq!(seen.websockets.closed().len(), 1);
    assert!(!seen.is_served());
}

#[test]
fn a_stream_of_events_ends() {
    let (mut world, seen) = world();
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, "GET /news HTTP/1.1\r\nHost: device\r\n\r\n");
    world.run_for(Duration::from_secs(1));
    close(&mut world);
    world.run_until(|world| client.pump(world));
    assert!(!world.peer.is_reset(client.socket));
    world.peer.close(client.socket);
    world.run_until(|world| world.device.counters().connections == 0);
    assert!(!seen.is_served());
}

#[test]
fn it_opens_anew_while_those_of_before_are_still_connected() {
    let (mut world, seen) = world();
    let mut before = HttpClient::connected(&mut world);
    before.send(&mut world, "GET /later HTTP/1.1\r\nHost: device\r\n\r\n");
    world.run_until(|_| seen.asker.get().is_some());
    close(&mut world);
    let product = Routes::new()
        .get("/hello", |_: &Request<'_>, response: &mut Response<'_>| response.text("product"))
        .expect("a route");
    assert_eq!(listen(&mut world, PORT, product), Ok(()));
    let mut after = HttpClient::connected(&mut world);
    assert_eq!(after.ask(&mut world, HELLO).text(), "product");
    seen.notify(&mut world);
    assert_eq!(before.reply(&mut world).text(), "at last");
    before.expect_end(&mut world);
    assert_eq!(after.ask(&mut world, HELLO).text(), "product");
}

#[test]
fn other_ports_notice_nothing() {
    let (mut world, seen) = world();
    assert_eq!(listen(&mut world, SECOND_PORT, seen.routes()), Ok(()));
    let mut client = HttpClient { socket: world.peer.connect(SECOND_PORT), received: Vec::new() };
    assert_eq!(client.ask(&mut world, HELLO).text(), "hello");
    close(&mut world);
    world.run_for(Duration::from_secs(1));
    assert_eq!(client.ask(&mut world, HELLO).text(), "hello");
    assert!(heap::of_device(|| world.device.close_port(SECOND_PORT)));
    client.expect_end(&mut world);
}

/// Places are used again, and memory comes back.
#[test]
fn a_port_may_be_closed_and_opened_a_thousand_times() {
    let (mut world, seen) = world();
    for _ in 0..1_000 {
        close(&mut world);
        world.run_for(Duration::from_millis(10));
        assert_eq!(listen(&mut world, PORT, seen.routes()), Ok(()));
    }
    let mut client = HttpClient::connected(&mut world);
    assert_eq!(client.ask(&mut world, HELLO).text(), "hello");
    world.expect_all_freed_after(client.socket);
}

#[test]
fn everything_ends_and_clients_do_not_come_back() {
    let seen = Seen::default();
    let mut world = World::over(WireConfig::both(1, LAN), Limits::default(), seen.routes());
    let recorder = Recorder::default();
    connect(&mut world, options().reconnect(Reconnect::default()), &recorder);
    let mut server = Server::open(&mut world);
    world.run_until(|_| recorder.events.has("opened"));
    let mut page = WebSocketClient::open(&mut world, "/ws");
    heap::of_device(|| world.device.shut_down());
    assert_eq!(page.expect_close(&mut world), Some(1001));
    assert!(matches!(server.read(&mut world), Frame::Close(Some(frame)) if u16::from(frame.code) == 1001));
    world.run_until(|world| {
        server.poll(world);
        world.peer.close(server.socket);
        world.device.counters().connections == 0
    });
    assert_eq!(recorder.events.count("closed 1001"), 1);
    let again = world.peer.listen(crate::client::SERVICE);
    world.run_for(Duration::from_secs(600));
    assert!(!world.peer.is_connected(again));
    expect_refused(&mut world);
}

#[cfg(feature = "security-tls12")]
mod tls {
    use std::net::SocketAddr;

    use wm_websockets::server::{Services, Watcher};

    use super::*;
    use crate::secure_client::{SecureClient, TLS_PORT, Worker};
    use crate::tls;

    fn close(world: &mut World<Context>) {
        assert!(heap::of_device(|| world.device.close_port(TLS_PORT)), "it is open");
    }

    #[test]
    fn those_who_speak_tls_are_told_in_tls() {
        let (mut world, config) = tls::world(WireConfig::both(1, LAN), Limits::default());
        let mut page = SecureClient::connected(&mut world, &config);
        tls::expect_hello(&mut world, &mut page);
        let mut websocket = SecureClient::connected(&mut world, &config);
        websocket.upgrade(&mut world);
        close(&mut world);
        // A Close frame with 1001.
        assert_eq!(websocket.receive(&mut world, 4), [0x88, 2, 0x03, 0xe9]);
        websocket.send(&mut world, &[0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9]);
        for mut client in [page, websocket] {
            world.run_until(|world| {
                client.pump(world);
                client.closed
            });
            client.close(&mut world);
        }
        world.run_until(|world| world.device.counters().connections == 0);
    }

    /// Counts who is there.
    struct Doorman(Rc<Cell<u32>>);

    impl Watcher for Doorman {
        fn connected(&mut self, _: ConnectionId, _: Option<SocketAddr>, _: &mut Services<'_>) -> bool {
            self.0.update(|guests| guests + 1);
            true
        }
        fn disconnected(&mut self, _: ConnectionId, _: &mut Services<'_>) {
            self.0.update(|guests| guests - 1);
        }
    }

    /// And whoever watches the port hears of it.
    #[test]
    fn a_handshake_that_is_under_way_is_broken_off() {
        for is_hired in [false, true] {
            let guests = Rc::default();
            let watched = || tls::routes().watch(Doorman(Rc::clone(&guests))).expect("room");
            let (mut world, config) = tls::serving(WireConfig::both(1, LAN), Limits::default(), watched);
            let worker = is_hired.then(Worker::hired);
            worker.iter().for_each(Worker::pause);
            let mut client = SecureClient::connect(&mut world, &config);
            client.quota = if is_hired { usize::MAX } else { 20 };
            world.run_until(|world| world.peer.is_connected(client.socket));
            client.pump(&mut world);
            world.run_for(Duration::from_millis(50));
            assert_eq!(guests.get(), 1);
            close(&mut world);
            assert_eq!(guests.get(), 0);
            world.run_until(|world| world.peer.is_reset(client.socket));
            worker.iter().for_each(Worker::go_on);
            world.run_until(|world| world.device.counters().connections == 0);
            let mut plain = HttpClient::connected(&mut world);
            assert_eq!(plain.ask(&mut world, HELLO).text(), "hello");
        }
    }
}
