//! `smoke`, and clients beside it: what they add to a firmware that serves.

#![no_std]
#![no_main]

use app::{Count, Progress};
use board::started;
use wm_websockets::client::{ConnectOptions, Reconnect, Request, ResponseHandler};
use wm_websockets::server::{Context, Limits};

#[path = "../../../websocket_client/app.rs"]
mod app;
#[path = "../../../demo/app.rs"]
mod demo;

#[cortex_m_rt::entry]
fn main() -> ! {
    board::run(Limits::default(), |context: &mut Context, arguments| {
        started(context.listen(arguments.port, started(demo::routes())));
        let options = started(ConnectOptions::new("ws://broker.example/"));
        let options =
            started(options.subprotocol("chat").and_then(|options| options.credentials("board", "secret")));
        let options = options.redirects(2).reconnect(Reconnect::default());
        started(context.connect(options, Count::new(1000, |_: Progress<'_>| ())));
        started(context.fetch(
            started(ConnectOptions::new("http://broker.example/time")),
            Request::GET,
            Time,
        ));
    })
}

/// Reads and forgets.
struct Time;

impl ResponseHandler for Time {}
