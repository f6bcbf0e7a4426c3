//! HTTPS and WSS with the certificate for development: on port 443, and to servers that have it.

use alloc::boxed::Box;
use core::error::Error;

use wm_websockets::server::{Context, Routes};
#[cfg(feature = "client")]
use wm_websockets::tls::ClientConfig;
use wm_websockets::tls::{Engine, Identity, ServerConfig};

// The C functions that Mbed TLS refers to.
use tinyrlibc as _;

/// Its key is public: a product has its own, in a place that nobody can read.
const CHAIN: &[u8] = include_bytes!("../../certificates/development.pem");
const KEY: &[u8] = include_bytes!("../../certificates/development-key.pem");

pub(crate) fn listen(context: &mut Context, routes: Routes) -> Result<(), Box<dyn Error>> {
    log::warn!("the certificate for development is used: anybody can read and change what is sent");
    let engine = Engine::new()?;
    let identity = Identity::new(&engine, CHAIN, KEY)?;
    let tls = ServerConfig::builder(&engine).identity(identity)?.build()?;
    Ok(context.listen_tls(443, &tls, routes)?)
}

/// What a client asks of a server: that it has the certificate for development, which is its own authority. Called once: there is one engine.
#[cfg(feature = "client")]
pub fn trust_development() -> Result<ClientConfig, Box<dyn Error>> {
    let engine = Engine::new()?;
    Ok(ClientConfig::builder(&engine).trust(CHAIN)?.resumption(true).build()?)
}
