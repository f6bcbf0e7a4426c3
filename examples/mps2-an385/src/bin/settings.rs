//! The settings of `examples/settings`, on the board.

#![no_std]
#![no_main]

#[path = "../../../settings/app.rs"]
mod app;

#[cortex_m_rt::entry]
fn main() -> ! {
    board::serve(wm_websockets::server::Limits::default(), app::routes)
}
