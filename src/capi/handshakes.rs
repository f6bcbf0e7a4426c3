//! `wm_handshakes.h`: the worker for handshakes, as C has it.

use core::cell::RefCell;
use core::ffi::c_int;

use critical_section::Mutex;

use crate::server::HandshakeWorker;

struct Place {
    wake: Option<extern "C" fn()>,
    /// Not here while it works.
    worker: Option<HandshakeWorker>,
}

static PLACE: Mutex<RefCell<Place>> = Mutex::new(RefCell::new(Place { wake: None, worker: None }));

fn with<R>(act: impl FnOnce(&mut Place) -> R) -> R {
    critical_section::with(|cs| act(&mut PLACE.borrow(cs).borrow_mut()))
}

fn wake() {
    if let Some(wake) = with(|place| place.wake) {
        wake();
    }
}

/// For C: hands steps over from here on.
#[unsafe(no_mangle)]
extern "C" fn wm_handshakes_begin(wake_task: Option<extern "C" fn()>) -> c_int {
    let Some(wake_task) = wake_task else { return -1 };
    // First, for steps may be handed over as soon as there is a worker, where another task serves already.
    let before = with(|place| place.wake.replace(wake_task));
    let worker = HandshakeWorker::new(wake);
    let result = with(|place| match worker {
        Ok(worker) => {
            place.worker = Some(worker);
            0
        }
        Err(_) => {
            place.wake = before;
            -1
        }
    });
    // Whoever was woken meanwhile has not found the worker, or was not who does the step.
    if HandshakeWorker::is_awaited() {
        wake();
    }
    result
}

/// For C: does the step that waits.
#[unsafe(no_mangle)]
extern "C" fn wm_handshakes_step() -> c_int {
    let Some(mut worker) = with(|place| place.worker.take()) else { return 0 };
    let has_worked = worker.work();
    with(|place| place.worker = Some(worker));
    c_int::from(has_worked)
}

/// For C: ends that.
#[unsafe(no_mangle)]
extern "C" fn wm_handshakes_end() {
    drop(with(|place| place.worker.take()));
}
