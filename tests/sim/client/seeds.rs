//! A client through everything that can happen to its server, for 200 seeds: the server is gone, silent, resets in every state, the
//! cable is pulled, names are lied about. It comes back within its policy, and no message arrives twice, out of order, or in part.

use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tungstenite::Message as Frame;
use wm_sys::host::{GATEWAY_ADDRESS, Impairments, PeerSocket, WireConfig};
use wm_websockets::client::{ClientId, ClientStatus, ConnectOptions, Reconnect, WhileAway};
use wm_websockets::net::set_name_servers;
use wm_websockets::server::Context;
use wm_websockets::ws::Message;

use super::{Recorder, SERVICE, Server, accept_key, connect, over, remove, status};
use crate::heap;
use crate::name_server::{Manner, NameServer};
use crate::world::{LAN, PULLED, World};

const SEEDS: u64 = 200;

const POLICY: Reconnect =
    Reconnect { first: Duration::from_millis(500), cap: Duration::from_secs(4), attempts: None };

/// A wire on which something is lost now and then.
const SHAKY: Impairments = Impairments { loss: 0.03, duplication: 0.01, ..LAN };

#[test]
fn two_hundred_seeds_of_bad_luck() {
    let total = (0..SEEDS).map(run).fold([0; 4], |total, each| [0, 1, 2, 3].map(|n| total[n] + each[n]));
    // Trouble was had (a name takes two questions with IPv6, so fewer attempts have the time to fail), and most of what was sent
    // arrived all the same.
    let [connections, failures, given, arrived] = total;
    assert!(connections > 2 * SEEDS as usize && failures > 3 * SEEDS as usize, "{total:?}");
    assert!(arrived > given * 4 / 5 && given > 50 * SEEDS as usize, "{total:?}");
}

/// Connections, failures, messages given and arrived.
fn run(seed: u64) -> [usize; 4] {
    let mut party = Party::new(seed);
    for _ in 0..12 {
        party.trouble();
    }
    party.peace();
    party.check(seed)
}

struct Party {
    world: World<Context>,
    chance: SmallRng,
    recorder: Recorder,
    client: ClientId,
    names: NameServer,
    honest: bool,
    server: Service,
    /// How many messages the client was given.
    given: u32,
    /// The numbers that arrived, over all connections.
    arrived: Vec<u32>,
}

/// What stands on the server's port.
enum Service {
    Gone,
    /// Listens, or has a connection on which nothing was said yet.
    Listening(PeerSocket, Vec<u8>),
    Open(Box<Server>),
}

impl Party {
    fn new(seed: u64) -> Self {
        let mut world = over(WireConfig::both(seed, SHAKY));
        let names = NameServer::on(&mut world.peer);
        world.core(|core| set_name_servers(core, &[GATEWAY_ADDRESS.into()]));
        let recorder = Recorder::default();
        let options = ConnectOptions::new(&format!("ws://seed-{seed}.example:{SERVICE}/"))
            .expect("a URL")
            .reconnect(POLICY)
            .while_away(WhileAway::KeepOldest(50_000));
        let client = connect(&mut world, options, &recorder);
        let (chance, server) = (SmallRng::seed_from_u64(seed), Service::Gone);
        Party { world, chance, recorder, client, names, honest: true, server, given: 0, arrived: Vec::new() }
    }

    /// Lets something bad happen, and some time pass.
    fn trouble(&mut self) {
        match self.chance.random_range(0..8) {
            0 => self.kill(),
            1 => self.reset(),
            2 => self.world.wire.impair(PULLED, PULLED),
            3 => self.honest = !self.honest,
            4 => self.garbage(),
            _ => {
                self.world.wire.impair(SHAKY, SHAKY);
                self.serve();
            }
        }
        let steps = self.chance.random_range(1..60);
        for _ in 0..steps {
            self.step();
        }
    }

    /// From here on everything is good.
    fn peace(&mut self) {
        self.honest = true;
        self.world.wire.impair(LAN, LAN);
        self.kill();
        for _ in 0..3_000 {
            if matches!(self.server, Service::Gone) {
                self.serve();
            }
            self.step();
            if status(&mut self.world, self.client) == ClientStatus::Open && self.last_arrived() == self.given
            {
                return;
            }
        }
        panic!(
            "{} of {} after a long peace: {:?}",
            self.last_arrived(),
            self.given,
            self.recorder.events.all()
        );
    }

