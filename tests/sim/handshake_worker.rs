//! Handshakes in a task of their own: who waits for what while a step is away, and what becomes of it when nobody does any more.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use wm_sys::host::{Impairments, VirtualPlatform, WireConfig};
use wm_websockets::server::{Context, HandshakeWorker, Limits, WorkerError};
use wm_websockets::tls::{ClientCertificates, ClientConfig, Engine, Identity, ServerConfig};

use crate::foreign_tls::{ForeignClient, Issued};
use crate::heap;
use crate::secure_client::{SecureClient, TLS_PORT, Worker};
use crate::tls::{self, Others};
use crate::world::{LAN, World};

fn lan(limits: Limits) -> (World<Context>, ClientConfig) {
    tls::world(WireConfig::both(1, LAN), limits)
}

/// A client whose hello the worker was given, and has not looked at.
fn away(world: &mut World<Context>, config: &ClientConfig) -> SecureClient {
    let mut client = SecureClient::connect(world, config);
    world.run_until(|world| world.peer.is_connected(client.socket));
    client.pump(world);
    world.run_for(Duration::from_millis(50));
    client
}

#[test]
fn pages_and_websockets_are_the_same() {
    let (mut world, config) = lan(Limits::default());
    let _worker = Worker::hired();
    tls::pages_and_websockets(&mut world, &config);
}

#[test]
fn everybody_is_served_while_a_step_is_away() {
    let (mut world, config) = lan(Limits { tls_handshakes: 4, ..Limits::default() });
    let mut others = Others::connect(&mut world);
    // Its records are read and written meanwhile.
    let mut secure = SecureClient::connected(&mut world, &config);
    secure.upgrade(&mut world);
    let mut clients: Vec<_> = (0..3).map(|_| SecureClient::connect(&mut world, &config)).collect();
    let worker = Worker::hired();
    worker.pause();
    for client in &mut clients {
        client.pump(&mut world);
    }
    let passes = world.passes();
    for _ in 0..10 {
        others.echo(&mut world);
        secure.echo(&mut world, "meanwhile");
        world.run_for(Duration::from_millis(100));
    }
    assert!(world.passes() < passes + 5_000, "it waits for the worker without asking all the time");
    assert_eq!(world.device.counters().tls_handshakes, 1, "the worker has done nothing yet");
    worker.go_on();
    for client in &mut clients {
        world.run_until(|world| client.pump(world));
        tls::expect_hello(&mut world, client);
    }
    assert_eq!(world.device.counters().tls_failures, 0);
}

/// A worker that takes its time, and clients of another library, which go on meanwhile.
#[test]
fn what_arrives_while_a_step_is_away_is_not_forgotten() {
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        for round in 1..12 {
            let issued = Issued::new();
            let mut world = with_certificate(&issued);
            let worker = Worker::hired();
            let mut clients: Vec<_> =
                (0..2).map(|_| ForeignClient::connect(&mut world, &issued, version)).collect();
            for client in &mut clients {
                client.send(b"GET /hello HTTP/1.1\r\nHost: device\r\n\r\n");
            }
            let begin = world.now();
            while !clients.iter().all(|client| client.received.ends_with(b"hello")) {
                clients.iter_mut().for_each(|client| client.pump(&mut world));
                world.run_for(Duration::from_millis(round));
                worker.work();
                let took = world.now().saturating_duration_since(begin);
                assert!(took < Duration::from_secs(2), "a client waits for its deadline, in round {round}");
            }
        }
    }
}

/// The same server with a certificate.
fn with_certificate(issued: &Issued) -> World<Context> {
    World::with(WireConfig::both(1, LAN), |stack| {
        let mut context = Context::new(stack, Limits::default()).expect("the limits fit");
        let engine = Engine::new().expect("the world before has ended");
        let identity = Identity::new(&engine, issued.chain().as_bytes(), issued.key().as_bytes());
        let builder = ServerConfig::builder(&engine).identity(identity.expect("an identity"));
        let config = builder.and_then(|builder| builder.build()).expect("a configuration");
        context.listen_tls(TLS_PORT, &config, tls::routes()).expect("the port is free");
        context
    })
}

#[test]
fn many_handshakes_at_once() {
    let (mut world, config) = lan(Limits::default());
    let _worker = Worker::hired();
    tls::ten_handshakes_and_twenty_that_talk(&mut world, &config);
}

#[test]
fn lossy_networks_are_no_matter() {
    for seed in 0..8 {
        let bad = Impairments { loss: 0.1, duplication: 0.05, jitter: Duration::from_millis(5), ..LAN };
        let (mut world, config) = tls::world(WireConfig::both(seed, bad), Limits::default());
        let _worker = Worker::hired();
        let mut clients: Vec<_> = (0..3).map(|_| SecureClient::connected(&mut world, &config)).collect();
        for client in &mut clients {
            tls::expect_hello(&mut world, client);
        }
    }
}

