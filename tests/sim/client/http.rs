//! HTTP requests of the device.

mod early_answers;
mod model;
mod redirects;
mod turns;

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use wm_sys::host::{PeerSocket, WireConfig};
use wm_websockets::client::{
    BodyLength, ClientError, ClientId, ClientStatus, ConnectOptions, Request, RequestBody, ResponseHandler,
    StartError,
};
use wm_websockets::http::{Method, ReceivedResponse};
use wm_websockets::server::{Context, Limits, SendError};

use super::{Events, accept, read_head, remove, status, world};
use crate::heap;
use crate::world::{LAN, World};

/// Sends a body, notes the answer.
#[derive(Clone, Default)]
struct Exchange {
    events: Events,
    /// What is sent, in pieces of `piece` bytes.
    body: Vec<u8>,
    piece: usize,
    sent: usize,
    received: Vec<u8>,
    gate: Option<Rc<Gate>>,
}

/// Holds a body up.
#[derive(Default)]
struct Gate {
    closed: Cell<bool>,
    received: Cell<usize>,
}

impl ResponseHandler for Exchange {
    fn send(&mut self, body: &mut RequestBody<'_>) {
        while let Some(rest) = self.body.get(self.sent..).filter(|rest| !rest.is_empty()) {
            let piece = &rest[..rest.len().min(self.piece)];
            match body.write(piece) {
                Ok(()) => self.sent += piece.len(),
                Err(SendError::Full) => return,
                Err(error) => panic!("{error}"),
            }
        }
        body.finish();
    }
    fn response(&mut self, response: &ReceivedResponse<'_>) -> bool {
        self.events.note(|| format!("status {}", response.status().code()));
        response.field("X-Unwanted").is_none()
    }
    fn has_room(&mut self) -> bool {
        self.gate.as_ref().is_none_or(|gate| !gate.closed.get())
    }
    fn body(&mut self, bytes: &[u8]) {
        if let Some(gate) = &self.gate {
            assert!(!gate.closed.get(), "there is no room");
            gate.received.update(|before| before + bytes.len());
            // After every 30,000 bytes or so.
            gate.closed.set(gate.received.get() / 30_000 != (gate.received.get() - bytes.len()) / 30_000);
        }
        heap::of_simulation(|| self.received.extend_from_slice(bytes));
    }
    fn done(&mut self, result: Result<(), &ClientError>) {
        self.events.note(|| match result {
            Ok(()) => format!("done {} bytes, {}", self.received.len(), checksum(&self.received)),
            Err(error) => format!("{:?} {:?}", error.step, error.cause),
        });
        heap::of_simulation(|| self.received = Vec::new());
    }
}

fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum: u32, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)))
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * 31 + n / 253) as u8).collect()
}

fn url() -> ConnectOptions {
    ConnectOptions::new("http://10.0.2.2:9000/readings").expect("a URL")
}

fn http_client(world: &mut World<Context>) -> ClientId {
    heap::of_device(|| world.device.services().http_client(url())).expect("a client")
}

fn request(world: &mut World<Context>, id: ClientId, request: Request, exchange: &Exchange) {
    let exchange = exchange.clone();
    let result = heap::of_device(|| world.device.client(id).expect("a client").request(request, exchange));
    assert_eq!(result, Ok(()));
}

