//! A good server: what a client says, hears and is told.

use std::time::Duration;

use tungstenite::Message as Frame;
use wm_sys::host::GATEWAY_ADDRESS;
use wm_websockets::client::{ClientStatus, ConnectOptions};
use wm_websockets::net::set_name_servers;
use wm_websockets::server::Limits;
use wm_websockets::ws::{CloseCode, Message, Timeouts};

use super::{Recorder, Server, accept, connect, options, remove, status, world};
use crate::heap;
use crate::name_server::{Manner, NameServer};
use crate::websocket::compression::inflated;
use crate::world::PULLED;

#[test]
fn the_request_has_what_rfc_6455_and_the_options_ask_for() {
    let mut world = world();
    let recorder = Recorder::default();
    let options = options()
        .subprotocol("chat")
        .and_then(|options| options.subprotocol("v2"))
        .and_then(|options| options.origin("http://page.example"))
        .and_then(|options| options.credentials("Aladdin", "open sesame"))
        .expect("options");
    let id = connect(&mut world, options, &recorder);
    let server = Server::open_with(&mut world, "Sec-WebSocket-Protocol: v2\r\n");
    let lines: Vec<&str> = server.head.lines().collect();
    assert_eq!(lines[0], "GET /chat?room=7 HTTP/1.1");
    for expected in [
        "Host: 10.0.2.2:9000",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: chat, v2",
        "Origin: http://page.example",
        "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        "X-Prepared: yes",
    ] {
        assert!(lines.contains(&expected), "{expected}");
    }
    world.run_until(|_| recorder.events.has("opened"));
    assert_eq!(recorder.events.all(), ["subprotocol v2", "opened"]);
    assert_eq!(status(&mut world, id), ClientStatus::Open);
}

#[test]
fn a_server_may_be_called_otherwise_than_where_it_is() {
    let mut world = world();
    let mut names = NameServer::on(&mut world.peer);
    world.core(|core| set_name_servers(core, &[GATEWAY_ADDRESS.into()]));
    let recorder = Recorder::default();
    for destination in ["10.0.2.2", "inside.example"] {
        let options = ConnectOptions::new("ws://outside.example/a")
            .and_then(|options| options.connect_to(destination, super::SERVICE))
            .expect("options");
        let id = connect(&mut world, options, &recorder);
        let socket = world.peer.listen(super::SERVICE);
        world.run_until(|world| {
            names.serve(&mut world.peer, |name| match name {
                "inside.example" => Manner::Address(GATEWAY_ADDRESS),
                _ => Manner::NoSuchName,
            });
            world.peer.is_connected(socket)
        });
        assert!(read(&mut world, socket).contains("\r\nHost: outside.example\r\n"));
        remove(&mut world, id);
    }
    assert!(recorder.events.all().is_empty());
}

#[test]
fn keys_differ_between_connections() {
    let keys: Vec<String> = (0..2)
        .map(|_| {
            let mut world = world();
            connect(&mut world, options(), &Recorder::default());
            super::accept_key(&Server::open(&mut world).head)
        })
        .collect();
    // The simulated platform repeats itself: two worlds are alike, and so are their keys.
    assert_eq!(keys[0], keys[1]);
    let mut world = world();
    let keys = [(); 2].map(|()| {
        connect(&mut world, options(), &Recorder::default());
        super::accept_key(&Server::open(&mut world).head)
    });
    assert_ne!(keys[0], keys[1]);
}

#[test]
fn messages_of_any_length_go_both_ways_masked() {
    let mut world = world();
    let recorder = Recorder { greeting: Some("hello"), ..Recorder::default() };
    let id = connect(&mut world, options(), &recorder);
    let mut server = Server::open(&mut world);
    // tungstenite refuses frames that are not masked.
    assert_eq!(server.read(&mut world), Frame::text("hello"));
    for length in [0, 1, 125, 126, 240, 241, 1_445, 1_446, 3_000, 16_000] {
        let bytes: Vec<u8> = (0..length).map(|n: u32| (n * 7 + n / 251) as u8).collect();
        let sent =
            heap::of_device(|| world.device.client(id).expect("a client").send(Message::Binary(&bytes)));
        assert_eq!(sent, Ok(()));
        assert_eq!(server.read(&mut world), Frame::binary(bytes), "{length}");
    }
    server.send(&mut world, Frame::text("answer"));
    world.run_until(|_| recorder.events.has("message answer"));
}

