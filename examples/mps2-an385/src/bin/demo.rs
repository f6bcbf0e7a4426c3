//! The demo page, its echo, form and counters of `examples/demo`, on the board.

#![no_std]
#![no_main]

#[path = "../../../demo/app.rs"]
mod app;

use board::Bounds;
use wm_websockets::server::Limits;

#[cortex_m_rt::entry]
fn main() -> ! {
    board::serve(Limits::DEFAULT, const { Bounds::of(&Limits::DEFAULT) }, app::routes)
}
