//! What CI boots and what is measured: the demo's routes, which between them serve pages, forms and WebSockets.

#![no_std]
#![no_main]

#[path = "../../../demo/app.rs"]
mod app;

#[cortex_m_rt::entry]
fn main() -> ! {
    board::serve(wm_websockets::server::Limits::default(), app::routes)
}
