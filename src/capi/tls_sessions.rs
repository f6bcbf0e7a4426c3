//! TLS sessions that clients resume, and that survive a time without memory.

use core::ffi::{c_char, c_int, c_void};
use core::ptr;

use alloc::vec::Vec;

use super::abi::{
    LWS_SERVER_OPTION_DISABLE_TLS_SESSION_CACHE, lws_context_creation_info, lws_tls_sess_cb_t,
    lws_tls_session_dump, lws_vhost,
};
use super::boundary::{TextBuffer, bytes, text, zero_or_one};
use super::cell::RefCell;
use super::export;
use super::vhost::Vhost;
use crate::tls::{ClientConfig, ClientConfigBuilder, wipe};

/// What the clients of a virtual host do about sessions.
pub(super) struct Sessions {
    /// Of so many servers; `None`: as many as a configuration has by itself.
    remembered: Option<u16>,
    /// What was loaded before there was a configuration to remember it.
    loaded: RefCell<Vec<u8>>,
}

impl Sessions {
    pub(super) fn of(info: &lws_context_creation_info) -> Self {
        let is_off = info.options & LWS_SERVER_OPTION_DISABLE_TLS_SESSION_CACHE != 0;
        let remembered = match u16::try_from(info.tls_session_cache_max) {
            _ if is_off => Some(0),
            Ok(0) => None,
            most => Some(most.unwrap_or(u16::MAX)),
        };
        Sessions { remembered, loaded: RefCell::default() }
    }

    pub(super) fn remembered(&self, builder: ClientConfigBuilder) -> ClientConfigBuilder {
        match self.remembered {
            Some(count) => builder.remembered_sessions(count),
            None => builder,
        }
    }

    /// Has a new configuration remember what was loaded.
    pub(super) fn hand_over(&self, config: &ClientConfig) {
        let mut loaded = self.loaded.take();
        import(config, &loaded);
        wipe(&mut loaded);
    }
}

/// Whether there was nothing wrong.
fn import(config: &ClientConfig, exported: &[u8]) -> bool {
    config.import_sessions(exported).map_err(|error| log_line!(Warn, "TLS sessions: {error}")).is_ok()
}

/// What a callback fills in, or reads.
fn dump(host: &[u8], port: u16, blob: &mut [u8], opaque: *mut c_void) -> lws_tls_session_dump {
    let mut dump = lws_tls_session_dump { tag: [0; 96], blob: ptr::null_mut(), opaque, blob_len: blob.len() };
    // SAFETY: so many bytes are there, and nobody else's.
    let mut tag = unsafe { TextBuffer::new(dump.tag.as_mut_ptr(), dump.tag.len()) };
    tag.push_what_fits(host);
    tag.push_what_fits(b"_");
    tag.push_number(port.into());
    if !blob.is_empty() {
        dump.blob = blob.as_mut_ptr().cast();
    }
    dump
}

export! {
    fn lws_tls_session_dump_save(
        vh: *mut lws_vhost,
        host: *const c_char,
        port: u16,
        cb_save: lws_tls_sess_cb_t,
        opq: *mut c_void,
    ) -> c_int {
        // SAFETY: NULL or valid by contract.
        let (Some(vhost), Some(host), Some(save)) = (unsafe { (Vhost::from_c(vh), text(host), cb_save) }) else {
            return 1;
        };
        let latest = vhost.client_tls.borrow().latest();
        let exported = latest.and_then(|config| config.export_session(host, port).ok()?);
        let Some(mut exported) = exported else { return 1 };
        let mut dump = dump(host, port, &mut exported, opq);
        // SAFETY: the application's function; what it is given lives while it runs.
        let is_saved = unsafe { save(vhost.context().as_c(), &mut dump) } == 0;
        wipe(&mut exported);
        zero_or_one(is_saved.then_some(()))
    }

    fn lws_tls_session_dump_load(
        vh: *mut lws_vhost,
        host: *const c_char,
        port: u16,
        cb_load: lws_tls_sess_cb_t,
        opq: *mut c_void,
    ) -> c_int {
        // SAFETY: NULL or valid by contract.
        let (Some(vhost), Some(host), Some(load)) = (unsafe { (Vhost::from_c(vh), text(host), cb_load) }) else {
            return 1;
        };
        let mut dump = dump(host, port, &mut [], opq);
        // SAFETY: as above. It says where the bytes are, and how many.
        let exported = unsafe {
            if load(vhost.context().as_c(), &mut dump) != 0 {
                return 1;
            }
            bytes(dump.blob.cast(), dump.blob_len)
        };
        let tls = vhost.client_tls.borrow();
        let is_taken = match tls.latest() {
            Some(config) => import(&config, exported),
            None => wm_sys::heap::try_extend(&mut tls.sessions.loaded.borrow_mut(), exported).is_ok(),
        };
        zero_or_one(is_taken.then_some(()))
    }
}
