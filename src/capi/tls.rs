//! Certificates of C: which virtual hosts speak TLS, and whom their clients trust.

#[cfg(not(feature = "security-small"))]
pub(super) use self::absent::{ClientTls, Engines, Tls, configure};
#[cfg(feature = "security-small")]
pub(super) use self::present::{ClientTls, Engines, Tls, configure};

use super::abi::lws_context_creation_info;

/// Whether a certificate was given.
fn is_wanted(info: &lws_context_creation_info) -> bool {
    !info.server_ssl_cert_mem.is_null() || !info.ssl_cert_filepath.is_null()
}

#[cfg(not(feature = "security-small"))]
mod absent {
    use core::ffi::c_int;

    use super::{is_wanted, lws_context_creation_info};
    use crate::client::ConnectOptions;
    use crate::server::{Context, Routes, StartError};

    /// Nothing.
    #[derive(Default)]
    pub(in crate::capi) struct Engines;

    /// There is none.
    #[derive(Clone)]
    pub(in crate::capi) enum Tls {}

    impl Tls {
        pub(in crate::capi) fn join(&self, _: &Tls) -> Option<()> {
            match *self {}
        }

        pub(in crate::capi) fn listen(&self, _: &mut Context, _: u16, _: Routes) -> Result<(), StartError> {
            match *self {}
        }
    }

    /// What clients need for TLS, which is not there.
    pub(in crate::capi) struct ClientTls;

    impl ClientTls {
        /// Nothing is kept.
        pub(in crate::capi) unsafe fn kept(_: &lws_context_creation_info) -> Option<Self> {
            Some(ClientTls)
        }

        /// `None`: a client that asked for TLS is not connected in plain instead.
        pub(in crate::capi) fn apply(
            &self,
            _: &Engines,
            _: c_int,
            _: ConnectOptions,
        ) -> Option<ConnectOptions> {
            log::error!("LCCSCF_USE_SSL was given, and this library was built without TLS");
            None
        }
    }

    /// `None`: a certificate was given, and nothing is served in plain instead.
    pub(in crate::capi) fn configure(_: &Engines, info: &lws_context_creation_info) -> Option<Option<Tls>> {
        if is_wanted(info) {
            log::error!("a certificate was given, and this library was built without TLS");
            return None;
        }
        Some(None)
    }
}

#[cfg(feature = "security-small")]
mod present {
    use core::cell::RefCell;
    use core::ffi::{c_char, c_int, c_uint, c_void};

    use alloc::vec::Vec;

    use super::{is_wanted, lws_context_creation_info};
    use crate::capi::abi::{
        LCCSCF_ALLOW_EXPIRED, LCCSCF_ALLOW_INSECURE, LCCSCF_ALLOW_SELFSIGNED,
        LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK, LWS_SERVER_OPTION_PEER_CERT_NOT_REQUIRED,
        LWS_SERVER_OPTION_REQUIRE_VALID_OPENSSL_CLIENT_CERT,
    };
    use crate::capi::boundary::bytes;
    use crate::client::ConnectOptions;
    use crate::server::{Context, Routes, StartError};
    use crate::tls::{
        ClientCertificates, ClientConfig, ConfigError, Dates, Engine, Identity, ServerConfig,
        ServerConfigBuilder,
    };

    /// Mbed TLS, once a virtual host needs it.
    #[derive(Default)]
    pub(in crate::capi) struct Engines(RefCell<Option<Engine>>);

    /// What a virtual host speaks TLS with.
    #[derive(Clone)]
    pub(in crate::capi) struct Tls {
        config: ServerConfig,
        identity: Identity,
    }

    impl Tls {
        /// Takes in the certificate of another virtual host of the same port: clients that ask for its names get it.
        pub(in crate::capi) fn join(&self, other: &Tls) -> Option<()> {
            let added = self.config.add_identity(other.identity.clone());
            added.map_err(|error| log::error!("certificate: {error}")).ok()
        }

        pub(in crate::capi) fn listen(
            &self,
            core: &mut Context,
            port: u16,
            routes: Routes,
        ) -> Result<(), StartError> {
            core.listen_tls(port, &self.config, routes)
        }
    }

    impl Engines {
        fn engine(&self) -> Option<Engine> {
            let mut engine = self.0.borrow_mut();
            if engine.is_none() {
                *engine = Engine::new().map_err(|error| log::error!("no TLS: {error}")).ok();
            }
            engine.clone()
        }
    }

