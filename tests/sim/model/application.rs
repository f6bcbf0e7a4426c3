//! The application: answers as planned, and does what it likes out of turn.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;
use wm_websockets::http::Request;
use wm_websockets::net::ListenError;
use wm_websockets::server::{
    Closed, ConnectionId, Context, Handle, HandleError, OwnedMessage, Response, Routes, SendError,
    SlowPolicy, Socket, StartError,
};
use wm_websockets::ws::{CloseCode, Message};

use super::acting::{Actor, Talker, answer_whole};
use super::plan::{Means, Plan, When, size};
use crate::heap;
use crate::world::{PORT, World};

/// What the application has seen of a request.
#[derive(Default)]
pub struct Asked {
    pub begun: u32,
    pub ended: u32,
    pub dropped: u32,
    pub received: Vec<u8>,
}

/// What it has seen of a WebSocket, and said.
#[derive(Default)]
pub struct Talk {
    pub id: Option<ConnectionId>,
    pub opened: u32,
    pub closed: Vec<Closed>,
    /// In the order in which they were taken.
    pub said: Vec<Vec<u8>>,
    pub heard: Vec<Vec<u8>>,
    /// It was ended, or may have been.
    pub disturbed: bool,
    pub paused: bool,
}

#[derive(Default)]
pub struct Seen {
    pub requests: BTreeMap<u32, Asked>,
    pub sessions: BTreeMap<u32, Talk>,
    /// Whom an answer was promised, and how it comes.
    pub promised: Vec<(ConnectionId, Plan)>,
    /// Whose body is stopped.
    pub stopped: Vec<ConnectionId>,
    /// The port was closed at some time: who was connected then may have been let go.
    pub closed_port: bool,
    faults: Vec<String>,
}

#[derive(Clone)]
pub struct Application {
    pub means: Means,
    seen: Rc<RefCell<Seen>>,
    chance: Rc<RefCell<Xoshiro256PlusPlus>>,
}

/// What it does out of turn, a bit of [`Means::deeds`] each.
const DEEDS: u32 = 12;

impl Application {
    pub fn new(means: &Means) -> Self {
        Application {
            means: *means,
            seen: Rc::default(),
            chance: Rc::new(RefCell::new(means.chance(u64::MAX))),
        }
    }

    pub fn routes(&self) -> Routes {
        let actor = || Actor(self.clone());
        Routes::new()
            .get("/do/{number}", actor())
            .and_then(|routes| routes.post("/do/{number}", actor()))
            .and_then(|routes| routes.websocket("/ws/{number}", Talker(self.clone())))
            .and_then(|routes| {
                routes.get("/hello", |_: &Request<'_>, response: &mut Response<'_>| response.text("hello"))
            })
            .expect("sound routes")
    }

    pub fn note<R>(&self, note: impl FnOnce(&mut Seen) -> R) -> R {
        heap::of_simulation(|| note(&mut self.seen.borrow_mut()))
    }

    pub fn fault(&self, what: String) {
        self.note(|seen| seen.faults.push(what));
    }

    /// Does what is promised, and now and then something else.
    pub fn act(&self, tick: u32, world: &mut World<Context>, handle: &Handle) {
        let (keeps, deed) = {
            let mut chance = self.chance.borrow_mut();
            (chance.random_bool(0.3), chance.random_range(0..DEEDS * 2))
        };
        if keeps {
            self.keep_promises(world, handle);
        }
        if deed < DEEDS && self.means.deeds >> deed & 1 == 1 {
            self.disturb(deed, tick, world, handle);
        }
    }

    fn keep_promises(&self, world: &mut World<Context>, handle: &Handle) {
        let (promised, stopped) =
            self.note(|seen| (std::mem::take(&mut seen.promised), std::mem::take(&mut seen.stopped)));
        for (id, plan) in promised {
            let is_kept = match plan.when {
                When::Notified => handle.notify(id) != Err(HandleError::Full),
                _ => {
                    let done = heap::of_device(|| {
                        world.device.services().with_response(id, |response| answer_whole(&plan, response))
                    });
                    // Without memory nothing could be said; and who is gone is asked in vain once more.
                    done != Some(Err(SendError::Full)) && (done.is_some() || !heap::fails())
                }
            };
            if !is_kept {
                self.note(|seen| seen.promised.push((id, plan)));
            }
        }
        for id in stopped {
            let done = heap::of_device(|| {
                world.device.services().with_response(id, |response| response.set_receiving(true))
            });
            if done.is_none() && heap::fails() {
                self.note(|seen| seen.stopped.push(id));
            }
        }
    }