#[test]
fn a_server_that_closes_is_answered_and_ends_the_connection() {
    let mut world = world();
    let recorder = Recorder::default();
    let id = connect(&mut world, options(), &recorder);
    let mut server = Server::open(&mut world);
    world.run_until(|_| recorder.events.has("opened"));
    server.close(&mut world, 4002);
    assert!(matches!(server.read(&mut world), Frame::Close(Some(frame)) if u16::from(frame.code) == 4002));
    world.peer.close(server.socket);
    world.run_until(|_| recorder.events.has("closed 4002 true"));
    assert_eq!(status(&mut world, id), ClientStatus::Resting);
    remove(&mut world, id);
    world.expect_all_freed();
}

#[test]
fn a_client_that_closes_says_so_and_waits_for_the_server_to_end() {
    let mut world = world();
    let recorder = Recorder::default();
    let options = options().reconnect(Default::default());
    let id = connect(&mut world, options, &recorder);
    let mut server = Server::open(&mut world);
    world.run_until(|_| recorder.events.has("opened"));
    heap::of_device(|| world.device.client(id).expect("a client").close(CloseCode(4001), "enough"));
    let Frame::Close(Some(frame)) = server.read(&mut world) else { panic!("no close frame") };
    assert_eq!((u16::from(frame.code), frame.reason.as_str()), (4001, "enough"));
    server.poll(&mut world);
    world.run_for(Duration::from_secs(1));
    assert!(!world.peer.is_finished(server.socket), "the server ends first (RFC 6455 section 7.1.1)");
    world.peer.close(server.socket);
    world.run_until(|_| recorder.events.has("closed 4001 true"));
    world.run_for(Duration::from_secs(300));
    assert_eq!(status(&mut world, id), ClientStatus::Resting, "told to stop, it does not come back");
    remove(&mut world, id);
    world.expect_all_freed();
}

#[test]
fn clients_that_begin_together_do_not_wait_for_each_other() {
    let mut world = world();
    let clients = usize::from(Limits::default().clients);
    let mut sockets = Vec::new();
    for _ in 0..clients {
        connect(&mut world, options(), &Recorder::default());
        sockets.push(world.peer.listen(super::SERVICE));
    }
    let start = world.now();
    world.run_until(|world| sockets.iter().all(|socket| world.peer.is_connected(*socket)));
    // The first SYN has an ARP request go before it; lwIP would send one that was lost again after three seconds.
    assert!(world.now() <= start + Duration::from_secs(1));
}

#[test]
fn a_name_is_looked_up_and_a_bad_one_is_an_error_of_its_own() {
    let mut world = world();
    let mut names = NameServer::on(&mut world.peer);
    world.core(|core| set_name_servers(core, &[GATEWAY_ADDRESS.into()]));
    let (good, bad) = (Recorder::default(), Recorder::default());
    let url = |name: &str| ConnectOptions::new(&format!("ws://{name}:9000/")).expect("a URL");
    connect(&mut world, url("client-good.example"), &good);
    connect(&mut world, url("client-bad.example"), &bad);
    let socket = world.peer.listen(super::SERVICE);
    world.run_until(|world| {
        names.serve(&mut world.peer, |name| match name {
            "client-good.example" => Manner::Address(GATEWAY_ADDRESS),
            _ => Manner::NoSuchName,
        });
        world.peer.is_connected(socket) && bad.events.count("Name") == 1
    });
    assert_eq!(bad.events.all(), ["Name Name(NotFound)"]);
}

#[test]
fn more_names_than_lwip_asks_for_at_a_time_wait_for_their_turn() {
    let mut world = world();
    let mut names = NameServer::on(&mut world.peer);
    world.core(|core| set_name_servers(core, &[GATEWAY_ADDRESS.into()]));
    let clients = usize::from(Limits::default().clients);
    let recorder = Recorder::default();
    for number in 0..clients {
        let options = ConnectOptions::new(&format!("ws://turn-{number}.example:9000/")).expect("a URL");
        connect(&mut world, options, &recorder);
    }
    world.run_until(|world| {
        names.serve(&mut world.peer, |_name| Manner::NoSuchName);
        recorder.events.count("Name") == clients
    });
    assert_eq!(recorder.events.count("Name Name(NotFound)"), clients, "{:?}", recorder.events.all());
}

