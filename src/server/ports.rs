//! The ports of a context: opened, plain or with TLS.

use wm_sys::heap;

use super::context::{Context, LISTENER_KEYS};
use super::routes::Routes;
use super::secure::ServerConfig;
use super::start_error::StartError;
use crate::net::{Key, ListenError, ListenOptions, TcpListener};

/// A port, and what is served there.
pub(super) struct Port {
    pub(super) listener: TcpListener,
    pub(super) routes: Routes,
    pub(super) tls: Option<ServerConfig>,
}

impl Context {
    /// Serves a TCP port, on all addresses.
    pub fn listen(&mut self, port: u16, routes: Routes) -> Result<(), StartError> {
        let options = ListenOptions { backlog: self.shared.limits.backlog, ..ListenOptions::port(port) };
        self.listen_on(&options, routes)
    }

    /// Serves a TCP port, on one address perhaps.
    pub fn listen_on(&mut self, options: &ListenOptions, routes: Routes) -> Result<(), StartError> {
        self.open_port(options, routes, None)
    }

    /// Serves a TCP port with HTTPS and WSS, on all addresses.
    ///
    /// Reserves the record buffers of [`Limits::tls_handshakes`](super::Limits::tls_handshakes) connections, about 21 KB each.
    /// Certificates are replaced by [`ServerConfig::swap_identities`](crate::tls::ServerConfig::swap_identities) on a clone of `tls`.
    ///
    /// ```no_run
    /// use wm_websockets::server::{Context, Routes};
    /// use wm_websockets::tls::{Engine, Identity, ServerConfig};
    ///
    /// fn listen(context: &mut Context, chain: &[u8], key: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    ///     let engine = Engine::new()?;
    ///     let identity = Identity::new(&engine, chain, key)?;
    ///     let tls = ServerConfig::builder(&engine).identity(identity)?.build()?;
    ///     Ok(context.listen_tls(443, &tls, Routes::new())?)
    /// }
    /// ```
    #[cfg(feature = "security-small")]
    pub fn listen_tls(&mut self, port: u16, tls: &ServerConfig, routes: Routes) -> Result<(), StartError> {
        let options = ListenOptions { backlog: self.shared.limits.backlog, ..ListenOptions::port(port) };
        self.listen_tls_on(&options, tls, routes)
    }

    /// Serves a TCP port with HTTPS and WSS, on one address perhaps.
    #[cfg(feature = "security-small")]
    pub fn listen_tls_on(
        &mut self,
        options: &ListenOptions,
        tls: &ServerConfig,
        routes: Routes,
    ) -> Result<(), StartError> {
        tls.reserve(usize::from(self.shared.limits.tls_handshakes)).map_err(|_| StartError::NoMemory)?;
        self.open_port(options, routes, Some(tls.clone()))
    }

    fn open_port(
        &mut self,
        options: &ListenOptions,
        routes: Routes,
        tls: Option<ServerConfig>,
    ) -> Result<(), StartError> {
        let key = Key::new(LISTENER_KEYS.saturating_add(self.ports.len() as u32));
        let listener = self.shared.stack.with_core(|core| {
            let mut listener = TcpListener::bind(core, options)?;
            if let Some(key) = key {
                listener.set_key(core, key);
            }
            Ok::<_, ListenError>(listener)
        })?;
        self.accept = Some(Context::accept);
        // Without memory the listener is dropped, and so closed.
        Ok(heap::try_push(&mut self.ports, Port { listener, routes: routes.of_port(), tls })?)
    }
}
