//! The POST server of `examples/http_server_post`, on the board.

#![no_std]
#![no_main]

#[path = "../../../http_server_post/app.rs"]
mod app;

#[cortex_m_rt::entry]
fn main() -> ! {
    board::serve(wm_websockets::server::Limits::default(), app::routes)
}
