//! Bad networks and bad peers, by seed: whatever the wire does and whoever is on it, every message arrives intact and once, or the
//! connection ends for the right reason, and nothing is left.
//!
//! `cargo test` takes a hundred seeds, `cargo xtask test networks` two thousand. `SIM_SEEDS=7` plays one again, `SIM_SEEDS=0-99` a hundred.

mod cast;
mod client;
mod closing;
mod ends;
mod fairness;

use std::ops::RangeInclusive;
use std::time::Duration;

use wm_sys::host::{PeerSocket, WireConfig};
use wm_websockets::http::{Request, RouteError, Status};
use wm_websockets::server::{Context, Limits, Response, Routes, WholeBody};

use crate::heap;
use crate::http_client::HttpClient;
use crate::websocket::{Echo, Journal};
use crate::world::{LAN, World};
use cast::Cast;
pub use cast::HANDSHAKE;
use client::Client;

static PAGE: [u8; 30_000] = [0x5a; 30_000];

/// How often clients do something.
const TICK: Duration = Duration::from_millis(100);

/// For everything that clients have planned, on the worst of wires.
const PATIENCE: u32 = 4_000;

/// Longer than any connection may live without a sign of life, deadline after deadline.
pub const ALL_DEADLINES: Duration = Duration::from_secs(200);

/// Longer than lwIP repeats to a peer that is gone what was not acknowledged: TCP_MAXRTX doublings of 3 s, the timeout of a network
/// with some delay.
pub const LWIP_GIVES_UP: Duration = Duration::from_secs(3 << 8);

/// In `cargo test`.
const FEW_SEEDS: RangeInclusive<u64> = 0..=99;

/// Up to this loss every message gets through before somebody's patience ends.
const BEARABLE_LOSS: f64 = 0.05;

#[test]
fn every_message_arrives_intact_and_once_or_the_connection_ends() {
    each_seed("networks::every_message", |seed| play(&Cast::of(seed), seed, || ()));
}

#[test]
fn the_same_while_one_allocation_in_a_few_fails() {
    each_seed("networks::the_same", play_without_memory);
}

/// The client's own TCP waited for ever, behind a window that an old segment had closed, for a server that had reset the connection.
#[test]
fn the_same_where_something_was_found() {
    [15_870, 59_204].into_iter().for_each(play_without_memory);
}

/// A client whose window was smaller than the last segment got the end of the connection before the end of what it was sent.
#[test]
fn everything_arrives_where_something_was_found() {
    let seed = 11_859;
    play(&Cast::of(seed), seed, || ());
}

fn play_without_memory(seed: u64) {
    play(&Cast::of(seed), seed, || heap::fail_one_in(3 + seed % 40));
}

/// Plays the seeds that `SIM_SEEDS` names: `7` or `0-99`.
pub fn each_seed(test: &'static str, play: impl Fn(u64)) {
    for seed in seeds() {
        let replay = Replay { test, seed };
        play(seed);
        std::mem::forget(replay);
    }
}

fn seeds() -> RangeInclusive<u64> {
    let Ok(named) = std::env::var("SIM_SEEDS") else { return FEW_SEEDS };
    let (first, last) = named.split_once('-').unwrap_or((&named, &named));
    let number = |text: &str| text.parse().expect("SIM_SEEDS is a seed or two with a hyphen between");
    number(first)..=number(last)
}

/// Says on failure how to see it again.
struct Replay {
    test: &'static str,
    seed: u64,
}

impl Drop for Replay {
    fn drop(&mut self) {
        let Replay { test, seed } = self;
        eprintln!("to see it again: SIM_SEEDS={seed} cargo test --test sim {test}");
    }
}

/// Whatever has happened: who comes next, by this socket, is served, and goes.
pub fn next_is_served(world: &mut World<Context>) -> PeerSocket {
    let mut next = HttpClient::connected(world);
    assert!(next.is_usable(world), "the next client is not served");
    world.peer.abort(next.socket);
    next.socket
}

fn routes(journal: &Journal) -> Result<Routes, RouteError> {
    let echo = |body: &[u8], response: &mut Response<'_>| response.send(Status::OK, "text/plain", body);
    Routes::new()
        .get("/page", |_: &Request<'_>, response: &mut Response<'_>| response.html(&PAGE))?
        .get("/hello", |_: &Request<'_>, response: &mut Response<'_>| response.text("hello"))?
        .post("/echo", WholeBody(echo))?
        .websocket("/ws", Echo(journal.clone()))
}

pub fn server(wire: WireConfig) -> (World<Context>, Journal) {
    let journal = Journal::default();
    let routes = routes(&journal).expect("sound routes");
    (World::over(wire, Limits::default(), routes), journal)
}

/// All clients at once, until each has done what it planned and heard what it was promised, or is alone; something may `fail` meanwhile.
fn play(cast: &Cast, seed: u64, fail: impl FnOnce()) {
    let (mut world, journal) = server(WireConfig::both(seed, cast.wire));
    let before = heap::live();
    let mut clients: Vec<_> = cast.parts.iter().map(|part| Client::connect(&mut world, part)).collect();
    fail();
    let peak = heap::peak_of(|| act(&mut world, &mut clients));
    let most = clients.len() * Limits::DEFAULT.memory().busy;
    assert!(peak <= before + most, "{} bytes, at most {most} are promised", peak - before);
    let all = cast.wire.loss <= BEARABLE_LOSS && !heap::fails();
    heap::recover();
    world.wire.impair(LAN, LAN);
    act(&mut world, &mut clients);
    clients.iter_mut().for_each(|client| client.ask_again(&mut world));
    for client in &clients {
        client.judge(all);
    }
    leave(world, &clients, &journal);
}

/// Until all are done, or nobody has patience any more.
fn act(world: &mut World<Context>, clients: &mut [Client]) {
    for _ in 0..PATIENCE {
        clients.iter_mut().for_each(|client| client.act(world));
        if clients.iter().all(Client::is_done) {
            break;
        }
        world.run_for(TICK);
    }
}

/// All clients go; then the server has forgotten them, has told its protocol, and serves the next.
fn leave(mut world: World<Context>, clients: &[Client], journal: &Journal) {
    clients.iter().for_each(|client| client.leave(&mut world));
    world.run_for(ALL_DEADLINES);
    assert_eq!(world.device.counters().connections, 0, "a connection outlives every deadline");
    next_is_served(&mut world);
    world.run_for(LWIP_GIVES_UP);
    world.expect_all_freed();
    assert_eq!(journal.begun(), journal.closed().len(), "each is told to be over once");
    let clean = journal.closed().iter().filter(|closed| **closed == (1000, true)).count();
    let broken = journal.closed().iter().filter(|closed| **closed == (1006, false)).count();
    assert_eq!(clean + broken, journal.closed().len(), "{:?}", journal.closed());
    let parted = clients.iter().filter(|client| client.heard_farewell()).count();
    let most = clients.iter().filter(|client| client.is_websocket()).count();
    assert!(
        (parted..=most).contains(&clean),
        "{clean} clean ends, {parted} were heard of, {most} WebSockets"
    );
}
