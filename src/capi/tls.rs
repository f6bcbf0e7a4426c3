//! Certificates of C: which virtual hosts speak TLS, and whom their clients trust.

use core::ffi::{c_char, c_int, c_uint, c_void};

use alloc::vec::Vec;

use super::abi::{
    LCCSCF_ALLOW_EXPIRED, LCCSCF_ALLOW_INSECURE, LCCSCF_ALLOW_SELFSIGNED,
    LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK, LWS_SERVER_OPTION_ALLOW_HTTP_ON_HTTPS_LISTENER,
    LWS_SERVER_OPTION_ALLOW_NON_SSL_ON_SSL_PORT, LWS_SERVER_OPTION_PEER_CERT_NOT_REQUIRED,
    LWS_SERVER_OPTION_REDIRECT_HTTP_TO_HTTPS, LWS_SERVER_OPTION_REQUIRE_VALID_OPENSSL_CLIENT_CERT,
    lws_context_creation_info,
};
use super::boundary::{bytes, text};
use super::cell::RefCell;
use super::tls_sessions::Sessions;
use crate::client::ConnectOptions;
use crate::net::ListenOptions;
use crate::server::{Context, PlainHttp, Routes, StartError};
use crate::tls::{
    ClientCertificates, ClientConfig, ConfigError, Dates, Engine, Identity, ServerConfig, ServerConfigBuilder,
};

/// Mbed TLS, once a virtual host needs it.
#[derive(Default)]
pub(super) struct Engines(RefCell<Option<Engine>>);

/// What a virtual host speaks TLS with.
pub(super) struct Tls {
    config: ServerConfig,
    identity: RefCell<Identity>,
    /// The name of the certificate's file; empty for one from memory.
    file: Vec<u8>,
    plain_http: PlainHttp,
}

impl Tls {
    /// What a port listens with whose first virtual host this is.
    pub(super) fn port(&self) -> TlsPort {
        TlsPort(self.config.clone())
    }

    /// What these routes do with HTTP without TLS.
    pub(super) fn without(&self, routes: Routes) -> Routes {
        routes.without_tls(self.plain_http)
    }

    pub(super) fn is_from(&self, file: &[u8]) -> bool {
        self.file == file
    }

    /// Takes another certificate, which the port shows once it is [renewed](TlsPort::renew).
    pub(super) fn replace(&self, identity: Identity) {
        self.identity.replace(identity);
    }
}

/// What a port speaks TLS with, for all of its virtual hosts.
pub(super) struct TlsPort(ServerConfig);

impl TlsPort {
    /// Takes in the certificate of another virtual host: clients that ask for its names get it.
    pub(super) fn join(&self, other: &Tls) -> Option<()> {
        if !self.0.asks_the_same_as(&other.config) {
            log_line!(
                Error,
                "the virtual hosts of a TLS port ask clients for the same certificates, or for none"
            );
            return None;
        }
        let added = self.0.add_identity(other.identity.borrow().clone());
        added.map_err(|error| log_line!(Error, "certificate: {error}")).ok()
    }

    /// Shows the certificates of these virtual hosts from now on.
    pub(super) fn renew<'t>(&self, vhosts: impl Iterator<Item = &'t Tls>) -> Option<()> {
        let mut identities = Vec::new();
        for vhost in vhosts {
            wm_sys::heap::try_push(&mut identities, vhost.identity.borrow().clone()).ok()?;
        }
        self.0.swap_identities(identities).map_err(|error| log_line!(Error, "certificate: {error}")).ok()
    }

    pub(super) fn listen(
        &self,
        core: &mut Context,
        options: &ListenOptions,
        routes: Routes,
    ) -> Result<(), StartError> {
        let backlog = core.services().limits().tls_backlog();
        core.listen_tls_on(&ListenOptions { backlog, ..*options }, &self.0, routes)
    }
}

impl Engines {
    fn engine(&self) -> Option<Engine> {
        let mut engine = self.0.borrow_mut();
        if engine.is_none() {
            *engine = Engine::new().map_err(|error| log_line!(Error, "no TLS: {error}")).ok();
        }
        engine.clone()
    }
}

