//! What sessions cost, and what happens when there is no memory for it.

use wm_websockets::tls::{
    ClientConfig, ErrorKind, Handshake, Read, SavedSession, ServerConfig, ServerName, Session, Version,
};

use crate::heap::{self, Failing};
use crate::pair::{Cuts, HOST, Pair, VERSIONS, World};
use crate::platform::turn;

/// A handshake allocates some hundred times, mostly for long numbers: the quick loop tries some of them, `cargo xtask test` all.
#[test]
fn any_allocation_may_fail_and_nothing_leaks() {
    for version in VERSIONS {
        fail_every(3, version);
    }
}

#[test]
#[ignore = "ten seconds: `cargo xtask test tls-memory`"]
fn every_allocation_may_fail_in_tls_1_2() {
    fail_every(1, Version::Tls12);
}

#[test]
#[ignore = "ten seconds: `cargo xtask test tls-memory`"]
fn every_allocation_may_fail_in_tls_1_3() {
    fail_every(1, Version::Tls13);
}

fn fail_every(step: usize, version: Version) {
    let _turn = turn();
    let world = World::new();
    let server = ServerConfig::builder(&world.engine).identity(world.identity()).unwrap();
    let server = server.min_version(version).max_version(version).cached_sessions(0).build().unwrap();
    let client = world.client();
    let attempt = || -> Result<(), ErrorKind> {
        let session = Session::server(&server).map_err(|error| error.kind)?;
        let mut pair = heap::spared(|| {
            let client = world.pair(&server, &client, Cuts::Never).client;
            Pair::new(client, session, Cuts::Never)
        });
        let result = exchange(&mut pair);
        heap::spared(|| drop(pair));
        result
    };
    attempt().unwrap(); // tables that are made once are there
    let (before, mut failures) = (heap::live(), 0);
    let (_, allocations) = heap::failing(Failing::Never, attempt);
    for number in (0..allocations).step_by(step) {
        for which in [Failing::Once(number), Failing::From(number)] {
            let (result, _) = heap::failing(which, attempt);
            let leak = heap::live() - before;
            assert_eq!(leak, 0, "{version:?}: bytes leak when {which:?} of {allocations} fails");
            failures += u32::from(result.is_err());
        }
    }
    assert!(failures > 20, "{version:?}: only {failures} allocations mattered");
}

/// Handshake, data both ways, parking, the end: what is the server's may fail, what is the client's may not.
fn exchange(pair: &mut Pair) -> Result<(), ErrorKind> {
    loop {
        let client = heap::spared(|| pair.client_step());
        pair.server_step().and(client).map_err(|error| error.kind)?;
        if pair.server.is_established() && pair.client.is_established() {
            break;
        }
    }
    heap::spared(|| pair.write_client(b"ping")).map_err(|error| error.kind)?;
    if let Read::Plaintext(mut said) = pair.read_server().map_err(|error| error.kind)? {
        pair.write_server(said.bytes()).map_err(|error| error.kind)?;
        said.advance(4);
        pair.server.restore(said);
    }
    pair.server.park();
    pair.write_server(b"news").map_err(|error| error.kind)?;
    pair.server.park();
    pair.close_server().map(drop).map_err(|error| error.kind)
}

/// Its key may be missing when there was no memory to calculate it: then it is one that everybody knows.
#[test]
fn a_ticket_that_is_given_where_memory_fails_is_good_or_none() {
    let _turn = turn();
    let world = World::new();
    let server = world.server(Version::Tls13);
    let client = ClientConfig::builder(&world.engine).trust(&world.authority.pem()).unwrap().build().unwrap();
    let attempt = |saved: Option<&SavedSession>| {
        let mut pair = heap::spared(|| {
            let session = Session::client(&client, ServerName::Dns(HOST), saved).unwrap();
            Pair::new(session, Session::server(&server).unwrap(), Cuts::Never)
        });
        while !pair.server.is_established() || !pair.client.is_established() {
            let client = heap::spared(|| pair.client_step());
            if let Err(error) = pair.server_step().and(client) {
                heap::spared(|| drop(pair));
                return Err(error);
            }
        }
        let saved = heap::spared(|| match pair.read_client() {
            Ok(Read::Ticket) => pair.client.saved().ok(),
            _ => None,
        });
        heap::spared(|| drop(pair));
        Ok(saved)
    };
    let (first, allocations) = heap::failing(Failing::Never, || attempt(None));
    assert!(first.unwrap().is_some());
    for number in 0..allocations {
        if let (Ok(Some(saved)), _) = heap::failing(Failing::Once(number), || attempt(None)) {
            let again = attempt(Some(&saved));
            assert_eq!(again.err(), None, "allocation {number} of {allocations}");
        }
    }
}

