//! The server as seen from other tasks, and its timers.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use tungstenite::Message as Frame;
use wm_sys::host::WireConfig;
use wm_websockets::http::{Request, Status};
use wm_websockets::server::{
    ConnectionId, Context, HandleError, Limits, OwnedMessage, Protocol, Routes, Services, SlowPolicy, Socket,
    StartError,
};
use wm_websockets::ws::Message;

use crate::heap;
use crate::websocket_client::WebSocketClient;
use crate::world::{LAN, World};

/// Tells the client what it is called for.
#[derive(Clone, Default)]
struct Reporter(Rc<RefCell<Vec<ConnectionId>>>);

impl Protocol for Reporter {
    type Session = ();
    fn open(&mut self, _request: &Request<'_>) -> Result<(), Status> {
        Ok(())
    }
    fn opened(&mut self, _session: &mut (), socket: &mut Socket<'_>) {
        heap::of_simulation(|| self.0.borrow_mut().push(socket.id()));
    }
    fn message(&mut self, _session: &mut (), socket: &mut Socket<'_>, message: Message<'_>) {
        match message {
            Message::Text("timer") => socket.set_timer(Duration::from_secs(5)),
            Message::Text("cancel") => socket.cancel_timer(),
            _ => {}
        }
    }
    fn notified(&mut self, _session: &mut (), socket: &mut Socket<'_>) {
        socket.send(Message::Text("notified")).expect("room");
    }
    fn timer(&mut self, _session: &mut (), socket: &mut Socket<'_>) {
        socket.send(Message::Text("timer")).expect("room");
    }
}

fn server() -> (World<Context>, Reporter) {
    let reporter = Reporter::default();
    (World::server(Routes::new().websocket("/ws", reporter.clone()).expect("a route")), reporter)
}

/// A handle that only wakes, of a context without room for letters, is no reason never to sleep.
#[test]
fn a_context_without_a_mailbox_rests() {
    let limits = Limits { mailbox: 0, ..Limits::default() };
    let mut world = World::over(WireConfig::both(1, LAN), limits, Routes::new());
    let handle = heap::of_device(|| world.device.handle());
    assert_eq!(
        handle.broadcast("/ws", OwnedMessage::text("x").unwrap(), SlowPolicy::Drop),
        Err(HandleError::Full)
    );
    world.run_for(Duration::from_secs(1));
    let more = heap::of_device(|| world.device.pass());
    assert!(!more && world.device.sleep_time() > Duration::ZERO);
}

#[test]
fn another_task_reaches_one_client_or_all() {
    let (mut world, reporter) = server();
    let mut clients = [(); 3].map(|()| WebSocketClient::open(&mut world, "/ws"));
    let (handle, id) = (world.device.handle(), reporter.0.borrow()[1]);
    handle.send(id, OwnedMessage::text("for you").unwrap()).unwrap();
    handle.notify(id).unwrap();
    handle.broadcast("/ws", OwnedMessage::binary(b"for all").unwrap(), SlowPolicy::Drop).unwrap();
    assert_eq!(clients[1].receive(&mut world), Frame::text("for you"));
    assert_eq!(clients[1].receive(&mut world), Frame::text("notified"));
    for client in &mut clients {
        assert_eq!(client.receive(&mut world), Frame::binary(&b"for all"[..]));
    }
}

#[test]
fn a_letter_may_come_from_another_thread() {
    let (mut world, reporter) = server();
    let mut client = WebSocketClient::open(&mut world, "/ws");
    let (handle, id) = (world.device.handle(), reporter.0.borrow()[0]);
    let sender = std::thread::spawn(move || handle.send(id, OwnedMessage::text("from afar")?));
    assert_eq!(sender.join().expect("no panic"), Ok(()));
    assert_eq!(client.receive(&mut world), Frame::text("from afar"));
}

#[test]
fn the_name_of_a_client_that_left_is_stale_even_when_its_place_is_taken() {
    let (mut world, reporter) = server();
    let mut first = WebSocketClient::open(&mut world, "/ws");
    first.send(&mut world, Frame::Close(None));
    first.expect_close(&mut world);
    world.run_until(|world| world.device.counters().connections == 0);
    let mut second = WebSocketClient::open(&mut world, "/ws");
    let (handle, stale) = (world.device.handle(), reporter.0.borrow()[0]);
    let message = || OwnedMessage::text("too late").unwrap();
    assert_eq!(handle.send(stale, message()), Err(HandleError::Stale));
    assert_eq!(handle.notify(stale), Err(HandleError::Stale));
    world.run_for(Duration::from_secs(1));
    assert!(second.poll(&mut world).is_none());
}

#[test]
fn a_letter_to_a_client_that_leaves_before_it_is_opened_reaches_nobody_else() {
    let (mut world, reporter) = server();
    let client = WebSocketClient::open(&mut world, "/ws");
    let handle = world.device.handle();
    world.peer.abort(client.socket);
    let now = world.now();
    world.peer.poll(now);
    handle.send(reporter.0.borrow()[0], OwnedMessage::text("gone").unwrap()).unwrap();
    world.run_for(Duration::from_secs(1));
    assert_eq!(world.device.counters().connections, 0);
    world.expect_all_freed();
}

#[test]
fn the_mailbox_is_bounded_and_ends_with_the_context() {
    let (mut world, _) = server();
    let handle = world.device.handle();
    let post = || handle.broadcast("/ws", OwnedMessage::text("x").unwrap(), SlowPolicy::Drop);
    for _ in 0..Limits::default().mailbox {
        assert_eq!(post(), Ok(()));
    }
    assert_eq!(post(), Err(HandleError::Full));
    world.run_for(Duration::from_millis(10));
    assert_eq!(post(), Ok(()));
    drop(world);
    assert_eq!(post(), Err(HandleError::Gone));
}

#[test]
fn a_clients_timer_fires_once_at_its_time_or_never_if_taken_back() {
    let (mut world, _) = server();
    let mut client = WebSocketClient::open(&mut world, "/ws");
    let start = world.elapsed();
    client.send(&mut world, Frame::text("timer"));
    assert_eq!(client.receive(&mut world), Frame::text("timer"));
    let time = world.elapsed() - start;
    assert!(time >= Duration::from_secs(5) && time < Duration::from_millis(5_100), "{time:?}");
    client.send(&mut world, Frame::text("timer"));
    client.send(&mut world, Frame::text("cancel"));
    world.run_for(Duration::from_secs(10));
    assert!(client.poll(&mut world).is_none());
}

#[test]
fn the_contexts_timers_fire_when_due_and_again_if_they_say_so() {
    let (mut world, _) = server();
    let fired = Rc::new(Cell::new(0));
    let count = Rc::clone(&fired);
    let tick = move |_: &mut Services<'_>| {
        count.set(count.get() + 1);
        (count.get() < 3).then_some(Duration::from_secs(2))
    };
    world.device.after(Duration::from_secs(10), tick).unwrap();
    for (seconds, expected) in [(9, 0), (2, 1), (2, 2), (2, 3), (60, 3)] {
        world.run_for(Duration::from_secs(seconds));
        assert_eq!(fired.get(), expected);
    }
}

#[test]
fn there_are_as_many_timers_as_the_limit_says() {
    let (mut world, _) = server();
    let mut set = || world.device.after(Duration::from_secs(1), |_: &mut Services<'_>| None);
    for _ in 0..Limits::default().timers {
        assert_eq!(set(), Ok(()));
    }
    assert_eq!(set(), Err(StartError::TooManyTimers));
}
