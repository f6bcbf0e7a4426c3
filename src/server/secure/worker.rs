//! Handshakes in a task of their own: who may do them, and how sessions get there and back.

use core::cell::Cell;
use core::fmt;
use core::hint::black_box;
use core::marker::PhantomData;

use critical_section::Mutex;
use wm_sys::heap::OutOfMemory;

use super::{Progress, Secure, StreamWire};
use crate::net::{Segment, TcpStream};
use crate::server::services::Shared;
use crate::tls::Handshake;
use crate::tls::worker::{self, Errand, Returned, Worker};

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
/// use wm_websockets::server::HandshakeWorker;
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
/// # Ok::<(), wm_websockets::server::WorkerError>(())
/// ```
#[derive(Debug)]
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
        match worker::open(wake) {
            Ok(true) => {
                // The compiler, which sees that there is one value alone, would call it directly, and so link it always.
                let open_by: Open = black_box(Secure::have_opened);
                critical_section::with(|cs| OPEN_BY.borrow(cs).set(Some(open_by)));
                Ok(HandshakeWorker { not_sync: PhantomData })
            }
            Ok(false) => Err(WorkerError::InUse),
            Err(OutOfMemory) => Err(WorkerError::NoMemory),
        }
    }

    /// Whether a step waits.
    #[cfg(feature = "capi")]
    pub(crate) fn is_awaited() -> bool {
        worker::is_awaited()
    }

    /// Does the step that waits; false: none does.
    pub fn work(&mut self) -> bool {
        worker::work()
    }
}

impl Drop for HandshakeWorker {
    /// From here on the task that calls `service` does the steps itself.
    fn drop(&mut self) {
        worker::close();
    }
}

/// How sessions are opened, once there was a worker. Firmware without one links nothing of this.
type Open = fn(&mut Secure, &mut Shared, &mut TcpStream) -> Progress;

static OPEN_BY: Mutex<Cell<Option<Open>>> = Mutex::new(Cell::new(None));

pub(super) fn open_by() -> Option<Open> {
    critical_section::with(|cs| OPEN_BY.borrow(cs).get())
}

impl Secure {
    /// Has a step of the handshake done, if the worker is free, or takes note of one that is.
    fn have_opened(&mut self, shared: &mut Shared, stream: &mut TcpStream) -> Progress {
        if let Some(errand) = self.0.errand.take() {
            return match errand.end() {
                Ok(returned) => self.take_back(shared, stream, returned),
                Err(errand) => {
                    self.0.errand = Some(errand);
                    self.wait(&shared.slots)
                }
            };
        }
        shared.slots.watch(&worker::WATCH);
        match worker::worker() {
            Worker::Absent => self.step(shared, stream),
            Worker::Busy => self.wait(&shared.slots),
            Worker::Free => self.hand_over(shared, stream),
        }
    }

    /// Has the next step done. What has arrived stays in the stream until it is known how much of it that has read.
    fn hand_over(&mut self, shared: &mut Shared, stream: &mut TcpStream) -> Progress {
        let Some(mut session) = self.0.session.take() else { return Progress::Failed };
        let has_room = session.flush(&mut StreamWire { stack: &mut shared.stack, stream });
        let segment = stream.receive_in(&mut shared.stack).0.ok().flatten();
        let arrived = segment.as_ref().map(Segment::bytes).unwrap_or_default();
        let has_work = !self.0.starves || !arrived.is_empty();
        // If it cannot be begun after all, the worker leaves just now.
        let begun = match has_room {
            Ok(true) if has_work => Errand::begin(session, arrived).map_err(|session| (session, true)),
            _ => Err((session, false)),
        };
        if let Some(segment) = segment {
            shared.stack.enter(|core| stream.restore(core, segment));
        }
        match begun {
            Ok(errand) => {
                self.0.errand = Some(errand);
                self.wait(&shared.slots)
            }
            Err((session, true)) => {
                self.0.session = Some(session);
                self.step(shared, stream)
            }
            Err((session, false)) => {
                self.0.session = Some(session);
                has_room.map_or_else(|error| self.progress(shared, stream, Err(error)), |_| Progress::Waits)
            }
        }
    }

    /// The step is done.
    fn take_back(&mut self, shared: &mut Shared, stream: &mut TcpStream, mut returned: Returned) -> Progress {
        let taken = returned.taken;
        if taken > 0
            && let Ok(Some(mut segment)) = stream.receive_in(&mut shared.stack).0
        {
            segment.advance(taken);
            StreamWire { stack: &mut shared.stack, stream }.give_back(segment, taken);
        }
        let mut wire = StreamWire { stack: &mut shared.stack, stream };
        let result = returned.conclude(&mut wire);
        let has_room = returned.session.flush(&mut wire);
        self.0.session = Some(returned.session);
        self.0.starves = matches!(result, Ok(Handshake::NeedsInput));
        match result.and_then(|step| has_room.map(|has_room| (step, has_room))) {
            // What has come meanwhile it has not seen, and what it had to say has left.
            Ok((Handshake::NeedsInput, _) | (Handshake::NeedsRoom, true)) => Progress::Step,
            result => self.progress(shared, stream, result.map(|(step, _)| step)),
        }
    }
}
