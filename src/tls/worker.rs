//! Steps of handshakes in a task of their own, so that what they calculate holds nobody up.
//!
//! One session at a time is handed over, with bytes that have arrived for it. Mbed TLS keeps global state without a lock, so while it is away
//! the engine's task does nothing that touches that: no other step, no new session, no end of one ([`Engine::quiet`], [`Engine::bury`]).
//! Records of established sessions have nothing global: they are read and written meanwhile, and that is the point.
//!
//! Firmware without a worker links nothing of this: who has to know is told by [`WATCH`] and [`Errand`], which hold functions.
//!
//! [`Engine::quiet`]: super::Engine::quiet
//! [`Engine::bury`]: super::Engine::bury

use alloc::boxed::Box;
use core::cell::RefCell;
use core::mem;
use core::time::Duration;

use critical_section::Mutex;
use wm_sys::heap::{self, OutOfMemory};

use super::error::Error;
use super::session::{Handshake, Outcome, Session};
use super::wire::Wire;

/// Bytes that are handed over with a session: as many as a segment of Ethernet carries. Of a longer record the rest goes with the next step.
const INPUT: usize = 1460;

/// For who has to wait until a step is done, and is woken then.
pub(crate) const PATIENCE: Duration = Duration::from_millis(10);

/// From here on steps are handed over, and `wake` is called when one is. False: they are already.
pub(crate) fn open(wake: fn()) -> Result<bool, OutOfMemory> {
    let bytes = heap::try_slice(INPUT, |_| 0)?;
    let input = Input { bytes, length: 0, taken: 0 };
    Ok(with(|office| match office.desk {
        Desk::Closed => {
            *office = Office { desk: Desk::Free(input), wake, closing: false, abandoned: false };
            true
        }
        _ => false,
    }))
}

/// Does the step that waits, if one does.
pub(crate) fn work() -> bool {
    let job = with(|office| match mem::replace(&mut office.desk, Desk::Away) {
        Desk::Waiting(job) => Some(job),
        other => {
            office.desk = other;
            None
        }
    });
    let Some(mut job) = job else { return false };
    let outcome = job.session.step(&mut job.input);
    with(|office| office.desk = Desk::Done(job, outcome));
    wm_sys::wake();
    true
}

/// Whether a step waits.
#[cfg(feature = "capi")]
pub(crate) fn is_awaited() -> bool {
    with(|office| matches!(office.desk, Desk::Waiting(_)))
}

/// From here on sessions do their steps themselves. What was handed over before is done here, for nobody else would do it.
pub(crate) fn close() {
    let input = with(|office| match mem::replace(&mut office.desk, Desk::Closed) {
        Desk::Free(input) => Some(input),
        other => {
            (office.desk, office.closing) = (other, true);
            None
        }
    });
    drop(input);
    work();
}

/// What a worker reads from; it sends nothing: what a step has to say waits in the session until that is back.
struct Input {
    bytes: Box<[u8]>,
    length: usize,
    taken: usize,
}

impl Wire for Input {
    fn receive(&mut self, buffer: &mut [u8]) -> usize {
        let arrived = self.bytes.get(self.taken..self.length).unwrap_or_default();
        let moved = buffer.iter_mut().zip(arrived).map(|(place, byte)| *place = *byte).count();
        self.taken = self.taken.saturating_add(moved);
        moved
    }

    fn send(&mut self, _: &[u8]) -> usize {
        0
    }
}

struct Job {
    session: Session,
    input: Input,
}

/// Where the one job is.
enum Desk {
    /// There is no worker.
    Closed,
    Free(Input),
    Waiting(Job),
    /// The worker has it.
    Away,
    Done(Job, Outcome),
}

struct Office {
    desk: Desk,
    wake: fn(),
    /// The worker has gone: what is done is still fetched.
    closing: bool,
    /// Nobody wants the session that is away.
    abandoned: bool,
}

// SAFETY: sessions are not Send because of what they share with others of their engine: the library's global state and counters of owners. A
// job is with one task at a time, and while that is the worker's the engine's task touches nothing of it but what each session has for
// itself. The worker neither makes, clones nor drops anything that is counted.
unsafe impl Send for Office {}

