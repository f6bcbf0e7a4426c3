//! HTTPS and WSS beside the plain port: `--tls CERT KEY`, or a certificate for trying things out.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use wm_websockets::tls::{Engine, Identity, ServerConfig};

#[derive(clap::Args)]
pub struct TlsOptions {
    /// Serve HTTPS and WSS too, with this certificate chain and key (PEM or DER)
    #[arg(long, num_args = 2, value_names = ["CERT", "KEY"])]
    tls: Option<Vec<PathBuf>>,
    /// Serve HTTPS and WSS too, with the built-in certificate, whose key is public
    #[arg(long, conflicts_with = "tls")]
    tls_development: bool,
    /// Port of this machine that leads to HTTPS with --net user; 0 takes a free one. 8443, or a free one with --port 0
    #[arg(long)]
    tls_port: Option<u16>,
}

const CHAIN: &[u8] = include_bytes!("../certificates/development.pem");
const KEY: &[u8] = include_bytes!("../certificates/development-key.pem");

impl TlsOptions {
    /// The port of this machine, if HTTPS is wanted, beside `plain` for HTTP.
    pub fn port(&self, plain: u16) -> Option<u16> {
        let usual = if plain == 0 { 0 } else { 8443 };
        (self.tls.is_some() || self.tls_development).then_some(self.tls_port.unwrap_or(usual))
    }

    /// Serves HTTPS, if nothing else is said, with the built-in certificate.
    #[allow(dead_code)] // the demo does
    pub fn or_development(&mut self) {
        self.tls_development = self.tls.is_none();
    }

    /// Reads certificate and key; an error says what is wrong with which file.
    pub fn config(&self) -> Result<ServerConfig, Box<dyn Error>> {
        let engine = Engine::new()?;
        let identity = match self.tls.as_deref() {
            Some([chain, key]) => Identity::new(&engine, &read(chain)?, &read(key)?)
                .map_err(|error| format!("{}, {}: {error}", chain.display(), key.display()))?,
            _ => {
                eprintln!(
                    "WARNING: the certificate for development is used. Its key is public: anybody can read and change what is \
                     sent. Make your own, and name it with --tls CERT KEY."
                );
                Identity::new(&engine, CHAIN, KEY)?
            }
        };
        Ok(ServerConfig::builder(&engine).identity(identity)?.build()?)
    }
}

fn read(path: &PathBuf) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}
