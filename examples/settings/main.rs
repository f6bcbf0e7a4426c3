//! A device's settings behind a password. Try it: `curl -u "admin:correct horse" -F firmware=@FILE http://127.0.0.1:8080/update`.

use clap::Parser;
use wm_websockets::server::Limits;

mod app;
#[path = "../host/mod.rs"]
mod host;

#[derive(Parser)]
#[command(about = "Takes forms and files, of those who know the password")]
struct Arguments {
    #[command(flatten)]
    host: host::Options,
}

fn main() -> std::process::ExitCode {
    host::serve(&Arguments::parse().host, Limits::default(), app::routes)
}
