//! From a started board to a serving application.

use alloc::boxed::Box;
use core::error::Error;
use core::fmt::Write as _;
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
    let error = match start(limits, routes) {
        Ok(context) => run(context),
        Err(error) => error,
    };
    _ = writeln!(Console, "error: {error}");
    semihosting::process::exit(1)
}

fn start(
    limits: Limits,
    routes: impl FnOnce() -> Result<Routes, RouteError>,
) -> Result<Context, Box<dyn Error>> {
    let board = Board::start()?;
    let mut stack = Stack::new()?;
    // A product would take its address from its configuration, or from DHCP.
    stack.attach(Box::new(board.device), &InterfaceConfig::USER_NETWORK)?;
    let mut context = Context::new(stack, limits)?;
    context.listen(board.arguments.port, routes()?)?;
    _ = writeln!(Console, "listening on port {}", board.arguments.port);
    Ok(context)
}

fn run(mut context: Context) -> ! {
    loop {
        context.service(Duration::from_secs(10));
    }
}