    fn disturb(&self, deed: u32, tick: u32, world: &mut World<Context>, handle: &Handle) {
        let target = {
            let seen = self.seen.borrow();
            let live: Vec<_> =
                seen.sessions.iter().filter(|(_, session)| session.closed.is_empty()).collect();
            let chosen = self.chance.borrow_mut().random_range(0..live.len().max(1));
            live.get(chosen).and_then(|(number, session)| Some((**number, session.id?)))
        };
        if deed == 0 {
            return self.reopen(tick, world);
        }
        if deed == 1 {
            heap::of_device(|| {
                let message = Message::Text("to all");
                world.device.services().broadcast("/ws/{number}", message, SlowPolicy::Drop)
            });
            return;
        }
        let Some((number, id)) = target else { return };
        let with = |world: &mut World<Context>, act: &mut dyn FnMut(&mut Socket<'_>)| {
            heap::of_device(|| world.device.services().with_socket(id, act));
        };
        match deed {
            2 => with(world, &mut |socket| {
                self.say(number, socket, 3_000).ok();
            }),
            3 => {
                let letter = OwnedMessage::text("a letter").expect("memory of the simulation");
                handle.send(id, letter).ok();
            }
            4 => with(world, &mut |socket| {
                socket.set_receiving(false);
                self.note(|seen| seen.sessions.entry(number).or_default().paused = true);
            }),
            5 | 6 => self.resume(world, number),
            7 => with(world, &mut |socket| socket.notify_writable()),
            8 => with(world, &mut |socket| socket.ping(b"there?").map_or((), drop)),
            9 if tick.is_multiple_of(5) => {
                self.disturbed(number);
                with(world, &mut |socket| socket.close(CloseCode(4_002), "enough").map_or((), drop));
            }
            10 if tick.is_multiple_of(7) => {
                self.disturbed(number);
                with(world, &mut |socket| socket.hang_up());
            }
            11 if tick.is_multiple_of(9) => {
                self.disturbed(number);
                heap::of_device(|| world.device.services().abort(id));
            }
            _ => with(world, &mut |socket| socket.set_timer(std::time::Duration::from_millis(50))),
        }
    }

    fn disturbed(&self, number: u32) {
        self.note(|seen| seen.sessions.entry(number).or_default().disturbed = true);
    }

    fn resume(&self, world: &mut World<Context>, number: u32) {
        let id = self.note(|seen| {
            let session = seen.sessions.entry(number).or_default();
            session.paused = false;
            session.id
        });
        if let Some(id) = id {
            heap::of_device(|| world.device.services().with_socket(id, |socket| socket.set_receiving(true)));
        }
    }

    /// Closes the port, and opens it anew.
    fn reopen(&self, tick: u32, world: &mut World<Context>) {
        if !tick.is_multiple_of(11) {
            return;
        }
        self.note(|seen| seen.closed_port = true);
        heap::of_device(|| world.device.close_port(PORT));
        self.open(world);
    }

    fn open(&self, world: &mut World<Context>) {
        heap::recover();
        let routes = self.routes();
        let opened = heap::of_device(|| world.device.listen(PORT, routes));
        assert!(matches!(opened, Ok(()) | Err(StartError::Listen(ListenError::AddressInUse))), "{opened:?}");
    }

    /// Everything promised is kept, and nothing is stopped any more.
    pub fn release(&self, world: &mut World<Context>) {
        let handle = world.device.handle();
        for _ in 0..20 {
            self.keep_promises(world, &handle);
            world.run_for(super::TICK);
        }
        let paused: Vec<_> = self.note(|seen| seen.sessions.keys().copied().collect());
        paused.into_iter().for_each(|number| self.resume(world, number));
    }

    /// Says something, which the client is to hear if it was taken.
    pub fn say(&self, number: u32, socket: &mut Socket<'_>, most: usize) -> Result<(), SendError> {
        let length = size(&mut self.chance.borrow_mut(), most);
        let message = self.note(|seen| {
            let said = seen.sessions.entry(number).or_default().said.len();
            let mut message = format!("{said}:").into_bytes();
            message.resize(message.len() + length, b'.');
            message
        });
        let sent = socket.send(Message::Binary(&message));
        self.note(|seen| {
            if sent.is_ok() {
                seen.sessions.entry(number).or_default().said.push(message);
            } else {
                drop(message);
            }
        });
        sent
    }

    /// When everybody is gone.
    pub fn judge(&self) {
        let seen = self.seen.borrow();
        assert!(seen.faults.is_empty(), "{:?}", seen.faults);
        for (number, request) in &seen.requests {
            assert_eq!(request.begun, request.dropped, "request {number} is over once");
        }
        for (number, session) in &seen.sessions {
            assert_eq!(session.opened as usize, session.closed.len(), "session {number} is closed once");
        }
    }

    pub fn seen(&self) -> std::cell::Ref<'_, Seen> {
        self.seen.borrow()
    }
}