    fn last_arrived(&self) -> u32 {
        self.arrived.last().copied().unwrap_or_default()
    }

    fn check(mut self, seed: u64) -> [usize; 4] {
        assert!(self.arrived.is_sorted_by(|one, next| one < next), "seed {seed}: {:?}", self.arrived);
        let counters = self.world.device.client(self.client).expect("a client").counters();
        remove(&mut self.world, self.client);
        self.kill();
        self.world.expect_all_freed();
        [counters.opened as usize, counters.failures as usize, self.given as usize, self.arrived.len()]
    }

    /// A tenth of a second, in which the client is given a message now and then.
    fn step(&mut self) {
        if self.chance.random_ratio(1, 4) {
            let text = message(self.given + 1);
            let mut client = self.world.device.client(self.client).expect("a client");
            if heap::of_device(|| client.send(Message::Text(&text))).is_ok() {
                self.given += 1;
            }
        }
        self.world.run_for(Duration::from_millis(100));
        let manner = if self.honest {
            Manner::Address(GATEWAY_ADDRESS)
        } else {
            Manner::OtherIdentifier(GATEWAY_ADDRESS)
        };
        self.names.serve(&mut self.world.peer, |_| manner);
        self.server = self.attend();
    }

    /// Goes on with the service.
    fn attend(&mut self) -> Service {
        match std::mem::replace(&mut self.server, Service::Gone) {
            Service::Gone => Service::Gone,
            Service::Listening(socket, mut head) => {
                head.extend(self.world.peer.recv(socket));
                if self.world.peer.is_closed(socket) || self.world.peer.is_finished(socket) {
                    self.world.peer.abort(socket);
                    return Service::Gone;
                }
                if !head.ends_with(b"\r\n\r\n") {
                    return Service::Listening(socket, head);
                }
                let head = String::from_utf8(head).expect("text");
                let answer = format!(
                    "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\r\n",
                    accept_key(&head)
                );
                self.world.peer.send(socket, answer.as_bytes());
                Service::Open(Box::new(Server::on(socket, head)))
            }
            Service::Open(mut server) => {
                while let Some(frame) = server.poll(&mut self.world) {
                    match frame {
                        Frame::Text(text) => self.arrived.push(number(&text)),
                        Frame::Ping(_) | Frame::Pong(_) => {}
                        frame => panic!("{frame:?}"),
                    }
                }
                if self.world.peer.is_closed(server.socket) || self.world.peer.is_finished(server.socket) {
                    self.world.peer.abort(server.socket);
                    return Service::Gone;
                }
                Service::Open(server)
            }
        }
    }

    fn serve(&mut self) {
        if matches!(self.server, Service::Gone) {
            self.server = Service::Listening(self.world.peer.listen(SERVICE), Vec::new());
        }
    }

    /// The server's machine restarts: it knows nothing of its connections.
    fn kill(&mut self) {
        match std::mem::replace(&mut self.server, Service::Gone) {
            Service::Gone => {}
            Service::Listening(socket, _) => self.world.peer.remove(socket),
            Service::Open(server) => self.world.peer.remove(server.socket),
        }
    }

    fn reset(&mut self) {
        match std::mem::replace(&mut self.server, Service::Gone) {
            Service::Gone => {}
            Service::Listening(socket, _) => self.world.peer.abort(socket),
            Service::Open(server) => self.world.peer.abort(server.socket),
        }
    }

    fn garbage(&mut self) {
        if let Service::Listening(socket, _) = self.server {
            self.world.peer.send(socket, b"HTTP/1.1 503 Go Away\r\nContent-Length: 9999\r\n\r\nno");
        }
    }
}

/// A text that shows whether it is whole.
fn message(number: u32) -> String {
    format!("{number}:{}", "x".repeat(number as usize * 37 % 1_000))
}

#[track_caller]
fn number(text: &str) -> u32 {
    let (number, _) = text.split_once(':').expect("a number");
    let number = number.parse().expect("a number");
    assert_eq!(text, message(number), "a message arrives whole");
    number
}
