//! What the examples that connect to a server need on this machine.

use std::error::Error;
#[cfg(feature = "security-tls12")]
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use wm_sys::host::{DNS_ADDRESS, Tap, UserNetwork};
#[cfg(feature = "security-tls12")]
use wm_websockets::client::ConnectOptions;
#[cfg(feature = "security-tls12")]
use wm_websockets::http::Url;
use wm_websockets::net::{BoxedDevice, InterfaceConfig, Stack, set_name_servers};
use wm_websockets::server::{Context, Limits};
#[cfg(feature = "security-tls12")]
use wm_websockets::tls::{ClientConfig, Dates, Engine, Identity};

#[cfg(feature = "security-tls12")]
mod handshakes;
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
    let device: BoxedDevice = match &options.net {
        Network::User => Box::new(UserNetwork::start()?),
        Network::Tap(name) => Box::new(Tap::open(name)?),
    };
    stack.attach(device, &InterfaceConfig::USER_NETWORK)?;
    stack.with_core(|core| set_name_servers(core, &[DNS_ADDRESS.into()]));
    Ok((Context::new(stack, limits)?, stop))
}

/// How much of a server's certificate is insisted on.
#[cfg(feature = "security-tls12")]
#[derive(clap::Args)]
pub struct TlsOptions {
    /// Who may vouch for a server (PEM or DER); without this, whom this machine trusts
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// A certificate chain and its key, for servers that ask for one
    #[arg(long, num_args = 2, value_names = ["CERT", "KEY"])]
    cert: Option<Vec<PathBuf>>,
    /// Accept any certificate: anybody can be the server then
    #[arg(long)]
    insecure: bool,
}

/// Where Debian keeps the authorities.
#[cfg(feature = "security-tls12")]
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

#[cfg(feature = "security-tls12")]
impl TlsOptions {
    /// Adds TLS where the URL asks for it.
    pub fn apply(&self, options: ConnectOptions) -> Result<ConnectOptions, Box<dyn Error>> {
        let is_secure = Url::parse(options.url())?.scheme().is_secure();
        if !is_secure {
            return Ok(options);
        }
        handshakes::start_worker()?;
        Ok(options.tls(&self.config()?))
    }

    fn config(&self) -> Result<ClientConfig, Box<dyn Error>> {
        let engine = Engine::new()?;
        let mut builder = ClientConfig::builder(&engine);
        if self.insecure {
            eprintln!(
                "WARNING: the server's certificate is not checked. Anybody can read and change what is sent."
            );
            builder = builder.danger_accept_untrusted().danger_accept_any_name().dates(Dates::Ignored);
        } else {
            builder = builder.trust(&read(self.ca.as_deref().unwrap_or(Path::new(AUTHORITIES)))?)?;
        }
        if let Some([chain, key]) = self.cert.as_deref() {
            builder = builder.identity(Identity::new(&engine, &read(chain)?, &read(key)?)?);
        }
        Ok(builder.build()?)
    }
}

#[cfg(feature = "security-tls12")]
fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}
