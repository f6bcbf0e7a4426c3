//! Steps of handshakes in a task of their own, so that what they calculate holds nobody up.
//!
//! One session at a time is handed over, with bytes that have arrived for it. Mbed TLS keeps global state without a lock, so while it is away
//! the engine's task does nothing that touches that: no other step, no new session, no end of one ([`Engine::quiet`], [`Engine::bury`]).
//! Records of established sessions have nothing global: they are read and written meanwhile, and that is the point.

use alloc::boxed::Box;
use core::cell::{Cell, RefCell};
use core::fmt;
use core::marker::PhantomData;
use core::mem;
use core::time::Duration;

use critical_section::Mutex;
use wm_sys::heap;

use super::error::Error;
use super::session::{Handshake, Outcome, Session};
use super::wire::Wire;

/// Bytes that are handed over with a session: as many as a segment of Ethernet carries. Of a longer record the rest goes with the next step.
const INPUT: usize = 1460;

/// Does the steps of TLS handshakes, in a task of its own: while a key is calculated, which can take a tenth of a second, the task that
/// calls [`Context::service`](crate::server::Context::service) serves everybody else. Without a worker that task does them itself, one in each
/// pass.
///
/// There is one per program, for all contexts. Its task has a lower priority than the one that calls `service`, and 6 KB of stack. It uses what
/// a platform has for any task: heap, clocks, entropy, log. Where no RTOS divides the processor's time a worker is of no use.
///
/// ```
/// use std::sync::atomic::{AtomicBool, Ordering};
/// use std::thread;
/// use wm_websockets::tls::HandshakeWorker;
///
/// static STOP: AtomicBool = AtomicBool::new(false);
/// static TASK: std::sync::OnceLock<thread::Thread> = std::sync::OnceLock::new();
///
/// # wm_sys::host::install();
/// // An RTOS notifies the task, or gives a semaphore.
/// let mut worker = HandshakeWorker::new(|| TASK.get().unwrap().unpark())?;
/// let task = thread::spawn(move || {
///     while !STOP.load(Ordering::Relaxed) {
///         thread::park();
///         worker.work();
///     }
/// });
/// TASK.set(task.thread().clone()).ok();
/// # STOP.store(true, Ordering::Relaxed);
/// # TASK.get().unwrap().unpark();
/// # task.join().unwrap();
/// # Ok::<(), wm_websockets::tls::WorkerError>(())
/// ```
pub struct HandshakeWorker {
    not_sync: PhantomData<Cell<()>>,
}

/// Why there is no worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkerError {
    /// There is one already, or the one before has left a step behind that its context has not fetched yet: call `service`.
    InUse,
    /// The heap is exhausted: 1.5 KB are needed.
    NoMemory,
}

impl fmt::Display for WorkerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WorkerError::InUse => "there is a worker for handshakes already: one does for all",
            WorkerError::NoMemory => "out of memory",
        })
    }
}

impl core::error::Error for WorkerError {}

impl HandshakeWorker {
    /// From here on steps are handed over. `wake` is called, by the task that calls `service`, when there is one: it has the worker's task
    /// call [`work`](Self::work), and does not wait for that.
    pub fn new(wake: fn()) -> Result<HandshakeWorker, WorkerError> {
        let bytes = heap::try_slice(INPUT, |_| 0).map_err(|_| WorkerError::NoMemory)?;
        let input = Input { bytes, length: 0, taken: 0 };
        with(|office| match office.desk {
            Desk::Closed => {
                *office = Office { desk: Desk::Free(input), wake, closing: false, abandoned: false };
                Ok(HandshakeWorker { not_sync: PhantomData })
            }
            _ => Err(WorkerError::InUse),
        })
    }

    /// Does the step that waits; false: none does.
    pub fn work(&mut self) -> bool {
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
}

impl Drop for HandshakeWorker {
    /// From here on the task that calls `service` does the steps itself.
    fn drop(&mut self) {
        self.work();
        let input = with(|office| match mem::replace(&mut office.desk, Desk::Closed) {
            Desk::Free(input) => Some(input),
            other => {
                (office.desk, office.closing) = (other, true);
                None
            }
        });
        drop(input);
    }
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
pub(crate) fn is_at_rest() -> bool {
    with(|office| matches!(office.desk, Desk::Closed | Desk::Free(_) | Desk::Done(..)))
}

/// A session that is away; dropped, it is wanted no more.
pub(crate) struct Errand {
    not_send: PhantomData<*mut ()>,
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
    /// Hands a session over with the first of the bytes that have arrived for it; gives it back if the worker is not free.
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
        session.engine().lend(true);
        let wake = with(|office| {
            office.desk = Desk::Waiting(Job { session, input });
            office.wake
        });
        wake();
        Ok(Errand { not_send: PhantomData })
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
        if fetch().is_none() {
            with(|office| office.abandoned = true);
        }
    }
}

/// Frees a session that nobody waits for, if its step is done. False: it is not.
pub(crate) fn tidy() -> bool {
    if !with(|office| office.abandoned) {
        return true;
    }
    fetch().is_some()
}

/// The same, as soon as that is possible.
pub(crate) fn tidy_up() {
    while !tidy() {
        wm_sys::wait(STEP);
    }
}

/// For who has to wait until a step is done, and is woken then.
pub(super) const STEP: Duration = Duration::from_millis(10);

/// What is done, if anything is.
fn fetch() -> Option<Returned> {
    let (Job { session, input }, outcome, closing) =
        with(|office| match mem::replace(&mut office.desk, Desk::Away) {
            Desk::Done(job, outcome) => {
                office.abandoned = false;
                Some((job, outcome, office.closing))
            }
            other => {
                office.desk = other;
                None
            }
        })?;
    session.engine().lend(false);
    let taken = input.taken;
    let desk = if closing { Desk::Closed } else { Desk::Free(input) };
    with(|office| office.desk = desk);
    Some(Returned { session, taken, outcome })
}