/// `None`: what was given cannot be used, and nothing is served in plain instead.
pub(super) fn configure(engines: &Engines, info: &lws_context_creation_info) -> Option<Tls> {
    // SAFETY: memory and file names are valid by contract.
    let (identity, authorities, file) = unsafe {
        let chain =
            Given::new(info.server_ssl_cert_mem, info.server_ssl_cert_mem_len, info.ssl_cert_filepath);
        let key = Given::new(
            info.server_ssl_private_key_mem,
            info.server_ssl_private_key_mem_len,
            info.ssl_private_key_filepath,
        );
        let authorities =
            Given::new(info.server_ssl_ca_mem, info.server_ssl_ca_mem_len, info.ssl_ca_filepath);
        (identity(engines, &chain, &key)?, authorities.optional()?, chain.name()?)
    };
    let builder = ServerConfig::builder(&engines.engine()?).identity(identity.clone());
    let config = builder.and_then(|builder| clients_asked(builder, info, &authorities)?.build());
    let config = config.map_err(|error| log_line!(Error, "certificate: {error}")).ok()?;
    Some(Tls { config, identity: RefCell::new(identity), file, plain_http: plain_http(info) })
}

/// A certificate with its key, checked. `None`: it cannot be used, and the log says why.
pub(super) fn identity(engines: &Engines, chain: &Given, key: &Given) -> Option<Identity> {
    // SAFETY: as whoever made them vouches.
    let (chain, key) = unsafe { (chain.content()?, key.content()?) };
    let identity = Identity::new(&engines.engine()?, &chain, &key);
    identity.map_err(|error| log_line!(Error, "certificate: {error}")).ok()
}

/// What becomes of HTTP without TLS.
fn plain_http(info: &lws_context_creation_info) -> PlainHttp {
    let has = |flags: u64| info.options & flags == flags;
    // The first two contain the bit of the global initialisation, which alone is no reason.
    if has(LWS_SERVER_OPTION_REDIRECT_HTTP_TO_HTTPS.into()) {
        return PlainHttp::Redirect;
    }
    let serves = has(LWS_SERVER_OPTION_ALLOW_NON_SSL_ON_SSL_PORT.into())
        || has(LWS_SERVER_OPTION_ALLOW_HTTP_ON_HTTPS_LISTENER.into());
    if serves { PlainHttp::Serve } else { PlainHttp::Refuse }
}

/// Asks clients for certificates, if the options say so.
fn clients_asked(
    builder: ServerConfigBuilder,
    info: &lws_context_creation_info,
    authorities: &[u8],
) -> Result<ServerConfigBuilder, ConfigError> {
    let has = |flags: u64| info.options & flags == flags;
    if !has(LWS_SERVER_OPTION_REQUIRE_VALID_OPENSSL_CLIENT_CERT.into()) {
        return Ok(builder);
    }
    let policy = match has(LWS_SERVER_OPTION_PEER_CERT_NOT_REQUIRED.into()) {
        true => ClientCertificates::Optional,
        false => ClientCertificates::Required,
    };
    // A device without a clock serves with libwebsockets too.
    Ok(builder.client_certificates(policy, authorities)?.dates(Dates::IgnoredWithoutClock))
}

/// Whom the clients of a virtual host trust and who they are, as C gave it; and what was made of it last.
pub(super) struct ClientTls {
    authorities: Vec<u8>,
    /// Authorities that came later, one each.
    further: Vec<Vec<u8>>,
    chain: Vec<u8>,
    key: Vec<u8>,
    made: RefCell<Option<(c_int, ClientConfig)>>,
    pub(super) sessions: Sessions,
}

/// The flags of a connection that decide what is asked of the server.
const LENIENCY: c_int = (LCCSCF_ALLOW_SELFSIGNED
    | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK
    | LCCSCF_ALLOW_EXPIRED
    | LCCSCF_ALLOW_INSECURE) as c_int;

impl ClientTls {
    /// Copies what `info` says. `None`: there is no memory, or a file cannot be read.
    ///
    /// # Safety
    /// Memory and file names of `info` are NULL or valid.
    pub(super) unsafe fn kept(info: &lws_context_creation_info) -> Option<Self> {
        let (memory, length) = (info.client_ssl_ca_mem, info.client_ssl_ca_mem_len);
        // SAFETY: the caller vouches for them.
        unsafe {
            let authorities = Given::new(memory, length, info.client_ssl_ca_filepath);
            let (memory, length) = (info.client_ssl_cert_mem, info.client_ssl_cert_mem_len);
            let chain = Given::new(memory, length, info.client_ssl_cert_filepath);
            let (memory, length) = (info.client_ssl_key_mem, info.client_ssl_key_mem_len);
            let key = Given::new(memory, length, info.client_ssl_private_key_filepath);
            Some(ClientTls {
                authorities: authorities.optional()?,
                further: Vec::new(),
                chain: chain.optional()?,
                key: key.optional()?,
                made: RefCell::new(None),
                sessions: Sessions::of(info),
            })
        }
    }

    /// Trusts another authority, besides those there are. `None` without memory.
    pub(super) fn trust_further(&mut self, authority: &[u8]) -> Option<()> {
        wm_sys::heap::try_push(&mut self.further, copied(authority)?).ok()?;
        self.made.replace(None);
        Some(())
    }

