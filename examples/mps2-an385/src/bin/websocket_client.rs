//! A WebSocket client on the board: counts with an echo server of the host, at 10.0.2.2, through whatever happens to that.
//!
//! With the feature `tls` through TLS, if the server has the certificate for development. `port=` is the server's port, `count=` how many messages. With `count=0` it only connects, `clients=` times: to see what that costs.

#![no_std]
#![no_main]

extern crate alloc;

use core::fmt::Write as _;

use app::{Count, Progress};
use board::{Arguments, Console, started};
use wm_websockets::client::{ClientProtocol, ConnectOptions, Reconnect};
use wm_websockets::server::{Context, Limits, Socket};

#[path = "../../../websocket_client/app.rs"]
mod app;

#[cortex_m_rt::entry]
fn main() -> ! {
    board::run(Limits::default(), connect)
}

fn connect(context: &mut Context, arguments: &Arguments) {
    let options = server(arguments.port);
    if arguments.count > 0 {
        let options = options().reconnect(Reconnect::default());
        started(context.connect(options, Count::new(arguments.count, report)));
        return;
    }
    for _ in 0..arguments.clients {
        started(context.connect(options(), Idle));
    }
}

/// How the host's server is reached.
#[cfg(not(feature = "tls12"))]
fn server(port: u16) -> impl Fn() -> ConnectOptions {
    move || started(ConnectOptions::new(&alloc::format!("ws://10.0.2.2:{port}/")))
}

#[cfg(feature = "tls12")]
fn server(port: u16) -> impl Fn() -> ConnectOptions {
    let tls = board::trust_development();
    move || {
        // The certificate knows the host by this name alone.
        let options = ConnectOptions::new(&alloc::format!("wss://localhost:{port}/"));
        started(options.and_then(|options| options.connect_to("10.0.2.2", port))).tls(&tls)
    }
}

/// Only stays.
struct Idle;

impl ClientProtocol for Idle {
    fn opened(&mut self, _socket: &mut Socket<'_>) {
        report(Progress::Opened);
    }
}

fn report(progress: Progress<'_>) {
    _ = match progress {
        Progress::Opened => writeln!(Console, "connected"),
        Progress::Failed(error, retry) => {
            writeln!(Console, "failed {error}, again in {} ms", retry.unwrap_or_default().as_millis())
        }
        Progress::Closed(closed) => writeln!(Console, "closed with code {}", closed.code.0),
        Progress::Echoed(count) => writeln!(Console, "{count} messages"),
        Progress::Done(count) => writeln!(Console, "all {count} messages came back"),
        Progress::Wrong(number) => writeln!(Console, "message {number} came back changed"),
    };
}
