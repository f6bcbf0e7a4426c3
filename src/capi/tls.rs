//! Certificates of C: which virtual hosts speak TLS.

#[cfg(not(feature = "security-small"))]
pub(super) use self::absent::{Engines, Tls, configure};
#[cfg(feature = "security-small")]
pub(super) use self::present::{Engines, Tls, configure};

use super::abi::lws_context_creation_info;

/// Whether a certificate was given.
fn is_wanted(info: &lws_context_creation_info) -> bool {
    !info.server_ssl_cert_mem.is_null() || !info.ssl_cert_filepath.is_null()
}

#[cfg(not(feature = "security-small"))]
mod absent {
    use super::{is_wanted, lws_context_creation_info};
    use crate::server::{Context, Routes, StartError};

    /// Nothing.
    #[derive(Default)]
    pub(in crate::capi) struct Engines;

    /// There is none.
    pub(in crate::capi) enum Tls {}

    impl Tls {
        pub(in crate::capi) fn listen(&self, _: &mut Context, _: u16, _: Routes) -> Result<(), StartError> {
            match *self {}
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
    use core::ffi::{c_char, c_uint, c_void};

    use alloc::vec::Vec;

    use super::{is_wanted, lws_context_creation_info};
    use crate::capi::boundary::bytes;
    use crate::server::{Context, Routes, StartError};
    use crate::tls::{Engine, Identity, ServerConfig};

    /// Mbed TLS, once a virtual host needs it.
    #[derive(Default)]
    pub(in crate::capi) struct Engines(RefCell<Option<Engine>>);

    /// What a virtual host speaks TLS with.
    pub(in crate::capi) struct Tls(ServerConfig);

    impl Tls {
        pub(in crate::capi) fn listen(
            &self,
            core: &mut Context,
            port: u16,
            routes: Routes,
        ) -> Result<(), StartError> {
            core.listen_tls(port, &self.0, routes)
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
        let (chain, key) = unsafe {
            (
                content(info.server_ssl_cert_mem, info.server_ssl_cert_mem_len, info.ssl_cert_filepath)?,
                content(
                    info.server_ssl_private_key_mem,
                    info.server_ssl_private_key_mem_len,
                    info.ssl_private_key_filepath,
                )?,
            )
        };
        let engine = engines.engine()?;
        let config = Identity::new(&engine, &chain, &key)
            .and_then(|identity| ServerConfig::builder(&engine).identity(identity))
            .and_then(|builder| builder.build());
        Some(Some(Tls(config.map_err(|error| log::error!("certificate: {error}")).ok()?)))
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
