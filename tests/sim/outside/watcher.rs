//! A port's watcher.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;

use wm_websockets::http::Request;
use wm_websockets::server::{ConnectionId, Context, Limits, PerPeer, Response, Routes, Services, Watcher};

use crate::heap;
use crate::http_client::HttpClient;
use crate::websocket::Echo;
use crate::websocket_client::WebSocketClient;
use crate::world::World;

const HELLO: &str = "GET /hello HTTP/1.1\r\nHost: device\r\n\r\n";

/// Who is there, and who was.
#[derive(Clone, Default)]
struct Visitors {
    present: Rc<RefCell<Vec<ConnectionId>>>,
    gone: Rc<RefCell<usize>>,
    turn_away: bool,
}

impl Watcher for Visitors {
    fn connected(
        &mut self,
        id: ConnectionId,
        peer: Option<SocketAddr>,
        _services: &mut Services<'_>,
    ) -> bool {
        assert!(peer.is_some_and(|peer| peer.ip() == std::net::IpAddr::from([10, 0, 2, 2])));
        heap::of_simulation(|| self.present.borrow_mut().push(id));
        !self.turn_away
    }
    fn disconnected(&mut self, id: ConnectionId, _services: &mut Services<'_>) {
        let before = self.present.borrow().len();
        self.present.borrow_mut().retain(|each| *each != id);
        assert_eq!(self.present.borrow().len() + 1, before, "it was there");
        *self.gone.borrow_mut() += 1;
    }
}

fn watched(visitors: &Visitors, limits: Limits) -> World<Context> {
    let routes = Routes::new()
        .get("/hello", |_: &Request<'_>, response: &mut Response<'_>| response.text("hello"))
        .and_then(|routes| routes.websocket("/ws", Echo::default()))
        .and_then(|routes| routes.watch(visitors.clone()));
    World::limited(limits, routes.expect("routes"))
}

#[test]
fn every_client_comes_once_and_goes_once_however_it_goes() {
    let visitors = Visitors::default();
    let mut world = watched(&visitors, Limits::default());
    let mut http = HttpClient::connected(&mut world);
    for _ in 0..3 {
        assert_eq!(http.ask(&mut world, HELLO).status, 200);
    }
    let websocket = WebSocketClient::open(&mut world, "/ws");
    assert_eq!((visitors.present.borrow().len(), *visitors.gone.borrow()), (2, 0));
    world.peer.abort(websocket.socket);
    world.run_until(|_| *visitors.gone.borrow() == 1);
    http.send(&mut world, "GET /hello HTTP/1.1\r\nHost: device\r\nConnection: close\r\n\r\n");
    world.run_until(|_| *visitors.gone.borrow() == 2);
    let _third = HttpClient::connected(&mut world);
    world.run_until(|_| visitors.present.borrow().len() == 1);
    let _turn = world.end();
    assert_eq!((visitors.present.borrow().len(), *visitors.gone.borrow()), (0, 3));
}

#[test]
fn an_idle_client_that_makes_way_is_reported_and_a_refused_one_is_not() {
    let visitors = Visitors::default();
    let mut world = watched(&visitors, Limits { connections: 1, ..Limits::default() });
    let mut idle = HttpClient::connected(&mut world);
    assert_eq!(idle.ask(&mut world, HELLO).status, 200);
    let _websocket = WebSocketClient::open(&mut world, "/ws");
    assert_eq!(*visitors.gone.borrow(), 1);
    let mut refused = HttpClient::connected(&mut world);
    assert_eq!(refused.reply(&mut world).status, 503);
    assert_eq!((visitors.present.borrow().len(), *visitors.gone.borrow()), (1, 1));
}

#[test]
fn a_client_that_is_turned_away_is_not_served() {
    let visitors = Visitors { turn_away: true, ..Visitors::default() };
    let mut world = watched(&visitors, Limits::default());
    let mut client = HttpClient::connect(&mut world);
    world.run_until(|_| visitors.present.borrow().len() == 1);
    client.send(&mut world, HELLO);
    world.run_until(|world| !client.is_usable(world));
    assert!(client.received.is_empty());
    assert_eq!(*visitors.gone.borrow(), 0);
}

#[test]
fn one_address_cannot_take_all_connections() {
    let routes = Routes::new()
        .get("/hello", |_: &Request<'_>, response: &mut Response<'_>| response.text("hello"))
        .and_then(|routes| routes.watch(PerPeer::new(2)));
    let mut world = World::server(routes.expect("routes"));
    let [mut first, mut second] = [(); 2].map(|()| HttpClient::connected(&mut world));
    for client in [&mut first, &mut second] {
        assert_eq!(client.ask(&mut world, HELLO).status, 200);
    }
    let mut third = HttpClient::connected(&mut world);
    third.expect_end(&mut world);
    world.peer.abort(first.socket);
    world.run_for(std::time::Duration::from_millis(100));
    let mut fourth = HttpClient::connected(&mut world);
    assert_eq!(fourth.ask(&mut world, HELLO).status, 200);
    for client in [second, fourth] {
        world.peer.abort(client.socket);
    }
    world.run_for(std::time::Duration::from_millis(100));
    assert_eq!(world.device.counters().connections, 0);
}
