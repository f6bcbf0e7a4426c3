//! The echo server of `examples/websocket_server`, on the board.

#![no_std]
#![no_main]

#[path = "../../../websocket_server/app.rs"]
mod app;

#[cortex_m_rt::entry]
fn main() -> ! {
    board::serve(wm_websockets::server::Limits::default(), || app::routes(app::Echo::default()))
}