/// In TLS 1.2 the master secret is bound to the handshake by a hash, for which there may be no memory. Who went on without would have another one
/// than the peer, or, if that has the same fault, one that is not bound (CVE-2026-50581).
#[test]
fn nobody_goes_on_with_a_hash_of_the_handshake_that_memory_failed_for() {
    let _turn = turn();
    let world = World::new();
    let (server, client) = (world.server(Version::Tls12), world.client());
    for fails_at_server in [true, false] {
        let attempt = || {
            let mut pair = heap::spared(|| world.pair(&server, &client, Cuts::Never));
            let errors = loop {
                let (ours, theirs) = match fails_at_server {
                    true => (pair.server_step(), heap::spared(|| pair.client_step())),
                    false => (pair.client_step(), heap::spared(|| pair.server_step())),
                };
                if ours.is_err() || theirs.is_err() || ours == Ok(Handshake::Done) && theirs == ours {
                    break (ours.err().map(|error| error.kind), theirs.err().map(|error| error.kind));
                }
            };
            heap::spared(|| drop(pair));
            errors
        };
        let (_, allocations) = heap::failing(Failing::Never, attempt);
        for number in 0..allocations {
            let (errors, _) = heap::failing(Failing::Once(number), attempt);
            let goes_on = matches!(errors, (None, Some(_)) | (Some(ErrorKind::BadRecord), _));
            assert!(
                !goes_on,
                "allocation {number} of {allocations}, at the server {fails_at_server}: {errors:?}"
            );
        }
    }
}

#[test]
fn a_parked_session_without_memory_stays_parked_and_wakes_later() {
    let _turn = turn();
    let world = World::new();
    for version in VERSIONS {
        let mut pair = world.established(version, Cuts::Never);
        assert!(pair.server.park());
        pair.write_client(b"ping").unwrap();
        let (error, _) = heap::failing(Failing::From(0), || pair.read_server().err());
        assert_eq!(error.unwrap().kind, ErrorKind::NoMemory);
        let (error, _) = heap::failing(Failing::From(0), || pair.write_server(b"x").err());
        assert_eq!(error.unwrap().kind, ErrorKind::NoMemory);
        pair.tell_client(b"pong").unwrap();
        assert!(matches!(pair.read_server().unwrap(), Read::Plaintext(_)));
    }
}

#[test]
fn an_idle_session_is_small_and_its_buffers_serve_the_next() {
    let _turn = turn();
    let world = World::new();
    for version in VERSIONS {
        let (server, client) = (world.server(version), world.client());
        let before = heap::live();
        let mut pair = world.pair(&server, &client, Cuts::Never);
        pair.handshake().unwrap();
        pair.ask_server(b"hello").unwrap();
        assert!(pair.server.park() && pair.client.park());
        pair.up.bytes = Default::default();
        pair.down.bytes = Default::default();
        let held = heap::live() - before;
        // On 64 bits; both sides, of which the client keeps the server's certificate.
        assert!(held < 8_600, "{version:?}: {held} bytes for two parked sessions");
        world.engine.keep_buffers(1);
        pair.ask_server(b"fills the pool").unwrap();
        assert!(pair.server.park());
        let pooled = heap::live();
        let peak = heap::peak_of(|| pair.ask_server(b"from the pool").unwrap());
        assert!(peak < 1_000, "{version:?}: {peak} bytes were allocated though the pool has buffers");
        assert!(pair.server.park());
        assert_eq!(heap::live(), pooled);
        world.engine.keep_buffers(0);
    }
}
