//! The arithmetic of TLS in a thread of its own.

use std::sync::OnceLock;
use std::thread::{self, Thread};

use wm_websockets::server::{HandshakeWorker, WorkerError};

/// Does the handshakes of TLS in a thread of their own, as firmware does in a task under its RTOS: nobody waits for their arithmetic.
pub fn start_worker() -> Result<(), WorkerError> {
    static TASK: OnceLock<Thread> = OnceLock::new();
    let mut worker = HandshakeWorker::new(|| {
        if let Some(task) = TASK.get() {
            task.unpark();
        }
    })?;
    let task = thread::spawn(move || {
        loop {
            thread::park();
            worker.work();
        }
    });
    TASK.get_or_init(|| task.thread().clone());
    Ok(())
}
