//! The demo page, its echo, form and counters of `examples/demo`, on the board.

#![no_std]
#![no_main]

#[path = "../../../demo/app.rs"]
mod app;

#[cortex_m_rt::entry]
fn main() -> ! {
    board::serve(wm_websockets::server::Limits::default(), app::routes)
}
