//! A chat room. Try it with two clients: `python3 -m websockets ws://127.0.0.1:8080/`.

use clap::Parser;
use wm_websockets::server::Limits;

mod app;
#[path = "../host/mod.rs"]
mod host;

#[derive(Parser)]
#[command(about = "Passes what one WebSocket client says on to all others")]
struct Arguments {
    #[command(flatten)]
    host: host::Options,
}

fn main() -> std::process::ExitCode {
    host::serve(&Arguments::parse().host, Limits::default(), app::routes)
}
