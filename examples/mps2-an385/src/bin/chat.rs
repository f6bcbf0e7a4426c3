//! The chat room of `examples/chat`, on the board.

#![no_std]
#![no_main]

#[path = "../../../chat/app.rs"]
mod app;

use board::Bounds;
use wm_websockets::server::Limits;

#[cortex_m_rt::entry]
fn main() -> ! {
    board::serve(Limits::DEFAULT, const { Bounds::of(&Limits::DEFAULT) }, app::routes)
}
