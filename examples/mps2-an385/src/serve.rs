//! From a started board to a serving application.

use core::fmt::{Display, Write as _};
use core::time::Duration;

use wm_websockets::http::RouteError;
use wm_websockets::net::{InterfaceConfig, Stack};
use wm_websockets::server::{Context, Limits, Routes};

use crate::{Board, Console};

/// Starts the board and serves the application's routes for ever. Ends the firmware with exit code 1 when something does
/// not start.
///
/// `routes` is called when there is a heap.
pub fn serve(limits: Limits, routes: impl FnOnce() -> Result<Routes, RouteError>) -> ! {
    let board = started(Board::start());
    let device = started(wm_sys::heap::try_box(board.device));
    let mut stack = started(Stack::new());
    // A product would take its address from its configuration, or from DHCP.
    started(stack.attach(device, &InterfaceConfig::USER_NETWORK));
    let mut context = started(Context::new(stack, limits));
    started(context.listen(board.arguments.port, started(routes())));
    _ = writeln!(Console, "listening on port {}", board.arguments.port);
    loop {
        context.service(Duration::from_secs(10));
    }
}

/// What was started; the end when it was not.
fn started<T, E: Display>(result: Result<T, E>) -> T {
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
