//! A port that closes at any moment.

use wm_sys::host::WireConfig;

use super::cast::Cast;
use super::client::Client;
use super::{ALL_DEADLINES, LWIP_GIVES_UP, TICK, act, each_seed, next_is_served, routes, server};
use crate::heap;
use crate::world::{LAN, PORT};

/// Within which everybody has got somewhere, in ticks.
const MOMENTS: u64 = 60;

#[test]
fn whoever_is_connected_is_let_go_and_nothing_is_left() {
    each_seed("networks::closing", play);
}

fn play(seed: u64) {
    let cast = Cast::of(seed);
    let (mut world, journal) = server(WireConfig::both(seed, cast.wire));
    let mut clients: Vec<_> = cast.parts.iter().map(|part| Client::connect(&mut world, part)).collect();
    for _ in 0..seed % MOMENTS {
        clients.iter_mut().for_each(|client| client.act(&mut world));
        world.run_for(TICK);
    }
    assert!(heap::of_device(|| world.device.close_port(PORT)));
    act(&mut world, &mut clients);
    world.wire.impair(LAN, LAN);
    act(&mut world, &mut clients);
    for client in &mut clients {
        client.ask_again(&mut world);
        client.judge(false);
    }
    world.run_for(ALL_DEADLINES);
    assert_eq!(world.device.counters().connections, 0, "a connection outlives every deadline");
    clients.iter().for_each(|client| client.leave(&mut world));
    assert_eq!(journal.begun(), journal.closed().len(), "each is told to be over once");
    let routes = routes(&journal).expect("sound routes");
    heap::of_device(|| world.device.listen(PORT, routes)).expect("it is free");
    next_is_served(&mut world);
    world.run_for(LWIP_GIVES_UP);
    world.expect_all_freed();
}
