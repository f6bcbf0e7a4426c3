//! The demo device: open http://127.0.0.1:8080 in a browser.

use clap::Parser;
use wm_websockets::server::Limits;

mod app;
#[path = "../host/mod.rs"]
mod host;

#[derive(Parser)]
#[command(about = "A device with a page, a WebSocket echo at /ws and a POST route at /jsontest")]
struct Arguments {
    #[command(flatten)]
    host: host::Options,
}

fn main() -> std::process::ExitCode {
    host::serve(&Arguments::parse().host, Limits::default(), app::routes())
}