#[test]
fn a_client_that_leaves_meanwhile_is_forgotten() {
    let (mut world, config) = lan(Limits::default());
    let worker = Worker::hired();
    let before = heap::live();
    for round in 1..=3 {
        worker.pause();
        let client = away(&mut world, &config);
        assert_eq!(world.device.counters().connections, 1, "round {round}");
        world.peer.abort(client.socket);
        world.run_for(Duration::from_millis(50));
        assert_eq!(world.device.counters().connections, 0, "its place is free at once");
        worker.go_on();
        let mut next = SecureClient::connected(&mut world, &config);
        tls::expect_hello(&mut world, &mut next);
        assert_eq!(world.device.counters().tls_handshakes, round);
        next.close(&mut world);
    }
    world.run_for(Duration::from_secs(70));
    // What tickets and cached sessions are made of may stay.
    assert!(heap::live() < before + 1_500, "{} bytes are left", heap::live() - before);
}

#[test]
fn a_worker_that_never_comes_costs_its_client_the_deadline() {
    let (mut world, config) = lan(Limits::default());
    let worker = Worker::hired();
    worker.pause();
    let client = away(&mut world, &config);
    world.run_until(|world| world.peer.is_reset(client.socket));
    assert_eq!(world.device.counters().timeouts, 1);
    worker.go_on();
    SecureClient::connected(&mut world, &config);
}

#[test]
fn a_worker_that_leaves_is_not_missed() {
    let (mut world, config) = lan(Limits::default());
    let worker = Worker::hired();
    worker.pause();
    let mut client = away(&mut world, &config);
    drop(worker);
    world.run_until(|world| client.pump(world));
    tls::expect_hello(&mut world, &mut client);
    // Nothing of it is left: there can be another.
    let _another = Worker::hired();
    SecureClient::connected(&mut world, &config);
    assert_eq!(HandshakeWorker::new(|| {}).err(), Some(WorkerError::InUse));
}

#[test]
fn a_context_ends_when_the_step_is_done() {
    let (mut world, config) = lan(Limits::default());
    let (wake, woken) = mpsc::channel();
    let mut worker = HandshakeWorker::new(|| {}).expect("there is none");
    away(&mut world, &config);
    let task = thread::spawn(move || {
        woken.recv().expect("the context ends");
        assert!(worker.work(), "a step waits");
        worker
    });
    drop(config);
    wake.send(()).expect("the worker lives");
    let turn = world.end();
    assert!(wm_websockets::tls::Engine::new().is_ok(), "nothing holds the engine any more");
    drop(task.join().expect("it ends well"));
    drop(turn);
}

/// Of the memory that certificates are read into, a step has some to itself.
#[test]
fn certificates_are_read_when_the_step_is_done() {
    type Read = fn(&Engine, &[u8]) -> bool;
    let reads: [Read; 2] = [
        |engine, authority| ClientConfig::builder(engine).trust(authority).is_ok(),
        |engine, authority| {
            let builder = ServerConfig::builder(engine);
            builder.client_certificates(ClientCertificates::Required, authority).is_ok()
        },
    ];
    let issued = Issued::new();
    for read in reads {
        let (mut world, config) = lan(Limits::default());
        let mut worker = HandshakeWorker::new(|| {}).expect("there is none");
        away(&mut world, &config);
        let has_begun = Arc::new(AtomicBool::new(false));
        let begins = has_begun.clone();
        let task = thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            begins.store(true, Ordering::Release);
            assert!(worker.work(), "a step waits");
            worker
        });
        assert!(read(config.engine(), issued.chain().as_bytes()));
        assert!(has_begun.load(Ordering::Acquire), "the library is another task's");
        drop(task.join().expect("it ends well"));
        world.run_for(Duration::from_millis(50));
    }
}

/// A name of the worker's task, which the one that it wakes interrupts.
const OF_LOW_PRIORITY: &str = "of low priority";

/// Its task goes while others are about to hand over the next step: that is not left behind.
#[test]
fn a_worker_may_leave_while_others_wait_for_it() {
    let let_others_run = || {
        if thread::current().name() == Some(OF_LOW_PRIORITY) {
            thread::sleep(Duration::from_millis(5));
        }
    };
    let issued = Issued::new();
    let mut world = with_certificate(&issued);
    VirtualPlatform::install().on_wake(let_others_run);
    let mut worker = HandshakeWorker::new(|| {}).expect("the one before has left");
    let mut clients: Vec<_> =
        (0..2).map(|_| ForeignClient::connect(&mut world, &issued, &rustls::version::TLS13)).collect();
    clients.iter_mut().for_each(|client| client.send(b"GET /hello HTTP/1.1\r\nHost: device\r\n\r\n"));
    while !worker.work() {
        clients.iter_mut().for_each(|client| client.pump(&mut world));
        world.run_for(Duration::from_millis(1));
    }
    // The next step waits.
    clients.iter_mut().for_each(|client| client.pump(&mut world));
    world.run_for(Duration::from_millis(50));
    let task = thread::Builder::new().name(OF_LOW_PRIORITY.into()).spawn(move || drop(worker));
    let begin = world.now();
    while !clients.iter().all(|client| client.received.ends_with(b"hello")) {
        clients.iter_mut().for_each(|client| client.pump(&mut world));
        world.run_for(Duration::from_millis(1));
        // The worker's time is the machine's, the world's is not.
        thread::sleep(Duration::from_micros(100));
        let took = world.now().saturating_duration_since(begin);
        if took > Duration::from_secs(5) {
            eprintln!("nobody does the step of a client, and its context cannot end");
            std::process::abort();
        }
    }
    task.expect("there are threads").join().expect("it ends well");
}
