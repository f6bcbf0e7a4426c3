//! A client that asks for one thing after the other, and what it must have got.

use std::collections::VecDeque;

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;
use wm_sys::host::PeerSocket;
use wm_websockets::server::Context;

use super::application::Application;
use super::plan::{How, Means, Plan, When};
use crate::http_client::{self, Reply};
use crate::world::{PORT, World};

/// How a client ends, or does not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Manner {
    Good,
    /// It sends FIN behind its last request, and waits for the answers.
    HalfClose,
    /// It resets the connection, or is heard of no more, when so many steps are left.
    Reset(usize),
    Vanish(usize),
    /// It never reads.
    Deaf,
}

impl Manner {
    pub fn of(means: &Means, chance: &mut Xoshiro256PlusPlus) -> Self {
        let at = chance.random_range(0..8);
        match chance.random_range(0..10) {
            0 | 1 => Manner::HalfClose,
            2 if means.rude => Manner::Reset(at),
            3 if means.rude => Manner::Vanish(at),
            4 if means.rude => Manner::Deaf,
            _ => Manner::Good,
        }
    }

    pub fn is_rude(self) -> bool {
        !matches!(self, Manner::Good | Manner::HalfClose)
    }
}

enum Step {
    Send(Vec<u8>),
    /// So many ticks.
    Pause(u32),
    /// Until the server wants the body of the request with this number, or answers; but no longer than so many ticks.
    AwaitContinue(u32, u32),
}

/// Requests of one client.
pub const MOST: u32 = 16;

pub struct Visitor {
    number: u32,
    manner: Manner,
    chance: Xoshiro256PlusPlus,
    socket: Option<PeerSocket>,
    buffer: usize,
    plans: Vec<Plan>,
    steps: VecDeque<Step>,
    received: Vec<u8>,
    replies: Vec<Reply>,
    continued: Vec<u32>,
    ended: bool,
    is_slow: bool,
}

impl Visitor {
    pub fn new(means: &Means, number: u32) -> Self {
        let mut chance = means.chance(1_000_000 + u64::from(number));
        let manner = Manner::of(means, &mut chance);
        let count = chance.random_range(1..6);
        let plans: Vec<_> = (0..count).map(|each| Plan::of(means, number * MOST + each)).collect();
        let mut steps = VecDeque::from([Step::Pause(chance.random_range(0..50))]);
        for plan in &plans {
            cut(&mut steps, plan.head().as_bytes(), &mut chance);
            if plan.expects_continue {
                steps.push_back(Step::AwaitContinue(plan.number, 50));
            }
            cut(&mut steps, &plan.framed(), &mut chance);
        }
        Visitor {
            number,
            manner,
            socket: None,
            buffer: [500, 3_000, 8_000, 40_000][chance.random_range(0..4)],
            is_slow: chance.random_bool(0.3),
            chance,
            plans,
            steps,
            received: Vec::new(),
            replies: Vec::new(),
            continued: Vec::new(),
            ended: false,
        }
    }

    pub fn socket(&self) -> Option<PeerSocket> {
        self.socket
    }

    pub fn is_done(&self) -> bool {
        let is_gone = self.manner.is_rude() && self.steps.is_empty();
        self.ended || is_gone || self.replies.len() == self.plans.len()
    }

    pub fn act(&mut self, world: &mut World<Context>, _application: &Application) {
        if self.ended {
            return;
        }
        self.go_on(world);
        let Some(socket) = self.socket else { return };
        if self.manner == Manner::Deaf {
            return;
        }
        let most = if self.is_slow { self.chance.random_range(1..1_500) } else { usize::MAX };
        let news = world.peer.recv_up_to(socket, most);
        self.ended |= world.peer.is_finished(socket) || world.peer.is_closed(socket) && news.is_empty();
        self.received.extend(news);
        while let Some(plan) = self.plans.get(self.replies.len()) {
            let asked = if plan.is_head { http_client::Asked::Head } else { http_client::Asked::Body };
            let Some((reply, length)) = http_client::parse(&self.received, asked, false) else { break };
            self.received.drain(..length);
            // Who refuses without memory does not know whether HEAD was asked.
            if means_refusal(&reply) && plan.is_head {
                self.received.clear();
            }
            match reply.status {
                100 => self.continued.push(plan.number),
                _ => self.replies.push(reply),
            }
        }
    }

