//! Builds without TLS: nobody shows a certificate.

use core::ffi::c_int;

use super::abi::{lws, lws_tls_cert_info, lws_tls_cert_info_results};
use super::export;

export! {
    fn lws_tls_peer_cert_info(
        wsi: *mut lws,
        kind: lws_tls_cert_info,
        buf: *mut lws_tls_cert_info_results,
        len: usize,
    ) -> c_int {
        let _ = (wsi, kind, buf, len);
        -1
    }
}