    /// Lets a connection speak TLS, as strictly as `flags` (LCCSCF_...) allow. `None`: it cannot, and the log says why.
    pub(super) fn apply(
        &self,
        engines: &Engines,
        flags: c_int,
        options: ConnectOptions,
    ) -> Option<ConnectOptions> {
        let leniency = flags & LENIENCY;
        let mut made = self.made.borrow_mut();
        if made.as_ref().is_none_or(|(known, _)| *known != leniency) {
            let config = self.config(&engines.engine()?, leniency);
            let config = config.map_err(|error| log_line!(Error, "TLS client: {error}")).ok()?;
            self.sessions.hand_over(&config);
            *made = Some((leniency, config));
        }
        made.as_ref().map(|(_, config)| options.tls(config))
    }

    /// The configuration of the latest connection.
    pub(super) fn latest(&self) -> Option<ClientConfig> {
        self.made.borrow().as_ref().map(|(_, config)| config.clone())
    }

    fn config(&self, engine: &Engine, leniency: c_int) -> Result<ClientConfig, ConfigError> {
        let allows = |flag: c_uint| leniency & (flag | LCCSCF_ALLOW_INSECURE as c_uint) as c_int != 0;
        // A device without a clock connects with libwebsockets too.
        let dates =
            if allows(LCCSCF_ALLOW_EXPIRED as c_uint) { Dates::Ignored } else { Dates::IgnoredWithoutClock };
        let mut builder = self.sessions.remembered(ClientConfig::builder(engine).dates(dates));
        if !self.authorities.is_empty() {
            builder = builder.trust(&self.authorities)?;
        }
        for authority in &self.further {
            builder = builder.trust(authority)?;
        }
        if !self.chain.is_empty() {
            builder = builder.identity(Identity::new(engine, &self.chain, &self.key)?);
        }
        if allows(LCCSCF_ALLOW_SELFSIGNED as c_uint) {
            log_line!(Warn, "LCCSCF_ALLOW_SELFSIGNED: anybody can be the server");
            builder = builder.danger_accept_untrusted();
        }
        if allows(LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK as c_uint) {
            log_line!(Warn, "LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK: a certificate for any name is taken");
            builder = builder.danger_accept_any_name();
        }
        builder.build()
    }
}

/// Where a certificate, or a key, or authorities are: in memory, or else in a file of that name.
pub(super) struct Given {
    memory: *const c_void,
    length: c_uint,
    file: *const c_char,
}

impl Given {
    /// # Safety
    /// `length` bytes at `memory`; `file` is NULL or a C string; both live as long as this.
    pub(super) unsafe fn new(memory: *const c_void, length: c_uint, file: *const c_char) -> Self {
        Given { memory, length, file }
    }
}

/// Reading what was given; each is as unsafe as [`Given::new`].
impl Given {
    /// What may be nothing.
    unsafe fn optional(&self) -> Option<Vec<u8>> {
        let is_given = (!self.memory.is_null() && self.length > 0) || !self.file.is_null();
        // SAFETY: passed on.
        if is_given { unsafe { self.content() } } else { Some(Vec::new()) }
    }

    /// What is in memory, or else in the file.
    unsafe fn content(&self) -> Option<Vec<u8>> {
        // SAFETY: the caller vouches for the bytes.
        let given = unsafe { bytes(self.memory.cast(), self.length as usize) };
        // SAFETY: passed on.
        if given.is_empty() { unsafe { read(self.file) } } else { copied(given) }
    }

    /// The file's name; empty for what is in memory.
    unsafe fn name(&self) -> Option<Vec<u8>> {
        let is_file = self.memory.is_null() || self.length == 0;
        // SAFETY: the caller vouches for the string.
        copied(unsafe { text(self.file) }.filter(|_| is_file).unwrap_or_default())
    }
}

fn copied(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut copy = Vec::new();
    wm_sys::heap::try_extend(&mut copy, bytes).ok()?;
    Some(copy)
}

#[cfg(feature = "host")]
unsafe fn read(file: *const c_char) -> Option<Vec<u8>> {
    use std::os::unix::ffi::OsStrExt;
    // SAFETY: the caller vouches for it.
    let name = unsafe { text(file) }.unwrap_or_default();
    let path = std::path::Path::new(std::ffi::OsStr::from_bytes(name));
    std::fs::read(path).map_err(|error| log_line!(Error, "{}: {error}", path.display())).ok()
}

#[cfg(not(feature = "host"))]
unsafe fn read(_file: *const c_char) -> Option<Vec<u8>> {
    log_line!(Error, "there are no files here: give certificate and key in memory");
    None
}
