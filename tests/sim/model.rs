//! Everything at once, against a model of what the application and its clients are to see: requests in any segments, pipelined, answered at any
//! moment and in any way; WebSockets that both sides speak on, and that either side ends; clients that half-close, reset, vanish or take
//! little; an application that stops and resumes, sends out of turn, hangs up, closes its port and opens it anew; memory that is refused,
//! frames that cannot be sent.
//!
//! What holds: nothing is lost or comes twice or in another order, each session and exchange ends once, who does nothing wrong is served, the
//! server rests when there is nothing to do, and everything is freed.
//!
//! The seeds are those of `networks`: `SIM_SEEDS=7` plays one again. A run that fails is played again without one after the other of the
//! clients and disturbances, as long as it fails: what is left is told.

mod acting;
mod application;
mod correspondent;
mod plan;
mod visitor;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use wm_sys::host::{Impairments, WireConfig};
use wm_websockets::server::{Context, Limits};

use crate::heap;
use crate::networks::{self, ALL_DEADLINES, LWIP_GIVES_UP};
use crate::world::{LAN, World};
use application::Application;
use correspondent::Correspondent;
use plan::Means;
use visitor::Visitor;

/// How often somebody does something.
const TICK: Duration = Duration::from_millis(20);

/// For everything that clients have planned.
const TICKS: u32 = 3_000;

/// Longer than any answer takes that is not held up by its client.
const REST: Duration = Duration::from_secs(3);

#[test]
fn nothing_is_lost_whoever_does_what() {
    networks::each_seed("model::nothing_is_lost", explore);
}

/// Plays a seed; if that fails, looks for the least that still does.
fn explore(seed: u64) {
    let all = Means::of(seed);
    let Err(failure) = attempt(&all) else { return };
    let mut least = all;
    while let Some(less) = least.lessened().into_iter().find(|less| attempt(less).is_err()) {
        least = less;
    }
    eprintln!("the least that fails: {least:?}");
    if let Err(failure) = attempt(&least) {
        std::panic::resume_unwind(failure);
    }
    std::panic::resume_unwind(failure);
}

fn attempt(means: &Means) -> std::thread::Result<()> {
    catch_unwind(AssertUnwindSafe(|| play(means)))
}

fn play(means: &Means) {
    let mut chance = Xoshiro256PlusPlus::seed_from_u64(means.seed);
    let application = Application::new(means);
    let wire = Impairments { delay: Duration::from_millis(chance.random_range(0..8)), ..LAN };
    let limits = Limits { queue: means.queue, message: 2_000, ..Limits::DEFAULT };
    let mut world = World::over(WireConfig::both(means.seed, wire), limits, application.routes());
    let handle = world.device.handle();
    let mut clients: Vec<Client> = means.clients().map(|number| Client::new(means, number)).collect();
    let mut was_idle = 0;
    for tick in 0..TICKS {
        means.disturb(tick, &mut world);
        for client in &mut clients {
            client.act(&mut world, &application);
        }
        heap::of_simulation(|| application.act(tick, &mut world, &handle));
        world.run_for(TICK);
        was_idle = if clients.iter().all(Client::is_done) { was_idle + 1 } else { 0 };
        if was_idle > 50 {
            break;
        }
    }
    heap::recover();
    world.refuse_frames(0);
    application.release(&mut world);
    settle(&mut world, &mut clients, &application);
    for client in &clients {
        client.judge(&application, means);
    }
    leave(world, &clients, &application);
    drop(handle);
}

/// Nothing disturbs any more, and who reads takes all.
fn settle(world: &mut World<Context>, clients: &mut [Client], application: &Application) {
    for _ in 0..500 {
        clients.iter_mut().for_each(|client| client.act(world, application));
        world.run_for(TICK);
    }
    let passes = world.passes();
    world.run_for(REST);
    let took = world.passes() - passes;
    assert!(took < 500, "{took} passes in three seconds in which nobody did anything");
}

fn leave(mut world: World<Context>, clients: &[Client], application: &Application) {
    clients.iter().for_each(|client| client.leave(&mut world));
    world.run_for(ALL_DEADLINES);
    assert_eq!(world.device.counters().connections, 0, "a connection outlives every deadline");
    networks::next_is_served(&mut world);
    for _ in 0..8 {
        if world.held_after_all_left() == 0 {
            break;
        }
        world.run_for(LWIP_GIVES_UP);
    }
    let held = world.held_after_all_left();
    // While others were still connected by a port that was closed, there were two.
    let most = if application.seen().closed_port { 2_000 } else { 0 };
    assert!((0..=most).contains(&held), "{held} bytes are held");
    application.judge();
}

/// Who is on the wire.
enum Client {
    Visitor(Visitor),
    Correspondent(Correspondent),
}

impl Client {
    fn new(means: &Means, number: u32) -> Self {
        match number % 2 {
            0 => Client::Visitor(Visitor::new(means, number)),
            _ => Client::Correspondent(Correspondent::new(means, number)),
        }
    }

    fn act(&mut self, world: &mut World<Context>, application: &Application) {
        match self {
            Client::Visitor(visitor) => visitor.act(world, application),
            Client::Correspondent(correspondent) => correspondent.act(world, application),
        }
    }

    fn is_done(&self) -> bool {
        match self {
            Client::Visitor(visitor) => visitor.is_done(),
            Client::Correspondent(correspondent) => correspondent.is_done(),
        }
    }

    fn judge(&self, application: &Application, means: &Means) {
        match self {
            Client::Visitor(visitor) => visitor.judge(application, means),
            Client::Correspondent(correspondent) => correspondent.judge(application, means),
        }
    }

    fn leave(&self, world: &mut World<Context>) {
        let socket = match self {
            Client::Visitor(visitor) => visitor.socket(),
            Client::Correspondent(correspondent) => correspondent.socket(),
        };
        if let Some(socket) = socket {
            world.peer.abort(socket);
        }
    }
}
