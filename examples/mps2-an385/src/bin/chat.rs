//! The chat room of `examples/chat`, on the board.

#![no_std]
#![no_main]

#[path = "../../../chat/app.rs"]
mod app;

#[cortex_m_rt::entry]
fn main() -> ! {
    board::serve(wm_websockets::server::Limits::default(), app::routes)
}
