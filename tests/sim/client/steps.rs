//! What an application hears of an attempt's steps.

use wm_sys::Instant;
use wm_websockets::client::{ClientProtocol, ConnectOptions, Request, ResponseHandler, Step};

use super::{Events, Server, URL, accept, read_head, remove, world};
use crate::heap;

/// Notes each step, and sees that time does not run backwards.
#[derive(Clone, Default)]
struct Stopwatch {
    events: Events,
    last: Option<Instant>,
}

impl Stopwatch {
    fn note(&mut self, step: Step) {
        let now = wm_sys::now();
        assert!(self.last.replace(now).is_none_or(|last| last <= now));
        self.events.note(|| format!("{step:?}"));
    }
}

impl ResponseHandler for Stopwatch {
    fn step(&mut self, step: Step) {
        self.note(step);
    }
    fn done(&mut self, result: Result<(), &wm_websockets::client::ClientError>) {
        self.events.note(|| if result.is_ok() { "done" } else { "failed" }.into());
    }
}

impl ClientProtocol for Stopwatch {
    fn step(&mut self, step: Step) {
        self.note(step);
    }
    fn opened(&mut self, _socket: &mut wm_websockets::server::Socket<'_>) {
        self.events.note(|| "opened".into());
    }
}

#[test]
fn a_websocket_comes_through_name_connection_and_request() {
    let mut world = world();
    let stopwatch = Stopwatch::default();
    let events = stopwatch.events.clone();
    let options = ConnectOptions::new(URL).expect("a URL");
    let id = heap::of_device(|| world.device.connect(options, stopwatch)).expect("a client");
    let server = Server::open(&mut world);
    world.run_until(|_| events.has("opened"));
    assert_eq!(events.all(), ["Name", "Connect", "Request", "opened"]);
    drop(server);
    remove(&mut world, id);
}

#[test]
fn a_redirect_begins_again_and_a_connection_that_stands_begins_with_the_request() {
    let mut world = world();
    let stopwatch = Stopwatch::default();
    let events = stopwatch.events.clone();
    let options = ConnectOptions::new("http://10.0.2.2:9000/").expect("a URL").redirects(1);
    let id = heap::of_device(|| world.device.services().http_client(options)).expect("a client");
    let ask = |world: &mut crate::world::World<_>| {
        let handler = stopwatch.clone();
        let device: &mut wm_websockets::server::Context = &mut world.device;
        heap::of_device(|| device.client(id).expect("a client").request(Request::GET, handler))
            .expect("a turn");
    };
    ask(&mut world);
    let socket = accept(&mut world);
    read_head(&mut world, socket);
    world.peer.send(socket, b"HTTP/1.1 302 x\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n");
    world.peer.close(socket);
    let socket = accept(&mut world);
    for round in 1..=2 {
        read_head(&mut world, socket);
        world.peer.send(socket, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        world.run_until(|_| events.count("done") == round);
        if round == 1 {
            ask(&mut world);
        }
    }
    let first = ["Name", "Connect", "Request", "Name", "Connect", "Request", "Body", "done"];
    let second = ["Request", "Body", "done"];
    assert_eq!(events.all(), [&first[..], &second].concat());
    remove(&mut world, id);
}
