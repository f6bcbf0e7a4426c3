//! What a seed makes of a run: who takes part, and what each request is to get.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use wm_websockets::server::Context;

use crate::heap;
use crate::world::World;

/// A run, of which parts can be left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Means {
    pub seed: u64,
    /// Clients, each a bit.
    clients: u16,
    /// Bytes that may wait for a client.
    pub queue: usize,
    /// One allocation in so many fails for some time; 0: none.
    starved: u64,
    /// Frames cannot be sent now and then.
    busy: bool,
    /// What the application does out of turn, each kind a bit.
    pub deeds: u16,
    /// Clients misbehave.
    pub rude: bool,
}

impl Means {
    pub fn of(seed: u64) -> Self {
        let mut chance = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0x6d6f_6465);
        Means {
            seed,
            clients: (1 << chance.random_range(1..8)) - 1,
            queue: [2_100, 4_000, 16_384][chance.random_range(0..3)],
            starved: if chance.random_bool(0.3) { chance.random_range(3..60) } else { 0 },
            busy: chance.random_bool(0.2),
            deeds: if chance.random_bool(0.2) { 0 } else { chance.random() },
            rude: chance.random_bool(0.6),
        }
    }

    pub fn clients(&self) -> impl Iterator<Item = u32> {
        let clients = self.clients;
        (0..16).filter(move |number| clients >> number & 1 == 1)
    }

    /// Each with one thing left out.
    pub fn lessened(&self) -> Vec<Means> {
        let bits = (0..16).map(|bit| !(1_u16 << bit));
        let clients = bits.clone().map(|mask| Means { clients: self.clients & mask, ..*self });
        let deeds = bits.map(|mask| Means { deeds: self.deeds & mask, ..*self });
        let others = [
            Means { starved: 0, ..*self },
            Means { busy: false, ..*self },
            Means { rude: false, ..*self },
            Means { queue: 16_384, ..*self },
        ];
        others.into_iter().chain(clients).chain(deeds).filter(|less| less != self).collect()
    }

    /// Whether memory is refused at times: then the server may refuse as well.
    pub fn is_starved(&self) -> bool {
        self.starved > 0
    }

    pub fn disturb(&self, tick: u32, world: &mut World<Context>) {
        if self.starved > 0 {
            match tick % 64 {
                8 => heap::fail_one_in(self.starved),
                40 => heap::recover(),
                _ => {}
            }
        }
        // No longer, or who waits ever longer before it repeats something waits too long.
        if self.busy && tick < 200 && tick % 16 == 3 {
            world.refuse_frames(tick % 7);
        }
    }

    /// The chance of one part of a run, whatever the others draw.
    pub fn chance(&self, of: u64) -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ of)
    }
}

/// When the handler answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    Begin,
    End,
    /// As soon as the application says so, by its handle.
    Notified,
    /// By the application itself.
    Outside,
}

/// How the answer is sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum How {
    Whole,
    Static,
    Chunked,
    Length,
    Verbatim,
    NoContent,
}

/// What a request is, and is to get.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub number: u32,
    pub is_head: bool,
    /// Bytes of its body; `None`: it has none.
    pub body: Option<usize>,
    pub is_chunked: bool,
    pub expects_continue: bool,
    /// The handler stops the body at this byte.
    pub pauses_at: Option<usize>,
    pub when: When,
    pub how: How,
    pub length: usize,
    /// Bytes that are written at a time.
    pub piece: usize,
    /// The handler wants to know no more of the request once it has answered.
    pub is_curt: bool,
}

/// What no handler here sends in one piece: more than send buffer and queue have room for beside a head.
const LONGEST: usize = 30_000;

/// What is sent without a copy: any of its parts.
pub static CONSTANT: [u8; LONGEST] = constant();

const fn constant() -> [u8; LONGEST] {
    let mut bytes = [0; LONGEST];
    let mut place = 0;
    while place < LONGEST {
        bytes[place] = (place * 31 + place / 251) as u8;
        place += 1;
    }
    bytes
}

impl Plan {
    pub fn of(means: &Means, number: u32) -> Self {
        let mut chance = means.chance(u64::from(number));
        let is_head = chance.random_bool(0.1);
        let body = if !is_head && chance.random_bool(0.5) { Some(size(&mut chance, 12_000)) } else { None };
        let how = [How::Whole, How::Static, How::Chunked, How::Length, How::Verbatim, How::NoContent];
        let how = how[chance.random_range(0..how.len())];
        // A head takes 200 bytes at most.
        let most = if how == How::Whole { means.queue + 5_600 } else { LONGEST };
        let when = [When::Begin, When::End, When::End, When::Notified, When::Outside];
        let is_chunked = chance.random_bool(0.4);
        let may_be_awaited = body.is_some_and(|body| body > 0 || is_chunked);
        Plan {
            number,
            is_head,
            body,
            is_chunked,
            expects_continue: may_be_awaited && chance.random_bool(0.2),
            pauses_at: body.filter(|_| chance.random_bool(0.3)).map(|body| chance.random_range(0..=body)),
            when: when[chance.random_range(0..when.len())],
            how,
            length: if how == How::NoContent { 0 } else { size(&mut chance, most.min(LONGEST)) },
            piece: chance.random_range(1..3_000),
            is_curt: chance.random_bool(0.5),
        }
    }

    /// What the client is to get as body.
    pub fn answer(&self) -> &'static [u8] {
        &CONSTANT[..self.length]
    }

    /// What the handler is to get as body.
    pub fn sent(&self) -> Vec<u8> {
        let number = self.number as usize;
        (0..self.body.unwrap_or(0)).map(|place| (place * 13 + place / 255 + number) as u8).collect()
    }

    /// The request as it is sent.
    pub fn head(&self) -> String {
        let method = match (self.is_head, self.body) {
            (true, _) => "HEAD",
            (_, Some(_)) => "POST",
            _ => "GET",
        };
        let mut head = format!("{method} /do/{} HTTP/1.1\r\nHost: device\r\n", self.number);
        match self.body {
            Some(_) if self.is_chunked => head += "Transfer-Encoding: chunked\r\n",
            Some(body) => head += &format!("Content-Length: {body}\r\n"),
            None => {}
        }
        if self.expects_continue {
            head += "Expect: 100-continue\r\n";
        }
        head + "\r\n"
    }

    pub fn framed(&self) -> Vec<u8> {
        let body = self.sent();
        if !self.is_chunked {
            return body;
        }
        let chunk = |piece: &[u8]| [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
        let mut framed: Vec<u8> = body.chunks(self.piece).flat_map(chunk).collect();
        if self.body.is_some() {
            framed.extend(b"0\r\n\r\n");
        }
        framed
    }
}

/// Mostly short, sometimes nothing, sometimes as long as may be.
pub fn size(chance: &mut Xoshiro256PlusPlus, most: usize) -> usize {
    match chance.random_range(0..6) {
        0 => 0,
        1..3 => chance.random_range(0..=most),
        3 => most,
        _ => chance.random_range(0..=300.min(most)),
    }
}
