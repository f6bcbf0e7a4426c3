//! The echo server of `examples/websocket_server`, on the board.

#![no_std]
#![no_main]

#[path = "../../../websocket_server/app.rs"]
mod app;

use board::Bounds;
use wm_websockets::server::Limits;

#[cortex_m_rt::entry]
fn main() -> ! {
    board::serve(
        Limits::DEFAULT,
        const { Bounds::of(&Limits::DEFAULT) },
        || app::routes(app::Echo::default()),
    )
}
