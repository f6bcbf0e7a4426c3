//! A WebSocket echo server. Try it with any client: `python3 -m websockets ws://127.0.0.1:8080/`.

use clap::Parser;
use wm_websockets::server::Limits;

mod app;
#[path = "../host/mod.rs"]
mod host;

#[derive(Parser)]
#[command(about = "Echoes WebSocket messages, on every path")]
struct Arguments {
    /// Echo whole messages of at most this many bytes, rather than fragment by fragment
    #[arg(long, value_name = "BYTES")]
    assemble: Option<usize>,
    #[command(flatten)]
    host: host::Options,
}

fn main() -> std::process::ExitCode {
    let arguments = Arguments::parse();
    let mut limits = Limits::default();
    if let Some(bytes) = arguments.assemble {
        (limits.message, limits.queue) = (bytes, bytes);
    }
    let assemble = arguments.assemble.is_some();
    host::serve(&arguments.host, limits, || app::routes(app::Echo { assemble }))
}
