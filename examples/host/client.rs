//! What the examples that connect to a server need on this machine.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use wm_sys::host::{DNS_ADDRESS, Tap, UserNetwork};
use wm_websockets::net::{InterfaceConfig, Stack, set_name_servers};
use wm_websockets::server::{Context, Limits};

mod network;

use network::{Network, start_log, stop_on_interrupt};

#[derive(clap::Args)]
pub struct Options {
    /// The device's network: `user` needs no privileges, and this machine is 10.0.2.2 or `localhost` there; `tap:NAME` is an
    /// interface of this machine
    #[arg(long, default_value = "user", value_name = "user|tap:NAME")]
    net: Network,
    /// Log more: -v connections, -vv everything
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Log errors only
    #[arg(short, long)]
    quiet: bool,
}

/// A device with a network and no servers, and a flag that Ctrl-C sets.
pub fn start(options: &Options, limits: Limits) -> Result<(Context, Arc<AtomicBool>), Box<dyn Error>> {
    start_log(options.verbose, options.quiet);
    wm_sys::host::install();
    let stop = stop_on_interrupt()?;
    let mut stack = Stack::new()?;
    let device: Box<dyn wm_sys::Device> = match &options.net {
        Network::User => Box::new(UserNetwork::start()?),
        Network::Tap(name) => Box::new(Tap::open(name)?),
    };
    stack.attach(device, &InterfaceConfig::USER_NETWORK)?;
    stack.with_core(|core| set_name_servers(core, &[DNS_ADDRESS.into()]));
    Ok((Context::new(stack, limits)?, stop))
}