#[test]
fn a_client_waits_for_its_turn_to_ask_no_longer_than_for_a_name() {
    let mut world = world();
    world.core(|core| set_name_servers(core, &[GATEWAY_ADDRESS.into()]));
    let clients = usize::from(Limits::default().clients);
    let recorder = Recorder::default();
    for number in 0..clients {
        let options = ConnectOptions::new(&format!("ws://never-{number}.example:9000/")).expect("a URL");
        connect(&mut world, options, &recorder);
    }
    let start = world.now();
    world.run_until(|_| recorder.events.count("Name") == clients);
    // Twice where an address of each kind is asked for.
    assert!(world.now() <= start + 2 * Limits::default().name_timeout + Duration::from_secs(1));
}

#[test]
fn a_question_that_is_lost_is_asked_again_soon() {
    let mut world = world();
    let mut names = NameServer::on(&mut world.peer);
    world.core(|core| set_name_servers(core, &[GATEWAY_ADDRESS.into()]));
    let start = world.now();
    let options = ConnectOptions::new("ws://asked-twice.example:9000/").expect("a URL");
    connect(&mut world, options, &Recorder::default());
    let socket = world.peer.listen(super::SERVICE);
    let mut silences = 1;
    world.run_until(|world| {
        names.serve(&mut world.peer, |_name| match core::mem::take(&mut silences) {
            0 => Manner::Address(GATEWAY_ADDRESS),
            _ => Manner::Silence,
        });
        world.peer.is_connected(socket)
    });
    // With IPv6 its address is asked for first, and there is none.
    assert_eq!(names.questions(), if cfg!(feature = "ipv6") { 3 } else { 2 });
    // The device sleeps as long as it says that it may: lwIP's timer for this wakes it although nothing else is to be done.
    assert!(world.now() <= start + Duration::from_secs(3), "asked again, but late");
}

#[test]
fn each_step_has_its_deadline() {
    let mut world = world();
    world.core(|core| set_name_servers(core, &[[10, 0, 2, 99].into()]));
    let recorder = Recorder::default();
    let name = ConnectOptions::new("ws://never-answered.example/").expect("a URL");
    connect(&mut world, name, &recorder);
    world.run_until(|_| recorder.events.count("Name") == 1);

    connect(&mut world, options(), &recorder);
    let _silent = accept(&mut world);
    world.run_until(|_| recorder.events.has("Request TimedOut"));

    world.wire.impair(PULLED, PULLED);
    connect(&mut world, options(), &recorder);
    world.run_until(|_| recorder.events.has("Connect TimedOut"));
}

#[test]
fn refused_reset_and_ended_are_told_apart() {
    let mut world = world();
    let recorder = Recorder::default();
    connect(&mut world, options(), &recorder);
    world.run_until(|_| recorder.events.has("Connect Refused"));

    connect(&mut world, options(), &recorder);
    let socket = accept(&mut world);
    world.peer.abort(socket);
    world.run_until(|_| recorder.events.has("Request Lost(Reset)"));

    connect(&mut world, options(), &recorder);
    let socket = accept(&mut world);
    world.peer.close(socket);
    world.run_until(|_| recorder.events.has("Request Ended"));
}

#[test]
fn redirects_are_followed_by_choice_and_not_for_ever() {
    for (most, expected) in [(0, "Request Status(Status(302), \"\")"), (2, "Request Redirects")] {
        let mut world = world();
        let recorder = Recorder::default();
        let options = options().credentials("a", "b").expect("options").redirects(most);
        let id = connect(&mut world, options, &recorder);
        for hop in 0..=most {
            let socket = accept(&mut world);
            let head = read(&mut world, socket);
            assert!(head.starts_with(if hop == 0 { "GET /chat?room=7 " } else { "GET /again " }), "{head}");
            assert!(head.contains("Authorization: "), "the same origin may know");
            let answer = "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n";
            world.peer.send(socket, answer.as_bytes());
            world.peer.close(socket);
        }
        world.run_until(|_| recorder.events.has(expected));
        remove(&mut world, id);
        world.expect_all_freed();
    }
}

