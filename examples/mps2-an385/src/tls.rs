//! HTTPS and WSS with the certificate for development: on port 443, and to servers that have it.

use wm_websockets::server::{Context, Routes};
#[cfg(feature = "client")]
use wm_websockets::tls::ClientConfig;
use wm_websockets::tls::{Engine, Identity, ServerConfig};

use crate::started;

// The C functions that Mbed TLS refers to.
use tinyrlibc as _;

/// Its key is public: a product has its own, in a place that nobody can read.
const CHAIN: &[u8] = include_bytes!("../../certificates/development.pem");
const KEY: &[u8] = include_bytes!("../../certificates/development-key.pem");

pub(crate) fn listen(context: &mut Context, routes: Routes) {
    log::warn!("the certificate for development is used: anybody can read and change what is sent");
    let engine = started(Engine::new());
    let identity = started(Identity::new(&engine, CHAIN, KEY));
    let tls = started(started(ServerConfig::builder(&engine).identity(identity)).build());
    started(context.listen_tls(443, &tls, routes));
}

/// What a client asks of a server: that it has the certificate for development, which is its own authority. Called once: there is one engine.
#[cfg(feature = "client")]
pub fn trust_development() -> ClientConfig {
    let engine = started(Engine::new());
    started(started(ClientConfig::builder(&engine).trust(CHAIN)).build())
}
