//! What others do never keeps a client waiting beyond a pass.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use wm_sys::host::WireConfig;
use wm_websockets::http::Request;
use wm_websockets::server::{Context, Limits, Response};
use wm_websockets::ws::Opcode;

use super::cast::HANDSHAKE;
use super::routes;
use crate::heap;
use crate::http_client::HttpClient;
use crate::websocket::{Journal, frame};
use crate::world::{LAN, PORT, World};

/// So many others; one client more may be served at once.
const OTHERS: usize = 60;

/// A server that notes when it is asked for /now.
fn server() -> (World<Context>, Rc<Cell<bool>>) {
    let asked = Rc::new(Cell::new(false));
    let note = Rc::clone(&asked);
    let now = move |_: &Request<'_>, response: &mut Response<'_>| {
        note.set(true);
        response.text("now");
    };
    let routes = routes(&Journal::default()).and_then(|routes| routes.get("/now", now));
    let world = World::over(WireConfig::both(1, LAN), Limits::default(), routes.expect("sound routes"));
    (world, asked)
}

/// Passes from the one in which a request arrives, which counts, to the one in which its handler is called.
fn passes_to_be_heard(world: &mut World<Context>, client: &HttpClient, asked: &Cell<bool>) -> u64 {
    asked.set(false);
    client.send(world, "GET /now HTTP/1.1\r\nHost: device\r\n\r\n");
    // This client's socket is the youngest, so its frame is the last of those that leave now.
    let start = world.passes();
    world.run_until(|world| world.passes() > start);
    let frame = world.record().1.sent;
    let mut arrived = None;
    world.run_until(|world| {
        if world.record().1.delivered >= frame {
            arrived.get_or_insert(world.passes());
        }
        asked.get()
    });
    world.passes() + 1 - arrived.expect("it arrived before it was heard")
}

/// Others that open a WebSocket, each of which then sends `bytes`. They come one after the other: the backlog does not hold all of them.
fn others(world: &mut World<Context>, bytes: &[u8]) -> Vec<wm_sys::host::PeerSocket> {
    let come = |_| {
        let socket = world.peer.connect(PORT);
        world.peer.send(socket, HANDSHAKE);
        world.run_for(Duration::from_millis(20));
        socket
    };
    let sockets: Vec<_> = (0..OTHERS).map(come).collect();
    assert_eq!(world.device.counters().websockets_opened as usize, OTHERS);
    sockets.iter().for_each(|socket| world.peer.send(*socket, bytes));
    sockets
}

#[test]
fn those_who_read_nothing() {
    let (mut world, asked) = server();
    world.peer.set_buffer(2_000);
    others(&mut world, &frame(Opcode::Binary, true, &[7; 1_000]).repeat(50));
    world.run_for(Duration::from_secs(5));
    let client = HttpClient::connected(&mut world);
    assert_eq!(passes_to_be_heard(&mut world, &client, &asked), 1);
}

#[test]
fn those_who_stop_in_the_middle() {
    let (mut world, asked) = server();
    others(&mut world, &frame(Opcode::Binary, true, &[7; 1_000])[..500]);
    for _ in 0..3 {
        let stalled = HttpClient::connected(&mut world);
        stalled.send(&mut world, "POST /echo HTTP/1.1\r\nHost: device\r\nContent-Length: 5\r\n\r\nhe");
    }
    world.run_for(Duration::from_secs(1));
    let client = HttpClient::connected(&mut world);
    assert_eq!(passes_to_be_heard(&mut world, &client, &asked), 1);
}

/// They send as fast as they may, and read what comes back.
#[test]
fn those_who_flood() {
    let (mut world, asked) = server();
    let sockets = others(&mut world, &[]);
    let client = HttpClient::connected(&mut world);
    let mut heard_in = Vec::new();
    for _ in 0..20 {
        for socket in &sockets {
            if world.peer.unacknowledged(*socket) == 0 {
                world.peer.send(*socket, &frame(Opcode::Binary, true, &[7; 1_000]).repeat(20));
            }
            world.peer.recv(*socket);
        }
        world.run_for(Duration::from_millis(3));
        heard_in.push(passes_to_be_heard(&mut world, &client, &asked));
        heap::of_simulation(|| world.peer.recv(client.socket));
    }
    assert!(heard_in.iter().all(|passes| *passes <= 2), "{heard_in:?}");
    assert!(world.device.counters().messages_received > 1_000, "{:?}", world.device.counters());
}