static OFFICE: Mutex<RefCell<Office>> =
    Mutex::new(RefCell::new(Office { desk: Desk::Closed, wake: || {}, closing: false, abandoned: false }));

/// What is done in here is short: it moves a job.
fn with<R>(act: impl FnOnce(&mut Office) -> R) -> R {
    critical_section::with(|cs| act(&mut OFFICE.borrow(cs).borrow_mut()))
}

/// Who does the next step.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Worker {
    /// The session itself.
    Absent,
    /// Somebody, once the step before is done and fetched.
    Busy,
    Free,
}

pub(crate) fn worker() -> Worker {
    with(|office| match office.desk {
        Desk::Closed => Worker::Absent,
        Desk::Free(_) => Worker::Free,
        Desk::Waiting(_) | Desk::Away | Desk::Done(..) => Worker::Busy,
    })
}

/// Whether nobody calculates.
fn is_at_rest() -> bool {
    with(|office| matches!(office.desk, Desk::Closed | Desk::Free(_) | Desk::Done(..)))
}

/// For who waits.
pub(crate) struct Watch {
    /// Whether nobody calculates.
    pub(crate) is_at_rest: fn() -> bool,
    /// Frees a session that nobody wants any more, if its step is done. False: it is not.
    pub(crate) tidy: fn() -> bool,
}

pub(crate) static WATCH: Watch = Watch { is_at_rest, tidy };

/// A session that is away; dropped, it is wanted no more.
pub(crate) struct Errand {
    abandon: fn(),
}

/// A session that is back.
pub(crate) struct Returned {
    pub(crate) session: Session,
    /// Bytes of those that were handed over that it has read.
    pub(crate) taken: usize,
    outcome: Outcome,
}

impl Returned {
    /// What came of its step.
    pub(crate) fn conclude(&mut self, wire: &mut dyn Wire) -> Result<Handshake, Error> {
        self.session.conclude(wire, self.outcome)
    }
}

impl Errand {
    /// Hands a session over with the first of the bytes that have arrived for it; gives it back if the worker is not free, or leaves meanwhile.
    pub(crate) fn begin(session: Session, arrived: &[u8]) -> Result<Errand, Session> {
        let Some(mut input) = with(|office| match mem::replace(&mut office.desk, Desk::Away) {
            Desk::Free(input) => Some(input),
            other => {
                office.desk = other;
                None
            }
        }) else {
            return Err(session);
        };
        (input.length, input.taken) = (arrived.len().min(INPUT), 0);
        input.bytes.iter_mut().zip(arrived).for_each(|(place, byte)| *place = *byte);
        session.engine().lend(Some(is_at_rest));
        let job = Job { session, input };
        let begun = with(|office| match office.closing {
            true => {
                office.desk = Desk::Closed;
                Err(job)
            }
            false => {
                office.desk = Desk::Waiting(job);
                Ok(office.wake)
            }
        });
        match begun {
            Ok(wake) => {
                wake();
                Ok(Errand { abandon })
            }
            Err(Job { session, .. }) => {
                session.engine().lend(None);
                Err(session)
            }
        }
    }

    /// The session, if its step is done.
    pub(crate) fn end(self) -> Result<Returned, Errand> {
        match fetch() {
            Some(returned) => {
                mem::forget(self);
                Ok(returned)
            }
            None => Err(self),
        }
    }
}

impl Drop for Errand {
    fn drop(&mut self) {
        (self.abandon)();
    }
}

fn abandon() {
    if fetch().is_none() {
        with(|office| office.abandoned = true);
    }
}

fn tidy() -> bool {
    !with(|office| office.abandoned) || fetch().is_some()
}

/// What is done, if anything is.
fn fetch() -> Option<Returned> {
    let (Job { session, input }, outcome) =
        with(|office| match mem::replace(&mut office.desk, Desk::Away) {
            Desk::Done(job, outcome) => {
                office.abandoned = false;
                Some((job, outcome))
            }
            other => {
                office.desk = other;
                None
            }
        })?;
    session.engine().lend(None);
    let taken = input.taken;
    let unwanted = with(|office| match office.closing {
        true => {
            office.desk = Desk::Closed;
            Some(input)
        }
        false => {
            office.desk = Desk::Free(input);
            None
        }
    });
    drop(unwanted);
    Some(Returned { session, taken, outcome })
}
