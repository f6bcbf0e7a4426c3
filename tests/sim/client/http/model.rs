//! Requests in a row against a model of whose answer is whose: servers that answer early, late, elsewhere, in part or not at all, and end their
//! connections at any moment; an application that takes requests back, stops, asks anew and lets bodies wait. Each request is over once,
//! with its own answer or none; what must not be sent twice is not; everything is freed.
//!
//! The seeds are those of `networks`: `SIM_SEEDS=7` plays one again.

mod service;

use std::cell::RefCell;
use std::collections::BTreeMap;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use service::Service;

use super::*;
use crate::networks;

const TICK: Duration = Duration::from_millis(20);
const TICKS: u32 = 400;
/// Longer than any deadline of a request.
const REST: Duration = Duration::from_secs(150);
const PORTS: [u16; 2] = [9_000, 9_001];

#[test]
fn each_request_is_over_once_and_with_its_own_answer() {
    networks::each_seed("client::http::model", play);
}

fn play(seed: u64) {
    let mut chance = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut world = world();
    let log = Log::default();
    let mut servers: Vec<_> = PORTS.iter().map(|port| Service::new(*port)).collect();
    let id = heap::of_device(|| {
        let options = url().redirects(3);
        world.device.services().http_client(options)
    });
    let id = id.expect("a client");
    let mut application = Application { id, log: log.clone(), next: 0 };
    let is_starved = chance.random_bool(0.3);
    for tick in 0..TICKS {
        if is_starved && tick % 64 == 8 {
            heap::fail_one_in(chance.random_range(3..60));
        }
        if tick % 64 == 40 {
            heap::recover();
        }
        application.act(&mut world, &mut chance);
        servers.iter_mut().for_each(|server| server.act(&mut world, &mut chance, &log, false));
        world.run_for(TICK);
    }
    heap::recover();
    log.0.borrow_mut().holds_up = false;
    for _ in 0..u32::try_from(REST.as_millis() / 100).expect("not that long") {
        heap::of_device(|| world.device.client(id).expect("a client").resume());
        servers.iter_mut().for_each(|server| server.act(&mut world, &mut chance, &log, true));
        world.run_for(Duration::from_millis(100));
    }
    log.judge();
    expect_served(&mut world, &mut application, &mut servers, &mut chance);
    let passes = world.passes();
    world.run_for(Duration::from_secs(3));
    assert!(world.passes() - passes < 200, "{} passes of rest", world.passes() - passes);
    remove(&mut world, id);
    servers.iter_mut().for_each(|server| server.end(&mut world));
    for _ in 0..8 {
        if world.held_after_all_left() == 0 {
            break;
        }
        world.run_for(networks::LWIP_GIVES_UP);
    }
    world.expect_all_freed();
    log.judge();
}

