//! What CI boots and what is measured: the demo's routes, which between them serve pages, forms and WebSockets.

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