fn fetch(world: &mut World<Context>, options: ConnectOptions, request: Request) -> (ClientId, Events) {
    let exchange = Exchange { piece: 700, ..Exchange::default() };
    let events = exchange.events.clone();
    let id = heap::of_device(|| world.device.fetch(options, request, exchange)).expect("a client");
    (id, events)
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// What is noted of an answer like that.
fn ok() -> Vec<String> {
    vec!["status 200".into(), format!("done 2 bytes, {}", checksum(b"ok"))]
}

/// Sends a request by GET, which the server reads.
fn get(world: &mut World<Context>, id: ClientId, exchange: &Exchange) -> PeerSocket {
    request(world, id, Request::GET, exchange);
    let socket = accept(world);
    read_head(world, socket);
    socket
}

/// A connection that has carried such a request and its answer.
fn used_connection(world: &mut World<Context>, id: ClientId, exchange: &Exchange) -> PeerSocket {
    let socket = get(world, id, exchange);
    world.peer.send(socket, OK);
    world.run_until(|_| exchange.events.count("done") == 1);
    socket
}

/// Lets the device take more of an answer.
fn open(world: &mut World<Context>, id: ClientId, gate: &Gate) {
    gate.closed.set(false);
    heap::of_device(|| world.device.client(id).expect("a client").resume());
}

#[track_caller]
fn done(world: &mut World<Context>, events: &Events) -> Vec<String> {
    world.run_until(|_| events.all().iter().any(|event| !event.starts_with("status")));
    events.all()
}

/// Reads what the client sends until it contains `end`.
fn read_until(world: &mut World<Context>, socket: PeerSocket, end: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    world.run_until(|world| {
        bytes.extend(world.peer.recv(socket));
        bytes.ends_with(end)
    });
    bytes
}

#[test]
fn bodies_of_all_three_framings_arrive_whole() {
    let body = pattern(20_000);
    let chunked: Vec<u8> = body
        .chunks(3_000)
        .flat_map(|chunk| [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat())
        .chain(*b"0\r\n\r\n")
        .collect();
    for (field, bytes, closes) in [
        ("Content-Length: 20000\r\n", &body, false),
        ("Transfer-Encoding: chunked\r\n", &chunked, false),
        ("", &body, true),
    ] {
        let mut world = world();
        let (_, events) = fetch(&mut world, url(), Request::GET);
        let socket = accept(&mut world);
        let head = read_head(&mut world, socket);
        assert_eq!(head, "GET /readings HTTP/1.1\r\nHost: 10.0.2.2:9000\r\n\r\n");
        world.peer.send(socket, format!("HTTP/1.1 200 OK\r\n{field}\r\n").as_bytes());
        world.peer.send(socket, bytes);
        if closes {
            world.peer.close(socket);
        }
        let expected = format!("done 20000 bytes, {}", checksum(&body));
        assert_eq!(done(&mut world, &events), ["status 200", &expected], "{field}");
        // A client of one request ends with it.
        world.peer.close(socket);
        world.expect_all_freed();
    }
}

#[test]
fn a_handler_without_room_holds_the_server_up_until_it_has() {
    let body = pattern(100_000);
    let chunked: Vec<u8> = body
        .chunks(700)
        .flat_map(|chunk| [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat())
        .chain(*b"0\r\n\r\n")
        .collect();
    for (field, bytes) in
        [("Content-Length: 100000\r\n", &body), ("Transfer-Encoding: chunked\r\n", &chunked)]
    {
        let mut world = world();
        let gate = Rc::new(Gate::default());
        let exchange = Exchange { gate: Some(Rc::clone(&gate)), ..Exchange::default() };
        let events = exchange.events.clone();
        let id = heap::of_device(|| world.device.fetch(url(), Request::GET, exchange)).expect("a client");
        let socket = accept(&mut world);
        read_head(&mut world, socket);
        let answer = [format!("HTTP/1.1 200 OK\r\n{field}\r\n").as_bytes(), bytes].concat();
        world.peer.send(socket, &answer);
        for pause in 1..=3 {
            world.run_until(|_| gate.closed.get());
            let before = gate.received.get();
            // Longer than the deadline of a body, and than the peer's patience with a closed window.
            world.run_for(Duration::from_secs(100));
            assert_eq!((gate.received.get(), before / 30_000), (before, pause), "{field}");
            gate.closed.set(false);
            heap::of_device(|| world.device.client(id).expect("a client").resume());
        }
        let expected = format!("done 100000 bytes, {}", checksum(&body));
        assert_eq!(done(&mut world, &events), ["status 200", &*expected], "{field}");
    }
}

#[test]
fn a_body_is_streamed_out_with_a_length_or_in_chunks() {
    for (length, field) in [
        (BodyLength::Known(30_000), "Content-Length: 30000"),
        (BodyLength::Chunked, "Transfer-Encoding: chunked"),
    ] {
        let mut world = world();
        let id = http_client(&mut world);
        let exchange = Exchange { body: pattern(30_000), piece: 999, ..Exchange::default() };
        request(&mut world, id, Request::new(Method::Put, length), &exchange);
        let socket = accept(&mut world);
        let mut received = Vec::new();
        world.run_until(|world| {
            received.extend(world.peer.recv(socket));
            received.len() > 30_100 || (length != BodyLength::Chunked && received.len() >= 30_050)
        });
        world.run_for(Duration::from_secs(1));
        received.extend(world.peer.recv(socket));
        let end = received.windows(4).position(|end| end == b"\r\n\r\n").expect("a head") + 4;
        let head = String::from_utf8(received[..end].to_vec()).expect("text");
        assert!(head.starts_with("PUT /readings HTTP/1.1\r\n") && head.contains(field), "{head}");
        let mut body = received.split_off(end);
        if length == BodyLength::Chunked {
            body = unchunked(&body);
        }
        assert_eq!(checksum(&body), checksum(&exchange.body));
        world.peer.send(socket, b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(done(&mut world, &exchange.events), ["status 201", "done 0 bytes, 0"]);
        remove(&mut world, id);
        world.peer.close(socket);
        world.expect_all_freed();
    }
}

fn unchunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let (length, consumed) = match httparse::parse_chunk_size(bytes).expect("a chunk") {
            httparse::Status::Complete((consumed, length)) => (length as usize, consumed),
            httparse::Status::Partial => panic!("a chunk is cut off"),
        };
        if length == 0 {
            return body;
        }
        body.extend_from_slice(&bytes[consumed..consumed + length]);
        bytes = &bytes[consumed + length + 2..];
    }
}

/// Sends as much as there is room for, and says once that this is all.
#[derive(Default)]
struct AtOnce(bool);

impl ResponseHandler for AtOnce {
    fn send(&mut self, body: &mut RequestBody<'_>) {
        if !std::mem::replace(&mut self.0, true) {
            let most = body.capacity() + 100;
            let piece = heap::of_simulation(|| vec![b'x'; most]);
            assert!((0..most).rev().any(|length| body.write(&piece[..length]).is_ok()));
            heap::of_simulation(|| drop(piece));
            body.finish();
        }
    }
}

#[test]
fn a_body_that_fills_all_room_comes_to_its_end() {
    let mut world = world();
    let id = http_client(&mut world);
    let put = Request::new(Method::Put, BodyLength::Chunked);
    let asked =
        heap::of_device(|| world.device.client(id).expect("a client").request(put, AtOnce::default()));
    assert_eq!(asked, Ok(()));
    let socket = accept(&mut world);
    let mut received = Vec::new();
    for _ in 0..50 {
        world.run_for(Duration::from_millis(100));
        received.extend(world.peer.recv(socket));
    }
    assert!(received.len() > 16_000 && received.ends_with(b"\r\n0\r\n\r\n"), "{} bytes", received.len());
}

#[test]
fn what_ends_too_early_is_an_error_and_never_a_short_body() {
    for (answer, expected) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "Body Ended"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", "Body Ended"),
        ("HTTP/1.1 200 OK\r\nContent-Le", "Request Ended"),
        ("HTTP/1.1 200 OK\r\nX-Unwanted: yes\r\nContent-Length: 4\r\n\r\nhalf", "Body Rejected"),
        ("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", "Body Rejected"),
    ] {
        let mut world = world();
        let (_, events) = fetch(&mut world, url(), Request::GET);
        let socket = accept(&mut world);
        read_head(&mut world, socket);
        world.peer.send(socket, answer.as_bytes());
        world.peer.close(socket);
        assert_eq!(done(&mut world, &events).last().map(String::as_str), Some(expected), "{answer}");
        world.expect_all_freed();
    }
}

#[test]
fn without_tls_a_secure_url_is_refused_at_once() {
    let mut world = world();
    let options = ConnectOptions::new("https://10.0.2.2/").expect("a URL");
    let refused = world.device.fetch(options, Request::GET, Exchange::default());
    assert_eq!(refused, Err(StartError::NoTls));
    world.expect_all_freed();
}

#[test]
fn no_more_clients_than_the_limit() {
    let mut world = world();
    let clients: Vec<ClientId> = (0..8).map(|_| http_client(&mut world)).collect();
    assert_eq!(world.device.services().http_client(url()).err(), Some(StartError::TooMany));
    for id in clients {
        remove(&mut world, id);
    }
    world.expect_all_freed();
}

/// The time for an answer begins when the request is on its way, not when it was queued.
#[test]
fn a_slow_way_out_takes_nothing_of_the_time_for_an_answer() {
    let limits = Limits { response_timeout: Duration::from_secs(7), ..Limits::default() };
    let mut world =
        World::with(WireConfig::both(1, LAN), |stack| Context::new(stack, limits).expect("the limits fit"));
    world.peer.set_buffer(2_048);
    let exchange = Exchange { body: pattern(20_000), piece: 10_000, ..Exchange::default() };
    let events = exchange.events.clone();
    let put = Request::new(Method::Put, BodyLength::Known(20_000));
    heap::of_device(|| world.device.fetch(url(), put, exchange)).expect("a client");
    let socket = accept(&mut world);
    let mut received = 0;
    while received < 20_000 {
        received += world.peer.recv(socket).len();
        world.run_for(Duration::from_secs(1));
        assert_eq!(events.all(), Vec::<String>::new(), "after {received} bytes");
    }
    world.run_for(Duration::from_secs(2));
    world.peer.send(socket, OK);
    assert_eq!(done(&mut world, &events)[0], "status 200");
}

/// Asked before each piece means before the first one too, which may come with the head.
#[test]
fn a_handler_without_room_gets_nothing_of_a_body_that_comes_with_the_head() {
    let mut world = world();
    let gate = Rc::new(Gate::default());
    gate.closed.set(true);
    let exchange = Exchange { gate: Some(gate.clone()), ..Exchange::default() };
    let id = http_client(&mut world);
    let socket = get(&mut world, id, &exchange);
    world.peer.send(socket, OK);
    world.run_for(Duration::from_secs(1));
    assert_eq!(exchange.events.all(), ["status 200"]);
    open(&mut world, id, &gate);
    assert_eq!(done(&mut world, &exchange.events), ok());
}

/// A long PUT to a server that does not read it.
fn begin_long_put(world: &mut World<Context>, id: ClientId, exchange: &Exchange) -> PeerSocket {
    world.peer.set_buffer(2_048);
    request(world, id, Request::new(Method::Put, BodyLength::Chunked), exchange);
    let socket = accept(world);
    world.run_for(Duration::from_secs(1));
    socket
}

fn long_put() -> Exchange {
    Exchange { body: pattern(200_000), piece: 700, ..Exchange::default() }
}
