//! Fetches a URL, and writes its body to the terminal: `cargo run --example http_get http://localhost:8000/`.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Parser;
use wm_websockets::client::{ClientError, ConnectOptions, Request};
use wm_websockets::server::Limits;

mod app;
#[path = "../host/client.rs"]
mod host;

#[derive(Parser)]
#[command(about = "Fetches a URL, and writes its body to the terminal")]
struct Arguments {
    /// http://HOST[:PORT][/PATH], or https://
    url: String,
    /// Add a field to the request; may be repeated
    #[arg(long, value_name = "NAME:VALUE")]
    header: Vec<String>,
    #[cfg(feature = "security-tls12")]
    #[command(flatten)]
    tls: host::TlsOptions,
    #[command(flatten)]
    host: host::Options,
}

static OVER: AtomicBool = AtomicBool::new(false);
static FAILED: AtomicBool = AtomicBool::new(false);

fn main() -> ExitCode {
    if let Err(error) = run(&Arguments::parse()) {
        eprintln!("error: {error}");
        return ExitCode::FAILURE;
    }
    if FAILED.load(Ordering::Relaxed) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (mut context, stop) = host::start(&arguments.host, Limits::default())?;
    let mut options = ConnectOptions::new(&arguments.url)?.redirects(10);
    for header in &arguments.header {
        let (name, value) = header.split_once(':').ok_or("a header is NAME:VALUE")?;
        options = options.field(name.trim(), value.trim())?;
    }
    #[cfg(feature = "security-tls12")]
    {
        options = arguments.tls.apply(options)?;
    }
    context.fetch(options, Request::GET, app::Get { status, bytes, done })?;
    while !OVER.load(Ordering::Relaxed) && !stop.load(Ordering::Relaxed) {
        context.service(Duration::from_secs(10));
    }
    Ok(())
}

fn status(code: u16) {
    if code >= 400 {
        eprintln!("status {code}");
        FAILED.store(true, Ordering::Relaxed);
    }
}

fn bytes(bytes: &[u8]) {
    // A terminal that is gone is no reason to fail.
    std::io::stdout().write_all(bytes).ok();
}

fn done(error: Option<&ClientError>) {
    if let Some(error) = error {
        eprintln!("error: {error}");
        FAILED.store(true, Ordering::Relaxed);
    }
    OVER.store(true, Ordering::Relaxed);
}
