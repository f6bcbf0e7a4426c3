//! Responses longer than any buffer, later than the request, or not HTTP at all.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use wm_websockets::http::{Request, Status};
use wm_websockets::server::{ConnectionId, Context, Handler, Limits, Response, Routes, SendError};

use super::HELLO;
use crate::heap;
use crate::http_client::{Asked, HttpClient};
use crate::world::World;

const MEBIBYTE: usize = 1 << 20;

/// A page in flash.
static PAGE: [u8; MEBIBYTE] = page();

const fn page() -> [u8; MEBIBYTE] {
    let mut page = [0; MEBIBYTE];
    let mut n = 0;
    while n < MEBIBYTE {
        page[n] = (n * 7 / 3) as u8;
        n += 1;
    }
    page
}

fn serving<H: Handler>(handler: H) -> World<Context> {
    World::server(Routes::new().get("/hello", handler).expect("a route"))
}

/// Reads a response slowly: so many bytes each second.
fn read_slowly(world: &mut World<Context>, client: &mut HttpClient) {
    world.run_until(|world| {
        let second = world.elapsed().as_secs();
        let due = usize::try_from(second).expect("not that long") * 20_000;
        if client.received.len() < due {
            client.pump(world);
        }
        client.received.len() > MEBIBYTE
    });
}

#[test]
fn a_mebibyte_from_flash_reaches_a_slow_reader_in_bounded_memory() {
    let mut world = serving(|_: &Request<'_>, response: &mut Response<'_>| response.html(&PAGE));
    world.peer.set_buffer(4_096);
    let before = heap::live();
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, HELLO);
    let peak = heap::peak_of(|| read_slowly(&mut world, &mut client)) - before;
    assert!(client.reply(&mut world).body == PAGE);
    assert!(peak < 12_000, "{peak} bytes");
}

/// Sends numbered pieces until so many are sent, as fast as the client takes them.
struct Pieces {
    count: u32,
    length: usize,
}

impl Handler for Pieces {
    type Exchange = u32;

    fn begin(&mut self, _request: &Request<'_>, response: &mut Response<'_>) -> Option<u32> {
        response.start(Status::OK).chunked().expect("room for a head");
        Some(0)
    }
    fn writable(&mut self, sent: &mut u32, response: &mut Response<'_>) {
        while *sent < self.count {
            let piece = heap::of_simulation(|| vec![*sent as u8; self.length]);
            match response.write(&piece) {
                Ok(()) => *sent += 1,
                Err(error) => return assert_eq!(error, SendError::Full),
            }
        }
        response.finish().expect("room for the last chunk");
    }
}

fn expected(count: u32, length: usize) -> Vec<u8> {
    (0..count).flat_map(|number| vec![number as u8; length]).collect()
}

#[test]
fn a_chunked_response_goes_on_whenever_there_is_room() {
    for (count, length) in [(2_000, 50), (200, 1_000), (40, 5_000), (12, 20_000)] {
        let mut world = serving(Pieces { count, length });
        world.peer.set_buffer(4_096);
        let before = heap::live();
        let mut client = HttpClient::connected(&mut world);
        let mut body = Vec::new();
        let peak = heap::peak_of(|| body = client.ask(&mut world, HELLO).body) - before;
        assert!(body == expected(count, length), "{count} pieces of {length}");
        assert!(peak < 60_000, "{peak} bytes");
        assert!(world.elapsed() < Duration::from_secs(60), "{:?} for {count} x {length}", world.elapsed());
        world.run_for(Duration::from_millis(100));
        client.send(&mut world, HELLO);
        assert_eq!(client.reply(&mut world).status, 200, "the connection is usable");
    }
}

#[test]
fn http_1_0_gets_a_body_of_unknown_length_up_to_the_end_of_the_connection() {
    let mut world = serving(Pieces { count: 100, length: 100 });
    let mut client = HttpClient::connected(&mut world);
    let reply = client.ask(&mut world, "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert_eq!((reply.field("Connection"), reply.field("Transfer-Encoding")), (Some("close"), None));
    assert!(reply.body == expected(100, 100));
    client.expect_end(&mut world);
}

#[test]
fn a_client_that_reads_nothing_is_reset_after_the_send_timeout() {
    let mut world = serving(|_: &Request<'_>, response: &mut Response<'_>| response.html(&PAGE));
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, HELLO);
    world.run_for(Duration::from_secs(1));
    world.run_until(|world| world.device.counters().connections == 0);
    let limit = Limits::default().send_timeout;
    let time = world.elapsed();
    assert!(time > limit && time < limit + Duration::from_secs(5), "{time:?}");
    client.expect_reset(&mut world);
    world.expect_all_freed();
}

/// A client that vanishes while much waits for it is noticed at once, and not when the send timeout comes.
#[test]
fn a_reset_in_the_middle_of_a_long_response_ends_the_connection_at_once() {
    let mut world = serving(|_: &Request<'_>, response: &mut Response<'_>| response.html(&PAGE));
    let client = HttpClient::connected(&mut world);
    client.send(&mut world, HELLO);
    world.run_for(Duration::from_secs(1));
    world.peer.abort(client.socket);
    world.run_for(Duration::from_secs(1));
    assert_eq!(world.device.counters().connections, 0);
    assert_eq!(world.device.counters().disconnected, 1);
    world.expect_all_freed();
}

