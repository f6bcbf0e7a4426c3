//! HTTPS and WSS on port 443, with the certificate for development.

use alloc::boxed::Box;
use core::error::Error;

use wm_websockets::server::{Context, Routes};
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
