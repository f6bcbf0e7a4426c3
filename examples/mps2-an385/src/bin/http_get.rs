//! An HTTP client on the board: fetches a page of the host, at 10.0.2.2, and writes it to the console.
//!
//! `port=` is the server's port, `path=` what is fetched there. With the feature `tls` through TLS, if the server has the certificate for
//! development.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::format;
use core::fmt::Write as _;

use board::{Arguments, Console, started};
use wm_websockets::client::{ClientError, ConnectOptions, Request};
use wm_websockets::server::{Context, Limits};

#[path = "../../../http_get/app.rs"]
mod app;

#[cortex_m_rt::entry]
fn main() -> ! {
    board::run(Limits::default(), fetch)
}

fn fetch(context: &mut Context, arguments: &Arguments) {
    let options = started(server(arguments)).redirects(10);
    started(context.fetch(options, Request::GET, app::Get { status, bytes, done }));
}

#[cfg(not(feature = "tls12"))]
fn server(arguments: &Arguments) -> Result<ConnectOptions, impl core::fmt::Display + use<>> {
    ConnectOptions::new(&format!("http://10.0.2.2:{}{}", arguments.port, arguments.path.as_str()))
}

#[cfg(feature = "tls12")]
fn server(arguments: &Arguments) -> Result<ConnectOptions, impl core::fmt::Display + use<>> {
    let tls = board::trust_development();
    // The certificate knows the host by this name alone.
    let options =
        ConnectOptions::new(&format!("https://localhost:{}{}", arguments.port, arguments.path.as_str()));
    options
        .and_then(|options| options.connect_to("10.0.2.2", arguments.port))
        .map(|options| options.tls(&tls))
}

fn status(code: u16) {
    _ = writeln!(Console, "status {code}");
}

fn bytes(bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        _ = Console.write_str(chunk.valid());
    }
}

fn done(error: Option<&ClientError>) {
    _ = match error {
        Some(error) => writeln!(Console, "failed: {error}"),
        None => writeln!(Console, "fetched"),
    };
}
