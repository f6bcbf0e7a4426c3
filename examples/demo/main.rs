//! The demo device: open http://127.0.0.1:8080 in a browser, or https://127.0.0.1:8443.

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
    let mut arguments = Arguments::parse();
    arguments.host.tls.or_development();
    host::serve(&arguments.host, Limits::default(), app::routes)
}
