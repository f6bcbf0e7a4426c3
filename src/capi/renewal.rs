//! Certificates and authorities that come later than their virtual host.

use core::ffi::{c_char, c_int, c_uint};

use super::abi::{lws_context, lws_context_creation_info, lws_vhost};
use super::boundary::{bytes, text, zero_or_negative, zero_or_one};
use super::context::Context;
use super::export;
use super::tls::{self, ClientTls, Given};
use super::vhost::Vhost;

/// Gives the virtual hosts whose certificate is from `file` another one. `None`: there are none, or it cannot be used.
fn renew(context: &Context, file: &[u8], chain: &Given, key: &Given) -> Option<()> {
    let mut concerned =
        context.vhosts().filter_map(|vhost| vhost.tls.as_ref()).filter(|tls| tls.is_from(file)).peekable();
    concerned.peek()?;
    let identity = tls::identity(&context.engines, chain, key)?;
    concerned.for_each(|tls| tls.replace(identity.clone()));
    context.ports.borrow().iter().try_for_each(|port| port.renew())
}

export! {
    fn lws_tls_cert_updated(
        context: *mut lws_context,
        certpath: *const c_char,
        keypath: *const c_char,
        mem_cert: *const c_char,
        len_mem_cert: usize,
        mem_privkey: *const c_char,
        len_mem_privkey: usize,
    ) -> c_int {
        let length = |length: usize| c_uint::try_from(length).unwrap_or(0);
        // SAFETY: NULL or valid by contract, as many bytes as are said.
        let (context, file, chain, key) = unsafe {
            (
                Context::from_c(context),
                text(certpath).unwrap_or_default(),
                Given::new(mem_cert.cast(), length(len_mem_cert), certpath),
                Given::new(mem_privkey.cast(), length(len_mem_privkey), keypath),
            )
        };
        zero_or_negative(context.and_then(|context| renew(context, file, &chain, &key)))
    }

    fn lws_init_vhost_client_ssl(info: *const lws_context_creation_info, vhost: *mut lws_vhost) -> c_int {
        // SAFETY: NULL or valid by contract, and so is what `info` refers to.
        let kept = unsafe { Vhost::from_c(vhost).zip(info.as_ref().and_then(|info| ClientTls::kept(info))) };
        zero_or_one(kept.map(|(vhost, tls)| *vhost.client_tls.borrow_mut() = tls))
    }

    fn lws_tls_client_vhost_extra_cert_mem(vh: *mut lws_vhost, der: *const u8, der_len: usize) -> c_int {
        // SAFETY: NULL or valid by contract, `der_len` bytes at `der`.
        let (vhost, authority) = unsafe { (Vhost::from_c(vh), bytes(der, der_len)) };
        let vhost = vhost.filter(|_| !authority.is_empty());
        zero_or_one(vhost.and_then(|vhost| vhost.client_tls.borrow_mut().trust_further(authority)))
    }
}