/// Remembers who asked, and answers when notified.
struct Later(Rc<RefCell<Option<ConnectionId>>>);

impl Handler for Later {
    type Exchange = ();

    fn begin(&mut self, _request: &Request<'_>, response: &mut Response<'_>) -> Option<()> {
        *self.0.borrow_mut() = Some(response.defer());
        Some(())
    }
    fn writable(&mut self, _exchange: &mut (), response: &mut Response<'_>) {
        response.text("at last");
    }
}

#[test]
fn an_answer_may_be_deferred_until_another_task_has_it() {
    let id = Rc::new(RefCell::new(None));
    let mut world = serving(Later(Rc::clone(&id)));
    let handle = world.device.handle();
    let mut client = HttpClient::connected(&mut world);
    for _ in 0..2 {
        client.send(&mut world, HELLO);
        world.run_for(Duration::from_secs(5));
        assert!(!client.pump(&mut world) && client.received.is_empty());
        handle.notify(id.borrow().expect("the handler was called")).expect("the client is there");
        assert_eq!(client.reply(&mut world).text(), "at last");
    }
}

#[test]
fn requests_behind_a_deferred_one_wait_for_their_turn() {
    let id = Rc::new(RefCell::new(None));
    let routes = Routes::new()
        .get("/later", Later(Rc::clone(&id)))
        .and_then(|routes| {
            routes.get("/hello", |_: &Request<'_>, response: &mut Response<'_>| response.text("hello"))
        })
        .expect("routes");
    let mut world = World::server(routes);
    let mut client = HttpClient::connected(&mut world);
    client.send(&mut world, [&HELLO.replace("hello", "later"), HELLO].concat());
    world.run_for(Duration::from_secs(5));
    client.pump(&mut world);
    assert!(client.received.is_empty());
    world.device.handle().notify(id.borrow().expect("the handler was called")).expect("the client is there");
    assert_eq!(client.reply(&mut world).text(), "at last");
    assert_eq!(client.reply(&mut world).text(), "hello");
}

/// Answers byte for byte what it wants.
struct Raw;

impl Handler for Raw {
    type Exchange = ();
    fn begin(&mut self, _request: &Request<'_>, response: &mut Response<'_>) -> Option<()> {
        response.verbatim(b"HTTP/1.1 299 Own Way\r\n\r\nown").expect("room");
        response.verbatim(b" body").expect("room");
        response.finish().expect("the response was started");
        None
    }
}

#[test]
fn a_raw_response_is_sent_as_it_is_and_ends_the_connection() {
    let mut world = serving(Raw);
    let mut client = HttpClient::connected(&mut world);
    let reply = client.ask(&mut world, HELLO);
    assert_eq!((reply.status, reply.text(), reply.field("Date")), (299, "own body", None));
    client.expect_end(&mut world);
}