    /// `None`: what was given cannot be used, and nothing is served in plain instead.
    pub(in crate::capi) fn configure(
        engines: &Engines,
        info: &lws_context_creation_info,
    ) -> Option<Option<Tls>> {
        if !is_wanted(info) {
            return Some(None);
        }
        // SAFETY: memory and file names are valid by contract.
        let (chain, key, authorities) = unsafe {
            (
                content(info.server_ssl_cert_mem, info.server_ssl_cert_mem_len, info.ssl_cert_filepath)?,
                content(
                    info.server_ssl_private_key_mem,
                    info.server_ssl_private_key_mem_len,
                    info.ssl_private_key_filepath,
                )?,
                optional(info.server_ssl_ca_mem, info.server_ssl_ca_mem_len, info.ssl_ca_filepath)?,
            )
        };
        let engine = engines.engine()?;
        let tls = Identity::new(&engine, &chain, &key).and_then(|identity| {
            let builder = ServerConfig::builder(&engine).identity(identity.clone())?;
            let config = clients_asked(builder, info, &authorities)?.build()?;
            Ok(Tls { config, identity })
        });
        Some(Some(tls.map_err(|error| log::error!("certificate: {error}")).ok()?))
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
    pub(in crate::capi) struct ClientTls {
        authorities: Vec<u8>,
        chain: Vec<u8>,
        key: Vec<u8>,
        made: RefCell<Option<(c_int, ClientConfig)>>,
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
        pub(in crate::capi) unsafe fn kept(info: &lws_context_creation_info) -> Option<Self> {
            // SAFETY: the caller vouches for them.
            unsafe {
                Some(ClientTls {
                    authorities: optional(
                        info.client_ssl_ca_mem,
                        info.client_ssl_ca_mem_len,
                        info.client_ssl_ca_filepath,
                    )?,
                    chain: optional(
                        info.client_ssl_cert_mem,
                        info.client_ssl_cert_mem_len,
                        info.client_ssl_cert_filepath,
                    )?,
                    key: optional(
                        info.client_ssl_key_mem,
                        info.client_ssl_key_mem_len,
                        info.client_ssl_private_key_filepath,
                    )?,
                    made: RefCell::new(None),
                })
            }
        }

        /// Lets a connection speak TLS, as strictly as `flags` (LCCSCF_...) allow. `None`: it cannot, and the log says why.
        pub(in crate::capi) fn apply(
            &self,
            engines: &Engines,
            flags: c_int,
            options: ConnectOptions,
        ) -> Option<ConnectOptions> {
            let leniency = flags & LENIENCY;
            let mut made = self.made.borrow_mut();
            if made.as_ref().is_none_or(|(known, _)| *known != leniency) {
                let config = self.config(&engines.engine()?, leniency);
                *made = Some((leniency, config.map_err(|error| log::error!("TLS client: {error}")).ok()?));
            }
            made.as_ref().map(|(_, config)| options.tls(config))
        }

        fn config(&self, engine: &Engine, leniency: c_int) -> Result<ClientConfig, ConfigError> {
            let allows = |flag: c_uint| leniency & (flag | LCCSCF_ALLOW_INSECURE as c_uint) as c_int != 0;
            // A device without a clock connects with libwebsockets too.
            let dates = if allows(LCCSCF_ALLOW_EXPIRED as c_uint) {
                Dates::Ignored
            } else {
                Dates::IgnoredWithoutClock
            };
            let mut builder = ClientConfig::builder(engine).dates(dates);
            if !self.authorities.is_empty() {
                builder = builder.trust(&self.authorities)?;
            }
            if !self.chain.is_empty() {
                builder = builder.identity(Identity::new(engine, &self.chain, &self.key)?);
            }
            if allows(LCCSCF_ALLOW_SELFSIGNED as c_uint) {
                log::warn!("LCCSCF_ALLOW_SELFSIGNED: anybody can be the server");
                builder = builder.danger_accept_untrusted();
            }
            if allows(LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK as c_uint) {
                log::warn!("LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK: a certificate for any name is taken");
                builder = builder.danger_accept_any_name();
            }
            builder.build()
        }
    }

    /// What was given, which may be nothing.
    ///
    /// # Safety
    /// As [`content`].
    unsafe fn optional(memory: *const c_void, length: c_uint, file: *const c_char) -> Option<Vec<u8>> {
        let is_given = (!memory.is_null() && length > 0) || !file.is_null();
        // SAFETY: passed on.
        if is_given { unsafe { content(memory, length, file) } } else { Some(Vec::new()) }
    }

    /// What is in memory, or else in a file.
    ///
    /// # Safety
    /// `length` bytes at `memory`; `file` is NULL or a C string.
    unsafe fn content(memory: *const c_void, length: c_uint, file: *const c_char) -> Option<Vec<u8>> {
        // SAFETY: the caller vouches for the bytes.
        let given = unsafe { bytes(memory.cast(), length as usize) };
        if given.is_empty() {
            // SAFETY: passed on.
            return unsafe { read(file) };
        }
        let mut copy = Vec::new();
        wm_sys::heap::try_extend(&mut copy, given).ok()?;
        Some(copy)
    }

    #[cfg(feature = "host")]
    unsafe fn read(file: *const c_char) -> Option<Vec<u8>> {
        use std::os::unix::ffi::OsStrExt;
        // SAFETY: the caller vouches for it.
        let name = unsafe { crate::capi::boundary::text(file) }.unwrap_or_default();
        let path = std::path::Path::new(std::ffi::OsStr::from_bytes(name));
        std::fs::read(path).map_err(|error| log::error!("{}: {error}", path.display())).ok()
    }

    #[cfg(not(feature = "host"))]
    unsafe fn read(_file: *const c_char) -> Option<Vec<u8>> {
        log::error!("there are no files here: give certificate and key in memory");
        None
    }
}
