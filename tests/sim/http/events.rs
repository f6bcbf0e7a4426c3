//! Events to a page: when they happen, and no faster than the page takes them.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use wm_websockets::http::Request;
use wm_websockets::net::Keepalive;
use wm_websockets::server::{ConnectionId, Context, Event, Handler, Limits, Response, Routes, SendError};

use super::HELLO;
use crate::http_client::{Asked, HttpClient, parse};
use crate::world::World;

/// Events that have happened, and who is told.
#[derive(Clone, Default)]
struct News(Rc<RefCell<Inner>>);

#[derive(Default)]
struct Inner {
    waiting: VecDeque<String>,
    client: Option<ConnectionId>,
    refused: u32,
    keepalive: Option<Keepalive>,
}

impl News {
    fn asking(keepalive: Keepalive) -> Self {
        News(Rc::new(RefCell::new(Inner { keepalive: Some(keepalive), ..Inner::default() })))
    }
}

impl Handler for News {
    type Exchange = ();

    fn begin(&mut self, _request: &Request<'_>, response: &mut Response<'_>) -> Option<()> {
        response.events().ok()?;
        if let keepalive @ Some(_) = self.0.borrow().keepalive {
            response.set_keepalive(keepalive);
        }
        self.0.borrow_mut().client = Some(response.defer());
        Some(())
    }

    fn writable(&mut self, (): &mut (), response: &mut Response<'_>) {
        let mut news = self.0.borrow_mut();
        while let Some(text) = news.waiting.pop_front() {
            let event = Event { id: Some("7"), ..Event::named("level", &text) };
            match response.event(&event) {
                Ok(()) => {}
                Err(SendError::Full) => {
                    news.waiting.push_front(text);
                    news.refused += 1;
                    return;
                }
                Err(error) => panic!("{error}"),
            }
        }
        response.defer();
    }
}

fn subscribed(news: &News) -> (World<Context>, HttpClient) {
    let mut world = World::server(Routes::new().get("/hello", news.clone()).expect("a route"));
    let client = HttpClient::connected(&mut world);
    client.send(&mut world, HELLO);
    world.run_until(|_| news.0.borrow().client.is_some());
    (world, client)
}

fn tell(world: &mut World<Context>, news: &News, text: &str) {
    news.0.borrow_mut().waiting.push_back(text.to_owned());
    let client = news.0.borrow().client.expect("a client");
    world.device.handle().notify(client).expect("it is there");
}

fn received(world: &mut World<Context>, client: &mut HttpClient, text: &str) {
    world.run_until(|world| {
        client.pump(world);
        String::from_utf8_lossy(&client.received).contains(text)
    });
}

#[test]
fn an_event_arrives_when_it_happens_however_late() {
    let news = News::default();
    let (mut world, mut client) = subscribed(&news);
    received(&mut world, &mut client, "Content-Type: text/event-stream");
    world.run_for(10 * Limits::default().response_timeout);
    tell(&mut world, &news, "12\n34");
    received(&mut world, &mut client, "event: level\nid: 7\ndata: 12\ndata: 34\n\n");
    world.run_for(Duration::from_secs(3_600));
    tell(&mut world, &news, "56");
    received(&mut world, &mut client, "data: 56\n\n");
}

#[test]
fn a_page_that_does_not_read_is_sent_no_more_than_there_is_room_for() {
    let news = News::default();
    let (mut world, mut client) = subscribed(&news);
    let long = "x".repeat(1_000);
    news.0.borrow_mut().waiting.extend((0..99).map(|_| long.clone()));
    tell(&mut world, &news, &long);
    world.run_until(|_| news.0.borrow().refused > 0);
    tell(&mut world, &news, "the last one");
    received(&mut world, &mut client, "data: the last one\n\n");
    let all = String::from_utf8_lossy(&client.received).into_owned();
    assert_eq!(all.matches(&long).count(), 100);
}

/// HEAD is served by the handler of GET: its head is all there is, and the connection goes on.
#[test]
fn head_of_a_stream_is_over_with_its_head() {
    let news = News::default();
    let mut world = World::server(Routes::new().get("/hello", news.clone()).expect("a route"));
    let mut client = HttpClient::connected(&mut world);
    let head = HELLO.replace("GET", "HEAD");
    client.send(&mut world, [&*head, &*head].concat());
    for _ in 0..2 {
        let mut reply = None;
        for _ in 0..100 {
            world.run_for(Duration::from_millis(100));
            client.pump(&mut world);
            reply = parse(&client.received, Asked::Head, false);
            if reply.is_some() {
                break;
            }
        }
        let (reply, length) = reply.expect("an answer to each");
        assert_eq!((reply.status, reply.field("Content-Type")), (200, Some("text/event-stream")));
        client.received.drain(..length);
    }
}

/// A browser whose page was left sends FIN. Were that held for the end of a request alone, its place would be taken until the next event.
#[test]
fn a_page_that_is_left_is_gone_before_the_next_event() {
    let news = News::default();
    let (mut world, mut client) = subscribed(&news);
    received(&mut world, &mut client, "Content-Type: text/event-stream");
    world.peer.close(client.socket);
    world.run_for(Duration::from_secs(600));
    assert_eq!(world.device.counters().connections, 0);
}

/// It is switched off: whether something happens that it could be told of or not, that is noticed in the time that is said.
#[test]
fn a_page_that_vanishes_keeps_no_place() {
    for tells in [false, true] {
        let news = News::default();
        let (mut world, client) = subscribed(&news);
        world.run_for(Duration::from_secs(600));
        assert_eq!(world.device.counters().connections, 1, "it listens");
        expect_its_end(&mut world, &news, &client, Duration::from_secs(110), tells);
    }
}

/// For an application that cannot wait for so long.
#[test]
fn a_page_that_vanishes_keeps_no_place_for_longer_than_is_asked() {
    for tells in [false, true] {
        let own = Keepalive { idle: Duration::from_secs(10), interval: Duration::from_secs(5), probes: 3 };
        let news = News::asking(own);
        let (mut world, client) = subscribed(&news);
        world.run_for(Duration::from_secs(600));
        assert_eq!(world.device.counters().connections, 1, "it listens");
        expect_its_end(&mut world, &news, &client, Duration::from_secs(25), tells);
    }
}

fn expect_its_end(
    world: &mut World<Context>,
    news: &News,
    client: &HttpClient,
    within: Duration,
    tells: bool,
) {
    world.silence(client.socket);
    let begin = world.elapsed();
    // Probes answered before count from there; lwIP's timer is good to half a second.
    while world.elapsed() - begin < within + Duration::from_secs(1) {
        if tells && world.device.counters().connections == 1 {
            tell(world, news, "nobody hears that");
        }
        world.run_for(Duration::from_secs(1));
    }
    assert_eq!(world.device.counters().connections, 0, "after {within:?}, told: {tells}");
}