#[test]
fn a_constant_body_of_any_length_follows_a_head_of_the_handlers_own() {
    let mut world = serving(|_: &Request<'_>, response: &mut Response<'_>| {
        response.verbatim(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n").expect("room");
        // HEAD is answered with the head alone.
        let body = response.verbatim_static(&PAGE[..100_010]);
        assert!(matches!(body, Ok(()) | Err(SendError::OutOfOrder)));
        assert_eq!(response.verbatim(b"!"), Err(SendError::OutOfOrder), "the response is complete");
    });
    let mut client = HttpClient::connected(&mut world);
    for _ in 0..2 {
        let reply = client.ask(&mut world, HELLO);
        assert!(reply.status == 200 && reply.body == PAGE[..100_000]);
    }
    assert_eq!(client.received, b"");
    let head = "HEAD /hello HTTP/1.1\r\nHost: device\r\n\r\n";
    client.send(&mut world, head);
    assert_eq!(client.reply_to(&mut world, Asked::Head).status, 200);
}

#[test]
fn a_response_too_long_for_buffer_and_queue_becomes_500() {
    let mut world = serving(|_: &Request<'_>, response: &mut Response<'_>| {
        response.send(Status::OK, "text/plain", &PAGE[..100_000]);
    });
    let mut client = HttpClient::connected(&mut world);
    assert_eq!(client.ask(&mut world, HELLO).status, 500);
    client.expect_end(&mut world);
}

/// What buffer and queue have room for together waits behind what is still under way.
#[test]
fn a_response_that_would_fit_if_nothing_were_under_way_waits_for_its_turn() {
    for limits in [Limits::DEFAULT, Limits { queue: 1_024, ..Limits::DEFAULT }] {
        let length = limits.queue + 5_000;
        let routes = Routes::new().get("/hello", move |_: &Request<'_>, response: &mut Response<'_>| {
            response.send(Status::OK, "text/plain", &PAGE[..length]);
        });
        let mut world = World::limited(limits, routes.expect("a route"));
        let mut client = HttpClient::connected(&mut world);
        client.send(&mut world, HELLO.repeat(5));
        for _ in 0..5 {
            let reply = client.reply(&mut world);
            assert_eq!((reply.status, reply.body.len()), (200, length));
            assert!(reply.body == PAGE[..length]);
        }
    }
}

/// lwIP counts pbufs too, and to a small window it sends short segments: of two writes it may take less than of one, and of neither as much
/// as its buffer has room for. That is no reason to break off.
#[test]
fn what_lwip_does_not_take_for_want_of_pbufs_waits_with_the_rest() {
    let limits = Limits { queue: 4_000, ..Limits::DEFAULT };
    let asked = Rc::new(Cell::new(0));
    let length = Rc::clone(&asked);
    let routes = Routes::new().get("/hello", move |_: &Request<'_>, response: &mut Response<'_>| {
        response.send(Status::OK, "text/plain", &PAGE[..length.get()]);
    });
    let mut world = World::limited(limits, routes.expect("a route"));
    world.peer.set_buffer(500);
    let mut client = HttpClient::connected(&mut world);
    for length in (7_500..8_000).step_by(25) {
        asked.set(length);
        let reply = client.ask(&mut world, HELLO);
        assert_eq!((reply.status, reply.body.len()), (200, length));
    }
}

#[test]
fn a_field_with_a_line_break_never_reaches_the_wire() {
    let mut world = serving(|_: &Request<'_>, response: &mut Response<'_>| {
        let result = response.start(Status::OK).field("X", "a\r\nSet-Cookie: b").empty();
        assert_eq!(result, Err(SendError::BadHead));
    });
    let mut client = HttpClient::connected(&mut world);
    let reply = client.ask(&mut world, HELLO);
    assert_eq!((reply.status, reply.field("Set-Cookie")), (500, None));
}

/// RFC 9112 section 6.3: the body of such a response would be taken for the next one.
#[test]
fn a_status_without_a_body_has_none_however_it_is_written() {
    for status in [Status::NO_CONTENT, Status::NOT_MODIFIED] {
        for is_chunked in [true, false] {
            let mut world = serving(move |_: &Request<'_>, response: &mut Response<'_>| {
                let start = response.start(status);
                let started = if is_chunked { start.chunked() } else { start.length(4) };
                started.expect("room for a head");
                response.write(b"body").expect("it is dropped");
                response.finish().expect("it was started");
            });
            let mut client = HttpClient::connected(&mut world);
            for _ in 0..2 {
                let reply = client.ask(&mut world, HELLO);
                assert_eq!(reply.status, status.code());
                // RFC 9112 section 6.1, RFC 9110 section 8.6.
                assert!(status == Status::NOT_MODIFIED || reply.field("Transfer-Encoding").is_none());
                assert!(status == Status::NOT_MODIFIED || reply.field("Content-Length").is_none());
            }
            assert_eq!(client.received, b"");
        }
    }
}

/// The task that has the answer does not know whether the request has arrived to its end.
#[test]
fn who_has_a_deferred_answer_before_the_body_has_come_is_heard() {
    let id = Rc::new(RefCell::new(None));
    let routes = Routes::new().post("/later", Later(Rc::clone(&id))).expect("a route");
    let mut world = World::server(routes);
    let handle = world.device.handle();
    let mut client = HttpClient::connected(&mut world);
    for _ in 0..2 {
        client.send(&mut world, "POST /later HTTP/1.1\r\nHost: device\r\nContent-Length: 4\r\n\r\nbo");
        world.run_for(Duration::from_secs(1));
        handle.notify(id.borrow_mut().take().expect("the handler was called")).expect("the client is there");
        world.run_for(Duration::from_secs(1));
        let reply = client.ask(&mut world, "dy");
        assert_eq!((reply.status, reply.text()), (200, "at last"));
    }
}

/// Sends a piece each time that it may.
struct OneByOne;

impl Handler for OneByOne {
    type Exchange = u32;

    fn begin(&mut self, _request: &Request<'_>, response: &mut Response<'_>) -> Option<u32> {
        response.start(Status::OK).length(20_000).expect("room for a head");
        Some(0)
    }
    fn writable(&mut self, sent: &mut u32, response: &mut Response<'_>) {
        if response.write(&[b'x'; 100]).is_ok() {
            *sent += 1;
        }
    }
}

#[test]
fn head_of_what_comes_in_pieces_is_over_at_once() {
    let mut world = serving(OneByOne);
    let mut client = HttpClient::connected(&mut world);
    assert_eq!(client.ask(&mut world, HELLO).body.len(), 20_000);
    let start = world.elapsed();
    let head = HELLO.replace("GET", "HEAD");
    client.send(&mut world, [&*head, &*head].concat());
    for _ in 0..2 {
        let reply = client.reply_to(&mut world, Asked::Head);
        assert_eq!((reply.status, reply.field("Content-Length")), (200, Some("20000")));
    }
    let took = world.elapsed() - start;
    assert!(took < Duration::from_secs(1), "{took:?}");
}