fn read(
    world: &mut crate::world::World<wm_websockets::server::Context>,
    socket: wm_sys::host::PeerSocket,
) -> String {
    super::read_head(world, socket)
}

#[test]
fn a_dead_server_is_noticed_by_its_silence() {
    let mut world = world();
    let recorder = Recorder::default();
    connect(&mut world, options(), &recorder);
    let _server = Server::open(&mut world);
    world.run_until(|_| recorder.events.has("opened"));
    world.wire.impair(PULLED, PULLED);
    let before = world.elapsed();
    world.run_until(|_| recorder.events.has("closed 1006 false"));
    let took = (world.elapsed() - before).as_secs();
    assert!((40..42).contains(&took), "30 s of silence, 10 s for a pong: {took}");
}

#[test]
fn each_client_may_have_a_patience_of_its_own() {
    let mut world = world();
    let (patient, hasty) = (Recorder::default(), Recorder::default());
    let timeouts = Timeouts {
        ping_interval: Some(Duration::from_secs(2)),
        pong_timeout: Duration::from_secs(1),
        close_timeout: Duration::from_secs(1),
    };
    let id = connect(&mut world, options(), &patient);
    let first = Server::open(&mut world);
    let own = connect(&mut world, options().keep_alive(timeouts).expect("memory"), &hasty);
    let second = Server::open(&mut world);
    world.run_until(|_| patient.events.has("opened") && hasty.events.has("opened"));
    for server in [&first, &second] {
        world.silence(server.socket);
    }
    let since = world.elapsed();
    world.run_until(|_| hasty.events.has("closed 1006 false"));
    let after = world.elapsed() - since;
    assert!((2_900..3_100).contains(&after.as_millis()), "{after:?}");
    assert_eq!(status(&mut world, id), ClientStatus::Open);
    world.run_until(|_| patient.events.has("closed 1006 false"));
    remove(&mut world, id);
    remove(&mut world, own);
}

#[test]
fn a_removed_client_leaves_nothing_in_any_state() {
    for after in [0, 1, 3, 5, 100] {
        let mut world = world();
        let recorder = Recorder::default();
        let socket = world.peer.listen(super::SERVICE);
        let id = connect(&mut world, options(), &recorder);
        world.run_for(Duration::from_millis(after));
        remove(&mut world, id);
        assert!(world.device.client(id).is_none());
        world.run_for(Duration::from_millis(100));
        assert!(!world.peer.is_connected(socket));
        world.expect_all_freed();
    }
}

/// What is in it three times.
const LONG: &str = "a greeting long enough to be compressed, a greeting long enough to be compressed";

#[test]
fn messages_travel_compressed_if_the_server_agrees() {
    let mut world = world();
    let recorder = Recorder { greeting: Some(LONG), ..Recorder::default() };
    let id = connect(&mut world, options(), &recorder);
    let answer = "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_max_window_bits=9\r\n";
    let server = Server::open_with(&mut world, answer);
    let offer =
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits";
    assert!(server.head.contains(&format!("\r\nSec-WebSocket-Extensions: {offer}\r\n")), "{}", server.head);
    let mut frame = Vec::new();
    world.run_until(|world| {
        frame.extend(world.peer.recv(server.socket));
        frame.len() > 2 && frame.len() >= 6 + usize::from(frame[1] & 0x7F)
    });
    let (header, payload) = frame.split_at_mut(6);
    assert_eq!((header[0], usize::from(header[1] & 0x7F)), (0xC1, payload.len()));
    assert!(payload.len() < LONG.len());
    wm_websockets::ws::mask::apply([header[2], header[3], header[4], header[5]], 0, payload);
    assert_eq!(inflated(payload), LONG.as_bytes());

    // "Hello", from RFC 7692 section 7.2.3.1.
    world.peer.send(server.socket, &[0xC1, 0x07, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);
    world.run_until(|_| recorder.events.has("message Hello"));
    remove(&mut world, id);
}

#[test]
fn messages_travel_as_they_are_if_the_server_does_not_compress() {
    let mut world = world();
    let recorder = Recorder { greeting: Some(LONG), ..Recorder::default() };
    connect(&mut world, options(), &recorder);
    let mut server = Server::open(&mut world);
    assert_eq!(server.read(&mut world), Frame::text(LONG));
}