/// Whatever has been, a request to a good server is answered.
fn expect_served(
    world: &mut World<Context>,
    application: &mut Application,
    servers: &mut [Service],
    chance: &mut Xoshiro256PlusPlus,
) {
    // Nobody turns the answer to this one away.
    while [17, 19].iter().any(|divisor| application.next.is_multiple_of(*divisor)) {
        application.next += 1;
    }
    let number = application.next;
    assert!(application.ask(world, Kind { method: Method::Get, body: BodyLength::None, length: 0 }));
    for _ in 0..1_000 {
        servers.iter_mut().for_each(|server| server.act(world, chance, &application.log, true));
        world.run_for(TICK);
    }
    let log = application.log.0.borrow();
    assert_eq!(log.requests[&number].done, [Ok(())], "a request to a good server");
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
struct Kind {
    method: Method,
    body: BodyLength,
    length: usize,
}

#[derive(Debug, Default)]
struct Asked {
    done: Vec<Result<(), String>>,
    dropped: u32,
    received: Vec<u8>,
    status: u16,
    named: Option<u32>,
    /// How often its head reached a server, by the number of redirects before.
    heads: BTreeMap<u32, u32>,
    /// The end of its answer is that of the connection.
    is_until_close: bool,
    is_head: bool,
    repeatable: bool,
}

#[derive(Default)]
struct Facts {
    requests: BTreeMap<u32, Asked>,
    holds_up: bool,
}

#[derive(Clone, Default)]
struct Log(Rc<RefCell<Facts>>);

impl Log {
    fn note<R>(&self, number: u32, note: impl FnOnce(&mut Asked) -> R) -> R {
        heap::of_simulation(|| note(self.0.borrow_mut().requests.entry(number).or_default()))
    }

    fn judge(&self) {
        for (number, asked) in &self.0.borrow().requests {
            assert_eq!((asked.done.len(), asked.dropped), (1, 1), "request {number}: {asked:?}");
            // Others are no answer of ours, or say where to ask.
            if asked.done[0].is_ok() && asked.status == 200 {
                assert_eq!(asked.named, Some(*number), "the answer to another request: {asked:?}");
                let expected = if asked.is_head { Vec::new() } else { answer(*number) };
                let is_whole = asked.received == expected;
                let is_start = asked.is_until_close && expected.starts_with(&asked.received);
                assert!(is_whole || is_start, "request {number} got {} bytes", asked.received.len());
            }
            let is_repeated = asked.heads.values().any(|heads| *heads > 1);
            assert!(asked.repeatable || !is_repeated, "request {number} was sent twice: {asked:?}");
        }
    }
}

fn answer(number: u32) -> Vec<u8> {
    let length = [0, 5, 300, 3_000, 20_000][number as usize % 5];
    (0..length).map(|place: u32| (place * 7 + place / 254 + number) as u8).collect()
}

fn sent(number: u32, length: usize) -> Vec<u8> {
    (0..length).map(|place| (place * 3 + place / 253 + number as usize) as u8).collect()
}

struct Application {
    id: ClientId,
    log: Log,
    next: u32,
}

impl Application {
    fn act(&mut self, world: &mut World<Context>, chance: &mut Xoshiro256PlusPlus) {
        let client = |world: &mut World<Context>, act: fn(&mut wm_websockets::client::Client<'_>)| {
            heap::of_device(|| act(&mut world.device.client(self.id).expect("a client")));
        };
        match chance.random_range(0..40) {
            0 => client(world, |client| client.cancel()),
            1 => client(world, |client| client.stop()),
            2 => client(world, |client| client.reconnect()),
            3 => self.log.0.borrow_mut().holds_up = true,
            4..6 => {
                self.log.0.borrow_mut().holds_up = false;
                client(world, |client| client.resume());
            }
            6..20 => {
                let kind = kind(chance);
                self.ask(world, kind);
                // Taken back at once, and another in its place.
                if chance.random_bool(0.1) {
                    heap::of_device(|| world.device.client(self.id).expect("a client").cancel());
                    self.ask(world, kind);
                }
            }
            _ => {}
        }
    }

    /// False: the client has a request already.
    fn ask(&mut self, world: &mut World<Context>, kind: Kind) -> bool {
        let number = self.next;
        let target = format!("/{number}/0");
        let request = Request::new(kind.method, kind.body).target(&target).expect("a target");
        let handler = Handler { number, log: self.log.clone(), body: sent(number, kind.length), sent: 0 };
        let repeatable = kind.body == BodyLength::None && kind.method != Method::Post;
        let result =
            heap::of_device(|| world.device.client(self.id).expect("a client").request(request, handler));
        if result.is_err() {
            self.log.0.borrow_mut().requests.remove(&number);
            return false;
        }
        let is_head = kind.method == Method::Head;
        self.log.note(number, |asked| (asked.repeatable, asked.is_head) = (repeatable, is_head));
        self.next += 1;
        true
    }
}

fn kind(chance: &mut Xoshiro256PlusPlus) -> Kind {
    let length = [0, 1, 700, 9_000, 40_000][chance.random_range(0..5)];
    let (method, body) = match chance.random_range(0..6) {
        0 => (Method::Head, BodyLength::None),
        1 => (Method::Post, BodyLength::Known(length as u64)),
        2 => (Method::Post, BodyLength::Chunked),
        3 => (Method::Put, BodyLength::Known(length as u64)),
        _ => (Method::Get, BodyLength::None),
    };
    Kind { method, body, length: if body == BodyLength::None { 0 } else { length } }
}

struct Handler {
    number: u32,
    log: Log,
    body: Vec<u8>,
    sent: usize,
}

impl Drop for Handler {
    fn drop(&mut self) {
        self.log.note(self.number, |asked| asked.dropped += 1);
    }
}

impl ResponseHandler for Handler {
    fn send(&mut self, body: &mut RequestBody<'_>) {
        while self.sent < self.body.len() {
            let piece = &self.body[self.sent..(self.sent + 900).min(self.body.len())];
            if body.write(piece).is_err() {
                return;
            }
            self.sent += piece.len();
        }
        body.finish();
    }
    fn response(&mut self, response: &ReceivedResponse<'_>) -> bool {
        let named = response.field("X-Number").and_then(|named| str::from_utf8(named).ok()?.parse().ok());
        let is_until_close = response.framing(Method::Get).is_none();
        self.log.note(self.number, |asked| {
            asked.status = response.status().code();
            (asked.named, asked.is_until_close) = (named, is_until_close);
            asked.received.clear();
        });
        !self.number.is_multiple_of(17)
    }
    fn has_room(&mut self) -> bool {
        !self.log.0.borrow().holds_up
    }
    fn body(&mut self, bytes: &[u8]) {
        self.log.note(self.number, |asked| asked.received.extend(bytes));
    }
    fn has_enough(&mut self) -> bool {
        self.number.is_multiple_of(19)
    }
    fn redirected(&mut self, _status: wm_websockets::http::Status, _location: &[u8]) -> bool {
        !self.number.is_multiple_of(7)
    }
    fn done(&mut self, result: Result<(), &ClientError>) {
        self.log.note(self.number, |asked| {
            asked.done.push(result.map_err(|error| format!("{:?} {:?}", error.step, error.cause)));
        });
    }
}
