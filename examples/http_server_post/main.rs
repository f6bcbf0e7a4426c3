//! An HTTP server that takes POST requests. Try it: `curl -d '{"led": 1}' http://127.0.0.1:8080/jsontest`.

use clap::Parser;
use wm_websockets::server::Limits;

mod app;
#[path = "../host/mod.rs"]
mod host;

#[derive(Parser)]
#[command(about = "Answers GET and POST, on every path")]
struct Arguments {
    #[command(flatten)]
    host: host::Options,
}

fn main() -> std::process::ExitCode {
    host::serve(&Arguments::parse().host, Limits::default(), app::routes)
}
