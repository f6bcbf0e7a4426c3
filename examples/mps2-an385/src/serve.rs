//! From a started board to a serving application.

use core::fmt::{Display, Write as _};
use core::time::Duration;

use wm_websockets::http::RouteError;
use wm_websockets::net::Stack;
use wm_websockets::server::{Context, Limits, Routes};

use crate::{Arguments, Board, Console, address};

/// What limits come to in bytes of heap, added up by the compiler. A product asserts there and then that this fits.
#[derive(Clone, Copy)]
pub struct Bounds {
    /// An idle connection.
    pub idle: usize,
    /// One at its worst.
    pub busy: usize,
    /// All connections, one of them at its worst.
    pub all: usize,
}

impl Bounds {
    /// To be called in a constant.
    pub const fn of(limits: &Limits) -> Self {
        let memory = limits.memory();
        Self { idle: memory.idle, busy: memory.busy, all: memory.total(1) }
    }
}

/// Starts the board and serves the application's routes for ever. Ends the firmware with exit code 1 when something does
/// not start.
///
/// `routes` is called when there is a heap, once for each port.
pub fn serve(limits: Limits, bounds: Bounds, routes: impl Fn() -> Result<Routes, RouteError>) -> ! {
    run(limits, |context, arguments| {
        let Bounds { idle, busy, all } = bounds;
        _ = writeln!(Console, "memory idle={idle} busy={busy} all={all}");
        #[cfg(feature = "tls12")]
        crate::tls::listen(context, started(routes()));
        started(context.listen(arguments.port, started(routes())));
        _ = writeln!(Console, "listening on port {}", arguments.port);
    })
}

/// Starts the board, and listens; who serves is somebody else's business.
pub fn listen(limits: Limits, routes: impl FnOnce() -> Result<Routes, RouteError>) -> Context {
    start(limits, |context, arguments| {
        started(context.listen(arguments.port, started(routes())));
        _ = writeln!(Console, "listening on port {}", arguments.port);
    })
}

/// Starts the board, lets the application `prepare` its servers and clients, and serves for ever.
pub fn run(limits: Limits, prepare: impl FnOnce(&mut Context, &Arguments)) -> ! {
    let mut context = start(limits, prepare);
    loop {
        context.service(Duration::from_secs(10));
        #[cfg(feature = "tls12")]
        crate::platform::BOARD.meter.pass();
    }
}

/// Out of line: what is on the stack until everything is prepared is not below what serves.
#[inline(never)]
fn start(limits: Limits, prepare: impl FnOnce(&mut Context, &Arguments)) -> Context {
    let board = started(Board::start());
    let device = started(wm_sys::heap::try_box(board.device));
    let mut stack = started(Stack::new());
    address::attach(&mut stack, device);
    let mut context = started(Context::new(stack, limits));
    address::wait(&mut context);
    prepare(&mut context, &board.arguments);
    context
}

/// What was started; the end when it was not.
pub fn started<T, E: Display>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => end(&error),
    }
}

#[cold]
fn end(error: &dyn Display) -> ! {
    _ = writeln!(Console, "error: {error}");
    semihosting::process::exit(1)
}
