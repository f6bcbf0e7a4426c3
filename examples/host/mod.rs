//! What every example needs on this machine: options, a network, a loop that Ctrl-C ends.

use std::error::Error;
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::Duration;

use wm_sys::host::{Tap, UserNetwork};
use wm_websockets::http::RouteError;
use wm_websockets::net::{InterfaceConfig, Stack};
use wm_websockets::server::{Context, Limits, Routes};

mod handshakes;
mod network;
mod tls;

use network::{Network, start_log, stop_on_interrupt};

/// The ports that the device listens on.
const DEVICE_PORT: u16 = 80;
const DEVICE_TLS_PORT: u16 = 443;

#[derive(clap::Args)]
pub struct Options {
    /// The device's network: `user` needs no privileges; `tap:NAME` is an interface of this machine
    #[arg(long, default_value = "user", value_name = "user|tap:NAME")]
    net: Network,
    /// Port of this machine that leads to the device with --net user; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    #[command(flatten)]
    pub tls: tls::TlsOptions,
    /// Log more: -v connections, -vv everything
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Log errors only
    #[arg(short, long)]
    quiet: bool,
}

/// Serves the routes until Ctrl-C, on each port.
pub fn serve(options: &Options, limits: Limits, routes: impl Fn() -> Result<Routes, RouteError>) -> ExitCode {
    start_log(options.verbose, options.quiet);
    match run(options, limits, routes) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(
    options: &Options,
    limits: Limits,
    routes: impl Fn() -> Result<Routes, RouteError>,
) -> Result<(), Box<dyn Error>> {
    wm_sys::host::install();
    let stop = stop_on_interrupt()?;
    let mut stack = Stack::new()?;
    let (plain, secure) = attach(&mut stack, options)?;
    let mut context = Context::new(stack, limits)?;
    if let Some(secure) = secure {
        handshakes::start_worker()?;
        context.listen_tls(DEVICE_TLS_PORT, &options.tls.config()?, routes()?)?;
        println!("listening on {secure}");
    }
    context.listen(DEVICE_PORT, routes()?)?;
    println!("listening on {plain}");
    context.time_passes();
    while !stop.load(Ordering::Relaxed) {
        context.service(Duration::from_secs(10));
    }
    println!("stopped");
    Ok(())
}

/// Connects the device; says under which addresses it is reached, plain and by TLS.
fn attach(stack: &mut Stack, options: &Options) -> Result<(String, Option<String>), Box<dyn Error>> {
    match &options.net {
        Network::User => {
            let network = UserNetwork::start()?;
            let plain = network.forward(format!("127.0.0.1:{}", options.port), DEVICE_PORT)?;
            let secure = options
                .tls
                .port(options.port)
                .map(|port| network.forward(format!("127.0.0.1:{port}"), DEVICE_TLS_PORT));
            let secure = secure.transpose()?.map(|address| format!("https://{address}"));
            stack.attach(Box::new(network), &InterfaceConfig::USER_NETWORK)?;
            Ok((format!("http://{plain}"), secure))
        }
        Network::Tap(name) => {
            stack.attach(Box::new(Tap::open(name)?), &InterfaceConfig::USER_NETWORK)?;
            let address = InterfaceConfig::USER_NETWORK.address;
            Ok((
                format!("http://{address}"),
                options.tls.port(options.port).map(|_| format!("https://{address}")),
            ))
        }
    }
}