    fn go_on(&mut self, world: &mut World<Context>) {
        match self.manner {
            Manner::Reset(at) if at >= self.steps.len() => {
                if let Some(socket) = self.socket {
                    world.peer.abort(socket);
                }
                self.ended = true;
                return;
            }
            Manner::Vanish(at) if at >= self.steps.len() => {
                if let Some(socket) = self.socket {
                    world.silence(socket);
                }
                self.ended = true;
                return;
            }
            _ => {}
        }
        let Some(step) = self.steps.pop_front() else { return };
        match step {
            Step::Pause(0) => {}
            Step::Pause(ticks) => self.steps.push_front(Step::Pause(ticks - 1)),
            Step::AwaitContinue(number, ticks) => {
                let has_reply = self.plans.get(self.replies.len()).is_none_or(|next| next.number > number);
                if !has_reply && !self.continued.contains(&number) && ticks > 0 {
                    self.steps.push_front(Step::AwaitContinue(number, ticks - 1));
                }
            }
            Step::Send(bytes) => {
                world.peer.set_buffer(self.buffer);
                let socket = *self.socket.get_or_insert_with(|| world.peer.connect(PORT));
                world.peer.send(socket, &bytes);
            }
        }
        if let (Manner::HalfClose, Some(socket)) = (self.manner, self.socket)
            && self.steps.is_empty()
        {
            world.peer.close(socket);
        }
    }

    pub fn judge(&self, application: &Application, means: &Means) {
        let seen = application.seen();
        for (plan, reply) in self.plans.iter().zip(&self.replies) {
            let number = plan.number;
            if means.is_starved() && matches!(reply.status, 408 | 500 | 503) {
                continue;
            }
            let status = if plan.how == How::NoContent { 204 } else { 200 };
            assert_eq!(reply.status, status, "{plan:?}");
            let named = reply.field("X-Number").and_then(|named| named.parse().ok());
            assert_eq!(named, Some(number), "an answer to something else: {plan:?}");
            let expected = if plan.is_head { &[] } else { plan.answer() };
            assert!(reply.body == expected, "another body of {} bytes: {plan:?}", reply.body.len());
        }
        let is_excused = means.is_starved() || seen.closed_port || self.manner.is_rude();
        for (place, plan) in self.plans.iter().enumerate() {
            let begun = seen.requests.get(&plan.number).map_or(0, |asked| asked.begun);
            assert!(begun <= 1, "a request came twice: {plan:?}");
            let Some(reply) = self.replies.get(place) else {
                let Visitor { number, manner, ended, received, .. } = self;
                assert!(
                    is_excused,
                    "client {number} ({manner:?}) was not answered, {} bytes left, ended: {ended}, {} steps left: {plan:?}",
                    received.len(),
                    self.steps.len()
                );
                break;
            };
            if is_excused {
                continue;
            }
            let ended = seen.requests.get(&plan.number).map_or(0, |asked| asked.ended);
            let is_early = plan.when == When::Begin;
            assert!(begun == 1 && (ended == 1 || is_early), "{begun} begun, {ended} ended: {plan:?}");
            let is_last = plan.expects_continue && is_early;
            // Who composes the head does not say so here.
            let says_so = reply.field("Connection") == Some("close") || plan.how == How::Verbatim;
            assert!(is_last == says_so || plan.how == How::Verbatim, "how the connection ends: {plan:?}");
            if is_last {
                break;
            }
        }
    }
}

fn means_refusal(reply: &Reply) -> bool {
    reply.status >= 400 && reply.field("Connection") == Some("close")
}

/// Cuts bytes into what is sent at a time.
pub fn cut(steps: &mut VecDeque<impl From<Piece>>, bytes: &[u8], chance: &mut Xoshiro256PlusPlus) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let most = if chance.random_bool(0.2) { 30 } else { 4_000 };
        let (piece, behind) = rest.split_at(chance.random_range(1..=rest.len().min(most)));
        steps.push_back(Piece::Bytes(piece.to_vec()).into());
        if chance.random_bool(0.3) {
            steps.push_back(Piece::Pause(chance.random_range(0..10)).into());
        }
        rest = behind;
    }
}

/// A part of what [`cut`] has cut.
pub enum Piece {
    Bytes(Vec<u8>),
    Pause(u32),
}

impl From<Piece> for Step {
    fn from(piece: Piece) -> Self {
        match piece {
            Piece::Bytes(bytes) => Step::Send(bytes),
            Piece::Pause(ticks) => Step::Pause(ticks),
        }
    }
}
