//! lwIP's own servers over the same driver, interface and main loop as ours: what the library is compared with.

use alloc::boxed::Box;

use wm_websockets::net::{InterfaceConfig, Stack};

use crate::Board;

/// Starts the board and lwIP, calls `start` in lwIP's core context, then drives lwIP for ever.
///
/// # Panics
/// When the board or lwIP does not start.
pub fn run(start: impl FnOnce()) -> ! {
    let board = Board::start().expect("the Ethernet controller starts");
    let mut stack = Stack::new().expect("lwIP has no other owner");
    stack
        .attach(Box::new(board.device), &InterfaceConfig::USER_NETWORK)
        .expect("there is memory for an interface");
    stack.with_core(|_core| start());
    loop {
        while stack.poll() {}
        wm_sys::wait_milliseconds(stack.sleep_milliseconds());
    }
}
