//! Host names, with a name server that may lie.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use wm_sys::host::GATEWAY_ADDRESS;
use wm_websockets::net::{Family, Key, Lookup, MAX_NAME, ResolveError, Stack, set_name_servers};

use crate::name_server::{Manner, NameServer};
use crate::world::World;

const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 77);

/// A world whose device asks the peer.
fn asking() -> (World<Stack>, NameServer) {
    let mut world = World::net();
    let server = NameServer::on(&mut world.peer);
    world.core(|core| set_name_servers(core, &[GATEWAY_ADDRESS.into()]));
    (world, server)
}

fn ask(world: &mut World<Stack>, name: &str) -> Result<Lookup, ResolveError> {
    world.core(|core| Lookup::start(core, name, Family::Ipv4))
}

/// Lets the simulation run until there is an answer. Names differ from test to test: lwIP remembers answers.
fn answer(
    world: &mut World<Stack>,
    server: &mut NameServer,
    manner: Manner,
    name: &str,
) -> Result<IpAddr, ResolveError> {
    let lookup = ask(world, name)?;
    let mut found = None;
    world.run_until(|world| {
        server.serve(&mut world.peer, |_name| manner);
        found = world.core(|core| lookup.answer(core));
        found.is_some()
    });
    found.expect("the simulation ran until there was one")
}

#[test]
fn a_name_becomes_an_address() {
    let (mut world, mut server) = asking();
    let found = answer(&mut world, &mut server, Manner::Address(ADDRESS), "plain.example");
    assert_eq!(found, Ok(ADDRESS.into()));
    world.expect_all_freed();
}

#[test]
fn an_answer_is_news_and_the_next_one_comes_from_memory() {
    let (mut world, mut server) = asking();
    for asked in [1, 1] {
        let mut lookup = ask(&mut world, "news.example").expect("asked");
        world.core(|core| lookup.set_key(core, Key::new(7).expect("a key")));
        world.run_until(|world| {
            server.serve(&mut world.peer, |_name| Manner::Address(ADDRESS));
            world.device.next_ready().is_some_and(|key| key.get() == 7)
        });
        assert_eq!(world.core(|core| lookup.answer(core)), Some(Ok(ADDRESS.into())));
        assert_eq!(server.questions(), asked);
    }
}

#[test]
fn a_name_that_does_not_exist_is_not_found() {
    let (mut world, mut server) = asking();
    let found = answer(&mut world, &mut server, Manner::NoSuchName, "absent.example");
    assert_eq!(found, Err(ResolveError::NotFound));
}

#[test]
fn a_server_that_is_silent_or_lies_gives_no_address() {
    for (manner, name) in [
        (Manner::Silence, "silent.example"),
        (Manner::OtherIdentifier(ADDRESS), "identifier.example"),
        (Manner::OtherName(ADDRESS), "other.example"),
        (Manner::Garbage, "garbage.example"),
        (Manner::NoAddress, "empty.example"),
    ] {
        let (mut world, mut server) = asking();
        let found = answer(&mut world, &mut server, manner, name);
        assert_eq!(found, Err(ResolveError::NotFound), "{name}");
        world.expect_all_freed();
    }
}

#[test]
fn a_lookup_whose_owner_is_gone_is_answered_into_nothing() {
    let (mut world, mut server) = asking();
    let lookup = ask(&mut world, "dropped.example").expect("asked");
    drop(lookup);
    world.run_for(Duration::from_millis(50));
    server.serve(&mut world.peer, |_name| Manner::Address(ADDRESS));
    world.run_for(Duration::from_millis(50));
    assert_eq!(server.questions(), 1);
    world.expect_all_freed();
}

#[test]
fn a_lookup_dropped_with_its_answer_unread_is_freed() {
    let (mut world, mut server) = asking();
    let mut lookup = ask(&mut world, "unread.example").expect("asked");
    world.core(|core| lookup.set_key(core, Key::new(3).expect("a key")));
    world.run_until(|world| {
        server.serve(&mut world.peer, |_name| Manner::Address(ADDRESS));
        world.core(|core| lookup.answer(core)).is_some()
    });
    drop(lookup);
    world.run_for(Duration::from_millis(50));
    assert_eq!(world.device.next_ready(), None, "nobody is left to hear of it");
    world.expect_all_freed();
}

#[test]
fn what_is_no_name_is_not_asked_for() {
    let (mut world, mut server) = asking();
    let long = "a".repeat(MAX_NAME + 1);
    for name in ["", "two words", "semi;colon", "nul\0", "umlaut-\u{e4}.example", &long] {
        assert_eq!(ask(&mut world, name).err(), Some(ResolveError::BadName), "{name:?}");
    }
    server.serve(&mut world.peer, |_name| Manner::Silence);
    assert_eq!(server.questions(), 0);
    world.expect_all_freed();
}

#[test]
fn without_a_server_or_with_too_many_questions_an_error_says_so() {
    let (mut world, _server) = asking();
    world.core(|core| set_name_servers(core, &[]));
    assert_eq!(ask(&mut world, "nobody.example").err(), Some(ResolveError::NoServer));
    world.core(|core| set_name_servers(core, &[GATEWAY_ADDRESS.into()]));
    let mut lookups = Vec::new();
    let refused = (0..100).find_map(|number| {
        match ask(&mut world, &format!("busy{number}.example")) {
            Ok(lookup) => lookups.push(lookup),
            Err(error) => return Some(error),
        }
        None
    });
    assert_eq!((refused, lookups.len()), (Some(ResolveError::Busy), 4));
    lookups.clear();
    world.expect_all_freed();
}
